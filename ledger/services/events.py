"""What happens on the chain, as a feed that can be followed from any point on (docs/events.md)."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.engine.outbox import Event, Feed, Reset
from ledger.errors import InputError
from ledger.services.ledger import Ledger

__all__ = ["Event", "Page", "Reset", "stream"]

_MOST = 10_000
_LAST = 2**63 - 1  # that a database can number


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages in their order, and the number after which to go on."""

    events: list[Event | Reset]
    next: int


def stream(ledger: Ledger, after: int = 0, limit: int = 1_000) -> Page:
    """The messages that come after the one of this number; 0 is before the first. None if there are no more yet.

    It tells what the index has (``ledger.sync()`` brings it up to the chain). Raises InputError for a number that is
    not there yet: it was given out by another database, or by this one before it was restored from a backup.
    """
    if not 0 <= after < _LAST or not 1 <= limit <= _MOST:
        raise InputError("no such messages", field="after, limit", expected=f"0 or more, 1 to {_MOST}")
    feed = Feed(ledger.database, ledger.deployment.kinds)
    found = feed.read(after, limit)
    if not found and after > (end := feed.end()):
        raise InputError(
            "the feed does not go so far",
            field="after",
            expected=f"{end} at most",
            found=str(after),
            hint="this database was made anew, or restored: begin at 0, and leave out what you have by its id",
        )
    return Page(found, found[-1].seq if found else after)
