"""docs/commands.md is what the commands' `--help` says, and names each command and option that there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.cli.app import app
from scripts.make_commands import DOCUMENT, made
from tests.command import ROOT

TEXT = DOCUMENT.read_text(encoding="utf-8")
SECTIONS = {
    re.split(r" (?=[A-Z\[])", name, maxsplit=1)[0]: body
    for name, body in re.findall(r"^### `(crt .*?)`\n(.*?)(?=^##|\Z)", TEXT, flags=re.MULTILINE | re.DOTALL)
}
SHARED = dict(re.findall(r"^## Options of (.*?)\n(.*?)(?=^##)", TEXT, flags=re.MULTILINE | re.DOTALL))
EVERYWHERE = {"--help"}


def helped(*path: str) -> str:
    found = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert found.exit_code == 0, found.output
    return found.output


def commands(*path: str) -> Iterator[tuple[str, ...]]:
    """All commands, as `--help` lists them: those that take no other command, and those that need none."""
    text = helped(*path)
    listed = re.split(r"^Commands:\n", text, flags=re.MULTILINE)
    if len(listed) == 1:
        yield path
        return
    if path and "COMMAND [ARGS]..." not in text.split("\n")[0]:
        yield path
    for name in re.findall(r"^  ([a-z][a-z-]*)", listed[1], flags=re.MULTILINE):
        yield from commands(*path, name)


def options(text: str) -> set[str]:
    """Each name of an option at the beginning of its line."""
    lines = re.findall(r"^  ((?:-[-a-z]+(?:, | / )?)+)", text, flags=re.MULTILINE)
    return {name for line in lines for name in re.findall(r"--?[a-z][-a-z]*", line)}


ALL = sorted(set(commands()) | {("demo",)})


def test_it_is_made_from_the_commands() -> None:
    assert made() == TEXT, "run .venv/bin/python scripts/make_commands.py"


def test_every_command_is_documented_and_every_documented_one_is_there() -> None:
    assert {f"crt {' '.join(path)}" for path in ALL} == set(SECTIONS) and len(ALL) > 60


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_option_is_documented_and_every_documented_one_is_there(path: tuple[str, ...]) -> None:
    section = SECTIONS[f"crt {' '.join(path)}"]
    held = re.findall(r"^And the options of (.*)\.$", section, flags=re.MULTILINE)
    bodies = [section, *(SHARED[name] for name in held and held[0].split(", of "))]
    rows = [row for body in bodies for row in re.findall(r"^\| (`-.*?`) \|", body, flags=re.MULTILINE)]
    documented = {name for row in rows for name in re.findall(r"--?[a-z][-a-z]*", row)}
    assert documented == options(helped(*path)) - EVERYWHERE


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_says_what_it_does_and_has_an_example(path: tuple[str, ...]) -> None:
    text = helped(*path)
    assert re.search(rf"Example: crt {' '.join(path)}\b", text), text
    for name in set(re.findall(r" (--[a-z][-a-z]*)", text.partition("Example: ")[2].split("\n\n")[0])):
        assert name in options(text), f"the example has {name}"


def test_commands_that_documents_show_are_there() -> None:
    """Wherever a document writes a command of ours, in a block or in a line."""
    groups = {path[:-1] for path in ALL}
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for line in re.findall(r"(?:^|`)crt ([a-z][a-z -]*)", document.read_text(encoding="utf-8"), flags=re.MULTILINE):
            words = tuple(word for word in line.split() if not word.startswith("-"))
            assert any(words[:length] in ALL or words[:length] in groups for length in (1, 2, 3)), (
                Path(document).name,
                line,
            )
