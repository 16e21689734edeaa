"""The typed client, over HTTP and within one process: the same requests, documents and errors."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_defunct
from fastapi import APIRouter

from api import parts
from api.inside import Inside
from api.serving import serving
from ledger.chain.listening import listen
from ledger.client.client import Client
from ledger.client.http import connect, sign_in
from ledger.client.types import Unsigned
from ledger.errors import InputError, LedgerError, NoAnswer, NotAllowed, Pending, Reverted, Unknown, WouldRevert
from ledger.services.access import OPERATORS, Access, make_key
from ledger.services.audit import newest, somebody
from ledger.services.ledger import Ledger, open_local
from tests.api.stage import MANY
from tests.nodes import ROOT
from tests.services.small import HOLDERS, active, small_case

ALICE, BOB = HOLDERS[:2]
CHANGING = {"id", "acceptedAt", "endedAt", "hash"}  # operations and transactions by number, and when


@dataclass
class Asking:
    """Who asks of one ledger: its operators, and Alice."""

    ledger: Ledger
    operator: Client
    holder: Client
    receipts: list[int]


@contextmanager
def issued() -> Iterator[tuple[Ledger, list[int]]]:
    case = small_case()
    with open_local(start=case.terms.open_date) as ledger:
        _, receipts = active(ledger, case, 100_000, 100_000)
        ledger.sync()
        yield ledger, receipts


@contextmanager
def served(ledger: Ledger, *, works: bool = True) -> Iterator[tuple[str, str]]:
    """Its URL, and a key of an operator who may do all."""
    access = [one for one in OPERATORS if one is not Access.AUDITOR]
    _, key = make_key(ledger.database, "desk", access, by="test")
    with serving(ledger, listen("127.0.0.1", 0), Event(), settings=MANY, works=works) as url:
        yield url, key


def sign(text: str) -> bytes:
    return bytes(EthAccount.sign_message(encode_defunct(text=text), ALICE.secret()).signature)


def signed(tx: Unsigned) -> str:
    """By another library than the ledger's own."""
    names = ("value", "gas", "maxFeePerGas", "maxPriorityFeePerGas")
    found = EthAccount.sign_transaction({**tx, **{name: int(tx[name]) for name in names}}, ALICE.secret())  # type: ignore[literal-required]
    return f"0x{found.raw_transaction.hex().removeprefix('0x')}"


@contextmanager
def over_http() -> Iterator[Asking]:
    with (
        issued() as (ledger, receipts),
        served(ledger) as (url, key),
        connect(url, key) as operator,
        connect(url) as holder,
    ):
        assert sign_in(holder, ALICE.address, sign)["wallet"] == ALICE.address
        yield Asking(ledger, operator, holder, receipts)


@contextmanager
def within() -> Iterator[Asking]:
    with issued() as (ledger, receipts), Client(Inside(ledger, wallet=ALICE.address)) as client:
        yield Asking(ledger, client, client, receipts)


def without_changing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_changing(one) for name, one in value.items() if name not in CHANGING}
    return [without_changing(one) for one in value] if isinstance(value, list) else value


def refusal(error: LedgerError) -> tuple[Any, ...]:
    names = ("name", "arguments", "field", "expected", "found", "hint")
    return type(error), str(error), *(getattr(error, name, None) for name in names)


def story(asking: Asking) -> list[Any]:
    """All that is answered."""
    operator, holder = asking.operator, asking.holder
    mine, others = asking.receipts
    rows = list(operator.rows(operator.list_receipts, series=1, limit=1))
    assert [int(one["id"]) for one in rows] == [mine, others]
    told: list[Any] = [rows, operator.get_receipt(mine), operator.get_series(1), operator.get_certificate(mine)]

    shown = operator.freeze_receipt.dry_run(mine, {"reason": "court order 12/2026"})
    assert shown["result"] == {"receipt": str(mine), "frozen": True}
    assert not operator.get_receipt(mine)["frozen"]
    done = operator.wait(operator.freeze_receipt(mine, {"reason": "court order 12/2026"}))
    assert operator.get_receipt(mine)["frozen"] and len(done["transactions"]) == 1
    told += [shown, done]

    with pytest.raises(WouldRevert) as tried:
        operator.cancel_series.dry_run(1)
    with pytest.raises(Reverted) as refused:
        operator.result(operator.cancel_series(1))
    assert type(refused.value) is Reverted and (refused.value.exit_code, tried.value.exit_code) == (3, 6)
    assert (tried.value.name, tried.value.arguments) == (refused.value.name, refused.value.arguments)
    with pytest.raises(InputError) as invalid:
        operator.freeze_receipt(mine, {"reason": ""})
    assert invalid.value.field == "reason"
    with pytest.raises(Unknown) as unknown:
        operator.get_receipt(77)
    told += [refusal(one.value) for one in (tried, refused, invalid, unknown)]
    assert operator.result(operator.release_receipt(mine, {"reason": "lifted"}))["frozen"] is False

    prepared = holder.split_receipt(mine, {"units": [{"amount": "250.00", "currency": "CNY"}]})
    (tx,) = prepared["transactions"]
    relayed = holder.wait(holder.relay_transaction({"raw": signed(tx)}))
    after = holder.list_receipts(owner=ALICE.address)["data"]
    assert sorted(one["units"]["amount"] for one in after) == ["250.00", "750.00"]
    told += [prepared, relayed, after]

    records = [line for line in operator.export_records() if '"relay_transaction"' in line]
    assert len(records) == 1
    return [without_changing(one) for one in told]


def test_a_client_is_told_the_same_over_http_and_within_one_process() -> None:
    with over_http() as asking:
        far = story(asking)
    with within() as asking:
        near = story(asking)
        assert {one["actor"] for one in newest(asking.ledger.database, 4)} == {somebody()}
    assert far == near


def test_within_one_process_nothing_is_left_running() -> None:
    before = set(threading.enumerate())
    with issued() as (ledger, (token, _)), Client(Inside(ledger)) as client:
        client.result(client.freeze_receipt(token, {"reason": "why not"}))
        with pytest.raises(NotAllowed):
            client.split_receipt(token, {"units": []})  # nobody has signed in as a holder
    assert set(threading.enumerate()) == before


def test_what_was_accepted_is_done_by_the_next_process(tmp_path: Path) -> None:
    """Also what is of a part that the next one does not ask for itself."""
    path = tmp_path / "chain.db"
    with open_local(path) as ledger, served(ledger, works=False) as (url, key), connect(url, key) as client:
        left = client.set_standing(
            BOB.address, {"investorClass": "insurance", "jurisdiction": "CN", "validUntil": "2030-01-01T00:00:00Z"}
        )
        with pytest.raises(Pending) as pending:
            client.wait(left, timeout=0.1)
        assert pending.value.operation == left["id"] and pending.value.exit_code == 5
    with open_local(path) as ledger, Client(Inside(ledger)) as client:
        client.result(client.mint_cash({"account": BOB.address, "amount": {"amount": "1.00", "currency": "CNY"}}))
        assert client.wait(left)["state"] == "done"
        standing = client.get_standing(BOB.address)
    assert standing["jurisdictions"] == ["CN"]


def test_every_module_with_routes_is_in_the_part_that_it_says() -> None:
    modules = {path.stem for path in (ROOT / "api").glob("*.py") if "= routes_of(" in path.read_text(encoding="utf-8")}
    assert modules == {name for names in parts.PARTS.values() for name in names}
    for part in parts.PARTS:
        for router in parts.routers_of(part):
            assert isinstance(router, APIRouter) and router.tags == [part]


def _whole(connection: socket.socket) -> bytes:
    """A request, with its body."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65_536)
    head, _, body = found.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length is not None and len(body) < int(length[1]):
        body += connection.recv(65_536)
    return head.replace(b"Connection: keep-alive", b"X-Kept: no") + b"\r\n\r\n" + body


class Cutting:
    """In front of a service: of the first requests, which reach it, the answers are lost."""

    def __init__(self, target: str, lost: int) -> None:
        self._target = (str(urlsplit(target).hostname), int(urlsplit(target).port or 0))
        self._lost = lost
        self._listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, socket.create_connection(self._target) as there:
                there.sendall(_whole(connection).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
                answer = b"".join(iter(partial(there.recv, 65_536), b""))
                if self._lost == 0:
                    connection.sendall(answer)
                self._lost = max(0, self._lost - 1)


def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice() -> None:
    with issued() as (ledger, (token, _)), served(ledger) as (url, key):
        with closing(Cutting(url, lost=2)) as between, connect(between.url, key) as client:
            done = client.wait(client.freeze_receipts({"receipts": [str(token)], "reason": "why not"}))
        with connect(url, key) as client:
            assert [one["id"] for one in client.list_operations()["data"]] == [done["id"]]
        with closing(Cutting(url, lost=9)) as between, connect(between.url, key, patience=0) as client:
            with pytest.raises(NoAnswer) as lost:
                client.list_operations()
            assert key not in f"{lost.value!r} {lost.value} {client.transport!r}"


def test_errors_have_what_was_answered() -> None:
    with issued() as (ledger, _), served(ledger) as (url, key), connect(url, key) as client:
        with pytest.raises(InputError) as invalid:
            client.freeze_receipts({"receipts": ["x"], "reason": ""})
        error = invalid.value
        assert (error.type, error.status) == ("/problems/invalid", 422)
        assert {one["field"] for one in error.errors} == {"receipts.0", "reason"}
        assert error.request_id is not None and re.fullmatch("[0-9a-f]{16}", error.request_id)
        with pytest.raises(Unknown) as unknown:
            client.get_receipt(1)
        assert (unknown.value.type, unknown.value.status) == ("/problems/not-found", 404)
        with pytest.raises(Reverted) as failed:
            client.result(client.cancel_series(1))
        assert (failed.value.type, failed.value.status) == ("/problems/reverted", 422)
    assert (InputError("of ours").type, InputError("of ours").errors) == (None, ())


def test_a_key_does_not_go_to_another_machine_in_the_clear() -> None:
    for url in ("http://ledger.example", "http://192.0.2.1:8000"):
        with pytest.raises(InputError, match="without TLS") as refused:
            connect(url, "crt_key_012345678901_secret")
        assert "secret" not in str(refused.value)
        with connect(url) as client, pytest.raises(InputError, match="without TLS"):
            sign_in(client, ALICE.address, sign)
    for url in ("https://ledger.example", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"):
        connect(url, "crt_key_012345678901_secret").close()
    connect("http://ledger.example", "crt_key_012345678901_secret", insecure=True).close()
    for url in ("ftp://ledger.example", "ledger.example", "https://user:word@ledger.example", "https://", "http://h:0"):
        with pytest.raises(InputError):
            connect(url)


def test_a_wallet_signs_in_only_to_whom_it_asks() -> None:
    """What a service wants to have signed for another one could be shown there by it."""
    with (
        open_local() as ledger,
        serving(ledger, listen("127.0.0.1", 0), Event(), domain="bank.example", works=False) as url,
        connect(url) as client,
        pytest.raises(InputError) as refused,
    ):
        sign_in(client, ALICE.address, lambda text: pytest.fail("it is asked to sign"))
    assert refused.value.found == "bank.example"


def test_who_may_not_is_told_so() -> None:
    with issued() as (ledger, (token, _)), served(ledger, works=False) as (url, _):
        _, auditor = make_key(ledger.database, "auditor", [Access.AUDITOR], by="test")
        with connect(url, auditor) as client, pytest.raises(NotAllowed, match="compliance") as forbidden:
            client.freeze_receipt(token, {"reason": "why not"})
        with connect(url, "crt_key_000000000000_wrong") as client, pytest.raises(NotAllowed) as unknown:
            client.list_series()
    assert forbidden.value.exit_code == unknown.value.exit_code == 4


def test_a_name_that_would_be_another_path_is_refused() -> None:
    with connect("http://127.0.0.1:1") as client:
        for name in ("", ".", ".."):
            with pytest.raises(InputError):
                client.get_receipt(name)


def test_what_the_document_shows_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    desk, holder = re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    with issued() as (ledger, (mine, others)), served(ledger) as (url, key):
        monkeypatch.setenv("LEDGER_URL", url)
        monkeypatch.setenv("LEDGER_KEY", key)
        names: dict[str, Any] = {"account": EthAccount.from_key(ALICE.secret())}
        exec(desk, names)
        exec(holder, names)
        with connect(url, key) as client:
            held = {one["id"]: (one["units"]["amount"], one["frozen"]) for one in client.rows(client.list_receipts)}
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{mine} {ALICE.address} 1000.00" and said[1] == f"{others} {BOB.address} 1000.00"
    assert "'ReceiptFrozen'" in said[2] and f"'receipt': '{others}'" in said[3]
    assert held.pop(str(others)) == ("1000.00", True)
    assert sorted(held.values()) == [("250.00", False), ("750.00", False)]
