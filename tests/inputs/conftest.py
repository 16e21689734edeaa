"""The files of CRT01 as texts, and a way to read them with some of them changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.services.inputs import Case, build_case, decode

CRT01 = Path(__file__).resolve().parents[2] / "examples" / "crt01"
NAMES = ("terms.toml", "rent-roll.csv", "subscriptions.csv", "collections.csv")

Read = Callable[[dict[str, bytes]], Case]


@pytest.fixture(scope="session")
def crt01_files() -> dict[str, bytes]:
    return {name: (CRT01 / name).read_bytes() for name in NAMES}


@pytest.fixture(scope="session")
def crt01_dir() -> Path:
    return CRT01


@pytest.fixture
def read_case() -> Read:
    def read(files: dict[str, bytes]) -> Case:
        return build_case(*(decode(name, files[name]) for name in NAMES))

    return read
