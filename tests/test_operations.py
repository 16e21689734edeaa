"""docs/operations.md, done as it is written: a database of PostgreSQL, a node by its URL, keys in files."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.server import Server
from tests.cli.test_deploy import key_file
from tests.cli.test_work import get
from tests.command import ROOT, crt

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    return [body for found, body in fenced if found == language]


def commands() -> list[list[str]]:
    lines = [line for body in blocks("sh") for line in body.splitlines()]
    return [shlex.split(os.path.expandvars(line))[1:] for line in lines if line.startswith("crt ")]


@pytest.fixture
def database_url(postgresql: str) -> Iterator[str]:
    """The database, made by the statements of the document."""
    (statements,) = blocks("sql")
    with closing(psycopg.connect(postgresql, autocommit=True)) as admin:
        for statement in statements.strip().splitlines():
            admin.execute(statement.encode())
        yield make_url(postgresql).set(username="crt", database="crt").render_as_string(hide_password=False)
        admin.execute("drop database crt with (force)")
        admin.execute("drop role crt")


def test_the_way_from_an_empty_database_to_a_ledger_that_agrees(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (members,) = blocks("toml")
    (tmp_path / "members.toml").write_text(members)
    for name, index in (("deployer", 1), ("administrator", 2), ("servicer", 3)):
        key_file(tmp_path, index).rename(tmp_path / f"{name}.key")
    with closing(EmbeddedNode()) as node, Server(node, port=0) as server:
        monkeypatch.setenv("CRT_RPC", server.url)
        environment = {"CRT_DATABASE": database_url, "CRT_CONFIRMATIONS": "0"}
        ran = []
        for command in commands():
            ran.append(command[0])
            if command[0] == "work":
                works(command, tmp_path, environment)
                continue
            done = crt(*command, cwd=tmp_path, **environment)
            assert done.returncode == 0, (command, done.stderr)
    assert ran == ["deploy", "work", "reconcile", "audit", "audit"]
    assert done.stdout.startswith("3 records, each as it was written")  # deploy, work, reconcile; not the copy itself


def works(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Until it says that all is well; then it is stopped."""
    program = [sys.executable, "-c", "from ledger.cli import main; main()", *command, "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        program,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    with process.stdout, process.stderr:
        try:
            said = process.stdout.readline()
            url = re.search(r"(http://[\d.:]+)/metrics", said)
            assert url, said + process.stderr.read()
            while get(f"{url[1]}/health/ready")[0] != 200:
                assert process.poll() is None
            figures = get(f"{url[1]}/metrics")[1]
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
            logs = [json.loads(line) for line in process.stderr.read().splitlines() if line.startswith("{")]
        finally:
            process.kill()
            process.wait()
    assert not [line for line in logs if line["level"] not in ("debug", "info")]
    documented = set(re.findall(r"`(crt_\w+)", TEXT))
    assert documented and not [name for name in documented if f"# HELP {name} " not in figures]


def test_the_keys_of_the_document_are_nobody_s() -> None:
    """Its addresses are those of public development keys, so that nobody sends anything to a stranger."""
    known = {dev_account(index).address for index in range(20)}
    assert set(re.findall(r"0x[0-9a-fA-F]{40}", TEXT)) <= known
