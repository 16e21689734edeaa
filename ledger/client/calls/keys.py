"""What is asked for under `keys`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Request, path

if TYPE_CHECKING:
    from ledger.client.types import Key, KeyRotation, NewKey, Page, WantedKey

__all__ = ["KeysCalls"]


class KeysCalls(Caller):
    """What is asked for under `keys`."""

    def list_keys(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Key]:
        """All keys in the order in which they were made, also those that are good for nothing any more."""
        return self._json(Request("keys", "GET", "/v1/keys", query={"limit": limit, "cursor": cursor}))

    def make_key(self, body: WantedKey, *, idempotency_key: str | None = None) -> NewKey:
        """Make a key for operators or an auditor. Whoever may make keys may make one with any role."""
        return self._once(Request("keys", "POST", "/v1/keys", body=body, idempotency_key=idempotency_key))

    def rotate_key(self, id: str, body: KeyRotation, *, idempotency_key: str | None = None) -> NewKey:
        """Make another secret for a key; the old one is good for a while."""
        return self._once(
            Request("keys", "POST", path("/v1/keys/{id}/rotate", id), body=body, idempotency_key=idempotency_key)
        )

    def revoke_key(self, id: str, *, idempotency_key: str | None = None) -> Key:
        """Make a key good for nothing: at once in this process, and within 2 seconds in others."""
        return self._once(Request("keys", "POST", path("/v1/keys/{id}/revoke", id), idempotency_key=idempotency_key))
