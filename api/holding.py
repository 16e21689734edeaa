"""What holders do with their receipts, and those whom they let: prepared here, signed by their wallets, and sent to
`/v1/transactions`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from api.commands import sign
from api.problems import Kind, Problem
from api.requests import routes_of
from api.values import Address, Amount, Document, ReceiptId
from ledger.chain.primitives import ZERO_ADDRESS
from ledger.domain.money import decimal_string
from ledger.errors import InputError
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


class Approval(Document):
    """Who may move a receipt, and how much of it."""

    spender: Annotated[
        Address | None, Field(description="Who may; null, without `units`, for nobody any more who might move all.")
    ]
    units: Annotated[
        Amount | None,
        Field(description="How much of it at most, 0 to take it back; the whole receipt, by one, if it is not given."),
    ] = None


class OperatorApproval(Document):
    """Who may move all receipts of a holder."""

    operator: Annotated[Address, Field(description="Who may, or may no longer.")]
    approved: Annotated[bool, Field(description="Whether they may.")]


class Approved(Approval):
    """Who may move a receipt from now on."""

    receipt: ReceiptId


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
    """Cut new receipts out of one's own, or for an owner who has approved it."""
    of = _movable(ledger, wallet, receipt)
    units = [one.minor(of.currency, "units") for one in body.units]
    found = receipts.find(ledger, receipt)
    if found is not None and sum(units) >= found.units:
        raise InputError(
            "nothing would be left of the receipt",
            field="units",
            expected=f"less than {decimal_string(found.units, of.currency)} in all",
            found=decimal_string(sum(units), of.currency),
            hint="transfer the whole receipt instead, or cut less out of it",
        )
    return Made(receipts=receipts.split(ledger, receipt, units, by=wallet))


@sign(router, "/receipts/{receipt}/merge")
def merge_receipts(ledger: Ledger, wallet: str, receipt: InPath, body: Merge) -> Moved:
    """Put other receipts of the same series and owner into this one."""
    for one in (receipt, *body.receipts):
        _movable(ledger, wallet, one)
    receipts.merge(ledger, body.receipts, receipt, by=wallet)
    return Moved(receipts=[receipt, *body.receipts])


@sign(router, "/receipts/{receipt}/transfer")
def transfer_receipt(ledger: Ledger, wallet: str, receipt: InPath, body: Transfer) -> Moved:
    """Give a receipt of one's own, or one that one may move, or a part of it, to somebody else."""
    of = _movable(ledger, wallet, receipt)
    if body.units is None:
        receipts.transfer(ledger, receipt, body.to, by=wallet)
        return Moved(receipts=[receipt])
    units = body.units.minor(of.currency, "units")
    return Moved(receipts=[receipt, receipts.transfer_units_to(ledger, receipt, body.to, units, by=wallet)])


@sign(router, "/receipts/{receipt}/move")
def move_units(ledger: Ledger, wallet: str, receipt: InPath, body: MoveUnits) -> Moved:
    """Move units of one's own receipt, or one that one may move, to another receipt of the same series."""
    of = _movable(ledger, wallet, receipt)
    receipts.transfer_units(ledger, receipt, body.to, body.units.minor(of.currency, "units"), by=wallet)
    return Moved(receipts=[receipt, body.to])


@sign(router, "/receipts/{receipt}/approval")
def approve_receipt(ledger: Ledger, wallet: str, receipt: InPath, body: Approval) -> Approved:
    """Let somebody move a receipt of one's own, whole or up to an amount. It ends when the receipt gets another owner;
    an amount is used up."""
    found = receipts.find(ledger, receipt)
    if found is None or found.owner != wallet:
        raise _none(receipt)
    if body.units is None:
        receipts.approve(ledger, receipt, body.spender or ZERO_ADDRESS)
    elif body.spender is None:
        wrong = {"field": "spender", "message": "units need somebody who may move them", "expected": "an account"}
        raise Problem(Kind.INVALID, "whose allowance is it?", errors=[wrong])
    else:
        units = body.units.minor(Series.load(ledger, found.slot).currency, "units")
        receipts.approve_units(ledger, receipt, body.spender, units)
    return Approved(receipt=receipt, spender=body.spender, units=body.units)


@sign(router, "/receipts/operators")
def approve_operator(ledger: Ledger, wallet: str, body: OperatorApproval) -> OperatorApproval:
    """Let somebody, such as a custodian, move all one's receipts of all series, also those to come, and approve others;
    or take it back."""
    receipts.approve_all(ledger, wallet, body.operator, approved=body.approved)
    return body


def _movable(ledger: Ledger, wallet: str, token_id: int) -> Series:
    """The series of a receipt that the wallet may move. Raises the problem that there is none."""
    if not receipts.may_move(ledger, wallet, token_id):
        raise _none(token_id)
    return Series.load(ledger, token_id >> 64)


def _none(token_id: int) -> Problem:
    return Problem(Kind.NOT_FOUND, f"there is no receipt {token_id} of yours")
