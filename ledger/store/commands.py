"""What somebody asked the ledger to do, each once: kept before it is begun, with what came of it.

A command is *accepted* until it is *done* or has *failed*; neither is ever begun again. Who works on one holds it by a
lease, so that another one takes it up when the first was killed. That two may work on one does no harm: what they do
on the chain has the same keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, or_, select, update

from ledger.store.access_tables import commands
from ledger.store.sql import insert_new

__all__ = ["Command", "accept", "claim", "done", "failed", "find", "known", "let_go", "listed", "renew"]


class Command(NamedTuple):
    """``arguments``, ``result`` and ``error`` are plain JSON; times in milliseconds since 1970 UTC."""

    number: int
    id: str
    principal: str
    idempotency_key: str
    name: str
    request_hash: bytes
    arguments: Any
    state: str
    result: Any
    error: Mapping[str, Any] | None
    accepted_at: int
    ended_at: int | None


_SHOWN = [commands.c[name] for name in Command._fields]
_PLAIN = ("arguments", "result", "error")


def accept(
    connection: Connection,
    *,
    id: str,
    principal: str,
    idempotency_key: str,
    name: str,
    request_hash: bytes,
    arguments: Any,
    now: int,
) -> Command:
    """Keep a command to be done. Returns what is stored under the principal's key, which may be another one."""
    row = {
        "id": id,
        "principal": principal,
        "idempotency_key": idempotency_key,
        "name": name,
        "request_hash": request_hash,
        "arguments": json.dumps(arguments, ensure_ascii=False),
        "state": "accepted",
        "accepted_at": now,
    }
    insert_new(connection, commands, [row])
    found = known(connection, principal, idempotency_key)
    assert found is not None
    return found


def known(connection: Connection, principal: str, idempotency_key: str) -> Command | None:
    """What a principal asked for under a key."""
    of = (commands.c.principal == principal) & (commands.c.idempotency_key == idempotency_key)
    return _one(connection, of)


def find(connection: Connection, id: str) -> Command | None:
    """One command."""
    return _one(connection, commands.c.id == id)


def listed(
    connection: Connection,
    *,
    principal: str | None = None,
    state: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Command]:
    """The newest first; ``before`` is the number of the last one that one has."""
    asked = select(*_SHOWN).order_by(commands.c.number.desc()).limit(limit)
    if principal is not None:
        asked = asked.where(commands.c.principal == principal)
    if state is not None:
        asked = asked.where(commands.c.state == state)
    if before is not None:
        asked = asked.where(commands.c.number < before)
    return [_command(row) for row in connection.execute(asked)]


def claim(
    connection: Connection, owner: str, now: int, until: int, has_ended: Callable[[str], bool], limit: int
) -> list[Command]:
    """Commands that nobody works on, the oldest first: they are the owner's up to a time."""
    accepted, held = commands.c.state == "accepted", commands.c.owner
    others = select(held).distinct().where(accepted, commands.c.leased_until > now, held.is_not(None), held != owner)
    ended = [name for name in connection.execute(others).scalars().all() if has_ended(name)]
    free = or_(commands.c.leased_until <= now, held.in_(ended)) & or_(held.is_(None), held != owner)
    asked = select(*_SHOWN).where(accepted, free).order_by(commands.c.number).limit(limit)
    found = [_command(row) for row in connection.execute(asked.with_for_update(skip_locked=True))]
    if found:
        mine = commands.c.number.in_([one.number for one in found])
        connection.execute(update(commands).where(mine).values(owner=owner, leased_until=until))
    return found


def renew(connection: Connection, owner: str, until: int) -> None:
    """What an owner works on is its own for longer."""
    of = (commands.c.state == "accepted") & (commands.c.owner == owner)
    connection.execute(update(commands).where(of).values(leased_until=until))


def let_go(connection: Connection, id: str, until: int) -> None:
    """Whoever may take it up from a time on."""
    of = (commands.c.id == id) & (commands.c.state == "accepted")
    connection.execute(update(commands).where(of).values(owner=None, leased_until=until))


def done(connection: Connection, id: str, result: Any, now: int) -> None:
    """It is done. What ended before stays as it ended."""
    _end(connection, id, now, state="done", result=json.dumps(result, ensure_ascii=False))


def failed(connection: Connection, id: str, error: Mapping[str, Any], now: int) -> None:
    """It has failed, and did not do what was asked for. What ended before stays as it ended."""
    _end(connection, id, now, state="failed", error=json.dumps(dict(error), ensure_ascii=False))


def _end(connection: Connection, id: str, now: int, **values: Any) -> None:
    of = (commands.c.id == id) & (commands.c.state == "accepted")
    connection.execute(update(commands).where(of).values(**values, ended_at=now, owner=None))


def _one(connection: Connection, of: Any) -> Command | None:
    row = connection.execute(select(*_SHOWN).where(of)).one_or_none()
    return None if row is None else _command(row)


def _command(row: Row[Any]) -> Command:
    plain = {name: None if row._mapping[name] is None else json.loads(row._mapping[name]) for name in _PLAIN}
    return Command(**{**row._mapping, **plain})
