"""What holders do with receipts, and what compliance and the guardian may do to them.

A call again with the same ``key`` gives what the first one gave, also when its receipt has another owner since, or is
gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.chain.primitives import ZERO_ADDRESS
from ledger.engine.operations import Outcome, Step
from ledger.errors import InputError
from ledger.services.ledger import Ledger
from ledger.services.roles import Role
from ledger.store import index
from ledger.store.index import Receipt

__all__ = [
    "approve",
    "approve_all",
    "approve_units",
    "find",
    "force_transfer",
    "freeze",
    "holdings",
    "may_move",
    "merge",
    "pause",
    "receipt",
    "receipts_of",
    "resume",
    "split",
    "transfer",
    "transfer_many",
    "transfer_units",
    "transfer_units_to",
]


def find(ledger: Ledger, token_id: int) -> Receipt | None:
    """One receipt as it is now, if there is one of this id."""
    with ledger.reading() as connection:
        return index.receipt(connection, token_id)


def receipt(ledger: Ledger, token_id: int) -> Receipt:
    """The same. Raises InputError if there is none of this id."""
    found = find(ledger, token_id)
    if found is None:
        raise InputError("no such receipt", field="token id", found=str(token_id))
    return found


def receipts_of(ledger: Ledger, slot: int, owner: str | None = None) -> list[Receipt]:
    """The receipts of a series, or those that somebody holds of it, by id."""
    with ledger.reading() as connection:
        return list(index.receipts_at(connection, slot=slot, owner=owner))


def holdings(ledger: Ledger, slot: int, *, block: int | None = None) -> dict[str, int]:
    """Units of a series by holder, as they are now or were after a block, in the order of the holders' addresses."""
    with ledger.reading() as connection:
        return index.holdings(connection, slot, block)


def split(
    ledger: Ledger, token_id: int, units: Sequence[int], *, by: str | None = None, key: str | None = None
) -> list[int]:
    """Cut receipts of these units out of one, for the same owner; returns their ids. ``by`` is who does it, here and
    below: the owner by default."""
    outcome = _act(ledger, token_id, by, "receipt.split", "split", token_id, list(units), key=key)
    return _made(ledger, outcome)


def merge(
    ledger: Ledger, token_ids: Sequence[int], into: int, *, by: str | None = None, key: str | None = None
) -> None:
    """Move all units of receipts into one of the same owner and series, and destroy them."""
    _act(ledger, into, by, "receipt.merge", "merge", list(token_ids), into, key=key)


def transfer_units(
    ledger: Ledger, source: int, target: int, units: int, *, by: str | None = None, key: str | None = None
) -> None:
    """Move units to another receipt of the same series."""
    signature = "transferFrom(uint256,uint256,uint256)"
    _act(ledger, source, by, "receipt.transfer-units", signature, source, target, units, key=key)


def transfer_units_to(
    ledger: Ledger, source: int, to: str, units: int, *, by: str | None = None, key: str | None = None
) -> int:
    """Move units to a new receipt of ``to``; returns its id."""
    signature = "transferFrom(uint256,address,uint256)"
    outcome = _act(ledger, source, by, "receipt.transfer-units", signature, source, to, units, key=key)
    return _made(ledger, outcome)[0]


def transfer_many(
    ledger: Ledger, holder: str, moves: Sequence[tuple[int, int, int]], *, key: str | None = None
) -> None:
    """Move units between receipts, ``(source, target, units)`` each; all or none."""
    columns = [list(column) for column in zip(*moves, strict=True)] or [[], [], []]
    _act(ledger, None, holder, "receipt.transfer-batch", "transferBatch", *columns, key=key)


def transfer(ledger: Ledger, token_id: int, to: str, *, by: str | None = None, key: str | None = None) -> None:
    """Give a whole receipt to ``to``."""
    signature = "safeTransferFrom(address,address,uint256)"
    _act(ledger, token_id, by, "receipt.transfer", signature, _OWNER, to, token_id, key=key)


def approve(ledger: Ledger, token_id: int, spender: str, *, key: str | None = None) -> None:
    """Let ``spender`` move a receipt, whole or in part; the zero address takes it back."""
    _act(ledger, token_id, None, "receipt.approve", "approve(address,uint256)", spender, token_id, key=key)


def approve_units(ledger: Ledger, token_id: int, spender: str, units: int, *, key: str | None = None) -> None:
    """Let ``spender`` move up to so many units out of a receipt."""
    signature = "approve(uint256,address,uint256)"
    _act(ledger, token_id, None, "receipt.approve-units", signature, token_id, spender, units, key=key)


def approve_all(ledger: Ledger, holder: str, spender: str, *, approved: bool, key: str | None = None) -> None:
    """Let ``spender`` move all receipts of ``holder``, present and future, and approve others; or take it back."""
    _act(ledger, None, holder, "receipt.approve-all", "setApprovalForAll", spender, approved, key=key)


def may_move(ledger: Ledger, account: str, token_id: int) -> bool:
    """Whether an account may move a receipt, whole or in part: its owner, and who was approved, as the chain knows."""
    found = find(ledger, token_id)
    if found is None or found.owner == account:
        return found is not None

    def view(name: str, *args: object) -> object:
        return ledger.receipts.view(ledger.node, name, *args)

    return (
        view("getApproved", token_id) == account
        or bool(view("isApprovedForAll", found.owner, account))
        or bool(view("allowance", token_id, account))
    )


def freeze(ledger: Ledger, token_ids: Sequence[int], *, frozen: bool, reason: str, key: str | None = None) -> None:
    """Freeze receipts, or release them. Compliance."""
    _operate(ledger, Role.COMPLIANCE, "receipt.freeze", "setReceiptFrozen", list(token_ids), frozen, reason, key=key)


def force_transfer(ledger: Ledger, source: int, to: str, units: int, *, reason: str, key: str | None = None) -> int:
    """Move units against the owner's will to a new receipt of an eligible holder; returns its id. Compliance."""
    if not reason.strip():
        raise InputError(
            "a forced transfer needs a reason", field="reason", expected="why, for the record", found="none"
        )
    outcome = _operate(
        ledger, Role.COMPLIANCE, "receipt.forced-transfer", "forcedTransfer", source, to, units, reason, key=key
    )
    return _made(ledger, outcome)[0]


def pause(ledger: Ledger, slot: int, *, key: str | None = None) -> None:
    """Stop all moves of a series. Guardian."""
    _operate(ledger, Role.GUARDIAN, "series.pause", "pause", slot, key=key)


def resume(ledger: Ledger, slot: int, *, key: str | None = None) -> None:
    """Let a paused series move again. Administrator."""
    _operate(ledger, Role.ADMINISTRATOR, "series.resume", "unpause", slot, key=key)


_OWNER = object()  # stands in an argument list for the present owner


def _act(
    ledger: Ledger, token_id: int | None, by: str | None, kind: str, function: str, *args: object, key: str | None
) -> Outcome:
    """A call by ``by``, or by the owner of a receipt. Nothing is looked up for a key whose call was made before."""

    def data(owner: str) -> bytes:
        return ledger.receipts.call_data(function, *(owner if arg is _OWNER else arg for arg in args))

    intent = f"{function} by {(by or 'owner').lower()}: {data(ZERO_ADDRESS).hex()}"
    done = None if key is None else ledger.sender.find(key)
    if done is not None:
        return done.expect(intent)
    owner = ZERO_ADDRESS
    if token_id is not None and (not by or _OWNER in args):
        owner = receipt(ledger, token_id).owner
    return ledger.act(by or owner, kind, Step(ledger.receipts.address, data(owner)), key=key, intent=intent)


def _operate(ledger: Ledger, role: Role, kind: str, function: str, *args: object, key: str | None) -> Outcome:
    step = Step(ledger.receipts.address, ledger.receipts.call_data(function, *args))
    return ledger.operate(role, kind, step, key=key)


def _made(ledger: Ledger, outcome: Outcome) -> list[int]:
    return [
        event.args["tokenId"]
        for event in outcome.events(ledger.receipts)
        if event.name == "SlotChanged" and event.args["oldSlot"] == 0
    ]
