"""Typed access to the values of a TOML file: each error names the place of its key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Final, TypeVar

from ledger.errors import InputError
from ledger.services.inputs.fields import located, plausible_date
from ledger.services.inputs.tomlfile import TomlFile

__all__ = ["Sheet", "as_date", "shown"]

T = TypeVar("T")

_MAX_WHOLE: Final = 36_500
_KINDS: Final = {bool: "a boolean", int: "an integer", float: "a float", str: "text", list: "a list", dict: "a table"}


class Sheet:
    """Typed access to the values of a term sheet by dotted path; each error names the place of its key."""

    def __init__(self, file: TomlFile) -> None:
        self._file = file

    def read(self, path: str, parse: Callable[[str], T]) -> T:
        """What ``parse`` makes of the value at ``path``."""
        with located(self._file.name, self._file.line(path), path):
            return parse(path)

    def has(self, path: str) -> bool:
        table, key = path.split(".")
        return key in self._table(table)

    def value(self, path: str) -> object:
        table, key = path.split(".")
        return self._table(table)[key]

    def text(self, path: str) -> str:
        value = self.value(path)
        if not isinstance(value, str):
            raise InputError("value has the wrong type", expected="text in quotes", found=shown(value))
        return value

    def quoted(self, path: str, what: str, example: str) -> str:
        """Text that would be a number if it stood without quotes."""
        value = self.value(path)
        if not isinstance(value, str):
            expected, hint = f'the {what} in quotes, such as "{example}"', None
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                hint = "a bare number would pass through binary floating point; write it in quotes"
            raise InputError(f"{what} is not text", expected=expected, found=shown(value), hint=hint)
        return value

    def date(self, path: str) -> date:
        return self.read(path, lambda path: as_date(self.value(path)))

    def whole(self, path: str) -> int:
        def parse(path: str) -> int:
            value = self.value(path)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_WHOLE:
                expected = f"a whole number from 0 to {_MAX_WHOLE}, without quotes"
                raise InputError("not a whole number in range", expected=expected, found=shown(value))
            return value

        return self.read(path, parse)

    def each(self, path: str, parse: Callable[[str], T], *, unique: bool = False) -> tuple[T, ...]:
        """An array of texts, each parsed; at least one, and none twice if ``unique``."""

        def parse_all(path: str) -> tuple[T, ...]:
            items: list[T] = []
            for value in self.array(path):
                if not isinstance(value, str):
                    raise InputError("value has the wrong type", expected="texts in quotes", found=shown(value))
                item = parse(value)
                if unique and item in items:
                    raise InputError("value stands twice", expected="each value once", found=repr(value))
                items.append(item)
            return tuple(items)

        return self.read(path, parse_all)

    def array(self, path: str) -> list[object]:
        value = self.value(path)
        if not isinstance(value, list) or not value:
            raise InputError("value has the wrong type", expected="an array of at least one value", found=shown(value))
        return value

    def _table(self, name: str) -> dict[str, object]:
        table = self._file.values[name]
        assert isinstance(table, dict)  # _check_keys has seen to it
        return table


def as_date(value: object) -> date:
    """The value as a plausible date. Raises InputError for anything else, a date with a time among it."""
    # A TOML date-time is a datetime, which is a date to isinstance.
    if isinstance(value, datetime) or not isinstance(value, date):
        hint = "write the date without quotes" if isinstance(value, str) else None
        raise InputError("not a date", expected="a bare date such as 2025-01-02", found=shown(value), hint=hint)
    return plausible_date(value)


def shown(value: object) -> str:
    """A TOML value with its type, as an error shows what was found."""
    kind = next((name for kind, name in _KINDS.items() if type(value) is kind), "a date or time")
    try:
        text = str(value) if isinstance(value, (date, dict, list)) else repr(value)
    except ValueError:  # a hexadecimal integer of more digits than Python writes in decimal
        text = "of thousands of digits"
    return f"{kind}: {text if len(text) <= 60 else text[:57] + '...'}"
