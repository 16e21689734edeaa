"""The receivables behind a series, and the rent that came in for them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from api.commands import write
from api.facts import Fact, place, times
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.requests import routes_of
from api.security import EVERYBODY, allow
from api.series import InPath, spv_of
from api.service import Asked, Service
from api.values import Amount, Document, Hash, SeriesId, Text, day, money
from ledger.services import collections, reading
from ledger.services.access import Access, Principal
from ledger.services.catalogue import Facts
from ledger.services.ledger import Ledger
from ledger.services.series import Series

__all__ = ["router"]

router = routes_of("pool")

MOST = 1_000

ReceivableHash = Annotated[
    Hash, Field(description="Keccak-256 of the name that the rent roll has for it.", examples=["0x" + "ab" * 32])
]


class Receivable(Document):
    """A rent that was sold to a series."""

    id: ReceivableHash
    due_date: Annotated[date, Field(description="When it has to be paid.")]
    face: Annotated[Amount, Field(description="How much has to be paid.")]
    collected: Annotated[Amount, Field(description="How much was paid so far.")]
    released: Annotated[bool, Field(description="Whether the series failed, and it can be sold to another one.")]


class Collection(Fact):
    """Rent that came in."""

    receivable: ReceivableHash
    amount: Amount


class Arrival(Document):
    """Rent that arrived for a receivable."""

    receivable: Annotated[
        Text, Field(max_length=64, description="Its name, as the rent roll has it.", examples=["A100-2025-02"])
    ]
    amount: Annotated[Amount, Field(description="How much of it, in the series' currency.")]


class Arrivals(Document):
    """Rent that arrived."""

    collections: Annotated[
        list[Arrival], Field(min_length=1, max_length=MOST, description="A receivable may be there several times.")
    ]


class Booked(Document):
    """Rent that is booked."""

    series: SeriesId
    booked: Annotated[Amount, Field(description="The sum of this request.")]


@router.get("/series/{series}/pool")
def list_receivables(
    service: Asked,
    series: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Receivable]:
    """The receivables of a series, in the order in which they were registered."""
    after = read_cursor(cursor, [int, int], "pool", series)
    with service.reading() as connection:
        spv = spv_of(connection, series)
        found = reading.receivables(connection, spv.address, after=after, limit=limit + 1)
        came = reading.collected_of(connection, spv.address, [one.id for one in found])
        gone = reading.released(connection, spv.address)
    of = service.catalogue.of(spv).currency

    def shown(one: reading.Receivable) -> Receivable:
        return Receivable(
            id=f"0x{one.id.hex()}",
            due_date=day(one.due_day),
            face=money(one.face, of),
            collected=money(came.get(one.id, 0), of),
            released=one.key in gone,
        )

    return page_of(found, limit, lambda one: one.at, shown, "pool", series)


@router.get("/series/{series}/collections")
def list_collections(
    service: Asked,
    series: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Collection]:
    """Rent that came in for a series, in the order in which it was booked."""
    after = read_cursor(cursor, [int, int], "collections", series)
    with service.reading() as connection:
        spv = spv_of(connection, series)
        found = reading.collections(connection, spv.address, after=after, limit=limit + 1)
        known = times(connection, [one.at for one in found])
    of = service.catalogue.of(spv).currency

    def shown(one: reading.Collection) -> Collection:
        return Collection(receivable=f"0x{one.receivable.hex()}", amount=money(one.amount, of), **place(one.at, known))

    return page_of(found, limit, lambda one: one.at, shown, "collections", series)


def _check(service: Service, who: Principal, series: int, body: Arrivals) -> None:
    with service.reading() as connection:
        spv = spv_of(connection, series)
    _read(body, service.catalogue.of(spv))


@write(router, "/series/{series}/collections", Access.SERVICER, check=_check)
def book_collections(ledger: Ledger, key: str, series: InPath, body: Arrivals) -> Booked:
    """Pay rent in from the operator account's cash, each sum for the receivable that it is for.

    Nothing is booked if one is not of the pool, or there is less cash than that.
    """
    found = Series.load(ledger, series)
    total = collections.collect(found, _read(body, found), key=key)
    return Booked(series=series, booked=money(total, found.currency))


def _read(body: Arrivals, of: Series | Facts) -> list[tuple[str, int]]:
    """Names and minor units."""
    return [
        (one.receivable, one.amount.positive(of.currency, f"collections.{number}.amount"))
        for number, one in enumerate(body.collections)
    ]
