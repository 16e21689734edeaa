"""The audit log: who did what, with which result. Nothing in it can be changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi.responses import StreamingResponse
from pydantic import Field

from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.requests import routes_of
from api.security import allow
from api.service import Asked
from api.values import Document, moment
from ledger.services import audit
from ledger.services.access import Access, Principal

__all__ = ["router"]

router = routes_of("audit")

_LINES = "application/jsonl"


class AuditRecord(Document):
    """One command, and what came of it."""

    seq: Annotated[int, Field(description="Its number, from 1 on without gaps.", examples=[1206])]
    at: Annotated[datetime, Field(description="When it ended.")]
    actor: Annotated[
        str,
        Field(description="Who gave it: `key:ID`, `wallet:ADDRESS`, `os:USER` or `nobody`.", examples=["key:012345"]),
    ]
    command: Annotated[str, Field(description="What it was.", examples=["freeze_receipt"])]
    detail: Annotated[dict[str, Any], Field(description="How it was given, without secrets.")]
    result: Annotated[str, Field(description="`done`, or why it has failed.", examples=["done"])]
    previous: Annotated[str, Field(description="The hash of the record before it.", examples=["ab" * 32])]
    hash: Annotated[
        str, Field(description="SHA-256 of this record and, by `previous`, of all before it.", examples=["cd" * 32])
    ]


class AuditHead(Document):
    """Where the log ends. Kept elsewhere, the hash proves that nothing before it was changed."""

    count: Annotated[int, Field(description="How many records there are.", examples=[1206])]
    hash: Annotated[str, Field(description="The hash of the last one.", examples=["ab" * 32])]


@router.get("/audit")
def list_records(
    service: Asked,
    who: Annotated[Principal, allow(Access.AUDITOR, Access.ADMIN)],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AuditRecord]:
    """All records, the newest first."""
    before = read_cursor(cursor, [int], "audit")
    found = audit.newest(service.ledger.database, limit + 1, before[0] if before else None)
    return page_of(found[::-1], limit, lambda one: [one["seq"]], _shown, "audit")


@router.get("/audit/head")
def get_audit_head(service: Asked, who: Annotated[Principal, allow(Access.AUDITOR, Access.ADMIN)]) -> AuditHead:
    """How many records there are, and the hash of the last."""
    count, last = audit.head(service.ledger.database)
    return AuditHead(count=count, hash=last)


@router.get(
    "/audit/export",
    response_class=StreamingResponse,
    responses={200: {"content": {_LINES: {"schema": {"type": "string"}}}, "description": "A line for each record."}},
)
def export_records(service: Asked, who: Annotated[Principal, allow(Access.AUDITOR, Access.ADMIN)]) -> StreamingResponse:
    """All records that there are now, the oldest first, a line of JSON each: what `crt audit export` writes, and
    `crt audit verify` checks."""
    lines = (f"{line}\n" for line in audit.export(service.ledger.database))
    return StreamingResponse(lines, media_type=_LINES)


def _shown(one: dict[str, Any]) -> AuditRecord:
    return AuditRecord(**{**one, "at": moment(one["at"] / 1000)})
