"""Each test of the store runs on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store.database import Database
from tests.store import databases


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with databases.server() as url:
        yield url


@pytest.fixture(params=databases.KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path, postgresql: str) -> Iterator[str]:
    with databases.empty(request.param, tmp_path, postgresql) as made:
        yield made


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with Database(url) as made:
        yield made
