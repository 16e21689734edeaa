"""Reads the chain's events into tables, block by block, and takes back what blocks that are gone had brought.

A range of blocks is written in one database transaction together with the block that it ends at, so that whatever is
interrupted goes on where it was. Any number of processes may index into one database: what is written is only written
if the index still ends where the range begins, and nobody else writes meanwhile; who comes second finds it done.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection

from ledger.chain.artifacts import Contract
from ledger.chain.node import Block, BlockNotFound, Log, Node
from ledger.engine import contribution_projections, crash
from ledger.engine.books import TELLS, Books
from ledger.engine.foreseen import Foreseen, foreseen_of
from ledger.engine.projections import SAYS, TOUCHES
from ledger.engine.rows import Projection
from ledger.engine.same_chain import check_chain, check_depth
from ledger.errors import ChainError
from ledger.store import index, index_writing, journal, outbox
from ledger.store.database import Database
from ledger.store.index import IndexedBlock
from ledger.store.index_vouchers import cash_of_programmes

__all__ = ["Indexer"]

assert contribution_projections  # its functions are in SAYS by being imported

_logger = logging.getLogger(__name__)

_EVENTS = 20_000  # in one range, about: what is in memory at a time
_MOST_BLOCKS = 10_000
_TRIES = 10
_OBJECTS = 200_000  # to be made before cycles are looked for, while a range is read

Transaction: TypeAlias = "Callable[[], AbstractContextManager[Connection]]"


class Reading(NamedTuple):
    """How an event is read, and what it means for the tables and for the books."""

    name: str
    values: Callable[[Sequence[bytes], bytes], Sequence[Any]]
    touches: tuple[int, ...]
    say: Callable[..., None] | None
    tell: Callable[..., Any] | None


class Indexer:
    """Of the contracts of one deployment. Safe for threads: one of them indexes, the others wait.

    Raises what the node raises when it does not answer; then nothing is half done, and :meth:`sync` goes on later.
    """

    def __init__(self, database: Database, node: Node, contracts: Mapping[str, str], first_block: int = 0) -> None:
        """``contracts``: kinds by address; SPVs are found by themselves. None of them is older than ``first_block``."""
        self._database, self._node, self._first = database, node, first_block
        self._given = dict(contracts)
        self._readings = {kind: _readings(kind) for kind in {*contracts.values(), "Spv"}}
        self._lock = threading.Lock()
        self._span = 4
        """Blocks to ask for next: fewer where they are full of events, more where they are not. At first nobody knows
        how full they are."""

    def sync(self) -> IndexedBlock | None:
        """Take in what the chain has now. Returns the block up to which the index goes, None if it has none yet."""
        with self._lock, _much_is_made():
            return self._follow(self._database.read, self._database.write)

    def rebuild(self) -> IndexedBlock | None:
        """Forget the index and make it again from the chain, all in one database transaction: who reads meanwhile sees
        what was there before. The tables are the same afterwards, if they were right.

        In the journal, which is never changed, all is reversed and then said again. The feed says nothing twice.
        """
        with self._lock, _much_is_made(), self._database.write() as connection:
            index_writing.lock(connection)
            index_writing.clear(connection)
            journal.reverse_above(connection, -1)

            @contextmanager
            def this() -> Iterator[Connection]:
                yield connection

            newest = self._follow(this, this)
            outbox.reverted(
                connection, -1 if newest is None else newest.number
            )  # what was told of blocks that are gone
            return newest

    def take_back(self, above: int) -> None:
        """Undo what blocks above a number have brought: the index forgets it, the journal says the opposite."""
        with self._lock, self._database.write() as connection:
            index_writing.lock(connection)
            _undo(connection, above)
        crash.point("index.undone")

    @contextmanager
    def foresee(self, block: Block, logs: Sequence[Log]) -> Iterator[Foreseen]:
        """What would be stored if the next block were this one, with these logs of any contracts in it; in a database
        transaction that sees it, and is taken back at the end."""
        with self._database.trial() as connection:

            @contextmanager
            def this() -> Iterator[Connection]:
                yield connection

            index_writing.lock(connection)
            kinds = self._given | index.known_contracts(connection)
            kinds |= dict.fromkeys(self._made([log for log in logs if log.address in kinds], kinds), "Spv")
            ours = [log for log in logs if log.address in kinds]
            chunk, books = self._rows(ours, kinds, this)
            chunk.blocks = [IndexedBlock(block.number, block.hash, block.timestamp)]
            foreseen = foreseen_of(connection, chunk, books, [(kinds[log.address], log) for log in ours])
            index_writing.write(connection, chunk)
            journal.record(connection, books.entries)
            yield foreseen

    def _follow(self, read: Transaction, write: Transaction) -> IndexedBlock | None:
        tries = _TRIES
        while True:
            with read() as connection:
                newest = index.tip(connection)
                kinds = self._given | index.known_contracts(connection)
            head = self._node.block()
            if newest is not None and (newest.number, newest.hash) == (head.number, head.hash):
                return newest
            first = self._first if newest is None else newest.number + 1
            if newest is not None and not self._stands(newest):
                self._rewind(newest, read, write)
            elif head.number < first:
                return newest
            elif self._range(newest, first, head, kinds, read, write):
                tries = _TRIES
                continue
            tries -= 1
            if not tries:
                raise ChainError(
                    f"the chain changes from one request to the next at block {first}",
                    hint="several nodes seem to answer, and they do not agree: name one of them",
                )

    def _rewind(self, newest: IndexedBlock, read: Transaction, write: Transaction) -> None:
        """Back to the newest block that the chain still has."""
        check_chain(self._database, self._node)
        check_depth(self._node.block_number(), newest.number)
        with read() as connection, closing(index_writing.blocks_down(connection)) as known:
            stands = next((one.number for one in known if self._stands(one)), -1)
        with write() as connection:
            if index_writing.lock(connection) == newest:
                _undo(connection, stands)
        crash.point("index.undone")
        told = {"from_block": newest.number, "to_block": stands}
        _logger.warning("the chain went back: what its lost blocks brought is taken back", extra=told)

    def _stands(self, block: IndexedBlock) -> bool:
        try:
            return self._node.block(block.number).hash == block.hash
        except BlockNotFound:
            return False

    def _range(
        self,
        newest: IndexedBlock | None,
        first: int,
        head: Block,
        kinds: dict[str, str],
        read: Transaction,
        write: Transaction,
    ) -> bool:
        """Take in the blocks after the newest one, up to the head at most. False if the chain changed meanwhile."""
        try:
            last = head if head.number < first + self._span else self._node.block(first + self._span - 1)
            logs = self._logs(first, last.number, kinds)
            blocks = self._blocks(logs, newest, last)
        except BlockNotFound:
            return False
        if blocks is None:
            return False
        chunk, books = self._rows(logs, kinds, read)
        chunk.blocks = blocks
        with write() as connection:
            if index_writing.lock(connection) == newest:
                index_writing.write(connection, chunk)
                journal.record(connection, books.entries)
                outbox.added(connection, first, last.number)
                crash.point("index.storing")
        crash.point("index.stored")
        if len(logs) > _EVENTS:
            self._span = max(self._span // 2, 1)
        elif len(logs) < _EVENTS // 4:
            self._span = min(self._span * 4, _MOST_BLOCKS)
        return True

    def _logs(self, first: int, last: int, kinds: dict[str, str]) -> list[Log]:
        """In the order of the chain, those of SPVs that were made meanwhile among them; they are in ``kinds`` then."""
        logs = self._node.logs(first, last, sorted(kinds))
        new = self._made(logs, kinds)
        if new:
            logs += self._node.logs(first, last, sorted(new))
            logs.sort(key=lambda log: (log.block_number, log.index))
            kinds |= dict.fromkeys(new, "Spv")
        return logs

    def _made(self, logs: Sequence[Log], kinds: Mapping[str, str]) -> set[str]:
        factories = {address for address, kind in kinds.items() if kind == "SpvFactory"}
        created = Contract("SpvFactory").event("SpvCreated") if factories else None
        return {
            created.decode(log).args["spv"]
            for log in logs
            if created is not None and log.address in factories and log.topics[0] == created.topic
        } - kinds.keys()

    def _blocks(self, logs: Sequence[Log], newest: IndexedBlock | None, last: Block) -> list[IndexedBlock] | None:
        """The blocks that brought something, and the last one; None if one of them is not what it was when its logs
        were read, or the newest one of the index is gone."""
        hashes = {log.block_number: log.block_hash for log in logs} | {last.number: last.hash}
        if any(log.block_hash != hashes[log.block_number] for log in logs):
            return None  # of two forks
        before = {} if newest is None else {newest.number: newest.hash}
        found = self._node.blocks(sorted(before | hashes))
        expected = before | hashes
        if any(one.hash != expected[one.number] for one in found):
            return None
        return [IndexedBlock(one.number, one.hash, one.timestamp) for one in found if one.number in hashes]

    def _rows(
        self, logs: Sequence[Log], kinds: Mapping[str, str], read: Transaction
    ) -> tuple[index_writing.Chunk, Books]:
        """What the events mean, over what is stored."""
        events: list[tuple[Log, Reading, Sequence[Any]]] = []
        wanted: set[int] = set()
        readings = {address: self._readings[kind] for address, kind in kinds.items()}
        for log in logs:
            reading = readings[log.address].get(log.topics[0]) if log.topics else None
            if reading is None:
                continue
            values = reading.values(log.topics, log.data)
            events.append((log, reading, values))
            for place in reading.touches:
                wanted.add(values[place])
        with read() as connection:
            tokens = [index.token(one) for one in sorted(wanted) if one]
            projection = Projection(index_writing.current(connection, tokens))
            books = Books(journal.balances(connection, {log.address for log, reading, _ in events if reading.tell}))
            books.tokens |= cash_of_programmes(connection)
        for log, reading, values in events:
            if reading.say is not None:
                reading.say(projection, log, *values)
            if reading.tell is not None:
                books.take(reading.name, log, reading.tell(books, log.address, *values))
        as_they_are = [
            (log.block_number, log.index, log.tx_hash, log.address, b"".join(log.topics), log.data)
            for log, *_ in events
        ]
        return projection.done(as_they_are), books


@contextmanager
def _much_is_made() -> Iterator[None]:
    # Rows by the ten thousand, none of them in a cycle: looking for cycles each time takes a quarter of the time.
    often, *rest = gc.get_threshold()
    gc.set_threshold(max(often, _OBJECTS), *rest)
    try:
        yield
    finally:
        gc.set_threshold(often, *rest)


def _undo(connection: Connection, above: int) -> None:
    outbox.reverted(connection, above)  # while the events are there
    index_writing.undo(connection, above)
    journal.reverse_above(connection, above)
    crash.point("index.undoing")


def _readings(kind: str) -> dict[bytes, Reading]:
    """By topic, of all events of a kind of contract."""
    return {
        event.topic: Reading(
            event.name,
            event.values,
            TOUCHES.get((kind, event.name), ()),
            SAYS.get((kind, event.name)),
            TELLS.get((kind, event.name)),
        )
        for event in Contract(kind).events
    }
