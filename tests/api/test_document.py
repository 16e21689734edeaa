"""docs/api.md, done as it stands: its blocks in one shell, with curl, against a server of its own; what it shows is what
comes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.artifacts import Contract
from tests.command import ROOT

TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
PORT = "8000"  # in the page; here it may be taken


def blocks() -> list[tuple[str, str, str]]:
    """Each shell block, and what is shown after it, with its kind; nothing if nothing is."""
    fenced = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    found = []
    for place, (kind, body) in enumerate(fenced):
        after = fenced[place + 1] if place + 1 < len(fenced) else ("sh", "")
        if kind == "sh":
            found.append((body, *after) if after[0] != "sh" else (body, "", ""))
    return found


def matches(shown: Any, found: Any) -> bool:
    """The rule of the page: `...` stands for anything."""
    if shown == "...":
        return True
    if isinstance(shown, str):
        return isinstance(found, str) and bool(_pattern(shown).fullmatch(found))
    if isinstance(shown, dict):
        named = shown.keys() - {"..."}
        exact = "..." in shown or named == found.keys()
        return exact and named <= found.keys() and all(matches(shown[name], found[name]) for name in named)
    if isinstance(shown, list):
        head = shown[:-1] if shown[-1:] == ["..."] else shown
        long_enough = len(found) >= len(head) if head is not shown else len(found) == len(head)
        return long_enough and all(map(matches, head, found))
    return type(shown) is type(found) and bool(shown == found)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*?".join(map(re.escape, text.split("..."))), re.DOTALL)


@pytest.mark.parametrize(
    ("shown", "found", "same"),
    [
        ({"a": "..."}, {"a": 1}, True),
        ({"a": "..."}, {"a": 1, "b": 2}, False),
        ({"...": "...", "a": 1}, {"a": 1, "b": 2}, True),
        ({"...": "...", "a": 1}, {"b": 2}, False),
        (["..."], [], True),
        ([1, "..."], [2, 3], False),
        ([1], [1, 2], False),
        ("0x...", "0xab", True),
        ("0x...", "ab", False),
        (1, True, False),
    ],
)
def test_the_rule_for_what_is_left_out(shown: Any, found: Any, same: bool) -> None:
    assert matches(shown, found) is same


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    for tool in ("bash", "curl"):
        assert shutil.which(tool), f"docs/api.md is run with {tool}, which is not installed here"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    (tmp_path / "bin").mkdir()
    for name, text in (("crt", "from ledger.cli import main\nmain()\n"), ("python", "")):
        program = tmp_path / "bin" / name
        if text:
            program.write_text(f"#!{sys.executable}\n{text}")
            program.chmod(0o755)
        else:
            program.symlink_to(sys.executable)
    script = "".join(
        f"echo block {number}\n{{\n{body.replace(PORT, port)}}} > shown.{number}\n"
        for number, (body, _, _) in enumerate(blocks())
    )
    (tmp_path / "page.sh").write_text("set -eu -o pipefail\n" + script)
    path = os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]])
    variables = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "CRT_HOME": str(tmp_path / "home")}
    command = ["bash", "page.sh"]
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=variables, stdout=said, stderr=said, start_new_session=True
        )
        try:
            code = process.wait(600)
        finally:
            if process.poll() is None or _group_lives(process.pid):
                os.killpg(process.pid, signal.SIGKILL)
    log = tmp_path / "server.log"
    assert code == 0, (tmp_path / "said").read_text() + (log.read_text() if log.exists() else "")
    for number, (body, kind, shown) in enumerate(blocks()):
        came = (tmp_path / f"shown.{number}").read_text()
        if kind == "json":
            assert matches(json.loads(shown), json.loads(came)), f"after\n{body}\nthe page shows\n{shown}\nbut\n{came}"
        elif kind == "text":
            assert _pattern(shown).fullmatch(came), f"after\n{body}\nthe page shows\n{shown}\nbut\n{came}"


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("contract", ["ComputeReceipt", "Spv"])
def test_every_function_that_a_holder_could_call_has_its_place_in_the_page(contract: str) -> None:
    """Also those that are left out on purpose."""
    functions = [one for one in Contract(contract).abi if one["type"] == "function"]
    named = {one["name"] for one in functions if one["stateMutability"] not in ("view", "pure")}
    (table,) = re.findall(r"^## What holders can do, function by function\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S)
    assert named <= set(re.findall(r"`(\w+)`", table)), sorted(named - set(re.findall(r"`(\w+)`", table)))
