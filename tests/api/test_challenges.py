"""Each fault of a root is proved over HTTP, and the root falls, as the contract says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.attribution.counted import Claim, Counted
from ledger.chain.devkeys import dev_account
from ledger.services import programmes, watch
from ledger.services.ledger import fund_account
from ledger.services.watch import NO_ENTRY, Fault
from tests.api.stage import Stage
from tests.api.test_contributions import failure
from tests.services.test_contributions import World
from tests.services.test_watch import CHEATS, Scene

MEMBERS = {
    "challengeOrder": ("first", "second"),
    "challengeRunning": ("line", "before"),
    "challengeTotal": ("claim", "last"),
    "challengeLog": ("line", "entry", "size", "path"),
    "challengeDropped": ("held", "beside"),
    "challengeElsewhere": ("mine", "other", "theirs", "beside"),
    "challengeClaims": ("first", "second"),
    "challengeMissing": ("line", "beside"),
}
LINE = ("line", "from", "share", "person", "repository", "index", "points", "previous", "running")
ENTRY = ("line", "contributor", "commit", "from", "share")
SMALL = {"from", "share", "points"}  # plain numbers in a line; in a claim, points are digits


@pytest.fixture(scope="module")
def scene(stage: Stage) -> Iterator[Scene]:
    accounts = [fund_account(stage.ledger, dev_account(50 + index)) for index in range(4)]
    yield Scene(World(stage.ledger, accounts[0], accounts[1], accounts[2:]))


def plain(value: Any) -> Any:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def named(names: tuple[str, ...], values: Any) -> dict[str, Any]:
    return {name: one if name in SMALL else plain(one) for name, one in zip(names, values, strict=True)}


def body_of(fault: Fault) -> dict[str, Any]:
    """What a fault's arguments for the contract are over HTTP."""

    def proof(given: Any) -> dict[str, Any]:
        leaf, index, path = given
        if isinstance(leaf, tuple):
            shown = {"line": named(LINE, leaf)}
        else:
            parts = {"person": leaf >> 112, "points": leaf >> 48 & (2**64 - 1), "last": leaf & (2**48 - 1)}
            shown = {"claim": {name: str(one) for name, one in parts.items()}}
        return {**shown, "index": str(index), "path": [plain(one) for one in path]}

    body: dict[str, Any] = {"fault": fault.function.removeprefix("challenge").lower()}
    for name, value in zip(MEMBERS[fault.function], fault.arguments, strict=True):
        if name == "entry":
            entry = named(ENTRY, value)
            body[name] = None if value == NO_ENTRY else entry | {"commit": value[2][:20].hex()}
        elif name in ("size", "other"):
            body[name] = str(value)
        elif name == "path":
            body[name] = [plain(one) for one in value]
        else:
            body[name] = [proof(one) for one in value] if name == "beside" else proof(value)
    return body


def falls(stage: Stage, scene: Scene, fault: Fault) -> None:
    """The proposal that there is now, by this fault."""
    path, body = f"/v1/programmes/{scene.number}/roots", body_of(fault)
    stage.ledger.sync()
    assert stage.get(path)["data"][-1]["state"] == "proposed"
    stage.post(f"{path}/challenge", "auditor", body, 403)
    stage.done(f"{path}/challenge", "holder", body)
    assert programmes.roots_of(stage.ledger, scene.number).proposed == 0
    last = stage.get(path)["data"][-1]
    assert (last["state"], last["fault"], last["reason"]) == ("fallen", body["fault"], None)
    assert failure(stage, f"{path}/challenge", "holder", body)[0] == "NoProposal"


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_falls(stage: Stage, scene: Scene, cheat: str) -> None:
    function, forge = CHEATS[cheat]
    forged = forge(scene, scene.honest)
    scene.publish(forged)
    falls(stage, scene, next(one for one in scene.faults(forged) if one.function == function))


def test_what_is_dropped_or_counted_elsewhere_falls(stage: Stage, scene: Scene) -> None:
    """Last, since a root becomes active; and an honest root stands."""
    honest, number = scene.honest, scene.number
    other = Scene(scene.world, first=8_000)
    theirs = other.world.programme(1_000_000_000)
    root = scene.publish(other.counted(other.people[0]), theirs)
    scene.publish(honest)
    path = f"/v1/programmes/{number}/roots"
    body = body_of(next(one for one in shown(scene, honest)))
    assert failure(stage, f"{path}/challenge", "holder", body)[0] == "NotProven"
    for change in ({"fault": "none"}, {"first": None}, {"more": 1}):
        stage.post(f"{path}/challenge", "holder", body | change, 422)
    stage.ledger.sync()
    mine = programmes.roots_of(stage.ledger, number).proposed
    scene.world.later(8)
    less = Counted(honest.lines[:1], (Claim(honest.lines[0].person, 1000, 0),))
    scene.publish(less)
    known: dict[int, Counted | None] = {mine: honest, root: None}
    falls(stage, scene, [one for one in scene.faults(less, known) if one.function == "challengeDropped"][-1])
    states = {one["id"]: one["state"] for one in stage.get(path)["data"]}
    assert states[str(mine)] == "active"
    other.publish(other.honest)
    taken: dict[int, Counted | None] = {root: other.counted(other.people[0]), mine: None}
    falls(stage, other, other.faults(other.honest, taken)[0])


def shown(scene: Scene, honest: Counted) -> Iterator[Fault]:
    """Nothing that is wrong."""
    line = watch._Shown(honest).line
    yield Fault("nothing", "challengeOrder", (line(0), line(1)))
