"""What a node is asked, as JSON-RPC has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.chain.node import BlockRef, CallRequest

__all__ = ["ref", "request", "topic"]


def ref(number: BlockRef) -> str:
    """A block."""
    return number if isinstance(number, str) else hex(number)


def topic(wanted: bytes | Sequence[bytes] | None) -> Any:
    """What may stand at one position of a filter."""
    if wanted is None:
        return None
    return "0x" + wanted.hex() if isinstance(wanted, bytes) else ["0x" + choice.hex() for choice in wanted]


def request(tx: CallRequest) -> dict[str, str]:
    """A message to simulate."""
    fields = {"data": "0x" + tx.data.hex(), "value": hex(tx.value)}
    if tx.to is not None:
        fields["to"] = tx.to
    if tx.sender is not None:
        fields["from"] = tx.sender
    if tx.gas is not None:
        fields["gas"] = hex(tx.gas)
    return fields
