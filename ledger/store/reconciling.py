"""What is compared with the chain: all of it, a piece at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, func, literal, null, select

from ledger.store import index_tables as tables
from ledger.store.index import IndexedBlock
from ledger.store.journal_tables import book_accounts, entries, postings
from ledger.store.tables import accounts, attempts, operations, transactions

__all__ = [
    "Holder",
    "Sent",
    "all_blocks",
    "books",
    "entries_of_other_blocks",
    "events",
    "holders",
    "posted",
    "senders",
    "settled",
    "some_events",
    "sums",
    "units_by_series",
    "voucher_balances",
]

_AT_ONCE = 1_000


class Holder(NamedTuple):
    """How many receipts an account has, and what was last set for it: classes, jurisdictions, valid until."""

    address: str
    receipts: int
    standing: tuple[int, int, int] | None


class Sent(NamedTuple):
    """An account that sends: its next nonce, the lowest one that is not mined, and the nonces that are stored."""

    address: str
    next_nonce: int
    halted: str | None
    lowest_open: int | None
    stored: int
    lowest: int | None
    highest: int | None


def all_blocks(connection: Connection) -> Iterator[IndexedBlock]:
    """All blocks that the index keeps, the oldest first."""
    for row in _rows(connection, select(tables.blocks).order_by(tables.blocks.c.number)):
        yield IndexedBlock._make(row)


def some_events(connection: Connection, first: int, count: int) -> int | None:
    """The block in which the index has so many events, counted from a block on; None if it has fewer."""
    asked = select(tables.events.c.block_number).where(tables.events.c.block_number >= first)
    asked = asked.order_by(tables.events.c.block_number, tables.events.c.log_index).offset(count).limit(1)
    return connection.execute(asked).scalar_one_or_none()


def events(connection: Connection, first: int, last: int) -> Iterator[Row[Any]]:
    """The events of these blocks, in their order."""
    asked = select(tables.events).where(tables.events.c.block_number.between(first, last))
    return _rows(connection, asked.order_by(tables.events.c.block_number, tables.events.c.log_index))


# --- Receipts and vouchers -------------------------------------------------------------------------------------------


def units_by_series(connection: Connection) -> dict[int, int]:
    """Units of all receipts of each series that was opened."""
    total = func.coalesce(func.sum(tables.receipts.c.units), 0)
    joined = tables.series.outerjoin(tables.receipts, tables.receipts.c.slot == tables.series.c.slot)
    asked = select(tables.series.c.slot, total).select_from(joined).group_by(tables.series.c.slot)
    return {slot: int(units) for slot, units in connection.execute(asked.order_by(tables.series.c.slot))}


def holders(connection: Connection) -> Iterator[Holder]:
    """All who have receipts, or a standing."""
    table = tables.standings
    newest = (table.c.block_number.desc(), table.c.log_index.desc())
    place = func.row_number().over(partition_by=table.c.holder, order_by=newest).label("place")
    last = select(table, place).subquery()
    values = (last.c.classes, last.c.jurisdictions, last.c.valid_until)
    stands = select(last.c.holder.label("address"), literal(0).label("receipts"), *values).where(last.c.place == 1)
    nothing = (null().label(one.name) for one in values)
    has = select(tables.receipts.c.owner, func.count(), *nothing).group_by(tables.receipts.c.owner)
    both = stands.union_all(has).subquery()
    for address, rows in groupby(_rows(connection, select(both).order_by(both.c.address)), lambda row: row.address):
        found = Holder(address, 0, None)
        for row in rows:
            if row.classes is None:
                found = found._replace(receipts=int(row.receipts))
            else:
                found = found._replace(standing=(row.classes, int(row.jurisdictions), row.valid_until))
        yield found


def sums(connection: Connection, table: str, key: str, value: str, **equal: Any) -> dict[Any, int]:
    """A column of facts summed up by another one, of those whose columns equal what is given."""
    of = tables.events.metadata.tables[table]
    found: dict[Any, int] = defaultdict(int)
    asked = select(of.c[key], of.c[value])
    for name, wanted in equal.items():
        asked = asked.where(of.c[name] == wanted)
    for row in _rows(connection, asked):
        found[row._mapping[key]] += row._mapping[value]
    return dict(found)


def voucher_balances(connection: Connection) -> Iterator[tuple[int, str, int]]:
    """Programme, account and vouchers, also where none are left."""
    table = tables.voucher_moves
    asked = select(table.c.programme, table.c.account, func.sum(table.c.units).label("total"))
    asked = asked.group_by(table.c.programme, table.c.account).order_by(table.c.programme, table.c.account)
    for row in _rows(connection, asked):
        yield row.programme, row.account, int(row.total)


# --- The journal -----------------------------------------------------------------------------------------------------


def books(connection: Connection) -> Iterator[Row[Any]]:
    """All accounts of the journal, with what they were ever charged with and got."""
    return _rows(connection, select(book_accounts).order_by(book_accounts.c.id))


def posted(connection: Connection) -> tuple[dict[int, int], dict[int, int]]:
    """Debits and credits of each account, added up from what was posted."""
    debits: dict[int, int] = defaultdict(int)
    credits_: dict[int, int] = defaultdict(int)
    for row in _rows(connection, select(postings.c.debit, postings.c.credit, postings.c.amount)):
        debits[row.debit] += row.amount
        credits_[row.credit] += row.amount
    return debits, credits_


def entries_of_other_blocks(connection: Connection) -> Iterator[Row[Any]]:
    """Entries that count, and come from a block that the index does not have: with the ``hash`` that it has instead."""
    reversed_ones = select(entries.c.reverses).where(entries.c.reverses.is_not(None))
    counts = entries.c.reverses.is_(None) & entries.c.id.not_in(reversed_ones)
    joined = entries.outerjoin(tables.blocks, tables.blocks.c.number == entries.c.block_number)
    asked = select(entries, tables.blocks.c.hash).select_from(joined)
    differs = tables.blocks.c.hash.is_(None) | (tables.blocks.c.hash != entries.c.block_hash)
    return _rows(connection, asked.where(counts, differs).order_by(entries.c.id))


# --- What was sent ---------------------------------------------------------------------------------------------------


def settled(connection: Connection) -> Iterator[Row[Any]]:
    """Operations that are done or refused, with the block of their transaction and the hash that it has there (None if
    they had none), and whether that only spent the nonce (``cancels``)."""
    joined = operations.outerjoin(transactions, transactions.c.id == operations.c.transaction_id)
    joined = joined.outerjoin(attempts, attempts.c.hash == transactions.c.mined_hash)
    columns = (operations.c.key, operations.c.state, operations.c.through, operations.c.done_hash, operations.c.error)
    place = (transactions.c.block_number, transactions.c.block_hash, transactions.c.mined_hash, attempts.c.cancels)
    asked = select(*columns, *place).select_from(joined)
    return _rows(connection, asked.where(operations.c.state.in_(("done", "refused"))).order_by(operations.c.id))


def senders(connection: Connection) -> list[Sent]:
    """All accounts that have sent something, or know from where on they will."""
    nonces = select(
        transactions.c.account,
        func.min(transactions.c.nonce).filter(transactions.c.state == "open").label("open"),
        func.count().label("count"),
        func.min(transactions.c.nonce).label("lowest"),
        func.max(transactions.c.nonce).label("highest"),
    )
    of = nonces.group_by(transactions.c.account).subquery()
    asked = select(accounts.c.address, accounts.c.next_nonce, accounts.c.halted, of.c.open, of.c.count)
    asked = asked.add_columns(of.c.lowest, of.c.highest).select_from(
        accounts.outerjoin(of, of.c.account == accounts.c.address)
    )
    found = connection.execute(asked.where(accounts.c.next_nonce.is_not(None)).order_by(accounts.c.address))
    return [Sent._make((*row[:4], row[4] or 0, *row[5:])) for row in found]


def _rows(connection: Connection, asked: Select[Any]) -> Iterator[Row[Any]]:
    with connection.execute(asked.execution_options(yield_per=_AT_ONCE)) as rows:
        yield from rows
