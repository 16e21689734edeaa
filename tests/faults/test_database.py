"""What happens to databases: they are full, clocks jump, servers wait for each other, backups are restored."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import event

from ledger.chain.node import Refusal
from ledger.engine import outgoing
from ledger.engine.indexer import Indexer
from ledger.engine.sender import DurableSender
from ledger.errors import ChainError, StoreError
from ledger.store import operations
from ledger.store.database import Database
from tests.engine.pool import Pool
from tests.engine.stage import Stage, sender_of
from tests.faults.audit import differences, rebuilt_alike
from tests.faults.backups import Backup

HOUR = 3_600_000  # milliseconds


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_SOON", 0.0)


def settle(sender: DurableSender, pool: Pool) -> None:
    for _ in range(60):
        with sender.database.read() as connection:
            if not operations.actors(connection):
                break
        if not sender.work():
            pool.empty_block()
    assert differences(sender.database, pool.node) == []


# --- Full ------------------------------------------------------------------------------------------------------------


class Disk:
    """The space that a database has. ``left`` counts statements that write, on PostgreSQL, and pages on SQLite."""

    def __init__(self, database: Database) -> None:
        self.left: int | None = None
        self._database = database
        if database.is_sqlite:
            event.listen(database.engine, "begin", self._limit_pages)
        else:
            event.listen(database.engine, "before_cursor_execute", self._limit_statements, retval=True)

    def _limit_pages(self, connection: Any) -> None:
        has = connection.exec_driver_sql("pragma page_count").scalar()
        most = 2**30 if self.left is None else has + self.left
        connection.exec_driver_sql(f"pragma max_page_count = {most}")

    def _limit_statements(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> tuple[str, Any]:
        if self.left is not None and statement.lower().startswith(("insert", "update", "delete")):
            self.left -= 1
            if self.left < 0:
                # The server itself refuses, as it does when a file cannot grow.
                says = "raise exception using errcode = '53100', message = 'No space left on device'"
                context.compiled = None
                return f"do $$ begin {says}; end $$", ()
        return statement, parameters


@pytest.mark.parametrize("left", range(8))
def test_a_full_disk_loses_nothing(pool: Pool, stage: Stage, database: Database, left: int) -> None:
    """At whatever point it is full: nothing is half done, and it goes on when there is space."""
    disk, sender, full = Disk(database), sender_of(database, pool, together=2), 0
    indexer = Indexer(database, pool, {stage.cash.address: "SettlementCash"})
    wanted = [stage.mint(f"key {i} {'x' * 200}", through=None if i % 3 else stage.operator) for i in range(9)]
    for some in (wanted[:3], wanted[3:6], wanted[6:]):
        disk.left = left
        for do in (lambda some=some: sender.accept(some), sender.work, sender.work, indexer.sync):
            try:
                do()
            except StoreError as error:
                full += 1
                assert "space left on device" in error.detail or "is full" in error.detail
        disk.left = None
        with database.read() as connection:
            assert len(operations.find(connection, [one.key for one in some])) in (0, len(some))
        sender.accept(some)
    assert full or left > 3
    settle(sender, pool)
    assert [stage.done(pool, one.key) for one in wanted] == [1] * len(wanted)
    assert rebuilt_alike(database, pool.node, stage)


# --- Clocks ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Puts the clock of the database forward by so many milliseconds, or back."""
    now, ahead = Database.now, [0]
    monkeypatch.setattr(Database, "now", lambda self, connection: now(self, connection) + ahead[0])

    def jump(by: int) -> None:
        ahead[0] += by

    return jump


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_jumps_under_one_server(
    pool: Pool, stage: Stage, database: Database, jump: Callable[[int], None], hours: int
) -> None:
    """Bytes that offer more stay the newest ones, and what is held is held."""
    pool.auto, sender = False, sender_of(database, pool, patience=0.0)
    sender.accept([stage.mint("a")])
    for _ in range(3):
        sender.work()
        jump(hours * HOUR)
    sender.close()
    sender = sender_of(database, pool, patience=60.0)
    sender.work()
    dearest = max(pool.sent, key=lambda raw: pool._decoded(raw).max_fee_per_gas)
    assert len(set(pool.sent)) == 3 and pool.sent[-1] == dearest
    pool.mine()
    settle(sender, pool)
    assert stage.done(pool, "a") == 1


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_jumps_under_two_servers(
    pool: Pool,
    stage: Stage,
    database: Database,
    jump: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    hours: int,
) -> None:
    """Who comes next takes the account at once, as after a crash of the first one, who then writes nothing any more."""
    monkeypatch.setattr("ledger.engine.holding.has_ended", lambda owner: False)
    first, second = sender_of(database, pool, together=1), sender_of(database, pool, together=1)
    first.accept([stage.mint("a")])
    assert first.work() and not second.work()
    first.accept([stage.mint("b"), stage.mint("c")])
    jump(hours * HOUR)
    assert second.work()
    assert not first.work()  # it still thinks that it holds the account
    settle(second, pool)
    assert [stage.done(pool, key) for key in "abc"] == [1, 1, 1] and len(set(pool.sent)) == 3


# --- Two servers -----------------------------------------------------------------------------------------------------


def test_who_accepts_the_same_in_another_order_does_not_wait_in_a_circle(
    pool: Pool, stage: Stage, database: Database
) -> None:
    """Also while what was refused is taken up again, and others work."""
    senders = [sender_of(database, pool) for _ in range(3)]
    known = [stage.mint(f"known {i}", through=None) for i in range(8)]
    pool.refuse = lambda raw: Refusal.INSUFFICIENT_FUNDS
    senders[0].accept(known)
    for _ in range(3):
        senders[0].work()
    pool.refuse = lambda raw: None
    start, stop = threading.Barrier(3), threading.Event()

    def accept(place: int) -> None:
        for number in range(3):
            start.wait(60)
            new = [stage.mint(f"{number} {i}") for i in range(20)] + known
            senders[place].accept(new if place else new[::-1])

    def work() -> None:
        while not stop.is_set():
            with suppress(ChainError):
                senders[2].work()

    with ThreadPoolExecutor(3) as threads:
        done = [threads.submit(accept, place) for place in range(2)]
        working = threads.submit(work)
        for _ in range(3):
            start.wait(60)
        for one in done:
            one.result()
        stop.set()
        working.result()
    senders[2].close()
    settle(senders[0], pool)
    assert [stage.done(pool, one.key) for one in known] == [1] * 8


# --- Backups ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def backup(url: str) -> Iterator[Backup]:
    made = Backup(url)
    yield made
    made.close()


@pytest.mark.parametrize("before", [0, 2])
def test_a_backup_is_restored(pool: Pool, stage: Stage, url: str, backup: Backup, before: int) -> None:
    """What was done since is found on the chain, also if the account had sent nothing at the time of the backup, and
    whatever way it was done."""
    first, known, lost = (
        [stage.mint(f"{name} {i}", through=None if i % 2 else stage.operator) for i in range(number)]
        for name, number in (("first", before), ("known", 4), ("lost", 4))
    )
    with Database(url) as database:
        sender = sender_of(database, pool, together=2)
        sender.submit_many(first)
        sender.accept(known)
        sender.close()
    backup.make()
    with Database(url) as database:
        sender = sender_of(database, pool, together=2)
        sender.accept(lost)
        settle(sender, pool)
        sender.close()
    backup.restore()
    with Database(url) as database:
        sender = sender_of(database, pool, together=2)
        assert not any(isinstance(one, Exception) for one in sender.submit_many(known))
        again = sender.submit_many(lost)  # their clients have not heard, and ask again
        told = [str(one) for one in again if isinstance(one, ChainError)]
        assert len(told) == 2 and all("which it found on the chain, calls the same" in one for one in told)
        settle(sender, pool)
        every = [*first, *known, *lost]
        assert {one.key: stage.done(pool, one.key) for one in every} == {one.key: 1 for one in every}
        assert rebuilt_alike(database, pool.node, stage)
