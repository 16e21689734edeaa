"""What compliance does to receipts, what they were, and how they look."""

from __future__ import annotations

from tests.api.stage import Stage
from tests.services.small import HOLDERS

ALICE, BOB, CAROL = (account.address for account in HOLDERS)


def yuan(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def test_units_are_moved_against_the_owners_will(stage: Stage) -> None:
    mine = stage.receipts[0]
    path, body = f"/v1/receipts/{mine}/forced-transfer", {"to": CAROL, "units": yuan("250.00"), "reason": "court"}
    made = stage.done(path, "compliance", body)["result"]
    assert made["source"] == str(mine) and int(made["receipt"]) >> 64 == 1
    owner = stage.ledger.receipts.view(stage.ledger.node, "ownerOf", int(made["receipt"]))
    assert stage.get(f"/v1/receipts/{made['receipt']}")["owner"] == owner == CAROL
    first, last = stage.get(f"/v1/receipts/{mine}/history", "holder")["data"]
    assert (first["units"], last["units"]) == (yuan("1000.00"), yuan("750.00"))
    assert first["until"] == last["since"] and last["until"] is None
    page = stage.get(f"/v1/receipts/{mine}/history?limit=1")
    assert page["data"] == [first]
    assert stage.get(f"/v1/receipts/{mine}/history?limit=1&cursor={page['nextCursor']}")["data"] == [last]
    stage.get(f"/v1/receipts/{mine}/history", "other holder", 404)
    stranger = stage.done(path, "compliance", {**body, "to": stage.series.spv.address}, "failed")["problem"]
    assert stranger["error"]["name"] == "NotEligible"
    stage.post(path, "compliance", {**body, "units": {"amount": "1.00", "currency": "USD"}}, 422)
    stage.post(path, "compliance", {**body, "units": yuan("0.00")}, 422)
    stage.post(f"/v1/receipts/{(1 << 64) + 999}/forced-transfer", "compliance", body, 404)


def test_several_are_frozen_at_once_or_none(stage: Stage) -> None:
    several = [str(one) for one in stage.receipts]
    stage.done("/v1/receipts/freeze", "compliance", {"receipts": several, "reason": "court"})
    assert all(stage.get(f"/v1/receipts/{one}")["frozen"] for one in several)
    stage.done("/v1/receipts/release", "compliance", {"receipts": several, "reason": "lifted"})
    stage.done("/v1/receipts/freeze", "compliance", {"receipts": [several[0], "999"], "reason": "x"}, "failed")
    assert not stage.get(f"/v1/receipts/{several[0]}")["frozen"]


def test_the_certificate_is_the_chains_picture(stage: Stage) -> None:
    mine = stage.receipts[0]
    answer = stage.ask("GET", f"/v1/receipts/{mine}/certificate", "holder")
    assert answer.headers["content-type"] == "image/svg+xml" and answer.text.startswith("<svg")
    assert answer.content == stage.ask("GET", f"/v1/receipts/{mine}/certificate", "auditor").content
    stage.get(f"/v1/receipts/{mine}/certificate", "other holder", 404)


def test_numbers_that_no_database_holds_are_refused(stage: Stage) -> None:
    for path in ("", "/history", "/certificate"):
        stage.get(f"/v1/receipts/{(1 << 64) + 2**63}{path}", status=422)
        stage.get(f"/v1/receipts/{(1 << 64) + 2**63 - 1}{path}", status=404)
