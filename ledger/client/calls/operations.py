"""What is asked for under `operations`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import Any, Literal

from ledger.client.calling import Caller, Request, path
from ledger.client.types import Operation, Page

__all__ = ["OperationsCalls"]


class OperationsCalls(Caller):
    """What is asked for under `operations`."""

    def get_operation(self, operation: str) -> Operation[Any]:
        """What became of a write: one's own; operators and auditors see those of all."""
        return self._json(Request("operations", "GET", path("/v1/operations/{operation}", operation)))

    def list_operations(
        self,
        *,
        state: Literal["accepted", "done", "failed"] | None = None,
        key: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Operation[Any]]:
        """Writes, the newest first, without their transactions: one's own; operators and auditors see those of all."""
        return self._json(
            Request(
                "operations",
                "GET",
                "/v1/operations",
                query={"state": state, "key": key, "limit": limit, "cursor": cursor},
            )
        )
