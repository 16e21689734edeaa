"""Nodes that are behind, or on another fork, and chains that go back at the worst moment."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import Block, BlockRef
from ledger.chain.transport import RpcError
from ledger.engine import same_chain
from ledger.engine.indexer import Indexer
from ledger.engine.operations import Operation, Outcome, Step
from ledger.errors import ChainError, NetworkMismatch, Reverted
from ledger.store import operations, transactions
from ledger.store.database import Database
from tests.engine.pool import Pool
from tests.engine.stage import ALICE, BOB, Stage, deploy, place, sender_of, signed

GAS = 150_000


def behind(pool: Pool) -> None:
    """From here on, the node does not know the newest block."""
    real = pool.node.block

    def block(number: BlockRef = "latest") -> Block:
        return real(pool.node.block_number() - 1 if number == "latest" else number)

    pool.block = block  # type: ignore[attr-defined]


def settled(sender: Any, pool: Pool) -> None:
    for _ in range(8):
        if not sender.work():
            pool.empty_block()


@pytest.mark.parametrize("confirmations", [0, 2])
def test_a_node_behind_and_then_a_reorganisation(
    pool: Pool, stage: Stage, database: Database, confirmations: int
) -> None:
    """That somebody did not know a block is no reason to forget it."""
    sender = sender_of(database, pool, confirmations=confirmations)
    sender.accept([stage.mint("paid", gas=GAS)])
    for _ in range(3):
        sender.work()
    assert stage.done(pool, "paid") == 1
    behind(pool)
    sender.work()
    sender._run(ALICE.address)
    del pool.block  # type: ignore[attr-defined]
    pool.reorganise(1, keep=False)
    assert stage.done(pool, "paid") == 0
    settled(sender, pool)
    with database.read() as connection:
        state = operations.find(connection, ["paid"])["paid"].state
    assert (state, stage.done(pool, "paid")) == ("done", 1)
    sender.accept([stage.mint("next", gas=GAS)])  # there is no gap in front of it
    settled(sender, pool)
    assert stage.done(pool, "next") == 1


def test_logs_of_another_fork_are_not_believed(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two nodes behind one address: the head is the same before and after, the logs in between are not of its chain."""
    monkeypatch.setattr("ledger.engine.mined._A_BLOCK", 1)
    sender = sender_of(database, pool)
    sender.submit(stage.mint("first"))
    pool.auto = False
    sender.accept([stage.mint(f"fork {number}", through=None, gas=GAS) for number in range(2)])
    sender.work()
    pool.mine()
    real = pool.node.logs

    def elsewhere(*args: Any, **more: Any) -> Any:
        return [replace(log, block_hash=b"\x66" * 32) for log in real(*args, **more)]

    pool.logs = elsewhere  # type: ignore[attr-defined]
    for _ in range(2):
        sender.work()
    del pool.logs  # type: ignore[attr-defined]
    settled(sender, pool)
    with database.read() as connection:
        mined = list(transactions.in_blocks(connection, ALICE.address))
    assert len(mined) >= 3
    for one in mined:
        assert one.block_number is not None and one.block_hash == pool.node.block(one.block_number).hash


def test_what_failed_is_not_sent_again_beside_what_took_its_place(pool: Pool, stage: Stage, database: Database) -> None:
    """Refused in a block, accepted again and done; then the blocks of both go. The money would suffice for both now."""
    sender = sender_of(database, pool)
    sender.submit(stage.mint("bob's", 15, to=BOB.address))
    step = Step(stage.cash.address, stage.cash.call_data("transfer", place("pay"), 15))
    pay = Operation("t", "pay", ALICE.address, (step,), gas=GAS)
    with pytest.raises(Reverted):
        sender.submit(pay)
    sender.submit(stage.mint("money", 40, to=ALICE.address))
    assert isinstance(sender.submit(pay), Outcome)
    assert stage.done(pool, "pay") == 15
    pool.reorganise(3, keep=False)
    back = stage.cash.call_data("transfer", ALICE.address, 15)
    pool.node.send_raw(signed(pool.node, BOB, stage.cash.address, back))
    settled(sender, pool)
    assert stage.done(pool, "pay") == 15


def test_a_refusal_that_went_with_its_block_is_none(pool: Pool, stage: Stage, database: Database) -> None:
    """What an operation needs goes while it is simulated, and comes again."""
    sender = sender_of(database, pool)
    sender.submit(stage.mint("money", 10, to=ALICE.address))
    step = Step(stage.cash.address, stage.cash.call_data("transfer", BOB.address, 10))
    left = [1]

    def before(method: str) -> None:
        if method == "estimate_gas" and left[0]:
            left[0] = 0
            pool.reorganise(1, keep=False)

    pool.before = before
    assert isinstance(sender.submit(Operation("t", "pay", ALICE.address, (step,))), Outcome)


def test_a_node_that_gives_no_logs_of_all_contracts(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Receipts do."""
    monkeypatch.setattr("ledger.engine.mined._A_BLOCK", 1)
    sender = sender_of(database, pool)
    sender.submit(stage.mint("first"))

    def refuse(method: str) -> None:
        if method == "logs":
            raise RpcError("eth_getLogs", {"code": -32602, "message": "specify an address"})

    pool.before = refuse
    found = sender.submit_many([stage.mint(f"block {number}", through=None, gas=GAS) for number in range(5)])
    assert all(isinstance(one, Outcome) for one in found)


class Swapped:
    """A node's address, behind which another node may come to stand."""

    def __init__(self, node: EmbeddedNode) -> None:
        self.node = node

    def __getattr__(self, name: str) -> Any:
        return getattr(self.node, name)


def test_a_chain_that_is_swapped_under_a_process_is_refused(database: Database) -> None:
    """Another chain of the same id: nothing is sent on it, nothing taken back for it, nothing believed to be done."""
    with closing(EmbeddedNode()) as first, closing(EmbeddedNode()) as second:
        node = Swapped(first)
        stage = deploy(first)
        sender = sender_of(database, node)
        index = Indexer(database, node, {stage.operator: "OperatorAccount"})  # type: ignore[arg-type]
        sender.submit(stage.mint("before"))
        index.sync()
        sender.accept([stage.mint("pending", gas=GAS)])
        node.node = second
        second.fund(ALICE.address, 10**20)
        second.mine(3)
        height = second.block_number()
        for _ in range(3):
            with pytest.raises(NetworkMismatch):
                sender.work()
            with pytest.raises(NetworkMismatch):
                index.sync()
        assert second.nonce(ALICE.address) == 0 and second.block_number() == height
        with database.read() as connection:
            found = operations.find(connection, ["before", "pending"])
        assert (found["before"].state, found["pending"].state) == ("done", "waiting")
        node.node = first
        while sender.work():
            pass
        index.sync()
        assert stage.done(first, "pending") == 1


def test_a_node_that_is_still_taking_in_blocks_is_waited_for(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its chain is the right one, and ends long before what is known: nothing is taken back."""
    monkeypatch.setattr(same_chain, "_DEEPEST", 3)
    sender = sender_of(database, pool)
    sender.submit(stage.mint("before"))
    pool.node.mine(5)
    sender.submit(stage.mint("late"))
    real, ends = pool.node.block, pool.node.block_number() - 5

    def block(number: BlockRef = "latest") -> Block:
        return real(ends if number == "latest" else number if number <= ends else 10**9)

    pool.block, pool.block_number = block, lambda: ends  # type: ignore[attr-defined]
    other = sender_of(database, pool)
    sender.close()
    with pytest.raises(ChainError, match="ends at block"):
        other._run(ALICE.address)
    with database.read() as connection:
        assert operations.counts(connection) == {"done": 2}
