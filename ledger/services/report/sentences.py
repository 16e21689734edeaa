"""What became of a series, in a few plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ledger.domain.money import format_amount
from ledger.domain.waterfall import State
from ledger.services.report.figures import Step, total_paid
from ledger.services.story import Story

__all__ = ["verdict"]

_MOST = 3
"""Shortfalls that are told one by one."""


def verdict(story: Story, steps: Sequence[Step]) -> list[str]:
    """The outcome, then what did not go as planned."""
    return [_outcome(story, steps), *_shortfalls(story, steps)]


def _outcome(story: Story, steps: Sequence[Step]) -> str:
    terms = story.case.terms

    def shown(minor: int) -> str:
        return f"{terms.currency.code} {format_amount(minor, terms.currency)}"

    subscribed = shown(sum(units for _, _, units in story.receipts))
    left = shown(steps[-1].principal) if steps else subscribed
    match story.state:
        case State.FAILED:
            return (
                f"The offering failed: {subscribed} was subscribed, less than the soft cap of {shown(terms.soft_cap)}. "
                f"Subscribers were paid back {shown(story.refunded)}."
            )
        case State.REDEEMED | State.MATURED:
            return f"Holders were paid {_paid(story, steps)}."
        case State.DEFAULTED:
            recoveries = sum(step.recovery for step in steps)
            return (
                f"At maturity the rent collected did not repay the series: {left} of principal is outstanding"
                f"{f' after {recoveries} recovery distribution{_s(recoveries)}' if recoveries else ''}."
            )
        case State.ACCELERATED:
            return f"The series is accelerated: all cash goes to holders. {left} of principal is outstanding."
        case State.ACTIVE:
            return f"The series is running; {left} of principal is outstanding."
        case _:
            return f"{subscribed} has been subscribed; the series is not issued yet."


def _paid(story: Story, steps: Sequence[Step]) -> str:
    currency = story.case.terms.currency

    def shown(minor: int) -> str:
        return format_amount(minor, currency)

    coupon, principal = sum(step.paid for step in steps), sum(step.repaid for step in steps)
    dust, unclaimed = sum(step.dust for step in steps), any(step.unclaimed for step in steps)
    less = f", less {shown(dust)} {'not claimed or ' if unclaimed else ''}left by rounding" if dust else ""
    parts = f"{shown(coupon)} of coupon and {shown(principal)} of principal{less}"
    return f"{currency.code} {shown(total_paid(story))}: {parts}"


def _shortfalls(story: Story, steps: Sequence[Step]) -> list[str]:
    """A sentence for each time in which coupon was short, from its first payment date to the one that healed it."""
    currency = story.case.terms.currency
    runs = [list(run) for short, run in groupby(steps, lambda step: step.carried_forward > 0) if short]
    found = []
    for run in runs[:_MOST]:
        first, most = run[0].payment_day, max(step.carried_forward for step in run)
        amount = f"{currency.code} {format_amount(most, currency)}"
        start = (
            f"The coupon of {first} was {amount} short"
            if len(run) == 1
            else f"From {first} coupons were up to {amount} short"
        )
        healed = steps[run[-1].number].payment_day if run[-1].number < len(steps) else None
        end = f"this was made good on {healed}" if healed else "this has not been made good"
        found.append(f"{start} for want of rent; {end}.")
    if len(runs) > _MOST:
        found.append(f"Coupons were short for a time, {len(runs) - _MOST} times more.")
    return found


def _s(count: int) -> str:
    return "" if count == 1 else "s"
