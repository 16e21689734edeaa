"""One chain for all lives: deploying the contracts takes seconds, going back to the first block next to nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .stage import Stage


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    found = Stage()
    yield found
    found.close()
