"""What a pool is worth, how much may be issued against it, and what a series yields.

Present value is decimal arithmetic at 60 digits, so that one fen in 428 million is never lost to rounding; the
result is rounded down once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from typing import Final

import pyxirr

from ledger.domain.money import PPM, Currency, format_amount, format_rate
from ledger.domain.terms import Receivable
from ledger.errors import RuleError

__all__ = ["PresentValue", "advance_limit", "check_advance", "check_due_dates", "present_value", "xirr"]

_PRECISION: Final = 60


@dataclass(frozen=True, slots=True)
class PresentValue:
    """``exact`` in major units to 60 significant digits, and ``minor``: rounded down to whole minor units."""

    exact: Decimal
    minor: int


def present_value(receivables: Iterable[Receivable], rate_ppm: int, cut_off: date, currency: Currency) -> PresentValue:
    """Sum of ``face / (1 + r)^(days / 365)`` over the pool, days counted from the cut-off date.

    ``rate_ppm`` is the effective annual discount rate. Every rent has to be due after the cut-off date (see
    :func:`check_due_dates`); here that is taken as checked.
    """
    by_day: dict[int, int] = {}
    for item in receivables:
        days = (item.due - cut_off).days
        by_day[days] = by_day.get(days, 0) + item.face
    with localcontext(Context(prec=_PRECISION)) as context:
        growth = 1 + Decimal(rate_ppm) / PPM
        total = sum((face / growth ** (Decimal(days) / 365) for days, face in by_day.items()), Decimal(0))
        minor = int(total.to_integral_value(rounding=ROUND_FLOOR))
        return PresentValue(exact=total.scaleb(-currency.exponent, context), minor=minor)


def advance_limit(pv_minor: int, advance_ppm: int) -> int:
    """Largest size, in minor units, that may be issued against a pool of that present value."""
    return pv_minor * advance_ppm // PPM


def check_advance(size: int, pv_minor: int, advance_ppm: int, currency: Currency | None = None) -> None:
    """The advance test: ``size * 1_000_000 <= advance * PV``, to the minor unit.

    Raises RuleError with the size, the limit and how many minor units are short; ``currency`` is for the wording.
    """
    limit = advance_limit(pv_minor, advance_ppm)
    if size <= limit:
        return

    def shown(minor: int) -> str:
        return str(minor) if currency is None else f"{format_amount(minor, currency)} {currency.code}"

    short = size - limit
    needed = -(-size * PPM // advance_ppm) if advance_ppm else None
    raise RuleError(
        f"pool is too small for the issue: short by {short} minor unit{'' if short == 1 else 's'}",
        field="size",
        expected=f"at most {format_rate(advance_ppm)} of the pool's present value {shown(pv_minor)}: {shown(limit)}",
        found=shown(size),
        hint=None if needed is None else f"the pool has to be worth {shown(needed)}, or the size be {shown(limit)}",
    )


def check_due_dates(receivables: Iterable[Receivable], cut_off: date, maturity: date) -> None:
    """Every rent is due after the cut-off date and not after maturity.

    Raises RuleError for the first one that is not, with its line in the rent roll if it has one.
    """
    for item in receivables:
        if not cut_off < item.due <= maturity:
            late = item.due > maturity
            raise RuleError(
                f"rent {item.id} is due {'after maturity' if late else 'on or before the cut-off date'}",
                line=item.line,
                field="due",
                expected=f"after {cut_off} and not after {maturity}",
                found=item.due.isoformat(),
            )


def xirr(flows: Sequence[tuple[date, int]]) -> Decimal | None:
    """Effective annual yield (ACT/365F) of dated flows in minor units, to 10 decimals.

    None if the flows have no yield: all of one sign, or none at all. A figure for reports, never for a posting.
    """
    amounts = [float(amount) for _, amount in flows]
    if not any(amount > 0 for amount in amounts) or not any(amount < 0 for amount in amounts):
        return None
    rate = pyxirr.xirr([day for day, _ in flows], amounts, silent=True)
    return None if rate is None else Decimal(rate).quantize(Decimal(10) ** -10)
