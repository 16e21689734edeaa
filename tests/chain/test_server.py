"""The embedded chain over HTTP: who may ask, what of HTTP is understood, many at once, and how it ends."""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest

from ledger.chain import server as module
from ledger.chain.artifacts import Contract
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.jsonrpc import JsonRpc
from ledger.chain.node import CallRequest, TopicFilter, Unreachable
from ledger.chain.rpc import AnvilNode, RpcNode, connect
from ledger.chain.server import BODY_LIMIT, Server, is_loopback
from ledger.errors import InputError, Reverted

from .conftest import deploy, transact

ALICE, BOB = dev_account(1), dev_account(2)
CALL = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
ANSWER = {"jsonrpc": "2.0", "id": 1, "result": "0x134fdf6"}  # 20250102
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def server(embedded: EmbeddedNode) -> Iterator[Server]:
    with Server(embedded, port=0, names=["Chain.Example"]) as server:
        yield server


def address(server: Server) -> tuple[str, int]:
    parts = urlsplit(server.url)
    assert parts.hostname is not None and parts.port is not None
    return parts.hostname, parts.port


def exchange(
    server: Server, body: bytes = CALL, headers: dict[str, str] = JSON, *, method: str = "POST", path: str = "/"
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection(*address(server), timeout=20)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read(), {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()


def test_an_answer(server: Server) -> None:
    status, body, headers = exchange(server)
    assert status == 200 and json.loads(body) == ANSWER
    assert headers["content-type"] == "application/json" and int(headers["content-length"]) == len(body)
    assert not [name for name in headers if name.startswith("access-control")]
    assert exchange(server, path="/?key=1")[0] == 200
    assert exchange(server, headers={"Content-Type": "Application/JSON; charset=utf-8"})[0] == 200


def test_a_notification_has_no_answer(server: Server, embedded: EmbeddedNode) -> None:
    status, body, headers = exchange(server, b'{"jsonrpc":"2.0","method":"evm_mine"}')
    assert (status, body) == (204, b"") and "content-length" not in headers and embedded.block_number() == 1


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8545", 200),
        ("127.5.5.5", 200),
        ("localhost:99", 200),
        ("LOCALHOST", 200),
        ("app.localhost", 200),
        ("[::1]:8545", 200),
        ("chain.example", 200),
        ("rebound.example", 403),
        ("chain.example.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example", 403),
        ("user@evil.example", 403),
        ("10.0.0.1", 403),
        ("0.0.0.0", 403),
        ("[::1", 403),
        ("", 403),
    ],
)
def test_only_under_names_of_this_machine(server: Server, host: str, status: int) -> None:
    found, body, _ = exchange(server, headers={**JSON, "Host": host})
    assert found == status and ("error" in json.loads(body)) == (status != 200)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_what_a_page_of_another_origin_may_send_is_refused(
    server: Server, embedded: EmbeddedNode, kind: str | None
) -> None:
    headers = {"Origin": "https://evil.example"} | ({} if kind is None else {"Content-Type": kind})
    status, body, answered = exchange(server, b'{"jsonrpc":"2.0","id":1,"method":"evm_mine"}', headers)
    assert status == 415 and json.loads(body)["error"]["code"] == -32600 and embedded.block_number() == 0
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    status, _, more = exchange(server, b"", preflight, method="OPTIONS")
    assert status == 501 and not [name for name in {**answered, **more} if name.startswith("access-control")]


def test_what_is_no_request(server: Server) -> None:
    assert exchange(server, path="/rpc")[0] == 404
    assert exchange(server, method="GET")[0] == 501
    assert exchange(server, headers={**JSON, "Transfer-Encoding": "chunked", "Content-Length": "59"})[0] == 411
    for text, status in (
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", b"403"),
        (b"POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n", b"403"),
        (b"nonsense\r\n\r\n", b"400"),
    ):
        with socket.create_connection(address(server), timeout=10) as plain:
            plain.sendall(text)
            assert status in plain.recv(4_096).split(b"\r\n")[0]
    assert exchange(server)[0] == 200


def test_a_body_of_any_size_is_answered(server: Server) -> None:
    padded = CALL[:-1] + b" " * (BODY_LIMIT - len(CALL)) + b"}"
    assert len(padded) == BODY_LIMIT and json.loads(exchange(server, padded)[1]) == ANSWER
    status, body, headers = exchange(server, padded + b" ")
    assert status == 413 and "too large" in json.loads(body)["error"]["message"] and headers["connection"] == "close"


def test_one_connection_takes_many_requests_without_waiting(server: Server) -> None:
    connection = http.client.HTTPConnection(*address(server), timeout=10)
    connection.connect()
    socket_before = connection.sock
    started = time.perf_counter()
    for _ in range(100):
        connection.request("POST", "/", CALL, JSON)
        assert json.loads(connection.getresponse().read()) == ANSWER
    # A delayed acknowledgement would cost 40 ms each.
    assert time.perf_counter() - started < 2 and connection.sock is socket_before
    connection.close()


def test_many_at_once(server: Server, embedded: EmbeddedNode) -> None:
    senders = [dev_account(index) for index in range(1, 9)]

    def send(index: int) -> list[int]:
        with closing(connect(server.url)) as node:
            assert isinstance(node, AnvilNode)
            return [transact(node, senders[index], BOB.address, value=1).block_number for _ in range(4)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(send, range(8)))
    assert sorted(number for mine in found for number in mine) == list(range(1, 33))
    assert all(before < after for mine in found for before, after in pairwise(mine))


def test_everything_read_over_http_is_what_the_node_has(
    server: Server, embedded: EmbeddedNode, probe: Contract
) -> None:
    bound = deploy(embedded, probe, ALICE.address, "")
    dice = random.Random(20250102)
    for _ in range(25):
        key = dice.choice([("give", ALICE.address, 9), ("moveMany", BOB.address, 1, 3), ("failPlain", "no"), ("tick",)])
        transact(embedded, ALICE, bound.address, bound.call_data(*key))
    moved = bound.contract.event("Moved").topic
    node = RpcNode(server.url)
    head = embedded.block_number()
    for _ in range(40):
        first, last = dice.randrange(head + 3), dice.choice(["latest", dice.randrange(head + 3)])
        topics: TopicFilter = dice.choice([(), (moved,), (None, bytes(12) + bytes.fromhex(BOB.address[2:]))])
        who = dice.choice([[], [bound.address], [ALICE.address]])
        assert node.logs(first, last, who, topics) == embedded.logs(first, last, who, topics)  # type: ignore[arg-type]
    for number in range(head + 1):
        assert node.block(number) == embedded.block(number)
        assert node.transactions(number) == embedded.transactions(number)
        found = node.request("eth_getBlockReceipts", hex(number))
        assert found == [node.request("eth_getTransactionReceipt", one["transactionHash"]) for one in found]
    hashes = [tx.hash for number in range(head + 1) for tx in embedded.transactions(number)]
    assert node.receipts([*hashes, bytes(32)]) == embedded.receipts([*hashes, bytes(32)])
    assert node.fees() == embedded.fees() and node.code(bound.address) == embedded.code(bound.address)
    for key in (
        ("failPlain", "it's"),
        ("failPanic", 1, 0),
        ("failEmpty",),
        ("failBare",),
        ("failRaw", b"\1\2\3\4rest"),
    ):
        request = CallRequest(bound.address, bound.call_data(*key), ALICE.address)
        raised = []
        for one in (embedded, node):
            for ask in (one.call, one.estimate_gas):
                with pytest.raises(Reverted) as caught:
                    ask(request)
                raised.append((caught.value.name, caught.value.arguments))
        assert raised == raised[:1] * 4
    node.close()


def test_closing_finishes_what_is_under_way(embedded: EmbeddedNode, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, answer = threading.Event(), JsonRpc.answer

    def slowly(rpc: JsonRpc, body: bytes) -> bytes | None:
        entered.set()
        time.sleep(0.3)
        return answer(rpc, body)

    monkeypatch.setattr(JsonRpc, "answer", slowly)
    server = Server(embedded, port=0)
    idle = http.client.HTTPConnection(*address(server), timeout=10)
    idle.connect()
    found: list[Any] = []
    asker = threading.Thread(target=lambda: found.append(exchange(server)))
    asker.start()
    assert entered.wait(10)
    started = time.perf_counter()
    server.close()
    assert time.perf_counter() - started < 5, "a silent connection is not waited for"
    asker.join()
    assert json.loads(found[0][1]) == ANSWER
    idle.close()
    server.close()
    with closing(RpcNode(server.url)) as node, pytest.raises(Unreachable):
        node.chain_id()


def test_a_request_that_is_cut_off_is_not_done(server: Server, embedded: EmbeddedNode) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"evm_mine"}'
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n"
    with socket.create_connection(address(server), timeout=10) as plain:
        plain.sendall(head + body)
        plain.shutdown(socket.SHUT_WR)
        assert plain.recv(4_096) == b""
    assert embedded.block_number() == 0


def test_a_silent_connection_is_dropped(embedded: EmbeddedNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module._Handler, "timeout", 0.05)
    with Server(embedded, port=0) as server, socket.create_connection(address(server), timeout=10) as silent:
        assert silent.recv(1) == b""


def test_a_port_that_is_taken(server: Server, embedded: EmbeddedNode) -> None:
    port = address(server)[1]
    with pytest.raises(InputError, match=f"127.0.0.1:{port} is in use"):
        Server(embedded, port=port)


def test_ipv6(embedded: EmbeddedNode) -> None:
    try:
        server = Server(embedded, host="::1", port=0)
    except InputError:
        pytest.skip("this machine has no IPv6 loopback")
    with server, closing(connect(server.url)) as node:
        assert server.url.startswith("http://[::1]:") and node.chain_id() == 20250102


def test_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.1.2.3", "::1", "localhost", "a.localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example", "")))
