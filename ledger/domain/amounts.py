"""Amounts as people type them: ``300,000,000.00``, ``3億``, ``2.5萬``, ``1_000_000``, ``CNY 5``, full-width digits.

What could mean two amounts is refused, with both. What is read here is written plainly and read by
:func:`ledger.domain.money.parse_amount`, which is also what reads files and requests: those are written by programs,
and take one form only.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from ledger.domain.money import Currency, format_amount, parse_amount
from ledger.errors import InputError

__all__ = ["typed_amount"]

_WIDE: Final = str.maketrans("０１２３４５６７８９，．＿　", "0123456789,._ ")
_SAME: Final = str.maketrans("亿万", "億萬")
_UNITS: Final = {"億": 10**8, "萬": 10**4}
_LONGEST: Final = 60  # characters; the largest amount has 25
_CODE: Final = re.compile(r"(?:(?P<before>[A-Za-z]{3,11}) ?)?(?P<amount>[^A-Za-z]+?)(?: ?(?P<after>[A-Za-z]{3,11}))?")
_NUMBER: Final = r"(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?:_[0-9]{3})+)"
_PLAIN: Final = re.compile(rf"{_NUMBER}(?:\.[0-9]+)?")
_ONE_UNIT: Final = re.compile(rf"(?P<number>{_NUMBER})(?:\.(?P<part>[0-9]+))?(?P<unit>[億萬])")
_TWO_UNITS: Final = re.compile(r"(?P<high>[1-9][0-9]*)億(?P<low>[1-9][0-9]{0,3})萬")
_REST: Final = re.compile(r"(?P<head>[1-9][0-9]*(?:億[1-9][0-9]{0,3}(?=萬))?(?P<unit>[億萬]))(?P<rest>[0-9]+)")
_SEPARATED: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)+")


def typed_amount(text: str, currency: Currency) -> int:
    """An amount in major units, as typed, in minor units. Raises InputError for what is none, is too fine or too large
    for the currency, names another currency, or can be read in two ways, which it tells.
    """
    if len(text) > _LONGEST:
        return parse_amount(text, currency)  # which refuses it, and shows little of it
    try:
        return parse_amount(_plain(_without_code(text, currency), text, currency), currency)
    except InputError as error:
        error.found = repr(text)
        raise


def _without_code(text: str, currency: Currency) -> str:
    """The amount in plain signs, without the currency's code on one side."""
    narrow = text.translate(_WIDE).translate(_SAME).strip(" ")
    found = _CODE.fullmatch(narrow)
    codes = [] if found is None else [code for code in (found["before"], found["after"]) if code is not None]
    if found is None or not codes:
        return narrow
    if len(codes) == 2 or codes[0].casefold() != currency.code.casefold():
        expected = f"{currency.code} before or after the amount, or neither"
        what = "its currency is said twice" if len(codes) == 2 else "the amount is in another currency"
        raise InputError(what, expected=expected, found=repr(text))
    return found["amount"]


def _plain(amount: str, text: str, currency: Currency) -> str:
    """The same amount in the form that programs write; what is in none of ours stays as it is, and is refused."""
    if _PLAIN.fullmatch(amount):
        whole, _, part = amount.partition(".")
        looks_like_thousands = len(part) == 3 and currency.exponent < 3
        looks_like_decimals = not part and whole.count(",") == 1 and currency.exponent == 3
        if looks_like_thousands or looks_like_decimals:
            raise _two_ways(amount, text, currency)
        return amount.replace("_", "")
    if found := _ONE_UNIT.fullmatch(amount):
        if len(found["part"] or "") == 3:
            other = _written(found["number"] + found["part"], found["unit"])
            raise _readings(text, currency, _written(f"{found['number']}.{found['part']}", found["unit"]), other)
        return _written(f"{found['number']}.{found['part'] or '0'}", found["unit"])
    if found := _TWO_UNITS.fullmatch(amount):
        return str(int(found["high"]) * _UNITS["億"] + int(found["low"]) * _UNITS["萬"])
    if found := _REST.fullmatch(amount):
        return _with_rest(found["head"], found["unit"], found["rest"], text, currency)
    if _SEPARATED.fullmatch(amount):
        raise _two_ways(amount, text, currency)
    if "億" in amount or "萬" in amount:
        raise InputError("not an amount", expected="3億, 2.5萬 or 3億5000萬, with at most 9999萬", found=repr(text))
    return amount


def _with_rest(head: str, unit: str, rest: str, text: str, currency: Currency) -> str:
    """What has digits behind its last unit: 2萬5000 has all four of them; but 2萬5 is said of 25,000 as well."""
    high, _, low = head.rstrip("萬").rpartition("億") if unit == "萬" and "億" in head else ("0", "", head[:-1])
    base = int(high) * _UNITS["億"] + int(low) * _UNITS[unit]
    if unit == "萬" and len(rest) == 4:
        return str(base + int(rest))
    said = int(rest) * (_UNITS[unit] // 10 ** len(rest)) if len(rest) < len(str(_UNITS[unit])) else 0
    raise _readings(text, currency, str(base + int(rest)), str(base + said))


def _written(number: str, unit: str) -> str:
    """So many ten thousands, or hundred millions, in digits; without zeros behind that say nothing."""
    made = Decimal(number.replace(",", "").replace("_", "")) * _UNITS[unit]
    whole, _, part = f"{made:f}".partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part}" if part else whole


def _two_ways(amount: str, text: str, currency: Currency) -> InputError:
    """Its last separator is a decimal point, or all are between thousands."""
    digits = re.sub(r"[.,]", "", amount)
    part = re.split(r"[.,]", amount)[-1]
    return _readings(text, currency, digits, f"{digits[: -len(part)]}.{part}")


def _readings(text: str, currency: Currency, *plain: str) -> InputError:
    shown = " or ".join(dict.fromkeys(_shown(one, currency) for one in plain))
    return InputError(
        "the amount can be read in two ways",
        expected=f"{shown} {currency.code}, written like this",
        found=repr(text),
        hint=f"thousands are apart by commas, decimals by a point: {format_amount(123_456_789, currency)}",
    )


def _shown(plain: str, currency: Currency) -> str:
    whole, _, part = plain.partition(".")
    decimals = part.ljust(currency.exponent, "0")
    return f"{int(whole):,}{f'.{decimals}' if decimals else ''}"
