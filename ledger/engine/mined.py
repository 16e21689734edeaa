"""Which transactions of an account a node has mined since it was last asked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ledger.chain.node import Block, BlockNotFound, Mined, Node
from ledger.engine.outgoing import Live
from ledger.engine.results import from_logs
from ledger.errors import ChainError

__all__ = ["Found", "are_in_the_chain", "look"]

_A_BLOCK = 10  # receipts that cost as much as the logs of a block
_SOON = 1.0  # seconds in which a block is there whose nonces a node counts already


class Found(NamedTuple):
    """What was ``mined``, and what is ``missing`` as it was at the last look: the nonce is spent, by something else."""

    mined: list[tuple[Live, Mined]]
    missing: list[Live]


def look(node: Node, address: str, live: Iterable[Live], before: Block | None, head: Block) -> Found:
    """What happened to an account's transactions up to the block ``head``, after ``before`` if that is known."""
    on_chain = node.nonce(address)
    unmined = [one for one in live if one.is_open]
    spent = [one for one in unmined if one.nonce < on_chain]
    blocks = 0 if before is None else head.number - before.number
    logged = None
    if before is not None and blocks >= 0 and len(spent) >= _A_BLOCK * max(blocks, 1):
        logged = _told(node, before.number + 1, head.number)
    told = logged or {}
    left = [one for one in spent if not any(attempt.hash in told for attempt in one.tx.attempts)]
    if logged is not None:
        left = [one for one in left if one.missing_for() > _SOON]
    asked = [attempt.hash for one in left for attempt in one.tx.attempts]
    answers = zip(asked, node.receipts(asked), strict=True)
    told |= {tx_hash: receipt for tx_hash, receipt in answers if receipt is not None}
    attempts = ((one, attempt.hash) for one in spent for attempt in one.tx.attempts)
    mined = {one.nonce: (one, told[tx_hash]) for one, tx_hash in attempts if tx_hash in told}
    missing = []
    for one in unmined:
        if one.nonce >= on_chain and not one.newest.raw:
            one.sent_at = float("-inf")  # made elsewhere, and gone with its block: it needs bytes of ours
        if one.nonce >= on_chain or one.nonce in mined:
            one.missing_since = None
        elif one.missing_since is None:
            one.missing_since = time.monotonic()
        else:
            missing.append(one)
    return Found([pair for pair in mined.values() if pair[1].block_number <= head.number], missing)


def are_in_the_chain(node: Node, mined: Sequence[tuple[Live, Mined]]) -> bool:
    """Whether their blocks are. Several nodes may answer at one address, on different forks."""
    wanted = {(one.block_number, one.block_hash) for _, one in mined}
    try:
        blocks = node.blocks(sorted({number for number, _ in wanted}))
    except BlockNotFound:
        return False
    return wanted == {(one.number, one.hash) for one in blocks}


def _told(node: Node, first: int, last: int) -> dict[bytes, Mined] | None:
    """What left logs in these blocks, and so succeeded. Receipts cost a node far more: for blocks of very many
    transactions, more than executing them. None if the node does not give them: not all give those of every
    contract."""
    try:
        logs = node.logs(first, last)
    except BlockNotFound:
        return {}  # the chain has just changed
    except ChainError:
        return None
    return {one.tx_hash: one for one in from_logs(logs)}
