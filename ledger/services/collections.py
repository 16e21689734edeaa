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
    parts = [
        (None if key is None else f"{key}/{start}", payments[start : start + COLLECTIONS_AT_ONCE])
        for start in range(0, len(payments), COLLECTIONS_AT_ONCE)
    ]
    # What was booked needs no cash any more.
    left = [one for name, part in parts if name is None or ledger.sender.find(name) is None for one in part]
    _check(series, left)
    for name, part in parts:
        items = [(receivable_id(one), amount) for one, amount in part]
        ledger.operate(Role.SERVICER, "spv.collect", Step(spv.address, spv.call_data("collect", items)), key=name)
    return sum(amount for _, amount in payments)


def _check(series: Series, payments: Sequence[tuple[str, int]]) -> None:
    """What would refuse one of several transactions is found before the first is sent."""
    ids = [(receivable_id(name),) for name, _ in payments]
    booked = series.spv.view_many(series.ledger.node, "receivable", ids)
    for (name, amount), one in zip(payments, booked, strict=True):
        if amount <= 0:
            raise InputError("not an amount", field=name, expected="more than zero", found=str(amount))
        if not one.known:
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
