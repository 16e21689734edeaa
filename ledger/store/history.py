"""What was asked for, and all that came of it: operations with their transactions and attempts, as they are stored.

For people who look; whoever works on operations reads them in ``operations`` and ``transactions``.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from ledger.store import operations, transactions
from ledger.store.operations import StoredOperation
from ledger.store.sql import pieces
from ledger.store.tables import operations as table
from ledger.store.transactions import StoredTransaction

__all__ = ["Record", "find", "newest"]


@dataclass(frozen=True, slots=True)
class Record:
    """An operation, when it was accepted (milliseconds since 1970 UTC), and the transaction that does it, if it has
    one."""

    operation: StoredOperation
    accepted_at: int
    transaction: StoredTransaction | None


def newest(connection: Connection, limit: int, *, actor: str | None = None, state: str | None = None) -> list[Record]:
    """The last operations that were accepted, the oldest of them first: of an account, and in a state, if these are
    given."""
    asked = select(table.c.key)
    if actor is not None:
        asked = asked.where(table.c.actor == actor)
    if state is not None:
        asked = asked.where(table.c.state == state)
    keys = list(connection.execute(asked.order_by(table.c.id.desc()).limit(limit)).scalars())
    return _records(connection, keys[::-1])


def find(connection: Connection, key: str) -> Record | None:
    """The operation of a key, if there is one."""
    found = _records(connection, [key])
    return found[0] if found else None


def _records(connection: Connection, keys: list[str]) -> list[Record]:
    known = operations.find(connection, keys)
    ids = sorted({one.transaction_id for one in known.values() if one.transaction_id is not None})
    done_by = transactions.of(connection, ids)
    at = _accepted(connection, keys)
    wanted = [known[key] for key in keys if key in known]
    return [Record(one, at[one.key], done_by.get(one.transaction_id or 0)) for one in wanted]


def _accepted(connection: Connection, keys: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in pieces(keys):
        asked = select(table.c.key, table.c.accepted_at).where(table.c.key.in_(some))
        found |= {str(key): int(at) for key, at in connection.execute(asked)}
    return found
