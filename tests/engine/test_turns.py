"""Threads, accounts and processes that share a sender or an account: each gets its turn."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ledger.engine import pump
from ledger.engine.operations import Operation, Outcome, Step
from ledger.errors import ChainError
from ledger.store import accounts, operations, transactions
from ledger.store.database import Database
from tests.engine.pool import Pool
from tests.engine.stage import ALICE, BOB, Stage, sender_of
from tests.faults.audit import differences

GAS = 150_000


class Slow(dict[str, Any]):
    """Another thread gets its turn between two items, as it may at any time."""

    def items(self) -> Any:
        for pair in dict.items(self):
            time.sleep(0.02)
            yield pair


@pytest.fixture
def small_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "_AT_ONCE", 5)
    monkeypatch.setattr(pump, "_ROUND", 0.2)


@pytest.mark.usefixtures("small_rounds")
def test_what_ended_is_read_while_another_thread_adds_to_it(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = property(lambda self: self.__dict__["_e"], lambda self, new: self.__dict__.update(_e=Slow(new)))
    monkeypatch.setattr(pump.Pump, "ended", kept, raising=False)
    sender = sender_of(database, pool, together=1)
    sender.submit(stage.mint("first"))
    sender.accept([stage.mint(f"much {number}", gas=GAS, through=None) for number in range(30)])
    thread = threading.Thread(target=sender.work)
    thread.start()
    try:
        assert isinstance(sender.submit(stage.mint("little", gas=GAS)), Outcome)
    finally:
        thread.join()


@pytest.mark.usefixtures("small_rounds")
def test_a_round_ends_while_there_is_more_to_do(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits beside gets its answer, and the lease is kept, between two rounds."""
    monkeypatch.setattr(pump, "_ROUND", 0.0)  # however fast the machine is: a round is one look
    rounds: list[int] = []
    run: Callable[[pump.Pump], bool] = pump.Pump.run

    def counted(self: pump.Pump) -> bool:
        rounds.append(1)
        return run(self)

    sender = sender_of(database, pool, together=1)
    sender.submit(stage.mint("first"))
    sender.accept([stage.mint(f"much {number}", through=None, gas=GAS) for number in range(60)])
    monkeypatch.setattr(pump.Pump, "run", counted)
    while sender.work():
        pass
    assert len(rounds) > 3
    with database.read() as connection:
        assert operations.counts(connection) == {"done": 61}


def test_one_account_in_trouble_does_not_hold_up_the_others(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool)
    sender.submit(stage.mint("first"))
    sender.accept([Operation("t", "bob's", BOB.address, (Step(stage.cash.address, b"\x01"),), gas=GAS)])
    sender.accept([stage.mint("alice's", gas=GAS)])
    with database.read() as connection:
        assert operations.actors(connection)[0] == BOB.address
    fails = sender._run

    def run(address: str, patience: float = -1) -> bool:
        if address == BOB.address:
            raise ChainError("no answer")
        return fails(address, patience)

    sender._run = run  # type: ignore[method-assign]
    for _ in range(4):
        with pytest.raises(ChainError, match="no answer"):
            sender.work()
    with database.read() as connection:
        found = operations.find(connection, ["alice's", "bob's"])
    assert (found["alice's"].state, found["bob's"].state) == ("done", "waiting")


def test_what_is_sent_elsewhere_for_an_idle_account_is_found(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing waits, nothing is out, and the process has the account all the time."""
    sender = sender_of(database, pool)
    sender.submit(stage.mint("first"))
    sender.work()
    pool.node.send_raw(stage.elsewhere(pool.node, "theirs"))
    assert not sender.work()
    monkeypatch.setattr(sender, "_look_at", 0.0)  # the time has come
    while sender.work():
        pass
    with database.read() as connection:
        assert stage.cash.address in {to for to, _ in transactions.unexplained(connection, ALICE.address)}
        assert accounts.state(connection, ALICE.address) == accounts.AccountState(
            ALICE.address, pool.nonce(ALICE.address), None
        )
    assert differences(database, pool.node) == []
    assert sender.submit(stage.mint("next")).receipt.status == 1


def test_idle_accounts_are_looked_at_now_and_then_and_not_in_each_round(
    pool: Pool, stage: Stage, database: Database
) -> None:
    sender, asked = sender_of(database, pool), list[str]()
    pool.before = asked.append
    for _ in range(5):
        sender.work()
    assert asked.count("nonce") == len(sender.keyring)


def test_an_account_that_changes_hands_is_told_of_once(
    pool: Pool, stage: Stage, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = sender_of(database, pool), sender_of(database, pool)
    with caplog.at_level(logging.INFO, "ledger"):
        one.submit(stage.mint("first"))
        one.submit(stage.mint("second"))
        one.close()
        other.submit(stage.mint("third"))
        other.submit(stage.mint("fourth"))
    said = [record.__dict__ for record in caplog.records if "changes hands" in record.getMessage()]
    assert [(record["account"], record["before"], record["now"]) for record in said] == [
        (ALICE.address, one._owner, other._owner)
    ]


def test_what_others_have_done_is_seen_before_the_time_is_up(pool: Pool, stage: Stage, database: Database) -> None:
    """Telling callers may take long; that is no reason to look for others' doings rarely."""
    other, mine = sender_of(database, pool), sender_of(database, pool, timeout=6.0)
    other.submit(stage.mint("one"))  # it holds the account
    mine._on_outcome = lambda outcome: time.sleep(0.6)
    timer = threading.Timer(1.0, lambda: other.submit(stage.mint("two")))
    timer.start()
    try:
        found = mine.submit_many([stage.mint("one"), stage.mint("two")])
    finally:
        timer.join()
    assert all(isinstance(one, Outcome) for one in found)


def test_an_account_without_an_operator_account_behind_it(pool: Pool, stage: Stage, database: Database) -> None:
    """Nothing is at the address through which an operation goes: it is refused, and the account goes on."""
    sender = sender_of(database, pool)
    sender.accept([stage.mint("lost", through=BOB.address, gas=GAS), stage.mint("after", gas=GAS)])
    while sender.work():
        pass
    with database.read() as connection:
        found = operations.find(connection, ["lost", "after"])
    assert (found["lost"].state, found["after"].state) == ("refused", "done")
    assert "says nothing of it" in str(found["lost"].error) and stage.done(pool, "lost") == 0
    assert ALICE.address == found["lost"].actor
