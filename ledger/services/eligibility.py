"""Who may hold: standings, and freezing holders."""

from __future__ import annotations

from datetime import datetime

from ledger.domain.terms import InvestorClass, jurisdiction_bit
from ledger.engine.operations import Step
from ledger.errors import InputError
from ledger.services.ledger import Ledger
from ledger.services.roles import Role

__all__ = ["freeze_holder", "is_eligible", "set_standing"]


def set_standing(
    ledger: Ledger,
    holder: str,
    investor_class: InvestorClass,
    jurisdiction: str,
    valid_until: datetime,
    *,
    key: str | None = None,
) -> None:
    """Register what a holder is to compliance, up to and including a moment, which has a time zone."""
    if valid_until.utcoffset() is None:
        raise InputError(
            "the moment has no time zone",
            field="valid_until",
            expected="a datetime with a time zone",
            found=valid_until.isoformat(),
        )
    data = ledger.receipts.call_data(
        "setStanding",
        holder,
        1 << investor_class.bit,
        1 << jurisdiction_bit(jurisdiction),
        int(valid_until.timestamp()),
    )
    ledger.operate(Role.COMPLIANCE, "holder.standing", Step(ledger.receipts.address, data), key=key)


def freeze_holder(ledger: Ledger, holder: str, *, frozen: bool, reason: str, key: str | None = None) -> None:
    """Freeze a holder, or release: while frozen, a holder neither sends, nor receives, nor is paid."""
    data = ledger.receipts.call_data("setHolderFrozen", holder, frozen, reason)
    ledger.operate(Role.COMPLIANCE, "holder.freeze", Step(ledger.receipts.address, data), key=key)


def is_eligible(ledger: Ledger, holder: str, slot: int) -> bool:
    """Whether a holder could receive receipts of a series now."""
    return bool(ledger.receipts.view(ledger.node, "isEligible", holder, slot))
