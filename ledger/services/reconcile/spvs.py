"""Each SPV's money: the journal, the index, the contract's books, and the cash that is really there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.domain.waterfall import State
from ledger.errors import InputError, NetworkMismatch, Reverted
from ledger.services.reconcile.comparing import Comparison, View
from ledger.services.series import state_of
from ledger.store import index_money, journal, reconciling
from ledger.store.index_money import Spv

__all__ = ["compare_spvs"]

_ACCOUNTS = {
    "collections": "collections",
    "trapped": "trapped",
    "reserve": "reserve",
    "sinking": "sinking",
    "fees": "feesPayable",
    "residual": "residualPayable",
    "dust": "dust",
}
"""Accounts of the journal, and what the contract calls them."""
_SOLD = (State.OFFERING, State.FAILED)  # in these the units sold are owed to the subscribers


def compare_spvs(found: Comparison) -> None:
    """All amounts in minor units, but for the cash, which is in units of its token."""
    for spv in index_money.spvs(found.connection):
        try:
            _compare(found, spv)
        except (NetworkMismatch, Reverted, InputError) as error:
            found.differs("spv", f"SPV {spv.address}", "an SPV", error.message)


def _compare(found: Comparison, spv: Spv) -> None:
    contract = Bound(Contract("Spv"), spv.address)
    status, accounts = found.view(contract, "status"), found.view(contract, "accounts")
    parties, _, rules = found.view(contract, "terms")
    state = state_of(status.state)
    found.same("spv", f"SPV {spv.address}, state", index_money.state(found.connection, spv.address), status.state)

    balances = journal.balances(found.connection, [spv.address])
    left = {account.name: balance.credits - balance.debits for account, balance in balances.items()}
    cash = -left.pop("cash", 0)
    theirs = {name: getattr(accounts, key) for name, key in _ACCOUNTS.items()}
    theirs["subscriptions"] = status.sold if state in _SOLD else 0
    epochs = [View(contract, "epochAt", (number,), number) for number in range(status.epochs)]
    told = _told(found, spv.address)
    for number, epoch in found.views(epochs):
        theirs[f"payable {number}"] = epoch.amount - epoch.paid
        found.same("epoch", f"SPV {spv.address}, paid for epoch {number}", told.get(number, 0), epoch.paid)
    # An account that the contract does not have is empty.
    for name in sorted(left.keys() | theirs.keys()):
        found.same("account", f"SPV {spv.address}, {name}", left.get(name, 0), theirs.get(name, 0))

    token = Bound(Contract("SettlementCash"), parties.cash)
    held = found.view(token, "balanceOf", spv.address)
    found.covered("cash", f"SPV {spv.address}, token {parties.cash}", cash * rules.cashUnit, held)
    _compare_collections(found, contract)


def _told(found: Comparison, spv: str) -> dict[int, int]:
    """What left each epoch: to holders, as dust, and unclaimed."""
    total: dict[int, int] = {}
    for table, value in (("payment", "amount"), ("dust", "amount"), ("closing", "unclaimed")):
        for epoch, amount in reconciling.sums(found.connection, table, "epoch", value, spv=spv).items():
            total[epoch] = total.get(epoch, 0) + amount
    return total


def _compare_collections(found: Comparison, contract: Bound) -> None:
    ours = reconciling.sums(found.connection, "collection", "receivable", "amount", spv=contract.address)

    def wanted() -> Iterator[View]:
        for one, amount in ours.items():
            yield View(contract, "receivable", (bytes(one),), (bytes(one), amount))

    known: tuple[bytes, int]
    booked: Any
    for known, booked in found.views(wanted()):
        where = f"SPV {contract.address}, receivable 0x{known[0].hex()}"
        found.same("collection", where, known[1], booked.collected)
