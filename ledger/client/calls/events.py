"""What is asked for under `events`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ledger.client.calling import Caller, Request

if TYPE_CHECKING:
    from ledger.client.types import Event, FeedReset, Page

__all__ = ["EventsCalls"]


class EventsCalls(Caller):
    """What is asked for under `events`."""

    def list_events(
        self, *, after: int | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Event | FeedReset]:
        """All that has happened, in its order. At the end of the list, go on later with `after`."""
        return self._json(
            Request("events", "GET", "/v1/events", query={"after": after, "limit": limit, "cursor": cursor})
        )

    def follow_events(self, *, after: int | None = None, last_event_id: int | None = None) -> Iterator[dict[str, Any]]:
        """All that has happened, and what happens, as it does (server-sent events): from the first message, or
        behind the one that `Last-Event-ID` or `after` names. None is left out, and none comes twice, however
        often you come back.

        It ends when the key is revoked, or the service stops.
        """
        return self._events(
            Request("events", "GET", "/v1/events/stream", query={"after": after}, last_event_id=last_event_id)
        )
