"""A payment date: fix the record, fund it through the waterfall, pay the holders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ledger.engine.operations import Outcome, Step
from ledger.engine.register import Receipt
from ledger.services.roles import Role
from ledger.services.series import Series

__all__ = ["Funding", "Payment", "close", "fix_record", "fund", "pay_all", "payments"]

RECEIPTS_AT_ONCE = 100
"""Receipts paid in one transaction."""


@dataclass(frozen=True, slots=True)
class Funding:
    """What one distribution did, in minor units; ``outcome`` and ``accounts`` are the contract's own figures.

    ``epoch`` is what its holders are paid from. ``redemption_epoch`` is there when it repaid all that was left.
    """

    period: int
    epoch: int
    amount: int
    outcome: Any
    accounts: Any
    redemption_epoch: int | None
    redemption: int


@dataclass(frozen=True, slots=True)
class Payment:
    """Cash that went to a holder for units held at a record."""

    epoch: int
    holder: str
    units: int
    amount: int


def fix_record(series: Series, *, key: str | None = None) -> int:
    """Close the epoch: who holds now is paid. Returns the epoch."""
    outcome = _serve(series, "spv.fix-record", "fixRecord", key)
    epoch: int = outcome.event(series.spv, "RecordTaken").args["epoch"]
    return epoch


def fund(series: Series, *, key: str | None = None) -> Funding:
    """Run the waterfall over what was collected, and set aside what holders get."""
    outcome = _serve(series, "spv.fund", "fund", key)
    args = outcome.event(series.spv, "Funded").args
    redemption = [event for event in outcome.events(series.spv) if event.name == "RedemptionFunded"]
    return Funding(
        period=args["period"],
        epoch=args["epoch"],
        amount=args["amount"],
        outcome=args["outcome"],
        accounts=args["accounts"],
        redemption_epoch=redemption[0].args["epoch"] if redemption else None,
        redemption=redemption[0].args["amount"] if redemption else 0,
    )


def pay_all(series: Series, epoch: int) -> list[Payment]:
    """Push an epoch's payments to all holders who can be paid, in batches.

    Stopped half-way, it goes on where it was: who is paid is on chain, and nobody is paid twice. Frozen holders and
    receipts are passed over and can be paid later. Returns what was paid by this call.
    """
    ledger = series.ledger
    ledger.register.sync()
    paid: list[Payment] = []
    for batch in _batches(list(_unpaid(series, epoch))):
        paid += _pay(series, "pay", epoch, batch)
    creditors = [
        holder
        for holder in ledger.register.credits(series.slot, epoch)
        if ledger.receipts.view(ledger.node, "creditOf", series.slot, epoch, holder) & _PENDING
        and not _frozen(series, holder)
    ]
    for start in range(0, len(creditors), RECEIPTS_AT_ONCE):
        paid += _pay(series, "payCredits", epoch, creditors[start : start + RECEIPTS_AT_ONCE])
    return paid


def payments(series: Series, epoch: int | None = None) -> list[Payment]:
    """Everything that was paid, of one epoch or of all, from the chain's events."""
    ledger = series.ledger
    indexed = {} if epoch is None else {"epoch": epoch}
    found = series.spv.fetch(ledger.node, "Paid", ledger.deployment.block, **indexed)
    return [
        Payment(event.args["epoch"], event.args["holder"], event.args["units"], event.args["amount"]) for event in found
    ]


def close(series: Series, epoch: int, *, key: str | None = None) -> int:
    """Send what nobody claimed of an epoch in time where the terms say; returns how much."""
    step = Step(series.spv.address, series.spv.call_data("close", epoch))
    outcome = series.ledger.anyone("spv.close", step, key=key)
    unclaimed: int = outcome.event(series.spv, "EpochClosed").args["unclaimed"]
    return unclaimed


_PENDING = (1 << 64) - 1
_EPOCH_AT, _EPOCH_MASK = 224, 0x7FFFFFFF


def _serve(series: Series, kind: str, function: str, key: str | None) -> Outcome:
    return series.ledger.operate(Role.SERVICER, kind, Step(series.spv.address, series.spv.call_data(function)), key=key)


def _pay(series: Series, function: str, epoch: int, whom: Sequence[object]) -> list[Payment]:
    step = Step(series.spv.address, series.spv.call_data(function, epoch, list(whom)))
    outcome = series.ledger.anyone("spv.pay", step)
    return [
        Payment(epoch, event.args["holder"], event.args["units"], event.args["amount"])
        for event in outcome.events(series.spv)
        if event.name == "Paid"
    ]


def _unpaid(series: Series, epoch: int) -> Iterator[Receipt]:
    """Receipts that are still to be counted for the epoch, and can be."""
    ledger = series.ledger
    for receipt in ledger.register.receipts(series.slot):
        if receipt.frozen:
            continue
        position = ledger.receipts.view(ledger.node, "positionOf", receipt.token_id)
        if (position >> _EPOCH_AT) & _EPOCH_MASK == epoch and not _frozen(series, receipt.owner):
            yield receipt


def _frozen(series: Series, holder: str) -> bool:
    return bool(series.ledger.receipts.view(series.ledger.node, "holderOf", holder) >> 200 & 1)


def _batches(receipts: Sequence[Receipt]) -> Iterator[list[int]]:
    """Receipts of one holder stand together, and in one batch as far as one holds them: they are paid as one sum."""
    batch: list[int] = []
    for _, group in groupby(sorted(receipts, key=lambda item: (item.owner, item.token_id)), lambda item: item.owner):
        ids = [receipt.token_id for receipt in group]
        if batch and len(batch) + len(ids) > RECEIPTS_AT_ONCE:
            yield batch
            batch = []
        batch += ids
        while len(batch) > RECEIPTS_AT_ONCE:
            yield batch[:RECEIPTS_AT_ONCE]
            batch = batch[RECEIPTS_AT_ONCE:]
    if batch:
        yield batch
