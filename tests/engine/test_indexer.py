"""The index says what the contracts say, and the same whichever way it came about."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.domain.daycount import date_of
from ledger.engine.indexer import Indexer
from ledger.services import cash, collections, distribution, receipts
from ledger.services.ledger import Ledger, open_local
from ledger.services.series import Series
from ledger.store import index, journal
from ledger.store.database import Database
from ledger.store.index_tables import INDEX, blocks
from tests.services.small import HOLDERS, active, small_case

ALICE, BOB, CAROL = (account.address for account in HOLDERS)


def rows(database: Database) -> dict[str, list[Any]]:
    """All that is in the index, but for the blocks, which depend on where it stopped."""
    with database.read() as connection:
        tables = [one for one in INDEX if one is not blocks]
        return {one.name: sorted(map(tuple, connection.execute(select(one))), key=repr) for one in tables}


def indexer_of(database: Database, ledger: Ledger, node: Any = None) -> Indexer:
    return Indexer(database, node or ledger.node, ledger.deployment.kinds)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """A series with moves, a freeze, a destroyed receipt, and a distribution."""
    case = small_case()
    with open_local(start=case.terms.open_date - timedelta(days=1)) as found:
        series, (one, two, _) = active(found, case, 100_000, 60_000, 40_000)
        parts = receipts.split(found, one, [30_000, 20_000])
        receipts.transfer(found, parts[0], BOB)
        receipts.merge(found, [parts[1]], one)
        receipts.transfer_units(found, one, two, 5_000)
        receipts.freeze(found, [two], frozen=True, reason="for a test")
        pay_first(found, series, case)
        receipts.freeze(found, [two], frozen=False, reason="no more")
        yield found


def pay_first(ledger: Ledger, series: Series, case: Any) -> None:
    period = case.periods[0]
    cash.mint(series, ledger.deployment.operator, 160_000)
    series.go_to(case.receivables[0].due)
    collections.collect(series, [(case.receivables[0].id, 160_000)])
    series.go_to(date_of(period.record_day))
    distribution.fix_record(series)
    series.go_to(date_of(period.payment_day))
    distribution.pay_all(series, distribution.fund(series).epoch)


def spv_of(found: dict[str, list[Any]]) -> str:
    return str(found["spv"][0][2])


def test_the_index_has_what_the_contracts_say(ledger: Ledger, database: Database) -> None:
    tip = indexer_of(database, ledger).sync()
    assert tip is not None and tip.hash == ledger.node.block().hash
    found = rows(database)
    with database.read() as connection:
        held = index.holdings(connection, 1)
        present = list(index.receipts_at(connection, slot=1))
    chain = ledger.receipts
    for row in present:
        assert chain.view(ledger.node, "ownerOf", row.token_id) == row.owner
        assert chain.view(ledger.node, "balanceOf(uint256)", row.token_id) == row.units
    assert sum(held.values()) == 200_000 and set(held) == {ALICE, BOB, CAROL}
    assert sum(row[-1] for row in found["payment"]) > 0


def test_the_journal_has_what_the_contracts_have(ledger: Ledger, database: Database) -> None:
    indexer_of(database, ledger).sync()
    spv = spv_of(rows(database))
    with database.read() as connection:
        found = {one.name: two.credits - two.debits for one, two in journal.balances(connection, [spv]).items()}
    accounts = Bound(Contract("Spv"), spv).view(ledger.node, "accounts")
    names = {"reserve": "reserve", "sinking": "sinking", "trapped": "trapped", "dust": "dust"}
    names |= {"collections": "collections", "fees": "feesPayable", "residual": "residualPayable"}
    for name, theirs in names.items():
        assert found.get(name, 0) == getattr(accounts, theirs), name
    assert sum(found.values()) == 0 and found["waterfall"] == 0
    cash_there = ledger.cash.view(ledger.node, "balanceOf", spv)
    assert -found["cash"] * 10_000 == cash_there  # a cent is 10^4 units of the token


def test_in_pieces_it_is_the_same(ledger: Ledger, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows(database) if indexer_of(database, ledger).sync() else {}
    with Database() as other:
        monkeypatch.setattr("ledger.engine.indexer._MOST_BLOCKS", 3)
        indexer = indexer_of(other, ledger)
        indexer._span = 3
        indexer.sync()
        assert rows(other) == whole


def test_what_was_taken_back_comes_again(ledger: Ledger, database: Database) -> None:
    """Undone to any block and read again; and at that block, the register is what it was then."""
    indexer = indexer_of(database, ledger)
    indexer.sync()
    whole, head = rows(database), ledger.node.block_number()
    with database.read() as connection:
        books = journal.balances(connection, [spv_of(whole)])
    then: dict[int, dict[str, int]] = {}
    with Database() as other:
        short = Short(ledger.node)
        follower = indexer_of(other, ledger, short)
        for short.head in range(head + 1):
            number = short.head
            follower.sync()
            with other.read() as connection:
                then[number] = index.holdings(connection, 1)
    with database.read() as connection:
        assert {number: index.holdings(connection, 1, number) for number in then} == then
    chance = random.Random(1)
    for number in chance.sample(range(head), 12):
        indexer.take_back(number)
        with database.read() as connection:
            assert index.holdings(connection, 1) == then[number]
        indexer.sync()
        assert rows(database) == whole
    with database.read() as connection:
        assert journal.balances(connection, [spv_of(whole)]) != books
        again = journal.balances(connection, [spv_of(whole)])
    assert {one: two.credits - two.debits for one, two in again.items()} == {
        one: two.credits - two.debits for one, two in books.items()
    }


class Short:
    """A chain as it was when it had so many blocks."""

    def __init__(self, node: Any) -> None:
        self._node, self.head = node, 0

    def block(self, number: Any = "latest") -> Any:
        return self._node.block(self.head if number == "latest" else number)

    def blocks(self, numbers: Any) -> Any:
        return self._node.blocks(numbers)

    def logs(self, first: int, last: int, addresses: Any) -> Any:
        assert last <= self.head
        return self._node.logs(first, last, addresses)
