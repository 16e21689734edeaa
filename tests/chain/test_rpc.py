"""What a JSON-RPC endpoint can do wrong, against a small server that does it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import pytest

from ledger.chain.networks import Network, check, genesis
from ledger.chain.node import CallRequest, Refusal, Refused, Unreachable
from ledger.chain.rpc import AnvilNode, RpcNode, connect
from ledger.chain.transport import RpcError
from ledger.errors import ChainError, InputError, NetworkMismatch

Answer = Callable[[str, list[Any]], Any]


class Endpoint:
    """A scripted node. ``answer`` returns a result, raises ``RpcError``, or returns bytes to be sent as they are."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[Any]]] = []
        self.connections = 0
        self.sizes: list[int] = []
        self.hang_up = False
        self.answer: Answer = lambda method, params: "0x1"
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                endpoint.connections += 1
                super().setup()

            def do_POST(self) -> None:
                endpoint.sizes.append(int(self.headers["Content-Length"]))
                asked = json.loads(self.rfile.read(endpoint.sizes[-1]))
                answers = [endpoint.one(part) for part in (asked if isinstance(asked, list) else [asked])]
                raw = next((part for part in answers if isinstance(part, bytes)), None)
                # The order of a batch's answers is the server's affair.
                body = raw or json.dumps(answers[::-1] if isinstance(asked, list) else answers[0]).encode()
                self.send_response(503 if raw == b"busy" else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = endpoint.hang_up  # without saying so

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://user:s3cret@127.0.0.1:{self.server.server_port}/v1/apikey?token=t0ken"

    def one(self, call: dict[str, Any]) -> Any:
        self.calls.append((call["method"], call["params"]))
        try:
            result = self.answer(call["method"], call["params"])
        except RpcError as error:
            return {"jsonrpc": "2.0", "id": call["id"], "error": error.body}
        return result if isinstance(result, bytes) else {"jsonrpc": "2.0", "id": call["id"], "result": result}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


def refuse(message: str, code: int = -32000) -> Answer:
    def answer(method: str, params: list[Any]) -> Any:
        raise RpcError(method, {"code": code, "message": message})

    return answer


def test_one_connection_is_kept(endpoint: Endpoint) -> None:
    node = RpcNode(endpoint.url)
    for _ in range(5):
        assert node.block_number() == 1
    assert endpoint.connections == 1
    assert [node.chain_id(), node.chain_id()] == [1, 1]
    assert [method for method, _ in endpoint.calls].count("eth_chainId") == 1
    node.close()


def test_a_connection_that_was_closed_meanwhile_is_opened_again(endpoint: Endpoint) -> None:
    node = RpcNode(endpoint.url)
    endpoint.hang_up = True
    for _ in range(3):
        assert node.block_number() == 1
        time.sleep(0.02)
    assert endpoint.connections == 3
    node.close()


def test_nobody_there_and_no_answer(endpoint: Endpoint) -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        RpcNode("http://127.0.0.1:9").block_number()
    endpoint.answer = lambda method, params: time.sleep(0.5)
    with pytest.raises(Unreachable, match=r"no answer within 0\.1 s"):
        RpcNode(endpoint.url, timeout=0.1).send_raw(b"\2")


@pytest.mark.parametrize("body", [b"busy", b"<html>", b"[]", b"{}", b'"text"', b"[1]", b'{"id": 77, "result": 1}'])
def test_answers_that_are_none(endpoint: Endpoint, body: bytes) -> None:
    endpoint.answer = lambda method, params: body
    node = RpcNode(endpoint.url, timeout=0.5)
    with pytest.raises(Unreachable):
        node.block_number()
    node.close()


def test_an_address_keeps_its_secrets(endpoint: Endpoint) -> None:
    node = RpcNode(endpoint.url, timeout=0.5)
    shown = [repr(node), repr(Network("rpc", url=endpoint.url))]
    for answer in (lambda method, params: b"busy", refuse("no")):
        endpoint.answer = answer
        with pytest.raises(ChainError) as caught:
            node.block_number()
        shown.append(str(caught.value))
    endpoint.server.shutdown()
    endpoint.server.server_close()
    node.close()
    with pytest.raises(Unreachable) as gone:
        node.block_number()
    shown.append(str(gone.value))
    assert not [text for text in shown for secret in ("s3cret", "apikey", "t0ken", "user") if secret in text]
    with pytest.raises(InputError) as bad:
        RpcNode("ftp://user:s3cret@host/")
    assert "s3cret" not in str(bad.value)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("already known", Refusal.ALREADY_KNOWN),
        ("transaction already imported", Refusal.ALREADY_KNOWN),
        ("nonce too low: next nonce 5, tx nonce 4", Refusal.NONCE_TOO_LOW),
        ("OldNonce, Current nonce: 5", Refusal.NONCE_TOO_LOW),
        ("replacement transaction underpriced", Refusal.UNDERPRICED),
        ("max fee per gas less than block base fee: address 0x..", Refusal.UNDERPRICED),
        ("insufficient funds for gas * price + value", Refusal.INSUFFICIENT_FUNDS),
        ("rlp: element is larger than containing list", Refusal.INVALID),
    ],
)
def test_refusals_in_the_words_of_different_nodes(endpoint: Endpoint, message: str, reason: Refusal) -> None:
    endpoint.answer = refuse(message)
    node = RpcNode(endpoint.url)
    with pytest.raises(Refused) as caught:
        node.send_raw(b"\2")
    assert caught.value.reason is reason and message in str(caught.value)
    assert isinstance(node.send_many([b"\2"])[0], Refused)
    node.close()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        *((code, "database or disk is full") for code in (-32603, -32005, 429)),
        *((-32000, words) for words in ("txpool is full", "exceeded its rate limit", "request timed out")),
    ],
)
def test_trouble_of_the_node_says_nothing_of_the_transaction(endpoint: Endpoint, code: int, message: str) -> None:
    endpoint.answer = refuse(message, code)
    node = RpcNode(endpoint.url)
    with pytest.raises(RpcError) as caught:
        node.send_raw(b"\2")
    assert not isinstance(caught.value, Refused) and message in str(caught.value)
    assert isinstance(node.send_many([b"\2"])[0], RpcError)
    node.close()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (-32601, "the method eth_simulateV1 does not exist/is not available"),
        (-38015, "block gas limit reached: 5 >= 4"),
    ],
)
def test_a_node_that_can_not_rehearse_says_so(endpoint: Endpoint, code: int, message: str) -> None:
    endpoint.answer = refuse(message, code)
    with closing(RpcNode(endpoint.url)) as node, pytest.raises(ChainError, match=message) as caught:
        node.rehearse([CallRequest(None)])
    assert type(caught.value) is ChainError and "eth_simulateV1" in str(caught.value.hint)


@pytest.mark.parametrize(("code", "message"), [(-32005, "limit exceeded"), (-32000, "exceeded its rate limit")])
def test_a_node_that_is_busy_says_so_when_rehearsing(endpoint: Endpoint, code: int, message: str) -> None:
    endpoint.answer = refuse(message, code)
    with closing(RpcNode(endpoint.url)) as node, pytest.raises(RpcError, match=message):
        node.rehearse([CallRequest(None)])


@pytest.mark.parametrize("answer", [[], [{"calls": []}], [{"calls": [{"status": "0x1"}]}], {}, None])
def test_a_rehearsal_that_is_none(endpoint: Endpoint, answer: Any) -> None:
    endpoint.answer = lambda method, params: answer
    with closing(RpcNode(endpoint.url)) as node, pytest.raises(Unreachable):
        node.rehearse([CallRequest(None)])


def test_a_batch_is_answered_in_order(endpoint: Endpoint) -> None:
    endpoint.answer = lambda method, params: params[0]
    node = RpcNode(endpoint.url)
    raws = [number.to_bytes(2, "big") for number in range(450)]
    assert node.send_many(raws) == raws and node.send_many([]) == []
    node.close()


def test_no_request_is_larger_than_nodes_take(endpoint: Endpoint) -> None:
    endpoint.answer = lambda method, params: params[0][:6]
    node = RpcNode(endpoint.url)
    raws = [number.to_bytes(2, "big") * 20_000 for number in range(40)]
    assert node.send_many(raws) == [raw[:2] for raw in raws]
    assert 2 <= len(endpoint.sizes) < 10 and max(endpoint.sizes) < 1_000_000  # nginx as it comes
    assert node.send_many([bytes(600_000)] * 2) == [bytes(2)] * 2  # what is larger goes alone
    node.close()


def test_logs_are_asked_in_halves_when_they_are_too_many(endpoint: Endpoint) -> None:
    def answer(method: str, params: list[Any]) -> Any:
        if method == "eth_blockNumber":
            return hex(1_000)
        first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        if last - first >= 300:
            raise RpcError(method, {"code": -32005, "message": "query returned more than 10000 results"})
        return []

    endpoint.answer = answer
    node = RpcNode(endpoint.url)
    assert node.logs(0) == []
    ranges = [
        tuple(int(call[0][key], 16) for key in ("fromBlock", "toBlock"))
        for m, call in endpoint.calls
        if m == "eth_getLogs"
    ]
    good = [(first, last) for first, last in ranges if last - first < 300]
    assert good[0][0] == 0 and good[-1][1] == 1_000
    assert all(after[0] == before[1] + 1 for before, after in pairwise(good))
    assert node.logs(2_000) == []
    endpoint.answer = lambda method, params: (
        hex(5) if method == "eth_blockNumber" else refuse("method not found")("", [])
    )
    with pytest.raises(RpcError):
        node.logs(0)
    node.close()


def test_only_local_nodes_get_the_methods_of_a_local_chain(endpoint: Endpoint) -> None:
    cases: list[tuple[Answer, type[RpcNode]]] = [
        (lambda method, params: "Geth/v1.16.0", RpcNode),
        (refuse("method not found", -32601), RpcNode),
        (lambda method, params: "anvil/v1.7.1", AnvilNode),
        (lambda method, params: "crt-node/0.1.0/linux/python3.11.7", AnvilNode),
    ]
    for endpoint.answer, kind in cases:
        node = connect(endpoint.url)
        assert type(node) is kind
        node.close()


def test_networks(endpoint: Endpoint, tmp_path: Any) -> None:
    endpoint.answer = lambda method, params: "0x1"
    remote = Network("rpc", url=endpoint.url, chain_id=1).open()
    assert remote.chain_id() == 1
    remote.close()
    with pytest.raises(NetworkMismatch, match="chain 1, expected 20250102"):
        Network("rpc", url=endpoint.url, chain_id=20250102).open()
    with pytest.raises(InputError, match="address"):
        Network("rpc").open()
    with pytest.raises(InputError, match="profile"):
        Network("cloud").open()  # type: ignore[arg-type]

    path = tmp_path / "chain.db"
    node = Network(path=path).open()
    start = genesis(node)
    check(node, chain_id=20250102, genesis_hash=start)
    node.close()
    with pytest.raises(NetworkMismatch, match="starts with block"):
        Network(path=path, genesis_hash=bytes(32)).open()
    Network(path=path, genesis_hash=start).open().close()
