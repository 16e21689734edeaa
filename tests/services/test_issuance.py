"""An issue that is broken off anywhere goes on; a subscription is made once; and the ways out of an offering."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.chain.devkeys import dev_account
from ledger.domain.investors import InvestorClass
from ledger.domain.waterfall import State
from ledger.engine.operations import Operation, Outcome
from ledger.engine.sender import DurableSender
from ledger.errors import InputError, Reverted
from ledger.services import cash, eligibility, encoding, issuance, subscribing
from ledger.services.inputs.case import Case
from ledger.services.ledger import Ledger, open_local
from ledger.services.roles import Role
from ledger.services.series import Series
from ledger.store.database import Database
from tests.services.small import HOLDERS, offered, small_case, subscribed

PARTIES = issuance.Parties(*(dev_account(index).address for index in (7, 8, 9, 6)))
ALICE, BOB, CAROL = HOLDERS


class Killed(Exception):
    """The process ends here."""


class DyingSender(DurableSender):
    """Does so many operations, and is killed."""

    left = 0

    def submit(self, operation: Operation) -> Outcome:
        if self.left == 0:
            raise Killed
        self.left -= 1
        return super().submit(operation)


@pytest.fixture
def case() -> Case:
    return small_case()


@pytest.fixture
def ledger(case: Case) -> Iterator[Ledger]:
    with open_local(start=case.terms.open_date - timedelta(days=1)) as found:
        yield found


@pytest.fixture
def series(ledger: Ledger, case: Case) -> Series:
    return offered(ledger, case)


@pytest.fixture
def restarted(ledger: Ledger) -> Iterator[Callable[..., Ledger]]:
    """The ledger of another process, that knows nothing of what was done; it does ``left`` operations."""
    with ExitStack() as stack:

        def make(left: int | None = None) -> Ledger:
            database = stack.enter_context(Database())
            if left is None:
                return replace(ledger, sender=DurableSender(database, ledger.node, ledger.keyring))
            sender = DyingSender(database, ledger.node, ledger.keyring)
            sender.left = left
            return replace(ledger, sender=sender)

        yield make


def issue(ledger: Ledger, case: Case) -> Series:
    made = issuance.create(ledger, case, PARTIES)
    issuance.register_pool(made, case.receivables)
    return made


@pytest.mark.parametrize("done", range(5))
def test_an_issue_goes_on_where_it_was_broken_off(
    ledger: Ledger, case: Case, monkeypatch: pytest.MonkeyPatch, restarted: Callable[..., Ledger], done: int
) -> None:
    """SPV, roles, and two batches of receivables: four operations, each done once whenever the process ends."""
    monkeypatch.setattr(issuance, "RECEIVABLES_AT_ONCE", 2)
    before = ledger.node.block_number()
    if done < 4:
        with pytest.raises(Killed):
            issue(restarted(done), case)
    else:
        issue(restarted(done), case)
    made = issue(restarted(), case)
    assert ledger.node.block_number() == before + 4
    assert (made.slot, made.code, made.state()) == (1, case.terms.code, State.DRAFT)
    selector = made.spv.contract.function("collect").selector
    assert ledger.authority.view(ledger.node, "getTargetFunctionRole", made.spv.address, selector) == Role.SERVICER
    operator = ledger.deployment.operator
    assert made.cash.view(ledger.node, "allowance", operator, made.spv.address) == issuance.NO_LIMIT
    for item in case.receivables:
        key = encoding.receivable_key(PARTIES.originator, item.id)
        assert ledger.factory.view(ledger.node, "soldTo", key) == made.spv.address


def test_an_issue_of_other_parties_is_not_gone_on_with(ledger: Ledger, case: Case) -> None:
    issuance.create(ledger, case, PARTIES)
    stranger = dev_account(15).address
    with pytest.raises(InputError) as refused:
        issuance.create(ledger, case, replace(PARTIES, unclaimed_to=stranger))
    assert refused.value.field == "unclaimedTo"
    assert (refused.value.expected, refused.value.found) == (PARTIES.unclaimed_to, stranger)
    lower = replace(PARTIES, unclaimed_to=PARTIES.unclaimed_to.lower())
    assert issuance.create(ledger, case, lower).slot == 1


def test_receivables_of_another_spv_are_refused(ledger: Ledger, case: Case) -> None:
    issue(ledger, case)
    twin = replace(case, terms=replace(case.terms, name="twin"))
    with pytest.raises(Reverted, match="ReceivableTaken"):
        issue(ledger, twin)


def test_a_permit_holds_until_the_close_day_ends(series: Series, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle chain's newest block may be of days ago; the deadline is in the series' time zone."""
    given = {}
    real = type(series.spv).call_data

    def spy(bound: object, name: str, *args: object) -> bytes:
        given[name] = args
        return real(bound, name, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(type(series.spv), "call_data", spy)
    cash.mint(series, ALICE.address, 10)
    node = series.ledger.node
    node.set_time(node.block().timestamp + 5 * 86_400)  # type: ignore[attr-defined]
    subscribing.subscribe(series, ALICE, 10)
    midnight = issuance.day_number(case.terms.close_date + timedelta(days=1)) * 86_400 - case.terms.utc_offset * 60
    assert given["subscribeWithPermit"][1] == midnight - 1


def test_a_subscription_with_a_key_is_made_once(series: Series) -> None:
    cash.mint(series, ALICE.address, 1_000)
    first = subscribing.subscribe(series, ALICE, 300, key="order 1")
    assert subscribing.subscribe(series, ALICE, 300, key="order 1") == first
    assert cash.balance(series, ALICE.address) == 700
    with pytest.raises(InputError, match="another operation"):
        subscribing.subscribe(series, ALICE, 301, key="order 1")
    assert subscribing.subscribe(series, ALICE, 300, key="order 2") != first
    assert series.view("status").sold == 600


def test_a_cancelled_offering_is_refunded_and_its_receivables_sold_again(
    ledger: Ledger, series: Series, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuance, "REFUNDS_AT_ONCE", 2)
    monkeypatch.setattr(issuance, "RELEASES_AT_ONCE", 2)
    tokens = subscribed(series, 100, 200, 300)
    with pytest.raises(Reverted, match="WrongState"):
        issuance.refund(series, tokens)
    issuance.cancel(series)
    assert series.state() is State.FAILED
    eligibility.freeze_holder(ledger, BOB.address, frozen=True, reason="sanctions list")
    units = {tokens[0]: (ALICE.address, 100), tokens[2]: (CAROL.address, 300)}
    assert issuance.refund(series, tokens) == [(token, *rest) for token, rest in units.items()]
    eligibility.freeze_holder(ledger, BOB.address, frozen=False, reason="delisted")
    assert issuance.refund(series, tokens) == [(tokens[1], BOB.address, 200)]
    assert [cash.balance(series, holder.address) for holder in HOLDERS] == [100, 200, 300]
    assert issuance.refund(series, []) == []

    issuance.release(series)
    issuance.release(series)  # there is nothing left
    twin = issue(ledger, replace(case, terms=replace(case.terms, name="twin")))
    key = encoding.receivable_key(PARTIES.originator, case.receivables[-1].id)
    assert ledger.factory.view(ledger.node, "soldTo", key) == twin.spv.address
    with pytest.raises(Reverted, match="NotReleasable"):
        issuance.release(twin)


def test_an_offering_that_misses_its_soft_cap_fails(series: Series, case: Case) -> None:
    subscribed(series, case.terms.soft_cap - 1)
    with pytest.raises(Reverted, match="NotFailed"):
        issuance.fail(series)
    series.go_to(case.terms.close_date + timedelta(days=1))
    issuance.fail(series)
    assert series.state() is State.FAILED
    with pytest.raises(Reverted, match="WrongState"):
        issuance.cancel(series)


def test_a_requirement_is_changed_by_compliance(ledger: Ledger, series: Series) -> None:
    assert eligibility.is_eligible(ledger, ALICE.address, series.slot)
    issuance.set_requirement(series, [InvestorClass.TRUST], ["CN", "HK"])
    assert not eligibility.is_eligible(ledger, ALICE.address, series.slot)
    issuance.set_requirement(series, [InvestorClass.TRUST, InvestorClass.INSURANCE], ["CN"])
    assert eligibility.is_eligible(ledger, ALICE.address, series.slot)
    with pytest.raises(Reverted, match="EmptyRequirement"):
        issuance.set_requirement(series, [], ["CN"])
