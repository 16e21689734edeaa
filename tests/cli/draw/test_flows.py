"""Cash flow and waterfall: hand-made ones as pictures, and those of generated lives against the reference rules."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.cli.draw.bars import FULL, shares, span, stacked
from ledger.cli.draw.cashflow import cash_flow, dues
from ledger.cli.draw.look import Look
from ledger.cli.draw.waterfall import flow_of, held_before, waterfall
from ledger.domain.money import currency, decimal_string
from ledger.domain.terms import Principal
from ledger.domain.waterfall import Accounts, PeriodInputs, State, WaterfallRules, distribute
from tests.cli.draw.documents import PICTURES, POOL, cny, distribution, last, rent, series
from tests.cli.draw.documents import waterfall as steps_of

BOTH = [distribution(), last()]
MID = date(2025, 6, 1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cashflow-80", cash_flow(series(), POOL, [distribution()], Look(80), today=MID)),
        ("cashflow-60", cash_flow(series(), POOL, [distribution()], Look(60), today=MID)),
        ("cashflow-end", cash_flow(series(), POOL, BOTH, Look(80), today=date(2025, 7, 2))),
        ("waterfall-80", waterfall(distribution(), Look(80), code="T1", held=0)),
        ("waterfall-last", waterfall(last(), Look(80), code="T1", held=45000)),
        ("waterfall-50", waterfall(distribution(), Look(50), code="T1")),
    ],
)
def test_they_look_like_this(name: str, text: str) -> None:
    assert text + "\n" == (PICTURES / f"{name}.txt").read_text(encoding="utf-8")


def test_rent_counts_for_the_first_date_that_it_is_due_on_or_before() -> None:
    found = dues(series(), [*POOL, rent("2025-04-02", "7.00", "0.00"), rent("2025-04-03", "9.00", "0.00")], MID)
    assert [(one.expected, one.covered, one.late, one.to_come, one.surplus) for one in found] == [
        (50700, 50000, 700, 0, 500),
        (50900, 5000, 20900, 25000, 0),
    ]
    today = date(2025, 5, 1)  # what is due today is not late
    assert dues(series(), POOL, today)[1].late == 0


def test_periods_that_the_node_has_forgotten_are_told_by_the_day_of_funding() -> None:
    late = series(periods=series()["periods"][1:])
    text = cash_flow(late, POOL, [distribution()], Look(100), today=MID)
    assert text.index("2025-04-02  ") < text.rindex("2025-07-02  ")
    text = cash_flow(series(periods=[]), POOL, [distribution()], Look(100), today=MID)
    assert "forgotten" in text


def test_redemption_and_arrears_have_their_rows() -> None:
    steps = last()["waterfall"] | {"done": True, "paid": cny("20.00"), "carriedForward": cny("0.00"), "passed": True}
    end = [distribution(), last(waterfall=steps), last(epoch=2, kind="redemption", waterfall=steps, unpaid=cny("0.00"))]
    rows = [line.split() for line in cash_flow(series(), POOL, end, Look(80), today=date(2025, 7, 3)).split("\n")]
    assert ["2025-07-02", "729.00", "redeemed"] in rows
    assert ["2025-07-02", "20.00", "20.00", "0.00", "unpaid"] in rows


# --- Conservation ------------------------------------------------------------------------------------------------


@st.composite
def lives(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The waterfalls of a series' life, as the reference rules make them of generated rent."""
    periods, units = draw(st.integers(1, 6)), draw(st.integers(1, 10**12))
    rules = WaterfallRules(
        units=units,
        total_face=draw(st.integers(units, 2 * units)),
        periods=periods,
        coupon_rate=draw(st.integers(0, 300_000)),
        basis=365,
        fee_rate=draw(st.integers(0, 50_000)),
        fee_cap=draw(st.integers(0, units)),
        reserve_target=draw(st.integers(0, units // 4)),
        oc_trigger=draw(st.integers(1_000_000, 1_300_000)),
        oc_default=draw(st.integers(0, 900_000)),
        arrears_limit=draw(st.integers(1, 4)),
        principal=draw(st.sampled_from(Principal)),
    )
    accounts, state, found = Accounts(principal=units), State.ACTIVE, []
    for k in range(1, periods + 3):
        if state is State.MATURED or (k > periods and state is not State.DEFAULTED):
            break
        cash = draw(st.integers(0, 2 * units // periods))
        accounts = Accounts(**(asdict(accounts) | {"collections": cash}))
        face = rules.total_face * min(k, periods) // periods
        period = PeriodInputs(k=k, accrual=91, target=units * min(k, periods) // periods, due_face=face)
        accounts, did = distribute(rules, period, accounts, state)
        state = did.state
        figures = {
            "available": did.available,
            "fee": did.fee,
            "coupon": did.coupon,
            "due": did.due,
            "paid": did.paid,
            "carriedForward": did.carried_forward,
            "fromReserve": did.from_reserve,
            "toReserve": did.to_reserve,
            "toSinking": did.to_sinking,
            "repaid": did.repaid,
            "residual": did.residual,
            "trapped": did.trapped,
            "assets": did.assets,
        }
        amounts = {name: decimal_string(value, currency("CNY")) for name, value in figures.items()}
        found.append(distribution(k - 1, waterfall=steps_of(**amounts, passed=did.tests, done=did.done)))
        found[-1]["after"] = accounts.reserve + accounts.sinking
    return found


@given(lives())
def test_what_came_in_went_out_in_every_life(life: list[dict[str, Any]]) -> None:
    for epoch, one in enumerate(life):
        held = held_before(life, one)
        assert held == (life[epoch - 1]["after"] if epoch else 0)  # the accounts of the reference rules
        flow = flow_of(one["waterfall"], held)
        assert flow.adds_up and flow.came == flow.went
        assert all(value >= 0 for _, value in (*flow.sources, *flow.uses))
        text = waterfall(one, Look(100), held=held)
        assert "it adds up" in text
        shown = [line for line in text.split("\n") if line.startswith("= ")]
        assert shown[0].split()[-1] == shown[1].split()[-1]


@given(lives(), st.data())
def test_a_figure_that_is_wrong_is_seen(life: list[dict[str, Any]], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(life))
    name = data.draw(st.sampled_from(["available", "fee", "fromReserve", "repaid", "residual", "trapped"]))
    wrong = dict(one["waterfall"])
    whole, part = wrong[name]["amount"].split(".")
    wrong[name] = cny(f"{int(whole) + data.draw(st.integers(10**13, 10**14))}.{part}")
    assert not flow_of(wrong, held_before(life, one)).adds_up
    assert "does not add up" in waterfall(one | {"waterfall": wrong}, Look(80), held=held_before(life, one))


# --- Bars --------------------------------------------------------------------------------------------------------

PARTS = st.lists(st.integers(0, 10**15), min_size=1, max_size=8)


@given(PARTS, st.integers(8, 60))
def test_bars_of_all_parts_cover_the_whole_and_no_more(parts: list[int], width: int) -> None:
    whole, start, ends = sum(parts), 0, []
    for part in parts:
        bar = span(start, part, whole, width)
        assert len(bar) <= width
        assert bool(bar.strip()) == (part > 0)  # something is seen, and nothing is not
        assert bar.count(FULL) <= part * width // max(whole, 1) + 1
        start += part
        ends.append(len(bar))
    assert max(ends) == (width if whole else 0)


@given(PARTS, st.integers(8, 60))
def test_stacked_bars_are_as_long_as_the_whole(parts: list[int], width: int) -> None:
    found = stacked([(part, FULL) for part in parts], sum(parts), width)
    assert sum(len(bar) for bar, _ in found) == (width if sum(parts) else 0)


@given(PARTS)
def test_shares_sum_to_all(parts: list[int]) -> None:
    found = shares(parts, sum(parts))
    tenths = [int(one.removesuffix(" %").replace(".", "")) for one in found]
    assert sum(tenths) == (1000 if sum(parts) else 0)
    assert all(abs(one * sum(parts) - 1000 * part) <= sum(parts) for one, part in zip(tenths, parts, strict=True))
