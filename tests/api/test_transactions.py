"""Transactions that holders sign: checked, sent, and followed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from eth_account import Account as EthAccount
from starlette.testclient import TestClient

from api.app import create_app
from ledger.chain.devkeys import dev_account
from ledger.chain.node import DevNode, Node
from ledger.chain.raw import read_transaction
from ledger.chain.signing import Account, Transaction
from ledger.errors import InputError
from ledger.services import relay
from ledger.services.commands import UnderWay
from tests.api.stage import MANY, Stage
from tests.services.small import HOLDERS


class Shared:
    """A node that does nothing that only a local chain does."""

    def __init__(self, node: Node) -> None:
        for name in vars(Node):
            if not name.startswith("_"):
                setattr(self, name, getattr(node, name))


def split(stage: Stage, token: int, units: list[int], account: Account = HOLDERS[0], **other: Any) -> Transaction:
    fees = stage.ledger.node.fees()
    fields = {
        "chain_id": stage.ledger.node.chain_id(),
        "nonce": stage.ledger.node.nonce(account.address),
        "max_priority_fee": fees.priority_fee,
        "max_fee": fees.max_fee(),
        "gas": 400_000,
        "to": stage.ledger.receipts.address,
        "data": stage.ledger.receipts.call_data("split", token, units),
        **other,
    }
    return Transaction(**fields)


def raw(tx: Transaction, account: Account = HOLDERS[0]) -> dict[str, str]:
    return {"raw": "0x" + account.sign_transaction(tx).raw.hex()}


def test_a_holder_splits_a_receipt_with_a_wallet_of_its_own(stage: Stage) -> None:
    tx = split(stage, stage.receipts[0], [25_000])
    found = stage.done("/v1/transactions", "holder", raw(tx))
    assert found["result"]["sender"] == HOLDERS[0].address
    shown = stage.get("/v1/receipts", "holder")["data"]
    assert sorted(one["units"]["amount"] for one in shown) == ["250.00", "750.00"]
    again = stage.done("/v1/transactions", "holder", raw(tx))
    assert again["id"] != found["id"] and again["result"] == found["result"]
    assert len(stage.get("/v1/receipts", "holder")["data"]) == 2


def test_what_the_contract_refuses_fails_with_its_error(stage: Stage) -> None:
    found = stage.done("/v1/transactions", "holder", raw(split(stage, stage.receipts[0], [99_999_999])), "failed")
    assert found["problem"]["type"] == "/problems/reverted"
    assert found["problem"]["error"]["arguments"]["tokenId"] == str(stage.receipts[0])


def test_a_nonce_that_another_transaction_took(stage: Stage) -> None:
    nonce = stage.ledger.node.nonce(HOLDERS[0].address) - 1
    found = stage.post("/v1/transactions", "holder", raw(split(stage, stage.receipts[0], [1], nonce=nonce)), 422)
    assert "took its place" in found["detail"] and found["errors"][0]["found"] == f"nonce {nonce}"


def test_what_the_chain_could_not_take_is_not_kept(stage: Stage) -> None:
    """A nonce that is far off, a fee, and gas, counted by hand; and what is too long."""
    nonce, base_fee = stage.ledger.node.nonce(HOLDERS[0].address), stage.ledger.node.fees().base_fee
    plain = split(stage, stage.receipts[0], [1])
    data = b"\0" * 100 + b"\1" * 1_000
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"nonce": nonce + 17}, f"nonce {nonce} to {nonce + 16}", f"nonce {nonce + 17}"),
        ({"max_fee": base_fee - 1, "max_priority_fee": 0}, f"a maxFeePerGas of {base_fee} or more", str(base_fee - 1)),
        # 21,000 and 10 for each of 100 zeros and, four times, of 1,000 other bytes
        ({"gas": 61_999, "data": data}, "a gas limit of 62000 or more", "61999"),
    ]
    before = len(stage.get("/v1/operations?limit=1000", "holder")["data"])
    for other, expected, found in wrong:
        (error,) = stage.post("/v1/transactions", "holder", raw(replace(plain, **other)), 422)["errors"]
        assert (error["field"], error["expected"], error["found"]) == ("raw", expected, found)
    stage.post("/v1/transactions", "holder", {"raw": "0x" + "00" * 32_768}, 422)
    assert len(stage.get("/v1/operations?limit=1000", "holder")["data"]) == before


def test_a_wallet_without_coins_has_nothing_sent_on_a_chain_of_others(stage: Stage) -> None:
    """Where nobody hands out coins, they are the wallet's own: one wei less than the gas may cost is not enough."""
    poor = dev_account(77)
    node = Shared(stage.ledger.node)
    assert isinstance(node, Node) and not isinstance(node, DevNode)
    ledger = replace(stage.ledger, node=node)
    tx = split(stage, stage.receipts[0], [1], poor)
    signed = read_transaction(poor.sign_transaction(tx).raw)
    with pytest.raises(InputError, match="cannot pay") as refused:
        relay.check_payable(ledger, signed)
    assert (refused.value.expected, refused.value.found) == (f"{tx.gas * tx.max_fee} wei or more", "0 wei")
    dev = stage.ledger.node
    assert isinstance(dev, DevNode)
    dev.fund(poor.address, tx.gas * tx.max_fee - 1)
    with pytest.raises(InputError, match="cannot pay"):
        relay.check_payable(ledger, signed)
    dev.fund(poor.address, tx.gas * tx.max_fee)
    relay.check_payable(ledger, signed)


def test_it_is_not_tried_out(stage: Stage) -> None:
    tx = raw(split(stage, stage.receipts[0], [1]))
    nonce = stage.ledger.node.nonce(HOLDERS[0].address)
    found = stage.ask("POST", "/v1/transactions?dryRun=true", "holder", json=tx)
    assert found.status_code == 422 and found.json()["errors"][0]["field"] == "dryRun"
    assert stage.ledger.node.nonce(HOLDERS[0].address) == nonce


def test_a_wallet_has_so_many_sent_and_waiting(stage: Stage) -> None:
    """Nobody does them here: three may wait, and what was accepted is answered again."""
    nonce = stage.ledger.node.nonce(HOLDERS[1].address)
    shown = {"Authorization": f"Bearer {stage.tokens['other holder']}"}

    def send(client: TestClient, ahead: int) -> Any:
        body = raw(split(stage, stage.receipts[1], [1], HOLDERS[1], nonce=nonce + ahead), HOLDERS[1])
        return client.post("/v1/transactions", json=body, headers={"Idempotency-Key": f"wait-{ahead}"} | shown)

    with TestClient(create_app(stage.ledger, replace(MANY, most_open=3), works=False)) as client:
        first = [send(client, ahead) for ahead in range(3)]
        assert [one.status_code for one in first] == [202] * 3
        more = send(client, 3)
        assert more.status_code == 429 and "3 transactions" in more.json()["detail"] and "Retry-After" in more.headers
        assert [send(client, ahead).json()["id"] for ahead in range(3)] == [one.json()["id"] for one in first]
    with TestClient(create_app(stage.ledger, replace(MANY, relays=2), works=False)) as client:
        assert [send(client, ahead).status_code for ahead in (3, 4, 5)] == [202, 202, 429]
    stage.client.app.state.service.wake()  # type: ignore[attr-defined]
    for one in first:
        stage.ended(one.json()["id"], "other holder")


def test_what_no_block_takes_ends(stage: Stage) -> None:
    """With a fee too low: after a day; at once, after a minute, if its nonce went to another one; to whichever node."""
    node, ledger = stage.ledger.node, stage.ledger
    low = split(stage, stage.receipts[0], [1], max_fee=1, max_priority_fee=0)
    late = HOLDERS[0].sign_transaction(low).raw
    assert node.fees().base_fee > 1
    with pytest.raises(UnderWay):
        relay.relay(ledger, late, since=timedelta(hours=23))
    with pytest.raises(InputError, match="for a day"):
        relay.relay(ledger, late, since=timedelta(hours=25))
    stage.done("/v1/transactions", "holder", raw(split(stage, stage.receipts[0], [1])))
    with pytest.raises(InputError, match="took its place"):
        relay.relay(ledger, late, since=timedelta(minutes=2))
    with pytest.raises(UnderWay):
        relay.relay(ledger, late, since=timedelta(seconds=2))


@pytest.mark.parametrize(
    ("other", "detail"),
    [
        ({"chain_id": 1}, "another chain"),
        ({"to": HOLDERS[1].address}, "no contract of the ledger"),
        ({"to": None}, "no contract of the ledger"),
        ({"value": 1}, "moves coins"),
    ],
)
def test_others_are_refused_at_once(stage: Stage, other: dict[str, Any], detail: str) -> None:
    found = stage.post("/v1/transactions", "holder", raw(split(stage, stage.receipts[0], [1], **other)), 422)
    assert detail in found["detail"] and found["type"] == "/problems/invalid"


def test_a_holder_sends_its_own_only(stage: Stage) -> None:
    tx = split(stage, stage.receipts[1], [1], HOLDERS[1])
    assert "another wallet" in stage.post("/v1/transactions", "holder", raw(tx, HOLDERS[1]), 422)["detail"]
    stage.done("/v1/transactions", "administrator", raw(tx, HOLDERS[1]))


def test_others_spellings_are_read_as_eth_account_writes_them(stage: Stage) -> None:
    """A second implementation signs, with an access list."""
    tx = split(stage, stage.receipts[0], [100])
    given = {
        "type": 2,
        "chainId": tx.chain_id,
        "nonce": tx.nonce,
        "maxPriorityFeePerGas": tx.max_priority_fee,
        "maxFeePerGas": tx.max_fee,
        "gas": tx.gas,
        "to": tx.to,
        "value": 0,
        "data": tx.data,
        "accessList": [{"address": stage.ledger.receipts.address, "storageKeys": ["0x" + "00" * 32]}],
    }
    signed = EthAccount.sign_transaction(given, HOLDERS[0].secret())
    found = stage.done("/v1/transactions", "holder", {"raw": "0x" + signed.raw_transaction.hex().removeprefix("0x")})
    assert found["result"]["hash"] == "0x" + signed.hash.hex().removeprefix("0x")
