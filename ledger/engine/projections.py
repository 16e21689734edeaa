"""What each event of our contracts means for the tables of the index.

Pure: events of whole blocks in their order go in, rows come out. What an event says is taken as it is; contracts have
checked it. An event that no table wants is kept in ``event`` all the same.

Each function below, and in ``contribution_projections``, says what one event means. It gets the log, and then the
event's arguments by the names that they have in the contract, in snake case (a test holds them equal).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from ledger.chain.node import Log
from ledger.chain.primitives import ZERO_ADDRESS
from ledger.engine.rows import Projection
from ledger.store import index_tables as tables
from ledger.store.index import token

__all__ = ["SAYS", "TOUCHES", "plain", "says"]

Say: TypeAlias = "Callable[..., None]"

SAYS: dict[tuple[str, str], Say] = {}
"""By kind of contract and name of event."""

TOUCHES: dict[tuple[str, str], tuple[int, ...]] = {
    ("ComputeReceipt", "Transfer"): (2,),
    ("ComputeReceipt", "TransferValue"): (0, 1),
    ("ComputeReceipt", "ReceiptFrozen"): (0,),
}
"""The places of the arguments that are receipts which the event changes."""


def says(kind: str, name: str) -> Callable[[Say], Say]:
    """Register what an event means."""

    def keep(say: Say) -> Say:
        SAYS[kind, name] = say
        return say

    return keep


def plain(text: str) -> str:
    """A text as both databases keep it."""
    # Whoever registers a repository names it as they like, and PostgreSQL has no text with this character.
    return text.replace("\0", "\ufffd")


# --- Receipts --------------------------------------------------------------------------------------------------------


@says("ComputeReceipt", "Transfer")
def _transfer(to_rows: Projection, log: Log, from_: str, to: str, token_id: int) -> None:
    if to == ZERO_ADDRESS:
        to_rows.end(token_id, log.block_number)
    else:
        to_rows.owner(token_id, to, log.block_number)


@says("ComputeReceipt", "TransferValue")
def _transfer_value(to_rows: Projection, log: Log, from_token_id: int, to_token_id: int, value: int) -> None:
    to_rows.units(from_token_id, -value, log.block_number)
    to_rows.units(to_token_id, value, log.block_number)


@says("ComputeReceipt", "ReceiptFrozen")
def _receipt_frozen(to_rows: Projection, log: Log, token_id: int, frozen: bool, reason: str) -> None:
    to_rows.frozen(token_id, frozen, log.block_number)


@says("ComputeReceipt", "SeriesOpened")
def _series_opened(to_rows: Projection, log: Log, slot: int, issuer: str, code: str) -> None:
    to_rows.add(tables.series, log, slot, issuer, plain(code))


@says("ComputeReceipt", "RecordFixed")
def _record_fixed(to_rows: Projection, log: Log, slot: int, epoch: int, units: int) -> None:
    to_rows.add(tables.records, log, slot, epoch, units)


@says("ComputeReceipt", "RecordKept")
def _record_kept(to_rows: Projection, log: Log, token_id: int, epoch: int, holder: str, units: int) -> None:
    to_rows.add(tables.kept, log, *token(token_id), epoch, holder, units)


@says("ComputeReceipt", "StandingSet")
def _standing_set(
    to_rows: Projection, log: Log, holder: str, classes: int, jurisdictions: int, valid_until: int
) -> None:
    to_rows.add(tables.standings, log, holder, classes, jurisdictions, valid_until)


@says("ComputeReceipt", "HolderFrozen")
def _holder_frozen(to_rows: Projection, log: Log, holder: str, frozen: bool, reason: str) -> None:
    to_rows.add(tables.holder_freezes, log, holder, frozen, plain(reason))


@says("ComputeReceipt", "RequirementSet")
def _requirement_set(to_rows: Projection, log: Log, slot: int, classes: int, jurisdictions: int) -> None:
    to_rows.add(tables.requirements, log, slot, classes, jurisdictions)


@says("ComputeReceipt", "SeriesPaused")
def _series_paused(to_rows: Projection, log: Log, slot: int, paused: bool, by: str) -> None:
    to_rows.add(tables.pauses, log, slot, paused)


# --- SPVs ------------------------------------------------------------------------------------------------------------


@says("SpvFactory", "ReceivableSold")
def _receivable_sold(to_rows: Projection, log: Log, key: bytes, spv: str, id: bytes, face: int, due_day: int) -> None:
    to_rows.add(tables.receivables, log, spv, key, id, face, due_day)


@says("SpvFactory", "ReceivableReleased")
def _receivable_released(to_rows: Projection, log: Log, key: bytes, spv: str) -> None:
    to_rows.add(tables.releases, log, spv, key)


@says("SpvFactory", "SpvCreated")
def _spv_created(to_rows: Projection, log: Log, spv: str, slot: int, terms_hash: bytes, code: str) -> None:
    to_rows.add(tables.spvs, log, spv, slot, terms_hash, plain(code))
    to_rows.made(spv, "Spv", log.block_number)


@says("Spv", "StateChanged")
def _state_changed(to_rows: Projection, log: Log, from_: int, to: int) -> None:
    to_rows.add(tables.spv_states, log, log.address, to)


@says("Spv", "Subscribed")
def _subscribed(to_rows: Projection, log: Log, holder: str, token_id: int, units: int) -> None:
    to_rows.add(tables.subscriptions, log, log.address, holder, token(token_id)[1], units)


@says("Spv", "Offered")
def _offered(to_rows: Projection, log: Log, present_value: int) -> None:
    to_rows.add(tables.offers, log, log.address, present_value)


@says("Spv", "Refunded")
def _refunded(to_rows: Projection, log: Log, token_id: int, holder: str, units: int) -> None:
    to_rows.add(tables.refunds, log, log.address, holder, token(token_id)[1], units)


@says("Spv", "Collected")
def _collected(to_rows: Projection, log: Log, id: bytes, amount: int, total: int, face: int) -> None:
    to_rows.add(tables.collections, log, log.address, id, amount)


@says("Spv", "Funded")
def _funded(to_rows: Projection, log: Log, epoch: int, period: int, amount: int, outcome: Any) -> None:
    to_rows.add(tables.distributions, log, log.address, epoch, period, amount, json.dumps(outcome._asdict()))


@says("Spv", "Paid")
def _paid(to_rows: Projection, log: Log, epoch: int, payments: list[tuple[str, int, int]]) -> None:
    spv = log.address
    to_rows.add_several(tables.payments, log, [(spv, epoch, *payment) for payment in payments])


@says("Spv", "DustKept")
def _dust_kept(to_rows: Projection, log: Log, epoch: int, amount: int) -> None:
    to_rows.add(tables.dust, log, log.address, epoch, amount)


@says("Spv", "EpochClosed")
def _epoch_closed(to_rows: Projection, log: Log, epoch: int, unclaimed: int, to: str) -> None:
    to_rows.add(tables.closings, log, log.address, epoch, unclaimed, to)
