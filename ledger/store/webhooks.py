"""Receivers of webhooks: where messages go, which, and up to which one they have them.

Secrets stand here as they are, since messages are signed with them: who can read the database can sign.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from ledger.store.outbox_tables import webhooks

__all__ = ["Webhook", "add", "change", "delivered", "disable", "enable", "failed", "find", "known", "remove", "rotate"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """``events``: what it gets, as ``Kind.Name``, ``Kind.*`` or ``*``. ``local``: it may be on a private network.
    ``checkpoint``: the number of the last message that it has. After ``failures`` in a row nothing is sent before
    ``next_at`` (milliseconds since 1970). ``last_answer`` in words. The secrets are not shown."""

    id: int
    url: str
    events: tuple[str, ...]
    local: bool
    enabled: bool
    checkpoint: int
    failures: int
    next_at: int
    last_answer: str | None
    secret: str = field(repr=False)
    old_secret: str | None = field(repr=False)
    old_until: int


def add(
    connection: Connection, url: str, secret: str, events: Sequence[str], checkpoint: int, *, local: bool = False
) -> int:
    """Another receiver, of messages after ``checkpoint``. Returns its number."""
    values = {"url": url, "secret": secret, "events": json.dumps(list(events)), "checkpoint": checkpoint}
    made = webhooks.insert().values(**values, local=local).returning(webhooks.c.id)
    return int(connection.execute(made).scalar_one())


def known(connection: Connection, *, due: int | None = None) -> list[Webhook]:
    """All receivers; or those that are enabled, and are not to be left alone at this time."""
    asked = select(webhooks).order_by(webhooks.c.id)
    if due is not None:
        asked = asked.where(webhooks.c.enabled, webhooks.c.next_at <= due)
    return [_webhook(row) for row in connection.execute(asked)]


def find(connection: Connection, number: int, *, lock: bool = False) -> Webhook | None:
    """One receiver; with ``lock``, nobody else changes it before this transaction ends."""
    asked = select(webhooks).where(webhooks.c.id == number)
    row = connection.execute(asked.with_for_update() if lock else asked).one_or_none()
    return None if row is None else _webhook(row)


def delivered(connection: Connection, number: int, before: int, checkpoint: int, answer: str | None = None) -> bool:
    """It had all messages up to ``before``, and has all up to ``checkpoint``; ``answer`` is None if none of those was
    for it. Says whether that counts: not if it was meanwhile told to begin somewhere else."""
    values: dict[str, Any] = {"checkpoint": checkpoint}
    if answer is not None:
        values |= {"failures": 0, "next_at": 0, "last_answer": answer}
    of = (webhooks.c.id == number) & (webhooks.c.checkpoint == before)
    return connection.execute(update(webhooks).where(of).values(values)).rowcount == 1


def change(connection: Connection, number: int, url: str, events: Sequence[str], *, local: bool) -> None:
    """Messages go elsewhere, or others do."""
    _set(connection, number, url=url, events=json.dumps(list(events)), local=local)


def failed(connection: Connection, number: int, answer: str, next_at: int) -> None:
    """It did not take a message, and is tried again at this time."""
    _set(connection, number, failures=webhooks.c.failures + 1, next_at=next_at, last_answer=answer)


def disable(connection: Connection, number: int, why: str) -> None:
    """Nothing is sent to it any more."""
    _set(connection, number, enabled=False, last_answer=why)


def enable(connection: Connection, number: int, checkpoint: int | None = None) -> None:
    """It gets messages again, at once: from where it was, or those after ``checkpoint``."""
    values: dict[str, Any] = {} if checkpoint is None else {"checkpoint": checkpoint}
    _set(connection, number, enabled=True, failures=0, next_at=0, **values)


def rotate(connection: Connection, number: int, secret: str, old_until: int) -> None:
    """Another secret; the one before signs too until this time (milliseconds since 1970)."""
    _set(connection, number, old_secret=webhooks.c.secret, old_until=old_until, secret=secret)


def remove(connection: Connection, number: int) -> None:
    """It is forgotten, and its secrets are."""
    connection.execute(delete(webhooks).where(webhooks.c.id == number))


def _set(connection: Connection, number: int, **values: Any) -> None:
    connection.execute(update(webhooks).where(webhooks.c.id == number).values(values))


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(**{**row._mapping, "events": tuple(json.loads(row.events))})
