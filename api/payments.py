"""Payments to holders, and of what is left to others: fees, and the residual."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from api.commands import write
from api.distributions import MOST_EPOCHS, EpochNumber
from api.facts import Fact, place, times
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import EVERYBODY, allow, own_or
from api.series import InPath, filtered, known, spv_of
from api.service import Asked
from api.values import Address, Amount, Document, SeriesId, money
from ledger.services import distribution, reading, redemption
from ledger.services import payment_date as dates
from ledger.services.access import Access, Principal
from ledger.services.epochs import epochs
from ledger.services.ledger import Ledger
from ledger.services.series import Series

__all__ = ["router"]

router = routes_of("payments")


class Payment(Fact):
    """Cash that went to a holder for units held at a record."""

    series: SeriesId
    epoch: EpochNumber
    holder: Address
    units: Annotated[Amount, Field(description="Face value of the holder's receipts at the record that it is for.")]
    amount: Annotated[Amount, Field(description="What was paid, rounded down once.")]


class UpTo(Document):
    """Which epochs to pay for."""

    epoch: Annotated[EpochNumber, Field(description="The last of them; those before that are open are paid first.")]


class OfPeriod(Document):
    """Which payment date."""

    period: Annotated[int, Field(ge=0, lt=MOST_EPOCHS, description="The period, from 0.", examples=[0])]


class Run(Document):
    """What holders were paid for an epoch, by this request and by others."""

    series: SeriesId
    epoch: EpochNumber
    paid: Annotated[Amount, Field(description="For this epoch, so far.")]
    unpaid: Annotated[
        Amount, Field(description="For this epoch, still: to frozen holders, for frozen receipts, and as dust.")
    ]


class DateDone(Run):
    """A payment date that is through: record, funding, payments."""

    period: Annotated[int, Field(description="The period, from 0.")]
    redemption_epoch: Annotated[int | None, Field(description="What the principal was paid from, if it was repaid.")]
    reconciled: Annotated[bool, Field(description="Whether chain, index and journal agreed after it.")]


class PaidOut(Document):
    """Cash that went out, or was released."""

    series: SeriesId
    amount: Amount


@router.get("/payments")
def list_payments(
    service: Asked,
    who: Annotated[Principal, allow(*EVERYBODY)],
    series: Annotated[SeriesId | None, Query()] = None,
    epoch: Annotated[
        int | None, Query(ge=0, lt=MOST_EPOCHS, description="Only for this epoch; goes with `series`.")
    ] = None,
    holder: Annotated[Address | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Payment]:
    """Payments in the order in which they were made: one's own; operators and auditors see those of all."""
    of = own_or(who, holder)
    if epoch is not None and series is None:
        wrong = {"field": "epoch", "message": "an epoch of which series?", "expected": "series, too"}
        raise Problem(Kind.INVALID, "epoch goes with series", errors=[wrong])
    after = read_cursor(cursor, [int, int, int], "payments", series, epoch, of)
    with service.reading() as connection:
        spv = filtered(connection, series)
        found = reading.payments(connection, spv=spv, epoch=epoch, holder=of, after=after, limit=limit + 1)
        then = times(connection, [one.at for one in found])
        spvs = {address: reading.spvs(connection, spv=address)[0] for address in {one.spv for one in found}}

    def shown(one: reading.Payment) -> Payment:
        currency = service.catalogue.of(spvs[one.spv]).currency
        return Payment(
            series=spvs[one.spv].slot,
            epoch=one.epoch,
            holder=one.holder,
            units=money(one.units, currency),
            amount=money(one.amount, currency),
            **place(one.at, then),
        )

    return page_of(found, limit, lambda one: one.at, shown, "payments", series, epoch, of)


@write(router, "/series/{series}/payments", Access.SERVICER, check=known)
def pay_holders(ledger: Ledger, key: str, series: InPath, body: UpTo) -> Run:
    """Pay all holders up to and with an epoch that is funded. Nobody is paid twice, whoever else is paying.

    Frozen holders and receipts are passed over, and paid when it is asked for again after their release.
    """
    found = Series.load(ledger, series)
    distribution.pay_all(found, body.epoch)
    return Run(**_run(found, body.epoch))


@write(router, "/series/{series}/payment-dates", Access.SERVICER, check=known)
def run_payment_date(ledger: Ledger, key: str, series: InPath, body: OfPeriod) -> DateDone:
    """A whole payment date: fix the record, fund it, pay all holders, and compare chain, index and journal.

    What was done is passed over, so that it may be asked for again.
    """
    found = Series.load(ledger, series)
    done = dates.payment_date(found, body.period)
    return DateDone(
        period=done.period,
        redemption_epoch=done.redemption_epoch,
        reconciled=done.report.agree,
        **_run(found, done.epoch),
    )


@write(router, "/series/{series}/redemptions", Access.SERVICER, check=known)
def redeem_receipts(ledger: Ledger, key: str, series: InPath) -> Run:
    """Pay the principal of a matured series to all holders, and retire their receipts; open coupons are paid before."""
    found = Series.load(ledger, series)
    redemption.redeem_all(found)
    return Run(**_run(found, redemption.redemption_epoch(found)))


@write(router, "/series/{series}/pay-fees", Access.SERVICER, check=known)
def pay_fees(ledger: Ledger, key: str, series: InPath) -> PaidOut:
    """Pay the servicer's fees that were set aside."""
    return _paid_out(ledger, series, redemption.pay_fees, key)


@write(router, "/series/{series}/pay-residual", Access.SERVICER, check=known)
def pay_residual(ledger: Ledger, key: str, series: InPath) -> PaidOut:
    """Pay the originator the residual that was released."""
    return _paid_out(ledger, series, redemption.pay_residual, key)


@write(router, "/series/{series}/sweep", Access.SERVICER, check=known)
def sweep_series(ledger: Ledger, key: str, series: InPath) -> PaidOut:
    """After maturity, release what came in late, and the last dust, to the originator."""
    return _paid_out(ledger, series, redemption.sweep, key)


def _paid_out(ledger: Ledger, series: int, do: Any, key: str) -> PaidOut:
    found = Series.load(ledger, series)
    return PaidOut(series=series, amount=money(do(found, key=key), found.currency))


def _run(found: Series, number: int) -> dict[str, Any]:
    with found.ledger.reading() as connection:
        (one,) = epochs(connection, spv_of(connection, found.slot), number=number)
    paid, unpaid = money(one.paid, found.currency), money(one.unpaid, found.currency)
    return {"series": found.slot, "epoch": number, "paid": paid, "unpaid": unpaid}
