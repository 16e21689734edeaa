"""What every request passes first: who asks, how often, how large and how slow; and what every answer carries."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from secrets import token_hex

from anyio import BrokenResourceError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Kind, Problem, document_of, response_of
from api.service import Service
from ledger.errors import LedgerError

__all__ = ["Gate"]

_logger = logging.getLogger(__name__)

_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
]
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_BEARER = re.compile(rb"(?i:bearer) +([A-Za-z0-9_-]{1,200})")


class Gate:
    """An ASGI middleware, the outermost. The principal is in ``request.state.principal``, None if nobody shows one,
    and what was shown in ``request.state.token``."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if _REQUEST_ID.fullmatch(given) else token_hex(8).encode()
        answer = _Answer(send, request_id)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id.decode()
        try:
            state["token"] = token = _shown(headers)
            principal = None if token is None else await self._service.who(token)
            state["principal"] = principal
            client = scope.get("client")
            self._service.limits.request(principal, client[0] if client else "", scope["path"])
            settings, declared = self._service.settings, headers.get(b"content-length", b"")
            await self._app(scope, _bounded(receive, declared, settings.most_body, settings.most_time), answer)
        except Problem as problem:
            await response_of(problem.document, problem.headers)(scope, receive, answer)
        except LedgerError as error:
            await response_of(document_of(error))(scope, receive, answer)
        except Exception as error:
            if answer.begun and _has_gone(error):
                _logger.debug("who asked has gone", extra={"request": request_id.decode(), "path": scope["path"]})
                return
            # Its text may hold anything: the log of the operator has it, the answer has not.
            _logger.exception("a request failed", extra={"request": request_id.decode(), "path": scope["path"]})
            if answer.begun:
                raise
            document = Kind.INTERNAL.document(f"request {request_id.decode()} failed")
            await response_of(document)(scope, receive, answer)


def _has_gone(error: Exception) -> bool:
    """Whether all that is wrong is that nobody reads a stream any more."""
    if isinstance(error, ExceptionGroup):
        return all(map(_has_gone, error.exceptions))
    return isinstance(error, BrokenResourceError)


class _Answer:
    """Sends, with what every answer carries."""

    def __init__(self, send: Send, request_id: bytes) -> None:
        self._send, self._request_id, self.begun = send, request_id, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            own = {name for name, _ in message["headers"]}
            more = [one for one in _HEADERS if one[0] not in own]
            message = {**message, "headers": [*message["headers"], *more, (b"x-request-id", self._request_id)]}
        await self._send(message)


def _shown(headers: dict[bytes, bytes]) -> str | None:
    """What is shown to be let in."""
    match = _BEARER.fullmatch(headers.get(b"authorization", b""))
    return None if match is None else match[1].decode()


def _bounded(receive: Receive, declared: bytes, most: int, seconds: float) -> Receive:
    """A request that is larger than ``most`` bytes, or is not read in time, ends with an answer; what was read may take
    as long as it likes to be answered.

    What is left of it is not read: whoever is slow, or sends without end, may not hold the connection either.
    """
    until, whole, size = time.monotonic() + seconds, False, 0
    close = {"Connection": "close"}
    if declared.isdigit() and int(declared[:20]) > most:
        raise Problem(Kind.TOO_LARGE, f"more than {most} bytes", headers=close)

    async def received() -> Message:
        nonlocal whole, size
        if whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(0.0, until - time.monotonic()))
        except TimeoutError:
            raise Problem(Kind.SLOW, f"the request was not whole after {seconds:g} s", headers=close) from None
        whole = message["type"] == "http.disconnect" or not message.get("more_body", False)
        size += len(message.get("body", b""))
        if size > most:
            raise Problem(Kind.TOO_LARGE, f"more than {most} bytes", headers=close)
        return message

    return received
