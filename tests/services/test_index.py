"""What services read comes from the index, which is made of the chain alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.chain.node import CallRequest
from ledger.errors import ChainError
from ledger.services import distribution, receipts
from ledger.services.ledger import Ledger, fund_account, open_local
from ledger.services.series import Series
from tests.engine.test_index_lives import rows
from tests.services.small import HOLDERS, active, small_case

ALICE, BOB, _ = (account.address for account in HOLDERS)


def said(ledger: Ledger, slot: int) -> tuple[object, ...]:
    series = Series.load(ledger, slot)
    return receipts.holdings(ledger, slot), receipts.receipts_of(ledger, slot), distribution.payments(series)


def test_an_index_that_is_gone_is_made_again(tmp_path: Path) -> None:
    case = small_case()
    chain, database = tmp_path / "chain.sqlite", tmp_path / "chain.sqlite.ledger.sqlite"
    with open_local(chain, start=case.terms.open_date - timedelta(days=1)) as ledger:
        series, (one, two, _) = active(ledger, case, 100_000, 60_000, 40_000)
        receipts.transfer_units(ledger, one, two, 5_000)
        before, whole = said(ledger, series.slot), rows(ledger.database)
        past = receipts.holdings(ledger, series.slot, block=ledger.sync().number - 1)
        assert past == {**receipts.holdings(ledger, series.slot), ALICE: 100_000, BOB: 60_000}
        ledger.rebuild()
        assert rows(ledger.database) == whole
    for path in tmp_path.glob(f"{database.name}*"):
        path.unlink()
    with open_local(chain) as ledger:
        assert said(ledger, series.slot) == before and rows(ledger.database) == whole
        fund_account(ledger, HOLDERS[1])
        receipts.transfer_units(ledger, two, one, 5_000)
        assert receipts.holdings(ledger, series.slot)[ALICE] == 100_000


def test_registers_are_read_without_asking_a_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    case = small_case()
    with open_local(start=case.terms.open_date - timedelta(days=1)) as ledger:
        series, (one, *_) = active(ledger, case, 100_000, 60_000, 40_000)
        ledger.sync()

        def asked(request: CallRequest, block: object = "latest") -> bytes:
            raise AssertionError(f"a contract was asked: {request}")

        monkeypatch.setattr(ledger.node, "call", asked)
        monkeypatch.setattr(ledger.node, "logs", asked)
        assert receipts.receipt(ledger, one).units == 100_000
        assert sum(receipts.holdings(ledger, series.slot).values()) == 200_000
        assert len(receipts.receipts_of(ledger, series.slot)) == 3
        assert distribution.payments(series) == [] and distribution.kept_as_dust(series, 0) == 0


def test_a_chain_without_the_contracts_is_said_to_be_so() -> None:
    with open_local() as ledger:
        ledger.deployment = ledger.deployment.__class__(
            **{name: getattr(ledger.deployment, name) for name in ledger.deployment.__slots__} | {"block": 10**6}
        )
        with pytest.raises(ChainError, match="the chain ends before block 1000000"):
            ledger.sync()
