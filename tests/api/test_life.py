"""A series from its first rent to its end over HTTP: 2,000.00 at 12 %, so 20.00 of coupon a month, 10.00 to each."""

from __future__ import annotations

from datetime import date

from tests.api.stage import Stage, staged
from tests.services.small import HOLDERS

ALICE, BOB, _ = (account.address for account in HOLDERS)


def yuan(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def rent(stage: Stage, number: int) -> None:
    """A month's rent arrives, and is booked."""
    operator = stage.ledger.deployment.operator
    stage.done("/v1/cash", "administrator", {"account": operator, "amount": yuan("1600.00")})
    body = {"collections": [{"receivable": f"R{number}-SMALL", "amount": yuan("1600.00")}]}
    assert stage.done("/v1/series/1/collections", "servicer", body)["result"]["booked"] == yuan("1600.00")


def paid(stage: Stage, epoch: int, who: str = "auditor") -> dict[str, str]:
    found = stage.get(f"/v1/payments?series=1&epoch={epoch}", who)["data"]
    return {one["holder"]: one["amount"]["amount"] for one in found}


def test_a_series_lives_to_its_end() -> None:
    with staged() as stage:
        stage.series.go_to(date(2025, 2, 1))
        assert stage.get("/v1/series/1/distributions")["data"] == []
        assert stage.done("/v1/series/1/distributions/record", "servicer")["result"]["epoch"] == 0
        recorded = stage.get("/v1/series/1/distributions/0", "holder")
        assert (recorded["state"], recorded["amount"], recorded["units"]) == ("recorded", None, yuan("2000.00"))
        rent(stage, 1)
        (came,) = stage.get("/v1/series/1/collections", "holder")["data"]
        assert came["amount"] == yuan("1600.00") == stage.get("/v1/series/1/pool")["data"][0]["collected"]
        assert came["receivable"] == stage.get("/v1/series/1/pool")["data"][0]["id"]
        funded = stage.done("/v1/series/1/distributions", "servicer")["result"]
        fall = funded["waterfall"]
        assert (funded["amount"], fall["available"], fall["coupon"]) == (yuan("20.00"), yuan("1600.00"), yuan("20.00"))
        run = stage.done("/v1/series/1/payments", "servicer", {"epoch": 0})["result"]
        assert (run["paid"], run["unpaid"]) == (yuan("20.00"), yuan("0.00"))
        assert paid(stage, 0) == {ALICE: "10.00", BOB: "10.00"} and paid(stage, 0, "holder") == {ALICE: "10.00"}
        accounts, left = stage.series.view("accounts"), stage.get("/v1/series/1")["accounts"]
        for ours, theirs in (("sinking", "sinking"), ("residual", "residualPayable"), ("trapped", "trapped")):
            minor = getattr(accounts, theirs)
            assert left[ours] == yuan(f"{minor // 100}.{minor % 100:02}"), ours
        assert left["cash"] == yuan("1580.00")

        for number in (2, 3):
            stage.series.go_to(date(2025, number + 1, 1))
            rent(stage, number)
            done = stage.done("/v1/series/1/payment-dates", "servicer", {"period": number - 1})["result"]
            assert (done["paid"], done["reconciled"]) == (yuan("20.00"), True)
        assert done["redemptionEpoch"] == 3 and paid(stage, 3) == {ALICE: "1000.00", BOB: "1000.00"}
        last = stage.get("/v1/series/1/distributions/3")
        assert (last["kind"], last["amount"], last["paid"]) == ("redemption", yuan("2000.00"), yuan("2000.00"))
        assert [one["epoch"] for one in stage.get("/v1/series/1/distributions")["data"]] == [0, 1, 2, 3]
        again = stage.done("/v1/series/1/redemptions", "servicer")["result"]
        assert (again["epoch"], again["paid"]) == (3, yuan("2000.00"))
        found = stage.get("/v1/series/1")
        assert (found["state"], found["outstanding"], found["collected"]) == ("Redeemed", yuan("0.00"), yuan("4800.00"))
        assert stage.get("/v1/receipts?series=1")["data"] == []

        # 4,800.00 came in, 2,060.00 went to holders, and there are no fees.
        assert stage.done("/v1/series/1/pay-residual", "servicer")["result"]["amount"] == yuan("2740.00")
        assert stage.done("/v1/series/1/sweep", "servicer")["result"]["amount"] == yuan("0.00")
        assert stage.done("/v1/series/1/pay-fees", "servicer")["result"]["amount"] == yuan("0.00")
        assert stage.series.cash_held() == 0 and stage.get("/v1/series/1")["accounts"]["cash"] == yuan("0.00")


def test_what_is_not_due_is_refused(stage: Stage) -> None:
    for path, body, name in (
        ("distributions/record", None, "TooEarly"),
        ("distributions", None, "RecordState"),
        ("sweep", None, "WrongState"),
    ):
        found = stage.done(f"/v1/series/1/{path}", "servicer", body, "failed")["problem"]
        assert found["error"]["name"] == name
    for path, body in (("payments", {"epoch": 0}), ("payment-dates", {"period": 1}), ("redemptions", None)):
        found = stage.done(f"/v1/series/1/{path}", "servicer", body, "failed")["problem"]
        assert found["type"] == "/problems/rule"
    stage.post("/v1/series/1/distributions/0/close", "servicer", None, 404)
    stage.get("/v1/series/1/distributions/7", status=404)
    stage.get(f"/v1/series/1/distributions/{2**31}", status=422)
    stage.get("/v1/payments?epoch=0", status=422)
    for path in ("payments", "subscriptions", "receipts"):
        assert stage.get(f"/v1/{path}?series=999")["data"] == []
    stage.get(f"/v1/payments?holder={BOB}", "holder", 403)


def test_collections_are_checked(stage: Stage) -> None:
    path, good = "/v1/series/1/collections", {"receivable": "R1-SMALL", "amount": yuan("1.00")}
    other = {**good, "amount": {"amount": "1.00", "currency": "USD"}}
    found = stage.post(path, "servicer", {"collections": [good, other]}, 422)
    assert found["errors"][0]["field"] == "collections.1.amount.currency"
    stage.post(path, "servicer", {"collections": [{**good, "amount": yuan("0.00")}]}, 422)
    stage.post(path, "servicer", {"collections": [good] * 1_001}, 422)
    unknown = stage.done(path, "servicer", {"collections": [{**good, "receivable": "R9"}]}, "failed")["problem"]
    assert unknown["errors"][0]["found"] == "R9"
    poor = stage.done(path, "servicer", {"collections": [good]}, "failed")["problem"]
    assert poor["errors"][0]["found"] == "0.00" and stage.get(path)["data"] == []
    usd = {"account": ALICE, "amount": {"amount": "1.00", "currency": "USD"}}
    stage.post("/v1/cash", "administrator", usd, 422)
