"""Rows of lists that the chain has said, each with its place there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from api.values import Document, moment
from ledger.services import reading

__all__ = ["Fact", "place", "times"]


class Fact(Document):
    """Something that an event of the chain says."""

    id: Annotated[str, Field(description="Its place in the chain, which is its alone.", examples=["1042-3"])]
    block: Annotated[str, Field(description="The block that it is from.", examples=["1042"])]
    time: Annotated[datetime, Field(description="The time of that block.", examples=["2025-04-01T01:00:00Z"])]


def times(connection: Connection, places: Iterable[reading.Place]) -> dict[int, int]:
    """The times of the blocks of these facts."""
    return reading.moments(connection, (at[0] for at in places))


def place(at: reading.Place, known: Mapping[int, int]) -> dict[str, Any]:
    """The fields of a :class:`Fact`; ``known`` are the times of blocks."""
    return {"id": "-".join(map(str, at)), "block": str(at[0]), "time": moment(known[at[0]])}
