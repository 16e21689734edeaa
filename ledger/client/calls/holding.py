"""What is asked for under `holding`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from ledger.client.calling import Caller, Id, Request, path
from ledger.client.types import Made, Merge, Moved, MoveUnits, Prepared, Split, Transfer

__all__ = ["HoldingCalls"]


class HoldingCalls(Caller):
    """What is asked for under `holding`."""

    def split_receipt(self, receipt: Id, body: Split) -> Prepared[Made]:
        """Cut new receipts out of one's own."""
        return self._json(Request("holding", "POST", path("/v1/receipts/{receipt}/split", receipt), body=body))

    def merge_receipts(self, receipt: Id, body: Merge) -> Prepared[Moved]:
        """Put other receipts of one's own, of the same series, into this one."""
        return self._json(Request("holding", "POST", path("/v1/receipts/{receipt}/merge", receipt), body=body))

    def transfer_receipt(self, receipt: Id, body: Transfer) -> Prepared[Moved]:
        """Give a receipt of one's own, or a part of it, to somebody else."""
        return self._json(Request("holding", "POST", path("/v1/receipts/{receipt}/transfer", receipt), body=body))

    def move_units(self, receipt: Id, body: MoveUnits) -> Prepared[Moved]:
        """Move units of one's own receipt to another receipt of the same series."""
        return self._json(Request("holding", "POST", path("/v1/receipts/{receipt}/move", receipt), body=body))
