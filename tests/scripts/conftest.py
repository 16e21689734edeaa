"""A testnet with CRT01 that is issued, made once and copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts.stage import running_testnet


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder; its node, the embedded chain, is down. It takes 20 s."""
    folder = tmp_path_factory.mktemp("testnet") / "seeded"
    with running_testnet(folder) as made:
        made.seeded()
    return folder
