"""Series, and who holds of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field
from sqlalchemy import Connection

from api.commands import write
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import EVERYBODY, OVERSIGHT, allow
from api.service import Asked, Service
from api.values import Address, Amount, Document, Hash, SeriesId, money
from ledger.domain.waterfall import State
from ledger.services import reading, receipts
from ledger.services.access import Access, Principal
from ledger.services.ledger import Ledger

__all__ = ["Paused", "Series", "router", "spv_of"]

router = routes_of("series")

InPath = Annotated[SeriesId, Path()]


class Series(Document):
    """One issue of receipts, and the contract (SPV) that holds its cash."""

    id: SeriesId
    code: Annotated[str, Field(description="Its name in the market.", examples=["CRT01"])]
    currency: Annotated[str, Field(description="ISO 4217.", examples=["CNY"])]
    state: Annotated[State, Field(description="Where it is in its life.")]
    contract: Annotated[Address, Field(description="The contract that issues it.")]
    terms_hash: Annotated[Hash, Field(description="Keccak-256 of its terms.")]
    collected: Annotated[Amount, Field(description="Rent that has arrived since it began.")]


class Holder(Document):
    """Who holds of a series, and how much."""

    holder: Address
    units: Annotated[Amount, Field(description="Face value of all receipts of the holder.")]


class Register(Page[Holder]):
    """A page of the register, as it was after a block."""

    block: Annotated[str, Field(description="The block that it is of.", examples=["1042"])]


class Paused(Document):
    """A series whose receipts move, or do not."""

    series: SeriesId
    paused: bool


def spv_of(connection: Connection, slot: int) -> reading.Spv:
    """The SPV of a series. Raises the problem that there is none."""
    found = reading.spvs(connection, slot=slot)
    if not found:
        raise Problem(Kind.NOT_FOUND, f"there is no series {slot}")
    return found[0]


@router.get("/series")
def list_series(
    service: Asked, who: Annotated[Principal, allow(*EVERYBODY)], limit: Limit = 50, cursor: Cursor = None
) -> Page[Series]:
    """All series, in the order in which they were made."""
    after = read_cursor(cursor, [int, int], "series")
    with service.reading() as connection:
        found = reading.spvs(connection, after=after, limit=limit + 1)
        return page_of(found, limit, lambda one: one.at, lambda one: _shown(service, connection, one), "series")


@router.get("/series/{series}")
def get_series(service: Asked, series: InPath, who: Annotated[Principal, allow(*EVERYBODY)]) -> Series:
    """One series."""
    with service.reading() as connection:
        return _shown(service, connection, spv_of(connection, series))


@router.get("/series/{series}/holders")
def list_holders(
    service: Asked,
    series: InPath,
    who: Annotated[Principal, allow(*OVERSIGHT)],
    block: Annotated[int | None, Query(ge=0, lt=2**63, description="After which block; the newest by default.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Register:
    """The register of a series, in the order of the addresses: who holds how much, now or after any block.

    The first page says which block it is of; the next pages are of the same one.
    """
    after = read_cursor(cursor, [str, int], "holders", series)
    with service.reading() as connection:
        spv, tip = spv_of(connection, series), reading.tip(connection)
        newest = tip.number if tip else 0
        at = after[1] if after else newest if block is None else block
        if at > newest:
            raise Problem(Kind.NOT_FOUND, f"the index does not go so far: it ends with block {newest}")
        found = reading.holders(connection, series, at, after=after[0] if after else "", limit=limit + 1)
    of = service.catalogue.of(spv).currency
    page = page_of(
        found,
        limit,
        lambda one: [one[0], at],
        lambda one: Holder(holder=one[0], units=money(one[1], of)),
        "holders",
        series,
    )
    return Register(data=page.data, next_cursor=page.next_cursor, block=str(at))


@write(router, "/series/{series}/pause", Access.GUARDIAN)
def pause_series(ledger: Ledger, key: str, series: InPath) -> Paused:
    """Stop all moves of a series."""
    receipts.pause(ledger, series, key=key)
    return Paused(series=series, paused=True)


@write(router, "/series/{series}/resume", Access.ADMINISTRATOR)
def resume_series(ledger: Ledger, key: str, series: InPath) -> Paused:
    """Let a paused series move again."""
    receipts.resume(ledger, series, key=key)
    return Paused(series=series, paused=False)


def _shown(service: Service, connection: Connection, spv: reading.Spv) -> Series:
    of, number = service.catalogue.of(spv).currency, reading.state(connection, spv.address)
    return Series(
        id=spv.slot,
        code=spv.code,
        currency=of.code,
        state=reading.state_of(number) if number else State.DRAFT,
        contract=spv.address,
        terms_hash=f"0x{spv.terms_hash.hex()}",
        collected=money(reading.collected(connection, spv.address), of),
    )
