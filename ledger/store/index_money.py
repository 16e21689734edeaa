"""Reading the index: series, and what came into their SPVs and went out. Amounts in minor units of the currency.

Lists come in the order of the chain, and in pages as in :func:`ledger.store.paging.page`.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from ledger.store import index_tables as tables
from ledger.store.paging import Place, newest, page
from ledger.store.totals import total

__all__ = [
    "Closing",
    "Collection",
    "Distribution",
    "Payment",
    "Record",
    "Spv",
    "Standing",
    "Subscription",
    "closings",
    "collected",
    "collections",
    "distributions",
    "dust",
    "paid",
    "payments",
    "records",
    "spvs",
    "standing",
    "state",
    "subscriptions",
]


class Spv(NamedTuple):
    """A series and the contract that issues it."""

    at: Place
    address: str
    slot: int
    terms_hash: bytes
    code: str


class Standing(NamedTuple):
    """Where a holder may hold, as bit sets; up to and with a second (Unix time)."""

    at: Place
    holder: str
    classes: int
    jurisdictions: int
    valid_until: int


class Record(NamedTuple):
    """A record date: who held then is paid from this epoch, for so many units together."""

    at: Place
    slot: int
    epoch: int
    units: int


class Subscription(NamedTuple):
    """Units that a holder subscribed, and the number of the receipt."""

    at: Place
    spv: str
    holder: str
    number: int
    units: int


class Collection(NamedTuple):
    """Cash that came in for a receivable."""

    at: Place
    spv: str
    receivable: bytes
    amount: int


class Distribution(NamedTuple):
    """What the waterfall set aside for the holders of an epoch; ``outcome`` are the contract's own figures."""

    at: Place
    spv: str
    epoch: int
    period: int
    amount: int
    outcome: dict[str, Any]


class Payment(NamedTuple):
    """Cash that went to a holder for units held at a record."""

    at: Place
    spv: str
    epoch: int
    holder: str
    units: int
    amount: int


class Closing(NamedTuple):
    """What nobody had claimed of an epoch, and where it went."""

    at: Place
    spv: str
    epoch: int
    unclaimed: int
    to: str


def spvs(
    connection: Connection,
    *,
    slot: int | None = None,
    spv: str | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Spv]:
    """All SPVs, or that of a series, or at an address."""
    return page(connection, tables.spvs, Spv, after, limit, slot=slot, spv=spv)


def state(connection: Connection, spv: str) -> int:
    """Where an SPV is in its life, as the contract numbers it; 0 before it has said anything."""
    found = newest(connection, tables.spv_states, lambda at, spv, state: state, spv=spv)
    return found or 0


def standing(connection: Connection, holder: str) -> Standing | None:
    """What was last set for a holder."""
    return newest(connection, tables.standings, Standing, holder=holder)


def records(
    connection: Connection,
    slot: int,
    *,
    epoch: int | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Record]:
    """The record dates of a series, or that of an epoch."""
    return page(connection, tables.records, Record, after, limit, slot=slot, epoch=epoch)


def subscriptions(
    connection: Connection,
    *,
    spv: str | None = None,
    holder: str | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Subscription]:
    """Subscriptions to an SPV, of a holder, or of both."""
    return page(connection, tables.subscriptions, Subscription, after, limit, spv=spv, holder=holder)


def collections(
    connection: Connection, spv: str, *, after: Place | None = None, limit: int | None = None
) -> list[Collection]:
    """What came in for the receivables of an SPV."""
    return page(connection, tables.collections, Collection, after, limit, spv=spv)


def collected(connection: Connection, spv: str) -> int:
    """All that ever came in for the receivables of an SPV."""
    return total(connection, tables.collections, "amount", spv)


def distributions(connection: Connection, spv: str, *, epoch: int | None = None) -> list[Distribution]:
    """The distributions of an SPV, or that of an epoch."""

    def make(at: Place, spv: str, epoch: int, period: int, amount: int, outcome: str) -> Distribution:
        return Distribution(at, spv, epoch, period, amount, json.loads(outcome))

    return page(connection, tables.distributions, make, spv=spv, epoch=epoch)


def payments(
    connection: Connection,
    *,
    spv: str | None = None,
    epoch: int | None = None,
    holder: str | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Payment]:
    """Payments of an SPV, for one of its epochs, to a holder, or several of these."""
    return page(connection, tables.payments, Payment, after, limit, spv=spv, epoch=epoch, holder=holder)


def paid(connection: Connection, spv: str, epoch: int) -> int:
    """All that was paid for an epoch."""
    of = (tables.payments.c.spv == spv) & (tables.payments.c.epoch == epoch)
    return int(connection.execute(select(func.sum(tables.payments.c.amount)).where(of)).scalar_one() or 0)


def dust(connection: Connection, spv: str, epoch: int) -> int:
    """What rounding left of an epoch; zero until all its units are paid."""
    of = (tables.dust.c.spv == spv) & (tables.dust.c.epoch == epoch)
    return int(connection.execute(select(func.sum(tables.dust.c.amount)).where(of)).scalar_one() or 0)


def closings(connection: Connection, spv: str) -> list[Closing]:
    """The epochs of an SPV that were closed."""
    return page(connection, tables.closings, Closing, spv=spv)
