"""Who is told of what happens by webhook (docs/events.md). Secrets are given out once, when they are made."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from ledger.chain.artifacts import Contract
from ledger.engine.outbox import Event, Feed
from ledger.engine.posting import NotDelivered, check
from ledger.engine.standard_webhooks import new_secret
from ledger.engine.webhooks import Deliveries, Delivering, send, wants
from ledger.errors import InputError, Unknown
from ledger.services.ledger import Ledger
from ledger.store import webhooks
from ledger.store.webhooks import Webhook

__all__ = ["Changed", "Delivering", "Receiver", "Tested", "add", "change", "deliver", "disable", "enable", "oldest_for"]
__all__ += ["receiver", "receivers", "remove", "rotate", "test"]

_MOST = 20  # each is sent every message
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

    @property
    def version(self) -> str:
        """Of what can be changed: another one whenever that is another."""
        text = json.dumps([self.id, self.url, self.events, self.local, self.enabled])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of a test: whether the receiver took it, and its answer in words. ``id`` of the message."""

    id: str
    taken: bool
    said: str


class Changed(InputError):
    """A receiver is not as it was read."""


def add(
    ledger: Ledger,
    url: str,
    events: Sequence[str] = ("*",),
    *,
    after: int | None = None,
    local: bool = False,
    within: Connection | None = None,
) -> tuple[Receiver, str]:
    """Tell a receiver of events from now on, or from behind the message ``after``. Returns it, and its secret, which
    cannot be asked for again.

    ``events`` are ``*``, ``Kind.*`` or ``Kind.Name``, such as ``Spv.Paid``. The address is ``https`` and public;
    ``local`` allows ``http`` and private addresses, for receivers of one's own. ``within``: as
    :meth:`Database.write <ledger.store.database.Database.write>` has it, as for the others here. Raises InputError.
    """
    check(url, local=local)
    _check_events(ledger, events)
    secret, end = new_secret(), _feed(ledger).end()
    _check_after(after, end)
    with ledger.database.write(within) as connection:
        if len(webhooks.known(connection)) >= _MOST:
            raise InputError("there are too many receivers", field="url", expected=f"at most {_MOST}")
        number = webhooks.add(connection, url, secret, events, end if after is None else after, local=local)
        return _receiver(_find(connection, number), end), secret


def receivers(ledger: Ledger) -> list[Receiver]:
    """All of them, in the order of their numbers."""
    with ledger.database.read() as connection:
        found = webhooks.known(connection)
    end = _feed(ledger).end()
    return [_receiver(one, end) for one in found]


def receiver(ledger: Ledger, number: int) -> Receiver:
    """One of them. Raises Unknown if there is no such receiver, as the others here do."""
    with ledger.database.read() as connection:
        found = _find(connection, number)
    return _receiver(found, _feed(ledger).end())


def change(
    ledger: Ledger,
    number: int,
    version: str | None,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    enabled: bool | None = None,
) -> Receiver:
    """Change what is given, if the receiver is still the one of ``version``, None for any. Raises Changed if it is not,
    and what :func:`add` raises: a new address is a public one."""
    if url is not None:
        check(url)
    if events is not None:
        _check_events(ledger, events)
    with ledger.database.write() as connection:
        found = _find(connection, number, lock=True)
        if version not in (None, _receiver(found, 0).version):
            raise Changed("the receiver has changed", field="version", found=version)
        local = found.local and url in (None, found.url)
        webhooks.change(connection, number, url or found.url, events or found.events, local=local)
        if enabled is True and not found.enabled:
            webhooks.enable(connection, number)
        elif enabled is False:
            webhooks.disable(connection, number, "disabled here")
        found = _find(connection, number)
    return _receiver(found, _feed(ledger).end())


def rotate(
    ledger: Ledger, number: int, overlap: timedelta = timedelta(days=1), *, within: Connection | None = None
) -> str:
    """A new secret, which is returned this once. For the time of ``overlap`` messages are signed with the old one
    too."""
    secret = new_secret()
    with ledger.database.write(within) as connection:
        _find(connection, number, lock=True)
        until = ledger.database.now(connection) + int(overlap.total_seconds() * 1000)
        webhooks.rotate(connection, number, secret, until)
    return secret


def enable(ledger: Ledger, number: int, *, after: int | None = None, within: Connection | None = None) -> Receiver:
    """Send to it again, and at once: from where it was, or again from behind the message ``after``."""
    end = _feed(ledger).end()
    with ledger.database.write(within) as connection:
        _find(connection, number, lock=True)
        _check_after(after, end)
        webhooks.enable(connection, number, after)
        return _receiver(_find(connection, number), end)


def disable(ledger: Ledger, number: int) -> None:
    """Send nothing to it until it is enabled again; it then goes on where it was."""
    with ledger.database.write() as connection:
        _find(connection, number, lock=True)
        webhooks.disable(connection, number, "disabled here")


def remove(ledger: Ledger, number: int) -> None:
    """Forget a receiver, and its secrets."""
    with ledger.database.write() as connection:
        _find(connection, number, lock=True)
        webhooks.remove(connection, number)


def test(ledger: Ledger, number: int, rules: Delivering | None = None) -> Tested:
    """Send a message now that tells of nothing, signed as all are; whether it is taken changes nothing."""
    with ledger.database.read() as connection:
        found, now = _find(connection, number), ledger.database.now(connection)
    id, at = f"evt_{uuid4().hex}", datetime.fromtimestamp(now // 1000, UTC).isoformat().replace("+00:00", "Z")
    document = {"type": "feed.test", "timestamp": at, "data": {"id": id}}
    try:
        answer = send(found, id, document, now, (rules or Delivering()).timeout)
    except (NotDelivered, InputError) as error:
        return Tested(id, False, f"not delivered: {error}")
    return Tested(id, 200 <= answer.status < 300, str(answer.status))


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


def _find(connection: Connection, number: int, *, lock: bool = False) -> Webhook:
    found = webhooks.find(connection, number, lock=lock)
    if found is None:
        raise Unknown("there is no such receiver", field="number", found=str(number))
    return found


def _receiver(one: Webhook, end: int) -> Receiver:
    waits = datetime.fromtimestamp(one.next_at / 1000, UTC) if one.next_at else None
    state = (one.local, one.enabled, one.checkpoint, max(end - one.checkpoint, 0), one.failures, waits)
    return Receiver(one.id, one.url, one.events, *state, one.last_answer)


def _check_after(after: int | None, end: int) -> None:
    if after is not None and not 0 <= after <= end:
        raise InputError("there is no such message", field="after", expected=f"0 to {end}", found=str(after))


def _check_events(ledger: Ledger, events: Sequence[str]) -> None:
    if not events:
        raise InputError("a receiver of nothing", field="events", expected="*, Kind.* or Kind.Name")
    kinds = {*ledger.deployment.kinds.values(), "Spv"}
    for pattern in events:
        _check_pattern(pattern, kinds)


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
