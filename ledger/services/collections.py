"""Rent that arrived, booked to the receivables that it pays, with the cash in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.engine.operations import Step
from ledger.services.issuance import receivable_id
from ledger.services.roles import Role
from ledger.services.series import Series

__all__ = ["COLLECTIONS_AT_ONCE", "collect"]

COLLECTIONS_AT_ONCE = 200
"""Collections booked in one transaction."""


def collect(series: Series, payments: Sequence[tuple[str, int]], *, key: str | None = None) -> int:
    """Pay rent in from the operator account's cash: ``(receivable id, minor units)`` each. Returns the sum.

    Refused, with nothing booked, if a receivable is not of the pool or there is not enough cash.
    """
    ledger, spv = series.ledger, series.spv
    total = 0
    for start in range(0, len(payments), COLLECTIONS_AT_ONCE):
        part = payments[start : start + COLLECTIONS_AT_ONCE]
        step = Step(spv.address, spv.call_data("collect", [(receivable_id(name), amount) for name, amount in part]))
        ledger.operate(Role.SERVICER, "spv.collect", step, key=None if key is None else f"{key}/{start}")
        total += sum(amount for _, amount in part)
    return total
