"""Contribution logs, who contributors are, and vouchers with their cash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.services.reconcile.comparing import Comparison, View
from ledger.store import index_people, index_vouchers, journal, reconciling
from ledger.store.index_vouchers import Programme

__all__ = ["compare_logs", "compare_vouchers"]

_NOTHING = b"\0" * 32
_PROVIDER = "provider "  # how the journal's accounts of providers begin


def compare_logs(found: Comparison) -> None:
    """Root, size, batches and maintainer of each log; the person of each contributor."""
    connection, ledger = found.connection, found.ledger

    def logs() -> Iterator[View]:
        for one in index_people.repositories(connection):
            last = index_people.last_batch(connection, one.repo)
            state = (_NOTHING, 0, 0) if last is None else (last.root, last.size, last.number + 1)
            known = (one.repo, (*state, index_people.maintainer(connection, one.repo)))
            yield View(ledger.contributions, "head", (one.repo,), known)

    for (repo, ours), theirs in found.views(logs()):
        found.same("log", f"log {repo}", ours, tuple(theirs) if isinstance(theirs, tuple) else theirs)

    def contributors() -> Iterator[View]:
        for one in index_people.bindings(connection):
            yield View(ledger.claims, "personOfContributor", (one.repo, one.contributor), one)

    for one, person in found.views(contributors()):
        where = f"contributor 0x{one.contributor.hex()} of repository {one.repo}"
        found.same("contributor", where, one.person, person)


def compare_vouchers(found: Comparison) -> None:
    """Balances of all accounts, the budget of each programme, what providers have to get, and the cash."""
    contract, connection = found.ledger.vouchers, found.connection
    held: dict[int, int] = defaultdict(int)

    def balances() -> Iterator[View]:
        for programme, account, units in reconciling.voucher_balances(connection):
            held[programme] += units
            yield View(contract, "balanceOf", (account, programme), (programme, account, units))

    for (programme, account, units), theirs in found.views(balances()):
        found.same("voucher", f"programme {programme}, vouchers of {account}", units, theirs)

    books = journal.balances(connection, [contract.address])
    left = {(one.name, one.unit): two.credits - two.debits for one, two in books.items()}
    spent = reconciling.sums(connection, "redemption", "programme", "units")

    def budgets() -> Iterator[View]:
        for one in index_vouchers.programmes(connection):
            yield View(contract, "budgetOf", (one.number,), one)

    one: Programme
    for one, (cash, theirs_held, theirs_spent) in found.views(budgets()):
        free = left.get((f"programme {one.number}", one.cash), 0)
        # Vouchers of a programme without free cash are those of one that was closed: they have lapsed.
        ours = (free + spent.get(one.number, 0) * one.unit_value, held[one.number] if free else 0)
        where = f"programme {one.number}, cash, held, spent"
        found.same("budget", where, (*ours, spent.get(one.number, 0)), (cash, theirs_held, theirs_spent))

    def owed() -> Iterator[View]:
        for (name, unit), amount in left.items():
            if name.startswith(_PROVIDER):
                yield View(contract, "owed", (name.removeprefix(_PROVIDER), unit), (name, unit, amount))

    for (name, unit, amount), theirs in found.views(owed()):
        found.same("owed", f"vouchers, {name} in token {unit}", amount, theirs)

    def tokens() -> Iterator[View]:
        for (name, unit), amount in left.items():
            if name == "cash":
                yield View(Bound(Contract("SettlementCash"), unit), "balanceOf", (contract.address,), (unit, -amount))

    for (unit, amount), theirs in found.views(tokens()):
        found.covered("cash", f"vouchers, token {unit}", amount, theirs)
