"""What holders do with their receipts: prepared here, signed by their wallets, and sent to `/v1/transactions`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from api.commands import sign
from api.problems import Kind, Problem
from api.requests import routes_of
from api.values import Address, Amount, Document, ReceiptId
from ledger.services import receipts
from ledger.services.ledger import Ledger
from ledger.services.series import Series

__all__ = ["router"]

router = routes_of("holding")

InPath = Annotated[ReceiptId, Path()]
Units = Annotated[Amount, Field(description="Face value, in the series' currency.")]


class Split(Document):
    """What to cut out of a receipt."""

    units: Annotated[
        list[Units], Field(min_length=1, max_length=100, description="The face value of each new receipt.")
    ]


class Merge(Document):
    """Which receipts to put into another one."""

    receipts: Annotated[list[ReceiptId], Field(min_length=1, max_length=100, description="They are gone afterwards.")]


class Transfer(Document):
    """To whom, and how much."""

    to: Annotated[Address, Field(description="Who receives it, and has to be eligible.")]
    units: Annotated[
        Amount | None, Field(description="How much of it, as a new receipt; the whole receipt if it is not given.")
    ] = None


class MoveUnits(Document):
    """To which receipt, and how much."""

    to: Annotated[ReceiptId, Field(description="A receipt of the same series, of whoever is eligible.")]
    units: Units


class Made(Document):
    """Receipts that are made."""

    receipts: list[ReceiptId]


class Moved(Document):
    """Receipts that are others afterwards."""

    receipts: Annotated[
        list[ReceiptId], Field(description="Those that have other units or another owner, or are gone.")
    ]


@sign(router, "/receipts/{receipt}/split")
def split_receipt(ledger: Ledger, wallet: str, receipt: InPath, body: Split) -> Made:
    """Cut new receipts out of one's own."""
    of = _own(ledger, wallet, receipt)
    return Made(receipts=receipts.split(ledger, receipt, [one.minor(of.currency, "units") for one in body.units]))


@sign(router, "/receipts/{receipt}/merge")
def merge_receipts(ledger: Ledger, wallet: str, receipt: InPath, body: Merge) -> Moved:
    """Put other receipts of one's own, of the same series, into this one."""
    _own(ledger, wallet, receipt)
    for one in body.receipts:
        _own(ledger, wallet, one)
    receipts.merge(ledger, body.receipts, receipt)
    return Moved(receipts=[receipt, *body.receipts])


@sign(router, "/receipts/{receipt}/transfer")
def transfer_receipt(ledger: Ledger, wallet: str, receipt: InPath, body: Transfer) -> Moved:
    """Give a receipt of one's own, or a part of it, to somebody else."""
    of = _own(ledger, wallet, receipt)
    if body.units is None:
        receipts.transfer(ledger, receipt, body.to)
        return Moved(receipts=[receipt])
    units = body.units.minor(of.currency, "units")
    return Moved(receipts=[receipt, receipts.transfer_units_to(ledger, receipt, body.to, units)])


@sign(router, "/receipts/{receipt}/move")
def move_units(ledger: Ledger, wallet: str, receipt: InPath, body: MoveUnits) -> Moved:
    """Move units of one's own receipt to another receipt of the same series."""
    of = _own(ledger, wallet, receipt)
    receipts.transfer_units(ledger, receipt, body.to, body.units.minor(of.currency, "units"))
    return Moved(receipts=[receipt, body.to])


def _own(ledger: Ledger, wallet: str, token_id: int) -> Series:
    """The series of a receipt of the wallet's. Raises the problem that there is none."""
    found = receipts.find(ledger, token_id)
    if found is None or found.owner != wallet:
        raise Problem(Kind.NOT_FOUND, f"there is no receipt {token_id} of yours")
    return Series.load(ledger, found.slot)
