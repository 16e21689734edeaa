"""What both databases keep as it is, and what is refused before it gets there."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from ledger.engine.operations import Operation, Outcome
from ledger.errors import InputError, StoreError
from ledger.store import operations
from ledger.store.database import Database
from tests.engine.pool import Pool
from tests.engine.stage import ALICE, Stage, sender_of

GAS = 150_000


def operation(stage: Stage, **more: Any) -> Operation:
    given = {"kind": "t", "key": "k", "actor": ALICE.address, "steps": stage.mint("k").steps, "gas": GAS}
    return Operation(**{**given, "through": stage.operator, **more})


@pytest.mark.parametrize(
    "more",
    [
        {"key": "x" * 256},
        {"key": "a\0b"},
        {"key": "a\ud800b"},
        {"kind": "x" * 65},
        {"kind": "a\0b"},
        {"intent": "a\0b"},
        {"intent": "a\udfffb"},
        {"gas": 2**63},
        {"gas": 0},
        {"gas": -1},
    ],
    ids=ascii,
)
def test_what_a_database_would_not_keep_is_refused(stage: Stage, more: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        operation(stage, **more)


@pytest.mark.parametrize("key", ["a\0b", "a\ud800b", "x" * 256])
def test_nothing_is_looked_for_under_such_a_key(pool: Pool, database: Database, key: str) -> None:
    with pytest.raises(InputError):
        sender_of(database, pool).find(key)


def test_the_longest_key(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool)
    assert isinstance(sender.submit(operation(stage, key="憑" * 255)), Outcome)
    assert sender.find("憑" * 255) is not None and sender.find("憑" * 254) is None


def test_text_that_looks_like_something_else(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool)
    keys = ["1", "1.0", "1e5", "null", "true", " ", "0x10", '"', "\\", "\u2028", "\x01", "\x7f", "{}", "[]", "9" * 30]
    keys += ["é", "e\u0301", "𝄞", "a", "A", "a "]
    stored = sender.accept([stage.mint(key, intent=key, gas=GAS) for key in keys])
    with database.read() as connection:
        found = operations.find(connection, keys)
    assert list(found) == keys and [found[key].intent for key in keys] == keys
    assert [one.id for one in stored] == sorted(one.id for one in stored)
    assert [found[key] for key in keys] == stored


def test_a_server_that_refuses_rows_that_are_copied(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does when a file can't grow."""
    if database.is_sqlite:
        pytest.skip("PostgreSQL alone copies")
    sender = sender_of(database, pool)
    sender.submit(stage.mint("first"))
    sender.accept([stage.mint("next", gas=GAS)])
    left, copy = [1], psycopg.Cursor.copy
    full = "do $$ begin raise exception using errcode = '53100', message = 'No space left on device'; end $$"

    def refused(self: Any, statement: Any, *args: Any, **more: Any) -> Any:
        if left[0]:
            left[0] = 0
            self.execute(full)
        return copy(self, statement, *args, **more)

    monkeypatch.setattr(psycopg.Cursor, "copy", refused)
    with pytest.raises(StoreError, match="No space left"):
        sender.work()
    while sender.work():
        pass
    assert stage.done(pool, "next") == 1
