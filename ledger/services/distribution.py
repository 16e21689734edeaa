"""A payment date: fix the record, fund it through the waterfall, pay the holders."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import Connection

from ledger.chain.abi import DecodedEvent
from ledger.chain.node import CallRequest
from ledger.chain.primitives import keccak
from ledger.engine.operations import Operation, Outcome, Step
from ledger.errors import ChainError, LedgerError, Reverted, RuleError
from ledger.services.roles import Role
from ledger.services.series import Series
from ledger.store import index, index_money
from ledger.store.index import Kept, Receipt

__all__ = ["Funding", "Payment", "claim", "close", "fix_record", "fund", "kept_as_dust", "pay_all", "payments"]

HOLDERS_AT_ONCE = 100
"""Holders paid in one transaction."""

RECEIPTS_AT_ONCE = 400
"""Receipts paid in one transaction. A holder who has more is paid in several sums, each rounded down."""

BATCHES_AT_ONCE = 100
"""Transactions under way together; what they did is held in memory until it is known of all."""


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
    _check_funded(series, epoch)
    behind = [(receipt, at) for receipt, at in _positions(series) if at <= epoch]
    paid: list[Payment] = []
    refused: dict[str, ChainError] = {}
    for number in range(epoch + 1):
        due = [(receipt.owner, receipt.token_id) for receipt, at in behind if at <= number]
        due += [(kept.holder, kept.token_id) for kept in _kept(series, number)]
        passed = _frozen(series, {holder for holder, _ in due}) | refused.keys()
        batches = list(_batches([item for item in due if item[0] not in passed]))
        for start in range(0, len(batches), BATCHES_AT_ONCE):
            paid += _pay(series, number, batches[start : start + BATCHES_AT_ONCE], refused)
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


def claim(series: Series, holder: str, epoch: int) -> list[Payment]:
    """The same for one holder, who does it: one call for each epoch in which something is due, and 400 receipts. At the
    redemption the receipts are retired. Raises RuleError for an epoch that is not funded, and if nothing is due."""
    _check_funded(series, epoch)
    behind = [(receipt.token_id, at) for receipt, at in _positions(series, holder) if at <= epoch]
    paid: list[Payment] = []
    for number in range(epoch + 1):
        due = [token_id for token_id, at in behind if at <= number]
        due += [kept.token_id for kept in _kept(series, number, holder)]
        for start in range(0, len(due), RECEIPTS_AT_ONCE):
            step = Step(series.spv.address, series.spv.call_data("pay", number, due[start : start + RECEIPTS_AT_ONCE]))
            paid += _told(series.ledger.act(holder, "spv.pay", step).event(series.spv, "Paid"))
    if not paid:
        raise RuleError("nothing is due to the holder", expected="what is funded and not paid yet", found="nothing")
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


# The words of contracts/src/types: Position, Holder and Series.
_EPOCH_AT, _EPOCH_MASK = 224, 0x7FFFFFFF
_FROZEN_BIT = 1 << 208
_GUARDED_BIT = 1 << 211

Batch: TypeAlias = list[tuple[str, int]]
"""Holders and receipts that are paid in one transaction."""

# Of a payment: 17,000 to who has cash, 34,000 to who has none, more for what is kept of records or has many decimals.
_GAS_ANYWAY, _GAS_EACH = 200_000, (24_000, 48_000, 150_000)
_NOT_TRIED = ChainError("nothing was tried")


def _check_funded(series: Series, epoch: int) -> None:
    funded = series.view("status").epochs
    if not 0 <= epoch < funded:
        expected = f"0 to {funded - 1}" if funded else "one that is funded: there is none yet"
        raise RuleError("the epoch is not funded", field="epoch", expected=expected, found=str(epoch))


def _serve(series: Series, kind: str, function: str, key: str | None) -> Outcome:
    return series.ledger.operate(Role.SERVICER, kind, Step(series.spv.address, series.spv.call_data(function)), key=key)


def _pay(series: Series, epoch: int, batches: Sequence[Batch], refused: dict[str, ChainError]) -> Iterator[Payment]:
    """Pay batches of holders and receipts; what is refused is tried in halves, down to who is the reason for it."""
    ledger, left = series.ledger, list(batches)
    while left:
        calls = [series.spv.call_data("pay", epoch, [token_id for _, token_id in batch]) for batch in left]
        limits = _gas(series, left, calls)
        wanted = [
            Operation("spv.pay", _key(series, epoch, call), ledger.keys[Role.SERVICER], (step,), gas=limit)
            for call, limit in zip(calls, limits, strict=True)
            if isinstance(limit, int)
            for step in [Step(series.spv.address, call)]
        ]
        results = iter(ledger.sender.submit_many(wanted))
        again: list[Batch] = []
        for batch, limit in zip(left, limits, strict=True):
            result = next(results) if isinstance(limit, int) else limit
            if isinstance(result, Outcome):
                yield from _told(result.event(series.spv, "Paid"))
            else:
                again += _smaller(batch, result, refused)
        left = again


def _key(series: Series, epoch: int, call: bytes) -> str:
    """A batch is the same operation whoever plans it again: nothing of it is due a second time."""
    return f"{series.spv.address}/pay/{epoch}/{keccak(call).hex()}"


def _gas(series: Series, batches: Sequence[Batch], calls: Sequence[bytes]) -> list[int | ChainError]:
    """A limit with which each batch would go through now, or why none would."""
    payer, found = series.ledger.keys[Role.SERVICER], list[int | ChainError](_NOT_TRIED for _ in calls)
    for each in _GAS_EACH:
        places = [place for place, known in enumerate(found) if not isinstance(known, int)]
        limits = [_GAS_ANYWAY + each * len(batches[place]) for place in places]
        asked = [
            CallRequest(series.spv.address, calls[place], payer, gas=limit)
            for place, limit in zip(places, limits, strict=True)
        ]
        answers = series.ledger.node.call_many(asked)
        for place, limit, answer in zip(places, limits, answers, strict=True):
            found[place] = answer if isinstance(answer, ChainError) else limit + limit // 8
    return found


def _smaller(batch: Batch, reason: LedgerError, refused: dict[str, ChainError]) -> list[Batch]:
    """What to try of a batch that was refused."""
    if not isinstance(reason, Reverted):
        raise reason
    if reason.name == "NothingToPay":
        return []  # anyone may pay: somebody else has paid all of these since they were looked up
    holders = sorted({holder for holder, _ in batch})
    if len(holders) == 1:
        refused[holders[0]] = reason
        return []
    middle = holders[len(holders) // 2]
    return [[item for item in batch if item[0] < middle], [item for item in batch if item[0] >= middle]]


def _told(event: DecodedEvent) -> list[Payment]:
    epoch: int = event.args["epoch"]
    return [Payment(epoch, paid.holder, paid.units, paid.amount) for paid in event.args["payments"]]


def _positions(series: Series, owner: str | None = None) -> Iterator[tuple[Receipt, int]]:
    """Receipts with units that are not frozen, of all or of one owner; the epoch that each is to be paid for next."""
    ledger = series.ledger
    with ledger.reading() as connection:
        block = _block(connection)
        found = [
            one for one in index.receipts_at(connection, slot=series.slot, owner=owner) if one.units and not one.frozen
        ]
    words = ledger.receipts.view_many(ledger.node, "positionOf", [(one.token_id,) for one in found], block)
    return zip(found, ((word >> _EPOCH_AT) & _EPOCH_MASK for word in words), strict=True)


def _kept(series: Series, epoch: int, holder: str | None = None) -> list[Kept]:
    """What is kept of the record for receipts that moved after it, of all or of one holder, and not paid yet."""
    ledger = series.ledger
    with ledger.reading() as connection:
        block = _block(connection)
        found = [one for one in index.kept(connection, series.slot, epoch) if holder in (None, one.holder)]
    words = ledger.receipts.view_many(ledger.node, "keptOf", [(one.token_id, epoch) for one in found], block)
    return [one for one, word in zip(found, words, strict=True) if word]


def _block(connection: Connection) -> int:
    """The block up to which the index goes, so that the chain is asked for the state after the same one."""
    tip = index.tip(connection)
    assert tip is not None  # `reading` has brought it up to date
    return tip.number


def _frozen(series: Series, holders: Collection[str]) -> set[str]:
    """Those of these holders who are frozen."""
    receipts, node = series.ledger.receipts, series.ledger.node
    if not receipts.view(node, "seriesOf", series.slot) & _GUARDED_BIT:
        return set()  # nobody is
    words = receipts.view_many(node, "holderOf", [(holder,) for holder in holders])
    return {holder for holder, word in zip(holders, words, strict=True) if word & _FROZEN_BIT}


def _batches(due: Sequence[tuple[str, int]]) -> Iterator[Batch]:
    """Receipts of one holder stand together, and in one batch as far as one holds them: they are paid as one sum."""
    batch: Batch = []
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
