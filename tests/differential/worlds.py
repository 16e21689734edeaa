"""The two worlds. Both have the verbs of :class:`World`, which answer alike or are refused in both.

Holders have names and receipts have their number within the series, so that an answer of one world can be compared
with the other's. ``Reference`` refuses with RuleError, ``OnChain`` with Reverted.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any, Protocol

from ledger.chain.abi import DecodedEvent
from ledger.chain.bindings import Bound
from ledger.domain.lifecycle import SpvModel
from ledger.domain.schedule import build_schedule
from ledger.domain.setup import SpvSetup
from ledger.domain.terms import Receivable, Terms
from ledger.domain.valuation import check_advance, present_value
from ledger.domain.waterfall import Distributed, State
from ledger.engine.operations import Step
from ledger.errors import RuleError
from ledger.services import issuance
from ledger.services.encoding import receivable_id
from ledger.services.inputs.case import Case
from ledger.services.roles import Role
from ledger.services.series import Series

from .book import Book
from .stage import Stage

__all__ = ["OnChain", "Payments", "Reference", "World"]

Payments = list[tuple[str, int, int]]
"""Holder, units paid for, and minor units paid."""

_RUNNING = (State.ACTIVE, State.ACCELERATED, State.DEFAULTED)


class World(Protocol):
    """What can be done to a series, and what it answers. ``day`` is the day of what is done next."""

    def go_to(self, day: int) -> None: ...
    def offer(self, present_value: int) -> None: ...
    def subscribe(self, holder: str, units: int) -> int: ...
    def activate(self) -> int: ...
    def fail(self) -> None: ...
    def cancel(self) -> None: ...
    def refund(self, receipts: list[int]) -> list[tuple[str, int]]: ...
    def collect(self, items: tuple[tuple[str, int], ...]) -> list[int]: ...
    def move_to_new(self, source: int, holder: str, units: int) -> int: ...
    def move_units(self, source: int, target: int, units: int) -> None: ...
    def move_whole(self, source: int, holder: str) -> None: ...
    def split(self, source: int, units: list[int]) -> list[int]: ...
    def merge(self, sources: list[int], target: int) -> None: ...
    def fix_record(self, by_servicer: bool) -> int: ...
    def fund(self, by_servicer: bool) -> dict[str, Any]: ...
    def pay(self, epoch: int, receipts: list[int]) -> Payments: ...
    def close(self, epoch: int) -> int: ...
    def sweep(self) -> int: ...
    def pay_fees(self) -> int: ...
    def pay_residual(self) -> int: ...


# --- The rules in Python ----------------------------------------------------------------------------------------------


class Reference:
    """The model, the book of receipts beside it, and what each party has got (``purses``)."""

    def __init__(self, terms: Terms, pool: tuple[Receivable, ...]) -> None:
        self.terms = terms
        self.model = SpvModel(SpvSetup.of(terms, pool))
        self.book = Book()
        self.purses: Counter[str] = Counter()
        self.day = 0

    def go_to(self, day: int) -> None:
        self.day = day

    def offer(self, present_value: int) -> None:
        check_advance(self.terms.size, present_value, self.terms.advance_rate)

    def subscribe(self, holder: str, units: int) -> int:
        self.model.subscribe(self.day, holder, units)
        self.purses[holder] -= units
        return self.book.make(holder, units)

    def activate(self) -> int:
        return self._gives("originator", self.model.activate(self.day))

    def fail(self) -> None:
        self.model.fail(self.day)

    def cancel(self) -> None:
        self.model.cancel()

    def refund(self, receipts: list[int]) -> list[tuple[str, int]]:
        if self.model.state is not State.FAILED:
            raise RuleError("not failed")
        gone = [self.book.receipts.pop(number) for number in receipts]
        return [(item.holder, self._gives(item.holder, self.model.refund(item.holder, item.units))) for item in gone]

    def collect(self, items: tuple[tuple[str, int], ...]) -> list[int]:
        trial = deepcopy(self.model)  # all or none
        totals = []
        for key, amount in items:
            trial.collect(key, amount)
            totals.append(trial.collected[key])
        self.model = trial
        self.purses["servicer"] -= sum(amount for _, amount in items)
        return totals

    # Moves of nothing are no matter for the model, but a receipt is settled by them.

    def move_to_new(self, source: int, holder: str, units: int) -> int:
        if units == 0:
            raise RuleError("a receipt of nothing")
        self._move(source, holder, units)
        return self.book.make(holder, units)

    def move_units(self, source: int, target: int, units: int) -> None:
        if source == target:
            raise RuleError("into itself")
        self._move(source, self.book.receipts[target].holder, units)
        self.book.touch(target).units += units

    def move_whole(self, source: int, holder: str) -> None:
        units = self.book.receipts[source].units
        self._move(source, holder, units)
        self.book.receipts[source].units = units
        self.book.receipts[source].holder = holder

    def split(self, source: int, units: list[int]) -> list[int]:
        receipt = self.book.receipts[source]
        if sum(units) > receipt.units or 0 in units:
            raise RuleError("no such units")
        return [self.move_to_new(source, receipt.holder, part) for part in units]

    def merge(self, sources: list[int], target: int) -> None:
        if target in sources:
            raise RuleError("into itself")
        for source in sources:
            self.move_units(source, target, self.book.receipts[source].units)
            del self.book.receipts[source]

    def fix_record(self, by_servicer: bool) -> int:
        epoch = self.model.fix_record(self.day, by_servicer=by_servicer)
        self.book.records += 1
        return epoch.number

    def fund(self, by_servicer: bool) -> dict[str, Any]:
        figures = self.model.fund(self.day, by_servicer=by_servicer)
        self.book.records = len(self.model.epochs)
        return {**_outcome(figures), "amounts": [item.amount for item in self.model.epochs[-1 - figures.done :]]}

    def pay(self, epoch: int, receipts: list[int]) -> Payments:
        retire = self._funded(epoch).redemption
        if not deepcopy(self.book).count(epoch, receipts, retire=retire):
            raise RuleError("nobody to pay")  # and nothing is counted
        due = self.book.count(epoch, receipts, retire=retire)
        return [(holder, units, self._gives(holder, self.model.pay(holder, epoch, units))) for holder, units in due]

    def close(self, epoch: int) -> int:
        return self._gives("unclaimed", self.model.close(self.day, epoch))

    def sweep(self) -> int:
        return self.model.sweep()

    def pay_fees(self) -> int:
        return self._gives("fees", self.model.pay_fees())

    def pay_residual(self) -> int:
        return self._gives("originator", self.model.pay_residual())

    def _funded(self, epoch: int) -> Any:
        if not 0 <= epoch < len(self.model.epochs) or self.model.epochs[epoch].funded_day is None:
            raise RuleError("epoch is not funded")
        return self.model.epochs[epoch]

    def _move(self, source: int, holder: str, units: int) -> None:
        if self.model.state not in _RUNNING:
            raise RuleError("receipts don't move now")
        receipt = self.book.take(source, units)
        if units:
            self.model.transfer(receipt.holder, holder, units)

    def _gives(self, party: str, amount: int) -> int:
        self.purses[party] += amount
        return amount


def _outcome(figures: Distributed) -> dict[str, Any]:
    """The model's figures under the names of the contract's ``Outcome``."""
    return {
        "available": figures.available,
        "fee": figures.fee,
        "coupon": figures.coupon,
        "due": figures.due,
        "paid": figures.paid,
        "fromReserve": figures.from_reserve,
        "toReserve": figures.to_reserve,
        "toSinking": figures.to_sinking,
        "repaid": figures.repaid,
        "residual": figures.residual,
        "trapped": figures.trapped,
        "assets": figures.assets,
        "passed": figures.tests,
        "done": figures.done,
    }


# --- The contracts ----------------------------------------------------------------------------------------------------


class OnChain:
    """The contracts, by the transactions of those who do each thing."""

    def __init__(self, stage: Stage, terms: Terms, pool: tuple[Receivable, ...], clock: int = 0) -> None:
        self.stage, self.terms, self._clock = stage.reset(), terms, clock
        self.ledger, self.node = stage.ledger, stage.node
        value = present_value(pool, terms.discount_rate, terms.cut_off_date, terms.currency)
        case = Case(terms, pool, (), (), build_schedule(terms, pool), value)
        self.series: Series = issuance.create(self.ledger, case, stage.parties)
        issuance.register_pool(self.series, pool)
        self.spv, self.receipts = self.series.spv, self.ledger.receipts
        self.servicer = self.ledger.keys[Role.SERVICER]
        self.administrator = self.ledger.keys[Role.ADMINISTRATOR]
        self.passer_by = stage.holders["gil"]

    def go_to(self, day: int) -> None:
        """To ``clock`` seconds after midnight where the series is; refused calls see that time as well."""
        self.node.set_time(day * 86_400 + self._clock - self.terms.utc_offset * 60)
        self.node.mine()

    def offer(self, present_value: int) -> None:
        issuance.offer(self.series, present_value, issuance.attest(self.series, present_value, self.stage.agent))

    def subscribe(self, holder: str, units: int) -> int:
        events = self._do(self.stage.holders[holder], self.spv, "subscribe", units)
        return _number(_one(events, "Subscribed").args["tokenId"])

    def activate(self) -> int:
        events = self._do(self.administrator, self.spv, "activate")
        return int(_one(events, "Activated").args["proceeds"])

    def fail(self) -> None:
        self._do(self.passer_by, self.spv, "fail")

    def cancel(self) -> None:
        self._do(self.administrator, self.spv, "cancel")

    def refund(self, receipts: list[int]) -> list[tuple[str, int]]:
        events = self._do(self.passer_by, self.spv, "refund", [self._id(number) for number in receipts])
        refunds = [event.args for event in events if event.name == "Refunded"]
        assert [item["tokenId"] for item in refunds] == [self._id(number) for number in receipts]
        return [(self.stage.names[item["holder"]], item["units"]) for item in refunds]

    def collect(self, items: tuple[tuple[str, int], ...]) -> list[int]:
        keyed = [(receivable_id(key), amount) for key, amount in items]
        events = self._do(self.servicer, self.spv, "collect", keyed)
        return [event.args["total"] for event in events if event.name == "Collected"]

    def move_to_new(self, source: int, holder: str, units: int) -> int:
        function, to = "transferFrom(uint256,address,uint256)", self.stage.holders[holder]
        return self._made(self._by_owner(source, function, self._id(source), to, units))[0]

    def move_units(self, source: int, target: int, units: int) -> None:
        function = "transferFrom(uint256,uint256,uint256)"
        self._by_owner(source, function, self._id(source), self._id(target), units)

    def move_whole(self, source: int, holder: str) -> None:
        function, owner = "transferFrom(address,address,uint256)", self._owner_of(source)
        self._by_owner(source, function, owner, self.stage.holders[holder], self._id(source))

    def split(self, source: int, units: list[int]) -> list[int]:
        return self._made(self._by_owner(source, "split", self._id(source), units))

    def merge(self, sources: list[int], target: int) -> None:
        self._by_owner(target, "merge", [self._id(number) for number in sources], self._id(target))

    def fix_record(self, by_servicer: bool) -> int:
        step = Step(self.spv.address, self.spv.call_data("fixRecord"))
        outcome = self.ledger.act(self.servicer if by_servicer else self.passer_by, "fixRecord", step)
        return int(outcome.event(self.receipts, "RecordFixed").args["epoch"])

    def fund(self, by_servicer: bool) -> dict[str, Any]:
        events = self._do(self.servicer if by_servicer else self.passer_by, self.spv, "fund")
        args = _one(events, "Funded").args
        amounts = [event.args["amount"] for event in events if event.name in ("Funded", "RedemptionFunded")]
        return {**args["outcome"]._asdict(), "amounts": amounts}

    def pay(self, epoch: int, receipts: list[int]) -> Payments:
        events = self._do(self.passer_by, self.spv, "pay", epoch, [self._id(number) for number in receipts])
        args = _one(events, "Paid").args
        assert args["epoch"] == epoch
        return [(self.stage.names[paid.holder], paid.units, paid.amount) for paid in args["payments"]]

    def close(self, epoch: int) -> int:
        return int(_one(self._do(self.passer_by, self.spv, "close", epoch), "EpochClosed").args["unclaimed"])

    def sweep(self) -> int:
        return int(_one(self._do(self.passer_by, self.spv, "sweep"), "ResidualSwept").args["amount"])

    def pay_fees(self) -> int:
        return int(_one(self._do(self.passer_by, self.spv, "payFees"), "FeesPaid").args["amount"])

    def pay_residual(self) -> int:
        return int(_one(self._do(self.passer_by, self.spv, "payResidual"), "ResidualPaid").args["amount"])

    # --- What it says of itself ---------------------------------------------------------------------------------------

    def cash(self) -> int:
        return self._minor(self.stage.cash_of(self.spv.address))

    def purses(self) -> Counter[str]:
        """What each party has more, or less, than at first."""
        stage = self.stage
        gains = {name: stage.cash_of(address) - stage.given[name] for name, address in stage.accounts.items()}
        return Counter({name: self._minor(gain) for name, gain in gains.items() if gain})

    def _minor(self, value: int) -> int:
        """Cash moves in whole minor units only."""
        amount, rest = divmod(value, self.series.cash_unit)
        assert rest == 0
        return amount

    def _made(self, events: list[DecodedEvent]) -> list[int]:
        made = (event for event in events if event.name == "SlotChanged" and event.args["oldSlot"] == 0)
        return [_number(event.args["tokenId"]) for event in made]

    def _by_owner(self, number: int, function: str, *args: Any) -> list[DecodedEvent]:
        return self._do(self._owner_of(number), self.receipts, function, *args)

    def _owner_of(self, number: int) -> str:
        return str(self.receipts.view(self.node, "ownerOf", self._id(number)))

    def _id(self, number: int) -> int:
        return self.series.slot << 64 | number

    def _do(self, actor: str, contract: Bound, function: str, *args: Any) -> list[DecodedEvent]:
        step = Step(contract.address, contract.call_data(function, *args))
        return self.ledger.act(actor, function, step).events(contract)


def _number(token_id: int) -> int:
    return token_id & (1 << 64) - 1


def _one(events: list[DecodedEvent], name: str) -> DecodedEvent:
    (event,) = (event for event in events if event.name == name)
    return event
