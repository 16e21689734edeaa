"""Whoever follows the feed, from wherever and however they stop, has the events that the chain has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from ledger.engine.indexer import Indexer
from ledger.engine.outbox import Event, Feed, Reset
from ledger.store import outbox
from ledger.store.database import Database
from ledger.store.index_tables import INDEX, events
from ledger.store.outbox_tables import gone_events
from ledger.store.outbox_tables import outbox as outbox_table
from tests.events.chain import CONTRACTS, FakeChain

EXAMPLES = int(os.environ.get("FEEDS", 25))


class Follower:
    """One who takes the feed in, page by page, and knows what must never happen."""

    def __init__(self, feed: Feed, page: int) -> None:
        self._feed, self._page = feed, page
        self.seq = 0
        self.has: dict[int, Event] = {}
        self.ids: set[str] = set()

    def read(self, pages: int = 10**6) -> None:
        for _ in range(pages):
            page = self._feed.read(self.seq, self._page)
            if not page:
                return
            for one in page:
                self._take(one)

    def _take(self, one: Event | Reset) -> None:
        assert one.id not in self.ids
        self.ids.add(one.id)
        if isinstance(one, Reset):
            assert one.after < one.seq and self.seq < one.seq
            self.has = {seq: event for seq, event in self.has.items() if seq <= one.after}
        elif one.reverts is None:
            assert one.seq == self.seq + 1
            self.has[one.seq] = one
        else:
            assert one.seq == self.seq + 1
            assert one.reverts == max(self.has), "the newest goes first"
            before = self.has.pop(one.reverts)
            assert content(before) == content(one)
        self.seq = one.seq


def content(event: Event) -> tuple[Any, ...]:
    place = (event.block_number, event.block_hash, event.timestamp, event.tx_hash, event.log_index)
    return (*place, event.kind, event.name, event.contract, event.args)


def told(chain: FakeChain) -> list[tuple[Any, ...]]:
    return [
        (
            *(one.log.block_number, one.log.block_hash, chain.made[one.log.block_number].block.timestamp),
            *(one.log.tx_hash, one.log.index, one.kind, one.name, one.contract, one.args),
        )
        for one in chain.told()
    ]


def empty(database: Database) -> None:
    with database.write() as connection:
        for table in (*INDEX, outbox_table, gone_events):
            connection.execute(delete(table))


@pytest.fixture(autouse=True)
def short_rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("ledger.store.outbox._TOGETHER", 3)
    yield


@pytest.fixture
def shared(database: Database) -> Database:
    return database


blocks = st.text("pso", max_size=5)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("mine"), st.lists(blocks, min_size=1, max_size=4)),
        st.tuples(st.just("reorganise"), st.integers(1, 6), st.lists(blocks, min_size=1, max_size=6)),
        st.just(("sync",)),
        st.just(("rebuild",)),
        st.tuples(st.just("read"), st.integers(0, 2), st.integers(1, 4)),
    ),
    max_size=20,
)


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(steps, st.tuples(st.integers(1, 3), st.integers(1, 8), st.integers(5, 40)), st.data())
@example([("mine", ["spo", "p"]), ("sync",), ("reorganise", 1, ["ss"]), ("sync",)], (1, 2, 40), None)
@example([("mine", ["ppppp", "", "p"]), ("sync",), ("reorganise", 2, ["pp"]), ("rebuild",)], (1, 2, 40), None)
def test_every_follower_ends_with_what_the_chain_has(
    shared: Database, steps: list[tuple[Any, ...]], pages: tuple[int, int, int], data: Any
) -> None:
    empty(shared)
    chain = FakeChain()
    indexer: Any = Indexer(shared, chain, CONTRACTS)  # type: ignore[arg-type]
    feed = Feed(shared, CONTRACTS)
    followers = [Follower(feed, page) for page in pages]
    for kind, *more in steps:
        if kind == "mine":
            for one in more[0]:
                chain.mine(one)
        elif kind == "reorganise":
            chain.reorganise(more[0], *more[1])
        elif kind == "read":
            followers[more[0]].read(more[1])
        else:
            getattr(indexer, kind)()
    indexer.sync()
    followers.append(Follower(feed, 7))
    for one in followers:
        one.read()
        assert [content(event) for event in one.has.values()] == told(chain)
        assert one.seq == feed.end()
    if data is not None and feed.end():
        again = Follower(feed, 1)
        again.read(data.draw(st.integers(0, feed.end())))
        again._page = 9
        again.read()
        assert [content(event) for event in again.has.values()] == told(chain)


def test_who_reads_while_it_is_written_misses_nothing(database: Database) -> None:
    """Numbers only ever come after all before them, whenever one looks: the follower sees to it."""
    chain = FakeChain()
    indexer: Any = Indexer(database, chain, CONTRACTS)  # type: ignore[arg-type]
    follower = Follower(Feed(database, CONTRACTS), 3)

    def write() -> None:
        for number in range(40):
            chain.mine("pso"[: number % 4])
            if number % 7 == 6:
                chain.reorganise(3, "p", "", "s", "po")
            indexer.sync()

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        while not writing.done():
            follower.read()
        writing.result()
    follower.read()
    assert [content(event) for event in follower.has.values()] == told(chain)


def test_what_is_made_again_says_nothing_twice(database: Database) -> None:
    chain = FakeChain()
    for number in range(8):
        chain.mine("pso"[: number % 4])
    indexer: Any = Indexer(database, chain, CONTRACTS)  # type: ignore[arg-type]
    indexer.sync()
    before = Feed(database, CONTRACTS).read()
    indexer.rebuild()
    assert Feed(database, CONTRACTS).read() == before != []


def test_an_index_that_was_damaged_resets_the_feed_when_it_is_made_again(database: Database) -> None:
    chain = FakeChain()
    for one in ("pp", "p", "pp", "p"):
        chain.mine(one)
    indexer: Any = Indexer(database, chain, CONTRACTS)  # type: ignore[arg-type]
    indexer._span = 64  # all in one range
    indexer.sync()
    with database.write() as connection:
        connection.execute(delete(events).where(events.c.block_number == 3, events.c.log_index == 0))
        first = select(outbox_table.c.first).order_by(outbox_table.c.first.desc()).limit(1)
        row = connection.execute(first).scalar_one()
        connection.execute(update(outbox_table).where(outbox_table.c.first == row).values(length=2, to_block=4))
    follower = Follower(Feed(database, CONTRACTS), 2)
    follower.read()
    indexer.rebuild()
    follower.read()
    late = Follower(Feed(database, CONTRACTS), 100)
    late.read()
    for one in (follower, late):
        assert [content(event) for event in one.has.values()] == told(chain)
    assert [one for one in Feed(database, CONTRACTS).read() if isinstance(one, Reset)] != []


def test_the_feed_ends_where_the_index_has_come_to(database: Database) -> None:
    """While events that were told are not in the index again, nothing behind them is told."""
    chain = FakeChain()
    for one in ("pp", "p", "pp", "p"):
        chain.mine(one)
    Indexer(database, chain, CONTRACTS).sync()  # type: ignore[arg-type]
    feed = Feed(database, CONTRACTS)
    whole = feed.read()
    with database.write() as connection:
        connection.execute(delete(events).where(events.c.block_number >= 3))
    assert feed.read() == whole[:3]
    assert feed.read(3) == []


def test_a_row_holds_many_events(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored for a range does not grow with its events."""
    monkeypatch.setattr("ledger.store.outbox._TOGETHER", 1_000)
    chain = FakeChain()
    for _ in range(30):
        chain.mine("p" * 50)
    indexer: Any = Indexer(database, chain, CONTRACTS)  # type: ignore[arg-type]
    indexer._span = 64  # all in one range
    indexer.sync()
    with database.read() as connection:
        assert outbox.end(connection) == 1_500
        assert len(connection.execute(select(outbox_table)).all()) == 2
    page = Feed(database, CONTRACTS).read(1_234, 3)
    assert [one.seq for one in page] == [1_235, 1_236, 1_237]
    assert [content(one) for one in page if isinstance(one, Event)] == told(chain)[1_234:1_237]
