"""What somebody asked the ledger to do, each once: kept before it is begun, with what came of it.

A command is *accepted* until it is *done* or has *failed*; neither is ever begun again. Who works on one holds it by a
lease, so that another one takes it up when the first was killed. That two may work on one does no harm: what they do
on the chain has the same keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, or_, select, update

from ledger.store import tables
from ledger.store.access_tables import commands
from ledger.store.sql import insert_new, pieces
from ledger.store.tables import attempts
from ledger.store.tables import transactions as sent

__all__ = ["Command", "Sent", "accept", "claim", "done", "failed", "find", "known", "lease", "let_go", "listed"]
__all__ += ["open_of", "transactions", "waiting"]


class Command(NamedTuple):
    """``arguments``, ``result`` and ``error`` are plain JSON; ``operations`` are the keys of what it had done on the
    chain, when it ended. Times in milliseconds since 1970 UTC."""

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
    operations: list[str]
    accepted_at: int
    ended_at: int | None


class Sent(NamedTuple):
    """A transaction that did a part of a command: by its newest bytes, or those that are in a block. ``state`` is that
    of the transaction: open, mined or final."""

    hash: bytes
    block: int | None
    state: str


_SHOWN = [commands.c[name] for name in Command._fields]
_PLAIN = ("arguments", "result", "error", "operations")


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
    key: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Command]:
    """The newest first; ``before`` is the number of the last one that one has."""
    asked = select(*_SHOWN).order_by(commands.c.number.desc()).limit(limit)
    if principal is not None:
        asked = asked.where(commands.c.principal == principal)
    if state is not None:
        asked = asked.where(commands.c.state == state)
    if key is not None:
        asked = asked.where(commands.c.idempotency_key == key)
    if before is not None:
        asked = asked.where(commands.c.number < before)
    return [_command(row) for row in connection.execute(asked)]


def open_of(connection: Connection, principal: str, name: str) -> int:
    """How many commands of that name of a principal have not ended."""
    c = commands.c
    of = (c.principal == principal) & (c.name == name) & (c.state == "accepted")
    return connection.execute(select(func.count()).select_from(commands).where(of)).scalar_one()


def claim(
    connection: Connection,
    owner: str,
    now: int,
    until: int,
    *,
    has_ended: Callable[[str], bool],
    but: Collection[str],
    limit: int,
) -> list[Command]:
    """Commands that nobody works on, the oldest first, ``but`` these: they are the owner's up to a time."""
    accepted, held = commands.c.state == "accepted", commands.c.owner
    others = select(held).distinct().where(accepted, commands.c.leased_until > now, held.is_not(None), held != owner)
    ended = [name for name in connection.execute(others).scalars().all() if has_ended(name)]
    free = or_(commands.c.leased_until <= now, held.in_(ended)) & commands.c.id.not_in(but)
    asked = select(*_SHOWN).where(accepted, free).order_by(commands.c.number).limit(limit)
    found = [_command(row) for row in connection.execute(asked.with_for_update(skip_locked=True))]
    lease(connection, owner, [one.id for one in found], until)
    return found


def lease(connection: Connection, owner: str, ids: Collection[str], until: int) -> None:
    """These are an owner's up to a time."""
    for some in pieces(list(ids)):
        of = (commands.c.state == "accepted") & commands.c.id.in_(some)
        connection.execute(update(commands).where(of).values(owner=owner, leased_until=until))


def transactions(connection: Connection, command: Command) -> list[Sent]:
    """What a command that has ended did on the chain, in the order in which it was accepted."""
    newest = (
        select(attempts.c.hash)
        .where(attempts.c.transaction_id == sent.c.id)
        .order_by(attempts.c.max_fee.desc())
        .limit(1)
        .scalar_subquery()
    )
    which = func.coalesce(sent.c.mined_hash, newest)
    joined = tables.operations.join(sent, tables.operations.c.transaction_id == sent.c.id)
    found: dict[int, Sent] = {}
    for some in pieces(command.operations):
        asked = select(tables.operations.c.id, which, sent.c.block_number, sent.c.state).select_from(joined)
        for row in connection.execute(asked.where(tables.operations.c.key.in_(some))):
            found[row[0]] = Sent(*row[1:])
    return list(dict.fromkeys(found[number] for number in sorted(found)))


def waiting(connection: Connection) -> bool:
    """Whether there is anything that is not done."""
    asked = select(commands.c.number).where(commands.c.state == "accepted").limit(1)
    return connection.execute(asked).one_or_none() is not None


def let_go(connection: Connection, id: str, until: int) -> None:
    """Whoever may take it up from a time on."""
    of = (commands.c.id == id) & (commands.c.state == "accepted")
    connection.execute(update(commands).where(of).values(owner=None, leased_until=until))


def done(connection: Connection, id: str, result: Any, operations: Sequence[str], now: int) -> bool:
    """It is done. Says whether it was not before: what ended stays as it ended."""
    return _end(connection, id, now, operations, state="done", result=json.dumps(result, ensure_ascii=False))


def failed(connection: Connection, id: str, error: Mapping[str, Any], operations: Sequence[str], now: int) -> bool:
    """It has failed. Says whether it had not before: what ended stays as it ended."""
    return _end(connection, id, now, operations, state="failed", error=json.dumps(dict(error), ensure_ascii=False))


def _end(connection: Connection, id: str, now: int, operations: Sequence[str], **values: Any) -> bool:
    of = (commands.c.id == id) & (commands.c.state == "accepted")
    did = json.dumps(list(operations))
    ends = update(commands).where(of).values(**values, operations=did, ended_at=now, owner=None)
    return connection.execute(ends).rowcount == 1


def _one(connection: Connection, of: Any) -> Command | None:
    row = connection.execute(select(*_SHOWN).where(of)).one_or_none()
    return None if row is None else _command(row)


def _command(row: Row[Any]) -> Command:
    plain = {name: None if row._mapping[name] is None else json.loads(row._mapping[name]) for name in _PLAIN}
    return Command(**{**row._mapping, **plain})
