"""JSON-RPC over HTTP: kept-alive connections, time-outs, batches, waiting where a node says so. Nothing of Ethereum in
it."""

from __future__ import annotations

import base64
import http.client
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from ledger.chain.node import Unreachable
from ledger.errors import ChainError, InputError

__all__ = ["RpcError", "TooLarge", "Transport"]

_MOST_BYTES = 128 * 2**20  # of an answer; what nodes send at most is far less
_BUSY = (429, 503)  # nothing was done, and later it will be
_PAUSE = 0.1  # seconds until a busy node is asked again that does not say when; twice as long each time


class RpcError(ChainError):
    """The node answered with an error. ``body`` is its JSON-RPC error object."""

    def __init__(self, method: str, body: Mapping[str, Any]) -> None:
        self.method, self.body = method, dict(body)
        super().__init__(f"{method}: {self.message_text or 'error without a message'} (code {body.get('code')})")

    @property
    def message_text(self) -> str:
        """The node's own words."""
        return str(self.body.get("message", ""))


class TooLarge(Unreachable):
    """The answer is larger than what is taken into memory."""


class Transport:
    """Requests to one endpoint, as many at a time as there are threads that ask. ``timeout`` in seconds holds for
    connecting and for each read, and for all the time that a busy node is waited for.

    The address may carry a user name, password or key. Errors show host and port of it, and no more.
    """

    def __init__(self, url: str, timeout: float) -> None:
        text = url.strip()
        parts, host, port = None, None, None
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
            (host or "").encode("idna")  # what a connection does with it, and no OSError there
        except ValueError:
            parts = None
        # A "#" is a stray one of a password: what stands before it would be taken for the host.
        plain = all("\x21" <= char <= "\x7e" for char in text) and "#" not in text
        if parts is None or not host or parts.scheme not in ("http", "https") or not plain:
            # Raised outside the handler: the text, and a chained traceback, could show a password or key.
            raise InputError(
                "not the address of a node",
                expected="http:// or https:// and a host, in ASCII without spaces and '#'; others as %20, %23",
            )
        self._idle: list[_Connection] = []  # the one that was used last is used next
        self._secure, self._host, self._timeout = parts.scheme == "https", host, timeout
        self._port = port or (443 if self._secure else 80)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {"Content-Type": "application/json", "Connection": "keep-alive"}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        self.shown = f"{parts.scheme}://{self._host}:{self._port}"
        self._lock = threading.Lock()
        self._id = self._closed = 0

    def request(self, method: str, *params: Any) -> Any:
        """The result of one call. Raises :class:`RpcError` for the node's refusal, :class:`Unreachable` otherwise."""
        answer = self.batch([(method, params)])[0]
        if isinstance(answer, RpcError):
            raise answer
        return answer

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """The results of several calls in one request, in order; a refused one is an :class:`RpcError` in its place."""
        if not calls:
            return []
        with self._lock:
            first, self._id = self._id + 1, self._id + len(calls)
        bodies = [
            {"jsonrpc": "2.0", "id": first + place, "method": method, "params": list(params)}
            for place, (method, params) in enumerate(calls)
        ]
        with self._connected() as connection:
            raw = self._post(connection, orjson.dumps(bodies[0] if len(bodies) == 1 else bodies))
            try:
                parsed = orjson.loads(raw)  # json's own would follow any depth of a hostile answer
                answers = {answer.get("id"): answer for answer in (parsed if isinstance(parsed, list) else [parsed])}
                asked = enumerate(method for method, _ in calls)
                return [self._result(method, answers, first + place, len(calls)) for place, method in asked]
            except (ValueError, TypeError, AttributeError) as error:
                connection.drop()
                raise Unreachable(f"{self.shown} does not speak JSON-RPC", hint="check the address") from error
            except Unreachable:
                connection.drop()  # what comes next on this connection may belong to another request
                raise

    def close(self) -> None:
        """Close the connections: those in use when they have their answer. The next request opens another."""
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], self._closed + 1
        for connection in idle:
            connection.drop()

    @contextmanager
    def _connected(self) -> Iterator[_Connection]:
        with self._lock:
            connection = self._idle.pop() if self._idle else _Connection(self._open)
            closed = self._closed
        try:
            yield connection
        finally:
            with self._lock:
                if closed == self._closed:
                    self._idle.append(connection)
                else:
                    connection.drop()

    def _open(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=self._timeout)

    def _result(self, method: str, answers: Mapping[Any, Any], number: int, asked: int) -> Any:
        answer = answers.get(number)
        if answer is None and "error" in answers.get(None, ()):
            answer = answers[None]  # an error about the request as a whole comes without an id
        if answer is None or not ("result" in answer or "error" in answer):
            raise Unreachable(f"{self.shown} answered other calls than the {asked} that were made")
        if answer.get("error") is not None:
            body = answer["error"]
            return RpcError(method, body if isinstance(body, Mapping) else {"message": str(body)})
        return answer["result"]

    def _post(self, connection: _Connection, body: bytes) -> bytes:
        until, pause = time.monotonic() + self._timeout, _PAUSE
        while True:
            response, content = self._answer(connection, body)
            if response.status not in _BUSY:
                if response.status != 200 and not content.lstrip().startswith((b"{", b"[")):
                    raise Unreachable(f"{self.shown} answered HTTP {response.status} {response.reason}")
                return content
            wait, pause = _seconds(response.getheader("Retry-After"), pause), 2 * pause
            if time.monotonic() + wait > until:
                raise Unreachable(
                    f"{self.shown} is busy: HTTP {response.status}, asked to wait for {wait:g} s",
                    hint="ask again later, or have it take more requests",
                )
            time.sleep(wait)

    def _answer(self, connection: _Connection, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        # A kept connection may have been closed by the node since; that is only known by trying, and every request of
        # ours may be sent twice (a transaction's bytes have one hash). A fresh connection is not tried again.
        reused = connection.is_open
        try:
            return self._exchange(connection, body)
        except (http.client.HTTPException, OSError) as error:
            if not reused or not isinstance(error, (http.client.HTTPException, ConnectionError)):
                raise self._unreachable(error) from error
        try:
            return self._exchange(connection, body)
        except (http.client.HTTPException, OSError) as error:
            raise self._unreachable(error) from error

    def _exchange(self, connection: _Connection, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        try:
            response, content = connection.post(self._path, body, self._headers)
        except (http.client.HTTPException, OSError):
            connection.drop()
            raise
        if len(content) == _MOST_BYTES:
            connection.drop()
            raise TooLarge(f"{self.shown} answered more than {_MOST_BYTES} bytes", hint="ask for less at a time")
        return response, content

    def _unreachable(self, error: Exception) -> Unreachable:
        if isinstance(error, TimeoutError):
            what = f"no answer within {self._timeout:g} s"
        elif isinstance(error, http.client.InvalidURL):
            what = type(error).__name__  # its text repeats the path, which may hold a key
        else:
            what = str(error) or repr(error)
        return Unreachable(f"{self.shown} cannot be reached: {what}", hint="check that the node runs and its address")


class _Connection:
    """A kept-alive connection, for one request at a time; opened when it is needed."""

    def __init__(self, make: Callable[[], http.client.HTTPConnection]) -> None:
        self._make = make
        self._made: http.client.HTTPConnection | None = None

    @property
    def is_open(self) -> bool:
        return self._made is not None

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer, and as much of its content as is taken."""
        if self._made is None:
            self._made = self._make()
        self._made.request("POST", path, body, headers)
        response = self._made.getresponse()
        content = response.read(_MOST_BYTES)
        if response.length and len(content) < _MOST_BYTES:  # a part of what was announced
            raise http.client.IncompleteRead(content, response.length)
        return response, content

    def drop(self) -> None:
        """Close it; the next request opens it anew."""
        if self._made is not None:
            self._made.close()
            self._made = None


def _seconds(retry_after: str | None, otherwise: float) -> float:
    """How long to wait: what the header says, in seconds or as a time."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), otherwise)
    except ValueError:
        return otherwise
