"""The testnet scripts as their user runs them: each in a process of its own, on a folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.chain.rpc import connect
from tests.command import ROOT, crt

__all__ = ["Net", "distributions", "running_testnet"]


class Net:
    """A testnet in a folder; `up` takes a free port."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        # Unbuffered: a test that reads along sees what is said when it is said.
        ours = {"PYTHONPATH": str(ROOT), "COLUMNS": "160", "PYTHONUNBUFFERED": "1"}
        self.environment = {**os.environ, **ours, **environment}
        self._given = environment

    def command(self, name: str, *args: str) -> list[str]:
        return [sys.executable, str(ROOT / "scripts" / f"{name}.py"), "--folder", str(self.folder), *args]

    def fails(self, name: str, *args: str) -> tuple[int, str]:
        """Exit code and message of a script that must not succeed."""
        run = self._run(name, *args)
        assert run.returncode != 0, run.stdout
        assert "Traceback" not in run.stderr, run.stderr
        return run.returncode, run.stdout + run.stderr

    def run(self, name: str, *args: str) -> str:
        """What a script prints; it must succeed."""
        run = self._run(name, *args)
        assert run.returncode == 0, (name, args, run.stdout, run.stderr)
        return run.stdout

    def up(self, *args: str) -> str:
        return self.run("testnet", "up", "--port", "0", *args)

    def seeded(self, *args: str) -> None:
        """Up, with the contracts and CRT01."""
        self.up(*args)
        self.run("testnet_deploy")
        self.run("testnet_seed")

    @property
    def node(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "node.json").read_text())
        return found

    @property
    def pid(self) -> int:
        return int(self.node["pid"])

    @property
    def url(self) -> str:
        return self.node["url"]

    @property
    def deployment(self) -> Path:
        return self.folder / f"{self.node['chain']}.deployment.json"

    def height(self) -> int:
        with closing(connect(self.url)) as node:
            return node.block_number()

    def reconciles(self) -> None:
        """`crt reconcile` finds no difference."""
        run = crt("reconcile", "--rpc", self.url, "--deployment", str(self.deployment), "--json", **self._given)
        assert run.returncode == 0, run.stdout + run.stderr
        report = json.loads(run.stdout)
        assert report["differences"] == [] and sum(report["compared"].values()) > 20

    def _run(self, name: str, *args: str) -> subprocess.CompletedProcess[str]:
        command = self.command(name, *args)
        return subprocess.run(
            command,
            cwd=self.folder.parent,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


@contextmanager
def running_testnet(folder: Path, of: Path | None = None, **environment: str) -> Iterator[Net]:
    """A testnet that is ended in the end; a copy of the folder ``of``, if that is given."""
    if of is not None:
        shutil.copytree(of, folder)
    made = Net(folder, **environment)
    try:
        yield made
    finally:
        made.run("testnet", "down")


def distributions(printed: str) -> list[list[int]]:
    """The table of distributions that a script printed, without its dates, in minor units."""
    rows = re.findall(r"^\d{4}-\d\d-\d\d((?:  +[\d,]+\.\d\d){6})$", printed, flags=re.MULTILINE)
    return [[int(re.sub(r"\D", "", amount)) for amount in row.split()] for row in rows]
