"""Rows of the index for a range of blocks, as they are collected event by event (``ledger.engine.projections``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

from sqlalchemy import Table

from ledger.chain.node import Log
from ledger.store import index_tables as tables
from ledger.store.index import Receipt
from ledger.store.index_writing import Chunk

__all__ = ["Projection"]

_SLOT_AT = 64
_LOW = (1 << _SLOT_AT) - 1

State: TypeAlias = "tuple[int, str, int, bool]"  # since, owner, units, frozen


class Projection:
    """Rows of a range of blocks, over the receipts as they were before it."""

    def __init__(self, before: Iterable[Receipt]) -> None:
        self._chunk = Chunk()
        self._past = self._chunk.past
        self._facts: dict[Table, list[tuple[Any, ...]]] = defaultdict(list)
        self._before: dict[int, State] = {one.token_id: one[2:] for one in before}
        self._now = dict(self._before)

    def done(self, events: list[tuple[Any, ...]]) -> Chunk:
        """All rows, when all events were taken, but for the blocks. ``events``: as the chain has them."""
        chunk, before, now = self._chunk, self._before, self._now
        chunk.facts = {tables.events: events, **self._facts}
        chunk.receipts = [
            Receipt(token_id >> _SLOT_AT, token_id & _LOW, *state)
            for token_id, state in now.items()
            if before.get(token_id) != state
        ]
        chunk.gone = [(token_id >> _SLOT_AT, token_id & _LOW) for token_id in before if token_id not in now]
        return chunk

    def add(self, table: Table, log: Log, *values: Any) -> None:
        """A fact."""
        self._facts[table].append((log.block_number, log.index, *values))

    def add_several(self, table: Table, log: Log, rows: list[tuple[Any, ...]]) -> None:
        """Several facts of one event."""
        block, index = log.block_number, log.index
        self._facts[table] += [(block, index, place, *values) for place, values in enumerate(rows)]

    def made(self, address: str, kind: str, block: int) -> None:
        """A contract whose events are read from this block on."""
        self._chunk.contracts.append((address, kind, block))

    def owner(self, token_id: int, owner: str, block: int) -> None:
        """A receipt is somebody's from this block on; a new one has no units yet."""
        _, _, units, frozen = self._now.get(token_id) or (block, owner, 0, False)
        self._until(token_id, block)
        self._now[token_id] = (block, owner, units, frozen)

    def units(self, token_id: int, more: int, block: int) -> None:
        """A receipt has more units from this block on, or fewer; if it is one."""
        known = self._now.get(token_id)
        if known is not None:
            since, owner, units, frozen = known
            if since < block:
                self._past.append((block, token_id >> _SLOT_AT, token_id & _LOW, since, owner, units, frozen))
            self._now[token_id] = (block, owner, units + more, frozen)

    def frozen(self, token_id: int, frozen: bool, block: int) -> None:
        """A receipt is frozen from this block on, or no longer."""
        _, owner, units, _ = self._now[token_id]
        self._until(token_id, block)
        self._now[token_id] = (block, owner, units, frozen)

    def end(self, token_id: int, block: int) -> None:
        """A receipt is none any more."""
        self._until(token_id, block)
        del self._now[token_id]

    def _until(self, token_id: int, block: int) -> None:
        # What it was within a block is nothing that anybody could ask for.
        known = self._now.get(token_id)
        if known is not None and known[0] < block:
            self._past.append((block, token_id >> _SLOT_AT, token_id & _LOW, *known))
