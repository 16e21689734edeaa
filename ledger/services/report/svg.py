"""Small parts of SVG: elements with escaped texts, scales, and amounts short enough for an axis."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from markupsafe import Markup

from ledger.domain.money import Currency

__all__ = ["drawing", "group", "line", "rect", "short_amount", "text", "text_width", "ticks", "unit_of"]

_MYRIAD: Final = {"CNY", "JPY", "TWD"}
"""Currencies whose people count in ten thousands."""

_THOUSANDS: Final = ((10**12, "tn"), (10**9, "bn"), (10**6, "m"), (10**3, "k"))
_MYRIADS: Final = ((10**12, "兆"), (10**8, "億"), (10**4, "萬"))
_STEPS: Final = (10, 20, 25, 50)


def drawing(width: float, height: float, title: str, description: str, *parts: Markup, cls: str = "") -> Markup:
    """A picture with a name and a description for those who don't see it."""
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title><desc>{}</desc>{}</svg>'
    ).format(cls, _number(width), _number(height), title, title, description, Markup("").join(parts))


def group(*parts: Markup, cls: str = "", title: str = "") -> Markup:
    """Elements that belong together; ``title`` is shown when pointed at."""
    label = Markup("<title>{}</title>").format(title) if title else Markup("")
    return Markup('<g class="{}">{}{}</g>').format(cls, label, Markup("").join(parts))


def rect(x: float, y: float, width: float, height: float, cls: str, title: str = "") -> Markup:
    """A bar."""
    label = Markup("<title>{}</title>").format(title) if title else Markup("")
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" class="{}">{}</rect>').format(
        _number(x), _number(y), _number(max(width, 0)), _number(max(height, 0)), cls, label
    )


def line(x1: float, y1: float, x2: float, y2: float, cls: str) -> Markup:
    """A straight line."""
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(
        _number(x1), _number(y1), _number(x2), _number(y2), cls
    )


def text(x: float, y: float, content: str, cls: str = "", anchor: str = "start") -> Markup:
    """A line of text. ``content`` is escaped."""
    return Markup('<text x="{}" y="{}" class="{}" text-anchor="{}">{}</text>').format(
        _number(x), _number(y), cls, anchor, content
    )


def text_width(content: str, size: float) -> float:
    """About as wide as the text will be: for leaving room, not for fitting."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.3 if char in ",.' il|" else 0.58 for char in content) * size


def ticks(top: int) -> list[int]:
    """Round numbers from zero to at least ``top``, three to five steps."""
    if top <= 0:
        return [0, 1]
    power = 1
    while power * 50 * 4 < top * 10:
        power *= 10
    step = next(-(-item * power // 10) for item in _STEPS if item * power * 4 >= top * 10)
    return [step * number for number in range(-(-top // step) + 1)]


def unit_of(currency: Currency) -> str:
    """What the short amounts of a currency are counted in, for the axis."""
    return "萬 = 10,000 · 億 = 100 million" if currency.code in _MYRIAD else "k, m, bn = thousand, million, billion"


def short_amount(minor: int, currency: Currency, digits: int = 4) -> str:
    """An amount for an axis or a bar, rounded: ``665.8萬`` or ``6.658m``. Exact ones stand in the tables."""
    major = Decimal(minor).scaleb(-currency.exponent)
    for unit, name in _MYRIADS if currency.code in _MYRIAD else _THOUSANDS:
        if abs(major) >= unit:
            return f"{_rounded(major / unit, digits)}{name}"
    return _rounded(major, digits)


def _rounded(value: Decimal, digits: int) -> str:
    places = max(0, digits - 1 - max(value.adjusted(), 0)) if value else 0
    shown = f"{value:,.{places}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
