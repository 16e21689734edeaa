"""Receipts, and what compliance may do to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from api.commands import write
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import EVERYBODY, OVERSIGHT, allow
from api.series import spv_of
from api.service import Asked
from api.values import Address, Amount, Document, ReceiptId, SeriesId, Text, money
from ledger.services import reading, receipts
from ledger.services.access import Access, Principal
from ledger.services.ledger import Ledger

__all__ = ["Receipt", "router"]

router = routes_of("receipts")

InPath = Annotated[ReceiptId, Path()]


class Receipt(Document):
    """A certificate of face value in a series."""

    id: ReceiptId
    series: SeriesId
    owner: Address
    units: Annotated[Amount, Field(description="Its face value.")]
    frozen: Annotated[bool, Field(description="Whether compliance has frozen it: it does not move, and is not paid.")]
    since: Annotated[str, Field(description="The block from which on it is as it is.", examples=["1042"])]


class Reason(Document):
    """Why."""

    reason: Annotated[Text, Field(description="Why, for the record on the chain.", examples=["court order 12/2026"])]


class Frozen(Document):
    """A receipt that is frozen, or released."""

    receipt: ReceiptId
    frozen: bool


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
    of = owner if who.may(*OVERSIGHT) else who.wallet
    if owner is not None and owner != of:
        raise Problem(Kind.FORBIDDEN, "holders see their own receipts only")
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
        found = reading.receipt(connection, receipt)
        if found is None or not (who.may(*OVERSIGHT) or found.owner == who.wallet):
            raise Problem(Kind.NOT_FOUND, f"there is no receipt {receipt}")
        return _shown(found, service.catalogue.of(spv_of(connection, found.slot)))


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


def _shown(one: reading.Receipt, facts: reading.Facts) -> Receipt:
    return Receipt(
        id=one.token_id,
        series=one.slot,
        owner=one.owner,
        units=money(one.units, facts.currency),
        frozen=one.frozen,
        since=str(one.since),
    )
