"""Receipts through the services, on an embedded chain with an issued series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.chain.devkeys import dev_account
from ledger.domain.terms import InvestorClass
from ledger.engine.operations import Operation, Step
from ledger.engine.sender import DurableSender
from ledger.errors import InputError, Reverted
from ledger.services import cash, eligibility, issuance, receipts, subscribing
from ledger.services.inputs.case import Case, load_case
from ledger.services.ledger import Ledger, fund_account, open_local
from ledger.services.roles import Role
from ledger.services.series import Series
from ledger.store.database import Database

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "crt01"
ALICE, BOB, CAROL = (dev_account(index) for index in (10, 11, 12))


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case(EXAMPLE / "terms.toml", EXAMPLE / "rent-roll.csv")


@pytest.fixture(scope="module")
def ledger(case: Case) -> Iterator[Ledger]:
    with open_local(start=case.terms.open_date - timedelta(days=1)) as found:
        yield found


@pytest.fixture(scope="module")
def series(ledger: Ledger, case: Case) -> Series:
    """CRT01, active: Alice has 200 million, Bob 100 million; Carol may hold, and holds nothing."""
    agent = fund_account(ledger, dev_account(6))
    made = issuance.create(ledger, case, issuance.Parties(*(dev_account(i).address for i in (7, 8, 9)), agent.address))
    issuance.register_pool(made, case.receivables)
    issuance.offer(made, case.present_value.minor, issuance.attest(made, case.present_value.minor, agent))
    made.go_to(case.terms.open_date)
    for investor, units in ((ALICE, 20_000_000_000), (BOB, 10_000_000_000), (CAROL, 0)):
        fund_account(ledger, investor)
        eligibility.set_standing(
            ledger, investor.address, InvestorClass.INSURANCE, "CN", datetime(2030, 1, 1, tzinfo=UTC)
        )
        if units:
            cash.mint(made, investor.address, units)
            subscribing.subscribe(made, investor, units)
    made.go_to(case.terms.issue_date)
    issuance.activate(made)
    return made


@pytest.fixture
def alices(ledger: Ledger, series: Series) -> int:
    """The largest receipt that Alice has now."""
    mine = receipts.receipts_of(ledger, series.slot, ALICE.address)
    return max(mine, key=lambda item: item.units).token_id


def units(ledger: Ledger, token_id: int) -> int:
    return receipts.receipt(ledger, token_id).units


def test_split_and_merge_give_back_what_was(ledger: Ledger, alices: int) -> None:
    before = units(ledger, alices)
    parts = receipts.split(ledger, alices, [1, 999, before // 2])
    assert [units(ledger, part) for part in parts] == [1, 999, before // 2]
    assert units(ledger, alices) == before - 1000 - before // 2
    assert {receipts.receipt(ledger, part).owner for part in parts} == {ALICE.address}
    receipts.merge(ledger, parts, alices)
    assert units(ledger, alices) == before
    with pytest.raises(InputError):
        receipts.receipt(ledger, parts[0])


def test_units_move_to_a_receipt_an_address_and_whole(ledger: Ledger, series: Series, alices: int) -> None:
    held = receipts.holdings(ledger, series.slot)
    first = receipts.transfer_units_to(ledger, alices, CAROL.address, 500)
    receipts.transfer_units(ledger, alices, first, 700)
    assert units(ledger, first) == 1200
    receipts.transfer(ledger, first, BOB.address)
    assert receipts.receipt(ledger, first).owner == BOB.address
    now = receipts.holdings(ledger, series.slot)
    assert now[BOB.address] - held[BOB.address] == 1200 == held[ALICE.address] - now[ALICE.address]
    assert sum(now.values()) == 30_000_000_000


def test_a_batch_is_all_or_nothing(ledger: Ledger, alices: int) -> None:
    one, two = receipts.split(ledger, alices, [10, 10])
    with pytest.raises(Reverted) as refused:
        receipts.transfer_many(ledger, ALICE.address, [(alices, one, 5), (two, one, 11)])
    assert refused.value.name == "InsufficientUnits"
    assert refused.value.arguments == {"tokenId": two, "available": 10, "needed": 11}
    assert (units(ledger, one), units(ledger, two)) == (10, 10)
    receipts.transfer_many(ledger, ALICE.address, [(alices, one, 5), (two, one, 10)])
    assert (units(ledger, one), units(ledger, two)) == (25, 0)


def test_an_approval_is_used_up(ledger: Ledger, alices: int) -> None:
    receipts.approve_units(ledger, alices, BOB.address, 30)
    receipts.transfer_units_to(ledger, alices, CAROL.address, 20, by=BOB.address)
    with pytest.raises(Reverted, match="InsufficientAllowance"):
        receipts.transfer_units_to(ledger, alices, CAROL.address, 11, by=BOB.address)


def test_a_frozen_receipt_moves_only_by_force(ledger: Ledger, alices: int) -> None:
    receipts.freeze(ledger, [alices], frozen=True, reason="court order 7")
    assert receipts.receipt(ledger, alices).frozen
    with pytest.raises(Reverted, match="FrozenReceipt"):
        receipts.transfer_units_to(ledger, alices, BOB.address, 1)
    moved = receipts.force_transfer(ledger, alices, CAROL.address, 77, reason="court order 7")
    assert (receipts.receipt(ledger, moved).owner, units(ledger, moved)) == (CAROL.address, 77)
    receipts.freeze(ledger, [alices], frozen=False, reason="lifted")
    receipts.transfer_units_to(ledger, alices, BOB.address, 1)
    with pytest.raises(InputError, match="reason"):
        receipts.force_transfer(ledger, alices, CAROL.address, 1, reason=" ")


def test_a_frozen_holder_neither_sends_nor_receives(ledger: Ledger, series: Series, alices: int) -> None:
    eligibility.freeze_holder(ledger, BOB.address, frozen=True, reason="sanctions list")
    assert not eligibility.is_eligible(ledger, BOB.address, series.slot)
    with pytest.raises(Reverted, match="FrozenHolder"):
        receipts.transfer_units_to(ledger, alices, BOB.address, 1)
    bobs = receipts.receipts_of(ledger, series.slot, BOB.address)[0]
    with pytest.raises(Reverted, match="FrozenHolder"):
        receipts.transfer_units_to(ledger, bobs.token_id, CAROL.address, 1)
    eligibility.freeze_holder(ledger, BOB.address, frozen=False, reason="delisted")
    receipts.transfer_units_to(ledger, alices, BOB.address, 1)


def test_a_stranger_is_refused_by_name(ledger: Ledger, series: Series, alices: int) -> None:
    stranger = dev_account(15).address
    with pytest.raises(Reverted) as refused:
        receipts.transfer_units_to(ledger, alices, stranger, 1)
    assert str(refused.value) == f"NotEligible(holder={stranger}, slot={series.slot})"


def test_a_paused_series_does_not_move(ledger: Ledger, series: Series, alices: int) -> None:
    receipts.pause(ledger, series.slot)
    with pytest.raises(Reverted, match=r"SeriesNotMovable.*paused=True"):
        receipts.transfer_units_to(ledger, alices, BOB.address, 1)
    receipts.resume(ledger, series.slot)
    receipts.transfer_units_to(ledger, alices, BOB.address, 1)


def test_the_same_key_is_the_same_operation(ledger: Ledger, alices: int) -> None:
    before = units(ledger, alices)
    first = receipts.split(ledger, alices, [5], key="split-once")
    assert receipts.split(ledger, alices, [5], key="split-once") == first
    assert units(ledger, alices) == before - 5
    with pytest.raises(InputError, match="another operation"):
        receipts.split(ledger, alices, [6], key="split-once")


def test_what_the_chain_has_done_is_not_done_again(ledger: Ledger, series: Series) -> None:
    """A second server, or a restored backup, has forgotten what was done; the operator account has not."""
    step = Step(ledger.receipts.address, ledger.receipts.call_data("pause", series.slot))
    operation = Operation("series.pause", "pause-once", ledger.keys[Role.GUARDIAN], (step,), ledger.deployment.operator)
    first = ledger.sender.submit(operation)
    receipts.resume(ledger, series.slot)
    height = ledger.node.block_number()
    with Database() as forgetful:
        assert DurableSender(forgetful, ledger.node, ledger.keyring).submit(operation).receipt == first.receipt
    other = Step(step.to, ledger.receipts.call_data("pause", series.slot + 1))
    with Database() as forgetful, pytest.raises(Reverted) as refused:
        DurableSender(forgetful, ledger.node, ledger.keyring).submit(replace(operation, steps=(other,), intent="other"))
    assert str(refused.value) == f"AlreadyExecuted(id={operation.onchain_id})"
    assert ledger.node.block_number() == height


def test_a_key_may_only_what_its_role_may(ledger: Ledger, series: Series) -> None:
    step = Step(series.spv.address, series.spv.call_data("fixRecord"))
    guardian = ledger.keys[Role.GUARDIAN]
    with pytest.raises(Reverted) as refused:
        ledger.sender.submit(Operation("x", "wrong-key", guardian, (step,), ledger.deployment.operator))
    assert refused.value.name == "KeyNotAllowed"
    assert refused.value.arguments["key"] == guardian


def test_a_key_gives_the_first_outcome_when_the_receipt_has_moved(ledger: Ledger, alices: int) -> None:
    (part,) = receipts.split(ledger, alices, [50])
    receipts.approve(ledger, part, CAROL.address, key="moved/approve")
    receipts.approve_units(ledger, part, CAROL.address, 5, key="moved/approve-units")
    sliced = receipts.split(ledger, part, [10], key="moved/split")
    paid = receipts.transfer_units_to(ledger, part, CAROL.address, 10, key="moved/to")
    receipts.transfer_units(ledger, part, alices, 5, key="moved/units")
    receipts.transfer(ledger, part, BOB.address, key="moved/transfer")
    block = ledger.node.block_number()
    receipts.approve(ledger, part, CAROL.address, key="moved/approve")
    receipts.approve_units(ledger, part, CAROL.address.lower(), 5, key="moved/approve-units")
    assert receipts.split(ledger, part, (10,), key="moved/split") == sliced
    assert receipts.transfer_units_to(ledger, part, CAROL.address, 10, key="moved/to") == paid
    receipts.transfer_units(ledger, part, alices, 5, key="moved/units")
    receipts.transfer(ledger, part, BOB.address, key="moved/transfer")
    assert ledger.node.block_number() == block
    assert (receipts.receipt(ledger, part).owner, units(ledger, part)) == (BOB.address, 25)
    with pytest.raises(InputError, match="another operation"):
        receipts.transfer(ledger, part, CAROL.address, key="moved/transfer")


def test_a_key_gives_the_first_outcome_when_the_receipt_is_gone(ledger: Ledger, alices: int) -> None:
    kept, gone = receipts.split(ledger, alices, [50, 50])
    sliced = receipts.split(ledger, gone, [10], key="gone/split")
    receipts.merge(ledger, [gone, *sliced], kept, key="gone/merge")
    receipts.merge(ledger, [kept], alices)
    block = ledger.node.block_number()
    assert receipts.split(ledger, gone, [10], key="gone/split") == sliced
    receipts.merge(ledger, [gone, *sliced], kept, key="gone/merge")
    assert ledger.node.block_number() == block
    with pytest.raises(InputError, match="another operation"):
        receipts.split(ledger, gone, [11], key="gone/split")


def test_a_standing_has_a_time_zone_and_a_key(ledger: Ledger, series: Series) -> None:
    with pytest.raises(InputError, match="time zone"):
        eligibility.set_standing(ledger, CAROL.address, InvestorClass.INSURANCE, "CN", datetime(2030, 1, 1))  # noqa: DTZ001
    until = datetime(2030, 1, 1, tzinfo=UTC)
    blocks = []
    for _ in range(2):
        eligibility.set_standing(ledger, CAROL.address, InvestorClass.INSURANCE, "CN", until, key="standing-once")
        eligibility.freeze_holder(ledger, CAROL.address, frozen=False, reason="none", key="release-once")
        blocks.append(ledger.node.block_number())
    assert blocks[0] == blocks[1]
