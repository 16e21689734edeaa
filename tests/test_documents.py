"""What the documents show is true: their commands run, their scripts run, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import ROOT, crt

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    return [body for found, body in fenced if found == language]


def commands() -> list[str]:
    lines = "\n".join(blocks("sh")).splitlines()
    return [line.split("#")[0].strip() for line in lines if line.strip()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)\)", prose):
        assert "://" in target or (path.parent / target).exists(), target


def test_every_test_that_the_threat_model_names_exists() -> None:
    """In the file that it names: `File.t.sol`: `testOne`, `testTwo`; `tests/file.py`: `test_three`."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    files = {path.name: path for path in (ROOT / "contracts" / "test").glob("*.t.sol")}
    named = re.findall(r"`([\w/]+\.(?:t\.sol|py))`:\s((?:`\w+`(?:,\s| and )?)+)", text)
    assert len(named) > 40
    for file, tests in named:
        source = (files.get(file) or ROOT / file).read_text(encoding="utf-8")
        missing = [test for test in re.findall(r"\w+", tests) if test != "and" and f" {test}(" not in source]
        assert not missing, f"{file} has no {missing}"


def test_every_target_of_make_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path in DOCUMENTS:
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), f"{path.name}: make {target}"


@pytest.mark.parametrize("command", [line for line in commands() if line.startswith("crt ")])
def test_commands_of_the_readme_run(command: str, tmp_path: Path) -> None:
    arguments = [str(tmp_path / "out.html") if part.startswith("build/") else part for part in shlex.split(command)[1:]]
    run = crt(*arguments)
    assert run.returncode == 0, run.stderr


def test_the_script_of_the_readme_runs() -> None:
    (script,) = blocks("python")
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    promised = re.findall(r"print\(.*\)  # (.*)", script)
    assert run.stdout.splitlines() == promised


def test_figures_of_the_readme_are_what_the_demo_prints() -> None:
    run = crt("demo", "--quiet", COLUMNS="120")
    assert run.returncode == 0, run.stderr
    shown = next(block for block in blocks("") if block.startswith("Payment dates")).splitlines()
    printed = [line.rstrip() for line in run.stdout.splitlines()]
    for line in shown:
        assert line in printed, line


def test_the_mistake_in_the_readme_is_told_so(tmp_path: Path) -> None:
    """A pool that is a cent short: one rent of 37,402,396.29 a month instead of 37,402,396.30."""
    text = (ROOT / "examples" / "crt01" / "rent-roll.csv").read_text(encoding="utf-8")
    (tmp_path / "rent-roll.csv").write_text(text.replace("35607081.27", "35607081.26"), encoding="utf-8")
    run = crt("demo", "--rent-roll", "rent-roll.csv", cwd=tmp_path)
    (shown,) = [block for block in blocks("") if block.startswith("crt: ")]
    assert run.returncode == 2
    assert re.sub(r"^crt: .*terms.toml", "crt: terms.toml", run.stderr) == shown


def test_every_field_of_the_files_is_described() -> None:
    import tomllib

    from ledger.domain.daycount import DayCount
    from ledger.domain.terms import Frequency, InvestorClass, Principal

    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    terms = tomllib.loads((ROOT / "examples" / "crt01" / "terms.toml").read_text(encoding="utf-8"))
    fields = [f"`{table}.{name}`" for table, names in terms.items() for name in names]
    values = [f"`{item.value}`" for kind in (DayCount, Frequency, Principal, InvestorClass) for item in kind]
    assert [item for item in fields + values if item not in text] == []
    for name in ("rent-roll", "subscriptions", "collections"):
        header = (ROOT / "examples" / "crt01" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        assert f"`{header}`" in text
