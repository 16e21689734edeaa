"""Events over HTTP: whoever reads them, in pages or as they come, however often cut off, has those of the chain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.service import Service, Settings
from api.serving import serving
from ledger.chain.listening import listen
from ledger.engine.indexer import Indexer
from ledger.services.access import Access, Principal, make_key, revoke_key
from ledger.services.ledger import Ledger
from ledger.store.database import Database
from tests.api.reader import Refusal, follow
from tests.api.stage import MANY, Stage
from tests.events.chain import CONTRACTS, FACTORY, RECEIPTS, FakeChain


@dataclass
class Reader:
    """What it has taken in; it knows what must never come."""

    seq: int = 0
    has: dict[int, dict[str, Any]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)

    def take(self, message: dict[str, Any]) -> None:
        data = dict(message["data"])
        id, seq, reverts = data.pop("id"), data.pop("seq"), data.pop("reverts")
        assert id not in self.ids and seq == self.seq + 1, "nothing twice, nothing left out"
        self.ids.add(id)
        self.seq = seq
        assert message["type"] == f"{data['kind']}.{data['name']}.{'added' if reverts is None else 'reverted'}"
        if reverts is None:
            self.has[seq] = data
        else:
            assert self.has.pop(reverts) == data


def told(chain: FakeChain) -> list[dict[str, Any]]:
    """What the chain says, as the feed has to say it."""
    return [
        {
            "block": {"number": one.log.block_number, "hash": f"0x{one.log.block_hash.hex()}"},
            "transaction": f"0x{one.log.tx_hash.hex()}",
            "logIndex": one.log.index,
            "contract": one.contract,
            "kind": one.kind,
            "name": one.name,
            "args": one.args,
        }
        for one in chain.told()
    ]


@dataclass
class Followed:
    """A ledger of which the index follows a made-up chain."""

    ledger: Ledger
    chain: FakeChain
    sync: Callable[[], Any]
    token: str
    key: str


@pytest.fixture
def followed(stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch) -> Followed:
    monkeypatch.setattr("ledger.store.outbox._TOGETHER", 3)
    monkeypatch.setattr("api.events._LOOK", 0.01)
    deployment = replace(stage.ledger.deployment, receipts=RECEIPTS, factory=FACTORY)
    chain = FakeChain()
    indexer: Any = Indexer(database, chain, CONTRACTS)  # type: ignore[arg-type]
    key, token = make_key(database, "reader", [Access.AUDITOR], by="test")
    return Followed(replace(stage.ledger, database=database, deployment=deployment), chain, indexer.sync, token, key.id)


@contextmanager
def served(one: Followed, settings: Settings = MANY) -> Iterator[str]:
    with serving(one.ledger, listen("127.0.0.1", 0), Event(), settings=settings, works=False) as url:
        yield url


def live(one: Followed) -> None:
    """Blocks come and go."""
    for number in range(25):
        one.chain.mine("pso"[: number % 4])
        if number % 6 == 5:
            one.sync()
            one.chain.reorganise(3, "p", "", "s", "po")
        one.sync()


def test_who_comes_back_after_every_message_misses_nothing(followed: Followed) -> None:
    reader = Reader()
    with served(followed) as url, ThreadPoolExecutor(1) as threads:
        living = threads.submit(live, followed)
        while not living.done() or reader.seq < end_of(followed):
            with follow(url, followed.token, reader.seq) as messages:
                id, message = next(content for kind, content in messages if kind == "message")
            assert id == message["data"]["seq"]
            reader.take(message)
        living.result()
    assert list(reader.has.values()) == told(followed.chain)
    assert len(reader.ids) > len(reader.has), "there were some that were taken back"


def end_of(one: Followed) -> int:
    from ledger.store import outbox

    with one.ledger.database.read() as connection:
        return outbox.end(connection)


def test_who_stays_gets_what_happens(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.05)
    reader = Reader()
    with served(followed) as url, follow(url, followed.token) as messages, ThreadPoolExecutor(1) as threads:
        assert next(messages) == ("comment", "events")
        living = threads.submit(live, followed)
        while not living.done() or reader.seq < end_of(followed):
            kind, content = next(messages)
            if kind == "message":
                reader.take(content[1])
    assert list(reader.has.values()) == told(followed.chain)


def test_pages_say_the_same(followed: Followed) -> None:
    live(followed)
    with TestClient(create_app(followed.ledger, MANY, works=False)) as client:
        shown = {"Authorization": f"Bearer {followed.token}"}
        for limit in (1, 7, 1000):
            reader, cursor = Reader(), ""
            while cursor is not None:
                answer = client.get(f"/v1/events?limit={limit}{cursor and '&cursor=' + cursor}", headers=shown)
                assert answer.status_code == 200, answer.text
                for one in answer.json()["data"]:
                    reader.take(one)
                cursor = answer.json()["nextCursor"]
            assert list(reader.has.values()) == told(followed.chain)
        some = client.get("/v1/events?after=10&limit=2", headers=shown).json()["data"]
        assert [one["data"]["seq"] for one in some] == [11, 12]


def test_what_is_not_there_yet_is_refused(followed: Followed) -> None:
    live(followed)
    end = end_of(followed)
    with served(followed) as url:
        for last in (end + 1, 2**63 - 1, 2**63, -1):
            with pytest.raises(Refusal) as found, follow(url, followed.token, last):
                pass
            assert (found.value.status, found.value.body["type"]) == (422, "/problems/invalid"), last
        with pytest.raises(Refusal) as found, follow(url, "nobody"):
            pass
        assert found.value.status == 401
        with follow(url, followed.token, query=f"?after={end - 1}") as messages:
            assert next(content for kind, content in messages if kind == "message")[0] == end


def test_a_stream_ends_with_its_key(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.service._REMEMBERED", 0.01)
    with served(followed) as url, follow(url, followed.token) as messages:
        assert next(messages) == ("comment", "events")
        revoke_key(followed.ledger.database, followed.key)
        assert [kind for kind, _ in messages if kind == "message"] == []  # and it ends


def test_a_stream_ends_with_the_server(followed: Followed) -> None:
    with served(followed) as url:
        stream = follow(url, followed.token)
        messages = stream.__enter__()
        assert next(messages) == ("comment", "events")
    assert list(messages) == []
    stream.__exit__(None, None, None)


def test_silence_is_kept_alive(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.05)
    with served(followed) as url, follow(url, followed.token) as messages:
        assert [next(messages) for _ in range(3)] == [("comment", "events"), ("comment", "ping"), ("comment", "ping")]


def test_who_goes_makes_room(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.05)
    with served(followed, replace(MANY, most_followers=1)) as url:
        for _ in range(3):
            until = time.monotonic() + 60
            while True:
                try:
                    with follow(url, followed.token) as messages:
                        assert next(messages) == ("comment", "events")
                        with pytest.raises(Refusal) as found, follow(url, followed.token):
                            pass
                        assert found.value.status == 429 and found.value.body["type"] == "/problems/rate-limited"
                    break
                except Refusal as refusal:
                    assert refusal.status == 429 and time.monotonic() < until, "it does not notice that one has gone"


def test_one_reader_leaves_room_for_others(followed: Followed) -> None:
    _, other = make_key(followed.ledger.database, "another", [Access.AUDITOR], by="test")
    with served(followed, replace(MANY, most_own=2)) as url, ExitStack() as open_streams:
        for token in (followed.token, followed.token, other):
            messages = open_streams.enter_context(follow(url, token))
            assert next(messages) == ("comment", "events")
        with pytest.raises(Refusal) as found, follow(url, followed.token):
            pass
        assert found.value.status == 429


def test_who_goes_is_no_failure(followed: Followed, caplog: pytest.LogCaptureFixture) -> None:
    """Whenever one goes, also in the middle of messages."""
    live(followed)
    with served(followed) as url:
        for taken in range(10):
            with follow(url, followed.token) as messages:
                for _ in range(taken):
                    next(messages)
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


def test_a_principal_that_is_looked_up_while_it_changes_is_not_remembered(
    stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Revoked between the look into the database and its end: the next request is refused at once."""
    import asyncio

    key, token = make_key(database, "reader", [Access.AUDITOR], by="test")
    service = Service(replace(stage.ledger, database=database))
    import api.service

    real = api.service.principal_of

    def slow(of: Database, shown: str) -> Principal | None:
        found = real(of, shown)
        if found is not None:
            revoke_key(database, key.id)
            service.forget_principals()
        return found

    monkeypatch.setattr("api.service.principal_of", slow)
    assert asyncio.run(service.who(token)) is not None
    assert asyncio.run(service.who(token)) is None
