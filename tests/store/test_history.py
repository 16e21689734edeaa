"""What is shown of operations is what was stored, on both databases."""

from __future__ import annotations

import pytest

from ledger.errors import InputError
from ledger.services import operations as shown
from ledger.store import accounts, history, operations, transactions
from ledger.store.database import Database
from ledger.store.operations import NewOperation, Settled
from ledger.store.tables import transactions as table
from ledger.store.transactions import Attempt, NewTransaction

ANN, BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
REFUSAL = {"reverted": "Unauthorized", "arguments": {"caller": BOB}, "hint": None}


def operation(key: str, actor: str = ANN) -> NewOperation:
    return NewOperation(key, "test.kind", f"intent of {key}", actor, None, ((BOB, b"\1\2"),))


@pytest.fixture
def filled(database: Database) -> Database:
    """Five operations: final after a replacement, sent, waiting, refused, and one of somebody else."""
    with database.write() as connection:
        for now, (key, actor) in enumerate(
            [("done", ANN), ("out", ANN), ("waits", ANN), ("refused", ANN), ("bob's", BOB)]
        ):
            operations.accept(connection, [operation(key, actor)], 1_000 + now)
        ids = {key: one.id for key, one in operations.find(connection, ["done", "out", "refused"]).items()}
        lease = accounts.lease(connection, ANN, "us", 0, 100, lambda owner: False)
        assert lease is not None
        accounts.fence(connection, ANN, lease.token)
        first = NewTransaction(7, BOB, b"\1\2", 21_000, Attempt(b"a" * 32, b"raw", 100, 10, 5_000), (ids["done"],))
        second = NewTransaction(8, BOB, b"\1\2", 22_000, Attempt(b"b" * 32, b"raw", 100, 10, 5_001), (ids["out"],))
        done, _ = transactions.assign(connection, ANN, [first, second])
        transactions.add_attempt(connection, done.id, Attempt(b"c" * 32, b"raw", 113, 12, 6_000))
        connection.execute(
            table.update()
            .where(table.c.id == done.id)
            .values(state="final", mined_hash=b"c" * 32, block_number=55, block_hash=b"d" * 32)
        )
        operations.settle(connection, [Settled(ids["done"], b"c" * 32), Settled(ids["refused"], error=REFUSAL)])
    return database


def keys(found: list[history.Record]) -> list[str]:
    return [one.operation.key for one in found]


def test_the_newest_are_listed_in_their_order(filled: Database) -> None:
    assert keys(shown.newest(filled, 100)) == ["done", "out", "waits", "refused", "bob's"]
    assert keys(shown.newest(filled, 2)) == ["refused", "bob's"]
    assert keys(shown.newest(filled, 2, account=ANN)) == ["waits", "refused"]
    assert keys(shown.newest(filled, 9, account=BOB)) == ["bob's"]
    assert keys(shown.newest(filled, 9, state="waiting")) == ["waits", "bob's"]
    assert keys(shown.newest(filled, 9, state="out")) == ["out"]
    assert keys(shown.newest(filled, 9, state="done")) == ["done"]
    assert keys(shown.newest(filled, 9, account=ANN, state="refused")) == ["refused"]
    assert shown.newest(filled, 9, account=BOB, state="refused") == []


def test_all_of_one_is_shown(filled: Database) -> None:
    done = shown.find(filled, "done")
    tx = done.transaction
    assert (done.accepted_at, shown.state_of(done), shown.reason(done)) == (1_000, "done", None)
    assert tx is not None and (tx.nonce, tx.gas, tx.state, tx.block_number) == (7, 21_000, "final", 55)
    assert (tx.mined_hash, tx.block_hash) == (b"c" * 32, b"d" * 32)
    assert [(one.hash[:1], one.max_fee, one.priority_fee, one.made_at) for one in tx.attempts] == [
        (b"a", 100, 10, 5_000),
        (b"c", 113, 12, 6_000),
    ]
    out = shown.find(filled, "out")
    assert out.transaction is not None and (shown.state_of(out), out.transaction.nonce) == ("out", 8)
    waits, refused = shown.find(filled, "waits"), shown.find(filled, "refused")
    assert waits.transaction is None and shown.state_of(waits) == "waiting"
    assert shown.reason(refused) == f"Unauthorized(caller={BOB})"


@pytest.mark.parametrize("key", ["Done", "don", "", "x" * 256, "a\0b"])
def test_a_key_that_is_none(filled: Database, key: str) -> None:
    with pytest.raises(InputError, match="key"):
        shown.find(filled, key)
