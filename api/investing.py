"""What investors do with a series themselves: buy in its offering, fetch what is due to them, and get their money back.
Prepared here, signed by their wallets, and sent to `/v1/transactions`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from api.commands import sign
from api.distributions import EpochNumber
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import allow
from api.series import InPath, spv_of
from api.service import Asked
from api.typed import Deadline, ToSign, to_sign
from api.values import Amount, Document, Moment, ReceiptId, SeriesId, Signature, money, parsed, raw
from ledger.services import distribution, subscribing
from ledger.services.access import Access, Principal
from ledger.services.ledger import Ledger
from ledger.services.series import Series

__all__ = ["router"]

router = routes_of("investing")


class Permit(Document):
    """That the series may take the price, once (ERC-2612)."""

    deadline: Annotated[Moment, Field(description="As in the typed data that was signed.")]
    signature: Annotated[Signature, Field(description="The wallet's, over the typed data: 65 bytes.")]


class Order(Document):
    """How much to buy, at par."""

    units: Annotated[Amount, Field(description="Face value, which is the price, in the series' currency.")]
    permit: Annotated[
        Permit | None, Field(description="Without it, an allowance is given first, in a transaction of its own.")
    ] = None


class Subscribed(Document):
    """A receipt that is bought."""

    receipt: Annotated[ReceiptId, Field(description="The one that is made, unless others subscribe before.")]
    units: Annotated[Amount, Field(description="Its face value, and what is paid.")]


class Wanted(Document):
    """Up to where."""

    epoch: Annotated[
        EpochNumber | None, Field(description="The last epoch to be paid for; the last one that is funded by default.")
    ] = None


class Fetched(Document):
    """What an investor is paid."""

    series: SeriesId
    epochs: Annotated[list[int], Field(description="For which epochs; each has a transaction of its own.")]
    amount: Annotated[Amount, Field(description="For all of them together.")]


class TakenBack(Document):
    """What an investor gets back."""

    series: SeriesId
    receipts: Annotated[list[ReceiptId], Field(description="They are gone afterwards.")]
    amount: Annotated[Amount, Field(description="What was paid for them.")]


@router.get("/series/{series}/subscriptions/typed-data")
def get_permit_to_sign(
    service: Asked,
    series: InPath,
    who: Annotated[Principal, allow(Access.HOLDER)],
    units: Annotated[
        str,
        Query(
            max_length=30,
            description="What to buy, in major units of the series' currency, as a decimal string.",
            examples=["1000000.00"],
        ),
    ],
    deadline: Deadline = None,
) -> ToSign:
    """What a wallet signs so that the series may take the price of a subscription out of its cash, once: then
    it is bought in one transaction. By default it is good until the offering ends. The chain is asked for its number.

    A token that has no permits reverts: subscribe without one.
    """
    with service.reading() as connection:
        spv = spv_of(connection, series)
    minor = parsed(units, service.catalogue.of(spv).currency, "units")
    found = Series.load(service.ledger, series)
    until = subscribing.permit_ends(found) if deadline is None else int(deadline.timestamp())
    assert who.wallet is not None
    return to_sign(subscribing.permit(found, who.wallet, minor, until), until)


@sign(router, "/series/{series}/subscriptions")
def subscribe_series(ledger: Ledger, wallet: str, series: InPath, body: Order) -> Subscribed:
    """Buy a receipt in the offering, with cash of the wallet's own: one transaction with a permit, else two, of which
    the first gives the series an allowance of the price, unless there is one."""
    found = _known(ledger, series)
    units = body.units.positive(found.currency, "units")
    if body.permit is None:
        made = subscribing.subscribe_allowed(found, wallet, units)
    else:
        signature = raw(body.permit.signature)
        if len(signature) != 65:
            wrong = {"field": "permit.signature", "message": "a permit is signed by a key", "expected": "65 bytes"}
            raise Problem(Kind.INVALID, "the permit's signature is not of 65 bytes", errors=[wrong])
        until = int(body.permit.deadline.timestamp())
        made = subscribing.subscribe_permitted(found, wallet, units, until, signature)
    return Subscribed(receipt=made, units=body.units)


@sign(router, "/series/{series}/claim")
def claim_payments(ledger: Ledger, wallet: str, series: InPath, body: Wanted) -> Fetched:
    """Fetch what is due to the wallet, coupons and principal, without waiting for the servicer's payment run. At the
    redemption its receipts are retired. Nobody is paid twice, whoever else is paying."""
    found = _known(ledger, series)
    epoch = found.view("status").epochs - 1 if body.epoch is None else body.epoch
    paid = distribution.claim(found, wallet, epoch)
    amount = money(sum(one.amount for one in paid), found.currency)
    return Fetched(series=series, epochs=sorted({one.epoch for one in paid}), amount=amount)


@sign(router, "/series/{series}/take-back")
def take_back_subscriptions(ledger: Ledger, wallet: str, series: InPath) -> TakenBack:
    """Get back at par what the wallet paid for a series that has failed, or was cancelled. One that is still offered
    and can't be issued any more is declared failed first."""
    found = _known(ledger, series)
    back = subscribing.take_back(found, wallet)
    amount = money(sum(units for _, _, units in back), found.currency)
    return TakenBack(series=series, receipts=[one for one, _, _ in back], amount=amount)


def _known(ledger: Ledger, series: int) -> Series:
    """A series. Raises the problem that there is none."""
    with ledger.reading() as connection:
        spv_of(connection, series)
    return Series.load(ledger, series)
