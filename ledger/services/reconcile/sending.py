"""Operations and accounts: what the database says was done, and what the chain has executed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.engine.operations import onchain_id
from ledger.services.reconcile.comparing import Comparison, View, pieces
from ledger.store import reconciling

__all__ = ["compare_operations", "compare_senders"]


def compare_operations(found: Comparison) -> None:
    """An operation through an operator account is done if that has executed its id, and not if it is refused; another
    one is done if its transaction succeeded, in the block that is stored."""
    accounts: dict[str, Bound] = {}

    def through() -> Iterator[View]:
        for row in reconciling.settled(found.connection):
            if row.through is None or _is_open(found, row) or "AlreadyExecuted" in _reverted(row):
                continue
            contract = accounts.setdefault(row.through, Bound(Contract("OperatorAccount"), row.through))
            yield View(contract, "isExecuted", (onchain_id(row.key),), row)

    for row, executed in found.views(through()):
        found.same("operation", f"operation {row.key}", row.state, "done" if executed else "refused")

    alone = (row for row in reconciling.settled(found.connection) if row.through is None and row.state == "done")
    for some in pieces(row for row in alone if not _is_open(found, row)):
        receipts = found.ledger.node.receipts([bytes(row.done_hash) for row in some])
        for row, receipt in zip(some, receipts, strict=True):
            theirs = None if receipt is None or receipt.status != 1 else receipt.block_hash
            found.same("operation", f"operation {row.key}", bytes(row.block_hash), theirs or "not done")


def compare_senders(found: Comparison) -> None:
    """Nonces of each account: none missing among those stored, and the chain's is what it should be. A sender may be
    at work meanwhile: what it sends between one look and the next is no difference."""
    before = {one.address: one for one in reconciling.senders(found.connection)}
    nonces = {address: found.ledger.node.nonce(address) for address in before}
    with found.ledger.database.read() as connection:
        after = {one.address: one for one in reconciling.senders(connection)}
    for address, one in before.items():
        now = after[address]
        least = one.next_nonce if one.lowest_open is None else one.lowest_open
        nonce = nonces[address]
        expected = f"{least} to {now.next_nonce}" if not least <= nonce <= now.next_nonce else str(nonce)
        found.same("sender", f"account {address}, next nonce", expected, str(nonce))
        if one.stored:
            assert one.lowest is not None
            ours = (one.stored, one.highest)
            found.same(
                "sender",
                f"account {address}, stored transactions and the last nonce",
                (one.next_nonce - one.lowest, one.next_nonce - 1),
                ours,
            )
        if one.halted is not None:
            found.differs("sender", f"account {address}", "it may send", f"halted: {one.halted}")


def _is_open(found: Comparison, row: Any) -> bool:
    """Whether it was settled after the block that is looked at, or by a block that is gone since."""
    if row.state == "done":
        return row.block_number is None or row.block_number > found.tip.number
    return row.block_number is not None and row.block_number > found.tip.number


def _reverted(row: Any) -> str:
    return "" if row.error is None else str(json.loads(row.error).get("reverted", ""))
