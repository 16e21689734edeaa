"""A receiver of webhooks that answers as it is told: late, badly, or not at all."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

__all__ = ["Receiver", "Request", "checked_by_node"]

# An implementation of the check that has nothing in common with ours: Node's own crypto.
_CHECK = """
const crypto = require("crypto");
const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
const good = given.map(({secret, id, timestamp, signatures, body}) => {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const hmac = crypto.createHmac("sha256", key).update(Buffer.concat(
    [Buffer.from(id + "." + timestamp + "."), Buffer.from(body, "hex")])).digest("base64");
  return signatures.split(" ").filter((one) => one === "v1," + hmac).length;
});
console.log(JSON.stringify(good));
"""


@dataclass(frozen=True)
class Request:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def seq(self) -> int:
        return int(json.loads(self.body)["data"]["seq"])


def checked_by_node(secret: str, requests: list[Request]) -> list[int]:
    """How many signatures of each are good under a secret."""
    given = [
        {
            "secret": secret,
            "id": one.id,
            "timestamp": one.headers["webhook-timestamp"],
            "signatures": one.headers["webhook-signature"],
            "body": one.body.hex(),
        }
        for one in requests
    ]
    run = subprocess.run(["node", "-e", _CHECK], input=json.dumps(given), capture_output=True, text=True, check=True)
    found: list[int] = json.loads(run.stdout)
    return found


class Receiver:
    """``answer`` is asked for each request: a status, with headers, or one of the words ``drop`` (the connection is
    closed without an answer), ``reset``, ``garbage``, ``drip`` (the answer never ends) and ``cut`` (it is cut short)."""

    def __init__(self, answer: Callable[[Request], Any] = lambda request: 204) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.taken: list[Request] = []
        """Those that were answered with 2xx."""
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver._serve(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?from=ledger"

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            body = handler.rfile.read(int(handler.headers["Content-Length"]))
            request = Request({name.lower(): value for name, value in handler.headers.items()}, body)
            answer = self.answer(request)
            with self._lock:
                self.requests.append(request)
                status, more = answer if isinstance(answer, tuple) else (answer, {})
                if isinstance(status, int) and 200 <= status < 300:
                    self.taken.append(request)
            self._reply(handler, status, more)
        except (ConnectionError, BrokenPipeError):
            pass  # the sender has given up
        finally:
            with self._lock:
                self.at_once -= 1

    def _reply(self, handler: BaseHTTPRequestHandler, status: Any, more: dict[str, str]) -> None:
        handler.close_connection = True
        if isinstance(status, int):
            handler.send_response(status)
            for name, value in {"Content-Length": "0", **more}.items():
                handler.send_header(name, value)
            handler.end_headers()
        elif status == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif status == "garbage":
            handler.wfile.write(b"\x00\xff not HTTP at all\r\n\r\n")
        elif status == "cut":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot so much")
        elif status == "drip":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(1_000):
                handler.wfile.write(b"X-%d: y\r\n" % number)
                time.sleep(0.01)
