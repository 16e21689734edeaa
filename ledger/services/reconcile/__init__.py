"""Chain, index and journal compared, with every difference listed (docs/reconcile.md)."""

from __future__ import annotations

from contextlib import suppress

from ledger.chain.node import BlockNotFound
from ledger.errors import ChainError
from ledger.services.ledger import Ledger
from ledger.services.reconcile.blocks import compare_blocks, compare_events
from ledger.services.reconcile.comparing import Comparison
from ledger.services.reconcile.holdings import compare_holdings
from ledger.services.reconcile.journal import compare_journal
from ledger.services.reconcile.people import compare_logs, compare_vouchers
from ledger.services.reconcile.report import Difference, Report
from ledger.services.reconcile.sending import compare_operations, compare_senders, compare_transactions
from ledger.services.reconcile.spvs import compare_spvs
from ledger.store import index

__all__ = ["Difference", "Report", "reconcile"]

_PARTS = (
    *(compare_blocks, compare_events, compare_holdings, compare_spvs, compare_journal),
    *(compare_logs, compare_vouchers, compare_operations, compare_transactions, compare_senders),
)
_TRIES = 3


def reconcile(ledger: Ledger) -> Report:
    """Bring the index up to the newest block, and compare all that is stored with the chain after that block.

    Nothing is changed. Memory does not grow with the number of receipts; with that of differences it does. Raises
    ChainError if the chain goes back again and again meanwhile, or no longer has the state of that block.
    """
    for _ in range(_TRIES):
        with suppress(BlockNotFound):
            found = _compare(ledger)
            if ledger.node.block(found.tip.number).hash == found.tip.hash:
                return Report(*found.tip, dict(found.compared), tuple(found.differences), tuple(found.surplus))
    raise ChainError(
        f"the chain went back while it was compared, {_TRIES} times",
        hint="reconcile when it has settled, or with a node that gives out final blocks alone",
    )


def _compare(ledger: Ledger) -> Comparison:
    with ledger.reading() as connection:
        tip = index.tip(connection)
        assert tip is not None  # `reading` has just seen to it
        found = Comparison(ledger, connection, tip)
        for compare in _PARTS:
            compare(found)
    return found
