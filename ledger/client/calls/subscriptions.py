"""What is asked for under `subscriptions`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request

if TYPE_CHECKING:
    from ledger.client.types import Page, Subscription

__all__ = ["SubscriptionsCalls"]


class SubscriptionsCalls(Caller):
    """What is asked for under `subscriptions`."""

    def list_subscriptions(
        self,
        *,
        series: Id | None = None,
        holder: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Subscription]:
        """Subscriptions in the order in which they were made: one's own; operators and auditors see those of all."""
        return self._json(
            Request(
                "subscriptions",
                "GET",
                "/v1/subscriptions",
                query={"series": series, "holder": holder, "limit": limit, "cursor": cursor},
            )
        )
