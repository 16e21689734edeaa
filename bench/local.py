"""What benches run on: anvil, empty databases, and how much of the machine somebody has used."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.chain.rpc import AnvilNode, connect
from ledger.errors import ChainError
from ledger.store.database import sqlite_url
from tests.store import databases

__all__ = ["Anvil", "anvil", "database_urls", "peak"]

ROOT = Path(__file__).resolve().parent.parent
GAS_LIMIT = 30_000_000_000
"""Of a block: so much that what a node can do is the limit, and not what a block may hold."""


@dataclass(frozen=True, slots=True)
class Anvil:
    """A running anvil."""

    url: str
    process: int

    def connect(self) -> AnvilNode:
        node = connect(self.url, timeout=120)
        assert isinstance(node, AnvilNode)
        return node

    def cpu(self) -> float:
        """Seconds of processor time that it has used; 0 where there is no /proc."""
        stat = Path(f"/proc/{self.process}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def anvil(block_time: float, *arguments: str) -> Iterator[Anvil]:
    """With blocks every so many seconds."""
    found = sorted(ROOT.glob("contracts/node_modules/@foundry-rs/anvil-*/bin/anvil"))
    binary = str(found[0]) if found else shutil.which("anvil")
    if binary is None:
        raise SystemExit("anvil is not installed: npm ci in contracts/")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ["--block-time", str(block_time), "--gas-limit", str(GAS_LIMIT), "--base-fee", "7"]
    settings += ["--hardfork", "prague", "--order", "fifo", "--port", str(port), *arguments]
    process = subprocess.Popen([binary, "--silent", *settings])
    try:
        made = Anvil(f"http://127.0.0.1:{port}", process.pid)
        until = time.monotonic() + 30
        while True:
            try:
                with closing(made.connect()):
                    break
            except ChainError:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit("anvil does not start") from None
                time.sleep(0.05)
        yield made
    finally:
        process.kill()
        process.wait()


@contextmanager
def database_urls(kinds: list[str]) -> Iterator[dict[str, str]]:
    """The addresses of empty databases of these kinds."""
    with TemporaryDirectory(prefix="crt-bench-") as home, ExitStack() as stack:
        server = stack.enter_context(databases.server()) if "postgresql" in kinds else ""
        made = {}
        for kind in kinds:
            if kind == "sqlite":
                made[kind] = sqlite_url(Path(home) / "ledger.sqlite")
            else:
                made[kind] = stack.enter_context(databases.empty(kind, Path(home), server))
        yield made


def peak() -> int:
    """The most bytes of memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
