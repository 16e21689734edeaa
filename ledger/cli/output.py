"""What a command says: one JSON document, or a few lines and a table; progress on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ledger.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from ledger.services.ledger import Ledger

__all__ = [
    "Money",
    "day_of",
    "hexadecimal",
    "moment",
    "money_of",
    "printable",
    "progress",
    "say",
    "short",
    "shown",
    "some",
    "table",
    "terminal",
]

_WIDE = 120  # characters


def say(as_json: bool, schema: str, document: Mapping[str, Any], *lines: str) -> None:
    """Print the document if it was asked for, else the lines."""
    if as_json:
        print(json.dumps({"schema": f"crt-{schema}/1", **document}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, left: int) -> None:
    """Print a table, the first ``left`` columns to the left, the others to the right."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, header_style="dim", pad_edge=False)
    for index, column in enumerate(columns):
        made.add_column(column, justify="left" if index < left else "right", no_wrap=True)
    for row in rows:
        made.add_row(*map(Text, row))
    terminal().print(made)


def terminal() -> Console:
    """Where tables go. A pipe has no width of its own: there, lines may be as long as the widest table."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(width=_WIDE)


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    """A line that changes on a terminal, plain lines elsewhere, on standard error; nothing if quiet."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet:
        yield lambda _: None
    elif console.is_terminal:
        with console.status("...") as status:
            yield lambda text: status.update(text)
    else:
        yield lambda text: print(f"- {text}", file=sys.stderr, flush=True)


def some(number: int, noun: str) -> str:
    """A number of things, of one too."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def short(value: bytes) -> str:
    """The first bytes of an id, for a table."""
    return f"0x{value.hex()[:12]}..."


def shown(address: bytes) -> str:
    """A git address for a terminal, on which it must not do anything."""
    text = address.decode("utf-8", "surrogateescape")
    return "".join(c if c.isprintable() else f"\\x{ord(c) & 0xFF:02x}" for c in text)


def printable(text: str) -> str:
    """What somebody once typed, for a terminal, on which it must not do anything; on one line."""
    return "".join(char if char.isprintable() else " " if char == "\n" else "?" for char in text)


def moment(timestamp: int) -> str:
    """A chain's time for people."""
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M:%S} UTC"


def day_of(text: str, field: str) -> date:
    """A day as YYYY-MM-DD. Raises InputError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("not a day", field=field, expected="YYYY-MM-DD", found=repr(text)) from None


def hexadecimal(text: str, field: str) -> bytes:
    """32 bytes in hexadecimal digits. Raises InputError."""
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise InputError("not a hash", field=field, expected="64 hexadecimal digits", found=repr(text[:80]))
    return found


@dataclass(frozen=True, slots=True)
class Money:
    """A token of cash: read and written as people do, kept in units of the token."""

    code: str
    exponent: int
    decimals: int

    def read(self, text: str, field: str) -> int:
        """An amount of more than nothing. Raises InputError that names the field."""
        from ledger.domain.money import Currency, parse_amount

        try:
            found = parse_amount(text, Currency(self.code, self.exponent))
        except InputError as error:
            error.field = field
            raise
        if found == 0:
            raise InputError("nothing is no amount", field=field, expected="more than 0", found=repr(text))
        return found * int(10 ** (self.decimals - self.exponent))

    def show(self, amount: int) -> str:
        """With thousands apart, and the currency."""
        whole, part = self._parts(amount)
        return f"{whole:,}{part} {self.code}"

    def plain(self, amount: int) -> str:
        """For machines: a decimal."""
        whole, part = self._parts(amount)
        return f"{whole}{part}"

    def _parts(self, amount: int) -> tuple[int, str]:
        whole, rest = divmod(amount, 10**self.decimals)
        digits = f"{rest:0{self.decimals}d}".rstrip("0").ljust(self.exponent, "0")
        return whole, f".{digits}" if digits else ""


def money_of(ledger: Ledger, token: str | None = None) -> Money:
    """How amounts of a token are written; of the chain's own cash if none is named."""
    from ledger.chain.artifacts import Contract
    from ledger.chain.bindings import Bound
    from ledger.domain.money import currency
    from ledger.services.encoding import CASH_DECIMALS

    bound = ledger.cash if token is None else Bound(Contract("SettlementCash"), token)
    symbol = str(bound.view(ledger.node, "symbol"))
    decimals = CASH_DECIMALS if token is None else int(bound.view(ledger.node, "decimals"))
    try:
        found = currency(symbol.removeprefix("s"))
    except InputError:
        return Money(symbol, min(2, decimals), decimals)
    return Money(found.code, min(found.exponent, decimals), decimals)
