"""What investors do with a series themselves, signed with their own keys: from the subscription to the redemption, and
the way out of an offering that fails. 2,000.00 at 12 % for three months: 20.00 of coupon a month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_typed_data

from ledger.services import cash, collections, distribution, issuance
from ledger.services.series import Series
from tests.api.stage import Stage, staged
from tests.api.test_holding import cny, mine, prepare, sign
from tests.services.small import HOLDERS, RENT, offered, small_case, subscribed

ALICE, BOB, _ = (account.address for account in HOLDERS)


def wallet_cash(series: Series, holder: str = ALICE) -> int:
    """Minor units, as the token has them."""
    return cash.balance(series, holder)


def send(stage: Stage, found: Any, who: str = "holder") -> None:
    """All that was prepared, signed and sent in its order."""
    account = HOLDERS[0] if who == "holder" else HOLDERS[1]
    for tx in found["transactions"]:
        stage.done("/v1/transactions", who, sign(tx, account))


@pytest.fixture
def offering(stage: Stage) -> tuple[str, Series]:
    """Another series, in its offering; Alice has 500.00."""
    code = f"S{stage.ledger.node.block_number()}"
    case = small_case(code)
    series = offered(stage.ledger, case)
    cash.mint(series, ALICE, 50_000)
    stage.ledger.sync()
    return f"/v1/series/{series.slot}", series


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """In the days of the offering: the first series waits for its issue."""
    with staged(issued=False) as made:
        yield made


def test_an_allowance_and_a_subscription(stage: Stage, offering: tuple[str, Series]) -> None:
    path, series = offering
    before = wallet_cash(series)
    found = prepare(stage, f"{path}/subscriptions", {"units": cny("120.00")})
    assert len(found["transactions"]) == 2 and wallet_cash(series) == before
    changes = {(one["holder"], one["asset"]): one["amount"] for one in found["preview"]["changes"]}
    assert (changes[ALICE, "cash"], changes[ALICE, "units"]) == ("-120.000000", "120.00")
    send(stage, found)
    receipt = found["preview"]["result"]["receipt"]
    assert mine(stage)[receipt] == "120.00" and wallet_cash(series) == before - 12_000
    assert series.cash.view(stage.ledger.node, "allowance", ALICE, series.spv.address) == 0
    (listed,) = stage.get(f"/v1/subscriptions?series={series.slot}", "holder")["data"]
    assert (listed["receipt"], listed["units"]) == (receipt, cny("120.00"))


def test_a_permit_takes_one_transaction(stage: Stage, offering: tuple[str, Series]) -> None:
    path, series = offering
    asked = stage.get(f"{path}/subscriptions/typed-data?units=80.00", "holder")
    # The offering ends on 2024-12-31 in the zone +08:00.
    assert asked["deadline"] == "2024-12-31T15:59:59Z"
    data = asked["typedData"]
    assert data["message"]["value"] == "80000000" and data["message"]["spender"] == series.spv.address
    signed = EthAccount.sign_message(encode_typed_data(full_message=data), HOLDERS[0].secret())
    permit = {"deadline": asked["deadline"], "signature": "0x" + bytes(signed.signature).hex()}
    found = prepare(stage, f"{path}/subscriptions", {"units": cny("80.00"), "permit": permit})
    before = wallet_cash(series)
    assert len(found["transactions"]) == 1
    send(stage, found)
    assert mine(stage)[found["preview"]["result"]["receipt"]] == "80.00" and wallet_cash(series) == before - 8_000

    other = prepare(stage, f"{path}/subscriptions", {"units": cny("81.00"), "permit": permit}, 422)
    assert other["error"]["name"] == "ERC20InsufficientAllowance"
    short = {**permit, "signature": "0x" + "ab" * 64}
    wrong = prepare(stage, f"{path}/subscriptions", {"units": cny("80.00"), "permit": short}, 422)
    assert wrong["errors"][0]["field"] == "permit.signature"


def test_what_cannot_be_bought_is_not_prepared(stage: Stage, offering: tuple[str, Series]) -> None:
    path, _ = offering
    for units, name in (("3000.01", "OverSubscribed"), ("3000.00", "ERC20InsufficientBalance")):
        assert prepare(stage, f"{path}/subscriptions", {"units": cny(units)}, 422)["error"]["name"] == name
    zero = prepare(stage, f"{path}/subscriptions", {"units": cny("0.00")}, 422)
    assert zero["errors"][0]["field"] == "units.amount"
    for wrong in ("/v1/series/999/subscriptions", "/v1/series/999/take-back", "/v1/series/999/claim"):
        body = None if wrong.endswith("back") else {"units": cny("1.00")} if "subs" in wrong else {}
        prepare(stage, wrong, body, 404)
    stage.get("/v1/series/999/subscriptions/typed-data?units=1", "holder", 404)
    stage.get(f"{path}/subscriptions/typed-data?units=1.001", "holder", 422)


def test_what_was_paid_for_a_cancelled_series_is_taken_back(stage: Stage, offering: tuple[str, Series]) -> None:
    path, series = offering
    subscribed(series, 10_000, 20_000)
    stage.ledger.sync()
    before, others = wallet_cash(series), wallet_cash(series, BOB)
    early = prepare(stage, f"{path}/take-back", None, 422)
    assert early["error"]["name"] == "NotFailed"
    issuance.cancel(series)
    found = prepare(stage, f"{path}/take-back", None)
    assert found["preview"]["result"]["amount"] == cny("100.00") and len(found["transactions"]) == 1
    send(stage, found)
    assert (wallet_cash(series), wallet_cash(series, BOB)) == (before + 10_000, others)
    assert prepare(stage, f"{path}/take-back", None, 422)["type"] == "/problems/rule"


def test_an_investor_fetches_coupons_and_principal_alone() -> None:
    """Nobody makes a payment run. What moved after a record is paid to who had it then."""
    with staged() as stage:
        series, token = stage.series, str(stage.receipts[0])
        path = f"/v1/series/{series.slot}"
        assert prepare(stage, f"{path}/claim", {}, 422)["type"] == "/problems/rule"
        for number in range(3):
            series.go_to(date(2025, number + 2, 1))
            cash.mint(series, stage.ledger.deployment.operator, RENT)
            collections.collect(series, [(f"R{number + 1}-SMALL", RENT)], key=f"rent {number}")
            distribution.fix_record(series)
            if number == 0:  # 400.00 of 1,000.00 go to Bob after the record: this coupon is Alice's still
                body = {"to": BOB, "units": cny("400.00")}
                send(stage, prepare(stage, f"/v1/receipts/{token}/transfer", body))
            distribution.fund(series)
        stage.ledger.sync()
        before = wallet_cash(series)
        found = prepare(stage, f"{path}/claim", {"epoch": 1})
        # 10.00 for 1,000.00, then 6.00 for 600.00.
        assert found["preview"]["result"] == {"series": "1", "epochs": [0, 1], "amount": cny("16.00")}
        send(stage, found)
        assert wallet_cash(series) == before + 1_600
        again = prepare(stage, f"{path}/claim", {"epoch": 1}, 422)
        assert again["type"] == "/problems/rule"
        rest = prepare(stage, f"{path}/claim", {})
        assert rest["preview"]["result"] == {"series": "1", "epochs": [2, 3], "amount": cny("606.00")}
        send(stage, rest)
        assert wallet_cash(series) == before + 62_200 and mine(stage) == {}
        listed = stage.get("/v1/payments?series=1", "holder")["data"]
        assert [one["amount"]["amount"] for one in listed] == ["10.00", "6.00", "6.00", "600.00"]
        # Bob: 10.00 + 14.00 + 14.00 and 1,400.00, by the servicer.
        distribution.pay_all(series, 3)
        stage.ledger.sync()
        assert wallet_cash(series, BOB) == 143_800 and stage.get(path)["state"] == "Redeemed"


def test_a_series_that_nobody_issues_is_declared_failed_on_the_way() -> None:
    """It missed its soft cap of 1,000.00, and the servicer is away."""
    with staged(issued=False) as stage:
        series = offered(stage.ledger, small_case("MISSED"))
        subscribed(series, 10_000)
        series.go_to(date(2025, 1, 1))
        stage.ledger.sync()
        found = prepare(stage, f"/v1/series/{series.slot}/take-back", None)
        assert len(found["transactions"]) == 2
        before = wallet_cash(series)
        send(stage, found)
        assert wallet_cash(series) == before + 10_000
        assert stage.get(f"/v1/series/{series.slot}")["state"] == "Failed"
