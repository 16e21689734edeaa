"""One epoch: a record of who holds, the amount it was funded with, and what became of that amount.

Record fixed -> funded -> payable -> closed. For every sequence of calls, ``paid + unclaimed + dust + expired`` equals
``amount`` to the minor unit. Each payment is rounded down once: ``n`` of them bring a holder at most what one would,
and less than ``n`` minor units less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.domain.prorata import entitlement
from ledger.errors import RuleError

__all__ = ["Epoch"]


@dataclass(slots=True)
class Epoch:
    """A record date and its payments. Amounts and units in minor units.

    ``holders`` is who held at the record, and never changes; ``paid_units`` is for how many of these units each was
    paid, in how many ``payments``; ``lapsed_units`` for how many each came too late. ``redemption`` epochs retire what
    they pay for.
    """

    number: int
    holders: Mapping[str, int]
    redemption: bool = False
    amount: int = 0
    funded_day: int | None = None
    closed: bool = False
    paid: int = 0
    dust: int = 0
    expired: int = 0
    paid_units: dict[str, int] = field(default_factory=dict)
    paid_to: dict[str, int] = field(default_factory=dict)
    payments: dict[str, int] = field(default_factory=dict)
    lapsed_units: dict[str, int] = field(default_factory=dict)

    @property
    def units(self) -> int:
        """Units outstanding at the record."""
        return sum(self.holders.values())

    @property
    def unclaimed(self) -> int:
        """What of the amount is still owed to holders, their dust included."""
        return self.amount - self.paid - self.dust - self.expired

    def fund(self, amount: int, day: int) -> None:
        """Give the epoch its amount, once."""
        self.amount, self.funded_day = amount, day

    @property
    def complete(self) -> bool:
        """Whether every unit of the record was paid for, or came too late."""
        return sum(self.paid_units.values()) + sum(self.lapsed_units.values()) == self.units

    def pay(self, holder: str, units: int | None = None) -> tuple[int, int, int]:
        """Pay a holder for ``units`` not paid yet, or for all of them; a closed epoch counts them and pays nothing.

        Returns the payment, the units it was for, and the dust that was set free (only by the last payment). Raises
        RuleError if the epoch is not funded or the holder has no such units left.
        """
        if self.funded_day is None:
            raise RuleError(f"epoch {self.number} is not funded", field="epoch", expected="a funded epoch")
        before = self.paid_units.get(holder, 0)
        left = self.holders.get(holder, 0) - before - self.lapsed_units.get(holder, 0)
        units = left if units is None else units
        if not 0 < units <= left:
            expected = f"1 to {left} units that are not paid yet" if left else "a holder who is not fully paid"
            raise RuleError(f"{holder} can't be paid", field="units", expected=expected, found=str(units))
        if self.closed:
            self.lapsed_units[holder] = self.lapsed_units.get(holder, 0) + units
            return 0, units, 0
        payment = entitlement(self.amount, units, self.units)
        self.paid_units[holder] = before + units
        self.paid_to[holder] = self.paid_to.get(holder, 0) + payment
        self.payments[holder] = self.payments.get(holder, 0) + 1
        self.paid += payment
        freed = self.unclaimed if self.complete else 0
        self.dust += freed
        return payment, units, freed

    def close(self, day: int, claim_days: int) -> int:
        """End the claims: what nobody claimed leaves the epoch. Returns how much that is.

        Claims last for ``claim_days`` after the day of funding, that day included. Raises RuleError while they last,
        or if the epoch is closed.
        """
        if self.funded_day is None or self.closed:
            state = "closed" if self.closed else "not funded"
            raise RuleError(f"epoch {self.number} is {state}", field="epoch", expected="an epoch open for claims")
        if day <= self.funded_day + claim_days:
            expected = f"after day {self.funded_day + claim_days}"
            raise RuleError(f"epoch {self.number} is open for claims", expected=expected, found=f"day {day}")
        left = self.unclaimed
        self.expired, self.closed = left, True
        return left

    def check(self) -> None:
        """Raise AssertionError if a payment is not what its units are due, or the parts do not add up."""
        for holder, units in self.paid_units.items():
            due = entitlement(self.amount, units, self.units)
            short = due - self.paid_to[holder]
            if units > self.holders[holder] or not 0 <= short < self.payments[holder]:
                raise AssertionError(f"epoch {self.number}: {holder} got {self.paid_to[holder]}, not {due}")
        if sum(self.paid_to.values()) != self.paid or min(self.unclaimed, self.paid, self.dust, self.expired) < 0:
            raise AssertionError(f"epoch {self.number}: parts do not add up to {self.amount}")
        if self.dust >= max(1, sum(self.payments.values())):
            raise AssertionError(f"epoch {self.number}: dust {self.dust} of {sum(self.payments.values())} payments")
