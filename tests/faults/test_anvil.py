"""What real nodes do to a chain: blocks go, transactions are dropped, fees jump, a node starts again with less.

Each time the sender and the index go on, and in the end database, index and chain say the same.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import pytest

from ledger.chain.rpc import AnvilNode
from ledger.engine import outgoing
from ledger.engine.indexer import Indexer
from ledger.engine.sender import DurableSender
from ledger.errors import NetworkMismatch
from ledger.store import operations
from ledger.store.database import Database
from tests.engine.stage import ALICE, Stage, deploy, sender_of
from tests.faults.audit import differences, rebuilt_alike
from tests.nodes import Anvil, running_anvil

_ROUNDS = 200
_DEPTHS = range(1, 21) if os.environ.get("REORGS") else (1, 2, 3, 7, 20)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_SOON", 0.0)


def _how_long(fixture_name: str, config: pytest.Config) -> Literal["function", "module"]:
    """Anvil forgets the state that tests go back to when it has seen some thousand blocks since."""
    return "function" if os.environ.get("REORGS") else "module"


@pytest.fixture(scope=_how_long)
def running() -> Iterator[tuple[Anvil, Stage]]:
    """One anvil with the contracts that mines when it is told to."""
    with running_anvil("--no-mining") as anvil:
        anvil.node.request("evm_setAutomine", True)
        stage = deploy(anvil.node)
        anvil.node.request("evm_setAutomine", False)
        anvil.node.mine(max(_DEPTHS))
        yield anvil, stage


@pytest.fixture
def node(running: tuple[Anvil, Stage]) -> Iterator[AnvilNode]:
    """It, as it was in the beginning."""
    node = running[0].node
    mark = node.request("evm_snapshot")
    yield node
    node.request("anvil_dropAllTransactions")
    node.request("evm_revert", mark)


@pytest.fixture
def stage(running: tuple[Anvil, Stage]) -> Stage:
    return running[1]


def index(database: Database, node: Any, stage: Stage) -> None:
    Indexer(database, node, {stage.cash.address: "SettlementCash"}).sync()


def settle(sender: DurableSender, node: AnvilNode) -> None:
    for _ in range(_ROUNDS):
        sender.work()
        node.mine()
        with sender.database.read() as connection:
            if not operations.actors(connection):
                return
    raise AssertionError(f"it does not settle: {differences(sender.database, node)}")


def mined(sender: DurableSender, node: AnvilNode, stage: Stage, keys: list[str], **more: Any) -> None:
    """Each in a block of its own."""
    for key in keys:
        sender.accept([stage.mint(key, **more)])
        sender.work()
        node.mine()
        sender.work()


def well(database: Database, node: AnvilNode, stage: Stage, keys: list[str]) -> None:
    assert differences(database, node) == []
    assert {key: stage.done(node, key) for key in keys} == dict.fromkeys(keys, 1)
    assert rebuilt_alike(database, node, stage)


@pytest.mark.parametrize("confirmations", [0, 3])
@pytest.mark.parametrize("depth", _DEPTHS)
def test_blocks_go(node: AnvilNode, stage: Stage, database: Database, depth: int, confirmations: int) -> None:
    """Also deeper than what counts as final: then nothing waits any more, and it is noticed all the same."""
    sender, keys = sender_of(database, node, confirmations=confirmations), [f"key {i}" for i in range(6)]
    mined(sender, node, stage, keys[:3])
    mined(sender, node, stage, keys[3:], through=None)
    node.mine(confirmations)
    settle(sender, node)
    index(database, node, stage)
    node.request("anvil_reorg", depth, [])
    node.request("anvil_dropAllTransactions")
    node.mine()
    index(database, node, stage)
    sender.work()
    settle(sender, node)
    well(database, node, stage, keys)
    sender.close()


def test_blocks_go_and_their_transactions_come_again_in_another_order(
    node: AnvilNode, stage: Stage, database: Database
) -> None:
    sender, keys = sender_of(database, node, together=1), [f"key {i}" for i in range(4)]
    mined(sender, node, stage, keys)
    index(database, node, stage)
    head = node.block_number()
    raws = [str(node.request("eth_getRawTransactionByHash", "0x" + one.hex())) for one in hashes(database)]
    node.request("anvil_reorg", 3, [[raw, 2] for raw in raws[1:]])
    assert node.block_number() == head
    settle(sender, node)
    well(database, node, stage, keys)
    sender.close()


def hashes(database: Database) -> list[bytes]:
    with database.read() as connection:
        return [
            found.done_hash or b"" for found in operations.find(connection, [f"key {i}" for i in range(4)]).values()
        ]


def test_what_is_dropped_from_the_pool_is_sent_again(node: AnvilNode, stage: Stage, database: Database) -> None:
    sender, keys = sender_of(database, node, patience=0.0, together=1), ["a", "b", "c"]
    sender.accept([stage.mint(key) for key in keys])
    sender.work()
    pool = pending(node)
    assert len(pool) == 3
    first = sorted(pool, key=int)[0]
    node.request("anvil_dropTransaction", pool[first]["hash"])  # the others wait for its nonce
    node.mine()
    assert [stage.done(node, key) for key in keys] == [0, 0, 0]
    settle(sender, node)
    well(database, node, stage, keys)
    sender.close()


def test_fees_that_jump_are_followed(node: AnvilNode, stage: Stage, database: Database) -> None:
    sender = sender_of(database, node, patience=0.0)
    sender.accept([stage.mint("dear")])
    for _ in range(50):  # at its first use, the account is looked up on the chain
        sender.work()
        if pending(node):
            break
    asked = fees(node)
    node.request("anvil_setNextBlockBaseFeePerGas", hex(50 * asked[0]))
    node.mine()
    assert stage.done(node, "dear") == 0
    node.request("anvil_setNextBlockBaseFeePerGas", hex(50 * asked[0]))
    sender.work()
    again = fees(node)
    assert all(8 * new >= 9 * old for new, old in zip(again, asked, strict=True)) and again[0] >= 50 * asked[0]
    settle(sender, node)
    well(database, node, stage, ["dear"])
    sender.close()


def pending(node: AnvilNode) -> dict[str, Any]:
    """ALICE's transactions in the pool, by nonce."""
    found = node.request("txpool_content")["pending"]
    return {
        nonce: tx
        for sender, some in found.items()
        if sender.lower() == ALICE.address.lower()
        for nonce, tx in some.items()
    }


def fees(node: AnvilNode) -> tuple[int, int]:
    """What the one transaction in the pool offers: in all, and for who mines it."""
    found = pending(node)
    assert len(found) == 1, node.request("txpool_content")
    (tx,) = found.values()
    return int(tx["maxFeePerGas"], 16), int(tx["maxPriorityFeePerGas"], 16)


def test_a_node_that_lost_its_last_blocks(database: Database, tmp_path: Path) -> None:
    """It starts again from what it had stored some blocks ago."""
    with running_anvil() as anvil:
        node = anvil.node
        stage = deploy(node)
        sender, keys = sender_of(database, node), [f"key {i}" for i in range(6)]
        for key in keys[:3]:
            sender.submit(stage.mint(key))
        state = tmp_path / "state.json"
        state.write_text(json.dumps(dump(node)))
        for key in keys[3:]:
            sender.submit(stage.mint(key, through=None))
        index(database, node, stage)
        lost = [key for key in keys if stage.done(node, key)]
        anvil.kill()
        anvil.start("--load-state", str(state))
        assert lost == keys and [stage.done(node, key) for key in keys] == [1, 1, 1, 0, 0, 0]
        sender.work()
        settle(sender, node)
        well(database, node, stage, keys)
        sender.close()


def dump(node: AnvilNode) -> Any:
    """The state as `anvil --dump-state` writes it."""
    return json.loads(gzip.decompress(bytes.fromhex(str(node.request("anvil_dumpState"))[2:])))


def test_a_node_that_is_another_chain_is_refused(database: Database) -> None:
    with running_anvil() as anvil:
        stage = deploy(anvil.node)
        sender_of(database, anvil.node).submit(stage.mint("a"))
        anvil.kill()
        anvil.start("--timestamp", "1735700000")
        with pytest.raises(NetworkMismatch, match="this chain was reset"):
            sender_of(database, anvil.node)
        anvil.kill()
        anvil.start("--chain-id", "1")
        with closing(AnvilNode(anvil.url)) as other, pytest.raises(NetworkMismatch, match="the node is on chain 1"):
            sender_of(database, other)
