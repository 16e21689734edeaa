"""What became of a write: `/v1/operations`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Path, Query
from pydantic import Field

from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import EVERYBODY, OVERSIGHT, allow
from api.service import Asked
from api.values import Document, Hash, moment
from ledger.services import commands
from ledger.services.access import Principal
from ledger.services.commands import Command, Sent

__all__ = ["Operation", "operation_of", "router"]

T = TypeVar("T")

State = Literal["accepted", "done", "failed"]


class Transaction(Document):
    """A transaction on the chain that did a part of an operation."""

    hash: Hash
    block: Annotated[str | None, Field(description="Its block; null while it is in none.", examples=["1042"])]
    state: Annotated[
        Literal["open", "mined", "final"],
        Field(description="`open`: in no block yet; `final`: it cannot go with its block any more."),
    ]


class Operation(Document, Generic[T]):
    """Something that was asked for, done once."""

    id: Annotated[str, Field(description="Its number.", examples=["op_0123456789abcdef0123456789abcdef"])]
    command: Annotated[str, Field(description="What was asked for.", examples=["freeze_receipt"])]
    state: Annotated[State, Field(description="`accepted`: it will be done, or fail; the others are for good.")]
    accepted_at: datetime
    ended_at: datetime | None
    result: Annotated[T | None, Field(description="What it made, when it is done.")] = None
    problem: Annotated[
        dict[str, Any] | None, Field(description="Why it has failed: a problem document (RFC 9457).")
    ] = None
    transactions: Annotated[list[Transaction], Field(description="What it did on the chain, when it has ended.")]


def operation_of(command: Command, transactions: list[Sent] | None = None) -> Operation[Any]:
    """A command as it is answered."""
    return Operation(
        id=command.id,
        command=command.name,
        state=command.state,  # type: ignore[arg-type]
        accepted_at=moment(command.accepted_at / 1000),
        ended_at=None if command.ended_at is None else moment(command.ended_at / 1000),
        result=command.result,
        problem=None if command.error is None else dict(command.error),
        transactions=[
            Transaction(
                hash=f"0x{one.hash.hex()}",
                block=None if one.block is None else str(one.block),
                state=one.state,  # type: ignore[arg-type]
            )
            for one in transactions or ()
        ],
    )


router = routes_of("operations")

OperationId = Annotated[str, Path(pattern="^op_[0-9a-f]{32}$", description="The number of an operation.")]


@router.get("/operations/{operation}")
def get_operation(
    service: Asked, operation: OperationId, who: Annotated[Principal, allow(*EVERYBODY)]
) -> Operation[Any]:
    """What became of a write: one's own; operators and auditors see those of all."""
    with service.reading() as connection:
        found = commands.find(connection, operation)
        if found is None or (found.principal != who.id and not who.may(*OVERSIGHT)):
            raise Problem(Kind.NOT_FOUND, f"there is no operation {operation}")
        return operation_of(found, commands.transactions(connection, found))


@router.get("/operations")
def list_operations(
    service: Asked,
    who: Annotated[Principal, allow(*EVERYBODY)],
    state: Annotated[State | None, Query(description="Only those that are so.")] = None,
    key: Annotated[
        str | None, Query(max_length=255, description="Only one's own that was asked for under this Idempotency-Key.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Operation[Any]]:
    """Writes, the newest first, without their transactions: one's own; operators and auditors see those of all."""
    of = None if who.may(*OVERSIGHT) and key is None else who.id
    before = read_cursor(cursor, [int], "operations", of, state)
    with service.reading() as connection:
        found = commands.listed(
            connection, principal=of, state=state, key=key, before=before[0] if before else None, limit=limit + 1
        )
    return page_of(found, limit, lambda one: [one.number], operation_of, "operations", of, state)
