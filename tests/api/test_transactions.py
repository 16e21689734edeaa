"""Transactions that holders sign: checked, sent, and followed."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account as EthAccount

from ledger.chain.signing import Account, Transaction
from tests.api.stage import Stage
from tests.services.small import HOLDERS


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


def test_a_nonce_that_another_transaction_took(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    monkeypatch.setattr("ledger.services.relay._BEHIND", timedelta(0))
    nonce = stage.ledger.node.nonce(HOLDERS[0].address) - 1
    found = stage.done("/v1/transactions", "holder", raw(split(stage, stage.receipts[0], [1], nonce=nonce)), "failed")
    assert "took its place" in found["problem"]["detail"]


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
