"""What is to be done on the chain, each operation once.

An operation is *waiting* until it has a place in a transaction, *assigned* from then on, and *done* or *refused* at the
end. One that was refused did nothing, and may be accepted again. Nothing here decides anything: see ``ledger.engine``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, func, select

from ledger.store.accounts import hold
from ledger.store.sql import insert_and_tell, pieces, update_all
from ledger.store.tables import NOT_FINAL, operations, transactions

__all__ = [
    "Ended",
    "NewOperation",
    "Settled",
    "StoredOperation",
    "accept",
    "actors",
    "counts",
    "done_by",
    "find",
    "of",
    "settle",
    "waiting",
]


@dataclass(frozen=True, slots=True)
class NewOperation:
    """An operation to accept; ``steps`` are contract and data of each call, ``gas`` the limit if it is known."""

    key: str
    kind: str
    intent: str
    actor: str
    through: str | None
    steps: tuple[tuple[str | None, bytes], ...]
    gas: int | None = None


@dataclass(frozen=True, slots=True)
class StoredOperation(NewOperation):
    """As it is stored: ``done_hash`` is the transaction that did it, ``error`` why it was refused."""

    id: int = 0
    state: str = "waiting"
    transaction_id: int | None = None
    done_hash: bytes | None = None
    error: Mapping[str, Any] | None = None


class Ended(NamedTuple):
    """An operation of a key is done for good by the transaction of a hash, or refused for an error (plain JSON)."""

    key: str
    done_hash: bytes | None
    error: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an operation: done by the transaction of a hash, or refused for an error (plain JSON)."""

    id: int
    done_hash: bytes | None = None
    error: Mapping[str, Any] | None = None


_SHOWN = [column for column in operations.c if column is not operations.c.accepted_at]
_NAMES = [column.name for column in _SHOWN]
_KEYS = ("key", "id")
_GIVEN = ("key", "kind", "intent", "actor", "through", "steps", "gas", "state", "transaction_id", "accepted_at")


def accept(connection: Connection, wanted: Sequence[NewOperation], now: int) -> list[StoredOperation]:
    """Keep operations to be done, and return what is stored under their keys, which may be other ones.

    What was refused for good is taken up again, if its intent is the same. ``now`` in milliseconds since 1970.
    """
    by_key = {one.key: one for one in wanted}
    rows = {key: _row(one, now) for key, one in by_key.items()}
    # Whoever else accepts or changes operations of these accounts waits here, and so nobody waits in a circle for them.
    hold(connection, {one.actor for one in wanted})
    ids = dict(tuple(row) for row in insert_and_tell(connection, operations, _GIVEN, list(rows.values()), _KEYS))
    known = find(connection, [key for key in rows if key not in ids])
    refused = [key for key, one in known.items() if one.state == "refused" and one.intent == by_key[key].intent]
    again = [one.key for one in settled(connection, refused)]
    update_all(connection, operations, (*_GIVEN, "error"), [(*rows[key], None, known[key].id) for key in again])
    known |= find(connection, again)
    known |= {key: _as_new(by_key[key], number) for key, number in ids.items()}
    return [known[one.key] for one in wanted]


def find(connection: Connection, keys: Sequence[str]) -> dict[str, StoredOperation]:
    """Operations by key, of those keys that are known."""
    found = {}
    for some in pieces(keys):
        asked = select(*_SHOWN).where(operations.c.key.in_(some)).order_by(operations.c.id)
        for row in connection.execute(asked):
            found[row.key] = _stored(row)
    return found


def settled(connection: Connection, keys: Sequence[str]) -> list[Ended]:
    """Those of these operations that are done or refused, by a transaction that is final or without one."""
    joined = operations.outerjoin(transactions, operations.c.transaction_id == transactions.c.id)
    ended = operations.c.state.in_(("done", "refused")) & func.coalesce(transactions.c.state == "final", True)
    asked = select(operations.c.key, operations.c.done_hash, operations.c.error).select_from(joined).where(ended)
    found: list[Ended] = []
    for some in pieces(keys):
        for key, done_hash, error in connection.execute(asked.where(operations.c.key.in_(some))):
            found.append(Ended(key, done_hash, None if error is None else json.loads(error)))
    return found


def waiting(connection: Connection, actor: str, limit: int) -> list[StoredOperation]:
    """Operations of an account without a transaction, in the order in which they were accepted."""
    asked = select(*_SHOWN).where(operations.c.actor == actor, operations.c.state == "waiting")
    return [_stored(row) for row in connection.execute(asked.order_by(operations.c.id).limit(limit))]


def of(connection: Connection, transaction_ids: Sequence[int]) -> dict[int, list[StoredOperation]]:
    """The operations of transactions, by their ids, in the order in which they are done."""
    found: dict[int, list[StoredOperation]] = {one: [] for one in transaction_ids}
    for some in pieces(transaction_ids):
        asked = select(*_SHOWN).where(operations.c.transaction_id.in_(some)).order_by(operations.c.id)
        for row in connection.execute(asked):
            found[row.transaction_id].append(_stored(row))
    return found


def done_by(connection: Connection, actor: str, hashes: Sequence[bytes]) -> list[Settled]:
    """Operations of an account that are done by the transactions of these hashes, whichever they were given to."""
    found: list[Settled] = []
    for some in pieces(hashes):
        mine = (operations.c.state == "done") & (operations.c.actor == actor) & operations.c.done_hash.in_(some)
        asked = select(operations.c.id, operations.c.done_hash).where(mine).order_by(operations.c.id)
        found += [Settled(row.id, row.done_hash) for row in connection.execute(asked)]
    return found


def actors(connection: Connection) -> list[str]:
    """Accounts with something to do, or to watch."""
    waits = select(operations.c.actor).where(operations.c.state == "waiting")
    watched = select(transactions.c.account).where(transactions.c.state.in_(NOT_FINAL))
    return [str(row[0]) for row in connection.execute(waits.union(watched))]


def settle(connection: Connection, results: Iterable[Settled]) -> None:
    """Operations are done, or refused."""
    rows = [
        ("done", one.done_hash, None, one.id) if one.error is None else ("refused", None, json.dumps(one.error), one.id)
        for one in results
    ]
    update_all(connection, operations, ("state", "done_hash", "error"), rows)


def counts(connection: Connection) -> dict[str, int]:
    """How many operations are in each state."""
    rows = connection.execute(select(operations.c.state, func.count()).group_by(operations.c.state))
    return {str(state): int(number) for state, number in rows}


def _as_new(one: NewOperation, number: int) -> StoredOperation:
    return StoredOperation(one.key, one.kind, one.intent, one.actor, one.through, one.steps, one.gas, id=number)


def _row(one: NewOperation, now: int) -> tuple[Any, ...]:
    """Of an operation that waits, as the columns of ``_GIVEN``."""
    steps = orjson.dumps([[to, data.hex()] for to, data in one.steps]).decode()
    return (one.key, one.kind, one.intent, one.actor, one.through, steps, one.gas, "waiting", None, now)


def _stored(row: Row[Any]) -> StoredOperation:
    fields = dict(zip(_NAMES, row, strict=True))
    fields["steps"] = tuple([(to, bytes.fromhex(data)) for to, data in orjson.loads(fields["steps"])])
    fields["error"] = None if fields["error"] is None else json.loads(fields["error"])
    return StoredOperation(**fields)
