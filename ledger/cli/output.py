"""What a command says: one JSON document, or a few lines and a table; progress on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ledger.cli.configured import configured
from ledger.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from ledger.domain.tokens import Money
    from ledger.services.ledger import Ledger

__all__ = [
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
    from rich.text import Text

    from ledger.cli.draw.look import new_table

    made = new_table("", *columns, left=left)
    for row in rows:
        made.add_row(*map(Text, row))
    terminal().print(made)


def terminal() -> Console:
    """Where tables go, with or without colours as the settings say. A pipe has no width of its own: there, lines may be
    as long as the widest table."""
    return _console(None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDE)


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    """A line that changes on a terminal, plain lines elsewhere, on standard error; nothing if quiet."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _console(stderr=True).status("...") as status:
            yield lambda text: status.update(text)
    else:
        yield lambda text: print(f"- {text}", file=sys.stderr, flush=True)


def _console(width: int | None = None, *, stderr: bool = False) -> Console:
    from rich.console import Console

    colour = configured().text("colour")
    if colour == "never":
        return Console(stderr=stderr, width=width, color_system=None)
    return Console(stderr=stderr, width=width, force_terminal=True if colour == "always" else None)


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


def money_of(ledger: Ledger, token: str | None = None) -> Money:
    """How amounts of a token are written; see :func:`ledger.services.tokens.money_of`, which takes a while to load."""
    from ledger.services.tokens import money_of as found

    return found(ledger, token)
