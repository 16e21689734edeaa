"""What the index says, for those above: each takes a database connection, and asks nothing of the chain.

What never changes of a series and is not in the index is in ``ledger.services.catalogue``.
"""

from __future__ import annotations

from sqlalchemy import Connection

from ledger.domain.tokens import Money
from ledger.domain.waterfall import State
from ledger.services.budgets import Budget, Fault, KnownRoot, RootState, budget_of, owed, roots_of
from ledger.services.series import state_of
from ledger.store import journal
from ledger.store.index import Receipt, holders, holdings, moments, receipt, receipts_at, tip, token_id, versions
from ledger.store.index_money import (
    Collection,
    Distribution,
    Payment,
    Record,
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
from ledger.store.index_series import (
    HolderFreeze,
    Receivable,
    Refund,
    Requirement,
    collected_of,
    holder_freeze,
    is_paused,
    present_value,
    receivables,
    refunds,
    released,
    requirement,
    sold,
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
    "Collection",
    "Distribution",
    "Fault",
    "Graduation",
    "HolderFreeze",
    "Issue",
    "KnownRoot",
    "Money",
    "Payment",
    "Place",
    "Programme",
    "Receipt",
    "Receivable",
    "Record",
    "Recovery",
    "Redemption",
    "Refund",
    "Reimbursement",
    "Repository",
    "Requirement",
    "RootState",
    "Spv",
    "Standing",
    "Subscription",
    "accounts",
    "balance",
    "balances",
    "batches",
    "bindings",
    "budget_of",
    "closings",
    "collected",
    "collected_of",
    "collections",
    "distributions",
    "dust",
    "graduations",
    "holder_freeze",
    "holders",
    "holdings",
    "is_eligible",
    "is_paused",
    "issues",
    "last_batch",
    "maintainer",
    "moments",
    "outstanding",
    "owed",
    "paid",
    "payments",
    "people",
    "person_of",
    "present_value",
    "programmes",
    "providers",
    "receipt",
    "receipts_at",
    "receivables",
    "records",
    "recovery",
    "redemptions",
    "refunds",
    "reimbursements",
    "released",
    "repositories",
    "requirement",
    "roots_of",
    "sold",
    "spvs",
    "standing",
    "state",
    "state_of",
    "subscriptions",
    "tip",
    "token_id",
    "versions",
    "wallets",
]


def accounts(connection: Connection, spv: str) -> dict[str, int]:
    """What an SPV's cash stands for, by the names that the journal has for its accounts, and ``cash`` itself; in minor
    units. ``payable N`` is for the holders of an epoch."""
    balances = journal.balances(connection, [spv])
    left = {account.name: balance.credits - balance.debits for account, balance in balances.items()}
    return left | {"cash": -left.get("cash", 0)}


def outstanding(connection: Connection, spv: str) -> int:
    """Principal of an SPV that is neither repaid nor set aside for that, in minor units."""
    number = state(connection, spv)
    if number == 0 or state_of(number) in (State.DRAFT, State.OFFERING, State.FAILED):
        return 0
    repaid: int = sum(one.outcome["repaid"] for one in distributions(connection, spv))
    return sold(connection, spv) - repaid


def is_eligible(connection: Connection, holder: str, slot: int, at: int) -> bool:
    """Whether somebody could receive receipts of a series at a time (Unix seconds), as the contract would decide."""
    known, needed = standing(connection, holder), requirement(connection, slot)
    frozen = holder_freeze(connection, holder)
    return (
        known is not None
        and needed is not None
        and bool(known.classes & needed.classes)
        and bool(known.jurisdictions & needed.jurisdictions)
        and known.valid_until >= at
        and not (frozen is not None and frozen.frozen)
    )
