"""A series as the use cases know it: its SPV on chain, its currency, its terms in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.node import BlockRef
from ledger.domain.daycount import date_of
from ledger.domain.money import Currency, currency
from ledger.domain.waterfall import State
from ledger.errors import InputError, Reverted
from ledger.services.ledger import Ledger

__all__ = ["Series", "state_of"]

# In the order of the contract's enum.
_STATES = (
    None,
    State.DRAFT,
    State.OFFERING,
    State.ACTIVE,
    State.MATURED,
    State.REDEEMED,
    State.FAILED,
    State.ACCELERATED,
    State.DEFAULTED,
)


def state_of(number: int) -> State:
    """The state that the contract's enum has under this number."""
    state = _STATES[number]
    if state is None:
        raise InputError("the SPV is not set up", expected="an SPV that the factory made")
    return state


@dataclass(frozen=True, slots=True)
class Series:
    """One series of one ledger. ``cash`` is the token in which its SPV pays."""

    ledger: Ledger
    slot: int
    code: str
    currency: Currency
    spv: Bound
    cash: Bound
    cash_unit: int
    """Units of the cash token in one minor unit of the currency."""
    utc_offset: int
    """Minutes east of UTC."""

    @classmethod
    def load(cls, ledger: Ledger, slot: int) -> Series:
        """The series of a slot, from the chain. Raises InputError if there is none."""
        try:
            label = ledger.receipts.view(ledger.node, "labelOf", slot)
        except Reverted as error:
            raise InputError("no such series", field="slot", found=str(slot)) from error
        spv = Bound(Contract("Spv"), ledger.receipts.view(ledger.node, "issuerOf", slot))
        parties, _, rules = spv.view(ledger.node, "terms")
        return cls(
            ledger=ledger,
            slot=slot,
            code=label.code,
            currency=currency(label.currency),
            spv=spv,
            cash=Bound(Contract("SettlementCash"), parties.cash),
            cash_unit=rules.cashUnit,
            utc_offset=rules.utcOffset // 60,
        )

    def view(self, key: str, *args: Any, block: BlockRef = "latest") -> Any:
        """What a view of the SPV returns."""
        return self.spv.view(self.ledger.node, key, *args, block=block)

    def state(self) -> State:
        """Where the SPV is in its life."""
        return state_of(self.view("status").state)

    def today(self) -> date:
        """The day, in the series' own time zone, of the newest block."""
        return date_of(self.view("today"))

    def go_to(self, day: date) -> None:
        """Move a local chain's clock to a day of the series; see :meth:`Ledger.go_to`."""
        self.ledger.go_to(day, utc_offset=self.utc_offset)

    def owed(self) -> int:
        """All that the SPV owes, in minor units: its accounts, and what funded epochs have not paid."""
        accounts, status = self.view("accounts"), self.view("status")
        if status.state in (_STATES.index(State.OFFERING), _STATES.index(State.FAILED)):
            return int(status.sold)
        kept = ("collections", "trapped", "reserve", "sinking", "feesPayable", "residualPayable", "dust")
        epochs = [self.view("epochAt", number) for number in range(status.epochs)]
        unpaid = sum(epoch.amount - epoch.paid for epoch in epochs)
        return int(sum(getattr(accounts, name) for name in kept) + unpaid)

    def cash_held(self) -> int:
        """The SPV's cash in minor units, rounded down."""
        return int(self.cash.view(self.ledger.node, "balanceOf", self.spv.address)) // self.cash_unit
