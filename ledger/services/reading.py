"""What the index says, for those above: each takes a database connection, and asks nothing of the chain.

What never changes of a series and is not in the index is asked of the chain once (:class:`Catalogue`).
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.money import Currency
from ledger.domain.tokens import Money
from ledger.services.budgets import Budget, Fault, KnownRoot, RootState, budget_of, owed, roots_of
from ledger.services.ledger import Ledger
from ledger.services.series import Series, state_of
from ledger.services.tokens import money_of
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
from ledger.store.index_people import (
    Batch,
    Binding,
    Graduation,
    Recovery,
    Repository,
    batches,
    bindings,
    graduations,
    last_batch,
    maintainer,
    people,
    person_of,
    recovery,
    repositories,
    wallets,
)
from ledger.store.index_vouchers import (
    Issue,
    Programme,
    Redemption,
    Reimbursement,
    balance,
    balances,
    issues,
    programmes,
    providers,
    redemptions,
    reimbursements,
)
from ledger.store.paging import Place

__all__ = [
    "Batch",
    "Binding",
    "Budget",
    "Catalogue",
    "Collection",
    "Distribution",
    "Facts",
    "Fault",
    "Graduation",
    "Issue",
    "KnownRoot",
    "Money",
    "Payment",
    "Place",
    "Programme",
    "Receipt",
    "Recovery",
    "Redemption",
    "Reimbursement",
    "Repository",
    "RootState",
    "Spv",
    "Standing",
    "Subscription",
    "balance",
    "balances",
    "batches",
    "bindings",
    "budget_of",
    "closings",
    "collected",
    "collections",
    "distributions",
    "dust",
    "graduations",
    "holders",
    "holdings",
    "issues",
    "last_batch",
    "maintainer",
    "owed",
    "paid",
    "payments",
    "people",
    "person_of",
    "programmes",
    "providers",
    "receipt",
    "receipts_at",
    "records",
    "recovery",
    "redemptions",
    "reimbursements",
    "repositories",
    "roots_of",
    "spvs",
    "standing",
    "state",
    "state_of",
    "subscriptions",
    "tip",
    "versions",
    "wallets",
]


@dataclass(frozen=True, slots=True)
class Facts:
    """What never changes of a series. ``cash_unit``: units of the cash token in one minor unit of the currency."""

    currency: Currency
    cash: str
    cash_unit: int
    utc_offset: int


class Catalogue:
    """The facts of all series and cash tokens of a ledger. Safe for threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, Facts] = {}
        self._moneys: dict[str, Money] = {}

    def of(self, spv: Spv) -> Facts:
        """Those of a series that the index knows. Raises what the node raises, if they have to be asked for."""
        known = self._known.get(spv.address)
        if known is None:
            found = Series.load(self._ledger, spv.slot)
            known = Facts(found.currency, found.cash.address, found.cash_unit, found.utc_offset)
            self._known[spv.address] = known
        return known

    def money(self, token: str) -> Money:
        """How amounts of a cash token are written; see :func:`~ledger.services.tokens.money_of`."""
        known = self._moneys.get(token)
        if known is None:
            known = self._moneys[token] = money_of(self._ledger, token)
        return known
