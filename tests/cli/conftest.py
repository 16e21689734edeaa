"""A small series, made once; each test gets a copy of its chain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import net as nets


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nets.make(tmp_path_factory.mktemp("issued"))


@pytest.fixture(params=["inside", "server"])
def net(request: pytest.FixtureRequest, issued: Path, tmp_path: Path) -> Iterator[nets.Net]:
    with nets.net(request.param, issued, tmp_path / "net") as made:
        yield made


@pytest.fixture(scope="session")
def offering(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nets.make(tmp_path_factory.mktemp("offering"), issued=False)


@pytest.fixture(params=["inside", "server"])
def open_net(request: pytest.FixtureRequest, offering: Path, tmp_path: Path) -> Iterator[nets.Net]:
    """The same in the days of its offering."""
    with nets.net(request.param, offering, tmp_path / "net") as made:
        yield made
