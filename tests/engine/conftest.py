"""One chain with contracts for all tests of the engine: each leaves it as it was. They run on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.chain.embedded import EmbeddedNode
from tests.engine.pool import Pool
from tests.engine.stage import Stage, deploy


@pytest.fixture(scope="session")
def chain() -> Iterator[tuple[EmbeddedNode, Stage]]:
    node = EmbeddedNode()
    yield node, deploy(node)
    node.close()


@pytest.fixture
def pool(chain: tuple[EmbeddedNode, Stage]) -> Iterator[Pool]:
    mark = chain[0].snapshot()
    yield Pool(chain[0])
    chain[0].revert(mark)


@pytest.fixture
def stage(chain: tuple[EmbeddedNode, Stage]) -> Stage:
    return chain[1]
