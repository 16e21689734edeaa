"""The README's way from nothing to a split receipt and a claimed coupon, as it stands there, at a terminal."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.command import ROOT
from tests.nodes import free_port
from tests.scripts.stage import running_testnet
from tests.wallet.terminal import terminal

README = (ROOT / "README.md").read_text(encoding="utf-8")
(LINES,) = [body.splitlines() for body in re.findall(r"^```shell\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)]
QUESTIONS = {"network add": 1, "receipt split": 1, "claim CRT01": 1}  # how often one is asked; nothing else is typed


def test_from_nothing_to_a_split_receipt_and_a_claimed_coupon(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    port, seen = str(free_port()), dict[str, str]()
    config = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "COLUMNS": "120"}
    (tmp_path / "build").mkdir()
    with running_testnet(tmp_path / "build" / "testnet") as net:
        for line in LINES:
            words = shlex.split(line.replace("8545", port))
            if words[0] == "python":
                name = Path(words[1]).stem
                seen[name] = net.run(name, *words[2:], *(["--port", port] if words[-1] == "up" else []))
                continue
            with terminal(*words[1:], home=tmp_path / "home", cwd=tmp_path, **config) as screen:
                for _ in range(QUESTIONS.get(" ".join(words[1:3]), 0)):
                    screen.answers(("Type yes to go on", "yes"))
                assert screen.ends() == 0, screen.seen
                seen[" ".join(words[1:3])] = screen.seen
    assert "100,000,000.00" in seen["receipt list"] and "算力收益憑證" in seen["receipt show"]
    assert len(re.findall(r"CRT01 No\. \d+ is made", seen["receipt split"])) == 2
    # 9 % a year on 100,000,000.00, for 90 days of 365, rounded down.
    assert 100_000_000_00 * 9 * 90 // 36_500 == 2_219_178_08
    assert "2,219,178.08" in seen["claim CRT01"] and "2,219,178.08" in seen["payments"]
    assert json.loads((tmp_path / "build" / "testnet" / "node.json").read_text())["url"].endswith(port)
