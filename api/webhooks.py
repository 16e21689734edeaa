"""Who is told of what happens: receivers of webhooks. Their secrets are shown once, in the answer that makes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Header, Path, Response
from pydantic import Field
from sqlalchemy import Connection

from api.commands import at_once
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import allow
from api.service import Asked, Service
from api.values import Document, WebhookId
from ledger.services import webhooks
from ledger.services.access import Access, Principal
from ledger.services.audit import recorded
from ledger.services.webhooks import Changed

__all__ = ["router"]

router = routes_of("webhooks")

_WHO = (Access.ADMIN, Access.ADMINISTRATOR)
InPath = Annotated[WebhookId, Path()]

_Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2_000,
        description="Where messages are posted: `https`, to a public name or address, without user name and password.",
        examples=["https://bank.example/ledger"],
    ),
]
_Events = Annotated[
    list[Annotated[str, Field(max_length=200)]],
    Field(
        min_length=1,
        max_length=100,
        description="Which it gets: `*`, `Kind.*` or `Kind.Name`, by kinds of contracts and names of their events.",
        examples=[["Spv.*", "ComputeReceipt.TransferValue"]],
    ),
]
_After = Annotated[
    int, Field(ge=0, lt=2**63, description="It gets what comes after the message of this number.", examples=[1206])
]
_SHOWN_ONCE = "What messages are signed with: shown this once, and null when the same request is sent again."


class Webhook(Document):
    """A receiver, and how far it is."""

    id: WebhookId
    url: _Url
    events: _Events
    local: Annotated[
        bool, Field(description="Whether it may be on a private network: a receiver of the operator's, made by `crt`.")
    ]
    enabled: Annotated[bool, Field(description="Whether it is sent anything.")]
    checkpoint: Annotated[int, Field(description="The number of the last message that it has.", examples=[1206])]
    behind: Annotated[int, Field(description="How many messages there are after it.", examples=[0])]
    failures: Annotated[int, Field(description="How often in a row it has not taken one.", examples=[0])]
    next_at: Annotated[datetime | None, Field(description="Nothing is sent before, after failures.")]
    last_answer: Annotated[str | None, Field(description="In words.", examples=["204 for message 1206"])]
    etag: Annotated[
        str,
        Field(
            description="Of what can be changed, for `If-Match`, as the header `ETag` has it.",
            examples=['"0123456789abcdef"'],
        ),
    ]


class NewWebhook(Webhook):
    """A receiver with its secret."""

    secret: Annotated[str | None, Field(description=_SHOWN_ONCE, examples=["whsec_Zm9vYmFyYmF6"])] = None


class WantedWebhook(Document):
    """A receiver to tell."""

    url: _Url
    events: Annotated[_Events, Field(default_factory=lambda: ["*"])]
    after: Annotated[
        _After | None, Field(description="Behind which message it begins; now, by default.", examples=[1206])
    ] = None


class WebhookChange(Document):
    """What shall be otherwise; the rest stays."""

    url: Annotated[
        _Url | None, Field(description="Where messages are posted from now on.", examples=["https://bank.example/new"])
    ] = None
    events: Annotated[_Events | None, Field(description="Which it gets from now on.", examples=[["Spv.*"]])] = None
    enabled: Annotated[bool | None, Field(description="Whether it is sent anything.", examples=[False])] = None


class WebhookRotation(Document):
    """Another secret."""

    overlap_hours: Annotated[
        int, Field(ge=0, le=24 * 90, description="Hours for which messages are signed with both.", examples=[24])
    ] = 24


class WebhookSecret(Document):
    """What messages are signed with from now on."""

    secret: Annotated[str | None, Field(description=_SHOWN_ONCE, examples=["whsec_Zm9vYmFyYmF6"])] = None


class WebhookReplay(Document):
    """From where on to send again."""

    after: _After


class WebhookTest(Document):
    """What came of a test message."""

    id: Annotated[str, Field(description="Of the message: `webhook-id`.", examples=["evt_0123456789abcdef"])]
    taken: Annotated[bool, Field(description="Whether the receiver has answered 2xx.")]
    answer: Annotated[str, Field(description="Its status, or why there is none.", examples=["204"])]


@router.get("/webhooks")
def list_webhooks(
    service: Asked, who: Annotated[Principal, allow(*_WHO)], limit: Limit = 100, cursor: Cursor = None
) -> Page[Webhook]:
    """All receivers, in the order of their numbers."""
    after = read_cursor(cursor, [int], "webhooks")
    found = [one for one in webhooks.receivers(service.ledger) if after is None or one.id > after[0]]
    return page_of(found[: limit + 1], limit, lambda one: [one.id], lambda one: Webhook(**_fields(one)), "webhooks")


@router.get("/webhooks/{id}")
def get_webhook(service: Asked, response: Response, id: InPath, who: Annotated[Principal, allow(*_WHO)]) -> Webhook:
    """One receiver. Its `ETag` is of what can be changed, not of how far it is."""
    return _answered(response, webhooks.receiver(service.ledger, id))


@at_once(router, "/webhooks", *_WHO, status=201)
def make_webhook(service: Service, connection: Connection, who: Principal, body: WantedWebhook) -> NewWebhook:
    """Tell a receiver of what happens, from now on or from a message on."""
    made, secret = webhooks.add(service.ledger, body.url, body.events, after=body.after, within=connection)
    return NewWebhook(**_fields(made), secret=secret)


@router.patch("/webhooks/{id}", openapi_extra={"x-if-match": True})
def change_webhook(
    service: Asked,
    response: Response,
    id: InPath,
    body: WebhookChange,
    who: Annotated[Principal, allow(*_WHO)],
    if_match: Annotated[
        str | None, Header(description="The `etag` of what you have read; `*` for whatever it is.")
    ] = None,
) -> Webhook:
    """Change a receiver. It takes no Idempotency-Key: `If-Match` sees to it that it is done once."""
    if if_match is None:
        raise Problem(Kind.PRECONDITION_MISSING, "there is no header If-Match")
    with recorded(service.ledger.database, "change_webhook", {"id": id}, actor=who.id) as note:
        note.detail |= body.model_dump(mode="json", exclude_none=True, exclude={"url"})
        try:
            found = webhooks.change(
                service.ledger,
                id,
                None if if_match.strip() == "*" else if_match.strip().strip('"'),
                url=body.url,
                events=body.events,
                enabled=body.enabled,
            )
        except Changed as error:
            raise Problem(Kind.PRECONDITION, "the receiver has changed since you read it") from error
    return _answered(response, found)


@router.delete("/webhooks/{id}", status_code=204)
def remove_webhook(service: Asked, id: InPath, who: Annotated[Principal, allow(*_WHO)]) -> Response:
    """Forget a receiver, and its secrets."""
    with recorded(service.ledger.database, "remove_webhook", {"id": id}, actor=who.id):
        webhooks.remove(service.ledger, id)
    return Response(status_code=204)


@at_once(router, "/webhooks/{id}/rotate", *_WHO)
def rotate_webhook(
    service: Service, connection: Connection, who: Principal, id: InPath, body: WebhookRotation
) -> WebhookSecret:
    """Make another secret for a receiver; for a while messages are signed with the old one too."""
    return WebhookSecret(
        secret=webhooks.rotate(service.ledger, id, timedelta(hours=body.overlap_hours), within=connection)
    )


@at_once(router, "/webhooks/{id}/replay", *_WHO)
def replay_webhook(
    service: Service, connection: Connection, who: Principal, id: InPath, body: WebhookReplay
) -> Webhook:
    """Send to a receiver again what comes after a message, at once; one that was disabled is enabled."""
    return Webhook(**_fields(webhooks.enable(service.ledger, id, after=body.after, within=connection)))


@router.post("/webhooks/{id}/test")
def test_webhook(service: Asked, id: InPath, who: Annotated[Principal, allow(*_WHO)]) -> WebhookTest:
    """Send a signed message of type `feed.test` now, and say what came of it. Nothing is kept of it: it takes no
    Idempotency-Key, and how far the receiver is stays as it is."""
    with recorded(service.ledger.database, "test_webhook", {"id": id}, actor=who.id):
        found = webhooks.test(service.ledger, id)
    return WebhookTest(id=found.id, taken=found.taken, answer=found.said)


def _answered(response: Response, one: webhooks.Receiver) -> Webhook:
    found = Webhook(**_fields(one))
    response.headers["ETag"] = found.etag
    return found


def _fields(one: webhooks.Receiver) -> dict[str, Any]:
    return {
        "id": one.id,
        "url": one.url,
        "events": list(one.events),
        "local": one.local,
        "enabled": one.enabled,
        "checkpoint": one.checkpoint,
        "behind": one.behind,
        "failures": one.failures,
        "next_at": one.next_at,
        "last_answer": one.last_answer,
        "etag": f'"{one.version}"',
    }
