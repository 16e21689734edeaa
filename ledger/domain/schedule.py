"""Payment dates, and what each period of a series owes, sets aside and expects.

Dates are rolled *backwards from the maturity date*, as bond markets do (ICMA, ISDA "backward"): where the term does
not divide, the first period is the short one. A maturity on the last day of its month keeps every date on the last
day of its month; any other day that a month lacks becomes that month's last. Dates are not moved for holidays.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from ledger.domain.daycount import day_number
from ledger.domain.money import PPM
from ledger.domain.terms import Frequency, Receivable, Terms
from ledger.errors import RuleError

__all__ = ["Period", "build_schedule", "period_of", "principal_targets", "roll_dates", "scale_target"]


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a series as the contracts hold it: days are day numbers, amounts minor units.

    ``target`` and ``due_face`` are cumulative. ``accrual`` is the numerator of the year fraction; its denominator is
    the basis of the series' day count.
    """

    record_day: int
    payment_day: int
    accrual: int
    target: int
    due_face: int


def roll_dates(issue: date, maturity: date, frequency: Frequency) -> tuple[date, ...]:
    """Payment dates after ``issue`` up to and with ``maturity``, rolled backwards from maturity.

    Raises RuleError if maturity is not after issue.
    """
    if maturity <= issue:
        raise RuleError(
            "dates are out of order",
            field="maturity_date",
            expected=f"after issue_date, {issue}",
            found=maturity.isoformat(),
        )
    month_end = maturity.day == monthrange(maturity.year, maturity.month)[1]
    dates = [maturity]
    while True:
        # From maturity each time and not from the date before: 30 -> 28 February -> 28 would lose the 30th.
        months = maturity.year * 12 + maturity.month - 1 - frequency.months * len(dates)
        year, month = divmod(months, 12)
        if year < 1:
            break
        last = monthrange(year, month + 1)[1]
        day = date(year, month + 1, last if month_end else min(maturity.day, last))
        if day <= issue:
            break
        dates.append(day)
    return tuple(reversed(dates))


def principal_targets(size: int, count: int, targets_ppm: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Cumulative principal by each of ``count`` payment dates, in minor units; the last is ``size``.

    Without ``targets_ppm``, equal steps: ``floor(size * k / n)``.
    """
    if targets_ppm:
        return tuple(size * ppm // PPM for ppm in targets_ppm)
    return tuple(size * k // count for k in range(1, count + 1))


def scale_target(target: int, units: int, size: int) -> int:
    """A target of a series of which ``units`` were sold instead of ``size``: rounded down, so that the last is
    ``units``."""
    return target * units // size


def period_of(payment_days: tuple[int, ...], due_day: int) -> int:
    """Number (from 1) of the first period whose payment day is not before ``due_day``.

    Raises RuleError if the series has matured by then.
    """
    index = bisect_left(payment_days, due_day)
    if index == len(payment_days):
        raise RuleError(
            "rent is due after maturity",
            field="due",
            expected=f"day {payment_days[-1]} or before" if payment_days else "a series with payment dates",
            found=f"day {due_day}",
        )
    return index + 1


def build_schedule(terms: Terms, receivables: Iterable[Receivable]) -> tuple[Period, ...]:
    """The periods of a series over its pool.

    Guarantees ``target`` and ``due_face`` never fall, the last target is the size and the last ``due_face`` is the
    whole pool. Raises RuleError for a rent that is due after maturity. The terms are taken as checked.
    """
    days = tuple(day_number(day) for day in terms.payment_dates)
    faces = [0] * len(days)
    for item in receivables:
        faces[period_of(days, day_number(item.due)) - 1] += item.face
    starts = (terms.issue_date, *terms.payment_dates)
    lag = timedelta(days=terms.record_lag_days)
    targets = principal_targets(terms.size, len(days), terms.principal_targets)
    return tuple(
        Period(
            record_day=day_number(end - lag),
            payment_day=day_number(end),
            accrual=terms.day_count.accrual(start, end),
            target=target,
            due_face=due_face,
        )
        for start, end, target, due_face in zip(starts, terms.payment_dates, targets, accumulate(faces), strict=False)
    )
