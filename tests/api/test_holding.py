"""What holders do: prepared, signed with their own keys, and sent; and what a dry run shows of others' writes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledger.chain.signing import Account, Transaction
from tests.api.stage import Stage
from tests.services.small import HOLDERS


def sign(shown: dict[str, Any], account: Account = HOLDERS[0]) -> dict[str, str]:
    tx = Transaction(
        shown["chainId"],
        shown["nonce"],
        int(shown["maxPriorityFeePerGas"]),
        int(shown["maxFeePerGas"]),
        int(shown["gas"]),
        shown["to"],
        int(shown["value"]),
        bytes.fromhex(shown["data"][2:]),
    )
    return {"raw": "0x" + account.sign_transaction(tx).raw.hex()}


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def prepare(stage: Stage, path: str, body: Any, status: int = 200, who: str = "holder") -> Any:
    answer = stage.ask("POST", path, who, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def mine(stage: Stage, who: str = "holder") -> dict[str, str]:
    return {one["id"]: one["units"]["amount"] for one in stage.get("/v1/receipts", who)["data"]}


def test_split_move_merge_and_transfer(stage: Stage) -> None:
    token, other = map(str, stage.receipts)
    before = stage.ledger.node.block_number()
    found = prepare(stage, f"/v1/receipts/{token}/split", {"units": [cny("250.00"), cny("0.01")]})
    assert stage.ledger.node.block_number() == before and mine(stage) == {token: "1000.00"}
    (tx,), shown = found["transactions"], found["preview"]
    assert len(shown["result"]["receipts"]) == 2 and "SlotChanged" in [one["name"] for one in shown["events"]]
    assert shown["changes"] == []  # the holder has as much as before
    stage.done("/v1/transactions", "holder", sign(tx))
    first, second = shown["result"]["receipts"]
    assert mine(stage) == {token: "749.99", first: "250.00", second: "0.01"}

    found = prepare(stage, f"/v1/receipts/{token}/merge", {"receipts": [second]})
    stage.done("/v1/transactions", "holder", sign(found["transactions"][0]))
    assert mine(stage) == {token: "750.00", first: "250.00"}

    found = prepare(stage, f"/v1/receipts/{first}/move", {"to": other, "units": cny("50.00")})
    changes = {(one["holder"], one["asset"]): one["amount"] for one in found["preview"]["changes"]}
    assert changes == {(HOLDERS[0].address, "units"): "-50.00", (HOLDERS[1].address, "units"): "50.00"}
    stage.done("/v1/transactions", "holder", sign(found["transactions"][0]))
    assert mine(stage)[first] == "200.00" and mine(stage, "other holder") == {other: "1050.00"}

    found = prepare(stage, f"/v1/receipts/{first}/transfer", {"to": HOLDERS[1].address})
    stage.done("/v1/transactions", "holder", sign(found["transactions"][0]))
    assert mine(stage) == {token: "750.00"} and mine(stage, "other holder") == {first: "200.00", other: "1050.00"}

    found = prepare(stage, f"/v1/receipts/{token}/transfer", {"to": HOLDERS[1].address, "units": cny("1.00")})
    stage.done("/v1/transactions", "holder", sign(found["transactions"][0]))
    assert mine(stage) == {token: "749.00"}


def test_what_is_not_allowed_is_not_prepared(stage: Stage) -> None:
    token, other = map(str, stage.receipts)
    prepare(stage, f"/v1/receipts/{other}/split", {"units": [cny("1.00")]}, 404)
    assert prepare(stage, f"/v1/receipts/{token}/split", {"units": [cny("1.001")]}, 422)["type"] == "/problems/invalid"
    usd = {"amount": "1.00", "currency": "USD"}
    for some, whole in (["749.00"], "749.00"), (["748.99", "0.01"], "749.00"), (["749.01"], "749.01"):
        (error,) = prepare(stage, f"/v1/receipts/{token}/split", {"units": [*map(cny, some)]}, 422)["errors"]
        assert (error["field"], error["expected"], error["found"]) == ("units", "less than 749.00 in all", whole)
    (error,) = prepare(stage, f"/v1/receipts/{token}/split", {"units": [cny("1.001")]}, 422)["errors"]
    assert error["expected"] == "an amount in CNY such as 1234.50: at most 2 decimals"
    assert "another currency" in prepare(stage, f"/v1/receipts/{token}/split", {"units": [usd]}, 422)["detail"]
    found = prepare(stage, f"/v1/receipts/{token}/transfer", {"to": "0x" + "77" * 20}, 422)
    assert found["type"] == "/problems/reverted" and found["error"]["name"] == "NotEligible"
    prepare(stage, f"/v1/receipts/{token}/split", {"units": [cny("1.00")]}, 403, "administrator")


def test_who_is_let_moves_what_is_not_theirs_and_nobody_else(stage: Stage) -> None:
    """Bob for Alice: up to an amount, then a whole receipt, then all of hers."""
    token, bob = str(stage.receipts[0]), HOLDERS[1].address
    theirs, before = f"/v1/receipts/{token}", stage.get(f"/v1/receipts/{stage.receipts[0]}")["units"]["amount"]

    def let(path: str, body: Any) -> None:
        stage.done("/v1/transactions", "holder", sign(prepare(stage, path, body)["transactions"][0]))

    def units() -> Decimal:
        return Decimal(mine(stage)[token])

    def take(amount: str, status: int = 200) -> Any:
        return prepare(stage, f"{theirs}/transfer", {"to": bob, "units": cny(amount)}, status, "other holder")

    assert take("1.00", 404)["detail"] == f"there is no receipt {token} of yours"
    let(f"{theirs}/approval", {"spender": bob, "units": cny("5.00")})
    assert take("5.01", 422)["error"]["name"] == "InsufficientAllowance"
    stage.done("/v1/transactions", "other holder", sign(take("5.00")["transactions"][0], HOLDERS[1]))
    assert units() == Decimal(before) - 5
    take("0.01", 404)  # it is used up
    let(f"{theirs}/approval", {"spender": bob})
    take("7.00")
    let(f"{theirs}/approval", {"spender": None})
    take("7.00", 404)
    let("/v1/receipts/operators", {"operator": bob, "approved": True})
    found = prepare(stage, f"{theirs}/split", {"units": [cny("2.00")]}, who="other holder")
    stage.done("/v1/transactions", "other holder", sign(found["transactions"][0], HOLDERS[1]))
    assert units() == Decimal(before) - 7 and found["preview"]["result"]["receipts"][0] in mine(stage)
    prepare(stage, f"{theirs}/approval", {"spender": bob}, 404, "other holder")  # owners alone
    let("/v1/receipts/operators", {"operator": bob, "approved": False})
    take("1.00", 404)
    wrong = prepare(stage, f"{theirs}/approval", {"spender": None, "units": cny("1.00")}, 422)
    assert wrong["errors"][0]["field"] == "spender"


def test_a_dry_run_shows_what_comes_and_does_nothing(stage: Stage) -> None:
    path, before = f"/v1/receipts/{stage.receipts[0]}/freeze", stage.ledger.node.block_number()
    answer = stage.ask("POST", f"{path}?dryRun=true", "compliance", json={"reason": "court"})
    shown = answer.json()
    assert answer.status_code == 200 and shown["result"] == {"receipt": str(stage.receipts[0]), "frozen": True}
    assert stage.ledger.node.block_number() == before
    assert stage.get(f"/v1/receipts/{stage.receipts[0]}")["frozen"] is False
    names = [one["name"] for one in shown["events"]]
    assert "ReceiptFrozen" in names
    found = stage.done(path, "compliance", {"reason": "court"})
    receipt = stage.ledger.node.receipt(bytes.fromhex(found["transactions"][0]["hash"][2:]))
    assert receipt is not None
    happened = [event.name for event in stage.ledger.receipts.events(receipt.logs)]
    assert [name for name in names if name != "OperationExecuted"] == happened
    stage.done(path.replace("freeze", "release"), "compliance", {"reason": "lifted"})
    wrong = stage.ask(
        "POST", "/v1/receipts/18446744073709551999/freeze?dryRun=true", "compliance", json={"reason": "x"}
    )
    assert wrong.status_code == 422 and wrong.json()["error"]["name"]
