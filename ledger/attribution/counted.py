"""What a programme counts: the trees of lines and of claims that its publisher puts on chain, made from scored logs.

Lines of all repositories of a programme, in the order of (line hash, first thousandth), each with its person, its
points and the person's points so far; claims, in the order of persons, with their points and the last of their lines.
So every fault can be shown by one or two lines: see the contract interface ``IRoots``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final, NamedTuple

from ledger.attribution.points import Scored
from ledger.attribution.tree import Tree, leaf_hash, root_of
from ledger.errors import InputError

__all__ = ["Claim", "Counted", "Line", "count"]

_MAGIC: Final = b"CRC\1"
_HEAD: Final = 16
_LINE: Final = 72
_CLAIM: Final = 22


@dataclass(frozen=True, slots=True)
class Line:
    """A leaf of the tree of lines. ``previous`` is one more than the index of the person's line before, 0 for none."""

    line: bytes
    start: int
    share: int
    person: int
    repo: int
    index: int
    points: int
    previous: int
    running: int

    def data(self) -> bytes:
        """What the leaf's hash is over: 72 bytes."""
        widths = (
            (self.start, 2),
            (self.share, 2),
            (self.person, 8),
            (self.repo, 4),
            (self.index, 8),
            (self.points, 2),
            (self.previous, 6),
            (self.running, 8),
        )
        return self.line + b"".join(value.to_bytes(width, "big") for value, width in widths)

    @classmethod
    def parse(cls, data: bytes) -> Line:
        """The line of such bytes."""
        ends = list(accumulate((32, 2, 2, 8, 4, 8, 2, 6, 8)))
        numbers = [int.from_bytes(data[start:end], "big") for start, end in pairwise(ends)]
        return cls(data[:32], *numbers)


@dataclass(frozen=True, slots=True)
class Claim:
    """A leaf of the tree of claims: all points of a person, and the index of their last line."""

    person: int
    points: int
    last: int

    def data(self) -> bytes:
        """What the leaf's hash is over: 22 bytes."""
        return self.person.to_bytes(8, "big") + self.points.to_bytes(8, "big") + self.last.to_bytes(6, "big")

    @classmethod
    def parse(cls, data: bytes) -> Claim:
        """The claim of such bytes."""
        return cls(*(int.from_bytes(data[start:end], "big") for start, end in ((0, 8), (8, 16), (16, 22))))

    def word(self) -> int:
        """As the contract takes it."""
        return self.person << 112 | self.points << 48 | self.last


@dataclass(frozen=True)
class Counted:
    """Both trees with their leaves."""

    lines: tuple[Line, ...]
    claims: tuple[Claim, ...]

    @cached_property
    def lines_tree(self) -> Tree:
        """The tree of lines."""
        return Tree(leaf_hash(line.data()) for line in self.lines)

    @cached_property
    def claims_tree(self) -> Tree:
        """The tree of claims."""
        return Tree(leaf_hash(claim.data()) for claim in self.claims)

    def claims_path(self, start: int, size: int) -> list[bytes]:
        """What leads from ``size`` claims together to the root; ``start`` is a multiple of the next power of two."""
        together = 1 << (size - 1).bit_length()
        leaves = [leaf_hash(claim.data()) for claim in self.claims]
        nodes = [root_of(leaves[at : at + together]) for at in range(0, len(leaves), together)]
        return Tree(nodes).inclusion(start // together)

    def save(self, path: Path) -> None:
        """Write both trees' leaves to a file, for everybody to check: their numbers, lines, then claims."""
        head = _MAGIC + len(self.lines).to_bytes(6, "big") + len(self.claims).to_bytes(6, "big")
        lines, claims = (line.data() for line in self.lines), (claim.data() for claim in self.claims)
        path.write_bytes(b"".join((head, *lines, *claims)))

    @classmethod
    def load(cls, path: Path) -> Counted:
        """Read what :meth:`save` wrote. Raises InputError for anything else."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError("the counted lines can't be read", file=str(path), found=str(error)) from error
        lines, claims = (int.from_bytes(content[at : at + 6], "big") for at in (4, 10))
        middle = _HEAD + lines * _LINE
        if content[:4] != _MAGIC or len(content) != middle + claims * _CLAIM:
            raise InputError("not a file of counted lines", file=str(path), expected="what `crt contrib publish` wrote")
        return cls(
            tuple(Line.parse(content[at : at + _LINE]) for at in range(_HEAD, middle, _LINE)),
            tuple(Claim.parse(content[at : at + _CLAIM]) for at in range(middle, len(content), _CLAIM)),
        )

    def claim_of(self, person: int) -> tuple[int, Claim] | None:
        """A person's claim and its index, or None."""
        return next(((at, claim) for at, claim in enumerate(self.claims) if claim.person == person), None)


def count(
    scored: Mapping[int, Iterable[Scored]],
    person_of: Callable[[int, bytes], int],
    *,
    before: Counted | None = None,
    taken: Callable[[bytes, int, int], bool] = lambda line, start, end: False,
) -> Counted:
    """Count the scored entries of repositories, by their number in the log contract.

    ``person_of`` gives the person of a repository's contributor, 0 for nobody: those lines wait until they bind.
    ``before`` is what the programme counted last: it stays. ``taken`` says that another programme counts a part of a
    line already. Of one line in several repositories the first counts, in the order of their numbers.
    """
    kept = {(line.repo, line.index) for line in before.lines} if before else set()
    by_line: dict[bytes, list[_Part]] = defaultdict(list)
    for repo, items in scored.items():
        for item in items:
            person = person_of(repo, item.record.contributor) if item.points else 0
            if person:
                record = item.record
                new = (repo, record.number) not in kept
                part = _Part(new, repo, record.number, record.start, record.start + record.share, person, item.points)
                by_line[record.line].append(part)
    lines: list[Line] = []
    last: dict[int, int] = {}
    for line in sorted(by_line):
        for part in _apart(by_line[line], line, taken):
            previous = last.get(part.person)
            running = part.points + (lines[previous].running if previous is not None else 0)
            number = 0 if previous is None else previous + 1
            last[part.person] = len(lines)
            share = part.end - part.start
            lines.append(
                Line(line, part.start, share, part.person, part.repo, part.place, part.points, number, running)
            )
    claims = (Claim(person, lines[at].running, at) for person, at in sorted(last.items()))
    return Counted(tuple(lines), tuple(claims))


class _Part(NamedTuple):
    """A part of a line that could count; sorted, what counted before comes first."""

    new: bool
    repo: int
    place: int
    start: int
    end: int
    person: int
    points: int


def _apart(parts: list[_Part], line: bytes, taken: Callable[[bytes, int, int], bool]) -> list[_Part]:
    """Those that count, in the order of the line: none that has a thousandth in common with one before it."""
    found: list[_Part] = []
    for part in sorted(parts):
        free = all(part.end <= other.start or other.end <= part.start for other in found)
        if free and not (part.new and taken(line, part.start, part.end)):
            found.append(part)
    return sorted(found, key=lambda part: part.start)
