"""Collections, payment dates and redemption through the services, away from the even path of the demo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest

from ledger.chain.node import CallRequest
from ledger.engine.operations import Step
from ledger.errors import InputError, Reverted, RuleError
from ledger.services import cash, collections, distribution, eligibility, receipts, redemption
from ledger.services.distribution import Payment
from ledger.services.ledger import Ledger, open_local
from ledger.services.series import Series
from ledger.services.story import run_case
from tests.services.small import HOLDERS, RENT, active, small_case

ALICE, BOB, _ = (holder.address for holder in HOLDERS)
DATES = (date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1))
COUPON = 3_000  # 3,000.00 at 12 % for 30 of 360 days: 30.00


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_local(start=date(2024, 12, 1)) as found:
        yield found


def pay_date(series: Series, number: int) -> int:
    """Everything of a payment date but the payment; returns the epoch."""
    series.go_to(date(2025, 1, 27) if number == 0 else DATES[number].replace(day=1))
    series.go_to(DATES[number])
    distribution.fix_record(series)
    cash.mint(series, series.ledger.deployment.operator, RENT)
    collections.collect(series, [(f"R{number + 1}-{series.code}", RENT)])
    return distribution.fund(series).epoch


def amounts(paid: list[Payment]) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    for payment in paid:
        found[payment.epoch, payment.holder] = found.get((payment.epoch, payment.holder), 0) + payment.amount
    return found


def test_holders_who_are_epochs_behind_are_brought_up_to_here(ledger: Ledger) -> None:
    series, _ = active(ledger, small_case(), 200_000, 100_000)
    for number in range(3):
        pay_date(series, number)
    assert amounts(distribution.pay_all(series, 1)) == {
        (epoch, holder): coupon for epoch in (0, 1) for holder, coupon in ((ALICE, 2_000), (BOB, 1_000))
    }
    assert amounts(redemption.redeem_all(series)) == {
        (2, ALICE): 2_000,
        (2, BOB): 1_000,
        (3, ALICE): 200_000,
        (3, BOB): 100_000,
    }
    assert series.state().value == "Redeemed"
    assert receipts.holdings(ledger, series.slot) == {}
    # 3 rents of 1,600.00 less principal and coupons are the originator's.
    assert redemption.pay_residual(series) + redemption.sweep(series) == 3 * RENT - 300_000 - 3 * COUPON
    assert series.cash_held() == series.owed() == 0


def test_redemption_before_maturity_is_refused(ledger: Ledger) -> None:
    series, _ = active(ledger, small_case(), 300_000)
    with pytest.raises(RuleError, match="not matured"):
        redemption.redeem_all(series)


def test_more_receipts_than_one_transaction_takes(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "RECEIPTS_AT_ONCE", 4)
    series, (alices, bobs) = active(ledger, small_case(), 200_000, 100_000)
    receipts.split(ledger, alices, [1_001] * 9)
    receipts.split(ledger, bobs, [77] * 2)
    epoch = pay_date(series, 0)
    paid = distribution.pay_all(series, epoch)
    # Ten receipts are three payments: 193,994, 4,004 and 2,002 of 300,000 units.
    assert [each.amount for each in paid if each.holder == ALICE] == [1_939, 40, 20]
    assert [each.amount for each in paid if each.holder == BOB] == [1_000]
    assert distribution.pay_all(series, epoch) == []
    assert series.view("epochAt", epoch).unitsPaid == 300_000
    assert distribution.kept_as_dust(series, epoch) == 1


@pytest.mark.parametrize("limit", ["RECEIPTS_AT_ONCE", "HOLDERS_AT_ONCE"])
def test_holders_are_paid_as_one_sum_in_whichever_batch(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(distribution, limit, {"RECEIPTS_AT_ONCE": 10, "HOLDERS_AT_ONCE": 1}[limit])
    series, (alices, bobs) = active(ledger, small_case(), 200_000, 100_000)
    receipts.split(ledger, alices, [1_001] * 9)
    receipts.split(ledger, bobs, [77] * 2)
    assert amounts(distribution.pay_all(series, pay_date(series, 0))) == {(0, ALICE): 2_000, (0, BOB): 1_000}


def test_a_frozen_holder_is_paid_when_released(ledger: Ledger) -> None:
    series, _ = active(ledger, small_case(), 200_000, 100_000)
    eligibility.freeze_holder(ledger, BOB, frozen=True, reason="order 1")
    assert amounts(distribution.pay_all(series, pay_date(series, 0))) == {(0, ALICE): 2_000}
    assert amounts(distribution.pay_all(series, pay_date(series, 1))) == {(1, ALICE): 2_000}
    eligibility.freeze_holder(ledger, BOB, frozen=False, reason="lifted")
    assert amounts(distribution.pay_all(series, 1)) == {(0, BOB): 1_000, (1, BOB): 1_000}


def test_somebody_else_paid_in_between(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    series, (alices, bobs) = active(ledger, small_case(), 200_000, 100_000)
    epoch = pay_date(series, 0)
    found = list(distribution._positions(series))
    step = Step(series.spv.address, series.spv.call_data("pay", epoch, [alices, bobs]))
    ledger.anyone("spv.pay", step)
    monkeypatch.setattr(distribution, "_positions", lambda _: iter(found))
    assert distribution.pay_all(series, epoch) == []
    assert amounts(distribution.payments(series, epoch)) == {(0, ALICE): 2_000, (0, BOB): 1_000}


def test_empty_receipts_do_not_stop_a_run(ledger: Ledger) -> None:
    series, (alices, bobs) = active(ledger, small_case(), 200_000, 100_000)
    receipts.transfer_units(ledger, alices, bobs, 200_000)
    assert amounts(distribution.pay_all(series, pay_date(series, 0))) == {(0, BOB): 3_000}


def test_a_holder_whom_the_token_refuses_stops_nobody(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    series, (_, bobs) = active(ledger, small_case(), 200_000, 100_000)
    split = receipts.split(ledger, bobs, [77] * 2)
    epoch = pay_date(series, 0)
    blocked, ask = {bobs, *split}, ledger.node.call_many

    def refusing(asked: Sequence[CallRequest], *block: Any) -> list[Any]:
        """What the node says when the cash token moves nothing to Bob."""
        wanted = [any(token_id.to_bytes(32, "big") in one.data for token_id in blocked) for one in asked]
        return [
            Reverted("Blocked") if is_pay and one.to == series.spv.address else answer
            for one, is_pay, answer in zip(asked, wanted, ask(asked, *block), strict=True)
        ]

    with monkeypatch.context() as patched:
        patched.setattr(ledger.node, "call_many", refusing)
        with pytest.raises(RuleError, match=f"1 of the holders could not be paid, the first of them {BOB}"):
            distribution.pay_all(series, epoch)
    assert amounts(distribution.payments(series)) == {(0, ALICE): 2_000}
    assert amounts(distribution.pay_all(series, epoch)) == {(0, BOB): 1_000}


def test_an_epoch_that_is_not_funded_is_refused(ledger: Ledger) -> None:
    series, _ = active(ledger, small_case(), 300_000)
    for epoch in (-1, 0):
        with pytest.raises(RuleError, match="not funded"):
            distribution.pay_all(series, epoch)


def test_what_nobody_claims_goes_to_the_trustee(ledger: Ledger) -> None:
    series, (alices, _) = active(ledger, small_case(), 100_001, 199_999)
    epoch = pay_date(series, 0)
    ledger.anyone("spv.pay", Step(series.spv.address, series.spv.call_data("pay", epoch, [alices])))
    trustee = series.view("terms").parties.unclaimedTo
    series.go_to(date(2025, 5, 3))  # 90 days after 2025-02-01 is 2025-05-02, the last day to claim
    assert distribution.close(series, epoch) == cash.balance(series, trustee) == 3_000 - 3_000 * 100_001 // 300_000
    assert distribution.pay_all(series, epoch) == [Payment(epoch, BOB, 199_999, 0)]
    assert distribution.kept_as_dust(series, epoch) == 0


@pytest.mark.parametrize(
    ("payments", "message"),
    [
        ([("R1-SMALL", 10), ("R9-SMALL", 10)], "unknown receivable"),
        ([("R1-SMALL", 10), ("R2-SMALL", 0)], "not an amount"),
        ([("R1-SMALL", 10), ("R2-SMALL", RENT)], "too little cash"),
    ],
)
def test_a_collection_is_refused_whole(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, payments: list[tuple[str, int]], message: str
) -> None:
    """Also when it takes several transactions, of which the first would go through."""
    monkeypatch.setattr(collections, "COLLECTIONS_AT_ONCE", 1)
    series, _ = active(ledger, small_case(), 300_000)
    cash.mint(series, ledger.deployment.operator, 100)
    with pytest.raises(InputError, match=message):
        collections.collect(series, payments)
    assert series.view("accounts").collections == 0
    assert collections.collect(series, [("R1-SMALL", 10), ("R2-SMALL", 20)], key="morning") == 30
    assert collections.collect(series, [("R1-SMALL", 10), ("R2-SMALL", 20)], key="morning") == 30
    assert series.view("accounts").collections == 30
    for _ in range(2):  # the second time there is no cash left, and none is needed
        assert collections.collect(series, [("R1-SMALL", 40), ("R2-SMALL", 30)], key="noon") == 70
    assert series.view("accounts").collections == 100


def test_the_proof_of_a_story_holds(ledger: Ledger) -> None:
    story = run_case(ledger, small_case("PROOF", (200_000, 100_000), ("R1", "R2", "R3")))
    assert story.state.value == "Redeemed"
    assert [check for check in story.checks if not check.holds] == []


def test_the_proof_of_a_story_sees_that_nobody_was_paid(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "pay_all", lambda *_: [])
    story = run_case(ledger, small_case("PROOF", (200_000, 100_000), ("R1", "R2", "R3")))
    broken = {check.name for check in story.checks if not check.holds}
    assert {"epoch 0: holder 0 is paid", "epoch 0: holders paid", "epoch 0: nothing is unclaimed"} <= broken
