"""What a reconciliation has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Difference", "Report"]


@dataclass(frozen=True, slots=True)
class Difference:
    """``kind`` of thing, ``where`` it is, what our books ``expected``, and what was ``found`` on the chain."""

    kind: str
    where: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Report:
    """Chain, index and journal after one block. ``compared`` says how many things of each kind were.

    ``surplus`` is cash that an SPV or the vouchers have beyond their books, in units of its token: anyone can send
    tokens there, they are nobody's claim, and nothing is wrong. Less than their books say is a difference.
    """

    block_number: int
    block_hash: bytes
    timestamp: int
    compared: Mapping[str, int]
    differences: Sequence[Difference]
    surplus: Sequence[Difference]

    @property
    def agree(self) -> bool:
        """Whether there is no difference."""
        return not self.differences

    def document(self) -> dict[str, Any]:
        """As JSON."""

        def listed(found: Sequence[Difference]) -> list[dict[str, str]]:
            return [
                {"kind": one.kind, "where": one.where, "expected": one.expected, "found": one.found} for one in found
            ]

        return {
            "block": {
                "number": self.block_number,
                "hash": f"0x{self.block_hash.hex()}",
                "timestamp": self.timestamp,
            },
            "compared": dict(self.compared),
            "agree": self.agree,
            "differences": listed(self.differences),
            "surplus": listed(self.surplus),
        }
