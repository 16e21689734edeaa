"""How units are cut into receipts, in a few lines: the model knows holders only, and the contracts are to agree."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ledger.errors import RuleError

__all__ = ["Book", "Receipt"]


@dataclass(slots=True)
class Receipt:
    """``counted``: for the epochs below this number its units are paid, or credited to whoever held it then."""

    holder: str
    units: int
    counted: int


class Book:
    """Receipts by their number in the series. ``records`` is how many records were fixed."""

    def __init__(self) -> None:
        self.receipts: dict[int, Receipt] = {}
        self.credits: dict[tuple[int, str], int] = defaultdict(int)
        self.records = 0
        self._last = 0

    def make(self, holder: str, units: int) -> int:
        self._last += 1
        self.receipts[self._last] = Receipt(holder, units, self.records)
        return self._last

    def take(self, number: int, units: int) -> Receipt:
        """Remove units from a receipt, and credit its holder for the records before."""
        if units > self.receipts[number].units:
            raise RuleError("receipt has fewer units", found=str(units))
        receipt = self.touch(number)
        receipt.units -= units
        return receipt

    def touch(self, number: int) -> Receipt:
        receipt = self.receipts[number]
        for epoch in range(receipt.counted, self.records):
            self.credits[epoch, receipt.holder] += receipt.units
        receipt.counted = self.records
        return receipt

    def count(self, epoch: int, numbers: list[int], *, retire: bool) -> dict[str, int]:
        """Units to be paid by holder, of receipts not counted for the epoch yet, with what was credited to them."""
        due: dict[str, int] = {}
        for number in numbers:
            receipt = self.receipts.get(number)
            if receipt is None or receipt.counted != epoch:
                continue
            if receipt.holder not in due:
                due[receipt.holder] = self.credits.pop((epoch, receipt.holder), 0)
            due[receipt.holder] += receipt.units
            receipt.counted += 1
            if retire:
                del self.receipts[number]
        return {holder: units for holder, units in due.items() if units}

    def count_credits(self, epoch: int, holders: list[str]) -> dict[str, int]:
        due = {holder: self.credits.pop((epoch, holder), 0) for holder in holders}
        return {holder: units for holder, units in due.items() if units}

    def of(self, holder: str) -> list[int]:
        return [number for number, receipt in self.receipts.items() if receipt.holder == holder]
