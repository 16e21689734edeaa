"""A dishonest publisher: each way to cheat is found by who has the logs, proved on chain, and the root falls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.attribution.counted import Claim, Counted, count
from ledger.attribution.logfile import LogFile
from ledger.attribution.points import score
from ledger.attribution.policy import Policy
from ledger.chain.devkeys import dev_account
from ledger.errors import InputError, Reverted
from ledger.services import contributions, programmes, watch
from ledger.services.ledger import fund_account, open_local
from tests.services.test_contributions import START, World, extend, make_log


class Scene:
    def __init__(self, world: World, first: int = 7000) -> None:
        self.world = world
        self.log: LogFile = make_log(12, first)
        self.repo = world.anchored(self.log)
        self.people = [world.bound(self.repo, index + 1, world.students[index]) for index in range(2)]
        self.number = world.programme(1_000_000_000)
        self.honest = world.counted(self.repo, self.log)

    def faults(self, published: Counted, known: dict[int, Counted | None] | None = None) -> list[watch.Fault]:
        found = watch.faults(self.world.ledger, self.number, published, {self.repo: self.log}, known or {})
        return list(found)

    def counted(self, person: int, before: Counted | None = None) -> Counted:
        """What one person wrote."""
        view, ledger = self.world.ledger.claims.view, self.world.ledger

        def person_of(repo: int, who: bytes) -> int:
            found: int = view(ledger.node, "personOfContributor", repo, who)
            return found if found == person else 0

        return count({self.repo: score(self.log, Policy())}, person_of, before=before)

    def publish(self, counted: Counted, number: int = 0) -> int:
        return programmes.publish(self.world.ledger, number or self.number, self.world.district, counted)

    def each_falls(self, counted: Counted, known: dict[int, Counted | None], lines: int) -> None:
        """By another programme's lines, and by each of them."""
        ledger, address = self.world.ledger, self.world.students[0].address
        for at in range(lines):
            self.publish(counted)
            found = self.faults(counted, known)
            assert [fault.function for fault in found] == ["challengeElsewhere"] * lines
            watch.challenge(ledger, self.number, found[at], address)
            assert programmes.roots_of(ledger, self.number).proposed == 0


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with open_local(start=START) as ledger:
        accounts = [fund_account(ledger, dev_account(20 + index)) for index in range(4)]
        yield Scene(World(ledger, accounts[0], accounts[1], accounts[2:]))


def with_line(counted: Counted, at: int, **changes: int | bytes) -> Counted:
    lines = list(counted.lines)
    lines[at] = replace(lines[at], **changes)  # type: ignore[arg-type]
    return Counted(tuple(lines), counted.claims)


def twice(counted: Counted) -> Counted:
    """The first line once more, for the same person, and everything after it adds up."""
    first = counted.lines[0]
    lines = [first, replace(first, previous=1, running=first.running + first.points)]
    for line in counted.lines[1:]:
        same = line.person == first.person
        previous = (line.previous + 1 if line.previous > 1 else 2 * same) if line.previous or same else 0
        lines.append(replace(line, previous=previous, running=line.running + first.points * same))
    claims = [
        Claim(claim.person, claim.points + first.points * (claim.person == first.person), claim.last + 1)
        for claim in counted.claims
    ]
    return Counted(tuple(lines), tuple(claims))


def earlier(counted: Counted) -> Claim:
    """The first person's claim by their last line but one."""
    place = counted.lines[counted.claims[0].last].previous - 1
    return Claim(counted.claims[0].person, counted.lines[place].running, place)


CHEATS: dict[str, tuple[str, Callable[[Scene, Counted], Counted]]] = {
    "a line twice": ("challengeOrder", lambda scene, c: twice(c)),
    "more points so far": ("challengeRunning", lambda scene, c: with_line(c, 3, running=c.lines[3].running + 1)),
    "a line passed over": (
        "challengeRunning",
        lambda scene, c: with_line(c, c.claims[0].last, previous=0, running=c.lines[c.claims[0].last].points),
    ),
    "a claim by a line before the last": (
        "challengeTotal",
        lambda scene, c: Counted(c.lines, (earlier(c), c.claims[1])),
    ),
    "no claim of the first": ("challengeMissing", lambda scene, c: Counted(c.lines, c.claims[1:])),
    "no claim of the last": ("challengeMissing", lambda scene, c: Counted(c.lines, c.claims[:1])),
    "a claim of more": (
        "challengeTotal",
        lambda scene, c: Counted(c.lines, (replace(c.claims[0], points=c.claims[0].points + 1), c.claims[1])),
    ),
    "a claim by another's lines": (
        "challengeTotal",
        lambda scene, c: Counted(c.lines, (replace(c.claims[0], last=c.claims[1].last), c.claims[1])),
    ),
    "a claim by a line that is not there": (
        "challengeTotal",
        lambda scene, c: Counted(c.lines, (replace(c.claims[0], last=99), c.claims[1])),
    ),
    "a line of nobody": ("challengeLog", lambda scene, c: with_line(c, 11, line=b"\xff" * 32)),
    "an entry beyond the log": ("challengeLog", lambda scene, c: with_line(c, 5, index=12)),
    "more than the share": ("challengeLog", lambda scene, c: with_line(c, 5, points=1001)),
    "claims not in order": ("challengeClaims", lambda scene, c: Counted(c.lines, (c.claims[1], c.claims[0]))),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_each_cheat_is_found_proved_and_falls(scene: Scene, cheat: str) -> None:
    function, forge = CHEATS[cheat]
    forged, ledger = forge(scene, scene.honest), scene.world.ledger
    programmes.publish(ledger, scene.number, scene.world.district, forged)
    found = [fault for fault in scene.faults(forged) if fault.function == function]
    assert found, cheat
    watch.challenge(ledger, scene.number, found[0], scene.world.students[0].address)
    assert programmes.roots_of(ledger, scene.number).proposed == 0
    with pytest.raises(Reverted, match="NoProposal"):
        watch.challenge(ledger, scene.number, found[0], scene.world.students[0].address)


def test_an_honest_root_stands_and_what_it_has_may_not_go(scene: Scene) -> None:
    """Last, since the root becomes active."""
    ledger, honest = scene.world.ledger, scene.honest
    programmes.publish(ledger, scene.number, scene.world.district, honest)
    assert scene.faults(honest) == []
    shown = watch._Shown(honest)
    invented = watch.Fault("nothing", "challengeOrder", (shown.line(0), shown.line(1)))
    with pytest.raises(Reverted, match="NotProven"):
        watch.challenge(ledger, scene.number, invented, scene.world.students[0].address)
    with pytest.raises(InputError, match="not what was proposed"):
        scene.faults(with_line(honest, 1, points=1))
    root = programmes.roots_of(ledger, scene.number).proposed
    scene.world.later(8)
    with pytest.raises(InputError, match="no proposal"):
        scene.faults(honest)
    less = Counted(honest.lines[:1], (Claim(honest.lines[0].person, 1000, 0),))
    for forged in (less, with_line(honest, 4, person=77)):
        programmes.publish(ledger, scene.number, scene.world.district, forged)
        found = [fault for fault in scene.faults(forged, {root: honest}) if fault.function == "challengeDropped"]
        watch.challenge(ledger, scene.number, found[-1], scene.world.students[0].address)


def test_lines_of_another_programme_are_found_and_fall(scene: Scene) -> None:
    """And a false root of another programme, which nobody challenged, holds up nobody."""
    scene = Scene(scene.world, first=8000)
    world, ledger, (one, two) = scene.world, scene.world.ledger, scene.people
    other, theirs, mine = world.programme(1_000_000_000), scene.counted(one), scene.counted(two)
    root = scene.publish(theirs, other)
    others = watch.standing(ledger, other)
    known: dict[int, Counted | None] = dict.fromkeys(others)
    known[root] = theirs
    scene.each_falls(scene.honest, known, lines=6)

    scene.publish(scene.honest)
    assert watch.standing(ledger, scene.number) == [*others, root]
    assert scene.faults(scene.honest, dict.fromkeys(known)) == []  # nobody has their trees
    with pytest.raises(InputError, match="is needed") as needed:
        scene.faults(scene.honest, dict.fromkeys(others))
    assert needed.value.field == f"root {root}"
    with pytest.raises(InputError, match="not what was proposed"):
        scene.faults(scene.honest, {**known, root: mine})
    watch.challenge(ledger, scene.number, scene.faults(scene.honest, known)[0], world.students[0].address)

    active = scene.publish(mine)
    known[active] = mine
    assert scene.faults(mine, known) == []
    world.later(8)
    scene.each_falls(scene.honest, known, lines=6)
    scene.publish(scene.honest)
    assert scene.faults(scene.honest, {**known, active: None}) == []  # nor what is held can be shown
    watch.challenge(ledger, scene.number, scene.faults(scene.honest, known)[5], world.students[0].address)

    known[scene.publish(scene.honest, other)] = scene.honest
    found = watch.faults(ledger, other, scene.honest, {scene.repo: scene.log}, known)
    assert [fault.function for fault in found] == ["challengeElsewhere"] * 6
    world.later(8)
    extend(scene.log, 14)
    contributions.anchor(ledger, scene.repo, scene.log, world.maintainer)
    more = scene.counted(two, mine)
    assert len(more.lines) == len(mine.lines) + 1
    scene.publish(more)
    assert scene.faults(more, known) == []


def test_what_is_held_is_not_found_elsewhere_but_what_goes_beyond(scene: Scene) -> None:
    def part(start: int, share: int) -> Counted:
        line = replace(scene.honest.lines[0], start=start, share=share, previous=0)
        return Counted((line,), ())

    for held, theirs, found in (
        ((0, 500), (0, 500), False),
        ((0, 500), (499, 500), True),
        ((0, 500), (800, 100), False),
        ((0, 700), (600, 300), False),
        ((0, 600), (600, 1), True),
        ((0, 600), (599, 1), False),
        ((1, 600), (0, 1), True),  # nothing is held that begins where the line does
    ):
        faults = list(watch._elsewhere(part(0, 700), 7, part(*theirs), part(*held)))
        assert [fault.function for fault in faults] == ["challengeElsewhere"] * found


def test_what_is_published_is_read_again(scene: Scene, tmp_path: Path) -> None:
    scene.honest.save(tmp_path / "counted")
    assert Counted.load(tmp_path / "counted") == scene.honest
    (tmp_path / "other").write_bytes((tmp_path / "counted").read_bytes()[:-1])
    for name in ("other", "none"):
        with pytest.raises(InputError) as refused:
            Counted.load(tmp_path / name)
        assert refused.value.file == str(tmp_path / name)
