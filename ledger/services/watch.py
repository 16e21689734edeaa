"""Watching what publishers propose: find what is wrong with a programme's root, and prove it on chain.

A publisher publishes both trees beside the chain (:meth:`Counted.save <ledger.attribution.counted.Counted.save>`). Who
has the logs can check every line of them. Each fault has its challenge in the contract interface ``IRoots``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from ledger.attribution.counted import Counted
from ledger.attribution.logfile import LogFile
from ledger.attribution.tree import Tree, leaf_hash
from ledger.engine.operations import Outcome, Step
from ledger.errors import InputError
from ledger.services.contributions import head
from ledger.services.ledger import Ledger
from ledger.services.programmes import roots_of

__all__ = ["Fault", "challenge", "check_published", "faults"]

_NO_ENTRY: Final = (bytes(32), bytes(32), bytes(32), 0, 0)
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
    root = ledger.claims.view(ledger.node, "rootAt", proposed)
    found = (published.lines_tree.root, len(published.lines), published.claims_tree.root, len(published.claims))
    if found != (root.linesRoot, root.lines, root.claimsRoot, root.claims):
        raise InputError(
            "what was published is not what was proposed",
            expected=f"lines 0x{root.linesRoot.hex()}, claims 0x{root.claimsRoot.hex()}",
            found=f"lines 0x{found[0].hex()}, claims 0x{found[2].hex()}",
            hint="the guardian can stop a root whose trees are withheld",
        )


def faults(
    ledger: Ledger, number: int, published: Counted, logs: Mapping[int, LogFile], active: Counted | None = None
) -> Iterator[Fault]:
    """What is wrong with a programme's proposal, as far as the chain can be shown it.

    ``logs`` are the repositories' logs by their numbers; ``active`` is what the active root counts, if there is one.
    """
    check_published(ledger, number, published)
    yield from _own_faults(published)
    yield from _log_faults(ledger, published, logs)
    if active is not None:
        yield from _dropped(published, active)


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
    for at, line in enumerate(lines):
        before = lines[line.previous - 1] if 0 < line.previous <= at else None
        alone = line.previous == 0 and line.running == line.points
        follows = before and before.person == line.person and line.running == before.running + line.points
        if not (alone or follows):
            known = shown.line(line.previous - 1 if before else at)
            yield Fault(f"line {at} does not add up", "challengeRunning", (shown.line(at), known))
    for at, claim in enumerate(claims):
        last = lines[claim.last] if claim.last < len(lines) else None
        if last is None or (last.person, last.running) != (claim.person, claim.points):
            known = shown.line(claim.last if last else 0)
            yield Fault(f"claim {at} is not what its last line says", "challengeTotal", (shown.claim(at), known))
    for at, (first, second) in enumerate(pairwise(claims)):
        if first.person >= second.person:
            what = f"claims {at} and {at + 1} are not in the order of persons"
            yield Fault(what, "challengeClaims", (shown.claim(at), shown.claim(at + 1)))


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
        what, size, entry = f"line {at} is not what the log says", 0, _NO_ENTRY
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
    keys = [(line.line, line.start) for line in published.lines]
    for at, line in enumerate(active.lines):
        place = bisect_left(keys, (line.line, line.start))
        if place < len(keys) and keys[place] == (line.line, line.start):
            now = published.lines[place]
            if (now.person, now.points >= line.points, now.share >= line.share) == (line.person, True, True):
                continue
            beside = [place]
        else:
            beside = [other for other in (place - 1, place) if 0 <= other < len(keys)]
        proofs = [shown.line(other) for other in beside]
        yield Fault(f"line {at} of the active root is gone, or less", "challengeDropped", (held.line(at), proofs))


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
