"""One payment date as a waterfall: cash comes in from the left, each use takes its part, nothing is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ledger.domain.money import Currency, format_amount
from ledger.services.report.figures import Step
from ledger.services.report.svg import drawing, group, line, rect, text, text_width

__all__ = ["waterfall_figures"]

_WIDTH, _ROW, _BAR = 440.0, 22.0, 12.0
_SIZE = 12.5
_LABELS = 122.0


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    cls: str
    amounts: tuple[int, ...]
    """One for each payment date."""
    kind: str = "use"  # or source, total, owed


def waterfall_figures(steps: Sequence[Step], currency: Currency) -> list[Markup]:
    """A figure for each payment date, all with the same rows, so that they can be compared line by line.

    A row is left out if it is zero on every date. Each figure has its own scale.
    """
    rows = [row for row in _rows(steps) if any(row.amounts)]
    sources = sum(row.kind == "source" for row in rows)
    rows = [row for row in rows if row.kind != "total" or sources > 1]
    amounts = max(
        (text_width(format_amount(value, currency), _SIZE) for row in rows for value in row.amounts), default=0
    )
    return [_figure(step, index, rows, amounts, currency) for index, step in enumerate(steps)]


def _rows(steps: Sequence[Step]) -> list[_Row]:
    def row(label: str, cls: str, name: str, kind: str = "use") -> _Row:
        return _Row(label, cls, tuple(getattr(step, name) for step in steps), kind)

    return [
        row("Rent collected", "on-time", "collected", "source"),
        row("Brought forward", "kept", "brought_forward", "source"),
        row("Out of reserve", "kept", "from_reserve", "source"),
        row("Out of sinking", "kept", "from_sinking", "source"),
        row("To distribute", "total", "sources", "total"),
        row("Fees", "fee", "fee"),
        row("Coupon, arrears", "late", "arrears_paid"),
        row("Coupon", "coupon", "coupon_paid"),
        row("To reserve", "kept", "to_reserve"),
        row("To sinking", "kept", "to_sinking"),
        row("Principal", "principal", "repaid"),
        row("Residual", "residual", "residual"),
        row("Trapped", "kept", "trapped"),
        row("Coupon unpaid", "outline", "carried_forward", "owed"),
    ]


def _figure(step: Step, index: int, rows: Sequence[_Row], amounts: float, currency: Currency) -> Markup:
    left, right = _LABELS, _WIDTH - amounts - 12
    top = max(step.sources, step.carried_forward, 1)
    per = (right - left) / top
    parts: list[Markup] = []
    at, y = 0, 4.0  # where the next bar joins on, in minor units
    last = max((number for number, row in enumerate(rows) if row.kind != "owed" and row.amounts[index]), default=0)
    for number, row in enumerate(rows):
        value = row.amounts[index]
        middle = y + _ROW / 2
        if row.kind == "total":
            parts.append(line(0, y, _WIDTH, y, "rule"))
            start, width, at = 0, value, value
        elif row.kind == "source":
            start, width, at = at, value, at + value
        elif row.kind == "owed":
            start, width = 0, value
        else:
            start, width, at = at - value, value, at - value
        strong = " strong" if row.kind == "total" else " short" if row.kind == "owed" and value else ""
        name = text(0, middle + 4.3, row.label, f"label{strong}{'' if value else ' nil'}")
        if value:
            x, length = left + start * per, max(width * per, 1.5)
            x = min(x, right - length)
            bar = rect(x, middle - _BAR / 2, length, _BAR, row.cls)
            parts.append(group(name, bar, title=f"{row.label}: {format_amount(value, currency)} {currency.code}"))
            parts.append(text(_WIDTH, middle + 4.3, format_amount(value, currency), f"figure{strong}", "end"))
        else:
            parts += [name, text(_WIDTH, middle + 4.3, "–", "figure nil", "end")]
        if number < last:
            join, above = left + at * per, _BAR / 2 if value else -_BAR / 2
            parts.append(line(join, middle + above, join, middle - _BAR / 2 + _ROW, "join"))
        y += _ROW
    title = f"Waterfall of payment date {step.number}, {step.payment_day}"
    used = [row for row in rows if row.amounts[index]]
    description = "; ".join(f"{row.label} {format_amount(row.amounts[index], currency)}" for row in used)
    return drawing(_WIDTH, y + 4, title, f"In {currency.code}: {description}.", *parts, cls="waterfall")
