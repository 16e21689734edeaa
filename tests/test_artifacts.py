"""ABI and bytecode in the repository are what the sources compile to, byte for byte, through py-solc-x."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.compile_contracts import compile_all

ROOT = Path(__file__).resolve().parent.parent
EIP_170 = 24_576


@pytest.fixture(scope="module")
def compiled() -> dict[str, str]:
    return compile_all()


def test_artifacts_are_what_the_sources_give(compiled: dict[str, str]) -> None:
    stored = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "contracts" / "artifacts").iterdir()}
    assert sorted(stored) == sorted(compiled)
    stale = [name for name in stored if stored[name] != compiled[name]]
    assert not stale, "run `make contracts`"


def test_every_contract_can_be_deployed(compiled: dict[str, str]) -> None:
    for name, text in compiled.items():
        code = bytes.fromhex(json.loads(text)["deployedBytecode"][2:])
        assert 0 < len(code) <= EIP_170, name
