"""Reads the chain's events into tables, block by block, and takes back what blocks that are gone had brought.

One process indexes at a time: the index has a lease as an account has. A range of blocks is written in one database
transaction together with the block that it ends at, so that whatever is interrupted goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ledger.chain.abi import DecodedEvent
from ledger.chain.artifacts import Contract
from ledger.chain.node import Block, BlockNotFound, Log, Node
from ledger.engine import crash
from ledger.engine.books import Books
from ledger.engine.holding import Holding, name_of_this_process
from ledger.engine.projections import Projection, touched
from ledger.store import index, journal
from ledger.store.accounts import Fenced
from ledger.store.database import Database
from ledger.store.index import IndexedBlock

__all__ = ["Indexer"]

_LEASE = "index"
_BLOCKS = 2_000  # in one range, at most


class Indexer:
    """Of the contracts of one deployment. One thread at a time.

    Raises what the node raises when it does not answer; then nothing is half done, and :meth:`sync` goes on later.
    """

    def __init__(
        self, database: Database, node: Node, contracts: Mapping[str, str], first_block: int = 0, *, lease: float = 30.0
    ) -> None:
        """``contracts``: kinds by address; SPVs are found by themselves. None of them is older than ``first_block``."""
        self._database, self._node, self._first = database, node, first_block
        self._kinds = {name: Contract(name) for name in {*contracts.values(), "Spv"}}
        self._given = dict(contracts)
        self._holding = Holding(database, _LEASE, name_of_this_process(), lease)

    def sync(self) -> IndexedBlock | None:
        """Take in what the chain has now. Returns the block up to which the index goes, None if it has none yet."""
        try:
            if self._holding.take() is not None:
                self._rewind()
                while self._range():
                    pass
        except Fenced:
            self._holding.forget()
        with self._database.read() as connection:
            return index.tip(connection)

    def close(self) -> None:
        """Let others index."""
        self._holding.release()

    def _rewind(self) -> None:
        """Back to the newest block that the chain still has."""
        with self._database.read() as connection:
            newest = index.tip(connection)
            if newest is None or self._stands(newest):
                return
            stands = next((one.number for one in index.blocks_down(connection) if self._stands(one)), -1)
        self.take_back(stands)

    def take_back(self, above: int) -> None:
        """Undo what blocks above a number have brought: the index forgets it, the journal says the opposite."""
        with self._holding.write() as connection:
            index.undo(connection, above)
            journal.reverse_above(connection, above)
            crash.point("index.undoing")
        crash.point("index.undone")

    def _stands(self, block: IndexedBlock) -> bool:
        try:
            return self._node.block(block.number).hash == block.hash
        except BlockNotFound:
            return False

    def _range(self) -> bool:
        """The next blocks; says whether there were any."""
        with self._database.read() as connection:
            newest = index.tip(connection)
            kinds = self._given | index.known_contracts(connection)
        first = self._first if newest is None else newest.number + 1
        head = self._node.block()
        if head.number < first:
            return False
        last = head if head.number < first + _BLOCKS else self._node.block(first + _BLOCKS - 1)
        events = self._events(first, last.number, kinds)
        blocks = self._blocks(events, last)
        with self._database.read() as connection:
            wanted = {one for kind, event in events for one in touched(kind, event)}
            projection = Projection(index.current(connection, sorted(wanted)))
            books = Books(journal.balances(connection, {event.address for _, event in events}))
            books.tokens |= index.cash_of_programmes(connection)
        hashes = {block.number: block.hash for block in blocks}
        for kind, event in events:
            projection.take(kind, event)
            books.take(kind, event, hashes[event.block_number])
        chunk = projection.done()
        chunk.blocks = blocks
        end = IndexedBlock(last.number, last.hash, last.timestamp)
        if not self._stands(end) or (newest is not None and not self._stands(newest)):
            self._rewind()  # the chain changed while it was read: once more
            return True
        with self._holding.write() as connection:
            index.write(connection, chunk)
            journal.record(connection, books.entries)
            crash.point("index.storing")
        crash.point("index.stored")
        return True

    def _events(self, first: int, last: int, kinds: dict[str, str]) -> list[tuple[str, DecodedEvent]]:
        """In the order of the chain, those of SPVs that were made meanwhile among them."""
        logs = self._node.logs(first, last, sorted(kinds))
        events = list(self._decoded(logs, kinds))
        while new := {e.args["spv"] for _, e in events if e.name == "SpvCreated"} - kinds.keys():
            kinds |= dict.fromkeys(new, "Spv")
            events += self._decoded(self._node.logs(first, last, sorted(new)), kinds)
            events.sort(key=lambda pair: (pair[1].block_number, pair[1].log_index))
        return events

    def _decoded(self, logs: Sequence[Log], kinds: Mapping[str, str]) -> Iterator[tuple[str, DecodedEvent]]:
        for log in logs:
            kind = kinds[log.address]
            event = self._kinds[kind].decode_event(log)
            if event is not None:
                yield kind, event

    def _blocks(self, events: Sequence[tuple[str, DecodedEvent]], last: Block) -> list[IndexedBlock]:
        numbers = sorted({event.block_number for _, event in events} - {last.number})
        found = [self._node.block(number) for number in numbers]
        return [IndexedBlock(one.number, one.hash, one.timestamp) for one in [*found, last]]
