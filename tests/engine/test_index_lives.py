"""Whatever a chain does, and whoever indexes it: the index says what is true on it, the same as one made from scratch.

``INDEX_LIVES`` is how many chains are lived through on each database.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from ledger.chain.artifacts import Contract
from ledger.engine import indexer as indexing
from ledger.engine.books import TELLS
from ledger.engine.indexer import Indexer
from ledger.engine.outbox import Feed
from ledger.engine.projections import SAYS
from ledger.errors import ChainError
from ledger.store import index, index_money, index_people, index_series, index_vouchers, journal
from ledger.store.database import Database
from ledger.store.index_tables import INDEX, blocks
from tests.engine.world import ACTS, CONTRACTS, PEOPLE, SLOTS, World
from tests.store import databases

LIVES = int(os.environ.get("INDEX_LIVES", "20"))

NUMBER = st.integers(0, 10**6)
BLOCK = st.lists(st.tuples(st.sampled_from(ACTS), NUMBER, NUMBER, NUMBER), max_size=8)
BEGINNING = [("open", 0, 0, 0), ("open", 1, 0, 0), ("mint", 0, 0, 1_000), ("mint", 0, 1, 500), ("programme", 1, 0, 0)]
STEP = st.one_of(
    st.tuples(st.just("mine"), st.lists(BLOCK, min_size=1, max_size=4)),
    st.tuples(st.just("reorganise"), st.integers(1, 8), st.lists(BLOCK, min_size=1, max_size=8)),
    st.tuples(st.just("sync"), st.sampled_from((1, 2, 64)), st.booleans()),
    st.tuples(st.just("rebuild")),
)


def rows(database: Database) -> dict[str, list[Any]]:
    """All that is in the index, but for empty blocks, which depend on where it stopped."""
    with database.read() as connection:
        return rows_of(connection)


def rows_of(connection: Connection) -> dict[str, list[Any]]:
    tables = [one for one in INDEX if one is not blocks]
    return {one.name: sorted(map(tuple, connection.execute(select(one))), key=repr) for one in tables}


def books(database: Database, world: World) -> dict[Any, int]:
    with database.read() as connection:
        owners = [*CONTRACTS, *{spv for made in world.made for spv in made.truth.spvs.values()}]
        found = journal.balances(connection, owners)
    left = {account: balance.credits - balance.debits for account, balance in found.items()}
    return {account: amount for account, amount in left.items() if amount}


def compare(database: Database, world: World) -> None:
    """What the index says, of each block, with what is true."""
    truth = world.truth
    with database.read() as connection:
        assert index.tip(connection)[1] == world.block().hash  # type: ignore[index]
        for made in world.made:
            number = made.block.number
            found = {one[:2]: one[3:] for one in index.receipts_at(connection, number)}
            assert found == made.truth.receipts, number
            for slot in SLOTS:
                assert index.holdings(connection, slot, number) == made.truth.holdings(slot)
        now = list(index.receipts_at(connection))
        assert {one[:2]: one[3:] for one in now} == truth.receipts
        for one in now:
            assert index.receipt(connection, one.token_id) == one
            known = [made.truth.receipts.get(one[:2]) for made in world.made]
            told = {was.since: was[3:] for was, _ in index.versions(connection, one.token_id)}
            changes = {
                at: state for at, state in enumerate(known) if state and state != (known[at - 1] if at else None)
            }
            assert {at: told[max(since for since in told if since <= at)] for at in changes} == changes
        for slot, spv in truth.spvs.items():
            assert [tuple(one[1:]) for one in index_money.collections(connection, spv)] == [
                one for one in truth.collections if one[0] == spv
            ]
            assert index_money.spvs(connection, slot=slot)[0].address == spv
            pool = [one for one in truth.receivables if one[0] == spv]
            assert [one[1:] for one in index_series.receivables(connection, spv)] == pool
            assert {(spv, key) for key in index_series.released(connection, spv)} == {
                one for one in truth.released if one[0] == spv
            }
            came: dict[bytes, int] = {}
            for of, name, amount in truth.collections:
                if of == spv:
                    came[name] = came.get(name, 0) + amount
            assert index_series.collected_of(connection, spv, [*came, b"\0" * 32]) == came
            assert index_money.collected(connection, spv) == sum(came.values())
            refunds = [one for one in truth.refunds if one[0] == spv]
            assert [one[1:] for one in index_series.refunds(connection, spv)] == refunds
            assert index_series.sold(connection, spv) == truth.sold(spv)
            assert index_series.present_value(connection, spv) == truth.values.get(spv)
            assert index_series.is_paused(connection, slot) == truth.paused.get(slot, False)
            needed = index_series.requirement(connection, slot)
            assert (None if needed is None else needed[2:]) == truth.requirements.get(slot)
            for epoch in range(truth.epochs.get(slot, 0)):
                paid = [one for one in truth.payments if one[:2] == (spv, epoch)]
                assert [one[1:] for one in index_money.payments(connection, spv=spv, epoch=epoch)] == paid
                assert index_money.paid(connection, spv, epoch) == sum(one[-1] for one in paid)
                kept = [
                    ((of << 64) + number, *rest) for of, number, at, *rest in truth.kept if (of, at) == (slot, epoch)
                ]
                assert index.kept(connection, slot, epoch) == kept
            assert len(index_money.distributions(connection, spv)) == truth.epochs.get(slot, 0)
        brought = [made.block for made in world.made if made.logs]
        assert index.moments(connection, [block.number for block in brought]) == {
            block.number: block.timestamp for block in brought
        }
        for who in PEOPLE:
            barred = index_series.holder_freeze(connection, who)
            assert (None if barred is None else barred.frozen) == truth.barred.get(who)
            assert [one[1:] for one in index_money.payments(connection, holder=who)] == [
                one for one in truth.payments if one[2] == who
            ]
            for programme in range(1, truth.programmes + 1):
                assert index_vouchers.balance(connection, programme, who) == truth.vouchers.get((programme, who), 0)
        assert [one[1:] for one in index_vouchers.redemptions(connection)] == truth.redeemed
        assert [one[1:] for one in index_people.repositories(connection)] == truth.repositories
        for repo, *_ in truth.repositories:
            last = index_people.last_batch(connection, repo)
            assert (0 if last is None else last.number + 1) == truth.batches.get(repo, 0)
    cash = {account.owner: -amount for account, amount in books(database, world).items() if account.name == "cash"}
    assert cash == {spv: truth.cash(slot) for slot, spv in truth.spvs.items() if truth.cash(slot)}


def look(database: Database) -> None:
    """Ask for sums, so that those are remembered which the next step makes wrong."""
    with database.read() as connection:
        for one in index_money.spvs(connection):
            index_money.collected(connection, one.address)
            index_series.sold(connection, one.address)


@contextmanager
def scratch(kind: str, home: Path, postgresql: str) -> Iterator[Database]:
    """A database of the kind that is the fastest to make."""
    if kind == "sqlite":
        with Database() as made:
            yield made
    else:
        with databases.opened(kind, home, postgresql) as made:
            yield made


@pytest.mark.parametrize("kind", databases.KINDS)
def test_the_index_is_what_the_chain_is(kind: str, tmp_path: Path, postgresql: str) -> None:
    """A life of mining, reorganisations, rebuilding, and two who index in pieces of all sizes."""

    @settings(
        max_examples=LIVES if kind == "sqlite" else max(LIVES // 4, 1),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(STEP, max_size=8))
    def life(steps: list[Any]) -> None:
        world = World()
        world.mine(BEGINNING)
        with scratch(kind, tmp_path, postgresql) as database, scratch("sqlite", tmp_path, postgresql) as other:
            two = [Indexer(database, world, CONTRACTS) for _ in range(2)]  # type: ignore[arg-type]
            for step in steps:
                live(world, two, step)
                look(database)
            for one in two:
                one.sync()
            compare(database, world)
            Indexer(other, world, CONTRACTS).sync()  # type: ignore[arg-type]
            whole = rows(other)
            assert rows(database) == whole
            assert books(database, world) == books(other, world)
            two[1].rebuild()
            assert rows(database) == whole
            assert books(database, world) == books(other, world)

    life()


def live(world: World, two: list[Indexer], step: Any) -> None:
    match step:
        case "mine", made:
            for acts in made:
                world.mine(acts)
        case "reorganise", depth, made:
            world.back(depth)
            for acts in made:
                world.mine(acts)
        case "sync", span, first:
            two[first]._span = span
            two[first].sync()
        case ("rebuild",):
            two[0].rebuild()


@pytest.mark.parametrize("kind", databases.KINDS)
def test_what_is_foreseen_is_what_comes(kind: str, tmp_path: Path, postgresql: str) -> None:
    """The tables and the books on trial are those that the next block makes, and until then they are as they were."""

    @settings(
        max_examples=LIVES if kind == "sqlite" else max(LIVES // 4, 1),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(BLOCK, max_size=4), BLOCK)
    def life(past: list[Any], acts: Any) -> None:
        world = World()
        for made in [BEGINNING, *past]:
            world.mine(made)
        with scratch(kind, tmp_path, postgresql) as database:
            one = Indexer(database, world, CONTRACTS)  # type: ignore[arg-type]
            one.sync()
            before, truth = rows(database), world.made[-1].truth
            accounts = books(database, world)
            world.mine(acts)
            block, logs = world.made[-1].block, world.made[-1].logs
            strange = replace(logs[0], address=PEOPLE[0], index=len(logs)) if logs else None
            with one.foresee(block, [*logs, strange] if strange else []) as foreseen:
                there = rows_of(foreseen.connection)
            assert rows(database) == before and books(database, world) == accounts
            one.sync()
            assert there == rows(database)
            assert foreseen.books == difference(accounts, books(database, world))
            assert foreseen.vouchers == difference(
                {(who, number): units for (number, who), units in truth.vouchers.items()},
                {(who, number): units for (number, who), units in world.truth.vouchers.items()},
            )
            was, now = (
                {(who, slot): units for slot in SLOTS for who, units in one.holdings(slot).items()}
                for one in (truth, world.truth)
            )
            assert foreseen.units == difference(was, now)
            assert [event.type for event in foreseen.events] == [
                one.type for one in Feed(database, CONTRACTS).read(len(before["event"]), 1_000)
            ]

    life()


def difference(was: dict[Any, int], now: dict[Any, int]) -> dict[Any, int]:
    changes = {key: now.get(key, 0) - was.get(key, 0) for key in was.keys() | now.keys()}
    return {key: change for key, change in changes.items() if change}


def long_chain(count: int = 60) -> World:
    world = World()
    world.mine(BEGINNING)
    for number in range(count):
        world.mine(
            [("move", number, number + 1, 7 * number), ("mint", number, number, number), ("collect", 0, number, 9)]
        )
    return world


def test_two_who_index_at_once_do_it_once(url: str) -> None:
    world = long_chain()
    with Database(url) as database, Database(url) as again, Database() as other:
        two = [Indexer(one, world, CONTRACTS) for one in (database, again, database)]  # type: ignore[arg-type]
        for one in two:
            one._span = 2
        with ThreadPoolExecutor(len(two)) as threads:
            tips = list(threads.map(Indexer.sync, two))
        assert {tip.hash for tip in tips if tip} == {world.block().hash}
        Indexer(other, world, CONTRACTS).sync()  # type: ignore[arg-type]
        assert rows(database) == rows(other)
        assert books(database, world) == books(other, world)


@pytest.mark.parametrize("depth", [1, 2, 7, 20, 100])
def test_whatever_goes_is_taken_back(database: Database, depth: int) -> None:
    world = long_chain(25)
    one = Indexer(database, world, CONTRACTS)  # type: ignore[arg-type]
    one.sync()
    look(database)
    world.back(depth)
    if depth < 50:  # else the chain begins anew: with other SPVs
        one.sync()
        compare(database, world)
    for number in range(depth):
        world.mine([*BEGINNING, ("move", number, number + 2, 3 * number), ("burn", number, 0, 0)])
    one.sync()
    compare(database, world)
    with Database() as other:
        Indexer(other, world, CONTRACTS).sync()  # type: ignore[arg-type]
        assert rows(database) == rows(other) and books(database, world) == books(other, world)


def test_ranges_grow_and_shrink_with_what_is_in_them(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory does not depend on how long the chain is."""
    world = long_chain()
    asked: list[int] = []
    logs = world.logs

    def counted(first: int, last: int, addresses: Any) -> Any:
        found = logs(first, last, addresses)
        asked.append(len(found))
        return found

    monkeypatch.setattr(world, "logs", counted)
    monkeypatch.setattr(indexing, "_EVENTS", 20)
    one = Indexer(database, world, CONTRACTS)  # type: ignore[arg-type]
    one._span = 1
    one.sync()
    # A range that was too full is followed by one of half as many blocks: none is more than four times too full.
    assert max(asked) < 4 * 20 and len(asked) > len(world.made) * 4 / 80
    compare(database, world)


def test_a_chain_that_changes_while_it_is_read_is_read_again(database: Database) -> None:
    world = long_chain(10)
    logs, left = world.logs, [3]

    def changing(first: int, last: int, addresses: Any) -> Any:
        found = logs(first, last, addresses)
        if left[0]:
            left[0] -= 1
            world.back(3)
            for _ in range(4):
                world.mine([("mint", 1, 1, left[0] + 1)])
        return found

    world.logs = changing  # type: ignore[method-assign]
    Indexer(database, world, CONTRACTS).sync()  # type: ignore[arg-type]
    assert left == [0]
    compare(database, world)


def test_nodes_that_never_agree_are_said_to_be_so(database: Database) -> None:
    world = long_chain(3)
    logs = world.logs

    def other(first: int, last: int, addresses: Any) -> Any:
        found = logs(first, last, addresses)
        world.back(1)
        world.mine([("mint", 1, 1, 1)])
        return found

    world.logs = other  # type: ignore[method-assign]
    with pytest.raises(ChainError, match="changes from one request to the next") as refused:
        Indexer(database, world, CONTRACTS).sync()  # type: ignore[arg-type]
    assert "name one of them" in str(refused.value)


def test_a_rebuild_that_fails_leaves_all_as_it_was(database: Database) -> None:
    world = long_chain(5)
    one = Indexer(database, world, CONTRACTS)  # type: ignore[arg-type]
    one.sync()
    before, balances = rows(database), books(database, world)

    def gone(first: int, last: int, addresses: Any) -> Any:
        raise ChainError("the node is gone")

    world.logs, logs = gone, world.logs  # type: ignore[method-assign]
    with pytest.raises(ChainError, match="the node is gone"):
        one.rebuild()
    assert rows(database) == before and books(database, world) == balances
    world.logs = logs  # type: ignore[method-assign]
    one.rebuild()
    assert rows(database) == before and books(database, world) == balances


# --- Pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def lived(database: Database) -> World:
    world = long_chain(30)
    acts = [(name, number, number + 1, 13 * number) for number in range(12) for name in ACTS]
    acts += [("append", 0, 0, size) for size in range(5)]  # else each is of a repository of its own
    for start in range(0, len(acts), 9):
        world.mine(acts[start : start + 9])
    Indexer(database, world, CONTRACTS).sync()  # type: ignore[arg-type]
    compare(database, world)
    return world


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_together_are_the_whole(database: Database, lived: World, limit: int) -> None:
    half = len(lived.made) // 2
    spv = lived.truth.spvs[1]
    with database.read() as connection:

        def paged(ask: Any, key: Any, **where: Any) -> list[Any]:
            found: list[Any] = []
            while page := list(ask(connection, **where, limit=limit, **({"after": key(found[-1])} if found else {}))):
                assert len(page) <= limit
                found += page
            return found

        for where in ({}, {"slot": 1}, {"owner": PEOPLE[1]}, {"slot": 2, "owner": PEOPLE[1]}):
            for block in (None, half):
                whole = list(index.receipts_at(connection, block, **where))
                assert paged(index.receipts_at, lambda one: one[:2], block=block, **where) == whole
        for block, truth in ((None, lived.truth), (half, lived.made[half].truth)):
            pages = paged(index.holders, lambda one: one[0], slot=1, block=block)
            assert pages == sorted(truth.holdings(1).items()) and pages
        for one in index.receipts_at(connection):
            for owner in (None, one.owner):
                rows = index.versions(connection, one.token_id, owner=owner)
                pages, after = list[Any](), None
                while not pages or after is not None:
                    pages += index.versions(connection, one.token_id, owner=owner, after=after, limit=limit)
                    after = pages[-1][1]  # none for what it is, which is the last
                assert pages == rows
        for ask, where in (
            (index_money.payments, {"spv": spv}),
            (index_money.payments, {"holder": PEOPLE[2]}),
            (index_money.collections, {"spv": spv}),
            (index_series.receivables, {"spv": spv}),
            (index_series.refunds, {"spv": spv}),
            (index_people.batches, {"repo": 1}),
            (index_people.repositories, {}),
            (index_vouchers.redemptions, {"programme": 1}),
            (index_vouchers.programmes, {}),
        ):
            whole = ask(connection, **where)  # type: ignore[operator]
            assert len(whole) > 1, (ask, where)
            assert paged(ask, lambda one: one.at, **where) == whole
        assert dict(paged(index_vouchers.balances, lambda one: one[0], programme=1)) == {
            who: units for (programme, who), units in lived.truth.vouchers.items() if programme == 1 and units
        }


# --- What is said of each event --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), sorted({*SAYS, *TELLS}))
def test_what_is_said_of_an_event_takes_its_arguments(kind: str, name: str) -> None:
    """By the names that they have in the contract."""
    entry = next(one for one in Contract(kind).abi if one["type"] == "event" and one["name"] == name)
    expected = [snake(one["name"]) for one in entry["inputs"]]
    for said in (SAYS.get((kind, name)), TELLS.get((kind, name))):
        if said is not None:
            assert list(inspect.signature(said).parameters)[2:] == expected


def snake(name: str) -> str:
    found = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()
    return found + "_" if found == "from" else found
