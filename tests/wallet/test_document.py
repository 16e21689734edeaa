"""docs/wallets.md is true: its script runs, and it has every command."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.cli.app import app
from ledger.cli.wallet import app as wallet_app
from ledger.wallet import keystore
from ledger.wallet.agents import Agents
from ledger.wallet.folder import Folder
from tests.command import ROOT

TEXT = (ROOT / "docs" / "wallets.md").read_text(encoding="utf-8")
BY_HAND, SCRIPT = re.findall(r"^```sh\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)


def test_the_script_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(keystore, "WORK", 1024)
    (tmp_path / "password").touch(mode=0o600)
    (tmp_path / "password").write_text("correct horse\n")
    (tmp_path / "note.txt").write_text("a note")
    types = {"Mail": [{"name": "text", "type": "string"}]}
    (tmp_path / "typed.json").write_text(
        json.dumps({"domain": {"name": "x"}, "types": types, "message": {"text": "a"}})
    )
    asked = next(json.loads(line) for line in TEXT.splitlines() if '"transaction"' in line)
    to = {"to": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"}
    (tmp_path / "transaction.json").write_text(json.dumps({**asked["transaction"], **to}))
    try:
        for line in SCRIPT.splitlines():
            done = CliRunner().invoke(app, shlex.split(line)[1:])
            assert done.exit_code == 0, (line, done.output, done.exception)
    finally:
        Agents(tmp_path / "home").lock_all()
    assert [one.name for one in Folder(tmp_path / "home").all()] == ["hot"]


def test_it_has_every_command() -> None:
    commands = {command.name for command in wallet_app.registered_commands}
    assert commands == set(re.findall(r"crt wallet ([a-z]+)", TEXT))
    shown = CliRunner().invoke(app, ["wallet", "--help"]).output
    assert all(f" {name} " in shown for name in commands if name)


@pytest.mark.parametrize("command", wallet_app.registered_commands, ids=lambda command: str(command.name))
def test_each_command_shows_an_example(command: object) -> None:
    name = str(getattr(command, "name", ""))
    shown = CliRunner().invoke(app, ["wallet", name, "--help"]).output
    assert f"Example: crt wallet {name}" in shown
