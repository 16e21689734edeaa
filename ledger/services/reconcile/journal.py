"""The journal in itself: balances are what was posted, all of it balances, and entries come from blocks that are."""

from __future__ import annotations

from collections import defaultdict

from ledger.services.reconcile.comparing import Comparison
from ledger.store import reconciling

__all__ = ["compare_journal"]


def compare_journal(found: Comparison) -> None:
    """Each account's debits and credits, each unit's sum, each entry's block."""
    debits, credits_ = reconciling.posted(found.connection)
    total: dict[tuple[str, str], int] = defaultdict(int)
    for row in reconciling.books(found.connection):
        where = f"account {row.owner}, {row.name}"
        found.same("balance", where, (row.debits, row.credits), (debits[row.id], credits_[row.id]))
        total[row.owner, row.unit] += row.credits - row.debits
    for (owner, unit), rest in total.items():
        found.same("books", f"all accounts of {owner} in {unit}", 0, rest)
    for entry in reconciling.entries_of_other_blocks(found.connection):
        there = "no such block" if entry.hash is None else bytes(entry.hash)
        where = f"entry {entry.id}, {entry.kind} in block {entry.block_number}"
        found.differs("entry", where, bytes(entry.block_hash), there)
