"""What is asked for under `audit`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Request

if TYPE_CHECKING:
    from ledger.client.types import AuditHead, AuditRecord, Page

__all__ = ["AuditCalls"]


class AuditCalls(Caller):
    """What is asked for under `audit`."""

    def list_records(self, *, limit: int | None = None, cursor: str | None = None) -> Page[AuditRecord]:
        """All records, the newest first."""
        return self._json(Request("audit", "GET", "/v1/audit", query={"limit": limit, "cursor": cursor}))

    def get_audit_head(self) -> AuditHead:
        """How many records there are, and the hash of the last."""
        return self._json(Request("audit", "GET", "/v1/audit/head"))

    def export_records(self) -> Iterator[str]:
        """All records that there are now, the oldest first, a line of JSON each: what `crt audit export` writes, and
        `crt audit verify` checks.
        """
        return self._lines(Request("audit", "GET", "/v1/audit/export"))
