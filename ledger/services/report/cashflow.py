"""Cash over time: rent that came in, coupons and principal that went out. One time axis, four scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from ledger.domain.money import Currency, format_amount
from ledger.services.report.figures import Month, Step
from ledger.services.report.svg import drawing, group, line, rect, short_amount, text, text_width, ticks

__all__ = ["cashflow_chart"]

_TOP, _BOTTOM, _GAP, _RIGHT = 34, 44, 52, 12
_HEIGHTS: Final = (180, 110, 90, 90)
_INSET = 14.0
_SIZE = 12.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class _Bar:
    """What stands on one day: parts from below, and the outline of what should have been."""

    day: date
    parts: tuple[tuple[str, int], ...]
    outline: int
    title: str

    @property
    def height(self) -> int:
        return sum(amount for _, amount in self.parts)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Days to the horizontal."""

    first: int
    last: int
    left: float
    right: float

    def x(self, day: date) -> float:
        return self.left + _INSET + (day.toordinal() - self.first) * self.span / (self.last - self.first)

    @property
    def span(self) -> float:
        return self.right - self.left - 2 * _INSET


def cashflow_chart(
    rent: Sequence[Month],
    steps: Sequence[Step],
    residuals: Sequence[tuple[date, int]],
    currency: Currency,
    width: int,
    cls: str,
) -> Markup:
    """Four panels over one time axis, ``width`` wide: rent by month, coupon, principal, residual.

    Each panel has its own scale, because a coupon beside the principal would be a hairline.
    """

    def shown(minor: int) -> str:
        return f"{format_amount(minor, currency)} {currency.code}"

    repaid = [(step.payment_day, step.repaid) for step in steps]
    bars = (
        _rent_bars(rent, shown),
        _coupon_bars(steps, shown),
        _plain_bars("principal", repaid, shown),
        _plain_bars("residual", residuals, shown),
    )
    scales = [ticks(max((max(bar.height, bar.outline) for bar in panel), default=0)) for panel in bars]
    widest = max(text_width(short_amount(tick, currency), _SIZE) for scale in scales for tick in scale)
    days = [bar.day for panel in bars for bar in panel]
    first, last = min(days).replace(day=1), _month_after(max(days))
    axis = _Axis(first.toordinal(), last.toordinal(), round(widest) + 14, width - _RIGHT)
    slot = axis.span / max(1, _month_count(first, last))
    names = ("Rent, by month", "Coupon to holders", "Principal to holders", "Residual to the originator")
    parts: list[Markup] = []
    y = float(_TOP)
    for name, panel, scale, height in zip(names, bars, scales, _HEIGHTS, strict=True):
        by_month = panel is bars[0]
        bar_width = max(1.5, slot * 0.62 if by_month else min(26.0, max(slot * 0.62, 3.0)))
        parts.append(_panel(name, panel, scale, axis, y, height, bar_width, slot if by_month else 0, currency))
        y += height + _GAP
    foot = y - _GAP
    parts.append(_time_axis(first, last, axis, slot, foot))
    description = (
        f"From {first} to {last}. Collected {shown(sum(item.collected for item in rent))} of "
        f"{shown(sum(item.due for item in rent))} due. The figures stand in the tables below."
    )
    return drawing(width, foot + _BOTTOM, "Cash over time", description, *parts, cls=cls)


def _rent_bars(rent: Sequence[Month], shown: Callable[[int], str]) -> list[_Bar]:
    return [
        _Bar(
            item.first,
            (("on-time", item.on_time), ("late", item.late)),
            item.due,
            f"{item.first:%Y-%m}: due {shown(item.due)}, collected {shown(item.collected)}"
            + (f", of it late {shown(item.late)}" if item.late else ""),
        )
        for item in rent
    ]


def _coupon_bars(steps: Sequence[Step], shown: Callable[[int], str]) -> list[_Bar]:
    return [
        _Bar(
            step.payment_day,
            (("coupon", step.coupon_paid), ("late", step.arrears_paid)),
            step.due,
            f"{step.payment_day}: coupon due {shown(step.due)}, paid {shown(step.paid)}"
            + (f", of it carried forward from before {shown(step.arrears_paid)}" if step.arrears_paid else ""),
        )
        for step in steps
        if step.due
    ]


def _plain_bars(cls: str, flows: Sequence[tuple[date, int]], shown: Callable[[int], str]) -> list[_Bar]:
    sums: dict[date, int] = {}
    for day, amount in flows:
        sums[day] = sums.get(day, 0) + amount
    return [
        _Bar(day, ((cls, amount),), 0, f"{day}: {cls} {shown(amount)}")
        for day, amount in sorted(sums.items())
        if amount
    ]


def _panel(
    name: str,
    bars: Sequence[_Bar],
    scale: Sequence[int],
    axis: _Axis,
    top: float,
    height: float,
    bar_width: float,
    slot: float,
    currency: Currency,
) -> Markup:
    """One panel; ``slot`` is the width of a month if bars stand for months, else they stand on their day."""
    per = height / scale[-1]
    base = top + height
    parts = [text(0, top - 20, name, "panel")]
    for tick in scale:
        y = base - tick * per
        parts.append(line(axis.left, y, axis.right, y, "grid" if tick else "base"))
        if tick == 0 or scale[-1] > 1:
            parts.append(text(axis.left - 8, y + 4, short_amount(tick, currency), "tick", "end"))
    middles = [_middle(bar.day, axis, slot, bar_width) for bar in bars]
    nearest = min((b - a for a, b in pairwise(middles)), default=axis.right - axis.left)
    labels = [short_amount(bar.height, currency, 3) for bar in bars]
    with_labels = not slot and nearest > max((text_width(label, _SIZE) for label in labels), default=0) + 6
    for bar, x, label in zip(bars, middles, labels, strict=True):
        parts.append(_bar(bar, x - bar_width / 2, base, bar_width, per))
        if with_labels:
            tip = base - max(bar.height, bar.outline) * per
            half = text_width(label, _SIZE) / 2
            x = min(x, axis.right + _RIGHT - half)
            parts.append(text(x, tip - 5, label, "value halo", "middle"))
    if not bars:
        parts.append(text((axis.left + axis.right) / 2, base - height / 2 + 4, "none", "tick", "middle"))
    return group(*parts)


def _bar(bar: _Bar, x: float, base: float, width: float, per: float) -> Markup:
    parts = []
    y = base
    for cls, amount in bar.parts:
        if amount:
            height = max(amount * per, 0.8)
            y -= height
            parts.append(rect(x, y, width, height, cls))
    if bar.outline:
        parts.append(rect(x, base - bar.outline * per, width, bar.outline * per, "outline"))
    return group(*parts, title=bar.title)


def _middle(day: date, axis: _Axis, slot: float, bar_width: float) -> float:
    if slot:
        return (axis.x(day) + axis.x(_month_after(day))) / 2
    return min(max(axis.x(day), axis.left + bar_width / 2), axis.right - bar_width / 2)


def _time_axis(first: date, last: date, axis: _Axis, slot: float, y: float) -> Markup:
    every = next((step for step in (1, 2, 3, 6, 12) if slot * step > 30), 12)
    parts = []
    day, number = first, 0
    years_apart = max(1, -(-38 // max(1, int(slot * 12))))
    while day < last:
        x = axis.x(day)
        if (day.month - 1) % every == 0 and every < 12:
            parts.append(text(x + slot / 2, y + 17, _MONTHS[day.month - 1], "tick", "middle"))
        if number == 0 or day.month == 1:
            parts.append(line(x, y, x, y + 5, "base"))
            room = 12 - day.month + 1 if number == 0 else 12
            if (day.year - first.year) % years_apart == 0 and slot * room > 34 and x + 30 < axis.right + _RIGHT:
                parts.append(text(x, y + 34, str(day.year), "year"))
        day, number = _month_after(day), number + 1
    return group(*parts)


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _month_count(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
