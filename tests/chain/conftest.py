"""Nodes and the fixture contract for the tests of ``ledger.chain``."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.evm import CHAIN_ID, GENESIS_TIME
from ledger.chain.node import DevNode, TxReceipt
from ledger.chain.rpc import AnvilNode, connect
from ledger.chain.server import Server
from ledger.chain.signing import Account, Transaction
from ledger.errors import ChainError

FIXTURES = Path(__file__).resolve().parent / "fixtures"
ROOT = FIXTURES.parents[2]

Send = Callable[..., TxReceipt]


def foundry_binary(name: str) -> str | None:
    """A program of Foundry as the contracts' npm packages install it, or on the PATH."""
    found = sorted(ROOT.glob(f"contracts/node_modules/@foundry-rs/{name}-*/bin/{name}"))
    return str(found[0]) if found else shutil.which(name)


def transact(
    node: DevNode, account: Account, to: str | None, data: bytes = b"", *, value: int = 0, gas: int | None = None
) -> TxReceipt:
    """Sign with the next nonce, send, and wait for the receipt."""
    fees = node.fees()
    signed = account.sign_transaction(
        Transaction(
            chain_id=node.chain_id(),
            nonce=node.nonce(account.address),
            max_priority_fee=fees.priority_fee,
            max_fee=fees.max_fee(),
            gas=gas or 3_000_000,
            to=to,
            value=value,
            data=data,
        )
    )
    assert node.send_raw(signed.raw) == signed.hash
    until = time.monotonic() + 10
    while (receipt := node.receipt(signed.hash)) is None:
        assert time.monotonic() < until, "the transaction was not mined"
        time.sleep(0.01)
    return receipt


def deploy(node: DevNode, contract: Contract, *args: object) -> Bound:
    """The contract, newly deployed by dev account 0."""
    receipt = transact(node, dev_account(0), None, contract.creation(*args))
    assert receipt.status == 1 and receipt.contract_address is not None
    return Bound(contract, receipt.contract_address)


@pytest.fixture(scope="session")
def probe() -> Contract:
    return Contract("Probe", directory=FIXTURES)


@pytest.fixture(scope="session")
def anvil() -> Iterator[AnvilNode]:
    binary = foundry_binary("anvil")
    if binary is None:
        pytest.skip("anvil is not installed: npm ci in contracts/")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "--port": port,
        "--chain-id": CHAIN_ID,
        "--timestamp": GENESIS_TIME,
        "--base-fee": 7,
        "--gas-limit": 100_000_000,
        "--hardfork": "prague",
    }
    arguments = [str(part) for pair in settings.items() for part in pair]
    process = subprocess.Popen([binary, "--silent", *arguments])
    try:
        until = time.monotonic() + 20
        while True:
            try:
                node = connect(f"http://127.0.0.1:{port}")
                break
            except ChainError:
                assert process.poll() is None and time.monotonic() < until, "anvil does not start"
                time.sleep(0.05)
        assert isinstance(node, AnvilNode)
        yield node
        node.close()
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def embedded() -> Iterator[EmbeddedNode]:
    node = EmbeddedNode()
    yield node
    node.close()


@pytest.fixture(scope="session")
def served() -> Iterator[AnvilNode]:
    """An embedded chain behind JSON-RPC, as another process sees it."""
    behind = EmbeddedNode()
    with closing(behind), Server(behind, port=0) as server:
        found = connect(server.url)
        assert isinstance(found, AnvilNode)
        with closing(found):
            yield found


@pytest.fixture(params=["embedded", "served", "anvil"])
def node(request: pytest.FixtureRequest) -> DevNode:
    """Each kind of node that the ledger runs on."""
    found: DevNode = request.getfixturevalue(request.param)
    return found
