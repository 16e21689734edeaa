"""Single fields: text to dates, whole numbers, names; and the place that an error is given on its way out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from difflib import get_close_matches
from enum import Enum
from typing import Final, TypeVar

from ledger.domain.investors import JURISDICTIONS
from ledger.domain.terms import InvestorClass
from ledger.errors import InputError, RuleError

__all__ = [
    "did_you_mean",
    "located",
    "parse_choice",
    "parse_class",
    "parse_date",
    "parse_id",
    "parse_jurisdiction",
    "parse_name",
    "parse_whole",
    "placed",
    "plausible_date",
]

Choice = TypeVar("Choice", bound=Enum)

MAX_NAME: Final = 120
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2199
_MAX_COMPARED: Final = 5_000
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")


def placed(error: InputError | RuleError, file: str, line: int | None, field: str | None) -> InputError | RuleError:
    """The same error with the place that it lacks. File and line that it already has are kept."""
    return type(error)(
        error.message,
        file=error.file or file,
        line=error.line or line,
        field=field or error.field,
        expected=error.expected,
        found=error.found,
        hint=error.hint,
    )


@contextmanager
def located(file: str, line: int | None, field: str | None) -> Iterator[None]:
    """Give errors raised inside the place that they lack."""
    try:
        yield
    except (InputError, RuleError) as error:
        raise placed(error, file, line, field) from error


def did_you_mean(found: str, known: Collection[str]) -> str | None:
    """A hint that names the closest of the known words, if one is close and they are not too many to compare."""
    if len(known) > _MAX_COMPARED:
        return None
    match = get_close_matches(found.strip(), sorted(known), n=1, cutoff=0.6)
    return f'did you mean "{match[0]}"?' if match else None


def parse_date(text: str) -> date:
    """Read a date as YYYY-MM-DD, and in no other form. Raises InputError."""
    expected = "a date as YYYY-MM-DD"
    if _DATE.fullmatch(text) is None:
        raise InputError("not a date", expected=expected, found=repr(text))
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError("no such day in the calendar", expected=expected, found=repr(text)) from None
    return plausible_date(day)


def plausible_date(day: date) -> date:
    """The date itself. Raises InputError outside the years 2000 to 2199, which only a slip of the pen writes."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InputError("absurd date", expected=f"a year from {FIRST_YEAR} to {LAST_YEAR}", found=day.isoformat())
    return day


def parse_whole(text: str, least: int = 0) -> int:
    """Read a whole number in plain digits. Raises InputError below ``least`` or above 999,999,999."""
    expected = f"a whole number from {least} in plain digits"
    if _WHOLE.fullmatch(text) is None or int(text) < least:
        raise InputError("not a whole number in range", expected=expected, found=repr(text))
    return int(text)


def parse_id(text: str) -> str:
    """Read an id: 1 to 64 of ASCII letters, digits and ``. _ / -``, since ids are hashed and look-alikes are not
    the same. Raises InputError."""
    if _ID.fullmatch(text) is None:
        expected = "1 to 64 ASCII letters, digits or . _ / -, beginning with a letter or digit"
        raise InputError("not an id", expected=expected, found=repr(text))
    return text


def parse_name(text: str) -> str:
    """Read a name: printable text in any script, no blanks around it, at most 120 characters. Raises InputError."""
    if not text.strip():
        raise InputError("name is blank", expected="a name", found=repr(text))
    if text != text.strip() or not text.isprintable() or len(text) > MAX_NAME:
        expected = f"at most {MAX_NAME} printable characters without blanks around them"
        raise InputError("not a name", expected=expected, found=repr(text))
    return text


def parse_choice(text: str, kind: type[Choice], what: str) -> Choice:
    """Read one of an enumeration's values. Raises InputError with the list of them."""
    for item in kind:
        if item.value == text:
            return item
    values = [str(item.value) for item in kind]
    raise InputError(
        f"unknown {what}", expected=f"one of {', '.join(values)}", found=repr(text), hint=did_you_mean(text, values)
    )


def parse_class(text: str) -> InvestorClass:
    """Read an investor class. Raises InputError."""
    return parse_choice(text, InvestorClass, "investor class")


def parse_jurisdiction(text: str) -> str:
    """Read a jurisdiction that has a bit on chain. Raises InputError."""
    if text not in JURISDICTIONS:
        expected = f"an ISO-3166 code, one of {', '.join(JURISDICTIONS)}"
        hint = f'did you mean "{text.upper()}"?' if text.upper() in JURISDICTIONS else None
        raise InputError("unknown jurisdiction", expected=expected, found=repr(text), hint=hint)
    return text
