"""What is asked for under `transactions`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Request

if TYPE_CHECKING:
    from ledger.client.types import Operation, RawTransaction, RelayedTransaction

__all__ = ["TransactionsCalls"]


class TransactionsCalls(Caller):
    """What is asked for under `transactions`."""

    def relay_transaction(
        self, body: RawTransaction, *, idempotency_key: str | None = None
    ) -> Operation[RelayedTransaction]:
        """Send a transaction that a wallet has signed, and follow it until it is final.

        Holders send their own; an administrator may send anybody's. Sent twice, it is done once: the chain takes
        a nonce once. It fails with the contract's error if that refuses it, if another transaction takes its
        nonce, and if it is in no block after a day. What the wallet cannot pay for, or the chain could not take,
        is not accepted.
        """
        return self._once(
            Request("transactions", "POST", "/v1/transactions", body=body, idempotency_key=idempotency_key)
        )
