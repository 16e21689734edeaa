"""Present value, the advance test to the fen, and yield: the reference figures, and pyxirr as the other opinion."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.money import currency
from ledger.domain.terms import Receivable
from ledger.domain.valuation import advance_limit, check_advance, check_due_dates, present_value, xirr
from ledger.errors import RuleError

CNY = currency("CNY")
CUT_OFF = date(2025, 1, 1)
RENT_DAYS = [*(date(2025, month, 1) for month in range(2, 13)), date(2026, 1, 1)]


def level_rents(fen: int) -> list[Receivable]:
    return [Receivable(str(day), "lessee", 1_000, day, fen) for day in RENT_DAYS]


def test_reference_rent_is_one_cent_short() -> None:
    value = present_value(level_rents(3_740_239_629), 90_000, CUT_OFF, CNY)
    assert str(value.exact).startswith("428571428.5687")
    assert value.minor == 42_857_142_856
    with pytest.raises(RuleError) as raised:
        check_advance(30_000_000_000, value.minor, 700_000, CNY)
    error = raised.value
    assert "short by 1 minor unit" in error.message
    assert error.field == "size"
    assert "299,999,999.99 CNY" in (error.expected or "")
    assert error.found == "300,000,000.00 CNY"
    assert "428,571,428.58 CNY" in (error.hint or "")


def test_reference_rent_is_enough() -> None:
    value = present_value(level_rents(3_740_239_630), 90_000, CUT_OFF, CNY)
    assert str(value.exact).startswith("428571428.6833")
    assert value.minor == 42_857_142_868
    check_advance(30_000_000_000, value.minor, 700_000, CNY)


def test_advance_test_is_exact_at_the_limit() -> None:
    check_advance(30_000_000_000, 42_857_142_858, 700_000)
    with pytest.raises(RuleError, match="short by 1 minor unit"):
        check_advance(30_000_000_000, 42_857_142_857, 700_000)
    with pytest.raises(RuleError, match="short by 5 minor units"):
        check_advance(5, 100, 0)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.integers(1, 1_000_000))
def test_advance_test_is_the_rule(size: int, value: int, advance: int) -> None:
    allowed = size * 1_000_000 <= advance * value  # docs/rules.md, Pool
    assert (size <= advance_limit(value, advance)) is allowed
    if allowed:
        check_advance(size, value, advance)
    else:
        with pytest.raises(RuleError):
            check_advance(size, value, advance)


@given(
    st.lists(st.tuples(st.integers(1, 2_000), st.integers(1, 10**12)), min_size=1, max_size=20),
    st.integers(0, 1_000_000),
)
def test_present_value_agrees_with_pyxirr(pool: list[tuple[int, int]], rate: int) -> None:
    rents = [Receivable(str(i), "x", 1, CUT_OFF + timedelta(days=days), face) for i, (days, face) in enumerate(pool)]
    value = present_value(rents, rate, CUT_OFF, CNY)
    dates = [CUT_OFF, *(rent.due for rent in rents)]
    other = pyxirr.xnpv(rate / 1_000_000, dates, [0.0, *(rent.face / 100 for rent in rents)])
    assert float(value.exact) == pytest.approx(other, rel=1e-12)
    assert 0 <= value.exact * 100 - value.minor < 1


def test_present_value_at_no_discount_is_the_face() -> None:
    assert present_value(level_rents(7), 0, CUT_OFF, CNY).minor == 84
    assert present_value([], 90_000, CUT_OFF, CNY).minor == 0


@pytest.mark.parametrize("due", [date(2025, 1, 1), date(2024, 12, 31), date(2026, 1, 3)])
def test_rents_lie_between_cut_off_and_maturity(due: date) -> None:
    rent = Receivable("R1", "x", 1, due, 100, line=7)
    with pytest.raises(RuleError) as raised:
        check_due_dates([rent], CUT_OFF, date(2026, 1, 2))
    assert (raised.value.line, raised.value.field, raised.value.found) == (7, "due", due.isoformat())


def test_due_dates_at_the_edges_are_good() -> None:
    rents = [Receivable("a", "x", 1, date(2025, 1, 2), 1), Receivable("b", "x", 1, date(2026, 1, 2), 1)]
    check_due_dates(rents, CUT_OFF, date(2026, 1, 2))


def test_reference_yield() -> None:
    flows = [
        (date(2025, 1, 2), -30_000_000_000),
        (date(2025, 4, 2), 665_753_424),
        (date(2025, 7, 2), 673_150_684),
        (date(2025, 10, 2), 680_547_945),
        (date(2026, 1, 2), 680_547_945 + 30_000_000_000),
    ]
    assert xirr(flows) == Decimal("0.0930834594")


@pytest.mark.parametrize("flows", [[], [(CUT_OFF, 5)], [(CUT_OFF, -5), (date(2026, 1, 1), -5)], [(CUT_OFF, 0)]])
def test_no_yield_without_both_signs(flows: list[tuple[date, int]]) -> None:
    assert xirr(flows) is None
