"""A whole case from files, carried through its life on a chain: what `crt demo` runs and tells.

Issue, subscriptions, rent as it came in, one sale between a record and its payment, every payment date, redemption,
residual. Beside the chain runs the reference model of :mod:`ledger.domain.lifecycle`, told of the same events, and
what the two say is compared at every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from ledger.chain.devkeys import dev_account
from ledger.domain.daycount import date_of, day_number
from ledger.domain.lifecycle import SpvModel, SpvSetup
from ledger.domain.money import format_amount
from ledger.domain.terms import CollectionEntry
from ledger.domain.waterfall import State
from ledger.services import (
    cash,
    collections,
    distribution,
    eligibility,
    issuance,
    receipts,
    redemption,
    subscribing,
)
from ledger.services.distribution import Funding, Payment
from ledger.services.inputs.case import Case
from ledger.services.ledger import Ledger, fund_account
from ledger.services.series import Series

__all__ = ["Check", "Distribution", "Sale", "Story", "run_case"]

_RUNNING = (State.ACTIVE, State.ACCELERATED, State.DEFAULTED)
_FIRST_ACCOUNT = 10  # the accounts before belong to roles and parties


@dataclass(frozen=True, slots=True)
class Sale:
    """Units that changed hands between a record and its payment."""

    day: date
    seller: str
    buyer: str
    units: int
    new_receipt: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """One payment date as it went: what was collected, what the waterfall did, who was paid."""

    record_day: date
    payment_day: date
    collected: int
    funding: Funding
    state: State
    payments: tuple[Payment, ...]
    dust: int
    unclaimed: int


@dataclass(frozen=True, slots=True)
class Check:
    """Something that has to hold, and what was found: amounts in minor units, or words."""

    name: str
    expected: int | str
    found: int | str

    @property
    def holds(self) -> bool:
        """Whether both are the same, to the minor unit."""
        return self.expected == self.found


@dataclass(slots=True)
class Story:
    """Everything that happened, for tables, documents and pages. Amounts are minor units."""

    case: Case
    series: Series
    names: dict[str, str]
    """Names by address."""
    receipts: list[tuple[str, int, int]] = field(default_factory=list)
    """Subscriber, token id and units."""
    issued_on: date | None = None
    sale: Sale | None = None
    distributions: list[Distribution] = field(default_factory=list)
    redemption: tuple[Payment, ...] = ()
    redemption_dust: int = 0
    redeemed_on: date | None = None
    refunded: int = 0
    residuals: list[tuple[date, int]] = field(default_factory=list)
    fees: int = 0
    state: State = State.DRAFT
    checks: list[Check] = field(default_factory=list)
    certificates: dict[str, str] = field(default_factory=dict)
    """The certificate's data URI of each subscriber, after the issue."""


def run_case(
    ledger: Ledger, case: Case, tell: Callable[[str], None] = lambda _: None, *, dates: int | None = None
) -> Story:
    """Carry a case through its whole life on a local chain, or up to behind so many payment ``dates``; ``tell`` is
    called with a line for each step."""
    return _Teller(ledger, case, tell).run(dates)


class _Teller:
    def __init__(self, ledger: Ledger, case: Case, tell: Callable[[str], None]) -> None:
        self.ledger, self.case, self.tell = ledger, case, tell
        agent, originator, fees, unclaimed = (fund_account(ledger, dev_account(index)) for index in (6, 7, 8, 9))
        self.agent = agent
        parties = issuance.Parties(originator.address, fees.address, unclaimed.address, agent.address)
        tell(f"create the SPV of {case.terms.code} and its series")
        self.series = issuance.create(ledger, case, parties)
        self.model = SpvModel(SpvSetup.of(case.terms, case.receivables))
        self.story = Story(case, self.series, {originator.address: case.terms.originator})
        self.waiting = sorted(case.collections, key=lambda entry: entry.day)
        self.collected = 0

    def run(self, dates: int | None = None) -> Story:
        self._issue()
        if self.series.state() is State.FAILED:
            self._refund()
        else:
            for number in range(len(self.case.periods))[:dates]:
                if self.series.state() not in (State.ACTIVE, State.ACCELERATED):
                    break
                self._payment_date(number)
            if dates is None:
                self._afterwards()
        self._finish()
        return self.story

    # --- Issue ----------------------------------------------------------------------------------------------------

    def _issue(self) -> None:
        case, series = self.case, self.series
        terms = case.terms
        self.tell(f"sell {len(case.receivables)} receivables to the SPV, each of them to it alone")
        issuance.register_pool(series, case.receivables)
        self.tell("have the pool's present value attested, and open the offering")
        issuance.offer(series, case.present_value.minor, issuance.attest(series, case.present_value.minor, self.agent))
        series.go_to(terms.open_date)
        valid_until = datetime.combine(terms.maturity_date + timedelta(days=3 * 366), datetime.min.time(), UTC)
        for index, order in enumerate(case.subscriptions):
            self.tell(f"{order.subscriber} subscribes {format_amount(order.units, terms.currency)}")
            investor = fund_account(self.ledger, dev_account(_FIRST_ACCOUNT + index))
            self.story.names[investor.address] = order.subscriber
            eligibility.set_standing(
                self.ledger, investor.address, order.investor_class, order.jurisdiction, valid_until
            )
            cash.mint(self.series, investor.address, order.units)
            token_id = subscribing.subscribe(series, investor, order.units)
            self.story.receipts.append((investor.address, token_id, order.units))
            self.model.subscribe(day_number(series.today()), investor.address, order.units)
        self._activate()

    def _activate(self) -> None:
        terms, series = self.case.terms, self.series
        sold_out = self.case.subscribed == terms.size
        series.go_to(terms.issue_date if sold_out else max(terms.issue_date, terms.close_date + timedelta(days=1)))
        day = day_number(series.today())
        if self.case.subscribed < terms.soft_cap:
            self.tell("the soft cap is missed: the offering fails")
            issuance.fail(series)
            self.model.fail(day)
            return
        self.tell("issue: the proceeds go to the originator, the receipts can move")
        issuance.activate(series)
        self.model.activate(day)
        self.story.issued_on = series.today()
        for holder, token_id, _ in self.story.receipts:
            uri = self.ledger.receipts.view(self.ledger.node, "tokenURI", token_id)
            self.story.certificates[holder] = uri

    def _refund(self) -> None:
        series = self.series
        self.tell("every subscriber is paid back in full")
        paid = issuance.refund(series, [token_id for _, token_id, _ in self.story.receipts])
        self._check("everyone is refunded", str(len(self.story.receipts)), str(len(paid)))
        self._check("refunded", self.case.subscribed, sum(units for _, _, units in paid))
        for holder, _, units in self.story.receipts:
            self.story.refunded += self.model.refund(holder, units)

    # --- Payment dates --------------------------------------------------------------------------------------------

    def _payment_date(self, number: int) -> None:
        series, period = self.series, self.case.periods[number]
        record_day, payment_day = date_of(period.record_day), date_of(period.payment_day)
        self._collect_until(record_day)
        series.go_to(record_day)
        distribution.fix_record(series)
        self.model.fix_record(day_number(series.today()))
        if number == 0:
            self._sell()
        self._collect_until(payment_day)
        series.go_to(payment_day)
        self._distribute(record_day)

    def _distribute(self, record_day: date) -> None:
        series, day = self.series, self.series.today()
        funding = distribution.fund(series)
        figures = self.model.fund(day_number(day))
        self._compare(funding, figures.paid, figures.repaid, figures.residual, figures.carried_forward)
        self.tell(f"{day}: {self._told(funding)} to holders")
        payments = tuple(self._pay(funding.epoch))
        dust, unclaimed = distribution.kept_as_dust(series, funding.epoch), self._unclaimed(funding.epoch)
        state = series.state()
        self.story.distributions.append(
            Distribution(record_day, day, self.collected, funding, state, payments, dust, unclaimed)
        )
        self.collected = 0
        if funding.redemption_epoch is not None:
            self.tell(f"{day}: {format_amount(funding.redemption, series.currency)} principal is redeemed")
            self.story.redemption = tuple(self._pay(funding.redemption_epoch))
            self.story.redemption_dust = distribution.kept_as_dust(series, funding.redemption_epoch)
            self.story.redeemed_on = day
        self._pay_out()

    def _told(self, funding: Funding) -> str:
        parts = [f"coupon {format_amount(funding.outcome.paid, self.series.currency)}"]
        if funding.outcome.repaid and funding.redemption_epoch is None:
            parts.append(f"principal {format_amount(funding.outcome.repaid, self.series.currency)}")
        if funding.accounts.arrears:
            parts.append(f"{format_amount(funding.accounts.arrears, self.series.currency)} coupon carried forward")
        return ", ".join(parts)

    def _pay(self, epoch: int) -> list[Payment]:
        """Pay an epoch to all, one payment a holder; everyone whom the model has at the record is to be paid."""
        funded = self._unclaimed(epoch)
        joined: dict[str, Payment] = {}
        for paid in distribution.pay_all(self.series, epoch):
            earlier = joined.get(paid.holder, Payment(epoch, paid.holder, 0, 0))
            joined[paid.holder] = Payment(epoch, paid.holder, earlier.units + paid.units, earlier.amount + paid.amount)
        holders = list(self.model.epochs[epoch].holders)
        for holder in holders:
            found = joined.get(holder, Payment(epoch, holder, 0, 0)).amount
            self._check(f"epoch {epoch}: {self.story.names[holder]} is paid", self.model.pay(holder, epoch), found)
        self._check(f"epoch {epoch}: holders paid", str(len(holders)), str(len(joined)))
        total, dust = sum(paid.amount for paid in joined.values()), distribution.kept_as_dust(self.series, epoch)
        self._check(f"epoch {epoch}: dust", self.model.epochs[epoch].dust, dust)
        self._check(f"epoch {epoch}: nothing is unclaimed", 0, self._unclaimed(epoch))
        self._check(f"epoch {epoch}: paid + unclaimed + dust = funded", funded, total + self._unclaimed(epoch) + dust)
        return sorted(joined.values(), key=lambda paid: -paid.units)

    def _unclaimed(self, epoch: int) -> int:
        """What of an epoch's money is still with the SPV for its holders."""
        found = self.series.view("epochAt", epoch)
        return int(found.amount - found.paid)

    def _sell(self) -> None:
        """The largest holder splits a tenth off and sells it to the next, after the record and before the payment."""
        held = sorted(self.story.receipts, key=lambda item: -item[2])
        if len(held) < 2 or held[0][2] < 10:
            return
        (seller, token_id, units), (buyer, _, _) = held[0], held[1]
        sold = units // 10
        names = self.story.names
        self.tell(f"{names[seller]} splits its receipt and sells {format_amount(sold, self.series.currency)}")
        part = receipts.split(self.ledger, token_id, [sold])[0]
        receipts.transfer(self.ledger, part, buyer)
        self.model.transfer(seller, buyer, sold)
        self.story.sale = Sale(self.series.today(), seller, buyer, sold, part)

    def _afterwards(self) -> None:
        """Rent that came after the last payment date: recoveries of a defaulted series, else residual."""
        while self.waiting:
            day = self.waiting[0].day
            self._collect_until(day)
            if self.series.state() is State.DEFAULTED:
                distribution.fix_record(self.series)
                self.model.fix_record(day_number(self.series.today()))
                self._distribute(self.series.today())
            else:
                self._pay_out()

    def _collect_until(self, day: date) -> None:
        while self.waiting and self.waiting[0].day <= day:
            today = self.waiting[0].day
            entries = [entry for entry in self.waiting if entry.day == today]
            self.waiting = self.waiting[len(entries) :]
            self.series.go_to(today)
            self._collect(entries)

    def _collect(self, entries: Iterable[CollectionEntry]) -> None:
        payments = [(entry.receivable, entry.amount) for entry in entries]
        total = sum(amount for _, amount in payments)
        shown = format_amount(total, self.series.currency)
        many = "receivable" if len(payments) == 1 else "receivables"
        self.tell(f"{self.series.today()}: {shown} rent arrives for {len(payments)} {many}")
        cash.mint(self.series, self.ledger.deployment.operator, total)
        self.collected += collections.collect(self.series, payments)
        for name, amount in payments:
            self.model.collect(name, amount)

    def _pay_out(self) -> None:
        """Fees and residual leave the SPV."""
        if self.series.state() in (State.MATURED, State.REDEEMED):
            self._check("swept to the residual", self.model.sweep(), redemption.sweep(self.series))
        fees, residual = redemption.pay_fees(self.series), redemption.pay_residual(self.series)
        self._check("fees", self.model.pay_fees(), fees)
        self._check("residual", self.model.pay_residual(), residual)
        self.story.fees += fees
        if residual:
            self.story.residuals.append((self.series.today(), residual))

    # --- Proof ----------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        story, series = self.story, self.series
        story.state = series.state()
        self.model.check()
        self._check("state as in the reference model", self.model.state.value, story.state.value)
        self._check("the SPV owes what the reference model owes", self.model.owed(), series.owed())
        self._check("the SPV has the cash that it owes", series.owed(), series.cash_held())
        held = receipts.holdings(self.ledger, series.slot)
        self._check("units of all receipts", sum(self.model.holdings.values()), sum(held.values()))

    def _compare(self, funding: Funding, paid: int, repaid: int, residual: int, carried: int) -> None:
        name = f"distribution {len(self.story.distributions) + 1}"
        self._check(f"{name}: coupon paid", paid, funding.outcome.paid)
        self._check(f"{name}: principal repaid", repaid, funding.outcome.repaid)
        self._check(f"{name}: residual released", residual, funding.outcome.residual)
        self._check(f"{name}: coupon carried forward", carried, funding.accounts.arrears)

    def _check(self, name: str, expected: int | str, found: int | str) -> None:
        self.story.checks.append(Check(name, expected, found))
