"""What is asked for under `webhooks`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, path

if TYPE_CHECKING:
    from ledger.client.types import (
        NewWebhook,
        Page,
        WantedWebhook,
        Webhook,
        WebhookChange,
        WebhookReplay,
        WebhookRotation,
        WebhookSecret,
        WebhookTest,
    )

__all__ = ["WebhooksCalls"]


class WebhooksCalls(Caller):
    """What is asked for under `webhooks`."""

    def list_webhooks(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Webhook]:
        """All receivers, in the order of their numbers."""
        return self._json(Request("webhooks", "GET", "/v1/webhooks", query={"limit": limit, "cursor": cursor}))

    def make_webhook(self, body: WantedWebhook, *, idempotency_key: str | None = None) -> NewWebhook:
        """Tell a receiver of what happens, from now on or from a message on."""
        return self._once(Request("webhooks", "POST", "/v1/webhooks", body=body, idempotency_key=idempotency_key))

    def get_webhook(self, id: Id) -> Webhook:
        """One receiver. Its `ETag` is of what can be changed, not of how far it is."""
        return self._json(Request("webhooks", "GET", path("/v1/webhooks/{id}", id)))

    def change_webhook(self, id: Id, body: WebhookChange, *, if_match: str) -> Webhook:
        """Change a receiver. It takes no Idempotency-Key: `If-Match` sees to it that it is done once."""
        return self._json(Request("webhooks", "PATCH", path("/v1/webhooks/{id}", id), body=body, if_match=if_match))

    def remove_webhook(self, id: Id) -> None:
        """Forget a receiver, and its secrets."""
        self._nothing(Request("webhooks", "DELETE", path("/v1/webhooks/{id}", id)))

    def rotate_webhook(self, id: Id, body: WebhookRotation, *, idempotency_key: str | None = None) -> WebhookSecret:
        """Make another secret for a receiver; for a while messages are signed with the old one too."""
        return self._once(
            Request(
                "webhooks", "POST", path("/v1/webhooks/{id}/rotate", id), body=body, idempotency_key=idempotency_key
            )
        )

    def replay_webhook(self, id: Id, body: WebhookReplay, *, idempotency_key: str | None = None) -> Webhook:
        """Send to a receiver again what comes after a message, at once; one that was disabled is enabled."""
        return self._once(
            Request(
                "webhooks", "POST", path("/v1/webhooks/{id}/replay", id), body=body, idempotency_key=idempotency_key
            )
        )

    def test_webhook(self, id: Id) -> WebhookTest:
        """Send a signed message of type `feed.test` now, and say what came of it. Nothing is kept of it: it takes no
        Idempotency-Key, and how far the receiver is stays as it is.
        """
        return self._json(Request("webhooks", "POST", path("/v1/webhooks/{id}/test", id)))
