"""Nodes and the fixture contract for the tests of ``ledger.chain``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import DevNode, TxReceipt
from ledger.chain.rpc import AnvilNode, connect
from ledger.chain.server import Server
from ledger.chain.signing import Account, Transaction
from tests.nodes import mining, running_anvil

FIXTURES = Path(__file__).resolve().parent / "fixtures"

Send = Callable[..., TxReceipt]


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
    return mined(node, signed.hash)


def mined(node: DevNode, tx_hash: bytes) -> TxReceipt:
    """Wait for the receipt."""
    until = time.monotonic() + 30
    while (receipt := node.receipt(tx_hash)) is None:
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
    with running_anvil() as found:
        yield found.node


@pytest.fixture(scope="session")
def anvil_mined() -> Iterator[AnvilNode]:
    """One that mines nothing by itself: somebody else does."""
    with running_anvil("--no-mining") as found, mining(found):
        yield found.node


@pytest.fixture(scope="session")
def anvil_timed() -> Iterator[AnvilNode]:
    """One with a block every now and then, whatever is sent: every second in `make deep`."""
    with running_anvil("--block-time", os.environ.get("BLOCK_TIME", "0.2")) as found:
        yield found.node


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


@pytest.fixture(params=["embedded", "served", "anvil", "anvil_mined", "anvil_timed"])
def node(request: pytest.FixtureRequest) -> DevNode:
    """Each kind of node that the ledger runs on."""
    found: DevNode = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["embedded", "served", "anvil", "anvil_mined"])
def quiet_node(request: pytest.FixtureRequest) -> DevNode:
    """Those that make no block unless something happens."""
    found: DevNode = request.getfixturevalue(request.param)
    return found
