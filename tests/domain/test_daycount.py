"""Year fractions against pyxirr, an implementation that is not ours, and against worked examples."""

from __future__ import annotations

from datetime import date

import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.daycount import DayCount, date_of, day_number
from ledger.errors import InputError

DAYS = st.dates(date(1990, 1, 1), date(2110, 12, 31))
ORACLE = {
    DayCount.ACT_365F: pyxirr.DayCount.ACT_365F,
    DayCount.ACT_360: pyxirr.DayCount.ACT_360,
    DayCount.THIRTY_E_360: pyxirr.DayCount.THIRTY_E_360,
    DayCount.ACT_ACT_ISDA: pyxirr.DayCount.ACT_ACT_ISDA,
}


def test_values_and_bases() -> None:
    assert {item.value: item.basis for item in DayCount} == {
        "ACT/365F": 365,
        "ACT/360": 360,
        "30E/360": 360,
        "ACT/ACT ISDA": 133_590,
    }


@pytest.mark.parametrize("convention", DayCount)
@given(start=DAYS, end=DAYS)
def test_year_fraction_agrees_with_pyxirr(convention: DayCount, start: date, end: date) -> None:
    start, end = min(start, end), max(start, end)
    expected = pyxirr.year_fraction(start, end, ORACLE[convention])
    assert convention.accrual(start, end) / convention.basis == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("convention", "start", "end", "accrual"),
    [
        (DayCount.ACT_365F, date(2025, 1, 2), date(2025, 4, 2), 90),
        (DayCount.ACT_360, date(2024, 2, 1), date(2024, 3, 1), 29),
        (DayCount.THIRTY_E_360, date(2024, 1, 31), date(2024, 3, 31), 60),
        (DayCount.THIRTY_E_360, date(2024, 2, 28), date(2024, 3, 1), 3),
        (DayCount.THIRTY_E_360, date(2024, 1, 30), date(2024, 1, 31), 0),
        # ISDA's own example: 2003-11-01 to 2004-05-01 is 61/365 + 121/366.
        (DayCount.ACT_ACT_ISDA, date(2003, 11, 1), date(2004, 5, 1), 61 * 366 + 121 * 365),
    ],
)
def test_worked_examples(convention: DayCount, start: date, end: date, accrual: int) -> None:
    assert convention.accrual(start, end) == accrual


@pytest.mark.parametrize("convention", [DayCount.ACT_365F, DayCount.ACT_360, DayCount.ACT_ACT_ISDA])
@given(days=st.lists(DAYS, min_size=3, max_size=3).map(sorted))
def test_actual_conventions_add_up(convention: DayCount, days: list[date]) -> None:
    first, middle, last = days
    parts = convention.accrual(first, middle) + convention.accrual(middle, last)
    assert parts == convention.accrual(first, last)


def test_backwards_period_is_refused() -> None:
    with pytest.raises(InputError, match="ends before it starts"):
        DayCount.ACT_365F.accrual(date(2025, 1, 2), date(2025, 1, 1))


def test_day_numbers_count_from_1970() -> None:
    assert day_number(date(1970, 1, 1)) == 0
    assert day_number(date(2025, 1, 2)) == 20_090  # 55 years, 14 of them leap, and a day
    with pytest.raises(InputError):
        date_of(10**9)


@given(st.dates())
def test_day_numbers_are_read_back(day: date) -> None:
    assert date_of(day_number(day)) == day
