"""The comparison: a verb done in both worlds, and everything that the two say then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Final

import pytest

from ledger.domain.terms import Receivable, Terms
from ledger.domain.waterfall import State
from ledger.errors import Reverted, RuleError
from ledger.services.encoding import receivable_id
from ledger.services.series import state_of
from ledger.store import index

from .stage import Accepted, Stage
from .worlds import OnChain, Reference

__all__ = ["REFUSED", "Both"]

REFUSED: Final = object()
"""The answer to what both worlds refuse."""

# By which errors the contracts may refuse what the rules refuse: by none that the test itself might have caused.
_REFUSALS: Final[dict[str, set[str]]] = {
    "offer": {"AdvanceExceeded"},
    "subscribe": {"WrongState", "NothingGiven", "TooEarly", "TooLate", "OverSubscribed"},
    "activate": {"WrongState", "TooEarly", "TooLate", "NotSold"},
    "fail": {"WrongState", "NotFailed"},
    "cancel": {"WrongState"},
    "refund": {"WrongState"},
    "collect": {"WrongState", "NothingGiven", "UnknownReceivable"},
    "move_to_new": {"SeriesNotMovable", "InsufficientUnits", "NoUnits"},
    "move_units": {"SeriesNotMovable", "InsufficientUnits", "SameReceipt"},
    "move_whole": {"SeriesNotMovable"},
    "split": {"SeriesNotMovable", "InsufficientUnits", "NoUnits"},
    "merge": {"SeriesNotMovable", "SameReceipt"},
    "fix_record": {"WrongState", "RecordState", "TooEarly", "Unauthorized"},
    "fund": {"RecordState", "TooEarly", "NothingToDistribute", "Unauthorized"},
    "pay": {"NotFunded", "NothingToPay"},
    "close": {"NotFunded", "NothingToPay", "TooEarly"},
    "sweep": {"WrongState"},
    "pay_fees": set(),
    "pay_residual": set(),
}


class Both:
    """One series in both worlds. ``tally`` counts what was done, and what was refused."""

    def __init__(self, stage: Stage, terms: Terms, pool: tuple[Receivable, ...], clock: int = 0) -> None:
        self.stage, self.pool = stage, pool
        self.reference = Reference(terms, pool)
        self.chain = OnChain(stage, terms, pool, clock)
        self.tally: Counter[str] = Counter()
        self.day = 0

    def go_to(self, day: int) -> None:
        """On to a later day; the day it is stays as it is."""
        if day > self.day:
            self.day = day
            self.reference.go_to(day)
            self.chain.go_to(day)

    def do(self, verb: str, *args: Any) -> Any:
        """The answer of both worlds, which is the same; ``REFUSED`` if that is what both do."""
        try:
            expected = getattr(self.reference, verb)(*args)
        except RuleError:
            self._check_refusal(verb, *args)
            return REFUSED
        found = getattr(self.chain, verb)(*args)
        assert found == expected
        self.tally[verb] += 1
        self._compare_state()
        if verb == "fund":
            self._compare_epochs(range(len(self.reference.model.epochs))[-2:])
        elif verb in ("pay", "close"):
            self._compare_epochs([args[0]])
        return found

    def would(self, verb: str, *args: Any) -> bool:
        """Whether both would do it; nothing is done."""
        try:
            getattr(deepcopy(self.reference), verb)(*args)
        except RuleError:
            self._check_refusal(verb, *args)
            return False
        with self._rehearsal(), pytest.raises(Accepted):
            getattr(self.chain, verb)(*args)
        return True

    def _check_refusal(self, verb: str, *args: Any) -> None:
        with self._rehearsal(), pytest.raises(Reverted) as refusal:
            getattr(self.chain, verb)(*args)
        assert refusal.value.name in _REFUSALS[verb]
        self.tally[f"{verb} refused: {refusal.value.name}"] += 1

    @contextmanager
    def _rehearsal(self) -> Iterator[None]:
        self.stage.sender.rehearse = True
        try:
            yield
        finally:
            self.stage.sender.rehearse = False

    def finish(self) -> None:
        """Everything once more, and what only has to hold in the end: each party's cash, and that all is there."""
        model = self.reference.model
        assert self.chain.series.view("today") == self.day
        self._compare_state()
        self._compare_epochs(range(len(model.epochs)))
        self._compare_pool()
        with self.stage.ledger.reading() as connection:
            holdings = index.holdings(connection, self.chain.series.slot)
            found = list(index.receipts_at(connection))
        assert {self.stage.names[owner]: units for owner, units in holdings.items()} == model.holdings
        receipts = {item.number: (self.stage.names[item.owner], item.units) for item in found}
        assert receipts == {key: (item.holder, item.units) for key, item in self.reference.book.receipts.items()}
        purses = {name: amount for name, amount in self.reference.purses.items() if amount}
        assert self.chain.purses() == purses
        # Cash in = cash out + held: what the parties have less, the SPV has.
        assert -sum(purses.values()) == self.chain.cash()

    # --- What both say ------------------------------------------------------------------------------------------------

    def _compare_state(self) -> None:
        model = self.reference.model
        model.check()
        accounts, status = self.chain.series.view("accounts"), self.chain.series.view("status")
        assert accounts._asdict() == self._expected_accounts()
        funded = sum(epoch.funded_day is not None for epoch in model.epochs)
        assert state_of(status.state) is model.state
        assert status.slot == self.chain.series.slot
        assert (status.period, status.periods) == (min(model.period - 1, self._periods), self._periods)
        assert (status.epochs, status.recordOpen) == (funded, funded < len(model.epochs))
        assert status.sold == (model.units - model.retired if model.state is State.FAILED else model.units)
        if model.state is State.ACTIVE:  # afterwards it decides nothing
            assert status.arrearsRun == model.accounts.arrears_run
        cash = self.chain.cash()
        assert cash == model.cash == model.owed()
        assert cash >= self._owed(accounts, status)

    def _expected_accounts(self) -> dict[str, int]:
        model = self.reference.model
        kept = model.accounts
        past = model.setup.periods[min(model.period, self._periods + 1) - 2].due_face if model.period > 1 else 0
        return {
            "collections": kept.collections,
            "trapped": kept.trapped,
            "reserve": kept.reserve,
            "sinking": kept.sinking,
            "principal": kept.principal,
            "arrears": kept.arrears,
            "feesPayable": kept.fees_payable,
            "residualPayable": kept.residual_payable,
            "dust": kept.dust,
            "undue": sum(item.face for item in self.pool) - past - kept.prepaid,
        }

    def _compare_epochs(self, numbers: Iterable[int]) -> None:
        model = self.reference.model
        for number in numbers:
            epoch, found = model.epochs[number], self.chain.series.view("epochAt", number)
            if epoch.funded_day is None:
                assert not any(found)
                continue
            assert found._asdict() == {
                "amount": epoch.amount,
                "paid": epoch.paid + epoch.dust + epoch.expired,
                "unitsPaid": sum(epoch.paid_units.values()) + sum(epoch.lapsed_units.values()),
                "units": epoch.units,
                "expiryDay": epoch.funded_day + model.setup.claim_days,
                "redemption": epoch.redemption,
                "closed": epoch.closed,
            }

    def _compare_pool(self) -> None:
        model, before = self.reference.model, 0
        for number, period in enumerate(model.setup.periods):
            found = self.chain.series.view("periodAt", number)
            if number < sum(epoch.funded_day is not None for epoch in model.epochs):
                assert not any(found)
                before = period.due_face
                continue
            face = period.due_face - before - model.prepaid_of.get(number + 1, 0)
            assert found == (period.record_day, period.payment_day, period.accrual, period.target, face)
            before = period.due_face
        for item in self.pool:
            assert self.chain.series.view("receivable", receivable_id(item.id)).collected == model.collected.get(
                item.id, 0
            )

    def _owed(self, accounts: Any, status: Any) -> int:
        """What the contract says that it owes, by its own words alone."""
        if state_of(status.state) in (State.OFFERING, State.FAILED):
            return int(status.sold)
        set_aside = sum(epoch.unclaimed for epoch in self.reference.model.epochs)
        kept = ("collections", "trapped", "reserve", "sinking", "feesPayable", "residualPayable", "dust")
        return sum(getattr(accounts, name) for name in kept) + set_aside

    @property
    def _periods(self) -> int:
        return len(self.reference.model.setup.periods)
