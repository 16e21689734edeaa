"""Keys of operators and auditors. A secret is shown once, in the answer that makes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Path
from pydantic import AwareDatetime, Field
from sqlalchemy import Connection

from api.commands import at_once
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.requests import routes_of
from api.security import allow
from api.service import Asked, Service
from api.values import Document
from ledger.errors import InputError
from ledger.services import access
from ledger.services.access import Access, Principal

__all__ = ["router"]

router = routes_of("keys")

InPath = Annotated[str, Path(pattern="^[0-9a-f]{12}$", description="A key, by its id.", examples=["0123456789ab"])]

_YEAR = timedelta(days=365)
_SHOWN_ONCE = "What is sent as `Authorization: Bearer`: shown this once, and null when the same request is sent again."


class Key(Document):
    """A key as it stands, without its secret."""

    id: Annotated[str, Field(description="Its name in lists; the secret has it in it.", examples=["0123456789ab"])]
    name: Annotated[str, Field(description="What it is for.", examples=["payments desk"])]
    roles: Annotated[list[Access], Field(description="What it may act as.", examples=[["servicer"]])]
    made_at: Annotated[datetime, Field(description="Since when there is it.")]
    made_by: Annotated[str, Field(description="Who made it.", examples=["key:0123456789ab"])]
    expires_at: Annotated[datetime | None, Field(description="Until when it is good; null: for as long as it is.")]
    revoked_at: Annotated[datetime | None, Field(description="Since when it is good for nothing.")]


class NewKey(Key):
    """A key with its secret."""

    secret: Annotated[str | None, Field(description=_SHOWN_ONCE, examples=["crt_key_0123456789ab_Zm9vYmFyYmF6"])] = None


class WantedKey(Document):
    """A key to make."""

    name: Annotated[str, Field(min_length=1, max_length=100, description="What it is for.", examples=["desk"])]
    roles: Annotated[
        list[Access],
        Field(
            min_length=1,
            max_length=10,
            description="What it may act as; `auditor` stands alone, and `holder` is for wallets.",
            examples=[["servicer"]],
        ),
    ]
    expires_at: Annotated[
        AwareDatetime | None,
        Field(description="Until when it is good; a year from now by default. Null: for as long as it is not revoked."),
    ] = None

    def lasts(self) -> timedelta | None:
        """For how long from now on; None: for good."""
        if "expires_at" not in self.model_fields_set:
            return _YEAR
        return None if self.expires_at is None else self.expires_at - datetime.now(UTC)


class KeyRotation(Document):
    """Another secret."""

    overlap_hours: Annotated[
        int, Field(ge=0, le=24 * 90, description="Hours for which the old secret is good too.", examples=[24])
    ] = 24


@router.get("/keys")
def list_keys(
    service: Asked, who: Annotated[Principal, allow(Access.ADMIN)], limit: Limit = 100, cursor: Cursor = None
) -> Page[Key]:
    """All keys in the order in which they were made, also those that are good for nothing any more."""
    after = read_cursor(cursor, [int, str], "keys")
    found = access.keys(service.ledger.database)
    if after is not None:
        found = [one for one in found if _place(one) > after]
    return page_of(found[: limit + 1], limit, _place, lambda one: Key(**_fields(one)), "keys")


@at_once(router, "/keys", Access.ADMIN, status=201)
def make_key(service: Service, connection: Connection, who: Principal, body: WantedKey) -> NewKey:
    """Make a key for operators or an auditor. Whoever may make keys may make one with any role."""
    try:
        made, secret = access.make_key(
            service.ledger.database, body.name, body.roles, by=who.id, lasts=body.lasts(), within=connection
        )
    except InputError as error:
        error.field = "expiresAt" if error.field == "lasts" else error.field
        raise
    return NewKey(**_fields(made), secret=secret)


@at_once(router, "/keys/{id}/rotate", Access.ADMIN)
def rotate_key(service: Service, connection: Connection, who: Principal, id: InPath, body: KeyRotation) -> NewKey:
    """Make another secret for a key; the old one is good for a while."""
    overlap = timedelta(hours=body.overlap_hours)
    found, secret = access.rotate_key(service.ledger.database, id, overlap, within=connection)
    return NewKey(**_fields(found), secret=secret)


@at_once(router, "/keys/{id}/revoke", Access.ADMIN)
def revoke_key(service: Service, connection: Connection, who: Principal, id: InPath) -> Key:
    """Make a key good for nothing: at once in this process, and within 2 seconds in others."""
    return Key(**_fields(access.revoke_key(service.ledger.database, id, within=connection)))


def _place(one: access.Key) -> tuple[int, str]:
    return round(one.made_at.timestamp() * 1000), one.id


def _fields(one: access.Key) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "roles": list(one.access),
        "made_at": one.made_at,
        "made_by": one.made_by,
        "expires_at": one.expires_at,
        "revoked_at": one.revoked_at,
    }
