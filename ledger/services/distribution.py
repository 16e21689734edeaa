"""A payment date: fix the record, fund it through the waterfall, pay the holders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ledger.chain.abi import DecodedEvent
from ledger.engine.operations import Outcome, Step
from ledger.errors import Reverted, RuleError
from ledger.services.roles import Role
from ledger.services.series import Series
from ledger.store import index, index_money
from ledger.store.index import Kept, Receipt

__all__ = ["Funding", "Payment", "close", "fix_record", "fund", "kept_as_dust", "pay_all", "payments"]

HOLDERS_AT_ONCE = 100
"""Holders paid in one transaction."""

RECEIPTS_AT_ONCE = 400
"""Receipts paid in one transaction. A holder who has more is paid in several sums, each rounded down."""


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
    epoch: int = outcome.event(series.ledger.receipts, "RecordFixed").args["epoch"]
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
        accounts=series.view("accounts", block=outcome.receipt.block_number),
        redemption_epoch=redemption[0].args["epoch"] if redemption else None,
        redemption=redemption[0].args["amount"] if redemption else 0,
    )


def pay_all(series: Series, epoch: int) -> list[Payment]:
    """Push all payments up to and with ``epoch``, oldest first, to all holders who can be paid, in batches.

    A receipt is paid for one epoch after the other, so that one that is behind is brought up to here. Stopped half-way,
    it goes on where it was: who is paid is on chain, and nobody is paid twice, whoever else is paying. Frozen holders
    and receipts are passed over and can be paid later. Returns what this call paid. Raises RuleError for an epoch
    that is not funded, and, when all others are paid, for holders whom the cash token refuses.
    """
    funded = series.view("status").epochs
    if not 0 <= epoch < funded:
        raise RuleError("the epoch is not funded", field="epoch", expected=f"0 to {funded - 1}", found=str(epoch))
    frozen = _Frozen(series)
    behind = [(receipt, at) for receipt, at in _positions(series) if at <= epoch and not frozen(receipt.owner)]
    paid: list[Payment] = []
    refused: dict[str, Reverted] = {}
    for number in range(epoch + 1):
        due = [(receipt.owner, receipt.token_id) for receipt, at in behind if at <= number]
        due += [(kept.holder, kept.token_id) for kept in _kept(series, number) if not frozen(kept.holder)]
        for batch in _batches([item for item in due if item[0] not in refused]):
            paid += _pay(series, number, batch, refused)
    if refused:
        holder, reason = next(iter(refused.items()))
        raise RuleError(
            f"{len(refused)} of the holders could not be paid, the first of them {holder}; all others are",
            field="holder",
            expected="a holder to whom the cash token moves",
            found=reason.message,
            hint="find out from the token's issuer why, and pay again: nobody is paid twice",
        )
    return paid


def kept_as_dust(series: Series, epoch: int) -> int:
    """What rounding left of an epoch, in minor units; zero until all its units are paid."""
    with series.ledger.reading() as connection:
        return index_money.dust(connection, series.spv.address, epoch)


def payments(series: Series, epoch: int | None = None) -> list[Payment]:
    """Everything that was paid, of one epoch or of all."""
    with series.ledger.reading() as connection:
        found = index_money.payments(connection, spv=series.spv.address, epoch=epoch)
    return [Payment(one.epoch, one.holder, one.units, one.amount) for one in found]


def close(series: Series, epoch: int, *, key: str | None = None) -> int:
    """Send what nobody claimed of an epoch in time where the terms say; returns how much."""
    step = Step(series.spv.address, series.spv.call_data("close", epoch))
    outcome = series.ledger.anyone("spv.close", step, key=key)
    unclaimed: int = outcome.event(series.spv, "EpochClosed").args["unclaimed"]
    return unclaimed


# The words of contracts/src/types: Position and Holder.
_EPOCH_AT, _EPOCH_MASK = 224, 0x7FFFFFFF
_FROZEN_BIT = 1 << 208


def _serve(series: Series, kind: str, function: str, key: str | None) -> Outcome:
    return series.ledger.operate(Role.SERVICER, kind, Step(series.spv.address, series.spv.call_data(function)), key=key)


def _pay(series: Series, epoch: int, due: list[tuple[str, int]], refused: dict[str, Reverted]) -> list[Payment]:
    """Pay a batch of holders and receipts; when it is refused, in halves, down to who is the reason for it."""
    step = Step(series.spv.address, series.spv.call_data("pay", epoch, [token_id for _, token_id in due]))
    try:
        outcome = series.ledger.anyone("spv.pay", step)
    except Reverted as reason:
        # Anyone may pay: somebody else has paid all of these since they were looked up.
        if reason.name == "NothingToPay":
            return []
        holders = sorted({holder for holder, _ in due})
        if len(holders) == 1:
            refused[holders[0]] = reason
            return []
        middle = holders[len(holders) // 2]
        first, second = [item for item in due if item[0] < middle], [item for item in due if item[0] >= middle]
        return _pay(series, epoch, first, refused) + _pay(series, epoch, second, refused)
    return _told(outcome.event(series.spv, "Paid"))


def _told(event: DecodedEvent) -> list[Payment]:
    epoch: int = event.args["epoch"]
    return [Payment(epoch, paid.holder, paid.units, paid.amount) for paid in event.args["payments"]]


def _positions(series: Series) -> Iterator[tuple[Receipt, int]]:
    """Receipts with units that are not frozen, and the epoch that each is to be paid for next."""
    ledger = series.ledger
    with ledger.reading() as connection:
        found = list(index.receipts_at(connection, slot=series.slot))
    for receipt in found:
        if receipt.units and not receipt.frozen:
            word = ledger.receipts.view(ledger.node, "positionOf", receipt.token_id)
            yield receipt, (word >> _EPOCH_AT) & _EPOCH_MASK


def _kept(series: Series, epoch: int) -> list[Kept]:
    """What is kept of the record for receipts that moved after it, and not paid yet."""
    ledger = series.ledger
    with ledger.reading() as connection:
        found = index.kept(connection, series.slot, epoch)
    return [kept for kept in found if ledger.receipts.view(ledger.node, "keptOf", kept.token_id, epoch)]


class _Frozen:
    """Whether a holder is frozen; asks the chain once a holder."""

    def __init__(self, series: Series) -> None:
        self._ledger, self._known = series.ledger, dict[str, bool]()

    def __call__(self, holder: str) -> bool:
        if holder not in self._known:
            word = self._ledger.receipts.view(self._ledger.node, "holderOf", holder)
            self._known[holder] = bool(word & _FROZEN_BIT)
        return self._known[holder]


def _batches(due: Sequence[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    """Receipts of one holder stand together, and in one batch as far as one holds them: they are paid as one sum."""
    batch: list[tuple[str, int]] = []
    holders = 0
    for _, group in groupby(sorted(due), lambda item: item[0]):
        own = list(group)
        if batch and (holders == HOLDERS_AT_ONCE or len(batch) + len(own) > RECEIPTS_AT_ONCE):
            yield batch
            batch, holders = [], 0
        while len(own) > RECEIPTS_AT_ONCE:
            yield own[:RECEIPTS_AT_ONCE]
            own = own[RECEIPTS_AT_ONCE:]
        batch, holders = batch + own, holders + 1
    if batch:
        yield batch
