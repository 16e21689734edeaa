"""The HTTP API, called as a server would call it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from api.app import create_app
from ledger.errors import ChainError
from ledger.services.ledger import Ledger, open_local
from tests.services.small import HOLDERS, offered, small_case, subscribed


def get(app: FastAPI, path: str) -> tuple[int, str, Any]:
    """Status, content type and body of the answer to a GET: a request by the ASGI protocol, without a server."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    asyncio.run(app(scope, receive, send))
    headers = dict(sent[0]["headers"])
    body = b"".join(message["body"] for message in sent[1:])
    return sent[0]["status"], headers[b"content-type"].decode(), json.loads(body)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """One series, with two subscribers."""
    case = small_case()
    with open_local(start=case.terms.open_date) as found:
        yield found


def test_health(ledger: Ledger) -> None:
    status, kind, body = get(create_app(ledger), "/health")
    assert (status, kind) == (200, "application/json")
    assert body == {"chainId": ledger.node.chain_id(), "block": ledger.node.block_number()}


def test_holders_before_and_after_the_subscriptions(ledger: Ledger) -> None:
    app, series = create_app(ledger), offered(ledger, small_case())
    path = f"/v1/series/{series.slot}/holders"
    empty = {"series": series.code, "currency": "CNY", "holders": {}}
    assert get(app, path) == (200, "application/json", empty)
    subscribed(series, 100_001, 99)
    shown = {HOLDERS[0].address: "1000.01", HOLDERS[1].address: "0.99"}
    assert get(app, path) == (200, "application/json", {**empty, "holders": shown})


@pytest.mark.parametrize("slot", ["99", "-1", str(2**256)])
def test_an_unknown_series_is_a_problem_document(ledger: Ledger, slot: str) -> None:
    status, kind, body = get(create_app(ledger), f"/v1/series/{slot}/holders")
    assert (status, kind) == (404, "application/problem+json")
    assert body == {"type": "about:blank", "title": "Not Found", "status": 404, "detail": body["detail"]}
    assert body["detail"]


def test_a_node_that_fails_is_a_bad_gateway(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> int:
        raise ChainError("the node is down", hint="start it")

    monkeypatch.setattr(ledger.node, "chain_id", fails)
    status, kind, body = get(create_app(ledger), "/health")
    assert (status, kind) == (502, "application/problem+json")
    assert body == {"type": "about:blank", "title": "Bad Gateway", "status": 502, "detail": "the node is down"}
