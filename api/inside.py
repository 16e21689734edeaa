"""The API without a server: a :class:`~ledger.client.calling.Transport` into this process, with no port and no network.

Only the routes of those parts are imported that are asked for. What is accepted is done by this process until it ends,
and then by the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import unquote

from api.answering import answering
from api.commands import COMMANDS, run
from api.parts import PARTS, routers_of
from api.problems import document_of
from api.service import Service, Settings
from ledger.client.calling import Answer, Request
from ledger.services.access import Access, Principal
from ledger.services.audit import somebody
from ledger.services.commands import Command, Runner
from ledger.services.ledger import Ledger

__all__ = ["Inside"]

_THREADS = 4  # that do what was accepted, some of it perhaps by others
_FRESH = 1.0  # seconds in which nobody looks again whether the chain has gone on


class Inside:
    """A transport into an application over ``ledger``, for whoever runs this process. For one thread."""

    def __init__(self, ledger: Ledger, *, wallet: str | None = None, operator: str | None = None) -> None:
        """``wallet``: the holder who asks, beside the roles of which the ledger has the keys; with ``operator``, those
        of this account alone."""
        self._ledger, self._wallet, self._operator = ledger, wallet, operator
        self._service = _Here(ledger, Settings(threads=_THREADS))
        self._app = answering(self._service)
        self._loop = asyncio.Runner()
        self._parts: set[str] = set()
        self._fresh_until = 0.0

    @property
    def principal(self) -> Principal:
        """Who asks. Whoever has the database may see all of it, and say who else may ask; what is done on the chain
        takes the keys."""
        acting = {role for role, account in self._ledger.keys.items() if self._operator in (None, account)}
        access = {Access.AUDITOR, Access.ADMIN} | {one for one in Access if _role(one) in acting}
        if self._wallet is not None:
            access |= {Access.HOLDER}
        return Principal(somebody(), frozenset(access), self._wallet)

    def send(self, request: Request[Any]) -> Answer:
        """See :class:`~ledger.client.calling.Transport`. Raises what the node raises if the index can't follow it."""
        with self.stream(request) as (answer, chunks):
            return Answer(answer.status, answer.headers, answer.content + b"".join(chunks))

    @contextmanager
    def stream(self, request: Request[Any]) -> Iterator[tuple[Answer, Iterator[bytes]]]:
        """See :class:`~ledger.client.calling.Transport`."""
        self._load(request.part)
        self._follow()
        call = _Call(self._app, request, self.principal)
        try:
            answer = self._loop.run(call.begin())
            chunks = self._chunks(call)
            if answer.status >= 400:
                answer = Answer(answer.status, answer.headers, b"".join(chunks))
            yield answer, chunks
        finally:
            self._loop.run(call.end())

    def resume(self) -> None:
        """Do what was accepted by processes before this one, and was not done."""
        self._service.wake()

    def close(self) -> None:
        """End what is begun; what was accepted beside that is done by the next process. The ledger stays open."""
        if self._service.runner is not None:
            self._service.runner.stop()
        self._loop.close()

    def __repr__(self) -> str:
        return f"Inside({self._ledger.deployment.chain_id})"

    def _chunks(self, call: _Call) -> Iterator[bytes]:
        while (chunk := self._loop.run(call.next())) is not None:
            yield chunk

    def _load(self, part: str) -> None:
        if part not in self._parts:
            for router in routers_of(part):
                self._app.router.routes.extend(router.routes)
            self._parts.add(part)

    def _follow(self) -> None:
        """What is read comes from the index, and nobody else brings that up to date."""
        if time.monotonic() >= self._fresh_until:
            self._ledger.sync()
            self._fresh_until = time.monotonic() + _FRESH


class _Here(Service):
    """A service that begins to work when something is accepted."""

    def wake(self) -> None:
        if self.runner is None:
            self.runner = Runner(self.ledger, _run, document_of, threads=self.settings.threads)
            self.runner.start()
        super().wake()


def _run(ledger: Ledger, stored: Command) -> Any:
    """Do a command; also one of a part that nobody asks for here, of a process that was killed before."""
    if stored.name not in COMMANDS:
        for part in PARTS:
            routers_of(part)
    return run(ledger, stored)


def _role(access: Access) -> Any:
    try:
        return access.role
    except KeyError:
        return None


class _Call:
    """One request, answered within an event loop."""

    def __init__(self, app: Callable[..., Awaitable[None]], request: Request[Any], principal: Principal) -> None:
        headers = {"host": "inside", **request.headers()}
        self._app, self._body = app, request.content() or b""
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(request.path),
            "raw_path": request.path.encode(),
            "root_path": "",
            "query_string": request.query_text().encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": None,
            "server": ("inside", None),
            "state": {"principal": principal, "token": None, "request_id": "inside"},
        }
        self._is_read = False
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> Answer:
        """How the answer begins. Raises what nobody has foreseen."""
        self._task = asyncio.get_running_loop().create_task(self._work())
        message = await self._message()
        headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        return Answer(message["status"], headers, b"")

    async def next(self) -> bytes | None:
        """What comes next of it, None at its end."""
        message = await self._message()
        return None if message is None else message.get("body", b"")

    async def end(self) -> None:
        """Whether it was read to its end or not."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, Exception):  # what it raised was raised before
                await self._task

    async def _work(self) -> None:
        async def send(message: Any) -> None:
            self._messages.put_nowait(message)

        try:
            await self._app(self._scope, self._receive, send)
        finally:
            self._messages.put_nowait(None)

    async def _message(self) -> Any:
        message = await self._messages.get()
        if message is None and self._task is not None:
            await self._task
        return message

    async def _receive(self) -> Any:
        if self._is_read:
            await asyncio.Event().wait()  # who asks does not go away
        self._is_read = True
        return {"type": "http.request", "body": self._body, "more_body": False}
