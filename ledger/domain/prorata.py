"""Dividing an amount among holders by units, to the minor unit.

Who is paid for ``u`` of ``U`` units gets ``floor(amount * u / U)``, in however many receipts they are held. What the
floors leave is dust.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from ledger.errors import InputError

__all__ = ["entitlement", "pay"]

Holder = TypeVar("Holder", bound=Hashable)


def entitlement(amount: int, units: int, total_units: int) -> int:
    """What ``units`` of ``total_units`` get of ``amount``, rounded down to the minor unit.

    Raises InputError unless ``0 <= units <= total_units``, ``total_units > 0`` and ``amount >= 0``.
    """
    if not 0 <= units <= total_units or total_units == 0:
        raise InputError("units are out of range", field="units", expected=f"0 to {total_units}", found=str(units))
    if amount < 0:
        raise InputError("amount is negative", field="amount", expected="zero or more", found=str(amount))
    return amount * units // total_units


def pay(amount: int, units_by_holder: Mapping[Holder, int]) -> tuple[dict[Holder, int], int]:
    """Pay ``amount`` to all holders at once: the payment of each, and the dust that is left.

    Guarantees ``sum(payments) + dust == amount`` and ``0 <= dust < number of holders``. Raises InputError if there
    are no units, or some are negative.
    """
    total = sum(units_by_holder.values())
    payments = {holder: entitlement(amount, units, total) for holder, units in units_by_holder.items()}
    if not payments:
        raise InputError("nobody to pay", field="units", expected="at least one holder", found="none")
    return payments, amount - sum(payments.values())
