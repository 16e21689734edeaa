"""The served chain in the hands of Foundry's `cast`, which knows nothing of us."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.primitives import keccak
from ledger.chain.server import Server
from tests.nodes import foundry_binary

from .conftest import deploy, transact

ADMIN, ALICE, BOB = (dev_account(index) for index in range(3))

Cast = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cast(embedded: EmbeddedNode, tmp_path: Path) -> Iterator[Cast]:
    binary = foundry_binary("cast")
    if binary is None:
        pytest.skip("cast is not installed: npm ci in contracts/")
    with Server(embedded, port=0) as server:

        def run(*args: str) -> subprocess.CompletedProcess[str]:
            settings = {**os.environ, "ETH_RPC_URL": server.url, "HOME": str(tmp_path)}
            return subprocess.run(
                [binary, *args], env=settings, capture_output=True, text=True, check=False, timeout=60
            )

        yield run


@pytest.fixture
def cash(embedded: EmbeddedNode) -> Bound:
    authority = deploy(embedded, Contract("AccessManager"), ADMIN.address)
    return deploy(embedded, Contract("SettlementCash"), authority.address, "Settlement cash", "sCNY")


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_cast_reads(cast: Cast, embedded: EmbeddedNode, cash: Bound) -> None:
    assert said(cast("block-number")) == "2" and said(cast("chain-id")) == "20250102"
    assert said(cast("client")).startswith("crt-node/")
    assert said(cast("call", cash.address, "symbol()(string)")) == '"sCNY"'
    assert said(cast("call", cash.address, "balanceOf(address)(uint256)", BOB.address)) == "0"
    assert said(cast("code", cash.address)) == "0x" + embedded.code(cash.address).hex()
    assert said(cast("balance", BOB.address)) == str(10**27) and said(cast("nonce", ADMIN.address)) == "2"
    block = json.loads(said(cast("block", "latest", "--json")))
    assert block["hash"] == "0x" + embedded.block().hash.hex()


def test_cast_sends(cast: Cast, embedded: EmbeddedNode, cash: Bound) -> None:
    minted = transact(embedded, ADMIN, cash.address, cash.call_data("mint", ALICE.address, 1_000))
    assert (minted.status, minted.block_number) == (1, 3)
    key = "0x" + ALICE.secret().hex()
    for kind in ((), ("--legacy",)):
        transfer = ("transfer(address,uint256)", BOB.address, "250")
        receipt = json.loads(said(cast("send", cash.address, *transfer, "--private-key", key, "--json", *kind)))
        assert receipt["status"] == "0x1" and receipt["type"] == ("0x0" if kind else "0x2")
        assert json.loads(said(cast("receipt", receipt["transactionHash"], "--json")))["gasUsed"] == receipt["gasUsed"]
    assert said(cast("call", cash.address, "balanceOf(address)(uint256)", BOB.address)) == "500"
    logs = json.loads(said(cast("logs", "--from-block", "4", "--address", cash.address, "--json")))
    assert [log["topics"][0] for log in logs] == ["0x" + keccak(b"Transfer(address,address,uint256)").hex()] * 2
    created = json.loads(said(cast("send", "--private-key", key, "--json", "--create", "0x6001600055")))
    assert created["status"] == "0x1"
    assert int(said(cast("storage", created["contractAddress"], "0")), 16) == 1


def test_cast_sees_why_it_is_refused(cast: Cast, cash: Bound) -> None:
    transfer = (cash.address, "transfer(address,uint256)", BOB.address, "5")
    selector = keccak(b"ERC20InsufficientBalance(address,uint256,uint256)")[:4].hex()
    for command in (("call", "--from", ALICE.address), ("estimate", "--from", ALICE.address)):
        refused = cast(*command, *transfer)
        assert refused.returncode != 0
        assert "execution reverted" in refused.stderr and f"0x{selector}" in refused.stderr
    poor = "0x" + "11" * 32
    refused = cast("send", BOB.address, "--value", "1", "--private-key", poor)
    assert refused.returncode != 0 and "insufficient funds" in refused.stderr.lower()


def test_cast_moves_the_clock_and_the_coins(cast: Cast, embedded: EmbeddedNode) -> None:
    someone = "0x" + "ab" * 20
    said(cast("rpc", "evm_setNextBlockTimestamp", "1735776000"))
    said(cast("rpc", "evm_mine"))
    assert embedded.block().timestamp == 1_735_776_000
    said(cast("rpc", "anvil_setBalance", someone, "0xde0b6b3a7640000"))
    assert said(cast("balance", someone, "--ether")) == "1.000000000000000000"
