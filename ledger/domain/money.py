"""Money and rates: exact integers, read from text and written as text.

An amount is an ``int`` of minor units (fen, cent, yen). A rate is an ``int`` in parts per million. Neither is ever
a float, and no reader here rounds: what cannot be held exactly is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ledger.errors import InputError

__all__ = [
    "MAX_AMOUNT",
    "MAX_RATE",
    "PPM",
    "Currency",
    "currency",
    "decimal_string",
    "format_amount",
    "format_rate",
    "parse_amount",
    "parse_rate",
]

PPM: Final = 1_000_000
"""One, as a rate: 100 % in parts per million."""

MAX_AMOUNT: Final = 2**63 - 1
"""Largest amount in minor units. A receipt holds its units in 64 bits; one is kept free for sums and signs."""

MAX_RATE: Final = 10 * PPM
"""Largest rate that is read from text: 1000 %. What lies above is a percentage written without its sign."""

_CODES: Final = {
    0: "CLP ISK JPY KRW PYG UGX VND XAF XOF XPF",
    2: "AED AUD BRL CAD CHF CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR KES KHR KZT LAK LKR MMK MNT MOP MXN MYR "
    "NGN NOK NZD PEN PHP PKR PLN QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD UZS ZAR",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_EXPONENTS: Final = {code: exponent for exponent, codes in _CODES.items() for code in codes.split()}

# [0-9] and not \d: \d also matches full-width and other scripts' digits.
_AMOUNT = re.compile(r"(?P<whole>0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.(?P<part>[0-9]+))?")
_RATE = re.compile(r"(?P<whole>0|[1-9][0-9]*)(?:\.(?P<part>[0-9]+))?(?P<percent> ?%)?")


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO-4217 currency.

    ``exponent`` is the number of digits of the minor unit: 2 for CNY (fen), 0 for JPY, 3 for KWD.
    """

    code: str
    exponent: int

    @property
    def scale(self) -> int:
        """Minor units in one major unit: 100 for CNY."""
        return int(10**self.exponent)


def currency(code: str) -> Currency:
    """The currency of an ISO-4217 code.

    Raises InputError if the code is not one of the currencies known here; codes are upper case.
    """
    exponent = _EXPONENTS.get(code)
    if exponent is None:
        raise InputError(
            "unknown currency",
            field="currency",
            expected="an ISO-4217 code such as CNY, USD, EUR, HKD, SGD, JPY, KWD",
            found=repr(code),
        )
    return Currency(code, exponent)


def parse_amount(text: str, currency: Currency) -> int:
    """Read a non-negative amount in major units into minor units, exactly.

    ``"300,000,000.00"``, ``"300000000.00"`` and ``"300000000"`` all read as 30_000_000_000 fen. Fewer decimals than
    the currency has are read as written; more are refused, also if they are zeros, because ``"1.000"`` is a thousand
    in half of the world. Raises InputError with what was expected and found.
    """
    expected = f"an amount in {currency.code} such as {_example(currency)}"
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise InputError(_what_is_wrong(text), expected=expected, found=repr(text))
    part = match["part"] or ""
    if len(part) > currency.exponent:
        digits = f"at most {currency.exponent} decimals" if currency.exponent else "no decimals"
        raise InputError(
            f"amount is finer than the minor unit of {currency.code}",
            expected=f"{expected}: {digits}",
            found=repr(text),
        )
    whole = match["whole"].replace(",", "")
    # Bounded before int(): a text of many thousand digits is refused without being converted.
    if len(whole) + currency.exponent <= len(str(MAX_AMOUNT)):
        minor = int(whole + part.ljust(currency.exponent, "0"))
        if minor <= MAX_AMOUNT:
            return minor
    limit = f"at most {format_amount(MAX_AMOUNT, currency)}"
    raise InputError("amount is too large", expected=limit, found=repr(_shorten(text)))


def format_amount(minor: int, currency: Currency) -> str:
    """Minor units as text for people: ``123456`` of CNY is ``"1,234.56"``. Keeps a minus sign."""
    whole, part = divmod(abs(minor), currency.scale)
    return _joined(minor < 0, f"{whole:,}", part, currency.exponent)


def decimal_string(minor: int, currency: Currency) -> str:
    """Minor units as text for machines: ``123456`` of CNY is ``"1234.56"``. Keeps a minus sign."""
    whole, part = divmod(abs(minor), currency.scale)
    return _joined(minor < 0, str(whole), part, currency.exponent)


def parse_rate(text: str) -> int:
    """Read a rate, ``"9%"`` or ``"0.09"``, into parts per million, exactly: 90_000.

    A rate without a percent sign needs a decimal point, so that ``"9"`` can never be read as 900 %. Raises
    InputError for anything else, for a rate finer than 1 ppm, and for one above ``MAX_RATE``.
    """
    expected = 'a rate such as "9%" or "0.09"'
    match = _RATE.fullmatch(text)
    if match is None:
        raise InputError("not a rate", expected=expected, found=repr(_shorten(text)))
    whole, part, percent = match["whole"], match["part"], match["percent"]
    if part is None and percent is None:
        hint = f'write "{_shorten(text)}%" if you mean percent'
        raise InputError(
            "rate has neither a percent sign nor a decimal point", expected=expected, found=repr(text), hint=hint
        )
    digits = 4 if percent else 6
    significant = (part or "").rstrip("0")
    if len(significant) > digits:
        raise InputError("rate is finer than 1 ppm", expected="whole parts per million (0.0001%)", found=repr(text))
    if len(whole) <= 8:
        ppm = int(whole + significant.ljust(digits, "0"))
        if ppm <= MAX_RATE:
            return ppm
    raise InputError("rate is too large", expected=f"at most {format_rate(MAX_RATE)}", found=repr(_shorten(text)))


def format_rate(ppm: int) -> str:
    """Parts per million as a percentage without trailing zeros: ``90_000`` is ``"9%"``, ``5_000`` is ``"0.5%"``."""
    whole, part = divmod(abs(ppm), 10_000)
    decimals = f"{part:04d}".rstrip("0")
    return f"{'-' if ppm < 0 else ''}{whole}{'.' + decimals if decimals else ''}%"


def _joined(negative: bool, whole: str, part: int, exponent: int) -> str:
    return f"{'-' if negative else ''}{whole}{f'.{part:0{exponent}d}' if exponent else ''}"


def _example(currency: Currency) -> str:
    return format_amount(1_234 * currency.scale + currency.scale // 2, currency)


def _shorten(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _what_is_wrong(text: str) -> str:
    """Name the first thing that keeps ``text`` from being an amount."""
    if not text.strip():
        return "amount is blank"
    if text != text.strip():
        return "amount has blanks around it"
    if not text.isascii():
        return "amount has characters that are not plain digits (full-width digits or signs?)"
    if text.startswith(("-", "(")):
        return "amount is negative"
    if re.fullmatch(r"[0-9.]+[eE][+-]?[0-9]+", text) or text.lower() in ("nan", "inf", "infinity"):
        return "amount is in floating-point notation"
    if re.fullmatch(r"[0-9,]+(\.[0-9]*)?", text) and "," in text:
        return "amount has misplaced thousands separators"
    return "not an amount"
