"""Series, and who holds of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field
from sqlalchemy import Connection

from api.commands import write
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import EVERYBODY, OVERSIGHT, allow
from api.series_shown import Requirement, Series, SeriesDetails, details, shown
from api.service import Asked, Service
from api.values import Address, Amount, Document, SeriesId, money
from ledger.services import issuance, reading, receipts
from ledger.services.access import Access, Principal
from ledger.services.ledger import Ledger
from ledger.services.series import Series as OnChain

__all__ = ["InPath", "Paused", "filtered", "known", "router", "spv_of"]

router = routes_of("series")

InPath = Annotated[SeriesId, Path()]


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


def filtered(connection: Connection, slot: int | None) -> str | None:
    """The contract by which rows of a series are found: None without a series, that of nobody for an unknown one."""
    found = [] if slot is None else reading.spvs(connection, slot=slot)
    return None if slot is None else found[0].address if found else ""


def known(service: Service, who: Principal, series: int, **_: Any) -> None:
    """A check of writes: that there is the series. Raises the problem that there is none."""
    with service.reading() as connection:
        spv_of(connection, series)


@router.get("/series")
def list_series(
    service: Asked, who: Annotated[Principal, allow(*EVERYBODY)], limit: Limit = 50, cursor: Cursor = None
) -> Page[Series]:
    """All series, in the order in which they were made."""
    after = read_cursor(cursor, [int, int], "series")
    with service.reading() as connection:
        found = reading.spvs(connection, after=after, limit=limit + 1)
        return page_of(found, limit, lambda one: one.at, lambda one: shown(service, connection, one), "series")


@router.get("/series/{series}")
def get_series(service: Asked, series: InPath, who: Annotated[Principal, allow(*EVERYBODY)]) -> SeriesDetails:
    """One series, with its terms and its money."""
    with service.reading() as connection:
        return details(service, connection, spv_of(connection, series))


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


@write(router, "/series/{series}/pause", Access.GUARDIAN, check=known)
def pause_series(ledger: Ledger, key: str, series: InPath) -> Paused:
    """Stop all moves of a series."""
    receipts.pause(ledger, series, key=key)
    return Paused(series=series, paused=True)


@write(router, "/series/{series}/resume", Access.ADMINISTRATOR, check=known)
def resume_series(ledger: Ledger, key: str, series: InPath) -> Paused:
    """Let a paused series move again."""
    receipts.resume(ledger, series, key=key)
    return Paused(series=series, paused=False)


@write(router, "/series/{series}/requirement", Access.COMPLIANCE, method="PUT", check=known)
def set_requirement(ledger: Ledger, key: str, series: InPath, body: Requirement) -> Requirement:
    """Say who may receive receipts of a series from now on; who holds some keeps them."""
    issuance.set_requirement(OnChain.load(ledger, series), body.classes, body.jurisdictions, key=key)
    return body
