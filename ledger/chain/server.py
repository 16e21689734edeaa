"""The embedded chain on HTTP, for ``cast``, wallets, libraries and other processes of ours.

Who can reach it can move the clock and, with the public development keys, everybody's coins: it is made for this
machine. Browsers can reach a server on loopback too, on behalf of any page. So requests are taken only as
``application/json``, which a page of another origin may not send without a permission that is never given (no CORS),
and only under a name of this machine, so that no other name can be made to lead here (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from collections.abc import Sequence
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from ledger.chain.embedded import EmbeddedNode
from ledger.chain.jsonrpc import CLIENT, JsonRpc, refuse
from ledger.chain.listening import listen

__all__ = ["BODY_LIMIT", "Server", "is_loopback"]

BODY_LIMIT = 16 * 2**20
"""Bytes of one request."""

_IDLE = 120.0  # seconds that a kept connection may be silent
_SKIPPED = 4 * BODY_LIMIT  # bytes of a refused request that are read at most


class Server:
    """Serves a node until it is closed; the node is the caller's to close after that. Use it in a ``with`` statement.

    ``port=0`` takes a free one; ``listener`` is a socket that listens at ``host`` already. ``names`` are hosts under
    which it may be asked besides those of loopback, and besides ``host`` itself. Raises what
    :func:`~ledger.chain.listening.listen` raises.
    """

    def __init__(
        self,
        node: EmbeddedNode,
        *,
        host: str = "127.0.0.1",
        port: int = 8545,
        names: Sequence[str] = (),
        listener: socket.socket | None = None,
    ) -> None:
        taken = frozenset(name.lower() for name in (host, *names))
        self._http = _Http(listener or listen(host, port), JsonRpc(node), taken)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more requests, finish those that are under way, and let go of the port. Closing twice is harmless."""
        self._http.shutdown()
        self._thread.join()
        self._http.finish()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def is_loopback(host: str) -> bool:
    """Whether a host name or address, without a port, always means this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for answers under way

    def __init__(self, listener: socket.socket, rpc: JsonRpc, names: frozenset[str]) -> None:
        self.rpc, self.names = rpc, names
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()  # one that is not bound
        self.socket, self.server_address = listener, listener.getsockname()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that went away is no news
            super().handle_error(request, client_address)

    def finish(self) -> None:
        """Wait for the answers under way. Kept connections end when they are read from next, which is at once."""
        with self._connections_lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RD)
                except OSError:  # gone already
                    continue
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    server_version, sys_version = CLIENT, ""
    timeout = _IDLE
    wbufsize = -1  # headers and body leave together...
    disable_nagle_algorithm = True  # ...and at once

    def do_POST(self) -> None:
        size = _size(self.headers)
        refusal = _refusal(self.headers, self.path, size, self.server.names)
        if refusal is not None:
            self._skip(size or 0)
            self._send(refusal[0], refuse(refusal[1]), last=True)
            return
        body = self.rfile.read(size or 0)
        if len(body) != size:  # cut off: nobody waits for an answer
            self.close_connection = True
            return
        answer = self.server.rpc.answer(body)
        self._send(204 if answer is None else 200, answer)

    def _skip(self, size: int) -> None:
        # An answer sent before its request was read is lost with the connection.
        left = min(size, _SKIPPED)
        while left > 0 and (part := self.rfile.read(min(left, 2**16))):
            left -= len(part)

    def _send(self, status: HTTPStatus | int, body: bytes | None, *, last: bool = False) -> None:
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        if last:
            self.send_header("Connection", "close")
        self.end_headers()
        if body is not None:
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Requests are not logged."""


def _size(headers: Message) -> int | None:
    """The length of the body; ``None`` if it is not said in the one way that is understood."""
    said = headers.get_all("Content-Length", [])
    if len(said) != 1 or not said[0].isascii() or not said[0].isdigit() or "Transfer-Encoding" in headers:
        return None
    return int(said[0][:20])


def _refusal(headers: Message, path: str, size: int | None, names: frozenset[str]) -> tuple[HTTPStatus, str] | None:
    """Why a request is not taken, before its body is looked at."""
    if not _is_ours(headers.get_all("Host", []), names):
        return HTTPStatus.FORBIDDEN, "this host name is not served: use 127.0.0.1 or localhost, or allow the name"
    if path.partition("?")[0] != "/":
        return HTTPStatus.NOT_FOUND, "nothing is here: use the path /"
    if headers.get_content_type() != "application/json":
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the content type is application/json"
    if size is None:
        return HTTPStatus.LENGTH_REQUIRED, "the request has one Content-Length"
    if size > BODY_LIMIT:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"request too large: at most {BODY_LIMIT} bytes"
    return None


def _is_ours(hosts: list[str], names: frozenset[str]) -> bool:
    if len(hosts) != 1:
        return False
    try:
        name = urlsplit(f"//{hosts[0]}").hostname or ""
    except ValueError:
        return False
    return name in names or is_loopback(name)
