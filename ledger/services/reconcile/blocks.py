"""Blocks and events: what the index keeps, and what the chain has."""

from __future__ import annotations

from functools import cache

from ledger.chain.artifacts import Contract
from ledger.chain.node import BlockNotFound, Log
from ledger.services.reconcile.comparing import Comparison, pieces
from ledger.store import index, reconciling

__all__ = ["compare_blocks", "compare_events"]

_EVENTS = 10_000  # at a time


def compare_blocks(found: Comparison) -> None:
    """Number, hash and time of each block that the index keeps."""
    for some in pieces(reconciling.all_blocks(found.connection)):
        try:
            theirs = found.ledger.node.blocks([one.number for one in some])
        except BlockNotFound as error:
            found.differs("block", f"blocks {some[0].number} to {some[-1].number}", "all of them", error.message)
            continue
        for ours, one in zip(some, theirs, strict=True):
            found.same("block", f"block {ours.number}", (ours.hash, ours.timestamp), (one.hash, one.timestamp))


def compare_events(found: Comparison) -> None:
    """Each event, byte by byte; and that there are no others of our contracts."""
    kinds = found.ledger.deployment.kinds | index.known_contracts(found.connection)
    first = found.ledger.deployment.block
    while first <= found.tip.number:
        last = reconciling.some_events(found.connection, first, _EVENTS)
        last = found.tip.number if last is None else min(last, found.tip.number)
        _compare_range(found, kinds, first, last)
        first = last + 1


def _compare_range(found: Comparison, kinds: dict[str, str], first: int, last: int) -> None:
    theirs = {
        (log.block_number, log.index): _content(log)
        for log in found.ledger.node.logs(first, last, sorted(kinds))
        if log.topics and log.topics[0] in _topics(kinds[log.address])
    }
    for row in reconciling.events(found.connection, first, last):
        place = (row.block_number, row.log_index)
        ours = (row.contract, bytes(row.tx_hash), bytes(row.topics), bytes(row.data))
        found.same("event", _where(place), ours, theirs.pop(place, "no event"))
    for place, content in theirs.items():
        found.same("event", _where(place), "no event", content)


def _where(place: tuple[int, int]) -> str:
    return f"block {place[0]}, log {place[1]}"


def _content(log: Log) -> tuple[str, bytes, bytes, bytes]:
    return log.address, log.tx_hash, b"".join(log.topics), log.data


@cache
def _topics(kind: str) -> frozenset[bytes]:
    return frozenset(event.topic for event in Contract(kind).events)
