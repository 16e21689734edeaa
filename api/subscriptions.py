"""Who bought receipts in an offering."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from api.facts import Fact, place, times
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.requests import routes_of
from api.security import EVERYBODY, allow, own_or
from api.series import filtered
from api.service import Asked
from api.values import Address, Amount, ReceiptId, SeriesId, money
from ledger.services import reading
from ledger.services.access import Principal

__all__ = ["router"]

router = routes_of("subscriptions")


class Subscription(Fact):
    """Receipts that somebody bought at par in an offering."""

    series: SeriesId
    holder: Address
    receipt: Annotated[ReceiptId, Field(description="The receipt that was made.")]
    units: Annotated[Amount, Field(description="Its face value, and what was paid.")]


@router.get("/subscriptions")
def list_subscriptions(
    service: Asked,
    who: Annotated[Principal, allow(*EVERYBODY)],
    series: Annotated[SeriesId | None, Query()] = None,
    holder: Annotated[Address | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Subscription]:
    """Subscriptions in the order in which they were made: one's own; operators and auditors see those of all."""
    of = own_or(who, holder)
    after = read_cursor(cursor, [int, int], "subscriptions", series, of)
    with service.reading() as connection:
        spv = filtered(connection, series)
        found = reading.subscriptions(connection, spv=spv, holder=of, after=after, limit=limit + 1)
        known = times(connection, [one.at for one in found])
        spvs = {address: reading.spvs(connection, spv=address)[0] for address in {one.spv for one in found}}

    def shown(one: reading.Subscription) -> Subscription:
        made = spvs[one.spv]
        return Subscription(
            series=made.slot,
            holder=one.holder,
            receipt=reading.token_id(made.slot, one.number),
            units=money(one.units, service.catalogue.of(made).currency),
            **place(one.at, known),
        )

    return page_of(found, limit, lambda one: one.at, shown, "subscriptions", series, of)
