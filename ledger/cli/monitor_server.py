"""`/metrics` and `/health` of a running worker."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

from ledger.services.monitoring import LedgerCollector, health

if TYPE_CHECKING:
    from ledger.services.ledger import Ledger

__all__ = ["serving"]


@contextmanager
def serving(ledger: Ledger, listener: socket.socket) -> Iterator[str]:
    """Answer at a socket that listens, which is closed at the end; gives the URL.

    ``/metrics`` for Prometheus; ``/health/live`` is 200 while the process answers; ``/health/ready`` is 200 if the
    ledger can do its work, else 503, and says part by part what keeps it from it.
    """
    with _Server(listener, _application(ledger)) as server:
        thread = threading.Thread(target=server.serve_forever, name="monitor", daemon=True)
        thread.start()
        try:
            yield f"http://{server.place}"
        finally:
            server.shutdown()
            thread.join()


def _application(ledger: Ledger) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    registry = CollectorRegistry()
    registry.register(LedgerCollector(ledger))
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _json(start, "405 Method Not Allowed", {"error": "only GET"})
        if path == "/metrics":
            answered: Iterable[bytes] = metrics(environ, start)
            return answered
        if path == "/health/live":
            return _json(start, "200 OK", {"live": True})
        if path == "/health/ready":
            found = health(ledger)
            status = "200 OK" if found.is_ready else "503 Service Unavailable"
            return _json(start, status, {"ready": found.is_ready, "parts": found.parts})
        return _json(start, "404 Not Found", {"error": "/metrics, /health/live or /health/ready"})

    return answer


def _json(start: Any, status: str, document: dict[str, Any]) -> list[bytes]:
    body = json.dumps(document).encode() + b"\n"
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket, application: Any) -> None:
        host, port, *_ = listener.getsockname()
        super().__init__((host, port), _Handler, bind_and_activate=False)
        self.socket.close()  # one that is not bound
        self.socket, self.server_address = listener, (host, port)
        self.server_name, self.server_port = host, port
        self.place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.setup_environ()
        self.set_app(application)


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are not worth a line each."""
