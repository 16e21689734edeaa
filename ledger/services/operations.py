"""What became of what was asked for, read from the database alone."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ledger.engine.operations import check_key
from ledger.engine.results import from_json
from ledger.errors import InputError
from ledger.store import history
from ledger.store.database import Database
from ledger.store.history import Record

__all__ = ["Record", "State", "find", "newest", "reason", "state_of"]


State: TypeAlias = Literal["waiting", "out", "done", "refused"]
"""Waiting for a transaction, out in one that is not mined, done, or refused."""

_STORED: dict[State, str] = {"waiting": "waiting", "out": "assigned", "done": "done", "refused": "refused"}
_STATES = {stored: state for state, stored in _STORED.items()}


def newest(database: Database, limit: int, *, account: str | None = None, state: State | None = None) -> list[Record]:
    """The last operations that were accepted, the oldest of them first; of an account (in EIP-55 spelling) and in a
    state, if these are given."""
    with database.read() as connection:
        stored = None if state is None else _STORED[state]
        return history.newest(connection, limit, actor=account, state=stored)


def find(database: Database, key: str) -> Record:
    """The operation of a key. Raises InputError if there is none."""
    check_key(key)
    with database.read() as connection:
        found = history.find(connection, key)
    if found is None:
        raise InputError(
            "there is no operation under this key",
            field="KEY",
            expected="the key that it was accepted under",
            found=repr(key[:80]),
            hint="crt operations list shows keys; is it this ledger's database?",
        )
    return found


def state_of(record: Record) -> State:
    """How far it is."""
    return _STATES[record.operation.state]


def reason(record: Record) -> str | None:
    """Why it was refused, None if it was not."""
    stored = record.operation.error
    return None if stored is None else str(from_json(stored))
