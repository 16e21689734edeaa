"""Receivers of webhooks over HTTP: made, changed by who has read them, tested, and told again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from ledger.services import events, webhooks
from ledger.services.audit import newest
from tests.api.stage import Stage
from tests.events.receiver import Receiver, Request, checked_by_node

URL = "https://bank.example/ledger?token=hidden"
_keys = count()


def asked(stage: Stage, path: str, body: Any = None, key: str | None = None, status: int = 200) -> Any:
    return stage.post(path, "administrator", body, status, key or f"webhook-{next(_keys)}")


def made(stage: Stage, **other: Any) -> Any:
    return asked(stage, "/v1/webhooks", {"url": URL, **other}, status=201)


def changed(stage: Stage, id: str, body: Any, tag: str | None, status: int = 200) -> Any:
    headers = {} if tag is None else {"If-Match": tag}
    answer = stage.ask("PATCH", f"/v1/webhooks/{id}", "admin", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer


@pytest.fixture(autouse=True)
def none_is_left(stage: Stage) -> Iterator[None]:
    """There may be twenty."""
    yield
    for one in webhooks.receivers(stage.ledger):
        webhooks.remove(stage.ledger, one.id)


@pytest.fixture
def receiver(stage: Stage) -> Iterator[tuple[Receiver, str]]:
    """One of the operator's own, on this machine, which the command line alone can make; and its secret."""
    with Receiver() as made:
        found, secret = webhooks.add(stage.ledger, made.url, local=True)
        yield made, secret
        webhooks.remove(stage.ledger, found.id)


def end(stage: Stage) -> int:
    return sum(1 for _ in events.stream(stage.ledger, limit=10_000).events)


def test_a_receiver_is_made_and_its_secret_is_shown_once(stage: Stage) -> None:
    stage.ledger.sync()
    wanted = {"url": URL, "events": ["Spv.*", "ComputeReceipt.TransferValue"]}
    first, again = (asked(stage, "/v1/webhooks", wanted, "same", 201) for _ in range(2))
    assert first["secret"].startswith("whsec_") and first | {"secret": None} == again
    assert (first["checkpoint"], first["behind"], first["enabled"], first["local"]) == (end(stage), 0, True, False)
    found = stage.ask("GET", f"/v1/webhooks/{first['id']}", "administrator")
    assert found.json() | {"secret": None} == again
    listed = stage.get("/v1/webhooks")["data"]
    assert [one["id"] for one in listed].count(first["id"]) == 1
    assert first["secret"] not in json.dumps([listed, newest(stage.ledger.database, 20)])
    assert "hidden" not in json.dumps(newest(stage.ledger.database, 20)), "what is in an address is in no log"


def test_who_changes_one_has_read_it(stage: Stage) -> None:
    id = made(stage)["id"]
    tag = stage.ask("GET", f"/v1/webhooks/{id}", "admin").headers["etag"]
    assert changed(stage, id, {"enabled": False}, None, 428).json()["type"] == "/problems/precondition-required"
    assert changed(stage, id, {"enabled": False}, '"0123456789abcdef"', 412).json()["type"] == (
        "/problems/precondition-failed"
    )
    answer = changed(stage, id, {"enabled": False, "events": ["Spv.Paid"]}, tag)
    assert (answer.json()["enabled"], answer.json()["events"], answer.json()["url"]) == (False, ["Spv.Paid"], URL)
    newer = answer.headers["etag"]
    assert newer != tag and newer == stage.ask("GET", f"/v1/webhooks/{id}", "admin").headers["etag"]
    changed(stage, id, {"enabled": True}, tag, 412)
    last = changed(stage, id, {"url": "https://other.example/"}, newer).json()
    assert (last["url"], last["events"], last["enabled"]) == ("https://other.example/", ["Spv.Paid"], False)
    changed(stage, "999", {"enabled": True}, tag, 404)


def test_what_was_read_has_the_tag_in_it(stage: Stage) -> None:
    one = made(stage)
    assert one["etag"] == stage.ask("GET", f"/v1/webhooks/{one['id']}", "admin").headers["etag"]
    newer = changed(stage, one["id"], {"enabled": False}, one["etag"]).json()
    assert newer["etag"] != one["etag"]
    assert stage.get("/v1/webhooks")["data"][-1]["etag"] == newer["etag"]
    assert changed(stage, one["id"], {"enabled": True}, "*").json()["enabled"] is True
    changed(stage, "999", {"enabled": True}, "*", 404)


def test_there_are_not_more_than_twenty(stage: Stage) -> None:
    for _ in range(20):
        made(stage)
    refused = asked(stage, "/v1/webhooks", {"url": URL}, status=422)
    assert refused["errors"][0]["expected"] == "at most 20"


def test_the_tag_does_not_move_with_deliveries(stage: Stage) -> None:
    id = made(stage, after=0)["id"]
    tag = stage.ask("GET", f"/v1/webhooks/{id}", "admin").headers["etag"]
    asked(stage, f"/v1/webhooks/{id}/replay", {"after": 3})
    answer = stage.ask("GET", f"/v1/webhooks/{id}", "admin")
    assert (answer.json()["checkpoint"], answer.headers["etag"]) == (3, tag)


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://10.0.0.1/x",
        "https://localhost/",
        "https://db.localhost/",
        "https://localhost./",
        "https://intranet/x",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://0177.0.0.0x1/",
        "https://bank.example.0x7f/",
        "https://user:hunter2@bank.example/",
        "file:///etc/passwd",
        "https://",
        "https://bank.example:0/",
        "https://bänk.example/",
    ],
)
def test_addresses_within_are_refused(stage: Stage, url: str) -> None:
    body = asked(stage, "/v1/webhooks", {"url": url}, status=422)
    assert body["errors"][0]["field"] == "url" and "hunter2" not in json.dumps(body)
    id = made(stage)["id"]
    tag = stage.ask("GET", f"/v1/webhooks/{id}", "admin").headers["etag"]
    changed(stage, id, {"url": url}, tag, 422)
    assert stage.get(f"/v1/webhooks/{id}", "admin")["url"] == URL


def test_nobody_makes_a_local_one_over_http(stage: Stage, receiver: tuple[Receiver, str]) -> None:
    """And one that the operator has made is not local any more when it is sent elsewhere."""
    asked(stage, "/v1/webhooks", {"url": URL, "local": True}, status=422)
    (own,) = [one for one in stage.get("/v1/webhooks")["data"] if one["local"]]
    tag = stage.ask("GET", f"/v1/webhooks/{own['id']}", "admin").headers["etag"]
    changed(stage, own["id"], {"url": "http://127.0.0.1:1/"}, tag, 422)
    found = changed(stage, own["id"], {"url": "https://nowhere.invalid/"}, tag).json()
    assert found["local"] is False
    test = asked(stage, f"/v1/webhooks/{own['id']}/test")
    assert (test["taken"], test["answer"]) == (False, "not delivered: nowhere.invalid has no address that is allowed")


@pytest.mark.parametrize("wanted", [[], ["Spv"], ["Nothing.*"], ["Spv.Nothing"], ["*", "x"], ["Spv.*" * 100]])
def test_events_that_are_none_are_refused(stage: Stage, wanted: list[str]) -> None:
    asked(stage, "/v1/webhooks", {"url": URL, "events": wanted}, status=422)


@pytest.mark.parametrize("id", ["0", "999", "2147483647"])
def test_unknown_ones_are_not_found(stage: Stage, id: str) -> None:
    stage.get(f"/v1/webhooks/{id}", status=404)
    for path, body in (("rotate", {}), ("replay", {"after": 0}), ("test", None)):
        asked(stage, f"/v1/webhooks/{id}/{path}", body, status=404)
    assert stage.ask("DELETE", f"/v1/webhooks/{id}", "admin").status_code == 404


@pytest.mark.parametrize("id", ["x", "-1", "2147483648", str(2**63), "1.0", "%00"])
def test_numbers_that_are_none_are_refused(stage: Stage, id: str) -> None:
    stage.get(f"/v1/webhooks/{id}", status=422)


def test_a_test_is_signed_and_changes_nothing(stage: Stage, receiver: tuple[Receiver, str]) -> None:
    other, secret = receiver
    (own,) = [one for one in stage.get("/v1/webhooks")["data"] if one["local"]]
    answer = asked(stage, f"/v1/webhooks/{own['id']}/test")
    assert (answer["taken"], answer["answer"]) == (True, "204")
    (request,) = other.requests
    assert request.id == answer["id"] and checked_by_node(secret, [request]) == [1]
    body = json.loads(request.body)
    assert (body["type"], body["data"]) == ("feed.test", {"id": answer["id"]})
    other.answer = lambda request: 500
    answer = asked(stage, f"/v1/webhooks/{own['id']}/test")
    assert (answer["taken"], answer["answer"]) == (False, "500")
    assert stage.get(f"/v1/webhooks/{own['id']}") == own
    newer = asked(stage, f"/v1/webhooks/{own['id']}/rotate", {"overlapHours": 1})["secret"]
    asked(stage, f"/v1/webhooks/{own['id']}/test")
    assert checked_by_node(secret, other.requests[-1:]) == checked_by_node(newer, other.requests[-1:]) == [1]
    last = asked(stage, f"/v1/webhooks/{own['id']}/rotate", {"overlapHours": 0})["secret"]
    asked(stage, f"/v1/webhooks/{own['id']}/test")
    assert [checked_by_node(one, other.requests[-1:]) for one in (newer, last)] == [[0], [1]]


def test_what_was_sent_is_sent_again(stage: Stage, receiver: tuple[Receiver, str]) -> None:
    other, _ = receiver
    (own,) = [one for one in stage.get("/v1/webhooks")["data"] if one["local"]]
    last = end(stage)
    asked(stage, f"/v1/webhooks/{own['id']}/replay", {"after": last + 1}, status=422)
    found = asked(stage, f"/v1/webhooks/{own['id']}/replay", {"after": last - 3}, "again")
    assert (found["checkpoint"], found["behind"]) == (last - 3, 3)
    deliveries = webhooks.deliver(stage.ledger)
    while deliveries.run():
        pass
    assert [one.seq for one in other.taken] == [last - 2, last - 1, last]
    asked(stage, f"/v1/webhooks/{own['id']}/replay", {"after": last - 3}, "again")
    while deliveries.run():
        pass
    assert len(other.taken) == 3, "the same request again has it sent once"


def test_a_replay_in_the_middle_of_a_delivery_counts(stage: Stage, receiver: tuple[Receiver, str]) -> None:
    """What is under way when it comes does not move the receiver on from where it was told to begin again."""
    other, _ = receiver
    (own,) = [one for one in stage.get("/v1/webhooks")["data"] if one["local"]]
    last, again = end(stage), iter([True])
    asked(stage, f"/v1/webhooks/{own['id']}/replay", {"after": last - 3})

    def answer(request: Request) -> int:
        if request.seq == last and next(again, False):
            asked(stage, f"/v1/webhooks/{own['id']}/replay", {"after": last - 3})
        return 204

    other.answer = answer
    deliveries = webhooks.deliver(stage.ledger)
    while deliveries.run():
        pass
    assert [one.seq for one in other.taken] == 2 * [last - 2, last - 1, last]
    assert stage.get(f"/v1/webhooks/{own['id']}")["checkpoint"] == last


def test_a_receiver_is_forgotten(stage: Stage) -> None:
    id = made(stage)["id"]
    assert stage.ask("DELETE", f"/v1/webhooks/{id}", "admin").status_code == 204
    stage.get(f"/v1/webhooks/{id}", status=404)
    (last,) = newest(stage.ledger.database, 1)
    assert (last["command"], last["detail"], last["result"]) == ("remove_webhook", {"id": int(id)}, "done")


def test_what_came_of_it_is_shown_to_those_whom_it_concerns(stage: Stage) -> None:
    """A receiver's address may hold a token; what is on the chain is for all operators."""
    found = made(stage)
    newest = stage.get("/v1/operations?limit=1", "administrator")["data"][0]
    assert newest["command"] == "make_webhook" and newest["result"]["url"] == URL
    for who, result in (
        ("admin", newest["result"]),
        ("auditor", newest["result"]),
        ("compliance", None),
        ("servicer", None),
    ):
        listed = stage.get("/v1/operations?limit=1", who)["data"][0]
        alone = stage.get(f"/v1/operations/{newest['id']}", who)
        assert (listed["id"], listed["result"], alone["result"]) == (newest["id"], result, result), who
        assert ("hidden" in str(listed) + str(alone)) is (result is not None)
    paused = stage.done("/v1/series/1/pause", "guardian")
    stage.done("/v1/series/1/resume", "administrator")
    assert stage.get(f"/v1/operations/{paused['id']}", "auditor")["result"] == paused["result"]
    stage.ask("DELETE", f"/v1/webhooks/{found['id']}", "administrator")
