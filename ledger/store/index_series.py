"""Reading the index: what stands behind a series, who may hold of it, and how much of it was sold.

Amounts in minor units of the currency, sets as bits, days as numbers from 1970. Lists come in the order of the chain,
and in pages as in :func:`ledger.store.paging.page`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from ledger.store import index_tables as tables
from ledger.store.paging import Place, newest, page
from ledger.store.sql import pieces
from ledger.store.totals import total

__all__ = [
    "HolderFreeze",
    "Receivable",
    "Refund",
    "Requirement",
    "collected_of",
    "holder_freeze",
    "is_paused",
    "present_value",
    "receivables",
    "refunds",
    "released",
    "requirement",
    "sold",
]


class Receivable(NamedTuple):
    """A receivable that was sold to an SPV: Keccak-256 of its name, and ``key``, by which all SPVs know it."""

    at: Place
    spv: str
    key: bytes
    id: bytes
    face: int
    due_day: int


class Refund(NamedTuple):
    """A subscription of a failed offering that was paid back, by the number of the receipt that was destroyed."""

    at: Place
    spv: str
    holder: str
    number: int
    units: int


class Requirement(NamedTuple):
    """Who may receive receipts of a series."""

    at: Place
    slot: int
    classes: int
    jurisdictions: int


class HolderFreeze(NamedTuple):
    """A holder was frozen, or released."""

    at: Place
    holder: str
    frozen: bool
    reason: str


def receivables(
    connection: Connection, spv: str, *, after: Place | None = None, limit: int | None = None
) -> list[Receivable]:
    """The pool of an SPV."""
    return page(connection, tables.receivables, Receivable, after, limit, spv=spv)


def released(connection: Connection, spv: str) -> set[bytes]:
    """The keys of those receivables of an SPV that can be sold again."""
    asked = select(tables.releases.c.key).where(tables.releases.c.spv == spv)
    return {bytes(key) for key in connection.execute(asked).scalars()}


def collected_of(connection: Connection, spv: str, ids: Sequence[bytes]) -> dict[bytes, int]:
    """What came in for these receivables of an SPV, of those for which anything did."""
    table, found = tables.collections, dict[bytes, int]()
    for some in pieces(ids):
        asked = select(table.c.receivable, func.sum(table.c.amount)).group_by(table.c.receivable)
        rows = connection.execute(asked.where(table.c.spv == spv, table.c.receivable.in_(some)))
        found |= {bytes(id): int(total) for id, total in rows}
    return found


def sold(connection: Connection, spv: str) -> int:
    """Units that were subscribed, less those that were refunded."""
    subscribed = total(connection, tables.subscriptions, "units", spv)
    return subscribed - total(connection, tables.refunds, "units", spv)


def refunds(connection: Connection, spv: str, *, after: Place | None = None, limit: int | None = None) -> list[Refund]:
    """What subscribers of a failed offering got back."""
    return page(connection, tables.refunds, Refund, after, limit, spv=spv)


def present_value(connection: Connection, spv: str) -> int | None:
    """What the pool was worth when the offering began; None before that."""
    return newest(connection, tables.offers, lambda at, spv, value: value, spv=spv)


def requirement(connection: Connection, slot: int) -> Requirement | None:
    """Who may receive receipts of a series now."""
    return newest(connection, tables.requirements, Requirement, slot=slot)


def is_paused(connection: Connection, slot: int) -> bool:
    """Whether the receipts of a series are kept from moving."""
    return bool(newest(connection, tables.pauses, lambda at, slot, paused: paused, slot=slot))


def holder_freeze(connection: Connection, holder: str) -> HolderFreeze | None:
    """What was last said of a holder: frozen, or released."""
    return newest(connection, tables.holder_freezes, HolderFreeze, holder=holder)
