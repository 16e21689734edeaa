"""Values of documents as people read them; nothing is rounded, and nothing becomes a float."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from ledger.domain.money import PPM, currency, format_amount, format_rate, parse_amount

__all__ = ["amount", "day_at", "grouped", "minor", "moment", "number_of", "percent", "signed", "total"]


def amount(value: Mapping[str, str] | None) -> str:
    """An amount's figures, grouped; ``-`` for none. Whoever shows it says the currency."""
    return "-" if value is None else grouped(value["amount"])


def grouped(digits: str) -> str:
    """``-1234.50`` as ``-1,234.50``, with all its digits."""
    whole, point, part = digits.lstrip("-").partition(".")
    return f"{'-' if digits.startswith('-') else ''}{int(whole):,}{point}{part}"


def signed(digits: str) -> str:
    """The same with a sign, also for what is more."""
    return grouped(digits) if digits.startswith("-") else f"+{grouped(digits)}"


def minor(value: Mapping[str, str] | None) -> int:
    """An amount in minor units of its currency; none is zero. Raises InputError for what is no amount."""
    return 0 if value is None else parse_amount(value["amount"], currency(value["currency"]))


def total(minors: Iterable[int], code: str) -> str:
    """The sum of minor units of a currency, as :func:`amount` shows it."""
    return format_amount(sum(minors), currency(code))


def percent(rate: str) -> str:
    """A rate such as ``0.09`` as ``9%``."""
    whole, _, part = rate.partition(".")
    return format_rate(int(whole) * PPM + int(part.ljust(6, "0")))


def moment(text: str) -> str:
    """A time in UTC to the minute; whoever shows it says that it is UTC."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"


def day_at(text: str, utc_offset: int) -> date:
    """The day of a time where a series is, by its minutes east of UTC."""
    return (datetime.fromisoformat(text) + timedelta(minutes=utc_offset)).date()


def number_of(receipt: Any) -> str:
    """A receipt's number in its series, as its certificate has it."""
    return f"No. {int(receipt) & ((1 << 64) - 1)}"
