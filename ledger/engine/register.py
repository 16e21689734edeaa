"""The register of receipts, kept from the chain's events: who holds what, and who is to be paid.

In memory, and as up to date as the last :meth:`Register.sync`. Nothing is read from the state of contracts here: the
events alone say everything, so that the same register can be rebuilt at any time.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.chain.abi import DecodedEvent
from ledger.chain.bindings import Bound
from ledger.chain.node import Node

__all__ = ["ZERO", "Kept", "Receipt", "Register"]

ZERO = "0x" + "0" * 40
_SLOT_AT = 64


@dataclass(frozen=True, slots=True)
class Kept:
    """What ``holder`` was to be paid for of a receipt that moved after the record: ``units``. Paid since or not."""

    token_id: int
    holder: str
    units: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt: ``units`` of face value, in minor units of its series' currency."""

    token_id: int
    owner: str
    units: int
    frozen: bool

    @property
    def slot(self) -> int:
        """Its series."""
        return self.token_id >> _SLOT_AT

    @property
    def number(self) -> int:
        """Its number within the series."""
        return self.token_id & ((1 << _SLOT_AT) - 1)


class Register:
    """Receipts of all series of one ``ComputeReceipt`` contract. Safe to use from several threads.

    It does not follow reorganisations: events of a block that it has read stay, also when the chain drops the block.
    On a network that may do so, make it anew from a block that is final.
    """

    def __init__(self, node: Node, receipts: Bound, from_block: int = 0) -> None:
        self._node, self._receipts = node, receipts
        self._lock = threading.RLock()
        self._next_block = from_block
        self._owners: dict[int, str] = {}
        self._units: dict[int, int] = defaultdict(int)
        self._frozen: set[int] = set()
        self._kept: dict[tuple[int, int], list[Kept]] = defaultdict(list)

    def sync(self) -> Register:
        """Take in what the chain has now; returns itself."""
        with self._lock:
            head = self._node.block_number()
            if head >= self._next_block:
                logs = self._node.logs(self._next_block, head, [self._receipts.address])
                for event in list(self._receipts.events(logs)):
                    self._apply(event)
                self._next_block = head + 1
        return self

    def receipts(self, slot: int | None = None, owner: str | None = None) -> Iterator[Receipt]:
        """Receipts in the order of their ids, of one series and one owner if these are given; all of one moment."""
        with self._lock:
            found = [self[token_id] for token_id in sorted(self._owners)]
        return (
            receipt
            for receipt in found
            if (slot is None or receipt.slot == slot) and (owner is None or receipt.owner == owner)
        )

    def __getitem__(self, token_id: int) -> Receipt:
        """One receipt. Raises KeyError if there is none of this id."""
        with self._lock:
            return Receipt(token_id, self._owners[token_id], self._units[token_id], token_id in self._frozen)

    def holdings(self, slot: int) -> dict[str, int]:
        """Units by holder, of those who have any."""
        held: dict[str, int] = defaultdict(int)
        for receipt in self.receipts(slot):
            held[receipt.owner] += receipt.units
        return {owner: units for owner, units in held.items() if units}

    def kept(self, slot: int, epoch: int) -> list[Kept]:
        """What is kept of the record of an epoch for receipts that moved after it."""
        with self._lock:
            return list(self._kept.get((slot, epoch), ()))

    def _apply(self, event: DecodedEvent) -> None:
        args = event.args
        match event.name:
            case "Transfer":
                if args["to"] == ZERO:
                    self._owners.pop(args["tokenId"], None)
                    self._units.pop(args["tokenId"], None)
                    self._frozen.discard(args["tokenId"])
                else:
                    self._owners[args["tokenId"]] = args["to"]
            case "TransferValue":
                source, target, value = args["fromTokenId"], args["toTokenId"], args["value"]
                if source in self._owners:
                    self._units[source] -= value
                if target in self._owners:
                    self._units[target] += value
            case "ReceiptFrozen":
                (self._frozen.add if args["frozen"] else self._frozen.discard)(args["tokenId"])
            case "RecordKept":
                kept = Kept(args["tokenId"], args["holder"], args["units"])
                self._kept[kept.token_id >> _SLOT_AT, args["epoch"]].append(kept)
