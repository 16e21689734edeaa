"""The server: uvicorn in this process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.app import create_app
from api.service import Settings
from ledger.errors import LedgerError
from ledger.services.ledger import Ledger

__all__ = ["server_of", "serving"]

_LONGEST_HEAD = 20.0  # seconds in which the head of a request has to be there
_MOST_HEAD = 65_536  # bytes of it, about
_GRACE = 30  # seconds for what is being answered when it stops


@contextmanager
def serving(
    ledger: Ledger,
    listening: socket.socket,
    stopped: threading.Event,
    *,
    domain: str | None = None,
    settings: Settings | None = None,
    proxies: Sequence[str] = (),
    works: bool = True,
) -> Iterator[str]:
    """Answer on a socket meanwhile, which is closed at the end; gives the URL. ``domain`` is its place by default.
    ``proxies``: as :func:`server_of` has it.

    At the end it takes nothing more, and what is being answered is ended. ``stopped`` is set if it ends by itself.
    ``works``: as :func:`~api.app.create_app` has it.
    """
    with closing(listening):
        host, port = listening.getsockname()[:2]
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        app = create_app(ledger, replace(settings or Settings(), domain=domain or place), works=works)
        server = server_of(app, proxies)

        def run() -> None:
            try:
                server.run([listening])
            finally:
                stopped.set()

        thread = threading.Thread(target=run, name="server")
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise LedgerError("the server does not start", hint="its log says why")
                time.sleep(0.01)
            yield f"http://{place}"
        finally:
            app.state.service.closing.set()  # or it would wait for those who follow the events
            server.should_exit = True
            thread.join()


def server_of(app: FastAPI, proxies: Sequence[str] = ()) -> uvicorn.Server:
    """A server of an application. Who asks is the address of the connection; if that is one of ``proxies``, whom these
    say, in X-Forwarded-For: the last address there that is none of them."""
    config = uvicorn.Config(
        app,
        http=_Http,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),  # whoever else asks could say to be somebody else
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=_GRACE,
    )
    return uvicorn.Server(config)


class _Http(HttpToolsProtocol):
    """With an end to what uvicorn waits for and reads without one: the head of a request."""

    _timer: asyncio.TimerHandle | None = None
    _read = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin()

    def on_message_begin(self) -> None:
        self._begin()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._timer is not None:
            self._read += len(data)
            if self._read > _MOST_HEAD:
                self._cut()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        if self._timer is None:
            self._timer, self._read = self.loop.call_later(_LONGEST_HEAD, self._cut), 0

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut(self) -> None:
        self.transport.close()
