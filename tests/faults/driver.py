"""Lives of a process that does operations, each of which may be killed anywhere.

``python -m tests.faults.driver`` reads one life per line from its input, as JSON, runs it in a process of its own, and
prints what that did; the last line of a life is ``ended`` with its exit status, -9 for one that was killed. (Each life
is forked from here, so that py-evm is imported once.)

What is pending in a pool is gone with the process; the chain and the database are in files, or on a server.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import Refusal
from ledger.engine import crash, outgoing
from ledger.engine.indexer import Indexer
from ledger.engine.operations import Operation
from ledger.engine.sender import DurableSender
from ledger.errors import ChainError
from ledger.store import operations
from ledger.store.database import Database
from tests.engine.pool import Pool
from tests.engine.stage import Stage, sender_of

__all__ = ["Life", "wanted"]

_MOST_ROUNDS = 200  # of work, until what is not settled by then never is


def wanted(stage: Stage, key: str, through: bool, fails: bool) -> Operation:
    """An operation as the tests describe it: one that the contract refuses, or one that can be counted."""
    route: dict[str, Any] = {} if through else {"through": None}
    if fails and not through:
        route["gas"] = 100_000  # it is not simulated, and fails in its block
    return stage.fail(key, **route) if fails else stage.mint(key, **route)


class Life:
    """What a process does: each method is a step."""

    def __init__(self, database: str, chain: str, operator: str, cash: str, sending: dict[str, Any]) -> None:
        self.database, self.pool = Database(database), Pool(EmbeddedNode(chain))
        self.stage = Stage(operator, Bound(Contract("SettlementCash"), cash))
        self.sending = {"patience": 0.0, **sending}
        self.sender = self._begin()

    def _begin(self) -> DurableSender:
        while True:
            try:
                return sender_of(self.database, self.pool, **self.sending)
            except ChainError as error:
                print("interrupted:", error.message)

    def accept(self, described: Sequence[Sequence[Any]]) -> None:
        """Keys, whether through the operator account, and whether they fail."""
        for one in self.sender.accept([wanted(self.stage, *each) for each in described]):
            print("accepted", one.key, one.state)

    def work(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            self._round()

    def _round(self) -> bool:
        try:
            moved = self.sender.work()
        except ChainError as error:
            print("interrupted:", error.message)
            moved = True
        print("moved" if moved else "waits")
        self.pool.arrive()
        return moved

    def settle(self) -> None:
        """Work until nothing is left to do; the pool takes and mines everything."""
        self.refuse(None)
        self.mine()
        for _ in range(_MOST_ROUNDS):
            with self.database.read() as connection:
                if not operations.actors(connection):
                    print("settled", operations.counts(connection))
                    return
            if not self._round():
                self.pool.empty_block()
        raise AssertionError("it does not settle")

    def index(self) -> None:
        """Read what the chain says into the database."""
        indexer = Indexer(self.database, self.pool, {self.stage.cash.address: "SettlementCash"})
        try:
            print("indexed", indexer.sync())
        except ChainError as error:
            print("interrupted:", error.message)

    def hold(self) -> None:
        """Nothing is mined from here on."""
        self.pool.auto = False

    def mine(self) -> None:
        """What was held back is mined, and what comes."""
        self.pool.auto = True
        self.pool.mine()

    def drop(self) -> None:
        """The pool forgets what it holds."""
        self.pool.pool.clear()

    def refuse(self, reason: str | None) -> None:
        """Bytes are not taken, for this reason."""
        self.pool.refuse = lambda raw: None if reason is None else Refusal(reason)

    def trouble(self, seed: int, rate: float) -> None:
        """Requests get lost, late, doubled."""
        self.pool.trouble(seed, rate)

    def elsewhere(self, key: str) -> None:
        """Somebody else sends from this account."""
        self.pool.node.send_raw(self.stage.elsewhere(self.pool.node, key))

    def reorganise(self, depth: int, keep: bool) -> None:
        self.pool.reorganise(depth, keep=keep)

    def again(self) -> None:
        """As after a restart of the server, but for what is pending."""
        self.sender.close()
        self.sender = self._begin()


def _live(database: str, chain: str, operator: str, cash: str, steps: Sequence[Any], **more: Any) -> None:
    os.environ["CRT_CRASH"] = more.get("crash", "")
    importlib.reload(crash)
    outgoing._SOON = 0.0  # what is refused is tried again in the next round
    life = Life(database, chain, operator, cash, more.get("sending", {}))
    for name, *args in steps:
        getattr(life, name)(*args)


def _in_a_process(life: dict[str, Any]) -> int:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            _live(**life)
        except BaseException:  # noqa: BLE001 -- shown, and told by the status
            traceback.print_exc(file=sys.stdout)
            status = 1
        else:
            status = 0
        sys.stdout.flush()
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)  # who is killed has told everything
    EmbeddedNode().close()  # imported once, for all lives
    for line in sys.stdin:
        print("ended", _in_a_process(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
