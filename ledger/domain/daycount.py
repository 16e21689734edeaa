"""Day counts as exact fractions: a period's accrual over the convention's basis.

A coupon is ``principal * rate * accrual / (1e6 * basis)`` with one division, so the year fraction is kept as its
two integers. Days are numbered since 1970-01-01 in the series' own time zone, as the contracts number them.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date
from enum import Enum
from typing import Final

from ledger.errors import InputError

__all__ = ["DayCount", "date_of", "day_number"]

_EPOCH: Final = date(1970, 1, 1).toordinal()


class DayCount(Enum):
    """How the days of a period become a fraction of a year (ISDA 2006 definitions, section 4.16)."""

    ACT_365F = "ACT/365F"
    ACT_360 = "ACT/360"
    THIRTY_E_360 = "30E/360"
    ACT_ACT_ISDA = "ACT/ACT ISDA"

    @property
    def basis(self) -> int:
        """Denominator of the year fraction. 133,590 = 365 * 366 makes ACT/ACT ISDA one integer fraction."""
        return _BASIS[self]

    def accrual(self, start: date, end: date) -> int:
        """Numerator of the year fraction of the period from ``start`` (counted) to ``end`` (not counted).

        Raises InputError if ``end`` is before ``start``.
        """
        if end < start:
            raise InputError(
                "period ends before it starts", field="end", expected=f"{start} or later", found=end.isoformat()
            )
        match self:
            case DayCount.ACT_365F | DayCount.ACT_360:
                return (end - start).days
            case DayCount.THIRTY_E_360:
                days = min(end.day, 30) - min(start.day, 30)
                return 360 * (end.year - start.year) + 30 * (end.month - start.month) + days
            case DayCount.ACT_ACT_ISDA:
                leap = _leap_days_before(end) - _leap_days_before(start)
                return 366 * ((end - start).days - leap) + 365 * leap


_BASIS: Final = {
    DayCount.ACT_365F: 365,
    DayCount.ACT_360: 360,
    DayCount.THIRTY_E_360: 360,
    DayCount.ACT_ACT_ISDA: 365 * 366,
}


def day_number(day: date) -> int:
    """Days from 1970-01-01 to ``day``; negative before."""
    return day.toordinal() - _EPOCH


def date_of(number: int) -> date:
    """The date of a day number; the inverse of :func:`day_number`.

    Raises InputError if it lies outside the years 1 to 9999.
    """
    try:
        return date.fromordinal(number + _EPOCH)
    except (ValueError, OverflowError):
        raise InputError(
            "day number is outside the calendar", expected="a day of the years 1 to 9999", found=str(number)
        ) from None


def _leap_days_before(day: date) -> int:
    """How many days before ``day``, since year 1, lie in leap years."""
    years = day.year - 1
    leap_years = years // 4 - years // 100 + years // 400
    in_this_year = (day - date(day.year, 1, 1)).days if isleap(day.year) else 0
    return 366 * leap_years + in_this_year
