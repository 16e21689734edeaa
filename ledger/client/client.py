"""A client of the HTTP API: asks again where that is safe, and waits for what was accepted."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ledger.client.calling import Answer, Request, Transport
from ledger.client.calls import Calls
from ledger.client.problems import error_of, kind_of, raised
from ledger.errors import LedgerError, NoAnswer, Pending

if TYPE_CHECKING:
    from ledger.client.types import Operation, Page

__all__ = ["Client"]

P = ParamSpec("P")
T = TypeVar("T")

_SHORTEST, _LONGEST = 0.25, 8.0  # seconds until it is asked again, longer each time
_FIRST_LOOK, _LOOK = 0.02, 1.0  # seconds between two looks at an operation, longer each time


class Client(Calls):
    """All operations of the API, as methods. Close it, or use it in a ``with`` statement. Not for several threads.

    Each raises what the service answers instead, as an error of ``ledger.errors``, and
    :class:`~ledger.errors.NoAnswer` if it does not answer. Before that it is asked again for ``patience`` seconds,
    where this can do nothing twice: reads, writes (under the same Idempotency-Key), and what was refused for now.
    """

    def __init__(self, transport: Transport, *, patience: float = 30.0) -> None:
        self.transport = transport
        self._patience = patience

    def ask(self, request: Request[Any]) -> Answer:
        """See :class:`~ledger.client.calling.Caller`."""
        until, pause = time.monotonic() + self._patience, _SHORTEST
        while True:
            wait = pause * random.uniform(0.5, 1.0)  # noqa: S311 - so that many do not come back at once
            try:
                answer = self.transport.send(request)
            except NoAnswer:
                if not request.is_safe or time.monotonic() + wait > until:
                    raise
            else:
                if answer.status < 400:
                    return answer
                wait = max(wait, _retry_after(answer))
                if not _passes(request, answer) or time.monotonic() + wait > until:
                    raise raised(request, answer)
            time.sleep(wait)
            pause = min(2 * pause, _LONGEST)

    def wait(self, operation: Operation[T], timeout: float = 60.0) -> Operation[T]:
        """The operation when it is done, with its result and its transactions.

        Raises why it has failed, and :class:`~ledger.errors.Pending` if it has not ended after ``timeout`` seconds.
        """
        until, pause = time.monotonic() + timeout, _FIRST_LOOK
        found: Operation[T] = operation
        while found["state"] == "accepted" or not found["transactions"]:
            found = self.get_operation(operation["id"])
            if found["state"] != "accepted":
                break
            if time.monotonic() + pause > until:
                raise Pending(
                    f"operation {operation['id']} was not done in {timeout:g} s",
                    operation["id"],
                    hint="it will be done, or fail: ask for it by this number",
                )
            time.sleep(pause)
            pause = min(2 * pause, _LOOK)
        if found["state"] == "failed":
            raise error_of(found.get("problem") or _NO_PROBLEM)
        return found

    def result(self, operation: Operation[T], timeout: float = 60.0) -> T:
        """What an operation has made, when it is done. Raises as :meth:`wait` does."""
        found = self.wait(operation, timeout).get("result")
        if found is None:
            raise LedgerError(f"operation {operation['id']} is done without a result")
        return found

    def rows(self, ask: Callable[P, Page[T]], *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        """All rows of a list, from all its pages: ``client.rows(client.list_receipts, owner=address)``."""
        more: dict[str, Any] = dict(kwargs)
        while True:
            page = ask(*args, **more)  # the same ones, and where the next page begins
            yield from page["data"]
            if page["nextCursor"] is None:
                return
            more["cursor"] = page["nextCursor"]

    def close(self) -> None:
        """Release the connection. Closing twice is harmless."""
        self.transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _lines(self, request: Request[Any]) -> Iterator[str]:
        with self.transport.stream(request) as (answer, chunks):
            if answer.status >= 400:
                raise raised(request, answer)
            rest = b""
            for chunk in chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line.decode() for line in lines)
            if rest:
                yield rest.decode()

    def _events(self, request: Request[Any]) -> Iterator[dict[str, Any]]:
        for line in self._lines(request):
            if line.startswith("data:"):  # each is one line of JSON
                yield json.loads(line.removeprefix("data:"))


_NO_PROBLEM = {"type": "", "status": 500, "detail": "the operation has failed, and does not say why"}


def _passes(request: Request[Any], answer: Answer) -> bool:
    """Whether it may be answered otherwise in a while, and may be asked again."""
    match answer.status:
        case 429:
            return True  # nothing was done
        case 502 | 503 | 504:
            return request.is_safe
        case 409:
            return request.is_safe and kind_of(answer) == "in-flight"
    return False


def _retry_after(answer: Answer) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0
