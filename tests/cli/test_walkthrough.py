"""docs/contributions.md as it stands: every command, in order, from the directory that has the repository."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.cli.app import app
from tests.cli.stage import Stage
from tests.command import ROOT


def commands() -> list[str]:
    text = (ROOT / "docs" / "contributions.md").read_text(encoding="utf-8")
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)).splitlines()
    return [line for line in lines if line.strip()]


def test_the_walk_runs_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path)
    stage.write_repository()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CRT_CHAIN", raising=False)
    said = []
    for command in commands():
        words = shlex.split(command, comments=True)
        target = words[words.index(">") + 1] if ">" in words else None
        arguments = words[1 : words.index(">")] if target else words[1:]
        assert words[0] == "crt"
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, (command, result.output, result.exception)
        if target:
            Path(target).write_text(result.stdout, encoding="utf-8")
        said.append(result.output)
    assert "20 vouchers" in "".join(said)
    assert "20.00 CNY" in said[-2]  # four vouchers of 5.00, reimbursed
