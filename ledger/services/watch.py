"""Watching what publishers propose: find what is wrong with a programme's root, and prove it on chain.

A publisher publishes both trees beside the chain (:meth:`Counted.save <ledger.attribution.counted.Counted.save>`). Who
has the logs can check every line of them. Each fault has its challenge in the contract interface ``IRoots``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from ledger.attribution.counted import Counted, Line
from ledger.attribution.logfile import LogFile
from ledger.attribution.tree import Tree, leaf_hash
from ledger.engine.operations import Outcome, Step
from ledger.errors import InputError
from ledger.services.contributions import head
from ledger.services.ledger import Ledger
from ledger.services.programmes import roots_of
from ledger.store import index_vouchers

__all__ = ["NO_ENTRY", "Fault", "challenge", "check_published", "faults", "standing"]

NO_ENTRY: Final = (bytes(32), bytes(32), bytes(32), 0, 0)
"""The entry of a log, where none has to be shown."""

_WHOLE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong: what, and the call of the contract that proves it."""

    what: str
    function: str
    arguments: tuple[Any, ...]


def check_published(ledger: Ledger, number: int, published: Counted) -> None:
    """Raise InputError unless these are the trees of the programme's proposal. If not, the guardian can stop it."""
    proposed = roots_of(ledger, number).proposed
    if not proposed:
        raise InputError("the programme has no proposal that can be challenged", field="programme", found=str(number))
    _check_trees(ledger, proposed, published)


def _check_trees(ledger: Ledger, number: int, published: Counted) -> None:
    """Raise InputError unless these are the trees of a root."""
    root = ledger.claims.view(ledger.node, "rootAt", number)
    found = (published.lines_tree.root, len(published.lines), published.claims_tree.root, len(published.claims))
    if found != (root.linesRoot, root.lines, root.claimsRoot, root.claims):
        raise InputError(
            "what was published is not what was proposed",
            field=f"root {number}",
            expected=f"lines 0x{root.linesRoot.hex()}, claims 0x{root.claimsRoot.hex()}",
            found=f"lines 0x{found[0].hex()}, claims 0x{found[2].hex()}",
            hint="the guardian can stop a root whose trees are withheld",
        )


def standing(ledger: Ledger, number: int) -> list[int]:
    """Numbers of the roots that a programme's proposal must agree with: its active one, and other programmes' that were
    proposed before, active or not."""
    own = roots_of(ledger, number)
    with ledger.reading() as connection:
        others = {root.programme for root in index_vouchers.roots(connection)} - {number}
    found = {root for other in others for root in astuple(roots_of(ledger, other))}
    return sorted(root for root in {own.active, *found} if 0 < root < own.proposed)


def faults(
    ledger: Ledger,
    number: int,
    published: Counted,
    logs: Mapping[int, LogFile],
    known: Mapping[int, Counted | None],
) -> Iterator[Fault]:
    """What is wrong with a programme's proposal, as far as the chain can be shown it.

    ``logs`` are the repositories' logs by their numbers; ``known`` is what the :func:`standing` roots count, by their
    numbers, None for one whose trees nobody has: nothing can be shown by that one.
    """
    check_published(ledger, number, published)
    trees = {root: _known(ledger, root, known) for root in standing(ledger, number)}
    own = roots_of(ledger, number).active
    active = trees.pop(own, None)
    yield from _own_faults(published)
    yield from _log_faults(ledger, published, logs)
    if active is not None:
        yield from _dropped(published, active)
    if active is not None or not own:
        for root, theirs in trees.items():
            if theirs is not None:
                yield from _elsewhere(published, root, theirs, active)


def _known(ledger: Ledger, number: int, known: Mapping[int, Counted | None]) -> Counted | None:
    """What a root counts, if anybody has its trees."""
    if number not in known:
        raise InputError(
            "what a root counts is needed",
            field=f"root {number}",
            expected="what its publisher published",
            hint="say None if nobody has it: then what it would show is not looked for",
        )
    trees = known[number]
    if trees is not None:
        _check_trees(ledger, number, trees)
    return trees


def challenge(ledger: Ledger, number: int, fault: Fault, challenger: str, *, key: str | None = None) -> Outcome:
    """Prove a fault; the proposal falls. Anyone may."""
    step = Step(ledger.claims.address, ledger.claims.call_data(fault.function, number, *fault.arguments))
    return ledger.act(challenger, "contributions.challenge", step, key=key)


def _own_faults(published: Counted) -> Iterator[Fault]:
    """What shows in the trees alone."""
    lines, claims, shown = published.lines, published.claims, _Shown(published)
    for at, (one, two) in enumerate(pairwise(lines)):
        in_order = one.line < two.line or (one.line == two.line and two.start >= one.start + one.share)
        if not in_order:
            yield Fault(
                f"lines {at} and {at + 1} are not in order and apart",
                "challengeOrder",
                (shown.line(at), shown.line(at + 1)),
            )
    latest: dict[int, int] = {}
    for at, line in enumerate(lines):
        known = _not_added(lines, at, latest.get(line.person, -1))
        latest[line.person] = at
        if known is not None:
            yield Fault(f"line {at} does not add up", "challengeRunning", (shown.line(at), shown.line(known)))
    for at, claim in enumerate(claims):
        last = lines[claim.last] if claim.last < len(lines) else None
        right = last is not None and (last.person, last.running) == (claim.person, claim.points)
        later = latest.get(claim.person, -1)
        if not right or later > claim.last:
            known = later if right else claim.last if last else 0
            what = f"claim {at} is not what the person's last line says"
            yield Fault(what, "challengeTotal", (shown.claim(at), shown.line(known)))
    persons = [claim.person for claim in claims]
    for at, (first, second) in enumerate(pairwise(persons)):
        if first >= second:
            what = f"claims {at} and {at + 1} are not in the order of persons"
            yield Fault(what, "challengeClaims", (shown.claim(at), shown.claim(at + 1)))
    if persons == sorted(persons):  # else there is no place where a claim has to be
        for person in sorted(set(latest) - set(persons)):
            place = bisect_left(persons, person)
            beside = [shown.claim(other) for other in (place - 1, place) if 0 <= other < len(persons)]
            what = f"person {person} has line {latest[person]}, and no claim"
            yield Fault(what, "challengeMissing", (shown.line(latest[person]), beside))


def _not_added(lines: Sequence[Line], at: int, before: int) -> int | None:
    """The line that shows that one does not add up, or passes over the same person's line ``before`` it (-1: there is
    none); the line itself if it shows that alone; None if it is right."""
    line, named = lines[at], lines[at].previous - 1
    if named >= at or (named < 0 and line.running != line.points):
        return at
    if named >= 0 and (lines[named].person, lines[named].running) != (line.person, line.running - line.points):
        return named
    return before if before > named else None


def _log_faults(ledger: Ledger, published: Counted, logs: Mapping[int, LogFile]) -> Iterator[Fault]:
    """Lines that are not what their logs say."""
    shown = _Shown(published)

    @cache
    def logged(repo: int) -> tuple[list[bytes], Tree]:
        if repo not in logs:
            raise InputError("the log of a repository is needed", field="repository", found=str(repo))
        size = head(ledger, repo).size
        entries = list(logs[repo].entries(0, size)) if size else []
        return entries, Tree(leaf_hash(entry) for entry in entries)

    @cache
    def person_of(repo: int, contributor: bytes) -> int:
        return int(ledger.claims.view(ledger.node, "personOfContributor", repo, contributor))

    for at, line in enumerate(published.lines):
        what, size, entry = f"line {at} is not what the log says", 0, NO_ENTRY
        path: list[bytes] = []
        if line.person and line.share and line.start + line.share <= _WHOLE and line.points <= line.share:
            entries, tree = logged(line.repo)
            size = len(entries)
            if line.index < size:
                raw, path = entries[line.index], tree.inclusion(line.index)
                entry = (raw[:32], raw[32:64], raw[64:96], _number(raw[96:98]), _number(raw[98:]))
                said = (entry[0], entry[3], entry[4])
                if said == (line.line, line.start, line.share) and person_of(line.repo, entry[1]) == line.person:
                    continue
        yield Fault(what, "challengeLog", (shown.line(at), entry, size, path))


def _dropped(published: Counted, active: Counted) -> Iterator[Fault]:
    """Lines that counted before, and now do not, or less."""
    shown, held = _Shown(published), _Shown(active)
    keys = _keys(published)
    for at, line in enumerate(active.lines):
        beside, there = _beside(keys, line)
        now = published.lines[beside[0]]
        kept = (now.person, now.points >= line.points, now.share >= line.share) == (line.person, True, True)
        if there and kept:
            continue
        proofs = [shown.line(other) for other in beside]
        yield Fault(f"line {at} of the active root is gone, or less", "challengeDropped", (held.line(at), proofs))


def _elsewhere(published: Counted, root: int, theirs: Counted, active: Counted | None) -> Iterator[Fault]:
    """Lines of which another programme's root counts a part that the active root does not hold."""
    shown, known = _Shown(published), _Shown(theirs)
    held, keys = (_Shown(active), _keys(active)) if active else (None, [])
    places: dict[bytes, list[int]] = defaultdict(list)
    for at, line in enumerate(theirs.lines):
        places[line.line].append(at)
    for at, line in enumerate(published.lines):
        for place in places.get(line.line, ()):
            other = theirs.lines[place]
            end = min(_end(line), _end(other))
            if max(line.start, other.start) >= end:
                continue
            beside, there = _beside(keys, line)
            if active and there and _end(active.lines[beside[0]]) >= end:
                continue
            proofs = [held.line(one) for one in beside] if held else []
            what = f"line {at} is counted by root {root} of another programme"
            yield Fault(what, "challengeElsewhere", (shown.line(at), root, known.line(place), proofs))


def _keys(counted: Counted) -> list[tuple[bytes, int]]:
    return [(line.line, line.start) for line in counted.lines]


def _beside(keys: list[tuple[bytes, int]], line: Line) -> tuple[list[int], bool]:
    """The index of the line that begins where this one does, or those on both sides; and whether it is there."""
    key = (line.line, line.start)
    place = bisect_left(keys, key)
    if place < len(keys) and keys[place] == key:
        return [place], True
    return [other for other in (place - 1, place) if 0 <= other < len(keys)], False


def _end(line: Line) -> int:
    return line.start + line.share


class _Shown:
    """Leaves as the contract takes them: with index and path."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted

    def line(self, index: int) -> tuple[tuple[Any, ...], int, list[bytes]]:
        return astuple(self._counted.lines[index]), index, self._counted.lines_tree.inclusion(index)

    def claim(self, index: int) -> tuple[int, int, list[bytes]]:
        return self._counted.claims[index].word(), index, self._counted.claims_tree.inclusion(index)


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")
