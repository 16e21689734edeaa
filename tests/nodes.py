"""Nodes that tests start as processes: anvil as it is wanted, and `crt node`."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ledger.chain.evm import CHAIN_ID, GENESIS_TIME
from ledger.chain.node import Node, TxReceipt
from ledger.chain.rpc import AnvilNode, connect
from ledger.errors import ChainError

__all__ = ["ROOT", "Anvil", "foundry_binary", "free_port", "mining", "running_anvil", "running_node"]

ROOT = Path(__file__).resolve().parents[1]


def foundry_binary(name: str) -> str | None:
    """A program of Foundry as the contracts' npm packages install it, or on the PATH."""
    found = sorted(ROOT.glob(f"contracts/node_modules/@foundry-rs/{name}-*/bin/{name}"))
    return str(found[0]) if found else shutil.which(name)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Anvil:
    """An anvil that can be killed and started again at the same address. ``node`` asks it directly."""

    def __init__(self, *options: str) -> None:
        binary = foundry_binary("anvil")
        if binary is None:
            pytest.skip("anvil is not installed: npm ci in contracts/")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._binary = binary
        self.start(*options)
        found = connect(self.url)
        assert isinstance(found, AnvilNode)
        self.node = found

    def start(self, *options: str) -> None:
        common: dict[str, object] = {"--port": self.port, "--chain-id": CHAIN_ID, "--base-fee": 7}
        common |= {"--gas-limit": 100_000_000, "--hardfork": "prague"}
        if "--load-state" not in options:  # or the clock would go back
            common["--timestamp"] = GENESIS_TIME
        rest = [str(part) for pair in common.items() if pair[0] not in options for part in pair]
        self._process = subprocess.Popen([self._binary, "--silent", *rest, *options])
        until = time.monotonic() + 20
        while True:
            try:
                with closing(connect(self.url)):
                    return
            except ChainError:
                assert self._process.poll() is None and time.monotonic() < until, "anvil does not start"
                time.sleep(0.02)

    def kill(self) -> None:
        """As a loss of power."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.node.close()
        self.kill()


@contextmanager
def running_anvil(*options: str) -> Iterator[Anvil]:
    with closing(Anvil(*options)) as anvil:
        yield anvil


def block_receipts(node: Node, number: int) -> list[TxReceipt | None]:
    """Of all transactions of a block."""
    return node.receipts([tx.hash for tx in node.transactions(number)])


@contextmanager
def mining(anvil: Anvil) -> Iterator[None]:
    """Somebody who mines whenever something waits, as the test of a node that does not by itself."""
    ended, node = threading.Event(), AnvilNode(anvil.url)

    def mine() -> None:
        while not ended.wait(0.005):
            if int(node.request("txpool_status")["pending"], 16):
                node.mine()

    thread = threading.Thread(target=mine)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        node.close()


@contextmanager
def running_node(chain: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`crt node` as a process, and where it listens."""
    command = [sys.executable, "-c", "from ledger.cli import main; main()", "node"]
    process = subprocess.Popen(
        [*command, "--chain", str(chain), "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().removeprefix("listening on ").strip()
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
