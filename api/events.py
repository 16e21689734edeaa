"""What happens, as a feed: in pages, or as it comes (server-sent events). The messages are those of docs/events.md.

Operators and auditors read it; holders do not: most events name others, and what is of a holder is in lists of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal

import anyio
import orjson
from anyio import to_thread
from fastapi import Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import OVERSIGHT, allow
from api.service import Asked, Service
from api.values import Address, Document, Hash
from ledger.errors import LedgerError
from ledger.services import events
from ledger.services.access import Principal

__all__ = ["router"]

router = routes_of("events")

_LOOK = 0.5  # seconds between looks for what is new
_PAGE = 100  # messages that are read at once
_RETRY = 1_000  # milliseconds after which a reader that was cut off comes back

_AFTER = "The number of the last message that you have; 0 is before the first."


class EventBlock(Document):
    """A block of the chain."""

    number: Annotated[int, Field(description="How many were before it.", examples=[96])]
    hash: Hash


class Happened(Document):
    """An event of one of the ledger's contracts."""

    id: Annotated[str, Field(description="Of the message, the same however often it is read.", examples=["evt_5e3c"])]
    seq: Annotated[int, Field(description="Its number: ask for what comes after it.", examples=[1207])]
    reverts: Annotated[
        int | None,
        Field(
            description="Null if the event was added; else it has left the chain, and this message had added it.",
            examples=[1199],
        ),
    ]
    block: EventBlock
    transaction: Hash
    log_index: Annotated[int, Field(description="Its place in the block.", examples=[3])]
    contract: Address
    kind: Annotated[str, Field(description="What the contract is.", examples=["Spv"])]
    name: Annotated[str, Field(description="The name of the event.", examples=["Collected"])]
    args: Annotated[
        dict[str, Any],
        Field(description="Integers are decimal strings, bytes `0x` and hexadecimal digits, structs objects."),
    ]


class Event(Document):
    """An event was added to the chain, or has left it with its block."""

    type: Annotated[str, Field(description="Kind, name, and `added` or `reverted`.", examples=["Spv.Collected.added"])]
    timestamp: Annotated[datetime, Field(description="The time of its block.")]
    data: Happened


class VoidEvents(Document):
    """From where on messages are void."""

    id: Annotated[str, Field(description="Of the message.", examples=["evt_5e3c"])]
    seq: Annotated[int, Field(description="Its number.", examples=[1208])]
    after: Annotated[
        int, Field(description="What was added by messages behind this one, and not reverted, is void.", examples=[900])
    ]


class FeedReset(Document):
    """The index was made again, and is another one: what holds of it is added again."""

    type: Annotated[Literal["feed.reset"], Field(description="This, and nothing else.", examples=["feed.reset"])]
    data: VoidEvents


@router.get("/events")
def list_events(
    service: Asked,
    who: Annotated[Principal, allow(*OVERSIGHT)],
    after: Annotated[int, Query(ge=0, lt=2**63, description=_AFTER + " A cursor goes before it.")] = 0,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Event | FeedReset]:
    """All that has happened, in its order. At the end of the list, go on later with `after`."""
    begin = read_cursor(cursor, [int], "events")
    found = events.stream(service.ledger, begin[0] if begin else after, limit + 1).events
    return page_of(found, limit, lambda one: [one.seq], _shown, "events")


def _begin(
    service: Asked,
    who: Annotated[Principal, allow(*OVERSIGHT)],
    after: Annotated[int, Query(ge=0, lt=2**63, description=_AFTER)] = 0,
    last_event_id: Annotated[
        int | None,
        Header(ge=0, lt=2**63, description="The `id` of the last message that you have; it goes before `after`."),
    ] = None,
) -> int:
    """Where to begin. Raises InputError for what is not there yet, before the answer has begun."""
    if not service.may_follow(who.id):
        why = "too many follow the events already, or as many as you may"
        raise Problem(Kind.RATE, why, headers={"Retry-After": "60"})
    begin = after if last_event_id is None else last_event_id
    events.stream(service.ledger, begin, 1)
    return begin


@router.get(
    "/events/stream",
    response_class=EventSourceResponse,
    responses={200: {"description": "Messages, each with its number as `id`; comments in between."}},
)
async def follow_events(
    service: Asked, request: Request, begin: Annotated[int, Depends(_begin)]
) -> AsyncIterator[ServerSentEvent]:
    """All that has happened, and what happens, as it does (server-sent events): from the first message, or behind the
    one that `Last-Event-ID` or `after` names. None is left out, and none comes twice, however often you come back.

    It ends when the key is revoked, or the service stops.
    """
    yield ServerSentEvent(comment="events", retry=_RETRY)
    with service.following(request.state.principal.id):
        async for one in _following(service, request.state.token, begin):
            yield one


async def _following(service: Service, token: str, after: int) -> AsyncIterator[ServerSentEvent]:
    while not service.closing.is_set() and await service.who(token) is not None:
        try:
            page = await to_thread.run_sync(events.stream, service.ledger, after, _PAGE)
        except LedgerError:
            return  # who comes back is told why
        for one in page.events:
            yield ServerSentEvent(raw_data=orjson.dumps(one.document()).decode(), id=str(one.seq))
        after = page.next
        if not page.events:
            await anyio.sleep(_LOOK)


def _shown(one: events.Event | events.Reset) -> Event | FeedReset:
    kind = FeedReset if isinstance(one, events.Reset) else Event
    return kind.model_validate(one.document())
