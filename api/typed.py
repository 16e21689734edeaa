"""Messages that wallets sign after EIP-712."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from sqlalchemy import Connection

from api.values import Address, Document, Moment, moment
from ledger.services import reading
from ledger.services.agreements import VALID
from ledger.services.typed import TypedData

__all__ = ["Deadline", "ToSign", "deadline_of", "to_sign"]

Deadline = Annotated[
    Moment | None, Query(description="Until when the signature shall be good; 7 days from now by default.")
]


class TypedField(Document):
    """A field of a struct."""

    name: Annotated[str, Field(description="Its name.", examples=["wallet"])]
    type: Annotated[str, Field(description="Its type.", examples=["address"])]


class TypedDomain(Document):
    """Where a signature is good."""

    name: Annotated[str, Field(description="What the contract calls it.", examples=["Contribution Claims"])]
    version: Annotated[str, Field(description="Of the messages.", examples=["1"])]
    chain_id: Annotated[int, Field(description="The number of the chain.", examples=[31337])]
    verifying_contract: Annotated[Address, Field(description="The contract that takes the signature.")]


class TypedMessage(Document):
    """A message as `eth_signTypedData_v4` takes it."""

    types: Annotated[dict[str, list[TypedField]], Field(description="The structs, by name.")]
    primary_type: Annotated[str, Field(description="The struct that the message is of.", examples=["Binding"])]
    domain: TypedDomain
    message: Annotated[dict[str, Any], Field(description="Its values; integers as decimal digits.")]


class ToSign(Document):
    """What a wallet is asked to sign, and until when that is good."""

    typed_data: TypedMessage
    deadline: Annotated[
        datetime | None, Field(description="Send it along with the signature. Null: good until something else is done.")
    ]


def deadline_of(connection: Connection, given: datetime | None) -> int:
    """The last second of a signature (Unix time): the one that was asked for, or as usual."""
    if given is not None:
        return int(given.timestamp())
    tip = reading.tip(connection)
    return (tip.timestamp if tip else 0) + VALID


def to_sign(data: TypedData, deadline: int | None = None) -> ToSign:
    """A message as it is answered."""
    shown = TypedMessage.model_validate(data.document())
    return ToSign(typed_data=shown, deadline=None if deadline is None else moment(deadline))
