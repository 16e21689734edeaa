"""Rent that arrived, booked to the receivables that it pays, with the cash in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.domain.money import format_amount
from ledger.engine.operations import Step
from ledger.errors import InputError
from ledger.services.cash import balance
from ledger.services.encoding import receivable_id
from ledger.services.roles import Role
from ledger.services.series import Series

__all__ = ["COLLECTIONS_AT_ONCE", "collect"]

COLLECTIONS_AT_ONCE = 200
"""Collections booked in one transaction."""


def collect(series: Series, payments: Sequence[tuple[str, int]], *, key: str | None = None) -> int:
    """Pay rent in from the operator account's cash: ``(receivable id, minor units)`` each. Returns the sum.

    Refused, with nothing booked, if a receivable is not of the pool, an amount is not positive or there is not enough
    cash. Many are booked in several transactions; give a ``key``, so that what was booked is not booked again when a
    call that was interrupted is repeated.
    """
    ledger, spv = series.ledger, series.spv
    _check(series, payments)
    total = 0
    for start in range(0, len(payments), COLLECTIONS_AT_ONCE):
        part = payments[start : start + COLLECTIONS_AT_ONCE]
        step = Step(spv.address, spv.call_data("collect", [(receivable_id(name), amount) for name, amount in part]))
        ledger.operate(Role.SERVICER, "spv.collect", step, key=None if key is None else f"{key}/{start}")
        total += sum(amount for _, amount in part)
    return total


def _check(series: Series, payments: Sequence[tuple[str, int]]) -> None:
    """What would refuse one of several transactions is found before the first is sent."""
    for name, amount in payments:
        if amount <= 0:
            raise InputError("not an amount", field=name, expected="more than zero", found=str(amount))
        if not series.view("receivable", receivable_id(name)).known:
            raise InputError("unknown receivable", field="receivable", expected="one of the pool", found=name)
    needed = sum(amount for _, amount in payments)
    there = balance(series, series.ledger.deployment.operator)
    if needed > there:
        raise InputError(
            "the operator account has too little cash",
            field="amount",
            expected=f"{format_amount(needed, series.currency)} {series.currency.code}",
            found=format_amount(there, series.currency),
        )
