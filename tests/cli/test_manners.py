"""What is asked before a change: by a command that has all the options of those that change a ledger."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ledger.cli.manners import Change
from ledger.cli.options import As, change
from ledger.errors import InputError

REAL, DEVELOPMENT = 1, 31_337
seen: list[Any] = []
app = typer.Typer()


@change(app, "pay")
def pay(context: Change, chain_id: int, who: As) -> None:
    """Pay somebody."""
    seen.append((who, context.sign_only, context.wait))

    def draw(where: str) -> None:
        seen.append("drawn")
        print(where, file=sys.stderr)

    seen.append(context.agreed(chain_id, draw))


@app.command("other")
def other() -> None:
    """So that `pay` has a name."""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crt").mkdir()
    text = '[networks.main]\nrpc = "https://node.example"\ndeployment = "d.json"\nas = "treasury"\n'
    text += '[networks.trial]\nrpc = "https://node.example"\ndeployment = "d.json"\ntest = true\n'
    (tmp_path / "crt" / "config.toml").write_text(text)
    (tmp_path / "crt" / "config.toml").chmod(0o600)
    seen.clear()


def run(monkeypatch: pytest.MonkeyPatch, *args: str, typed: Sequence[str] | None = None) -> tuple[str, Any]:
    """What is shown on standard error, and the error if there is one; ``typed`` on a terminal, line by line."""
    shown = io.StringIO() if typed is None else Terminal()
    lines = io.StringIO() if typed is None else Terminal("".join(f"{line}\n" for line in typed))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", lines)
        patch.setattr(sys, "stderr", shown)
        try:
            app(["pay", *args], standalone_mode=False)
        except InputError as error:
            return shown.getvalue(), error
    return shown.getvalue(), None


MAIN, TRIAL = ("1", "--network", "main"), ("1", "--network", "trial", "--as", "me")
LOCAL = ("31337", "--chain", "c.db", "--as", "me")


def test_a_test_is_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, error = run(monkeypatch, *TRIAL, typed=["yes"])
    assert error is None and seen[1:] == ["drawn", True]
    assert "network trial, chain id 1\n" in shown and shown.count("Type ") == 1
    shown, error = run(monkeypatch, *LOCAL, typed=["yes"])
    assert error is None and "local chain c.db, chain id 31337\n" in shown and shown.count("Type ") == 1


def test_a_real_network_is_asked_about_twice_the_second_time_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, error = run(monkeypatch, *MAIN, typed=["yes", "main"])
    assert error is None and seen[-1] is True
    assert "network main, chain id 1: real\n" in shown and "Type main to go on" in shown
    for typed in (["yes", "yes"], ["yes", ""], ["no"], ["main"], ["yes", "trial"]):
        seen.clear()
        shown, error = run(monkeypatch, *MAIN, typed=typed)
        assert "nothing was changed" in error.message and True not in seen[1:]
    typed = ["yes", "1"]  # without a name: its chain id
    shown, error = run(monkeypatch, "1", "--rpc", "https://x", "--deployment", "d", "--as", "me", typed=typed)
    assert error is None and "the node at https://x, chain id 1: real" in shown


def test_without_a_terminal_it_names_the_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (MAIN, TRIAL, LOCAL):
        _, error = run(monkeypatch, *place)
        assert error.field == "--yes" and error.exit_code == 2 and True not in seen[1:]


def test_a_script_names_the_real_network_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (MAIN, TRIAL, LOCAL, ("1", "--rpc", "https://x", "--deployment", "d", "--as", "me")):
        seen.clear()
        assert run(monkeypatch, *place, "--yes")[1] is None and seen[-1] is True
    monkeypatch.setenv("CRT_NETWORK", "main")
    seen.clear()
    _, error = run(monkeypatch, "1", "--yes")
    assert error.expected == "--yes with --network main" and "CRT_NETWORK" in error.found and True not in seen[1:]
    assert run(monkeypatch, "1", typed=["yes", "main"])[1] is None
    monkeypatch.setenv("CRT_NETWORK", "trial")
    assert run(monkeypatch, "1", "--as", "me", "--yes")[1] is None
    monkeypatch.delenv("CRT_NETWORK")
    monkeypatch.setenv("CRT_RPC", "https://x")
    monkeypatch.setenv("CRT_DEPLOYMENT", "d.json")
    _, error = run(monkeypatch, "1", "--as", "me", "--yes")
    assert error.expected == "--yes with --rpc URL, or --network NAME" and "CRT_RPC" in error.found


def test_a_dry_run_asks_nothing_and_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (MAIN, TRIAL, LOCAL):
        seen.clear()
        shown, error = run(monkeypatch, *place, "--dry-run")
        assert error is None and seen[1:] == ["drawn", False] and "chain id" in shown


def test_options_of_every_change(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert run(monkeypatch, *MAIN, "--yes", "--sign-only", "out.json", "--no-wait")[1] is None
    assert seen[0] == ("treasury", Path("out.json"), False)  # the network says who
    run(monkeypatch, *MAIN, "--yes", "--as", "other")
    assert seen[3] == ("other", None, True)
    _, error = run(monkeypatch, *MAIN, "--dry-run", "--sign-only", "out.json")
    assert error.field == "--sign-only"
    (tmp_path / "out.json").touch()
    _, error = run(monkeypatch, *MAIN, "--sign-only", "out.json")
    assert "already" in error.message
    monkeypatch.setenv("CRT_AS", "somebody")
    assert run(monkeypatch, "31337", "--chain", "c.db", "--yes")[1] is None and seen[-3][0] == "somebody"
    monkeypatch.delenv("CRT_AS")
    _, error = run(monkeypatch, "31337", "--chain", "c.db", "--yes")
    assert error.field == "--as" and "crt config set as" in error.hint
    shown = CliRunner().invoke(app, ["pay", "--help"]).output
    for option in (
        "--yes",
        "--dry-run",
        "--sign-only",
        "--as",
        "--wait",
        "--no-wait",
        "--network",
        "--json",
        "--colour",
    ):
        assert option in shown
