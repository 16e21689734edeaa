"""A reader of server-sent events, by the HTML standard and the standard library alone."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Refusal", "follow"]


@dataclass
class Refusal(Exception):
    """The answer is no stream."""

    status: int
    body: Any


@contextmanager
def follow(url: str, token: str, last: int | None = None, query: str = "") -> Iterator[Iterator[tuple[str, Any]]]:
    """What comes, as ``message`` with its id and content, or ``comment`` with its text, until the answer ends."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    with closing(connection):
        headers = {"Authorization": f"Bearer {token}"} | ({} if last is None else {"Last-Event-ID": str(last)})
        connection.request("GET", f"/v1/events/stream{query}", headers=headers)
        with closing(connection.getresponse()) as answer:
            if answer.status != 200:
                raise Refusal(answer.status, json.loads(answer.read()))
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            yield _read(answer)


def _read(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    data, id = list[str](), ""
    for line in answer:
        field, _, value = line.decode().rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if not line.strip():
            if data:
                yield "message", (int(id), json.loads("\n".join(data)))
            data = []
        elif not field:
            yield "comment", value
        elif field == "data":
            data.append(value)
        elif field == "id":
            id = value
