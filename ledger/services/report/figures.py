"""What the page shows, as numbers: taken from a story, each figure once, before anything is drawn.

Everything here follows from the story and its case. Where a figure is derived, how it is derived stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.domain.terms import CollectionEntry, Receivable
from ledger.domain.valuation import xirr
from ledger.domain.waterfall import State
from ledger.services.distribution import Payment
from ledger.services.story import Distribution, Story

__all__ = ["Holder", "Lessee", "Month", "Step", "holders", "lessees", "months", "steps", "total_paid", "yield_of"]


@dataclass(frozen=True, slots=True)
class Step:
    """One payment date, in minor units. :attr:`sources` is :attr:`uses`, to the minor unit."""

    number: int
    recovery: bool
    record_day: date
    payment_day: date
    state: State
    passed: bool
    # cash in
    collected: int
    trapped_before: int
    dust_before: int
    from_reserve: int
    from_sinking: int
    # cash out
    fee: int
    arrears_paid: int
    coupon_paid: int
    """Of the period itself, without what was paid of earlier ones."""
    to_reserve: int
    to_sinking: int
    repaid: int
    residual: int
    trapped: int
    # what was owed, what is left
    arrears_before: int
    coupon: int
    due: int
    paid: int
    carried_forward: int
    reserve: int
    sinking: int
    principal: int
    funded: int
    dust: int
    """What rounding left of the epochs funded here; with unclaimed money in it if :attr:`unclaimed`."""
    unclaimed: bool

    @property
    def brought_forward(self) -> int:
        """Cash kept from the distribution before."""
        return self.trapped_before + self.dust_before

    @property
    def sources(self) -> int:
        """All the cash that the waterfall started with."""
        return self.collected + self.brought_forward + self.from_reserve + self.from_sinking

    @property
    def uses(self) -> int:
        """All that it gave out or kept."""
        kept = self.to_reserve + self.to_sinking + self.trapped
        return self.fee + self.arrears_paid + self.coupon_paid + self.repaid + self.residual + kept


@dataclass(frozen=True, slots=True)
class Month:
    """Rent of one calendar month. ``late`` came in this month and was due in an earlier one."""

    first: date
    due: int
    on_time: int
    late: int

    @property
    def collected(self) -> int:
        """All rent that came in."""
        return self.on_time + self.late


@dataclass(frozen=True, slots=True)
class Lessee:
    """One tenant of the pool. ``delay`` is the longest wait for a rent to be paid in full, in days."""

    name: str
    machines: int
    rents: int
    face: int
    collected: int
    open: int
    delay: int | None


@dataclass(frozen=True, slots=True)
class Holder:
    """One holder and what it was paid, payment date by payment date."""

    address: str
    name: str
    subscribed: int
    payments: tuple[int | None, ...]
    redemption: int | None

    @property
    def total(self) -> int:
        """All payments together."""
        return sum(amount or 0 for amount in (*self.payments, self.redemption))


def steps(story: Story) -> list[Step]:
    """The payment dates of a story, with what the waterfall moved."""
    found: list[Step] = []
    reserve = sinking = trapped = arrears = 0
    for number, item in enumerate(story.distributions, 1):
        step = _step(story, item, number, (reserve, sinking, trapped, arrears))
        reserve, sinking, trapped, arrears = step.reserve, step.sinking, step.trapped, step.carried_forward
        found.append(step)
    return found


def _step(story: Story, item: Distribution, number: int, before: tuple[int, int, int, int]) -> Step:
    reserve, sinking, trapped, arrears = before
    funding, outcome, accounts = item.funding, item.funding.outcome, item.funding.accounts
    # What an account lost and did not get back went into the waterfall: its rule for the last payment date, for an
    # accelerated series, and for one that is done.
    from_reserve = reserve + outcome.toReserve - accounts.reserve
    from_sinking = sinking + outcome.toSinking - accounts.sinking
    arrears_paid = min(outcome.paid, arrears)
    paid_out = sum(payment.amount for payment in item.payments)
    funded, paid_units = funding.amount, sum(payment.units for payment in item.payments)
    if funding.redemption_epoch is not None:
        funded += funding.redemption
        paid_out += sum(payment.amount for payment in story.redemption)
    return Step(
        number=number,
        recovery=number > len(story.case.periods),
        record_day=item.record_day,
        payment_day=item.payment_day,
        state=item.state,
        passed=bool(outcome.passed),
        collected=item.collected,
        trapped_before=trapped,
        dust_before=outcome.available - item.collected - trapped,
        from_reserve=from_reserve,
        from_sinking=from_sinking,
        fee=outcome.fee,
        arrears_paid=arrears_paid,
        coupon_paid=outcome.paid - arrears_paid,
        to_reserve=outcome.toReserve,
        to_sinking=outcome.toSinking,
        repaid=outcome.repaid,
        residual=outcome.residual,
        trapped=outcome.trapped,
        arrears_before=arrears,
        coupon=outcome.coupon,
        due=outcome.due,
        paid=outcome.paid,
        carried_forward=accounts.arrears,
        reserve=accounts.reserve,
        sinking=accounts.sinking,
        principal=accounts.principal,
        funded=funded,
        dust=funded - paid_out,
        unclaimed=paid_units < story.case.subscribed,
    )


def months(receivables: Iterable[Receivable], entries: Iterable[CollectionEntry]) -> list[Month]:
    """Rent due and rent collected, for every month from the first to the last in which there was either."""
    due_days = {item.id: item.due for item in receivables}
    due: dict[int, int] = {}
    on_time: dict[int, int] = {}
    late: dict[int, int] = {}
    for item in receivables:
        _add(due, item.due, item.face)
    for entry in entries:
        was_due = due_days[entry.receivable]
        _add(late if _month(entry.day) > _month(was_due) else on_time, entry.day, entry.amount)
    numbers = due.keys() | on_time.keys() | late.keys()
    if not numbers:
        return []
    return [
        Month(date(number // 12, number % 12 + 1, 1), due.get(number, 0), on_time.get(number, 0), late.get(number, 0))
        for number in range(min(numbers), max(numbers) + 1)
    ]


def lessees(receivables: Iterable[Receivable], entries: Iterable[CollectionEntry]) -> list[Lessee]:
    """The tenants of a pool, the largest first."""
    by_receivable: dict[str, list[CollectionEntry]] = {}
    for entry in sorted(entries, key=lambda item: item.day):
        by_receivable.setdefault(entry.receivable, []).append(entry)
    by_name: dict[str, list[Receivable]] = {}
    for item in receivables:
        by_name.setdefault(item.lessee, []).append(item)
    found = [_lessee(name, items, by_receivable) for name, items in by_name.items()]
    return sorted(found, key=lambda item: -item.face)


def _lessee(name: str, items: list[Receivable], entries: dict[str, list[CollectionEntry]]) -> Lessee:
    collected = left = 0
    delay: int | None = None
    for item in items:
        paid = 0
        for entry in entries.get(item.id, ()):
            if paid < item.face <= paid + entry.amount:
                delay = max(delay or 0, (entry.day - item.due).days)
            paid += entry.amount
        collected += paid
        left += max(0, item.face - paid)
    return Lessee(
        name, max(item.machines for item in items), len(items), sum(item.face for item in items), collected, left, delay
    )


def holders(story: Story) -> list[Holder]:
    """Everybody who subscribed or was paid, in the order of subscription."""
    subscribed: dict[str, int] = {}
    for address, _, units in story.receipts:
        subscribed[address] = subscribed.get(address, 0) + units
    columns = [_by_holder(item.payments) for item in story.distributions]
    redemption = _by_holder(story.redemption)
    addresses = dict.fromkeys([*subscribed, *(address for column in (*columns, redemption) for address in column)])
    return [
        Holder(
            address=address,
            name=story.names.get(address, ""),
            subscribed=subscribed.get(address, 0),
            payments=tuple(column.get(address) for column in columns),
            redemption=redemption.get(address),
        )
        for address in addresses
    ]


def total_paid(story: Story) -> int:
    """Everything that holders got, coupon and principal."""
    paid = sum(payment.amount for item in story.distributions for payment in item.payments)
    return paid + sum(payment.amount for payment in story.redemption)


def yield_of(story: Story) -> Decimal | None:
    """XIRR of all holders together: bought at par on the issue date, paid since. None if nothing was issued."""
    if story.issued_on is None:
        return None
    flows = [(story.issued_on, -sum(units for _, _, units in story.receipts))]
    flows += [(item.payment_day, sum(payment.amount for payment in item.payments)) for item in story.distributions]
    if story.redeemed_on is not None:
        flows.append((story.redeemed_on, sum(payment.amount for payment in story.redemption)))
    return xirr(flows)


def _by_holder(payments: Iterable[Payment]) -> dict[str, int]:
    found: dict[str, int] = {}
    for payment in payments:
        found[payment.holder] = found.get(payment.holder, 0) + payment.amount
    return found


def _add(sums: dict[int, int], day: date, amount: int) -> None:
    sums[_month(day)] = sums.get(_month(day), 0) + amount


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1
