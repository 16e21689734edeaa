"""Chains and databases that outlive a process, and processes to kill."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledger.chain.embedded import EmbeddedNode
from tests.engine.conftest import chain, pool, stage
from tests.engine.stage import Stage, deploy
from tests.store import databases

__all__ = ["Processes", "World", "chain", "pool", "stage"]


class Processes:
    """See tests/faults/driver.py."""

    def __init__(self) -> None:
        self._made = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.driver"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def live(self, life: dict[str, Any]) -> tuple[int, list[str]]:
        """Exit status, -9 for one that was killed, and what it said."""
        assert self._made.stdin is not None and self._made.stdout is not None
        self._made.stdin.write(json.dumps(life) + "\n")
        self._made.stdin.flush()
        said: list[str] = []
        for line in self._made.stdout:
            if line.startswith("ended "):
                return int(line.split()[1]), said
            said.append(line.rstrip())
        raise AssertionError("\n".join(said))

    def close(self) -> None:
        with self._made:
            assert self._made.stdin is not None
            self._made.stdin.close()


class World:
    """One chain in a file and one database, and the lives of those who work on them."""

    def __init__(self, processes: Processes, chain: Path, stage: Stage, database: str) -> None:
        self.chain, self.stage, self.database = chain, stage, database
        self._processes = processes

    def live(self, *steps: Sequence[Any], crash: str = "", **sending: Any) -> bool:
        """One life. Whether it was killed; all else that ends it is a failure."""
        life = {"database": self.database, "chain": str(self.chain), "steps": steps, "crash": crash, "sending": sending}
        status, said = self._processes.live({**life, "operator": self.stage.operator, "cash": self.stage.cash.address})
        assert status in (0, -9), "\n".join(said)
        return status == -9


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    made = Processes()
    yield made
    made.close()


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage]:
    """A chain with the contracts, to be copied."""
    path = tmp_path_factory.mktemp("begun") / "chain"
    node = EmbeddedNode(path)
    found = deploy(node)
    node.close()
    return path, found


@pytest.fixture
def make_world(
    request: pytest.FixtureRequest, processes: Processes, begun: tuple[Path, Stage], tmp_path: Path
) -> Iterator[Callable[[str], World]]:
    """Another world at each call, on one of ``databases.KINDS``."""
    with ExitStack() as made:

        def make(kind: str) -> World:
            folder = tmp_path / uuid4().hex
            folder.mkdir()
            shutil.copy(begun[0], folder / "chain")
            server = request.getfixturevalue("postgresql") if kind == "postgresql" else ""
            url = made.enter_context(databases.empty(kind, folder, server))
            return World(processes, folder / "chain", begun[1], url)

        yield make
