"""docs/testnet.md as it stands, on a free port."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command import ROOT
from tests.nodes import free_port
from tests.scripts.stage import Net, running_testnet

TEXT = (ROOT / "docs" / "testnet.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return [body for found, body in re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.M | re.S) if found == language]


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """The one that the document's commands make."""
    with running_testnet(tmp_path / "build" / "testnet") as made:
        yield made


@pytest.fixture
def shell(tmp_path: Path, net: Net) -> Callable[[str], str]:
    """Commands in a folder that has the scripts; `python` and `crt` are those of this environment."""
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    (tmp_path / "bin").mkdir()
    for name, arguments in (("python", ""), ("crt", " -c 'from ledger.cli import main; main()'")):
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable}{arguments} "$@"\n')
        program.chmod(0o755)
    port = str(free_port())
    environment = {**net.environment, "PATH": os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]])}

    def run(script: str) -> str:
        script = script.replace("testnet.py up", f"testnet.py up --port {port}").replace("8545", port)
        command = ["sh", "-e", "-c", script]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (script, done.stdout, done.stderr)
        return done.stdout

    return run


def test_the_commands_run_and_say_what_is_shown(shell: Callable[[str], str], net: Net) -> None:
    found, year, anew = blocks("sh")
    assert len(found.splitlines()) == 5
    said = shell(found)
    assert "CRT01, Active on 2025-01-02" in said and said.endswith("no differences\n")
    (shown,) = blocks("")
    assert [line.rstrip() for line in shell(year).splitlines()][-7:] == shown.splitlines()
    shell(anew)
    assert not net.folder.exists()


def test_every_script_is_described() -> None:
    assert {path.name for path in (ROOT / "scripts").glob("testnet*.py")} == set(
        re.findall(r"^\| \[`(.*?)`\]", TEXT, re.M)
    )
