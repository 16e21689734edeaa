"""Long lists come in pages: each says how to get the next one, in a word that means nothing to whoever reads it.

A cursor is good for the list that it is from, with the same choice of rows, and for as long as one likes: rows that
are added later neither move nor repeat what was read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import Field

from api.problems import Kind, Problem
from api.values import Document

__all__ = ["Cursor", "Limit", "Page", "page_of", "read_cursor"]

T = TypeVar("T")
R = TypeVar("R")
MOST = 1_000

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many rows at most.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`nextCursor` of the page before; without it, the list begins.")
]


class Page(Document, Generic[T]):
    """Some rows of a list."""

    data: list[T] = Field(description="The rows, in the order of the list.")
    next_cursor: str | None = Field(
        description="Send it as `cursor` to get the next rows; null at the end of the list."
    )


def read_cursor(cursor: str | None, shape: Sequence[type], *of: Any) -> tuple[Any, ...] | None:
    """The key of the last row that one has, None to begin. ``shape``: of what kinds its parts are, ``int`` or ``str``;
    ``of`` is what tells the list from others."""
    if cursor is None:
        return None
    try:
        found, mark = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=="))
        if mark == _mark(of) and [type(one) for one in found] == list(shape) and all(map(_fits, found)):
            return tuple(found)
    except (ValueError, UnicodeError, binascii.Error, TypeError, RecursionError):
        pass
    raise Problem(
        Kind.INVALID,
        "not a cursor of this list",
        errors=[{"field": "cursor", "message": "not a cursor of this list", "expected": "nextCursor of a page of it"}],
    )


def page_of(
    rows: Sequence[R], limit: int, key: Callable[[R], Sequence[Any]], make: Callable[[R], T], *of: Any
) -> Page[T]:
    """A page of rows, of which one more than ``limit`` was asked for: if it is there, the list goes on."""
    shown = rows[:limit]
    cursor = _written(key(shown[-1]), of) if len(rows) > limit else None
    return Page(data=[make(row) for row in shown], next_cursor=cursor)


def _written(key: Sequence[Any], of: tuple[Any, ...]) -> str:
    text = json.dumps([list(key), _mark(of)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _fits(part: int | str) -> bool:
    return 0 <= part < 1 << 63 if isinstance(part, int) else "\0" not in part and part.isascii()


def _mark(of: tuple[Any, ...]) -> str:
    return hashlib.sha256(repr(of).encode()).hexdigest()[:8]
