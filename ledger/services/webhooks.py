"""Who is told of what happens by webhook (docs/events.md). Secrets are given out once, when they are made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ledger.chain.artifacts import Contract
from ledger.engine.outbox import Event, Feed
from ledger.engine.posting import check
from ledger.engine.standard_webhooks import new_secret
from ledger.engine.webhooks import Deliveries, Delivering, wants
from ledger.errors import InputError
from ledger.services.ledger import Ledger
from ledger.store import webhooks
from ledger.store.webhooks import Webhook

__all__ = ["Delivering", "Receiver", "add", "deliver", "disable", "enable", "oldest_for", "receivers"]
__all__ += ["remove", "rotate"]

_LOOKED_AT = 100  # messages in which the first one is looked for that a receiver wants
_PATTERN = re.compile(r"\*|([A-Za-z]+)\.(\*|[A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Receiver:
    """One receiver. ``checkpoint`` is the number of the last message that it has; ``behind`` how many there are after
    it; ``last_answer`` is in words; after failures nothing is sent before ``next_at``."""

    id: int
    url: str
    events: tuple[str, ...]
    local: bool
    enabled: bool
    checkpoint: int
    behind: int
    failures: int
    next_at: datetime | None
    last_answer: str | None


def add(
    ledger: Ledger, url: str, events: Sequence[str] = ("*",), *, after: int | None = None, local: bool = False
) -> tuple[Receiver, str]:
    """Tell a receiver of events from now on, or from behind the message ``after``. Returns it, and its secret, which
    cannot be asked for again.

    ``events`` are ``*``, ``Kind.*`` or ``Kind.Name``, such as ``Spv.Paid``. The address is ``https`` and public;
    ``local`` allows ``http`` and private addresses, for receivers of one's own. Raises InputError.
    """
    check(url, local=local)
    kinds = {*ledger.deployment.kinds.values(), "Spv"}
    for pattern in events:
        _check_pattern(pattern, kinds)
    if not events:
        raise InputError("a receiver of nothing", field="events", expected="*, Kind.* or Kind.Name")
    secret, end = new_secret(), _feed(ledger).end()
    if after is not None and not 0 <= after <= end:
        raise InputError("there is no such message", field="after", expected=f"0 to {end}", found=str(after))
    with ledger.database.write() as connection:
        number = webhooks.add(connection, url, secret, events, end if after is None else after, local=local)
    return _receiver(_find(ledger, number), end), secret


def receivers(ledger: Ledger) -> list[Receiver]:
    """All of them."""
    with ledger.database.read() as connection:
        found = webhooks.known(connection)
    end = _feed(ledger).end()
    return [_receiver(one, end) for one in found]


def rotate(ledger: Ledger, number: int, overlap: timedelta = timedelta(days=1)) -> str:
    """A new secret, which is returned this once. For the time of ``overlap`` messages are signed with the old one too.

    Raises InputError if there is no such receiver, as the others here do.
    """
    _find(ledger, number)
    secret = new_secret()
    with ledger.database.write() as connection:
        until = ledger.database.now(connection) + int(overlap.total_seconds() * 1000)
        webhooks.rotate(connection, number, secret, until)
    return secret


def enable(ledger: Ledger, number: int, *, after: int | None = None) -> None:
    """Send to it again, and at once: from where it was, or again from behind the message ``after``."""
    _find(ledger, number)
    end = _feed(ledger).end()
    if after is not None and not 0 <= after <= end:
        raise InputError("there is no such message", field="after", expected=f"0 to {end}", found=str(after))
    with ledger.database.write() as connection:
        webhooks.enable(connection, number, after)


def disable(ledger: Ledger, number: int) -> None:
    """Send nothing to it until it is enabled again; it then goes on where it was."""
    _find(ledger, number)
    with ledger.database.write() as connection:
        webhooks.disable(connection, number, "disabled here")


def remove(ledger: Ledger, number: int) -> None:
    """Forget a receiver, and its secrets."""
    _find(ledger, number)
    with ledger.database.write() as connection:
        webhooks.remove(connection, number)


def deliver(ledger: Ledger, rules: Delivering | None = None) -> Deliveries:
    """What sends the messages: call its ``run`` again and again, and wait a little when it says that nothing moved."""
    return Deliveries(ledger.database, ledger.deployment.kinds, rules)


def oldest_for(ledger: Ledger, behind: Sequence[Webhook]) -> dict[int, int]:
    """By receiver, the time (seconds since 1970 UTC) of the first event that it wants and does not have, if that is
    among the next few; what it does not want is passed over without a delivery."""
    found, feed = dict[int, int](), _feed(ledger)
    for one in behind:
        page = (event for event in feed.read(one.checkpoint, _LOOKED_AT) if isinstance(event, Event))
        first = next((event for event in page if wants(one.events, event)), None)
        if first is not None:
            found[one.id] = first.timestamp
    return found


def _feed(ledger: Ledger) -> Feed:
    return Feed(ledger.database, ledger.deployment.kinds)


def _find(ledger: Ledger, number: int) -> Webhook:
    with ledger.database.read() as connection:
        found = webhooks.find(connection, number)
    if found is None:
        raise InputError("there is no such receiver", field="number", found=str(number))
    return found


def _receiver(one: Webhook, end: int) -> Receiver:
    waits = datetime.fromtimestamp(one.next_at / 1000, UTC) if one.next_at else None
    state = (one.local, one.enabled, one.checkpoint, max(end - one.checkpoint, 0), one.failures, waits)
    return Receiver(one.id, one.url, one.events, *state, one.last_answer)


def _check_pattern(pattern: str, kinds: set[str]) -> None:
    match = _PATTERN.fullmatch(pattern)
    kind, name = (match[1], match[2]) if match else ("", "")
    if match is None or (kind and kind not in kinds):
        raise InputError(
            "not a choice of events",
            field="events",
            expected=f"*, Kind.* or Kind.Name with a kind of {', '.join(sorted(kinds))}",
            found=repr(pattern[:80]),
        )
    if kind and name != "*":
        known = {event.name for event in Contract(kind).events}
        if name not in known:
            raise InputError(
                f"{kind} has no such event", field="events", expected=", ".join(sorted(known)), found=repr(pattern[:80])
            )
