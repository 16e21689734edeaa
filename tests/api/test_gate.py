"""What every request passes: how often, how large and how slow it may be; what every answer carries; on a real server."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.service import Settings
from api.serving import serving
from ledger.chain.listening import listen
from ledger.errors import StoreError
from ledger.services.roles import Role
from tests.api.stage import MANY, Stage

CARRIED = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@contextmanager
def served(stage: Stage, settings: Settings = MANY, proxies: Sequence[str] = ()) -> Iterator[str]:
    place = (stage.ledger, listen("127.0.0.1", 0), Event())
    with serving(*place, settings=settings, proxies=proxies, works=False) as url:
        yield urlsplit(url).netloc


@contextmanager
def client(stage: Stage, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(stage.ledger, settings, works=False), raise_server_exceptions=False) as made:
        yield made


def said(place: str, *pieces: bytes) -> bytes:
    """What the server answers to bytes, until it closes the connection."""
    host, port = place.split(":")
    with closing(socket.create_connection((host, int(port)), timeout=60)) as connection:
        found = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
            while more := connection.recv(65_536):
                found += more
        except ConnectionError:
            pass  # it has closed before all was sent
        return found


def head(stage: Stage, *lines: str, path: str = "/v1/receipts/1/freeze") -> bytes:
    shown = f"Authorization: Bearer {stage.tokens['compliance']}"
    first = [f"POST {path} HTTP/1.1", "Host: x", shown, "Content-Type: application/json", "Idempotency-Key: gate"]
    return "\r\n".join([*first, *lines, "", ""]).encode()


@pytest.mark.parametrize(
    ("method", "path", "who", "status"),
    [
        ("GET", "/health", None, 200),
        ("GET", "/v1/series", "auditor", 200),
        ("GET", "/v1/series", None, 401),
        ("GET", "/v1/keys", "auditor", 403),
        ("GET", "/nowhere", None, 404),
        ("PUT", "/v1/series", "auditor", 405),
        ("GET", "/v1/series/x", "auditor", 422),
        ("GET", "/v1/openapi.json", None, 200),
    ],
)
def test_every_answer_carries_what_keeps_browsers_safe(
    stage: Stage, method: str, path: str, who: str | None, status: int
) -> None:
    answer = stage.ask(method, path, who)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in CARRIED} == CARRIED
    assert "server" not in answer.headers and "access-control-allow-origin" not in answer.headers
    assert len(answer.headers["x-request-id"]) == 16
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


def test_a_request_keeps_its_own_number_if_it_is_harmless(stage: Stage) -> None:
    for given, kept in (("abc-1.2_3", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("<x>", False)):
        answer = stage.client.get("/health", headers={"X-Request-Id": given})
        assert (answer.headers["x-request-id"] == given) is kept


def test_pages_of_others_are_told_nothing_unless_they_are_named(stage: Stage) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in stage.client.options("/v1/series", headers=asked).headers
    with client(stage, replace(MANY, origins=("https://app.example",))) as other:
        answer = other.options("/v1/series", headers=asked | {"Access-Control-Request-Headers": "Idempotency-Key"})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-credentials" not in answer.headers
        found = other.get("/v1/series", headers={"Origin": "https://app.example"})
        assert found.status_code == 401 and found.headers["access-control-allow-origin"] == "https://app.example"
        evil = other.get("/health", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in evil.headers


def test_requests_are_counted_by_who_asks(stage: Stage) -> None:
    with client(stage, replace(MANY, requests=5, anonymous=3)) as other:

        def ask(who: str | None) -> int:
            shown = {} if who is None else {"Authorization": f"Bearer {stage.tokens.get(who, who)}"}
            answer = other.get("/v1/series", headers=shown)
            if answer.status_code == 429:
                assert 1 <= int(answer.headers["retry-after"]) <= 60
                assert answer.json()["type"] == "/problems/rate-limited"
            return int(answer.status_code)

        assert [ask("auditor") for _ in range(6)] == [200] * 5 + [429]
        assert [ask("servicer") for _ in range(6)] == [200] * 5 + [429]
        assert [ask(who) for who in (None, "crt_key_x", "crt_session_y", None)] == [401, 401, 401, 429]
        assert {other.get("/health").status_code for _ in range(20)} == {200}
        assert ask("holder") == 200
    with client(stage, replace(MANY, anonymous=1, signing_in=2)) as other:
        assert [other.get("/v1/series").status_code for _ in range(2)] == [401, 429]
        assert [other.post("/v1/sign-in/nonce").status_code for _ in range(3)] == [200, 200, 429]


def test_nobody_is_sent_elsewhere(stage: Stage) -> None:
    answer = stage.ask("GET", "/v1/series/", headers={"Host": "evil.example"}, follow_redirects=False)
    assert answer.status_code == 404 and "location" not in answer.headers


def test_previews_are_counted_apart(stage: Stage) -> None:
    path, body = f"/v1/receipts/{stage.receipts[0]}/freeze?dryRun=true", {"reason": "x"}
    with client(stage, replace(MANY, previews=2)) as other:

        def ask(path: str, who: str, body: Any = None) -> int:
            shown = {"Authorization": f"Bearer {stage.tokens[who]}"}
            return int(other.request("POST" if body else "GET", path, headers=shown, json=body).status_code)

        assert [ask(path, "compliance", body) for _ in range(3)] == [200, 200, 429]
        assert ask("/v1/series", "compliance") == 200
        split = {"units": [{"amount": "1.00", "currency": "CNY"}]}
        own = f"/v1/receipts/{stage.receipts[0]}/split"
        assert [ask(own, "holder", split) for _ in range(3)] == [200, 200, 429]


def test_what_the_servicer_pays_for_holders_is_counted(stage: Stage) -> None:
    """By wallet and in all; not again for the same request, and not for operators."""
    with client(stage, replace(MANY, paid=2, paid_in_all=3)) as other:

        def ask(who: str, key: str) -> int:
            shown = {"Authorization": f"Bearer {stage.tokens[who]}", "Idempotency-Key": key}
            answer = other.post("/v1/people/1/recovery/finish", headers=shown)
            if answer.status_code == 429:
                assert "with the wallet itself" in answer.json()["detail"]
                assert 60 < int(answer.headers["retry-after"]) <= 86_400
            return int(answer.status_code)

        assert [ask("holder", key) for key in ("a", "a", "b", "b", "c", "a")] == [202, 202, 202, 202, 429, 202]
        assert [ask("other holder", key) for key in ("a", "b")] == [202, 429]
        assert [ask("servicer", key) for key in ("a", "b", "c", "d")] == [202] * 4


def test_who_asks_is_believed_of_a_proxy_that_is_named_alone(stage: Stage) -> None:
    def ask(place: str, forwarded: str) -> int:
        with closing(http.client.HTTPConnection(place, timeout=60)) as connection:
            connection.request("GET", "/v1/series", headers={"X-Forwarded-For": forwarded})
            return connection.getresponse().status

    # The last one says that it asks for the first one, who has asked already: what the proxy itself has seen counts.
    asked = ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1, 192.0.2.3")
    believed, not_believed = [401, 429, 401, 401], [401, 429, 429, 429]
    for proxies, statuses in (("127.0.0.1", believed), ("127.0.0.0/8", believed), ("10.1.2.3", not_believed)):
        with served(stage, replace(MANY, anonymous=1), [proxies]) as place:
            assert [ask(place, one) for one in asked] == statuses, proxies
    with served(stage, replace(MANY, anonymous=1)) as place:
        assert [ask(place, one) for one in asked] == not_believed


def test_a_role_without_an_account_is_refused_before_anything_is_accepted(stage: Stage) -> None:
    keys = {role: account for role, account in stage.ledger.keys.items() if role is not Role.COMPLIANCE}
    path, body = f"/v1/receipts/{stage.receipts[0]}/release", {"reason": "it is not frozen"}
    shown = {"Authorization": f"Bearer {stage.tokens['compliance']}", "Idempotency-Key": "no-account"}
    with TestClient(create_app(replace(stage.ledger, keys=keys), MANY)) as other:
        answer = other.post(path, headers=shown, json=body)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/role-not-served")
        assert "compliance" in answer.json()["detail"]
        assert other.post(f"{path}?dryRun=true", headers=shown, json=body).status_code == 403
        pause = {**shown, "Authorization": f"Bearer {stage.tokens['guardian']}"}
        assert other.post("/v1/series/999/pause", headers=pause).status_code == 404  # that role has one
    assert "release_receipt" not in [one["command"] for one in stage.get("/v1/operations", "compliance")["data"]]
    with TestClient(create_app(replace(stage.ledger, keys=keys), MANY, works=False)) as other:
        assert other.post(path, headers=shown, json=body).status_code == 202  # another process does it


def test_a_body_that_is_too_large_is_not_read(stage: Stage) -> None:
    with served(stage, replace(MANY, most_body=1_000)) as place:
        declared = said(place, head(stage, "Content-Length: 1001"))
        body = b'{"reason": "' + b"x" * 3_000 + b'"}'
        chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        chunked = said(place, head(stage, "Transfer-Encoding: chunked"), chunk)
        for answer in (declared, chunked):
            assert answer.startswith(b"HTTP/1.1 413 ") and b"/problems/too-large" in answer
        right = b'{"reason": "' + b"x" * 400 + b'"}'
        assert said(place, head(stage, f"Content-Length: {len(right)}", "Connection: close"), right).startswith(
            b"HTTP/1.1 202 "
        )


def test_a_body_that_does_not_come_is_not_waited_for(stage: Stage) -> None:
    with served(stage, replace(MANY, most_time=0.2)) as place:
        answer = said(place, head(stage, "Content-Length: 20"), b'{"reason"')
    assert answer.startswith(b"HTTP/1.1 408 ") and b"/problems/too-slow" in answer


def test_a_body_that_comes_drop_by_drop_ends_too(stage: Stage) -> None:
    with served(stage, replace(MANY, most_time=0.3)) as place:
        pieces, host, port = Event(), *place.split(":")
        with closing(socket.create_connection((host, int(port)), timeout=60)) as connection:
            connection.sendall(head(stage, "Content-Length: 100000"))

            def drip() -> None:
                while not pieces.wait(0.02):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

            thread = threading.Thread(target=drip)
            thread.start()
            try:
                assert connection.recv(65_536).startswith(b"HTTP/1.1 408 ")
            finally:
                pieces.set()
                thread.join()


def test_a_head_that_does_not_come_is_not_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.serving._LONGEST_HEAD", 0.2)
    with served(stage) as place:
        assert said(place) == b""
        assert said(place, b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ") == b""
        first = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        assert said(place, first, b"GET /health HTTP/1.1\r\n").startswith(b"HTTP/1.1 200 ")


def test_a_head_without_end_is_not_read(stage: Stage) -> None:
    with served(stage) as place:
        found = said(
            place, b"GET /health HTTP/1.1\r\nHost: x\r\n", *(b"X-%d: %s\r\n" % (n, b"y" * 1_000) for n in range(5_000))
        )
    assert found == b""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"reason": "a", "reason": "b"}', 400),
        (b'{"reason": NaN}', 400),
        (b'{"reason": "a"} {}', 400),
        (b'{"reason": "\xff"}', 400),
        (b'{"reason": "\\ud800"}', 400),
        (b'{"reason": "\\u0000"}', 422),
        (b'{"reason": 1e400}', 400),
        (b'{"reason": ' + b"9" * 5_000 + b"}", 400),
        (b'{"reason": ["a"]}', 422),
        (b'{"reason": "a", "more": 1}', 422),
        (b"[" * 100_000, 400),
        (b'{"a":' * 100_000, 400),
        (b"\xef\xbb\xbf{}", 400),
        (b'{"reason": "' + b"x" * 501 + b'"}', 422),
    ],
)
def test_bodies_that_are_nothing_are_refused(stage: Stage, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "nothing"}
    path = f"/v1/receipts/{stage.receipts[0]}/freeze"
    answer = stage.ask("POST", path, "compliance", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
)
def test_bodies_of_other_kinds_are_refused(stage: Stage, kind: str) -> None:
    headers = {"Content-Type": kind, "Idempotency-Key": "kind"}
    answer = stage.ask("POST", "/v1/receipts/1/freeze", "compliance", content=b'{"reason": "a"}', headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")


@pytest.mark.parametrize(
    ("error", "status"),
    [(RuntimeError("password: hunter2"), 500), (StoreError("the database", "hunter2 is full"), 503)],
)
def test_what_fails_within_is_told_without_what_is_within(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("ledger.services.commands.listed", fails)
    monkeypatch.setattr("api.operations.commands.listed", fails)
    answer = stage.ask("GET", "/v1/operations", "auditor")
    assert answer.status_code == status
    assert status == 503 or "hunter2" not in json.dumps(answer.json())
    assert {name: answer.headers[name] for name in CARRIED} == CARRIED
