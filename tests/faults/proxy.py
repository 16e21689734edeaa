"""A proxy between us and a node that does what networks, gateways and busy nodes do.

Each request has a fate, by chance from a seed; in :attr:`Proxy.met` they are counted.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Fate", "Proxy"]

_NONSENSE = ("zz", {}, {"number": "0x1"}, 1.5, "0x", [None], ["zz"])  # no right answer to anything


class Fate(Enum):
    """What becomes of a request."""

    LOST = "it never arrives, and the connection ends"
    UNANSWERED = "it is done, and the connection ends"
    TWICE = "it is done twice, and answered once"
    LATE = "it is done when nobody waits any more"
    LIMITED = "429, to be asked again at once"
    LIMITED_LONG = "429, to be asked again in an hour"
    LIMITED_RPC = "a JSON-RPC error that says so"
    BROKEN = "500 and a page"
    AWAY = "503"
    PAGE = "200 and a page"
    CUT = "the connection ends in the middle of the answer"
    TRUNCATED = "a part of the JSON, as if it were all"
    OTHER_ID = "an answer to another request"
    OTHER_TYPE = "results that are of another type"
    MISSING = "an answer to one of many is not there"
    HUGE = "far more than anybody would want"
    EMPTY = "nothing at all"


class Proxy:
    """In front of the node at ``target``. ``rate`` of all requests have a fate other than to be answered."""

    def __init__(self, target: str, seed: int, rate: float, *, late: float, huge: int) -> None:
        """``late`` is longer than clients wait, in seconds; ``huge`` more than they read, in bytes."""
        self.met: Counter[Fate] = Counter()
        self.rate, self.late, self.huge = rate, late, huge
        self._random, self._lock = Random(seed), threading.Lock()
        host = urlsplit(target)
        self._target = (host.hostname or "", host.port or 80)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                proxy._handle(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *args: object) -> None:
                pass

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()  # waits for what is late

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _fate(self) -> Fate | None:
        with self._lock:
            fate = self._random.choice(list(Fate)) if self._random.random() < self.rate else None
            if fate is not None:
                self.met[fate] += 1
            return fate

    def _asked(self, body: bytes) -> bytes:
        """The node's own answer."""
        connection = http.client.HTTPConnection(*self._target, timeout=60)
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            return connection.getresponse().read()
        finally:
            connection.close()

    def _handle(self, to: BaseHTTPRequestHandler, body: bytes) -> None:
        match self._fate():
            case None:
                _send(to, self._asked(body))
            case Fate.LOST:
                to.close_connection = True
            case Fate.UNANSWERED:
                self._asked(body)
                to.close_connection = True
            case Fate.TWICE:
                first = self._asked(body)
                self._asked(body)
                _send(to, first)
            case Fate.LATE:
                time.sleep(self.late)
                _send(to, self._asked(body))
            case Fate.LIMITED:
                _send(to, b"slow down", 429, {"Retry-After": "0"})
            case Fate.LIMITED_LONG:
                _send(to, b"slow down", 429, {"Retry-After": "3600"})
            case Fate.LIMITED_RPC:
                _send(to, _each(body, lambda one: {"error": {"code": -32005, "message": "limit exceeded"}}))
            case Fate.BROKEN:
                _send(to, b"<html>Internal Server Error</html>", 500)
            case Fate.AWAY:
                _send(to, b"", 503, {"Retry-After": "soon"})
            case Fate.PAGE:
                _send(to, b"<!doctype html><title>Sign in</title>")
            case Fate.CUT:
                answer = self._asked(body)
                _send(to, answer[: len(answer) // 2], length=len(answer))
                to.close_connection = True
            case Fate.TRUNCATED:
                answer = self._asked(body)
                _send(to, answer[: len(answer) // 2])
            case Fate.OTHER_ID:
                _send(to, _each(body, lambda one: {"result": "0x1", "id": one["id"] + 1_000}))
            case Fate.OTHER_TYPE:
                _send(to, _each(body, lambda one: {"result": self._random.choice(_NONSENSE)}))
            case Fate.MISSING:
                answers = json.loads(self._asked(body))
                _send(to, json.dumps(answers[1:] if isinstance(answers, list) else {}).encode())
            case Fate.HUGE:
                _send(to, b"[" + b" " * self.huge + b"]")
            case Fate.EMPTY:
                _send(to, b"")


class _Quiet(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not wait any more is no news."""


def _send(
    to: BaseHTTPRequestHandler,
    body: bytes,
    status: int = 200,
    headers: dict[str, str] | None = None,
    *,
    length: int | None = None,
) -> None:
    to.send_response(status)
    for name, value in (headers or {}).items():
        to.send_header(name, value)
    to.send_header("Content-Length", str(len(body) if length is None else length))
    to.end_headers()
    to.wfile.write(body)


def _each(body: bytes, answer: Any) -> bytes:
    asked = json.loads(body)
    made = [
        {"jsonrpc": "2.0", "id": one["id"], **answer(one)} for one in (asked if isinstance(asked, list) else [asked])
    ]
    return json.dumps(made if isinstance(asked, list) else made[0]).encode()
