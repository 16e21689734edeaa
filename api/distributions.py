"""Distributions of a series: a record is fixed, the waterfall runs, holders are paid from what it set aside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field
from sqlalchemy import Connection

from api.commands import write
from api.facts import Fact, place, times
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import EVERYBODY, allow
from api.series import InPath, known, spv_of
from api.service import Asked, Service
from api.values import Amount, Document, SeriesId, moment, money
from ledger.domain.money import Currency
from ledger.services import distribution, reading
from ledger.services.access import Access, Principal
from ledger.services.epochs import Epoch, epochs
from ledger.services.ledger import Ledger
from ledger.services.series import Series

__all__ = ["EpochNumber", "router"]

router = routes_of("distributions")

MOST_EPOCHS = 2**31

EpochNumber = Annotated[
    int, Field(ge=0, lt=MOST_EPOCHS, description="An epoch of the series: its record dates, from 0.", examples=[3])
]
InEpoch = Annotated[int, Path(ge=0, lt=MOST_EPOCHS, description="An epoch of the series: its record dates, from 0.")]


class Waterfall(Document):
    """What one run of the waterfall did, in its order."""

    available: Annotated[Amount, Field(description="Collections, trapped cash and dust: what there was.")]
    fee: Annotated[Amount, Field(description="Set aside for the servicer.")]
    coupon: Annotated[Amount, Field(description="Coupon of this period.")]
    due: Annotated[Amount, Field(description="Coupon with what was carried forward.")]
    paid: Annotated[Amount, Field(description="Of it, set aside for holders.")]
    carried_forward: Annotated[Amount, Field(description="Of it, left for the next period.")]
    from_reserve: Annotated[Amount, Field(description="Taken from the reserve for the coupon.")]
    to_reserve: Annotated[Amount, Field(description="Put into the reserve.")]
    to_sinking: Annotated[Amount, Field(description="Put into the sinking account for principal.")]
    repaid: Annotated[Amount, Field(description="Principal set aside for holders.")]
    residual: Annotated[Amount, Field(description="Released to the originator.")]
    trapped: Annotated[Amount, Field(description="Kept back from the originator.")]
    assets: Annotated[Amount, Field(description="What stands for the principal that is left: rent not due, and cash.")]
    passed: Annotated[bool, Field(description="Whether the tests hold: reserve full, no arrears, enough assets.")]
    done: Annotated[bool, Field(description="Whether all principal is repaid.")]


class Distribution(Fact):
    """A record date, and what its holders get. Block and time are those of the record."""

    series: SeriesId
    epoch: EpochNumber
    kind: Annotated[
        Literal["distribution", "redemption"],
        Field(description="`redemption`: the principal at the end, which retires the receipts."),
    ]
    state: Annotated[
        Literal["recorded", "payable", "closed"],
        Field(description="`recorded`: not funded yet; `closed`: the time to claim is over."),
    ]
    period: Annotated[int | None, Field(description="The period, from 0; null until it is funded.", examples=[0])]
    units: Annotated[Amount, Field(description="Face value of all receipts at the record.")]
    amount: Annotated[Amount | None, Field(description="For the holders; null until it is funded.")]
    paid: Annotated[Amount, Field(description="Of it, paid so far.")]
    unpaid: Annotated[Amount, Field(description="Of it, still to be paid.")]
    dust: Annotated[Amount, Field(description="Of it, left by rounding when all were paid.")]
    unclaimed: Annotated[Amount, Field(description="Of it, sent elsewhere when the time to claim was over.")]
    funded_at: Annotated[datetime | None, Field(description="When it was funded.")]
    waterfall: Annotated[
        Waterfall | None,
        Field(description="Of the run that funded it, which it may share with a redemption; null until then."),
    ]


class Recorded(Document):
    """A record that is fixed."""

    series: SeriesId
    epoch: EpochNumber


class Closed(Document):
    """An epoch whose time to claim is over."""

    series: SeriesId
    epoch: EpochNumber
    unclaimed: Annotated[Amount, Field(description="What nobody had claimed, and went where the terms say.")]


@router.get("/series/{series}/distributions")
def list_distributions(
    service: Asked,
    series: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Distribution]:
    """The distributions of a series, in their order, by their record dates."""
    after = read_cursor(cursor, [int, int], "distributions", series)
    with service.reading() as connection:
        spv = spv_of(connection, series)
        found = epochs(connection, spv, after=after, limit=limit + 1)
        shown = _documents(connection, spv.slot, service.catalogue.of(spv).currency, found)
    page = list(zip(found, shown, strict=True))
    return page_of(page, limit, lambda one: one[0].at, lambda one: one[1], "distributions", series)


@router.get("/series/{series}/distributions/{epoch}")
def get_distribution(
    service: Asked, series: InPath, epoch: InEpoch, who: Annotated[Principal, allow(*EVERYBODY)]
) -> Distribution:
    """One distribution."""
    with service.reading() as connection:
        spv = spv_of(connection, series)
        return _document(connection, spv, service.catalogue.of(spv).currency, epoch)


@write(router, "/series/{series}/distributions/record", Access.SERVICER, check=known)
def fix_record(ledger: Ledger, key: str, series: InPath) -> Recorded:
    """Fix the record of the next distribution: who holds now is paid, also who sells before the money is there."""
    return Recorded(series=series, epoch=distribution.fix_record(Series.load(ledger, series), key=key))


@write(router, "/series/{series}/distributions", Access.SERVICER, check=known)
def fund_distribution(ledger: Ledger, key: str, series: InPath) -> Distribution:
    """Run the waterfall over what was collected, and set aside what the holders at the record get."""
    found = Series.load(ledger, series)
    funded = distribution.fund(found, key=key)
    with ledger.reading() as connection:
        return _document(connection, spv_of(connection, series), found.currency, funded.epoch)


def _in_series(service: Service, who: Principal, series: int, epoch: int) -> None:
    with service.reading() as connection:
        if not epochs(connection, spv_of(connection, series), number=epoch):
            raise Problem(Kind.NOT_FOUND, f"series {series} has no epoch {epoch}")


@write(router, "/series/{series}/distributions/{epoch}/close", Access.SERVICER, check=_in_series)
def close_distribution(ledger: Ledger, key: str, series: InPath, epoch: InEpoch) -> Closed:
    """When the time to claim is over, send what nobody claimed where the terms say."""
    found = Series.load(ledger, series)
    unclaimed = distribution.close(found, epoch, key=key)
    return Closed(series=series, epoch=epoch, unclaimed=money(unclaimed, found.currency))


def _document(connection: Connection, spv: reading.Spv, of: Currency, number: int) -> Distribution:
    found = epochs(connection, spv, number=number)
    if not found:
        raise Problem(Kind.NOT_FOUND, f"series {spv.slot} has no epoch {number}")
    return _documents(connection, spv.slot, of, found)[0]


def _documents(connection: Connection, slot: int, of: Currency, found: list[Epoch]) -> list[Distribution]:
    known = times(connection, [at for one in found for at in (one.at, one.funded_at) if at is not None])

    def made(one: Epoch) -> Distribution:
        return Distribution(
            series=slot,
            epoch=one.number,
            kind="redemption" if one.redemption else "distribution",
            state="closed" if one.closed else "recorded" if one.amount is None else "payable",
            period=one.period,
            units=money(one.units, of),
            amount=None if one.amount is None else money(one.amount, of),
            paid=money(one.paid, of),
            unpaid=money(one.unpaid, of),
            dust=money(one.dust, of),
            unclaimed=money(one.unclaimed, of),
            funded_at=None if one.funded_at is None else moment(known[one.funded_at[0]]),
            waterfall=None if one.outcome is None else _waterfall(one.outcome, of),
            **place(one.at, known),
        )

    return [made(one) for one in found]


def _waterfall(outcome: dict[str, int], of: Currency) -> Waterfall:
    """The contract's figures by its own names, which are those of the document."""
    amounts = {name: money(value, of) for name, value in outcome.items() if name not in ("passed", "done")}
    carried = money(outcome["due"] - outcome["paid"], of)
    return Waterfall.model_validate(
        {**amounts, "carriedForward": carried, "passed": bool(outcome["passed"]), "done": bool(outcome["done"])}
    )
