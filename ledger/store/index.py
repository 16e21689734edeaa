"""Reading and writing what the chain's events say (``ledger.store.index_tables``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Table, bindparam, delete, func, or_, select, tuple_, update

from ledger.store.index_tables import FACTS, blocks, contracts, events, programmes, receipts
from ledger.store.sql import insert_all, pieces

__all__ = [
    "Chunk",
    "IndexedBlock",
    "Token",
    "Version",
    "blocks_down",
    "cash_of_programmes",
    "current",
    "holdings",
    "known_contracts",
]
__all__ += ["receipts_at", "tip", "undo", "write"]

Token = tuple[int, int]
"""A receipt by series and number within it."""


class IndexedBlock(NamedTuple):
    """A block that was looked at; ``timestamp`` in seconds since 1970 UTC."""

    number: int
    hash: bytes
    timestamp: int


class Version(NamedTuple):
    """A receipt from a block on."""

    since: int
    owner: str
    units: int
    frozen: bool


@dataclass(slots=True)
class Chunk:
    """What a range of whole blocks brings. Rows have the order of their table's columns."""

    blocks: list[IndexedBlock] = field(default_factory=list)
    contracts: list[tuple[str, str, int]] = field(default_factory=list)
    facts: dict[Table, list[tuple[Any, ...]]] = field(default_factory=dict)
    receipts: list[tuple[int, int, int, int | None, str, int, bool]] = field(default_factory=list)
    ended: list[tuple[Token, int]] = field(default_factory=list)  # what was current before, and until which block


def tip(connection: Connection) -> IndexedBlock | None:
    """The newest block that was looked at."""
    row = connection.execute(select(blocks).order_by(blocks.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else IndexedBlock(*row)


def blocks_down(connection: Connection) -> Iterator[IndexedBlock]:
    """The blocks that are known, the newest first."""
    for row in connection.execute(select(blocks).order_by(blocks.c.number.desc()).execution_options(yield_per=100)):
        yield IndexedBlock(*row)


def known_contracts(connection: Connection) -> dict[str, str]:
    """What kind of contract is at an address."""
    return {row.address: row.kind for row in connection.execute(select(contracts))}


def cash_of_programmes(connection: Connection) -> dict[int, str]:
    """The cash token of each voucher programme."""
    return {row.programme: row.cash for row in connection.execute(select(programmes.c.programme, programmes.c.cash))}


def current(connection: Connection, tokens: Sequence[Token]) -> dict[Token, Version]:
    """The present versions of receipts, of those that there are."""
    found = {}
    of = tuple_(receipts.c.slot, receipts.c.number)
    for some in pieces(tokens):
        for row in connection.execute(select(receipts).where(receipts.c.until.is_(None), of.in_(some))):
            found[row.slot, row.number] = Version(row.since, row.owner, row.units, row.frozen)
    return found


def write(connection: Connection, chunk: Chunk) -> None:
    """Add what a range of blocks brings. The newest block before it is only kept if it brought something itself."""
    before = tip(connection)
    if before is not None:
        brought = select(func.count()).where(events.c.block_number == before.number)
        if not connection.execute(brought).scalar_one():
            connection.execute(delete(blocks).where(blocks.c.number == before.number))
    insert_all(connection, blocks, chunk.blocks)
    insert_all(connection, contracts, chunk.contracts)
    for table, rows in chunk.facts.items():
        insert_all(connection, table, rows)
    if chunk.ended:
        which = (receipts.c.slot == bindparam("a")) & (receipts.c.number == bindparam("b")) & receipts.c.until.is_(None)
        ended = [{"a": slot, "b": number, "block": until} for (slot, number), until in chunk.ended]
        connection.execute(update(receipts).where(which).values(until=bindparam("block")), ended)
    insert_all(connection, receipts, chunk.receipts)


def undo(connection: Connection, above: int) -> None:
    """Take back all that blocks above a number have brought."""
    for table in FACTS:
        connection.execute(delete(table).where(table.c.block_number > above))
    connection.execute(delete(receipts).where(receipts.c.since > above))
    connection.execute(update(receipts).where(receipts.c.until > above).values(until=None))
    connection.execute(delete(contracts).where(contracts.c.since > above))
    connection.execute(delete(blocks).where(blocks.c.number > above))


def receipts_at(connection: Connection, block: int | None = None, **where: Any) -> Iterator[RowMapping]:
    """Receipts as they were after a block, or are now, by id; ``slot`` and ``owner`` narrow it down."""
    asked = select(receipts).order_by(receipts.c.slot, receipts.c.number)
    for name, value in where.items():
        if value is not None:
            asked = asked.where(receipts.c[name] == value)
    for row in connection.execute(asked.where(_holds(block)).execution_options(yield_per=1_000)):
        yield row._mapping


def holdings(connection: Connection, slot: int, block: int | None = None) -> dict[str, int]:
    """Units by holder after a block, or now."""
    total = func.sum(receipts.c.units)
    asked = select(receipts.c.owner, total).where(receipts.c.slot == slot, _holds(block)).group_by(receipts.c.owner)
    return {owner: int(units) for owner, units in connection.execute(asked.order_by(receipts.c.owner)) if units}


def _holds(block: int | None) -> Any:
    if block is None:
        return receipts.c.until.is_(None)
    return (receipts.c.since <= block) & or_(receipts.c.until.is_(None), receipts.c.until > block)
