"""What is asked for under `cash`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Write, write

if TYPE_CHECKING:
    from ledger.client.types import Minting

__all__ = ["CashCalls"]


class CashCalls(Caller):
    """What is asked for under `cash`."""

    @write
    def mint_cash(self, body: Minting, *, idempotency_key: str | None = None) -> Write[Minting]:
        """Make cash, as a bank does when money arrives: on a local chain only, whose cash is a stand-in."""
        return Write("cash", "POST", "/v1/cash", body=body, idempotency_key=idempotency_key)
