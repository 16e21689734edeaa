"""Writing what the chain's events say (``ledger.store.index_tables``), and taking it back.

Whoever writes has the index locked from :func:`lock` to the end of the database transaction, and sees there whether it
still ends at the block that the rows were made for. So any number of processes may index the same chain: what one of
them has done is done.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, text

from ledger.store.index import IndexedBlock, Receipt, Token, tip
from ledger.store.index_tables import FACTS, INDEX, blocks, contracts, events, past_receipts, receipts
from ledger.store.sql import delete_all, find_all, insert_all, upsert_all

__all__ = ["Chunk", "blocks_down", "clear", "current", "lock", "undo", "write"]


@dataclass(slots=True)
class Chunk:
    """What a range of whole blocks brings. Rows have the order of their table's columns."""

    blocks: list[IndexedBlock] = field(default_factory=list)
    contracts: list[tuple[str, str, int]] = field(default_factory=list)
    facts: dict[Table, list[tuple[Any, ...]]] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    gone: list[Token] = field(default_factory=list)
    past: list[tuple[int, int, int, int, str, int, bool]] = field(default_factory=list)


def lock(connection: Connection) -> IndexedBlock | None:
    """The newest block of the index, which nobody else changes until this transaction ends."""
    if connection.dialect.name != "sqlite":  # there, a transaction that writes is alone anyway
        connection.execute(text("select pg_advisory_xact_lock(4355572)"))
    return tip(connection)


def blocks_down(connection: Connection) -> Generator[IndexedBlock, None, None]:
    """The blocks that are known, the newest first. To be closed by who does not need them all."""
    asked = select(blocks).order_by(blocks.c.number.desc()).execution_options(yield_per=100)
    with connection.execute(asked) as rows:
        for row in rows:
            yield IndexedBlock(*row)


def current(connection: Connection, tokens: Sequence[Token]) -> list[Receipt]:
    """Receipts as they are, of those that there are."""
    return [Receipt._make(row) for row in find_all(connection, receipts, tokens)]


def write(connection: Connection, chunk: Chunk) -> None:
    """Add what a range of blocks brings. The newest block before it is only kept if it brought something itself."""
    before = tip(connection)
    if before is not None:
        brought = select(events.c.block_number).where(events.c.block_number == before.number).limit(1)
        if connection.execute(brought).one_or_none() is None:
            connection.execute(delete(blocks).where(blocks.c.number == before.number))
    insert_all(connection, blocks, chunk.blocks)
    insert_all(connection, contracts, chunk.contracts)
    for table, rows in chunk.facts.items():
        insert_all(connection, table, rows)
    insert_all(connection, past_receipts, chunk.past)
    delete_all(connection, receipts, chunk.gone)
    upsert_all(connection, receipts, chunk.receipts)


def undo(connection: Connection, above: int) -> None:
    """Take back all that blocks above a number have brought."""
    for table in FACTS:
        connection.execute(delete(table).where(table.c.block_number > above))
    connection.execute(delete(receipts).where(receipts.c.since > above))
    again = select(*(past_receipts.c[column.name] for column in receipts.c))
    again = again.where(past_receipts.c.until > above, past_receipts.c.since <= above)
    connection.execute(insert(receipts).from_select([column.name for column in receipts.c], again))
    connection.execute(delete(past_receipts).where(past_receipts.c.until > above))
    connection.execute(delete(contracts).where(contracts.c.since > above))
    connection.execute(delete(blocks).where(blocks.c.number > above))


def clear(connection: Connection) -> None:
    """Forget everything: the index is made again from the chain."""
    for table in INDEX:
        connection.execute(delete(table))
