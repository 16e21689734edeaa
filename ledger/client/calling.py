"""What is asked for, and what carries it: the seam between a client's calls and the service."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, TypeAlias, TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

from ledger.errors import InputError

if TYPE_CHECKING:  # making the types takes a tenth of a second
    from ledger.client.types import Operation, Preview

__all__ = [
    "Answer",
    "Caller",
    "Day",
    "Id",
    "Moment",
    "Request",
    "Transport",
    "Write",
    "Writing",
    "path",
    "write",
]

P = ParamSpec("P")
T = TypeVar("T")

Id: TypeAlias = int | str
"""A number that names something, or how many."""
Moment: TypeAlias = datetime | str
"""A time with its time zone, or as RFC 3339 has it; in whole seconds."""
Day: TypeAlias = date | str
"""A day, or YYYY-MM-DD."""


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """One request, whose answer is a ``T``.

    ``part`` is the heading that its operation stands under in the document of the API; of ``query``, what is None is
    left out; ``body`` is plain JSON, None for none.
    """

    part: str
    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    idempotency_key: str | None = None
    if_match: str | None = None
    last_event_id: int | None = None

    @property
    def is_safe(self) -> bool:
        """Whether it may be sent again when nobody knows what became of it."""
        return self.method == "GET" or self.idempotency_key is not None or self.query.get("dryRun") is True

    def query_text(self) -> str:
        """The query as it is in a URL."""
        return urlencode({name: _text(value) for name, value in self.query.items() if value is not None})

    def content(self) -> bytes | None:
        """The body as it is sent."""
        return None if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()

    def headers(self) -> dict[str, str]:
        """Its own headers, in small letters."""
        given = {
            "content-type": None if self.body is None else "application/json",
            "idempotency-key": self.idempotency_key,
            "if-match": self.if_match,
            "last-event-id": None if self.last_event_id is None else str(self.last_event_id),
        }
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Transport(Protocol):
    """Carries requests to a service."""

    def send(self, request: Request[Any]) -> Answer:
        """The answer, whatever its status. Raises :class:`~ledger.errors.NoAnswer` if there is none."""

    def stream(self, request: Request[Any]) -> AbstractContextManager[tuple[Answer, Iterator[bytes]]]:
        """The answer as it comes: the content is of an answer that is a problem alone. Raises as :meth:`send` does."""

    def close(self) -> None:
        """Release what it holds. Closing twice is harmless."""


class Write(Request["Operation[T]"], Generic[T]):
    """A request that becomes an operation, whose result is a ``T``."""

    __slots__ = ()


class Caller(ABC):
    """Who asks, for those classes that know what there is to ask for."""

    @abstractmethod
    def ask(self, request: Request[Any]) -> Answer:
        """The answer to a request, which is what was asked for. Raises the error that is answered instead."""

    @abstractmethod
    def _lines(self, request: Request[Any]) -> Iterator[str]:
        """The lines of an answer, as they come."""

    @abstractmethod
    def _events(self, request: Request[Any]) -> Iterator[dict[str, Any]]:
        """The messages of an answer without an end, as they come."""

    def _json(self, request: Request[T]) -> T:
        found: T = json.loads(self.ask(request).content)
        return found

    def _once(self, request: Request[T]) -> T:
        """A write: with a key of its own, unless it has one."""
        return self._json(replace(request, idempotency_key=request.idempotency_key or str(uuid4())))

    def _text(self, request: Request[Any]) -> str:
        return self.ask(request).content.decode()

    def _nothing(self, request: Request[Any]) -> None:
        self.ask(request)


class Writing(Generic[P, T]):
    """A write of a client: call it, or see with :meth:`dry_run` what it would do."""

    def __init__(self, caller: Caller, build: Callable[Concatenate[Any, P], Write[T]]) -> None:
        self._caller, self._build = caller, build
        self.__doc__ = build.__doc__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Operation[T]:
        """Ask for it. The same ``idempotency_key`` again gives the same operation, which is done once; without one, it
        is another operation each time. It is accepted then, and not done yet: see ``Client.wait``."""
        return self._caller._once(self._build(self._caller, *args, **kwargs))

    def dry_run(self, *args: P.args, **kwargs: P.kwargs) -> Preview[T]:
        """What it would do now. Nothing is done. Raises WouldRevert if a contract would refuse it."""
        asked = self._build(self._caller, *args, **kwargs)
        query = {**asked.query, "dryRun": True}
        return self._caller._json(Request(asked.part, asked.method, asked.path, query, asked.body))


class write(Generic[P, T]):  # noqa: N801 - a decorator
    """Make of a method that builds a request one that is a :class:`Writing`."""

    def __init__(self, build: Callable[Concatenate[Any, P], Write[T]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    def __get__(self, caller: Caller, kind: type[Caller] | None = None) -> Writing[P, T]:
        return Writing(caller, self._build)


def path(template: str, *values: Id) -> str:
    """A path with these values in it. Raises InputError for a value that would make another path of it."""
    for value in values:
        if str(value) in ("", ".", ".."):
            raise InputError("not a name in a path", expected="what names something", found=repr(value))
    given = iter(values)
    parts = (quote(str(next(given)), safe="") if part.startswith("{") else part for part in template.split("/"))
    return "/".join(parts)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InputError("a time without its time zone", expected="one with tzinfo", found=value.isoformat())
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else str(value)
