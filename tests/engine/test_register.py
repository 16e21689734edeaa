"""The register when several threads use it at once."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from ledger.engine.register import ZERO, Register

ALICE, BOB = "0x" + "a" * 40, "0x" + "b" * 40
ONE, TWO = (1 << 64) + 1, (1 << 64) + 2


def event(name: str, **args: Any) -> Any:
    return SimpleNamespace(name=name, args=args)


EVENTS = [
    event("Transfer", **{"from": ZERO, "to": ALICE, "tokenId": ONE}),
    event("TransferValue", fromTokenId=0, toTokenId=ONE, value=100),
    event("Transfer", **{"from": ZERO, "to": BOB, "tokenId": TWO}),
    event("TransferValue", fromTokenId=ONE, toTokenId=TWO, value=40),
]


class Slow:
    """A node that takes its time over one block of events, and the contract that reads them."""

    address = ZERO

    def block_number(self) -> int:
        return 0

    def logs(self, *args: object) -> Any:
        time.sleep(0.05)
        return EVENTS

    def events(self, logs: Any) -> Any:
        for each in logs:
            time.sleep(0.005)
            yield each


def register() -> Register:
    node: Any = Slow()
    return Register(node, node)


def test_concurrent_syncs_count_each_event_once() -> None:
    found = register()
    start = threading.Barrier(4)

    def work() -> dict[str, int]:
        start.wait()
        return found.sync().holdings(1)

    with ThreadPoolExecutor(4) as threads:
        results = [each.result() for each in [threads.submit(work) for _ in range(4)]]
    assert results == [{ALICE: 60, BOB: 40}] * 4


def test_receipts_are_those_of_one_moment() -> None:
    found = register().sync()
    listed = found.receipts()
    found._apply(event("Transfer", **{"from": ALICE, "to": ZERO, "tokenId": ONE}))
    assert [(each.token_id, each.units) for each in listed] == [(ONE, 60), (TWO, 40)]


def test_an_event_that_cannot_be_read_leaves_the_register_as_it_was() -> None:
    found = register()
    node: Any = found._node
    good = node.events

    def broken(logs: Any) -> Any:
        yield from good(logs)
        raise ValueError("not an event")

    node.events = broken
    for _ in range(2):
        with contextlib.suppress(ValueError):
            found.sync()
    node.events = good
    assert found.sync().holdings(1) == {ALICE: 60, BOB: 40}
