"""Payment dates rolled backwards from maturity, and what each period holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.schedule import Period, build_schedule, period_of, principal_targets, roll_dates, scale_target
from ledger.domain.terms import Frequency, Receivable, Terms
from ledger.errors import RuleError


@pytest.mark.parametrize(
    ("issue", "maturity", "frequency", "expected"),
    [
        ("2025-01-02", "2026-01-02", "quarterly", "2025-04-02 2025-07-02 2025-10-02 2026-01-02"),
        # Seven months and a half do not divide by three: the first period is the short one.
        ("2025-01-02", "2025-08-15", "quarterly", "2025-02-15 2025-05-15 2025-08-15"),
        # The last day of a month stays the last day.
        ("2024-11-30", "2025-04-30", "monthly", "2024-12-31 2025-01-31 2025-02-28 2025-03-31 2025-04-30"),
        # The 30th of a month that has 31 days is not its last: February shortens it, and only February.
        ("2024-12-30", "2025-03-30", "monthly", "2025-01-30 2025-02-28 2025-03-30"),
        ("2023-08-31", "2024-08-31", "semiannual", "2024-02-29 2024-08-31"),
        ("2023-03-01", "2026-02-28", "annual", "2024-02-29 2025-02-28 2026-02-28"),
        ("2025-01-02", "2025-01-20", "annual", "2025-01-20"),
    ],
)
def test_rolled_dates(issue: str, maturity: str, frequency: str, expected: str) -> None:
    dates = roll_dates(date.fromisoformat(issue), date.fromisoformat(maturity), Frequency(frequency))
    assert " ".join(map(str, dates)) == expected


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.sampled_from(Frequency),
)
def test_rolled_dates_rise_from_issue_to_maturity(first: date, second: date, frequency: Frequency) -> None:
    issue, maturity = min(first, second), max(first, second)
    if issue == maturity:
        with pytest.raises(RuleError):
            roll_dates(issue, maturity, frequency)
        return
    dates = roll_dates(issue, maturity, frequency)
    assert dates[-1] == maturity
    assert all(before < after for before, after in zip((issue, *dates), dates, strict=False))
    months = {(after.year - before.year) * 12 + after.month - before.month for before, after in pairwise(dates)}
    assert months <= {frequency.months}


def test_crt01_periods(crt01: Terms, rents: tuple[Receivable, ...]) -> None:
    rent = 3_740_239_630
    # 2025-03-28 is day 20,175: 55 years with 14 leap days make 20,089 for 2025-01-01, and 86 days more.
    assert build_schedule(crt01, rents) == (
        Period(20_175, 20_180, 90, 7_500_000_000, 3 * rent),
        Period(20_266, 20_271, 91, 15_000_000_000, 6 * rent),
        Period(20_358, 20_363, 92, 22_500_000_000, 9 * rent),
        Period(20_450, 20_455, 92, 30_000_000_000, 12 * rent),
    )


def test_crt01_coupons(crt01: Terms, rents: tuple[Receivable, ...]) -> None:
    coupons = [30_000_000_000 * 90_000 * period.accrual // (1_000_000 * 365) for period in build_schedule(crt01, rents)]
    assert coupons == [665_753_424, 673_150_684, 680_547_945, 680_547_945]


def test_rent_on_a_payment_day_belongs_to_its_period(crt01: Terms) -> None:
    rents = [Receivable("a", "x", 1, date(2025, 4, 2), 5), Receivable("b", "x", 1, date(2025, 4, 3), 7)]
    assert [period.due_face for period in build_schedule(crt01, rents)] == [5, 12, 12, 12]


def test_rent_after_maturity_is_refused(crt01: Terms) -> None:
    with pytest.raises(RuleError, match="after maturity"):
        build_schedule(crt01, [Receivable("a", "x", 1, date(2026, 1, 3), 5)])


def test_period_of() -> None:
    days = (10, 20, 30)
    assert [period_of(days, day) for day in (1, 10, 11, 20, 30)] == [1, 1, 2, 2, 3]
    with pytest.raises(RuleError):
        period_of(days, 31)


def test_targets() -> None:
    assert principal_targets(100, 3) == (33, 66, 100)
    assert principal_targets(101, 2, (250_000, 1_000_000)) == (25, 101)


def test_targets_of_fewer_units() -> None:
    assert scale_target(66, 80, 100) == 52
    assert scale_target(100, 80, 100) == 80


def test_listed_targets_enter_the_schedule(crt01: Terms) -> None:
    terms = replace(crt01, principal_targets=(0, 100_000, 500_000, 1_000_000))
    assert [period.target for period in build_schedule(terms, [])] == [0, 3_000_000_000, 15_000_000_000, 30_000_000_000]
