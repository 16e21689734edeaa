"""What the index says, for those above: each takes a database connection, and asks nothing of the chain.

What never changes of a series and is not in the index is asked of the chain once (:class:`Catalogue`).
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.money import Currency
from ledger.services.ledger import Ledger
from ledger.services.series import Series, state_of
from ledger.store.index import Receipt, holders, holdings, receipt, receipts_at, tip, versions
from ledger.store.index_money import (
    Collection,
    Distribution,
    Payment,
    Spv,
    Standing,
    Subscription,
    closings,
    collected,
    collections,
    distributions,
    dust,
    paid,
    payments,
    records,
    spvs,
    standing,
    state,
    subscriptions,
)
from ledger.store.paging import Place

__all__ = [
    "Catalogue",
    "Collection",
    "Distribution",
    "Facts",
    "Payment",
    "Place",
    "Receipt",
    "Spv",
    "Standing",
    "Subscription",
    "closings",
    "collected",
    "collections",
    "distributions",
    "dust",
    "holders",
    "holdings",
    "paid",
    "payments",
    "receipt",
    "receipts_at",
    "records",
    "spvs",
    "standing",
    "state",
    "state_of",
    "subscriptions",
    "tip",
    "versions",
]


@dataclass(frozen=True, slots=True)
class Facts:
    """What never changes of a series. ``cash_unit``: units of the cash token in one minor unit of the currency."""

    currency: Currency
    cash: str
    cash_unit: int
    utc_offset: int


class Catalogue:
    """The facts of all series of a ledger. Safe for threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, Facts] = {}

    def of(self, spv: Spv) -> Facts:
        """Those of a series that the index knows. Raises what the node raises, if they have to be asked for."""
        known = self._known.get(spv.address)
        if known is None:
            found = Series.load(self._ledger, spv.slot)
            known = Facts(found.currency, found.cash.address, found.cash_unit, found.utc_offset)
            self._known[spv.address] = known
        return known
