"""Receivers get every message they asked for, in order, signed, at least once; and nobody else gets anything."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path
from time import time
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.engine import posting
from ledger.engine.indexer import Indexer
from ledger.engine.outbox import Feed
from ledger.engine.posting import NotDelivered, check, post
from ledger.engine.standard_webhooks import new_secret, signature
from ledger.engine.webhooks import Deliveries, Delivering
from ledger.errors import InputError
from ledger.services import webhooks
from ledger.store.database import Database
from tests.events.chain import CONTRACTS, FakeChain
from tests.events.receiver import Receiver, Request, checked_by_node

ROOT = Path(__file__).resolve().parents[2]
SOON = Delivering(timeout=5.0, pause=0.0, lease=30.0)


@pytest.fixture
def chain() -> FakeChain:
    made = FakeChain()
    for one in ("pps", "", "o", "pop"):
        made.mine(one)
    return made


@pytest.fixture
def ledger(database: Database, chain: FakeChain) -> Any:
    """As much of a ledger as the feed and webhooks are about."""
    Indexer(database, chain, CONTRACTS).sync()  # type: ignore[arg-type]
    return SimpleNamespace(database=database, deployment=SimpleNamespace(kinds=CONTRACTS))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


def run(ledger: Any, rules: Delivering = SOON, rounds: int = 100) -> None:
    """Deliver until nothing moves."""
    deliveries = Deliveries(ledger.database, CONTRACTS, rules)
    for _ in range(rounds):
        if not deliveries.run():
            return


def seqs(requests: list[Request]) -> list[int]:
    return [one.seq for one in requests]


def only(ledger: Any) -> webhooks.Receiver:
    (found,) = webhooks.receivers(ledger)
    return found


# --- Signatures ------------------------------------------------------------------------------------------------------


def test_the_published_vector() -> None:
    """libraries/javascript/src/webhook.test.ts of github.com/standard-webhooks/standard-webhooks."""
    secret, message = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(secret, message, 1614265330, b'{"test": 2432232314}') == expected


@pytest.mark.parametrize("secret", ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8G", "whsec_%%%%"])
def test_a_secret_that_is_none_is_not_repeated(secret: str) -> None:
    with pytest.raises(InputError, match="not a secret") as refused:
        signature(secret, "m", 1, b"")
    assert not secret or secret not in str(refused.value)


def test_another_program_finds_the_signatures_good(ledger: Any, receiver: Receiver) -> None:
    _, secret = webhooks.add(ledger, receiver.url, after=0, local=True)
    run(ledger)
    assert len(receiver.taken) == 7
    assert checked_by_node(secret, receiver.taken) == [1] * 7
    assert checked_by_node(new_secret(), receiver.taken) == [0] * 7
    assert all(abs(int(one.headers["webhook-timestamp"]) - time()) < 300 for one in receiver.taken)


def test_a_rotated_secret_signs_beside_the_new_one_for_a_while(ledger: Any, receiver: Receiver) -> None:
    _, old = webhooks.add(ledger, receiver.url, after=0, local=True)
    new = webhooks.rotate(ledger, 1)
    run(ledger)
    both = list(receiver.taken)
    assert checked_by_node(old, both) == checked_by_node(new, both) == [1] * 7
    newest = webhooks.rotate(ledger, 1, timedelta(0))
    webhooks.enable(ledger, 1, after=0)
    run(ledger)
    later = receiver.taken[7:]
    assert len(later) == 7
    assert checked_by_node(new, later) == [0] * 7
    assert checked_by_node(newest, later) == [1] * 7


def test_secrets_are_shown_once(ledger: Any, receiver: Receiver) -> None:
    made, secret = webhooks.add(ledger, receiver.url, after=0, local=True)
    assert secret.startswith("whsec_") and len(secret) > 40
    with ledger.database.read() as connection:
        stored = webhooks.webhooks.known(connection)
    for shown in (repr(made), repr(webhooks.receivers(ledger)), repr(stored)):
        assert secret.removeprefix("whsec_") not in shown


# --- Order, and what comes twice -------------------------------------------------------------------------------------


def test_all_of_it_in_order(ledger: Any, chain: FakeChain, receiver: Receiver) -> None:
    webhooks.add(ledger, receiver.url, after=0, local=True)
    run(ledger)
    chain.reorganise(2, "p")
    Indexer(ledger.database, chain, CONTRACTS).sync()  # type: ignore[arg-type]
    run(ledger)
    feed = Feed(ledger.database, CONTRACTS).read()
    assert [json.loads(one.body) for one in receiver.taken] == [one.document() for one in feed]
    assert [one.id for one in receiver.taken] == [one.id for one in feed]
    assert seqs(receiver.taken) == list(range(1, 13))
    assert only(ledger).behind == 0


def test_only_what_was_asked_for_comes(ledger: Any, receiver: Receiver) -> None:
    webhooks.add(ledger, receiver.url, ["Spv.Offered", "SpvFactory.*"], after=0, local=True)
    webhooks.add(ledger, receiver.url, ["Spv.Paid"], after=0, local=True)
    run(ledger)
    names = [json.loads(one.body)["type"] for one in receiver.taken]
    assert names == ["SpvFactory.SpvCreated.added", "Spv.Offered.added", "Spv.Offered.added"]
    assert [one.behind for one in webhooks.receivers(ledger)] == [0, 0]


def test_a_new_receiver_hears_of_what_comes_then(ledger: Any, chain: FakeChain, receiver: Receiver) -> None:
    webhooks.add(ledger, receiver.url, local=True)
    run(ledger)
    assert receiver.requests == []
    chain.mine("p")
    Indexer(ledger.database, chain, CONTRACTS).sync()  # type: ignore[arg-type]
    run(ledger)
    assert seqs(receiver.taken) == [8]


@pytest.mark.parametrize("bad", [500, 301, 302, 404, 429, 503, "drop", "reset", "garbage"])
def test_what_is_not_taken_comes_again_under_the_same_id(ledger: Any, receiver: Receiver, bad: Any) -> None:
    seen: Counter[str] = Counter()

    def answer(request: Request) -> Any:
        seen[request.id] += 1
        return bad if seen[request.id] <= 2 and request.seq % 2 else (200, {})

    receiver.answer = answer
    webhooks.add(ledger, receiver.url, after=0, local=True)
    run(ledger)
    for _ in range(20):
        run(ledger)
    assert seqs(receiver.taken) == [1, 2, 3, 4, 5, 6, 7]
    assert seqs(receiver.requests) == [1, 1, 1, 2, 3, 3, 3, 4, 5, 5, 5, 6, 7, 7, 7]
    assert only(ledger).failures == 0


def test_what_was_answered_counts_however_little_comes_of_the_rest(ledger: Any, receiver: Receiver) -> None:
    receiver.answer = lambda request: "cut"
    webhooks.add(ledger, receiver.url, after=0, local=True)
    run(ledger)
    assert seqs(receiver.requests) == [1, 2, 3, 4, 5, 6, 7]


def test_an_answer_that_never_ends_is_cut_off(ledger: Any, receiver: Receiver) -> None:
    receiver.answer = lambda request: "drip"
    webhooks.add(ledger, receiver.url, after=0, local=True)
    run(ledger, Delivering(timeout=0.2, pause=3600.0))
    found = only(ledger)
    assert found.checkpoint == 0 and found.failures == 1
    assert "took longer than 0.2 s" in (found.last_answer or "")


def test_one_who_does_not_answer_is_not_waited_for_by_others(ledger: Any, receiver: Receiver) -> None:
    hanging = threading.Event()

    def hang(request: Request) -> Any:
        hanging.wait(20)
        return 200

    with Receiver(hang) as other:
        webhooks.add(ledger, other.url, after=0, local=True)
        webhooks.add(ledger, receiver.url, after=0, local=True)
        running = threading.Thread(target=run, args=(ledger, Delivering(timeout=10.0, pause=3600.0), 1))
        running.start()
        while len(receiver.taken) < 7:
            running.join(0.01)
            assert running.is_alive() or len(receiver.taken) == 7
        hanging.set()
        running.join()


# --- Waiting ---------------------------------------------------------------------------------------------------------


def test_pauses_grow_and_have_chance_in_them(database: Database) -> None:
    deliveries = Deliveries(database, CONTRACTS, Delivering(pause=4.0, longest_pause=1_000.0))
    for failures in range(40):
        usual = min(4.0 * 2**failures, 1_000.0)
        found = {deliveries._pause(failures, None) for _ in range(50)}
        assert 0.75 * usual <= min(found) < max(found) <= 1.25 * usual


@given(st.integers(0, 10**6), st.floats(0, 10**9))
def test_what_was_asked_for_is_waited(failures: int, asked: float) -> None:
    rules = Deliveries.__new__(Deliveries)
    rules._rules = Delivering(pause=1.0, longest_pause=10.0)
    assert rules._pause(failures, asked) >= min(asked, 86_400.0)


def test_nothing_is_sent_before_its_time(ledger: Any, receiver: Receiver) -> None:
    receiver.answer = lambda request: (429, {"Retry-After": "120"})
    webhooks.add(ledger, receiver.url, after=0, local=True)
    for _ in range(5):
        run(ledger)
    found = only(ledger)
    assert len(receiver.requests) == 1 and found.next_at is not None
    assert 100 < found.next_at.timestamp() - time() <= 121
    receiver.answer = lambda request: 200
    webhooks.enable(ledger, found.id)
    run(ledger)
    assert only(ledger).behind == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        (None, None),
        ("٣", None),
        ("9" * 400, 86_400.0),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    found = posting._seconds(text)
    assert found == seconds or (seconds == 86_400.0 and found is not None and found >= seconds)


def test_retry_after_as_a_date() -> None:
    found = posting._seconds(formatdate(time() + 90, usegmt=True))
    assert found is not None and 80 < found <= 90
    assert posting._seconds(formatdate(time() - 90, usegmt=True)) == 0.0


def test_gone_is_gone(ledger: Any, receiver: Receiver) -> None:
    receiver.answer = lambda request: 410 if request.seq == 3 else 200
    webhooks.add(ledger, receiver.url, after=0, local=True)
    for _ in range(3):
        run(ledger)
    found = only(ledger)
    assert (found.enabled, found.checkpoint, len(receiver.requests)) == (False, 2, 3)
    receiver.answer = lambda request: 200
    webhooks.enable(ledger, found.id)
    run(ledger)
    assert seqs(receiver.taken) == [1, 2, 3, 4, 5, 6, 7]


def test_who_was_disabled_or_removed_gets_nothing(ledger: Any, receiver: Receiver) -> None:
    webhooks.add(ledger, receiver.url, after=0, local=True)
    webhooks.add(ledger, receiver.url, after=0, local=True)
    webhooks.disable(ledger, 1)
    webhooks.remove(ledger, 2)
    run(ledger)
    assert receiver.requests == [] and only(ledger).last_answer == "disabled here"
    with pytest.raises(InputError, match="no such receiver"):
        webhooks.rotate(ledger, 2)


# --- Several who send, and killed ones -------------------------------------------------------------------------------


def test_one_sends_at_a_time(ledger: Any, receiver: Receiver) -> None:
    """What another one sends at the same moment would come out of order."""
    receiver.answer = lambda request: (threading.Event().wait(0.01), (200, {}))[1]
    webhooks.add(ledger, receiver.url, after=0, local=True)
    threads = [threading.Thread(target=run, args=(ledger, SOON, 5)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    run(ledger)
    assert seqs(receiver.requests) == [1, 2, 3, 4, 5, 6, 7] and receiver.most_at_once == 1


DELIVER = """
import sys
from ledger.engine.webhooks import Deliveries, Delivering
from ledger.store.database import Database
from tests.events.chain import CONTRACTS
with Database(sys.argv[1]) as database:
    deliveries = Deliveries(database, CONTRACTS, Delivering(pause=0.0))
    while deliveries.run():
        pass
"""


@pytest.mark.parametrize("point", ["webhook.sending", "webhook.answered", "webhook.storing"])
def test_killed_between_answer_and_checkpoint_it_is_sent_again(
    ledger: Any, receiver: Receiver, url: str, point: str
) -> None:
    webhooks.add(ledger, receiver.url, after=0, local=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CRT_CRASH": f"{point}:3"}
    died = subprocess.run([sys.executable, "-c", DELIVER, url], env=environment, cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    before = len(receiver.requests)
    run(ledger)
    again = [] if point == "webhook.sending" else [3]
    assert before == 2 + len(again)
    assert seqs(receiver.requests) == sorted([1, 2, 3, 4, 5, 6, 7, *again])
    assert len({(one.id, one.body) for one in receiver.requests}) == 7
    assert only(ledger).behind == 0


# --- Where it may go -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *(
            "http://example.org/",
            "ftp://example.org/",
            "https://",
            "https:///x",
            "example.org",
            "https://a:b@example.org/",
        ),
        *(
            "https://127.0.0.1/",
            "https://10.1.2.3/",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://0.0.0.0",
        ),
        *("https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[2002:7f00:1::]/", "https://[fe80::1]/"),
        *(
            "https://exa mple.org/",
            "https://example.org/\r\nX: y",
            "https://example.org:0/",
            "https://example.org:99999/",
        ),
        *("https://224.0.0.1/", "https://100.64.0.1/", "https://192.168.1.1/", "https://[fd00::1]/"),
    ],
)
def test_an_address_that_is_not_allowed_is_refused(address: str) -> None:
    with pytest.raises(InputError):
        check(address)


@pytest.mark.parametrize(
    "address", ["https://example.org/hook?x=1", "https://8.8.8.8:8443/", "https://[2606:4700::1]/"]
)
def test_a_public_address_is_allowed(address: str) -> None:
    check(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "::ffff:192.168.0.1", "fd00::1"]
)
def test_a_name_that_leads_inside_is_not_followed(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Also if only one of its addresses does, and whatever it led to when it was given."""

    def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", (address, 443))]

    def connect(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotDelivered, match="no address that is allowed"):
        post("https://inside.example/", {}, b"", timeout=1.0)


def test_the_connection_goes_to_what_was_checked(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    """A name is looked up once: what a second look would find does not matter. Only the first is by name."""
    asked: list[Any] = []
    real, port = socket.getaddrinfo, int(receiver.url.split(":")[2].split("/")[0])

    def resolve(host: Any, *args: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "hook.example" else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    answer = post(f"http://hook.example:{port}/x", {}, b"{}", timeout=5.0, local=True)
    assert answer.status == 204 and asked.count("hook.example") == 1
    assert receiver.requests[0].headers["host"] == f"hook.example:{port}"


def test_a_certificate_that_is_not_good_is_refused(tmp_path: Path) -> None:
    import ssl

    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", tmp_path / "key", "-out", tmp_path / "cert"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    with Receiver() as receiver:
        receiver._server.socket = context.wrap_socket(
            receiver._server.socket, server_side=True, do_handshake_on_connect=False
        )
        receiver._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        with pytest.raises(NotDelivered, match="certificate"):
            post(receiver.url.replace("http:", "https:"), {}, b"{}", timeout=5.0, local=True)
        assert receiver.requests == []


def test_nobody_there_is_said_without_the_address(ledger: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    webhooks.add(ledger, f"http://127.0.0.1:{port}/token-in-the-path", after=0, local=True)
    run(ledger)
    said = only(ledger).last_answer or ""
    assert "127.0.0.1" in said and "token-in-the-path" not in said


@pytest.mark.parametrize("pattern", ["", "Spv", "Spv.Payd", "Nothing.*", "*.Paid", "Spv.Paid.added", "spv.Paid"])
def test_a_choice_of_events_that_there_are_not(ledger: Any, pattern: str) -> None:
    with pytest.raises(InputError) as refused:
        webhooks.add(ledger, "https://example.org/", [pattern])
    assert refused.value.field == "events"
