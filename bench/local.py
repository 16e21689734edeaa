"""What benches run on: anvil, empty databases, and how much of the machine somebody has used."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.chain.rpc import AnvilNode, connect
from ledger.store.database import sqlite_url
from tests import nodes
from tests.store import databases

__all__ = ["GAS_LIMIT", "Anvil", "anvil", "cpu_of", "database_urls", "peak"]

GAS_LIMIT = 30_000_000_000
"""Of a block: so much that what a node can do is the limit, and not what a block may hold."""


def cpu_of(process: int) -> float:
    """Seconds of processor time that a process has used; 0 where there is no /proc."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Anvil(nodes.Anvil):
    """An anvil that says what it takes."""

    def connect(self) -> AnvilNode:
        """With more patience than tests have."""
        node = connect(self.url, timeout=120)
        assert isinstance(node, AnvilNode)
        return node

    def cpu(self) -> float:
        """Seconds of processor time that it has used; 0 where there is no /proc."""
        return cpu_of(self._process.pid)


@contextmanager
def anvil(block_time: float, *options: str, gas_limit: int = GAS_LIMIT) -> Iterator[Anvil]:
    """With blocks every so many seconds."""
    settings = ("--block-time", str(block_time), "--gas-limit", str(gas_limit), "--order", "fifo")
    with closing(Anvil(*settings, *options)) as made:
        yield made


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
