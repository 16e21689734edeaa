"""Writes: each is done once, whoever repeats it, and whenever it is interrupted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ledger.chain.bindings import Bound
from ledger.errors import StoreError
from ledger.services.ledger import Ledger
from ledger.store import commands
from tests.api.stage import MANY, Stage, staged


def times(ledger: Ledger, contract: Bound, name: str) -> int:
    """How often a contract has emitted an event, as the chain says."""
    logs = ledger.node.logs(0, addresses=[contract.address])
    return sum(event.name == name for event in contract.events(logs))


def test_a_write_is_answered_at_once_and_done(stage: Stage) -> None:
    token = stage.receipts[0]
    answer = stage.ask(
        "POST", f"/v1/receipts/{token}/freeze", "compliance", json={"reason": "court"}, headers={"Idempotency-Key": "1"}
    )
    body = answer.json()
    assert answer.status_code == 202 and answer.headers["location"] == f"/v1/operations/{body['id']}"
    found = stage.ended(body["id"], "compliance")
    assert found["result"] == {"receipt": str(token), "frozen": True} and found["problem"] is None
    (sent,) = found["transactions"]
    receipt = stage.ledger.node.receipt(bytes.fromhex(sent["hash"][2:]))
    assert receipt is not None and receipt.status == 1 and str(receipt.block_number) == sent["block"]
    assert stage.get(f"/v1/receipts/{token}")["frozen"] is True
    stage.done(f"/v1/receipts/{token}/release", "compliance", {"reason": "lifted"})
    assert stage.get(f"/v1/receipts/{token}")["frozen"] is False


def test_the_same_key_is_the_same_request(stage: Stage) -> None:
    path = f"/v1/receipts/{stage.receipts[0]}/freeze"
    before = times(stage.ledger, stage.ledger.receipts, "ReceiptFrozen")
    first = stage.post(path, "compliance", {"reason": "a"}, key="same")
    stage.ended(first["id"], "compliance")
    again = stage.post(path, "compliance", {"reason": "a"}, key="same")
    assert again["id"] == first["id"]
    other = stage.post(path, "compliance", {"reason": "b"}, 422, key="same")
    assert other["type"] == "/problems/idempotency-key-reused"
    assert stage.post(path.replace("freeze", "release"), "compliance", {"reason": "a"}, 422, key="same")
    assert times(stage.ledger, stage.ledger.receipts, "ReceiptFrozen") == before + 1
    stage.done(path.replace("freeze", "release"), "compliance", {"reason": "a"})


def test_keys_are_of_their_principals(stage: Stage) -> None:
    one = stage.post("/v1/series/1/pause", "guardian", key="shared")
    stage.ended(one["id"], "guardian")
    other = stage.post("/v1/series/1/resume", "administrator", key="shared")
    assert stage.ended(other["id"])["id"] != one["id"]


def test_a_write_without_a_key_is_refused(stage: Stage) -> None:
    found = stage.ask("POST", "/v1/series/1/pause", "guardian")
    assert (found.status_code, found.json()["type"]) == (400, "/problems/idempotency-key-missing")
    assert "UUID" in found.json()["hint"]
    for key in ("", "a b", "x" * 256):
        answer = stage.ask("POST", "/v1/series/1/pause", "guardian", headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid"), key
        (error,) = answer.json()["errors"]
        assert (error["field"], error["found"]) == ("Idempotency-Key", f"{len(key)} characters")


def test_who_may_not_is_told_what_roles_it_has(stage: Stage) -> None:
    (error,) = stage.post("/v1/series/1/pause", "servicer", status=403)["errors"]
    assert (error["expected"], error["found"]) == ("guardian", "servicer")


def test_what_a_contract_refuses_fails_with_its_error(stage: Stage) -> None:
    found = stage.done("/v1/receipts/18446744073709551999/freeze", "compliance", {"reason": "x"}, "failed")
    problem = found["problem"]
    assert (problem["type"], problem["status"]) == ("/problems/reverted", 422)
    assert problem["error"]["arguments"] == {"tokenId": "18446744073709551999"}
    assert found["result"] is None


def test_many_posts_of_one_key_at_once_are_one_operation(stage: Stage) -> None:
    path = f"/v1/receipts/{stage.receipts[1]}/freeze"
    before, start = times(stage.ledger, stage.ledger.receipts, "ReceiptFrozen"), Barrier(8)

    def post(_: int) -> tuple[int, Any]:
        start.wait()
        answer = stage.ask(
            "POST", path, "compliance", json={"reason": "at once"}, headers={"Idempotency-Key": "at once"[:2] + "-once"}
        )
        return answer.status_code, answer.json()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert {status for status, _ in answers} <= {202, 409}
    numbers = {body["id"] for status, body in answers if status == 202}
    assert len(numbers) == 1
    stage.ended(numbers.pop(), "compliance")
    assert times(stage.ledger, stage.ledger.receipts, "ReceiptFrozen") == before + 1
    stage.done(path.replace("freeze", "release"), "compliance", {"reason": "a"})


def test_what_was_accepted_is_done_by_the_next_process() -> None:
    with staged(works=False) as stage:
        accepted = stage.post(f"/v1/receipts/{stage.receipts[0]}/freeze", "compliance", {"reason": "later"})
        assert stage.get(f"/v1/operations/{accepted['id']}", "compliance")["state"] == "accepted"
        with TestClient(create_app(stage.ledger, MANY)) as client:
            other = Stage(stage.ledger, stage.series, stage.receipts, client, stage.tokens)
            assert other.ended(accepted["id"], "compliance")["result"]["frozen"] is True


def test_a_command_that_ends_before_that_is_stored_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the process died between doing it and saying so."""
    failures = iter([True])
    real = commands.done

    def done(*given: Any) -> None:
        if next(failures, False):
            raise StoreError("the database", "it is full")
        real(*given)

    monkeypatch.setattr(commands, "done", done)
    monkeypatch.setattr("ledger.services.commands._LEASE", 0.2)
    with staged() as stage:
        found = stage.done(f"/v1/receipts/{stage.receipts[0]}/freeze", "compliance", {"reason": "once"})
        assert found["result"]["frozen"] is True
        assert next(failures, None) is None
        assert times(stage.ledger, stage.ledger.receipts, "ReceiptFrozen") == 1


def test_commands_are_in_the_audit_log(stage: Stage) -> None:
    from ledger.services.audit import newest

    found = stage.done("/v1/series/1/pause", "guardian")
    (last,) = newest(stage.ledger.database, 1)
    assert (last["command"], last["result"]) == ("pause_series", "done")
    assert last["detail"] == {"operation": found["id"], "series": "1"}
    assert last["actor"] == f"key:{stage.tokens['guardian'].split('_')[2]}"
    stage.done("/v1/series/1/resume", "administrator")
