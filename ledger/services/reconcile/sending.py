"""Operations, transactions and accounts: what the database says was done, and what the chain has executed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.engine.operations import onchain_id
from ledger.engine.recovery import adopted
from ledger.engine.results import did_something
from ledger.services.reconcile.comparing import Comparison, View, pieces
from ledger.store import operations, reconciling, unknown

__all__ = ["compare_operations", "compare_senders", "compare_transactions"]

_SELECTOR = 4  # bytes that say which function is called


def compare_operations(found: Comparison) -> None:
    """An operation through an operator account is done if that has executed its id, and not if it is refused; another
    one is done if its transaction succeeded, in the block that is stored."""
    accounts: dict[str, Bound] = {}

    def through() -> Iterator[View]:
        for row in reconciling.settled(found.connection):
            if row.through is None or _is_open(found, row) or _was_executed_before(row):
                continue
            contract = accounts.setdefault(row.through, Bound(Contract("OperatorAccount"), row.through))
            yield View(contract, "isExecuted", (onchain_id(row.key),), row)

    for row, executed in found.views(through()):
        found.same("operation", f"operation {row.key}", row.state, "done" if executed else "refused")

    rows = (row for row in reconciling.settled(found.connection) if row.through is not None)
    used_up = (row.key for row in rows if _was_executed_before(row))
    for keys in pieces(used_up):
        for key, operation in operations.find(found.connection, keys).items():
            # The id may have been used up for something else, by another key: so it is asked who did.
            own = adopted(found.ledger.node, operation, found.ledger.deployment.block)
            found.same("operation", f"operation {key}", "refused", "refused" if own is None else "done")

    alone = (row for row in reconciling.settled(found.connection) if row.through is None and not _is_open(found, row))
    for some in pieces(row for row in alone if row.mined_hash is not None or row.state == "done"):
        hashes = [bytes(row.done_hash or row.mined_hash) for row in some]
        for row, receipt in zip(some, found.ledger.node.receipts(hashes), strict=True):
            theirs = None if receipt is None or receipt.status != 1 else receipt.block_hash
            if row.state == "done":
                found.same("operation", f"operation {row.key}", bytes(row.block_hash), theirs or "not done")
            else:
                done = theirs is not None and not row.cancels
                found.same("operation", f"operation {row.key}", "refused", "done" if done else "refused")


def compare_transactions(found: Comparison) -> None:
    """Each transaction of our accounts does an operation, or has done nothing, or somebody has acknowledged it. What
    was made elsewhere with our key has to be acknowledged in any case."""
    count = unknown.mined(found.connection, found.tip.number)
    if count:
        found.compared["transaction"] += count
    for some in pieces(unknown.unwanted(found.connection)):
        hashes = [b"" if one.mined_hash is None else one.mined_hash for one in some]
        asked = [tx_hash for tx_hash in hashes if tx_hash]
        receipts = dict(zip(asked, found.ledger.node.receipts(asked), strict=True))
        for one, tx_hash in zip(some, hashes, strict=True):
            receipt = receipts.get(tx_hash)
            did = receipt is not None and receipt.block_number <= found.tip.number and did_something(receipt, one.to)
            if one.unexplained or did:
                books = f"no operation wants it: crt acknowledge {one.account} {one.nonce}, once it is known why"
                place = "in no block" if receipt is None else f"0x{tx_hash.hex()} in block {receipt.block_number}"
                calls = f"calls {one.to or 'nobody: it makes a contract'}, 0x{one.data[:_SELECTOR].hex()}"
                what = "was cancelled" if one.cancelled else calls
                found.differs("transaction", f"account {one.account}, nonce {one.nonce}", books, f"{place}: {what}")


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


def _was_executed_before(row: Any) -> bool:
    """Whether it was refused because its id was used up."""
    return row.error is not None and "AlreadyExecuted" in str(json.loads(row.error).get("reverted", ""))
