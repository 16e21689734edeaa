"""The worker: what was accepted elsewhere is done, and what fails for a while does not stop it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ledger.chain.node import Unreachable
from ledger.services.ledger import Ledger, open_local
from ledger.services.worker import Worker
from ledger.store import index
from tests.services.test_monitoring import PLACE, mint


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_local() as opened:
        yield opened


@contextmanager
def working(ledger: Ledger) -> Iterator[Callable[[Callable[[], bool]], None]]:
    """A worker beside the test; gives what waits for something to become true."""
    stopped, failed = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            Worker(ledger, pause=0.01).run(stopped)
        except BaseException as error:  # noqa: BLE001 - the test raises it
            failed.append(error)

    def wait_for(condition: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < until and not failed, failed
            time.sleep(0.01)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield wait_for
    finally:
        stopped.set()
        thread.join()
    if failed:
        raise failed[0]


def minted(ledger: Ledger) -> int:
    return int(ledger.cash.view(ledger.node, "balanceOf", PLACE))


def indexed(ledger: Ledger) -> int:
    with ledger.database.read() as connection:
        tip = index.tip(connection)
    return -1 if tip is None else tip.number


def test_what_was_accepted_is_done_and_the_index_follows(ledger: Ledger) -> None:
    ledger.sender.accept([mint(ledger, f"mint/{number}") for number in range(5)])
    with working(ledger) as wait_for:
        wait_for(lambda: minted(ledger) == 5)
        wait_for(lambda: indexed(ledger) == ledger.node.block_number())
        ledger.sender.accept([mint(ledger, "mint/later")])
        wait_for(lambda: minted(ledger) == 6)


def test_a_node_that_is_gone_for_a_while_is_waited_for(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers, left = ledger.node.block, [6]

    def sometimes(*args: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise Unreachable("no answer from the node")
        return answers(*args)

    monkeypatch.setattr(ledger.node, "block", sometimes)
    ledger.sender.accept([mint(ledger, "mint")])
    with caplog.at_level(logging.INFO, "ledger"), working(ledger) as wait_for:
        wait_for(lambda: minted(ledger) == 1)
        wait_for(lambda: indexed(ledger) == ledger.node.block_number())
    said = [record.getMessage() for record in caplog.records]
    assert "a job failed, and is tried again: no answer from the node" in said and "a job works again" in said


def test_what_nobody_has_foreseen_ends_it(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> bool:
        raise ZeroDivisionError("nobody has foreseen this")

    monkeypatch.setattr(ledger, "sync", broken)
    with pytest.raises(ZeroDivisionError, match="nobody has foreseen this"):
        Worker(ledger, pause=0.01).run(threading.Event())
