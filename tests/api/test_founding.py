"""From a term sheet to an issue over HTTP, and the way out of an offering that fails."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_typed_data

from ledger.chain.devkeys import dev_account
from ledger.services.series import Series
from tests.api.stage import Stage
from tests.services.small import HOLDERS, RENTS, TERMS, subscribed

AGENT = dev_account(6)
PARTIES = dict(
    zip(("originator", "feeRecipient", "unclaimedTo"), (dev_account(index).address for index in (7, 8, 9)), strict=True)
) | {"valuationAgent": AGENT.address}
VALUE = "4732.55"  # of three rents of 1,600.00, at 9 %: tests/domain/test_valuation.py has the rule


def founding(code: str, **other: Any) -> dict[str, Any]:
    rows = "".join(f"{name}-{code},lessee,1,{due},CNY,1600.00\n" for name, due in RENTS.items())
    roll = "receivable,lessee,machines,due,currency,amount\n" + rows
    sheet = TERMS.format(code=code).replace("2024-12-20", "2024-12-01").replace("2024-12-31", "2025-01-01")
    return {"termSheet": sheet, "rentRoll": roll, "parties": PARTIES, **other}


def yuan(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def offered(stage: Stage, code: str) -> str:
    """A series in its offering; its path."""
    made = stage.done("/v1/series", "administrator", founding(code))["result"]
    assert made["presentValue"] == yuan(VALUE)
    path = f"/v1/series/{made['series']}"
    data = stage.get(f"{path}/valuation?presentValue={VALUE}", "holder")
    signed = EthAccount.sign_message(encode_typed_data(full_message=data), AGENT.secret())
    body = {"presentValue": yuan(VALUE), "signature": "0x" + bytes(signed.signature).hex()}
    wrong = {**body, "presentValue": yuan("4732.56")}
    assert stage.done(f"{path}/offer", "administrator", wrong, "failed")["problem"]["type"] == "/problems/reverted"
    assert stage.done(f"{path}/offer", "administrator", body)["result"]["state"] == "Offering"
    return path


def test_a_series_is_founded_offered_and_issued(stage: Stage) -> None:
    path = offered(stage, "ISSUED")
    series = Series.load(stage.ledger, int(path.rsplit("/", 1)[1]))
    again = stage.done("/v1/series", "administrator", founding("ISSUED"))["result"]
    assert again["contract"] == series.spv.address
    pool = stage.get(f"{path}/pool", "holder")["data"]
    assert [(one["dueDate"], one["face"], one["collected"]) for one in pool] == [
        (due, yuan("1600.00"), yuan("0.00")) for due in RENTS.values()
    ]
    subscribed(series, 200_000, 100_000)
    stage.ledger.sync()
    found = stage.get(path)
    assert (found["state"], found["sold"], found["outstanding"]) == ("Offering", yuan("3000.00"), yuan("0.00"))
    assert found["accounts"]["subscriptions"] == found["accounts"]["cash"] == yuan("3000.00")
    assert found["presentValue"] == yuan(VALUE) and found["periods"][-1]["paymentDate"] == "2025-04-01"
    (mine,) = stage.get(f"/v1/subscriptions?series={series.slot}", "holder")["data"]
    assert (mine["holder"], mine["units"]) == (HOLDERS[0].address, yuan("2000.00"))
    stage.get(f"/v1/subscriptions?holder={HOLDERS[1].address}", "holder", 403)
    assert len(stage.get(f"/v1/subscriptions?series={series.slot}&limit=1", "auditor")["data"]) == 1

    issued = stage.done(f"{path}/activate", "administrator")["result"]
    assert (issued["state"], issued["units"]) == ("Active", yuan("3000.00"))
    accounts = series.view("accounts")
    assert stage.get(path)["outstanding"] == yuan(f"{accounts.principal // 100}.00") == yuan("3000.00")
    refused = stage.done(f"{path}/cancel", "administrator", state="failed")["problem"]
    assert refused["error"]["name"] == "WrongState"


def test_a_series_that_fails_is_refunded_and_its_pool_released(stage: Stage) -> None:
    path = offered(stage, "FAILED")
    series = Series.load(stage.ledger, int(path.rsplit("/", 1)[1]))
    subscribed(series, 10_000, 20_000)
    assert stage.done(f"{path}/fail", "servicer", state="failed")["problem"]["error"]["name"] == "NotFailed"
    stage.done(f"{path}/cancel", "administrator")
    frozen = HOLDERS[1].address
    stage.done(f"/v1/holders/{frozen}/freeze", "compliance", {"reason": "a list"})
    first = stage.done(f"{path}/refunds", "servicer")["result"]
    assert (first["refunded"], first["left"]) == (yuan("100.00"), yuan("200.00"))
    stage.done(f"/v1/holders/{frozen}/release", "compliance", {"reason": "taken off"})
    second = stage.done(f"{path}/refunds", "servicer")["result"]
    assert (second["refunded"], second["left"]) == (yuan("300.00"), yuan("0.00"))
    assert series.cash_held() == 0 and stage.get(path)["accounts"]["cash"] == yuan("0.00")
    assert stage.done(f"{path}/pool/release", "servicer")["result"]["released"] == 3
    assert all(one["released"] for one in stage.get(f"{path}/pool")["data"])


@pytest.mark.parametrize(
    ("field", "old", "new", "expected"),
    [
        ("termSheet", 'size = "3,000.00"', 'size = "3,x00.00"', ("termSheet", 6, "series.size")),
        ("termSheet", 'size = "3,000.00"', 'size = "9,000.00"', ("termSheet", 6, "series.size")),
        ("rentRoll", "2025-02-01,CNY", "2025-02-30,CNY", ("rentRoll", 2, "due")),
    ],
)
def test_what_is_wrong_in_a_file_is_named_at_once(
    stage: Stage, field: str, old: str, new: str, expected: tuple[str, int, str]
) -> None:
    body = founding("WRONG")
    assert old in body[field]
    found = stage.post("/v1/series", "administrator", body | {field: body[field].replace(old, new)}, 422)
    (one,) = found["errors"]
    assert (one["file"], one["line"], one["field"]) == expected


def test_other_currencies_and_unknown_series_are_refused_at_once(stage: Stage) -> None:
    body = {"presentValue": {"amount": "1.00", "currency": "USD"}, "signature": "0x00"}
    assert stage.post("/v1/series/1/offer", "administrator", body, 422)["errors"][0]["found"] == "USD"
    for path in ("offer", "activate", "cancel"):
        stage.post(f"/v1/series/{2**63 - 1}/{path}", "administrator", body if path == "offer" else None, 404)
    stage.post(f"/v1/series/{2**63}/cancel", "administrator", None, 422)
    stage.get("/v1/series/1/valuation?presentValue=1.001", status=422)
    for path in ("", "/pool", "/collections", "/distributions", "/distributions/0", "/valuation?presentValue=1"):
        stage.get(f"/v1/series/999{path}", status=404)


def test_requirement_and_eligibility_are_the_chains(stage: Stage) -> None:
    holder = HOLDERS[0].address

    def eligible() -> bool:
        found: bool = stage.get(f"/v1/holders/{holder}/eligibility?series=1", "holder")["eligible"]
        assert found == stage.ledger.receipts.view(stage.ledger.node, "isEligible", holder, 1)
        return found

    def put(path: str, body: Any) -> None:
        answer = stage.ask("PUT", path, "compliance", json=body, headers={"Idempotency-Key": f"put{path}"})
        assert answer.status_code == 202, answer.text
        stage.ended(answer.json()["id"], "compliance")

    assert eligible()
    stage.done(f"/v1/holders/{holder}/freeze", "compliance", {"reason": "a list"})
    assert not eligible() and stage.get(f"/v1/holders/{holder}/standing", "holder")["frozen"]
    stage.done(f"/v1/holders/{holder}/release", "compliance", {"reason": "taken off"})
    assert eligible()
    put("/v1/series/1/requirement", {"classes": ["trust"], "jurisdictions": ["CN", "HK"]})
    assert not eligible()
    put(
        f"/v1/holders/{holder}/standing",
        {"investorClass": "trust", "jurisdiction": "HK", "validUntil": "2029-12-31T00:00:00+08:00"},
    )
    assert eligible()
    found = stage.get(f"/v1/holders/{holder}/standing", "auditor")
    assert (found["classes"], found["jurisdictions"], found["frozen"]) == (["trust"], ["HK"], False)
    assert found["validUntil"] == "2029-12-30T16:00:00Z"
    stage.get(f"/v1/holders/{HOLDERS[1].address}/standing", "holder", 404)
    stage.get(f"/v1/holders/{HOLDERS[1].address}/eligibility?series=1", "holder", 404)
    stage.get(f"/v1/holders/{dev_account(15).address}/standing", "auditor", 404)
