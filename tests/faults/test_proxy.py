"""Between us and the node everything may go wrong: in the end each operation was done once, and everybody knows it.

``PROXIES=50`` tries so many seeds on each node and each database, instead of one on each of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from random import Random
from typing import Any

import pytest

from ledger.chain import transport
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import Node, Unreachable
from ledger.chain.rpc import RpcNode, connect
from ledger.chain.server import Server
from ledger.engine import outgoing
from ledger.engine.indexer import Indexer
from ledger.engine.sender import DurableSender
from ledger.errors import ChainError
from ledger.store import operations
from ledger.store.database import Database
from tests.engine.stage import Stage, deploy, sender_of
from tests.faults.audit import differences, rebuilt_alike
from tests.faults.driver import wanted
from tests.faults.proxy import Fate, Proxy
from tests.nodes import running_anvil
from tests.store import databases

_SEEDS = int(os.environ.get("PROXIES", "0"))
_TIMEOUT = 0.25  # seconds that a request may take
_MOST_BYTES = 2**20
_ROUNDS = 2_000


@contextmanager
def served() -> Iterator[str]:
    node = EmbeddedNode()
    with closing(node), Server(node, port=0) as server:
        yield server.url


@contextmanager
def anvil(*options: str) -> Iterator[str]:
    with running_anvil(*options) as found:
        yield found.url


NODES: dict[str, Any] = {"served": served, "anvil": anvil}
PAIRS = [(node, kind, seed) for node in NODES for kind in databases.KINDS for seed in range(_SEEDS)]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_SOON", 0.01)
    monkeypatch.setattr(transport, "_PAUSE", 0.01)
    monkeypatch.setattr(transport, "_MOST_BYTES", _MOST_BYTES)


def opened(database: Database, node: Node) -> DurableSender:
    while True:
        with suppress(ChainError):
            return sender_of(database, node, patience=0.5, in_flight=4, together=3)


@pytest.mark.parametrize(
    ("kind", "url", "seed"), PAIRS or [("served", "sqlite", 0), ("anvil", "postgresql", 0)], indirect=["url"]
)
def test_whatever_happens_on_the_way(kind: str, seed: int, database: Database) -> None:
    random = Random(f"{kind} {seed}")
    keys = [(f"key {i}", random.random() < 0.6, random.random() < 0.2) for i in range(10)]
    with NODES[kind]() as target, closing(connect(target)) as node:
        stage = deploy(node)
        with Proxy(target, seed, 0.25, late=2 * _TIMEOUT, huge=_MOST_BYTES) as proxy:
            between = RpcNode(proxy.url, timeout=_TIMEOUT)
            with closing(between), closing(opened(database, between)) as sender:
                indexer = Indexer(database, between, {stage.cash.address: "SettlementCash"})
                work_through(sender, indexer, [wanted(stage, *each) for each in keys], random)
                until_all(proxy, between)
        settled_well(database, node, stage, {key: not fails for key, _, fails in keys})


def work_through(sender: DurableSender, indexer: Indexer, left: list[Any], random: Random) -> None:
    for _ in range(_ROUNDS):
        if left and random.random() < 0.3:
            number = random.randint(1, 5)
            sender.accept(left[:number])
            left = left[number:]
        with suppress(ChainError):
            sender.work()
        if random.random() < 0.3:
            with suppress(ChainError):
                indexer.sync()
        with sender.database.read() as connection:
            if not left and not operations.actors(connection):
                return
    raise AssertionError("it does not settle")


def until_all(proxy: Proxy, node: RpcNode) -> None:
    """Reading goes on until each fate was met, several of them in requests of one and of many calls."""
    for _ in range(_ROUNDS):
        if len(proxy.met) == len(Fate):
            return
        with suppress(ChainError):
            node.receipts([bytes(32), bytes(32)])
            node.fees()
    raise AssertionError(f"only {Counter(proxy.met)} were met")


def settled_well(database: Database, node: Node, stage: Stage, wanted: dict[str, bool]) -> None:
    assert differences(database, node) == []
    with database.read() as connection:
        found = operations.find(connection, list(wanted))
    assert {key: one.state for key, one in found.items()} == {
        key: "done" if possible else "refused" for key, possible in wanted.items()
    }
    assert {key: stage.done(node, key) for key in wanted} == wanted
    assert rebuilt_alike(database, node, stage)


def test_a_node_that_only_says_that_it_is_busy_is_not_asked_without_a_pause(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not answered with anything that can be understood is sent again, but not at once."""
    monkeypatch.setattr(outgoing, "_SOON", 60.0)
    sent: list[int] = []

    class Busy:
        def __init__(self, node: Any) -> None:
            self._node = node

        def __getattr__(self, name: str) -> Any:
            return getattr(self._node, name)

        def send_many(self, raws: Any) -> Any:
            sent.append(len(raws))
            return [transport.RpcError("eth_sendRawTransaction", {"code": -32603, "message": "busy"}) for _ in raws]

    with closing(EmbeddedNode()) as node:
        stage = deploy(node)
        sender = sender_of(database, Busy(node), patience=60.0)
        sender.accept([stage.mint("a"), stage.mint("b", through=None)])
        assert [sender.work() for _ in range(5)] == [True, False, False, False, False]
        assert sent == [2]
        sender.close()
        with closing(sender_of(database, node)) as other:
            while other.work():
                pass
        settled_well(database, node, stage, {"a": True, "b": True})


def test_a_busy_node_is_waited_for_as_it_says() -> None:
    with served() as url, Proxy(url, 1, 0.0, late=0, huge=0) as proxy, closing(RpcNode(proxy.url, timeout=0.2)) as node:
        fates = iter([Fate.LIMITED, Fate.LIMITED, None, Fate.LIMITED_LONG, None])
        proxy._fate = lambda: next(fates)  # type: ignore[method-assign]
        assert node.block_number() == 0
        with pytest.raises(Unreachable, match="asked to wait for 3600 s"):
            node.block_number()
        assert node.block_number() == 0
