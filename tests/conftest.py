"""A PostgreSQL for all tests that need one, and a database of each kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store.database import Database
from tests.store import databases


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_this_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands read no settings but those that a test makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        for name in [name for name in os.environ if name.startswith("CRT_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with databases.server() as url:
        yield url


@pytest.fixture(params=databases.KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind, by its address."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    with databases.empty(request.param, tmp_path, server) as made:
        yield made


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """The same, opened."""
    with Database(url) as made:
        yield made
