"""What is asked for under `holding`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, path

if TYPE_CHECKING:
    from ledger.client.types import (
        Approval,
        Approved,
        Made,
        Merge,
        Moved,
        MoveUnits,
        OperatorApproval,
        Prepared,
        Split,
        Transfer,
    )

__all__ = ["HoldingCalls"]


class HoldingCalls(Caller):
    """What is asked for under `holding`."""

    def split_receipt(self, receipt: Id, body: Split) -> Prepared[Made]:
        """Cut new receipts out of one's own, or for an owner who has approved it."""
        return self._json(Request("holding", "POST", path("/v1/receipts/{receipt}/split", receipt), body=body))

    def merge_receipts(self, receipt: Id, body: Merge) -> Prepared[Moved]:
        """Put other receipts of the same series and owner into this one."""
        return self._json(Request("holding", "POST", path("/v1/receipts/{receipt}/merge", receipt), body=body))

    def transfer_receipt(self, receipt: Id, body: Transfer) -> Prepared[Moved]:
        """Give a receipt of one's own, or one that one may move, or a part of it, to somebody else."""
        return self._json(Request("holding", "POST", path("/v1/receipts/{receipt}/transfer", receipt), body=body))

    def move_units(self, receipt: Id, body: MoveUnits) -> Prepared[Moved]:
        """Move units of one's own receipt, or one that one may move, to another receipt of the same series."""
        return self._json(Request("holding", "POST", path("/v1/receipts/{receipt}/move", receipt), body=body))

    def approve_receipt(self, receipt: Id, body: Approval) -> Prepared[Approved]:
        """Let somebody move a receipt of one's own, whole or up to an amount. It ends when the receipt gets another
        owner; an amount is used up.
        """
        return self._json(Request("holding", "POST", path("/v1/receipts/{receipt}/approval", receipt), body=body))

    def approve_operator(self, body: OperatorApproval) -> Prepared[OperatorApproval]:
        """Let somebody, such as a custodian, move all one's receipts of all series, also those to come, and approve
        others; or take it back.
        """
        return self._json(Request("holding", "POST", "/v1/receipts/operators", body=body))
