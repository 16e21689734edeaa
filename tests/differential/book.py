"""How units are cut into receipts, in a few lines: the model knows holders only, and the contracts are to agree."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import RuleError

__all__ = ["Book", "Receipt"]


@dataclass(slots=True)
class Receipt:
    """``counted``: for the epochs below this number its units are paid, or kept for whoever held it then."""

    holder: str
    units: int
    counted: int


class Book:
    """Receipts by their number in the series, and what is ``kept`` of them by epoch. ``records`` were fixed so far."""

    def __init__(self) -> None:
        self.receipts: dict[int, Receipt] = {}
        self.kept: dict[tuple[int, int], tuple[str, int]] = {}
        self.records = 0
        self._last = 0

    def make(self, holder: str, units: int) -> int:
        self._last += 1
        self.receipts[self._last] = Receipt(holder, units, self.records)
        return self._last

    def take(self, number: int, units: int) -> Receipt:
        """Remove units from a receipt, and keep for its holder what it was at the records before."""
        if units > self.receipts[number].units:
            raise RuleError("receipt has fewer units", found=str(units))
        receipt = self.touch(number)
        receipt.units -= units
        return receipt

    def touch(self, number: int) -> Receipt:
        receipt = self.receipts[number]
        for epoch in range(receipt.counted, self.records):
            if receipt.units:
                self.kept[epoch, number] = (receipt.holder, receipt.units)
        receipt.counted = self.records
        return receipt

    def count(self, epoch: int, numbers: list[int], *, retire: bool) -> list[tuple[str, int]]:
        """Who is to be paid for how many units of receipts not counted for the epoch yet, a run of one holder as one."""
        due: list[tuple[str, int]] = []
        for number in numbers:
            receipt = self.receipts.get(number)
            if receipt is not None and receipt.counted == epoch:
                holder, units = receipt.holder, receipt.units
                receipt.counted += 1
                if retire:
                    del self.receipts[number]
            else:
                holder, units = self.kept.pop((epoch, number), ("", 0))
            if due and due[-1][0] == holder:
                due[-1] = (holder, due[-1][1] + units)
            elif units:
                due.append((holder, units))
        return due

    def due(self, epoch: int, holders: list[str]) -> list[int]:
        """The receipts for which these holders are to be paid, one holder after the other."""
        found = {(receipt.holder, number) for number, receipt in self.receipts.items() if receipt.counted == epoch}
        found |= {(holder, number) for (at, number), (holder, _) in self.kept.items() if at == epoch}
        return [number for holder, number in sorted(found) if holder in holders]

    def of(self, holder: str) -> list[int]:
        return [number for number, receipt in self.receipts.items() if receipt.holder == holder]
