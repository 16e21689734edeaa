"""What is asked for under `receipts`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import Frozen, Page, Reason, Receipt, Seized, Seizure, Several, SeveralFrozen, Version

__all__ = ["ReceiptsCalls"]


class ReceiptsCalls(Caller):
    """What is asked for under `receipts`."""

    def list_receipts(
        self, *, series: Id | None = None, owner: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Receipt]:
        """Receipts in the order of their ids: one's own; operators and auditors see those of all."""
        return self._json(
            Request(
                "receipts",
                "GET",
                "/v1/receipts",
                query={"series": series, "owner": owner, "limit": limit, "cursor": cursor},
            )
        )

    def get_receipt(self, receipt: Id) -> Receipt:
        """One receipt: one's own; operators and auditors see those of all."""
        return self._json(Request("receipts", "GET", path("/v1/receipts/{receipt}", receipt)))

    def list_versions(self, receipt: Id, *, limit: int | None = None, cursor: str | None = None) -> Page[Version]:
        """All that a receipt ever was, the oldest first; to holders what it was while it was their own."""
        return self._json(
            Request(
                "receipts",
                "GET",
                path("/v1/receipts/{receipt}/history", receipt),
                query={"limit": limit, "cursor": cursor},
            )
        )

    def get_certificate(self, receipt: Id) -> str:
        """The certificate of a receipt, as the chain draws it: one's own; operators and auditors see those of all."""
        return self._text(Request("receipts", "GET", path("/v1/receipts/{receipt}/certificate", receipt)))

    @write
    def force_transfer(self, receipt: Id, body: Seizure, *, idempotency_key: str | None = None) -> Write[Seized]:
        """Move face value against the owner's will to a new receipt of somebody who may hold it."""
        return Write(
            "receipts",
            "POST",
            path("/v1/receipts/{receipt}/forced-transfer", receipt),
            body=body,
            idempotency_key=idempotency_key,
        )

    @write
    def freeze_receipts(self, body: Several, *, idempotency_key: str | None = None) -> Write[SeveralFrozen]:
        """Freeze several receipts, all or none of them."""
        return Write("receipts", "POST", "/v1/receipts/freeze", body=body, idempotency_key=idempotency_key)

    @write
    def release_receipts(self, body: Several, *, idempotency_key: str | None = None) -> Write[SeveralFrozen]:
        """Release several frozen receipts, all or none of them."""
        return Write("receipts", "POST", "/v1/receipts/release", body=body, idempotency_key=idempotency_key)

    @write
    def freeze_receipt(self, receipt: Id, body: Reason, *, idempotency_key: str | None = None) -> Write[Frozen]:
        """Freeze a receipt: it does not move, and is not paid, until it is released."""
        return Write(
            "receipts",
            "POST",
            path("/v1/receipts/{receipt}/freeze", receipt),
            body=body,
            idempotency_key=idempotency_key,
        )

    @write
    def release_receipt(self, receipt: Id, body: Reason, *, idempotency_key: str | None = None) -> Write[Frozen]:
        """Release a frozen receipt."""
        return Write(
            "receipts",
            "POST",
            path("/v1/receipts/{receipt}/release", receipt),
            body=body,
            idempotency_key=idempotency_key,
        )
