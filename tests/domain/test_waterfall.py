"""The waterfall: small cases worked by hand from docs/rules.md, and what holds for every distribution."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.terms import Principal
from ledger.domain.waterfall import Accounts, PeriodInputs, State, WaterfallRules, distribute

RULES = WaterfallRules(
    units=1_000,
    total_face=1_500,
    periods=3,
    coupon_rate=100_000,
    basis=365,
    fee_rate=10_000,
    fee_cap=5,
    reserve_target=50,
    oc_trigger=1_200_000,
    oc_default=500_000,
    arrears_limit=2,
    principal=Principal.BULLET,
)
FIRST = PeriodInputs(k=1, accrual=73, target=333, due_face=500)  # 10 % for a fifth of a year: 20 on 1,000
SECOND = PeriodInputs(k=2, accrual=73, target=666, due_face=1_000)
LAST = PeriodInputs(k=3, accrual=73, target=1_000, due_face=1_500)


def figures(distributed: object, **expected: object) -> None:
    found = {name: getattr(distributed, name) for name in expected}
    assert found == expected


def test_bullet_in_good_times() -> None:
    after, made = distribute(RULES, FIRST, Accounts(principal=1_000, collections=500), State.ACTIVE)
    figures(made, available=500, fee=5, turbo=False, coupon=20, due=20, from_cash=20, paid=20, carried_forward=0)
    figures(made, to_reserve=50, to_sinking=333, repaid=0, performing=1_000, assets=1_383, tests=True, done=False)
    figures(made, residual=92, trapped=0, state=State.ACTIVE)
    assert after == Accounts(principal=1_000, reserve=50, sinking=333, fees_payable=5, residual_payable=92)


def test_what_is_left_is_trapped_while_a_test_fails() -> None:
    rules = replace(RULES, oc_trigger=1_383_001)
    before = Accounts(principal=1_000, collections=500)
    after, made = distribute(rules, FIRST, before, State.ACTIVE)
    figures(made, tests=False, residual=0, trapped=92, assets=1_383)
    # Trapped cash comes back into the next distribution, and no fee is taken on it twice.
    _, made = distribute(rules, SECOND, replace(after, collections=0), State.ACTIVE)
    figures(made, available=92, fee=0, paid=20, to_sinking=72, trapped=0)
    # At the trigger itself the test holds.
    _, made = distribute(replace(RULES, oc_trigger=1_383_000), FIRST, before, State.ACTIVE)
    figures(made, tests=True, residual=92)


def test_coupon_falls_short_then_is_made_good() -> None:
    before = Accounts(principal=1_000, reserve=6, sinking=300)
    after, made = distribute(RULES, FIRST, before, State.ACTIVE)
    figures(made, fee=0, due=20, from_cash=0, from_reserve=6, paid=6, carried_forward=14, to_reserve=0, to_sinking=0)
    figures(made, tests=False, state=State.ACTIVE)
    assert (after.arrears, after.arrears_run, after.reserve) == (14, 1, 0)
    after, made = distribute(RULES, SECOND, replace(after, collections=101), State.ACTIVE)
    # 101 less fee 1 is 100: coupon 20 and the 14 carried forward, reserve 50, and 16 for the sinking account.
    figures(made, fee=1, coupon=20, due=34, paid=34, carried_forward=0, to_reserve=50, to_sinking=16, residual=0)
    assert (after.arrears, after.arrears_run, after.sinking) == (0, 0, 316)


def test_arrears_running_accelerate() -> None:
    after, made = distribute(RULES, FIRST, Accounts(principal=1_000, sinking=300), State.ACTIVE)
    figures(made, state=State.ACTIVE)
    after, made = distribute(RULES, SECOND, after, made.state)
    figures(made, coupon=20, due=40, paid=0, carried_forward=40, state=State.ACCELERATED)
    assert after.arrears_run == 2


def test_thin_cover_accelerates_and_then_everything_repays() -> None:
    rules = replace(RULES, oc_default=900_000)
    # 500 performing and 300 set aside are under 90 % of 1,000, though the coupon is paid.
    after, made = distribute(rules, SECOND, Accounts(principal=1_000, collections=20, sinking=300), State.ACTIVE)
    figures(made, fee=0, paid=20, performing=500, assets=800, state=State.ACCELERATED)
    after, made = distribute(rules, replace(SECOND, k=2), replace(after, collections=10), State.ACCELERATED)
    figures(made, turbo=True, available=10, due=20, paid=20, repaid=290, to_reserve=0, to_sinking=0)
    assert (after.principal, after.sinking, after.reserve) == (710, 0, 0)


def test_prepaid_rent_is_not_counted_as_performing() -> None:
    before = Accounts(principal=1_000, collections=700, prepaid=200)
    after, made = distribute(RULES, FIRST, before, State.ACTIVE)
    figures(made, performing=800)
    after, made = distribute(RULES, replace(SECOND, prepaid_of=200), after, State.ACTIVE)
    figures(made, performing=500)
    assert after.prepaid == 0


def test_pass_through_repays_up_to_its_target_and_may_finish_early() -> None:
    rules = replace(RULES, principal=Principal.PASS_THROUGH)
    after, made = distribute(rules, FIRST, Accounts(principal=1_000, collections=500), State.ACTIVE)
    figures(made, repaid=333, to_sinking=0, assets=1_050, residual=92)
    assert after.principal == 667
    second = replace(SECOND, target=1_000)
    after, made = distribute(rules, second, replace(after, collections=1_100), State.ACTIVE)
    # 1,095 less the coupon of floor(13.34), 667 repaid; the reserve of 50 is released with the rest.
    figures(made, coupon=13, repaid=667, done=True, residual=465, state=State.MATURED)
    assert (after.principal, after.reserve, after.residual_payable) == (0, 0, 557)


def test_short_at_maturity_defaults_and_recovers() -> None:
    before = Accounts(principal=1_000, collections=100, reserve=50, sinking=666)
    after, made = distribute(RULES, LAST, before, State.ACTIVE)
    figures(made, turbo=True, fee=1, paid=20, repaid=795, done=False, residual=0, trapped=0, state=State.DEFAULTED)
    assert (after.principal, after.arrears) == (205, 0)
    after, made = distribute(RULES, PeriodInputs(k=4), replace(after, collections=300), State.DEFAULTED)
    figures(made, turbo=True, fee=3, coupon=0, paid=0, repaid=205, residual=92, done=True, state=State.MATURED)
    assert after.principal == 0


def test_dust_and_surplus_join_the_next_distribution() -> None:
    _, made = distribute(RULES, FIRST, Accounts(principal=1_000, collections=400, dust=3), State.ACTIVE)
    figures(made, available=403, fee=4)


def test_coupon_is_rounded_down_once() -> None:
    _, made = distribute(replace(RULES, units=999), FIRST, Accounts(principal=999), State.ACTIVE)
    figures(made, coupon=19)  # 19.98


MONEY = st.integers(0, 10**12)
RATE = st.integers(0, 1_000_000)


@st.composite
def cases(draw: st.DrawFn) -> tuple[WaterfallRules, PeriodInputs, Accounts, State]:
    units = draw(st.integers(1, 10**12))
    face, periods = draw(MONEY), draw(st.integers(1, 6))
    kind, state = draw(st.sampled_from(Principal)), draw(st.sampled_from([State.ACTIVE, State.ACCELERATED]))
    k = draw(st.integers(1, periods + 1))
    state = State.DEFAULTED if k > periods else state
    due_face = draw(st.integers(0, face))
    prepaid = draw(st.integers(0, face - due_face))
    prepaid_of = draw(st.integers(0, 10**6))
    principal = units if kind is Principal.BULLET and state is State.ACTIVE else draw(st.integers(1, units))
    rules = WaterfallRules(
        units, face, periods, draw(RATE), 365, draw(RATE), draw(MONEY), draw(st.integers(0, units)),
        draw(st.integers(0, 2_000_000)), draw(RATE), draw(st.integers(1, 3)), kind,
    )  # fmt: skip
    target = units if k == periods else draw(st.integers(0, units))
    period = PeriodInputs(k, draw(st.integers(0, 400)), target, due_face, prepaid_of)
    accounts = Accounts(
        principal, draw(MONEY), draw(MONEY), draw(st.integers(0, 9)), draw(MONEY), draw(MONEY), draw(MONEY),
        draw(MONEY), draw(MONEY), prepaid + prepaid_of, draw(st.integers(0, 2)),
    )  # fmt: skip
    return rules, period, accounts, state


@given(cases())
def test_nothing_is_made_or_lost(case: tuple[Any, ...]) -> None:
    rules, period, before, state = case
    after, made = distribute(rules, period, before, state)
    assert after.owed + made.paid + made.repaid == before.owed
    assert after.principal == before.principal - made.repaid
    assert after.arrears == before.arrears + made.coupon - made.paid == made.carried_forward
    assert all(getattr(after, name) >= 0 for name in Accounts.__slots__)
    assert after.fees_payable == before.fees_payable + made.fee
    assert made.fee <= rules.fee_cap and made.fee * 1_000_000 <= before.collections * rules.fee_rate
    assert made.paid == made.from_cash + made.from_reserve


@given(cases())
def test_nobody_is_paid_before_their_turn(case: tuple[Any, ...]) -> None:
    rules, period, before, state = case
    after, made = distribute(rules, period, before, state)
    if made.carried_forward:
        assert made.to_reserve == made.to_sinking == made.repaid == made.residual == made.trapped == 0
        assert after.reserve == 0
    if not made.turbo and after.reserve < rules.reserve_target and not made.done:
        assert made.to_sinking == made.repaid == made.residual == made.trapped == 0
    if made.residual:
        assert made.done or (made.tests and made.trapped == 0)
    if made.turbo and after.principal:
        assert after.owed - after.fees_payable - after.residual_payable == made.trapped == made.residual == 0
    if made.done:
        assert made.state is State.MATURED and after.owed == after.fees_payable + after.residual_payable
    elif period.k >= rules.periods:
        assert made.state is State.DEFAULTED
    elif state is State.ACCELERATED:
        assert made.state is State.ACCELERATED


def test_crt01_with_a_late_anchor_tenant() -> None:
    """The year of examples/crt01/collections.csv, each figure worked out on paper from the rents."""
    rules = WaterfallRules(
        units=30_000_000_000, total_face=44_882_875_560, periods=4, coupon_rate=90_000, basis=365, fee_rate=5_000,
        fee_cap=50_000_000, reserve_target=100_000_000, oc_trigger=1_050_000, oc_default=900_000, arrears_limit=2,
        principal=Principal.BULLET,
    )  # fmt: skip
    accounts, state = Accounts(principal=30_000_000_000), State.ACTIVE
    quarter, anchor = 3 * 3_740_239_630, 3 * 3_560_708_127  # 952 of 1,000 machines
    made = []
    for k, (cash, accrual) in enumerate(
        [(quarter, 90), (quarter - anchor, 91), (quarter + anchor, 92), (quarter, 92)], start=1
    ):
        period = PeriodInputs(k, accrual, 7_500_000_000 * k, quarter * k)
        accounts, distributed = distribute(rules, period, replace(accounts, collections=cash), state)
        state = distributed.state
        made.append(distributed)
    assert [item.coupon for item in made] == [665_753_424, 673_150_684, 680_547_945, 680_547_945]
    # 5,385,945.09 less a fee of 26,929.72 and the reserve of 1,000,000.00, against a coupon of 6,731,506.84.
    assert [item.carried_forward for item in made] == [0, 37_249_147, 0, 0]
    assert [item.from_reserve for item in made] == [0, 100_000_000, 0, 0]
    assert [item.tests for item in made] == [True, False, True, True]
    assert made[-1].repaid == 30_000_000_000
    assert state is State.MATURED


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_arrears_limit_counts_distributions_running(limit: int) -> None:
    rules = replace(RULES, periods=9, arrears_limit=limit, oc_default=0)
    accounts, state, runs = Accounts(principal=1_000), State.ACTIVE, 0
    while state is State.ACTIVE:
        accounts, made = distribute(rules, replace(FIRST, k=runs + 1), accounts, state)
        state, runs = made.state, runs + 1
    assert runs == limit
