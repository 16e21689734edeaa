"""A process may be killed anywhere: what it had accepted is done once by the next one, and what it had sent is known.

``KILLS=1000`` kills at least so many processes at points of chance, on both databases.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

import ledger.engine
from ledger.chain.embedded import EmbeddedNode
from ledger.store import operations
from ledger.store.database import Database
from tests.faults.audit import differences, rebuilt_alike
from tests.faults.conftest import World
from tests.store import databases

Steps = list[list[Any]]

FIRST = [["a", True, False], ["b", False, False], ["c", True, True], ["d", True, False], ["e", False, True]]
SECOND = [["f", False, False], ["g", True, False]]

# For each group of points, what makes a process come by.
RECIPES: dict[str, Steps] = {
    "accept": [["accept", FIRST]],
    "assign": [["accept", FIRST], ["settle"]],
    "send": [["accept", FIRST], ["settle"]],
    "mined": [["accept", FIRST], ["settle"]],
    "raise": [["accept", FIRST], ["hold"], ["work", 4], ["mine"], ["settle"]],
    "withdraw": [["accept", SECOND], ["refuse", "insufficient funds"], ["accept", FIRST], ["work", 4]],
    "rewind": [["accept", FIRST], ["settle"], ["reorganise", 2, False], ["accept", SECOND], ["settle"]],
    "index": [["accept", FIRST], ["settle"], ["index"], ["reorganise", 2, False], ["index"]],
    "recover": [["accept", FIRST], ["settle"], ["elsewhere", "x"], ["again"], ["accept", SECOND], ["settle"]],
}


def points() -> list[str]:
    """The names of all points at which a process that sends or indexes can be killed. Who delivers to webhooks is
    killed in tests/events/test_webhooks.py."""
    sources = Path(ledger.engine.__file__).parent.glob("*.py")
    names = {name for path in sources for name in re.findall(r'crash\.point\("([^"]+)"\)', path.read_text())}
    return sorted(name for name in names if _group(name) != "webhook")


def _group(point: str) -> str:
    return point.partition(".")[0]


def settled_well(world: World, wanted: Steps) -> None:
    """Everything is settled, everything that can be done is done once, and the database knows it."""
    node = EmbeddedNode(world.chain)
    with Database(world.database) as database:
        assert differences(database, node) == []
        assert rebuilt_alike(database, node, world.stage)
        with database.read() as connection:
            found = operations.find(connection, [key for key, *_ in wanted])
    assert {key: found[key].state for key, *_ in wanted} == {
        key: "refused" if fails else "done" for key, _, fails in wanted
    }
    assert {key: world.stage.done(node, key) for key, *_ in wanted} == {key: not fails for key, _, fails in wanted}
    node.close()


@pytest.mark.parametrize("kind", databases.KINDS)
@pytest.mark.parametrize("point", points())
def test_each_point(make_world: Callable[[str], World], point: str, kind: str) -> None:
    world = make_world(kind)
    assert world.live(*RECIPES[_group(point)], crash=point)
    world.live(["accept", FIRST + SECOND], ["settle"], ["index"])
    settled_well(world, FIRST + SECOND)


def lives(random: Random, wanted: Steps) -> Iterator[tuple[Steps, str]]:
    """What a number of processes do, and where they are killed."""
    for _ in range(random.randint(2, 5)):
        point = random.choice(points())
        steps: Steps = [["trouble", random.getrandbits(32), random.choice([0.0, 0.0, 0.05, 0.15])]]
        for recipe in random.sample([RECIPES[_group(point)], random.choice(list(RECIPES.values()))], 2):
            steps += [["accept", random.sample(wanted, random.randint(1, len(wanted)))], *recipe[1:]]
            steps += random.choice(
                [
                    [["work", random.randint(1, 4)]],
                    [["reorganise", random.randint(1, 6), random.choice([False, True])]],
                    [["hold"], ["work", 2], ["drop"], ["mine"]],
                    [["elsewhere", "x"]],
                    [["again"]],
                    [["index"]],
                ]
            )
        yield steps, f"{point}:{random.choice([1, 1, 1, 2, 3])}"


@pytest.mark.parametrize("kind", databases.KINDS)
def test_points_of_chance(make_world: Callable[[str], World], kind: str) -> None:
    kills, seed, least = 0, 0, int(os.environ.get("KILLS", "8"))
    while kills < least / 2:
        random, seed, world = Random(f"{kind} {seed}"), seed + 1, make_world(kind)
        wanted = [[f"{seed}/{i}", random.random() < 0.6, random.random() < 0.2] for i in range(random.randint(1, 12))]
        for steps, crash in lives(random, wanted):
            kills += world.live(*steps, crash=crash, confirmations=random.choice([0, 0, 2]), together=3)
        wanted += [["last", True, False]]  # blocks that went below what counts as final are noticed by who goes on
        world.live(["accept", wanted], ["settle"], ["index"])
        settled_well(world, wanted)
