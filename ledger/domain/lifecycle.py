"""A reference model of one SPV's whole life: what ``contracts/src/Spv.sol`` has to agree with, figure by figure.

The model has no clock: each call that depends on the day is told the day. It refuses what the contract refuses, with
RuleError and without having changed anything. Holders are names; a holder's receipts are one number of units, since
payments do not depend on how units are cut.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ledger.domain.epoch import Epoch
from ledger.domain.schedule import period_of, scale_target
from ledger.domain.setup import SpvSetup
from ledger.domain.waterfall import Accounts, Distributed, PeriodInputs, State, distribute
from ledger.errors import RuleError

__all__ = ["SpvModel", "SpvSetup"]

_RUNNING = (State.ACTIVE, State.ACCELERATED, State.DEFAULTED)
_AFTER_ACTIVATION = (*_RUNNING, State.MATURED, State.REDEEMED)


@dataclass(slots=True)
class SpvModel:
    """One SPV from its offering to its end.

    ``holdings`` are units by holder now. ``cash`` is counted only where money comes in or goes out, apart from the
    accounts, so that :meth:`check` compares two independent sums. ``period`` is ``k``, the next period to be funded.
    """

    setup: SpvSetup
    state: State = State.OFFERING
    units: int = 0
    retired: int = 0
    holdings: dict[str, int] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=lambda: Accounts(principal=0))
    period: int = 1
    collected: dict[str, int] = field(default_factory=dict)
    prepaid_of: dict[int, int] = field(default_factory=dict)
    epochs: list[Epoch] = field(default_factory=list)
    distributions: list[Distributed] = field(default_factory=list)
    cash: int = 0

    # --- Offering ---------------------------------------------------------------------------------------------------

    def subscribe(self, day: int, holder: str, units: int) -> None:
        """Sell units at par while the offering is open."""
        self._require_state(State.OFFERING)
        _require(self.setup.open_day <= day <= self.setup.close_day, "offering is not open", found=f"day {day}")
        left = self.setup.size - self.units
        _require(0 < units <= left, "units are not for sale", expected=f"1 to {left}", found=str(units))
        self.units += units
        self.cash += units
        self._add(holder, units)

    def activate(self, day: int) -> int:
        """Close the sale; returns the proceeds, which go to the originator."""
        self._require_state(State.OFFERING)
        setup, first_record = self.setup, self.setup.periods[0].record_day
        _require(setup.issue_day <= day < first_record, "not between issue and first record day", found=f"day {day}")
        sold = self.units == setup.size or (self.units >= setup.soft_cap and day > setup.close_day)
        _require(sold, "neither sold out, nor closed above the soft cap", found=str(self.units))
        self.state = State.ACTIVE
        self.accounts = Accounts(principal=self.units)
        self.cash -= self.units
        return self.units

    def fail(self, day: int) -> None:
        """Declare the offering failed: too little sold, or not activated in time."""
        self._require_state(State.OFFERING)
        too_little = day > self.setup.close_day and self.units < self.setup.soft_cap
        _require(
            too_little or day >= self.setup.periods[0].record_day, "offering can still succeed", found=f"day {day}"
        )
        self.state = State.FAILED

    def cancel(self) -> None:
        """Give up the offering."""
        self._require_state(State.OFFERING)
        self.state = State.FAILED

    def refund(self, holder: str, units: int | None = None) -> int:
        """Give a holder of a failed series the money back, for some units or for all; returns the payment."""
        self._require_state(State.FAILED)
        held = self.holdings.get(holder, 0)
        units = held if units is None else units
        self._remove(holder, units)
        self.retired += units
        self.cash -= units
        return units

    # --- Cash in, receipts between holders --------------------------------------------------------------------------

    def collect(self, key: str, amount: int) -> None:
        """Cash arrived for a receivable. Surplus over its face is cash like any other."""
        self._require_state(*_AFTER_ACTIVATION)
        _require(key in self.setup.receivables, "receivable is not of the pool", found=repr(key))
        _require(amount > 0, "amount is not positive", found=str(amount))
        face, due_day = self.setup.receivables[key]
        before = self.collected.get(key, 0)
        covered = min(before + amount, face) - min(before, face)
        period = period_of(tuple(item.payment_day for item in self.setup.periods), due_day)
        early = covered if period > self.period else 0
        self.collected[key] = before + amount
        self.cash += amount
        if early:
            self.prepaid_of[period] = self.prepaid_of.get(period, 0) + early
        self.accounts = replace(
            self.accounts, collections=self.accounts.collections + amount, prepaid=self.accounts.prepaid + early
        )

    def transfer(self, sender: str, receiver: str, units: int) -> None:
        """Move units between holders; refused before activation and once the series is in redemption."""
        self._require_state(*_RUNNING)
        self._remove(sender, units)
        self._add(receiver, units)

    # --- Distribution -----------------------------------------------------------------------------------------------

    def fix_record(self, day: int, *, by_servicer: bool = True) -> Epoch:
        """Close an epoch: who holds now is paid for it. Returns it. Recoveries are the servicer's to begin."""
        self._require_state(*_RUNNING)
        _require(not self._record_open(), "the last record is not funded yet", found=f"epoch {len(self.epochs) - 1}")
        if self.period <= len(self.setup.periods):
            record_day = self.setup.periods[self.period - 1].record_day
            _require(day >= record_day, "too early for the record", expected=f"day {record_day}", found=f"day {day}")
        else:
            _require(by_servicer, "recoveries are begun by the servicer")
        return self._open_epoch(redemption=False)

    def fund(self, day: int, *, by_servicer: bool = True) -> Distributed:
        """Run the waterfall and give the open epoch its amount. Returns every figure.

        When the series is done, the redemption is fixed and funded at once as a second epoch.
        """
        self._require_state(*_RUNNING)
        _require(self._record_open(), "no record is fixed", expected="fix_record first")
        if self.period <= len(self.setup.periods):
            payment_day = self.setup.periods[self.period - 1].payment_day
            earliest = payment_day if by_servicer else payment_day + self.setup.grace_days
            _require(day >= earliest, "too early to fund", expected=f"day {earliest}", found=f"day {day}")
        else:
            _require(by_servicer, "recoveries are funded by the servicer")
            self._require_recovery(day)
        self.accounts, figures = distribute(self.setup.rules(self.units), self._inputs(), self.accounts, self.state)
        self.distributions.append(figures)
        self.epochs[-1].fund(figures.paid if figures.done else figures.paid + figures.repaid, day)
        if figures.done:
            self._open_epoch(redemption=True).fund(figures.repaid, day)
        self.state = figures.state
        self.period += 1
        return figures

    def pay(self, holder: str, epoch: int, units: int | None = None) -> int:
        """Pay a holder for an epoch, for some of the units held at its record or for all that are left."""
        record = self._epoch(epoch)
        payment, for_units, dust = record.pay(holder, units)
        self.cash -= payment
        self.accounts = replace(self.accounts, dust=self.accounts.dust + dust)
        if record.redemption:
            self._remove(holder, for_units)
            self.retired += for_units
            if record.complete:
                self.state = State.REDEEMED
        return payment

    def close(self, day: int, epoch: int) -> int:
        """Send what nobody claimed of an epoch where the terms say; returns how much.

        A redemption that is closed ends the series; receipts that come later are retired and paid nothing.
        """
        record = self._epoch(epoch)
        left = record.close(day, self.setup.claim_days)
        self.cash -= left
        if record.redemption:
            self.state = State.REDEEMED
        return left

    # --- Cash out ---------------------------------------------------------------------------------------------------

    def sweep(self) -> int:
        """After maturity: what arrived since, and the last dust, belong to the originator. Returns how much."""
        self._require_state(State.MATURED, State.REDEEMED)
        accounts = self.accounts
        swept = accounts.collections + accounts.trapped + accounts.dust
        self.accounts = replace(
            accounts, collections=0, trapped=0, dust=0, residual_payable=accounts.residual_payable + swept
        )
        return swept

    def pay_fees(self) -> int:
        """Pay the servicer what ``fees_payable`` holds; returns it."""
        fees = self.accounts.fees_payable
        self.accounts = replace(self.accounts, fees_payable=0)
        self.cash -= fees
        return fees

    def pay_residual(self) -> int:
        """Pay the originator what ``residual_payable`` holds; returns it."""
        residual = self.accounts.residual_payable
        self.accounts = replace(self.accounts, residual_payable=0)
        self.cash -= residual
        return residual

    # --- Properties -------------------------------------------------------------------------------------------------

    def owed(self) -> int:
        """What the SPV owes: subscriptions not placed, its accounts, and what funded epochs have not paid."""
        at_stake = self.units - self.retired if self.state in (State.OFFERING, State.FAILED) else 0
        return at_stake + self.accounts.owed + sum(epoch.unclaimed for epoch in self.epochs)

    def check(self) -> None:
        """Raise AssertionError if a conservation property does not hold. Holds after every call."""
        accounts, figures = self.accounts, self.distributions
        active = self.state not in (State.OFFERING, State.FAILED)
        ahead = sum(amount for period, amount in self.prepaid_of.items() if period >= self.period)
        parts = (getattr(accounts, name) for name in Accounts.__slots__)
        for name, found, expected in (
            ("cash", self.cash, self.owed()),
            ("units", sum(self.holdings.values()), self.units - self.retired),
            ("principal", accounts.principal, self.units - sum(item.repaid for item in figures) if active else 0),
            ("coupons", sum(item.coupon for item in figures), sum(item.paid for item in figures) + accounts.arrears),
            ("prepaid", accounts.prepaid, ahead),
            ("negative accounts", sum(part < 0 for part in parts), 0),
        ):
            if found != expected:
                raise AssertionError(f"{name}: {found}, expected {expected}")
        for epoch in self.epochs:
            epoch.check()

    # --- Helpers ----------------------------------------------------------------------------------------------------

    def _inputs(self) -> PeriodInputs:
        k = self.period
        if k > len(self.setup.periods):
            return PeriodInputs(k)
        period = self.setup.periods[k - 1]
        target = scale_target(period.target, self.units, self.setup.size)
        return PeriodInputs(k, period.accrual, target, period.due_face, self.prepaid_of.get(k, 0))

    def _require_recovery(self, day: int) -> None:
        """Recoveries are distributed at most once a day, and only if there are any."""
        last = self.epochs[-2].funded_day
        assert last is not None, "one is open at a time"
        _require(day > last, "too early to fund", expected=f"day {last + 1}", found=f"day {day}")
        accounts = self.accounts
        _require(accounts.collections + accounts.trapped + accounts.dust > 0, "there is nothing to distribute")

    def _record_open(self) -> bool:
        return bool(self.epochs) and self.epochs[-1].funded_day is None

    def _open_epoch(self, *, redemption: bool) -> Epoch:
        epoch = Epoch(len(self.epochs), dict(self.holdings), redemption)
        self.epochs.append(epoch)
        return epoch

    def _epoch(self, number: int) -> Epoch:
        _require(0 <= number < len(self.epochs), "no such epoch", found=str(number))
        return self.epochs[number]

    def _add(self, holder: str, units: int) -> None:
        self.holdings[holder] = self.holdings.get(holder, 0) + units

    def _remove(self, holder: str, units: int) -> None:
        held = self.holdings.get(holder, 0)
        _require(0 < units <= held, "holder has no such units", expected=f"1 to {held}", found=str(units))
        self.holdings[holder] = held - units
        if units == held:
            del self.holdings[holder]

    def _require_state(self, *states: State) -> None:
        expected = " or ".join(item.value for item in states)
        _require(self.state in states, "not in this state", expected=expected, found=self.state.value)


def _require(condition: bool, message: str, *, expected: str | None = None, found: str | None = None) -> None:
    if not condition:
        raise RuleError(message, expected=expected, found=found)
