"""Whole lives of an SPV: the conservation properties after every call, whatever the tenants do.

Times and amounts are small, so that hypothesis finds the corners; the rules have no sizes in them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.domain.lifecycle import SpvModel
from ledger.domain.schedule import Period
from ledger.domain.setup import SpvSetup
from ledger.domain.terms import Principal, Receivable, Terms
from ledger.domain.waterfall import State
from ledger.errors import RuleError

HOLDERS = ("ann", "bob", "cho", "dai")
ISSUE = 100


@dataclass(frozen=True)
class Life:
    """What happens to one SPV. Days are day numbers; ``pieces`` says how holders cut what they are paid for."""

    setup: SpvSetup
    orders: tuple[int, ...]
    rents: tuple[tuple[int, str, int], ...]
    moves: tuple[tuple[int, int, int, int], ...]
    fund_delay: int


@st.composite
def lives(draw: st.DrawFn) -> Life:
    count = draw(st.integers(1, 4))
    size = draw(st.integers(4, 2_000))
    spans = draw(st.lists(st.integers(10, 40), min_size=count, max_size=count))
    ends = [ISSUE + sum(spans[: number + 1]) for number in range(count)]
    shares = sorted(draw(st.lists(st.integers(0, size), min_size=count - 1, max_size=count - 1)))
    dues = draw(st.lists(st.integers(ISSUE, ends[-1]), min_size=1, max_size=8))
    faces = draw(st.lists(st.integers(1, 800), min_size=len(dues), max_size=len(dues)))
    pool = {f"r{number}": (face, due) for number, (face, due) in enumerate(zip(faces, dues, strict=True))}
    periods = tuple(
        Period(end - 3, end, span, target, sum(face for face, due in pool.values() if due <= end))
        for end, span, target in zip(ends, spans, [*shares, size], strict=True)
    )
    orders = tuple(draw(st.lists(st.integers(1, max(1, size // 4)), min_size=1, max_size=4)))
    sold = sum(orders)
    setup = SpvSetup(
        size=size,
        soft_cap=draw(st.integers(1, sold)),
        open_day=80,
        close_day=90,
        issue_day=ISSUE,
        periods=periods,
        receivables=pool,
        coupon_rate=draw(st.integers(0, 1_000_000)),
        basis=draw(st.sampled_from([60, 365])),
        fee_rate=draw(st.integers(0, 200_000)),
        fee_cap=draw(st.integers(0, 50)),
        reserve_target=draw(st.integers(0, size // 4)),
        oc_trigger=draw(st.integers(0, 1_500_000)),
        oc_default=0,
        arrears_limit=draw(st.integers(1, 3)),
        grace_days=draw(st.integers(0, 5)),
        claim_days=30,
        principal=draw(st.sampled_from(Principal)),
    )
    setup = replace(setup, oc_default=draw(st.integers(0, setup.oc_trigger)))
    # Per cent of the face that arrives (0 missing, under 100 short, over 100 surplus), and days early or late.
    arrivals = st.lists(
        st.tuples(st.integers(-40, 120), st.sampled_from([0, 1, 30, 50, 99, 100, 101, 300])), max_size=2
    )
    rents = tuple(
        (max(ISSUE, due + days), key, face * percent // 100)
        for key, (face, due) in pool.items()
        for days, percent in [*draw(arrivals), (0, draw(st.sampled_from([0, 100])))]
        if face * percent >= 100
    )
    day = st.integers(ISSUE, ends[-1] + 10)
    moves = st.lists(st.tuples(day, st.integers(0, 3), st.integers(0, 3), st.integers(1, 100)), max_size=6)
    return Life(setup, orders, rents, tuple(draw(moves)), draw(st.integers(0, 3)))


def begin(life: Life) -> SpvModel:
    model = SpvModel(life.setup)
    for holder, units in zip(HOLDERS, life.orders, strict=False):
        model.subscribe(85, holder, units)
        model.check()
    model.activate(ISSUE)
    model.check()
    return model


def pay_everybody(model: SpvModel, pieces: int) -> None:
    """Pay all holders for all open epochs, each holding in about ``pieces`` pieces."""
    for epoch in model.epochs:
        for holder, held in sorted(epoch.holders.items()):
            while (left := held - epoch.paid_units.get(holder, 0)) and epoch.funded_day is not None:
                model.pay(holder, epoch.number, min(left, max(1, held // pieces)))
                model.check()


def live(life: Life, pieces: int = 1) -> SpvModel:
    """Run a life day by day, with a recovery every ten days after a default, and all receipts paid."""
    model = begin(life)
    last = life.setup.periods[-1].payment_day
    fixed = False
    for day in range(ISSUE, last + 200):
        for due, key, amount in life.rents:
            if due == day:
                model.collect(key, amount)
        for moved, sender, receiver, percent in life.moves:
            units = model.holdings.get(HOLDERS[sender], 0) * percent // 100
            if moved == day and units and model.state not in (State.MATURED, State.REDEEMED):
                model.transfer(HOLDERS[sender], HOLDERS[receiver], units)
        running = model.state in (State.ACTIVE, State.ACCELERATED, State.DEFAULTED)
        if running and model.period <= len(life.setup.periods):
            period = life.setup.periods[model.period - 1]
            if day >= period.record_day and not fixed:
                model.fix_record(day)
                fixed = True
            if day >= period.payment_day + life.fund_delay and fixed:
                model.fund(day)
                fixed = False
                model.check()
                pay_everybody(model, pieces)
        elif running and day % 10 == 0 and recovered(model) and day > (model.epochs[-1].funded_day or 0):
            model.fix_record(day)
            model.fund(day)
            model.check()
            pay_everybody(model, pieces)
        model.check()
    return model


def recovered(model: SpvModel) -> int:
    """What a recovery would distribute."""
    return model.accounts.collections + model.accounts.trapped + model.accounts.dust


common = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@common
@given(lives())
def test_cash_is_conserved_through_a_whole_life(life: Life) -> None:
    model = live(life)
    collected = sum(amount for _, _, amount in life.rents)
    assert sum(model.collected.values()) == collected
    fees = sum(made.fee for made in model.distributions)
    coupons = sum(made.paid for made in model.distributions)
    principal = sum(made.repaid for made in model.distributions)
    residual = sum(made.residual for made in model.distributions)
    assert principal <= model.units
    if model.state is State.REDEEMED:
        assert principal == model.units == model.retired
        model.sweep()
        dust = sum(epoch.dust for epoch in model.epochs)
        after = model.accounts.residual_payable - residual
        # What went round as dust was paid out of again, so it is counted once where it ended.
        assert collected + dust == fees + coupons + principal + residual + after
        model.pay_fees(), model.pay_residual()
        assert model.cash == model.owed() == 0
    else:
        assert model.state is State.DEFAULTED
        assert model.cash == model.owed()
    model.check()


@common
@given(lives(), st.integers(2, 50))
def test_a_piece_costs_less_than_a_minor_unit(life: Life, pieces: int) -> None:
    for epoch in live(life, pieces).epochs:
        for holder, units in epoch.paid_units.items():
            whole = epoch.amount * units // epoch.units
            assert 0 <= whole - epoch.paid_to[holder] < max(1, epoch.payments[holder])


@common
@given(lives(), st.integers(0, 3))
def test_what_nobody_claims_in_time_leaves(life: Life, silent: int) -> None:
    model = begin(life)
    for key, (face, _) in life.setup.receivables.items():
        model.collect(key, face)
    for period in life.setup.periods:
        if model.state in (State.MATURED, State.REDEEMED, State.DEFAULTED):
            break
        model.fix_record(period.record_day)
        model.fund(period.payment_day)
        for epoch in model.epochs:
            for holder in epoch.holders:
                if holder != HOLDERS[silent] and not epoch.paid_units.get(holder):
                    model.pay(holder, epoch.number)
        model.check()
    for epoch in model.epochs:
        assert epoch.funded_day is not None
        with pytest.raises(RuleError, match="open for claims"):
            model.close(epoch.funded_day + 30, epoch.number)
        unclaimed, cash = epoch.unclaimed, model.cash
        assert model.close(epoch.funded_day + 31, epoch.number) == unclaimed
        assert model.cash == cash - unclaimed
        with pytest.raises(RuleError, match="is closed"):
            model.close(epoch.funded_day + 32, epoch.number)
        if epoch.holders.get(HOLDERS[silent]) and not epoch.complete:
            assert model.pay(HOLDERS[silent], epoch.number) == 0
        model.check()
    assert model.state is not State.MATURED


def test_crt01_pays_what_was_promised(crt01: Terms, rents: tuple[Receivable, ...]) -> None:
    setup = SpvSetup.of(crt01, rents)
    model = SpvModel(setup)
    units = [10_000_000_000, 7_000_000_000, 5_000_000_000, 3_333_333_333, 2_666_666_667, 1_999_999_999, 1]
    for number, amount in enumerate(units):
        model.subscribe(setup.close_day, f"h{number}", amount)
    assert model.activate(setup.issue_day) == 30_000_000_000
    for number, period in enumerate(setup.periods):
        for rent in rents[3 * number : 3 * number + 3]:
            model.collect(rent.id, rent.face)
        model.fix_record(period.record_day)
        model.fund(period.payment_day)
        for holder in list(model.epochs[-1].holders):
            for epoch in model.epochs[number:]:
                model.pay(holder, epoch.number)
        model.check()
    assert [made.paid for made in model.distributions] == [665_753_424, 673_150_684, 680_547_945, 680_547_945]
    assert model.state is State.REDEEMED
    assert model.epochs[0].paid_to["h0"] == 221_917_808  # a third of 6,657,534.24
    assert model.epochs[-1].paid_to == {f"h{number}": amount for number, amount in enumerate(units)}


@pytest.fixture
def small() -> SpvSetup:
    return SpvSetup(
        size=1_000, soft_cap=600, open_day=80, close_day=90, issue_day=100,
        periods=(Period(115, 120, 20, 500, 700), Period(135, 140, 20, 1_000, 1_400)),
        receivables={"a": (700, 118), "b": (700, 138)}, coupon_rate=90_000, basis=365, fee_rate=0, fee_cap=0,
        reserve_target=0, oc_trigger=0, oc_default=0, arrears_limit=2, grace_days=10, claim_days=30,
        principal=Principal.BULLET,
    )  # fmt: skip


def test_offering_days_and_limits(small: SpvSetup) -> None:
    model = SpvModel(small)
    for day, units in ((79, 1), (91, 1), (85, 0), (85, 1_001)):
        with pytest.raises(RuleError):
            model.subscribe(day, "ann", units)
    model.subscribe(80, "ann", 600)
    model.subscribe(90, "bob", 400)
    with pytest.raises(RuleError):
        model.subscribe(90, "bob", 1)
    with pytest.raises(RuleError, match="issue"):
        model.activate(99)
    with pytest.raises(RuleError, match="state"):
        model.transfer("ann", "bob", 1)
    assert model.activate(100) == 1_000


def test_below_the_soft_cap_everybody_is_refunded(small: SpvSetup) -> None:
    model = SpvModel(small)
    model.subscribe(85, "ann", 300)
    model.subscribe(86, "bob", 299)
    with pytest.raises(RuleError, match="can still succeed"):
        model.fail(90)
    with pytest.raises(RuleError, match="soft cap"):
        model.activate(100)
    model.fail(91)
    assert model.refund("ann", 100) == 100
    model.check()
    assert model.refund("ann") + model.refund("bob") == 499
    model.check()
    assert model.cash == model.owed() == 0


def test_an_offering_that_is_not_issued_in_time_fails(small: SpvSetup) -> None:
    model = SpvModel(small)
    model.subscribe(85, "ann", 1_000)
    with pytest.raises(RuleError, match="first record day"):
        model.activate(115)
    model.fail(115)
    assert model.refund("ann") == 1_000


def test_an_offering_can_be_cancelled(small: SpvSetup) -> None:
    model = SpvModel(small)
    model.subscribe(85, "ann", 1_000)
    model.cancel()
    assert model.refund("ann") == 1_000
    model.check()


def test_records_and_funding_keep_their_days_and_order(small: SpvSetup) -> None:
    model = SpvModel(small)
    model.subscribe(85, "ann", 1_000)
    model.activate(100)
    with pytest.raises(RuleError, match="no record"):
        model.fund(120)
    with pytest.raises(RuleError, match="too early"):
        model.fix_record(114)
    model.fix_record(115)
    with pytest.raises(RuleError, match="not funded"):
        model.fix_record(116)
    with pytest.raises(RuleError, match="too early"):
        model.fund(119)
    with pytest.raises(RuleError, match="too early"):
        model.fund(129, by_servicer=False)
    with pytest.raises(RuleError, match="not funded"):
        model.pay("ann", 0)
    model.fund(130, by_servicer=False)
    assert model.period == 2


def test_who_sold_after_the_record_is_paid(small: SpvSetup) -> None:
    model = SpvModel(small)
    model.subscribe(85, "ann", 1_000)
    model.activate(100)
    model.collect("a", 700)
    model.fix_record(115)
    model.transfer("ann", "bob", 1_000)
    model.fund(120)
    assert model.pay("ann", 0) == 4  # 1,000 at 9 % for 20 days is 4.93
    with pytest.raises(RuleError):
        model.pay("bob", 0)
    with pytest.raises(RuleError):
        model.pay("ann", 0)


def test_redemption_pays_who_holds_then_and_stops_transfers(small: SpvSetup) -> None:
    model = SpvModel(small)
    model.subscribe(85, "ann", 1_000)
    model.activate(100)
    for key, period in zip("ab", small.periods, strict=True):
        model.collect(key, 700)
        model.fix_record(period.record_day)
        model.transfer("ann", "bob", 250)
        model.fund(period.payment_day)
    assert model.state is State.MATURED
    with pytest.raises(RuleError):
        model.transfer("ann", "bob", 1)
    assert (model.pay("ann", 2), model.pay("bob", 2, 499)) == (500, 499)
    assert model.state is State.MATURED
    assert model.pay("bob", 2) == 1
    assert model.state is State.REDEEMED
    assert model.pay("ann", 1) == 3  # three quarters of 4
    model.check()


def test_late_rent_after_maturity_is_swept(small: SpvSetup) -> None:
    model = SpvModel(replace(small, receivables={**small.receivables, "c": (50, 139)}))
    model.subscribe(85, "ann", 1_000)
    model.activate(100)
    with pytest.raises(RuleError):
        model.collect("unknown", 1)
    with pytest.raises(RuleError):
        model.collect("a", 0)
    for key, period in zip("ab", small.periods, strict=True):
        model.collect(key, 700)
        model.fix_record(period.record_day)
        model.fund(period.payment_day)
    with pytest.raises(RuleError):
        model.fix_record(200)
    residual = model.accounts.residual_payable
    model.collect("c", 50)
    assert model.sweep() == 50
    assert model.accounts.residual_payable == residual + 50
    model.check()


def test_rent_ahead_of_its_period_is_counted_once(small: SpvSetup) -> None:
    model = SpvModel(small)
    model.subscribe(85, "ann", 1_000)
    model.activate(100)
    model.collect("b", 500)
    model.collect("b", 300)  # 200 of it cover the face, 100 are surplus
    model.collect("a", 700)  # of the current period: not ahead
    assert (model.accounts.prepaid, model.accounts.collections) == (700, 1_500)
    model.fix_record(115)
    assert model.fund(120).performing == 0
    model.check()


def test_recoveries_are_the_servicers(small: SpvSetup) -> None:
    model = SpvModel(small)
    model.subscribe(85, "ann", 1_000)
    model.activate(100)
    for period in small.periods:
        model.fix_record(period.record_day)
        model.fund(period.payment_day)
    assert model.state is State.DEFAULTED
    with pytest.raises(RuleError, match="servicer"):
        model.fix_record(150, by_servicer=False)
    model.fix_record(150)
    with pytest.raises(RuleError, match="servicer"):
        model.fund(150, by_servicer=False)
    with pytest.raises(RuleError, match="nothing to distribute"):
        model.fund(150)
    model.collect(next(iter(small.receivables)), 7)
    model.fund(150)
    model.check()


def test_recoveries_are_distributed_once_a_day(small: SpvSetup) -> None:
    model = SpvModel(small)
    model.subscribe(85, "ann", 1_000)
    model.activate(100)
    for period in small.periods:
        model.fix_record(period.record_day)
        model.fund(period.payment_day)
    day, key = small.periods[-1].payment_day, next(iter(small.receivables))
    for later in range(3):
        model.collect(key, 7)
        model.fix_record(day + later)
        with pytest.raises(RuleError, match="too early"):
            model.fund(day + later)
        model.fund(day + later + 1)
        model.check()
