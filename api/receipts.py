"""Receipts, and what compliance may do to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import Field
from sqlalchemy import Connection

from api.commands import write
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import EVERYBODY, OVERSIGHT, allow, own_or
from api.series import spv_of
from api.service import Asked, Service
from api.values import Address, Amount, Document, Reason, ReceiptId, SeriesId, moment, money
from ledger.services import reading, receipts
from ledger.services.access import Access, Principal
from ledger.services.catalogue import Facts
from ledger.services.ledger import Ledger
from ledger.services.series import Series

__all__ = ["Receipt", "router"]

router = routes_of("receipts")

InPath = Annotated[ReceiptId, Path()]

MOST = 500  # receipts in one transaction: 4 million gas


class Receipt(Document):
    """A certificate of face value in a series."""

    id: ReceiptId
    series: SeriesId
    owner: Address
    units: Annotated[Amount, Field(description="Its face value.")]
    frozen: Annotated[bool, Field(description="Whether compliance has frozen it: it does not move, and is not paid.")]
    since: Annotated[str, Field(description="The block from which on it is as it is.", examples=["1042"])]


class Frozen(Document):
    """A receipt that is frozen, or released."""

    receipt: ReceiptId
    frozen: bool


class Several(Reason):
    """Several receipts, and why."""

    receipts: Annotated[list[ReceiptId], Field(min_length=1, max_length=MOST, description="Their token ids.")]


class SeveralFrozen(Document):
    """Receipts that are frozen, or released."""

    receipts: list[ReceiptId]
    frozen: bool


class Seizure(Reason):
    """What is moved against the owner's will, and why."""

    to: Annotated[Address, Field(description="Who gets it: somebody who may hold receipts of the series.")]
    units: Annotated[Amount, Field(description="Face value that is moved out of the receipt.")]


class Seized(Document):
    """A receipt that a forced transfer has made."""

    receipt: Annotated[ReceiptId, Field(description="The new one.")]
    source: Annotated[ReceiptId, Field(description="The one that it was taken from.")]


class Version(Receipt):
    """What a receipt was, or is."""

    until: Annotated[
        str | None, Field(description="The block that changed it; null for what it is now.", examples=["1057"])
    ]
    time: Annotated[datetime, Field(description="The time of the block from which on it was so.")]


@router.get("/receipts")
def list_receipts(
    service: Asked,
    who: Annotated[Principal, allow(*EVERYBODY)],
    series: Annotated[SeriesId | None, Query()] = None,
    owner: Annotated[Address | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Receipt]:
    """Receipts in the order of their ids: one's own; operators and auditors see those of all."""
    of = own_or(who, owner)
    after = read_cursor(cursor, [int, int], "receipts", series, of)
    with service.reading() as connection:
        rows = reading.receipts_at(connection, slot=series, owner=of, after=after, limit=limit + 1)
        found = list(rows)
        known = {slot: service.catalogue.of(spv_of(connection, slot)) for slot in {one.slot for one in found}}

    def shown(one: reading.Receipt) -> Receipt:
        return _shown(one, known[one.slot])

    return page_of(found, limit, lambda one: [one.slot, one.number], shown, "receipts", series, of)


@router.get("/receipts/{receipt}")
def get_receipt(service: Asked, receipt: InPath, who: Annotated[Principal, allow(*EVERYBODY)]) -> Receipt:
    """One receipt: one's own; operators and auditors see those of all."""
    with service.reading() as connection:
        found = _visible(connection, receipt, who)
        return _shown(found, service.catalogue.of(spv_of(connection, found.slot)))


@router.get("/receipts/{receipt}/history")
def list_versions(
    service: Asked,
    receipt: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Version]:
    """All that a receipt ever was, the oldest first; to holders what it was while it was their own."""
    of = None if who.may(*OVERSIGHT) else who.wallet
    after = read_cursor(cursor, [int], "versions", receipt, of)
    with service.reading() as connection:
        rows = reading.versions(connection, receipt, owner=of, after=after[0] if after else None, limit=limit + 1)
        if not rows and after is None:
            raise Problem(Kind.NOT_FOUND, f"there is no receipt {receipt}")
        facts = service.catalogue.of(spv_of(connection, receipt >> 64))
        then = reading.moments(connection, [one.since for one, _ in rows])

    def shown(row: tuple[reading.Receipt, int | None]) -> Version:
        one, until = row
        fields = dict(_shown(one, facts))
        return Version(**fields, until=None if until is None else str(until), time=moment(then[one.since]))

    return page_of(rows, limit, lambda row: [row[1] or 0], shown, "versions", receipt, of)


@router.get(
    "/receipts/{receipt}/certificate",
    response_class=Response,
    responses={200: {"description": "The picture.", "content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)
def get_certificate(service: Asked, receipt: InPath, who: Annotated[Principal, allow(*EVERYBODY)]) -> Response:
    """The certificate of a receipt, as the chain draws it: one's own; operators and auditors see those of all."""
    with service.reading() as connection:
        _visible(connection, receipt, who)
        tip = reading.tip(connection)
    picture = None if tip is None else service.certificates.of(receipt, tip)
    if picture is None:
        raise Problem(Kind.NOT_FOUND, f"receipt {receipt} has no picture")
    return Response(picture, media_type="image/svg+xml", headers={"Content-Security-Policy": _OF_PICTURES})


def _check_seizure(service: Service, who: Principal, receipt: int, body: Seizure) -> None:
    with service.reading() as connection:
        found = _visible(connection, receipt, who)
        spv = spv_of(connection, found.slot)
    body.units.positive(service.catalogue.of(spv).currency, "units")


@write(router, "/receipts/{receipt}/forced-transfer", Access.COMPLIANCE, check=_check_seizure)
def force_transfer(ledger: Ledger, key: str, receipt: InPath, body: Seizure) -> Seized:
    """Move face value against the owner's will to a new receipt of somebody who may hold it."""
    units = body.units.minor(Series.load(ledger, receipt >> 64).currency, "units")
    made = receipts.force_transfer(ledger, receipt, body.to, units, reason=body.reason, key=key)
    return Seized(receipt=made, source=receipt)


@write(router, "/receipts/freeze", Access.COMPLIANCE)
def freeze_receipts(ledger: Ledger, key: str, body: Several) -> SeveralFrozen:
    """Freeze several receipts, all or none of them."""
    receipts.freeze(ledger, body.receipts, frozen=True, reason=body.reason, key=key)
    return SeveralFrozen(receipts=body.receipts, frozen=True)


@write(router, "/receipts/release", Access.COMPLIANCE)
def release_receipts(ledger: Ledger, key: str, body: Several) -> SeveralFrozen:
    """Release several frozen receipts, all or none of them."""
    receipts.freeze(ledger, body.receipts, frozen=False, reason=body.reason, key=key)
    return SeveralFrozen(receipts=body.receipts, frozen=False)


@write(router, "/receipts/{receipt}/freeze", Access.COMPLIANCE)
def freeze_receipt(ledger: Ledger, key: str, receipt: InPath, body: Reason) -> Frozen:
    """Freeze a receipt: it does not move, and is not paid, until it is released."""
    receipts.freeze(ledger, [receipt], frozen=True, reason=body.reason, key=key)
    return Frozen(receipt=receipt, frozen=True)


@write(router, "/receipts/{receipt}/release", Access.COMPLIANCE)
def release_receipt(ledger: Ledger, key: str, receipt: InPath, body: Reason) -> Frozen:
    """Release a frozen receipt."""
    receipts.freeze(ledger, [receipt], frozen=False, reason=body.reason, key=key)
    return Frozen(receipt=receipt, frozen=False)


def _visible(connection: Connection, receipt: int, who: Principal) -> reading.Receipt:
    """A receipt that may be seen. Raises the problem that there is none."""
    found = reading.receipt(connection, receipt)
    if found is None or not (who.may(*OVERSIGHT) or found.owner == who.wallet):
        raise Problem(Kind.NOT_FOUND, f"there is no receipt {receipt}")
    return found


_OF_PICTURES = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def _shown(one: reading.Receipt, facts: Facts) -> Receipt:
    return Receipt(
        id=one.token_id,
        series=one.slot,
        owner=one.owner,
        units=money(one.units, facts.currency),
        frozen=one.frozen,
        since=str(one.since),
    )
