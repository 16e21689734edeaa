"""Collecting lines: each blob read once, path by path, oldest first, and the lowest place kept for each hash.

A place is one number, so that the lowest is simply the smallest: position, then whether the line is nobody's there,
then the path. Blobs at one path come one after another, and mostly share their beginning and end: only what is between
is cut into lines, and only lines that are new at the path are looked at closely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from ledger.attribution.git import Repository
from ledger.attribution.rule import MAX_LINE, is_text, keccak, normal_forms, renamed

__all__ = ["BUCKETS", "RECORD", "PathHistory", "Place", "Seen", "collect"]

BUCKETS: Final = 16
RECORD: Final = 40  # bytes: hash 32, place 8
_PATH_BITS: Final = 28


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hash was seen: ``path`` is a number that grows with the paths' bytes."""

    position: int
    nobodys: bool
    path: int

    def pack(self) -> int:
        return (self.position << 1 | self.nobodys) << _PATH_BITS | self.path

    @classmethod
    def unpack(cls, packed: int) -> Place:
        head = packed >> _PATH_BITS
        return cls(head >> 1, bool(head & 1), packed & ((1 << _PATH_BITS) - 1))


_NOBODYS: Final = 1 << _PATH_BITS


@dataclass(frozen=True, slots=True)
class Seen:
    """A blob looked at, and whether its lines are nobody's there."""

    position: int
    oid: str
    nobodys: bool


@dataclass(frozen=True, slots=True)
class PathHistory:
    """The blobs at one path in landed order; ``before`` is the one that an earlier run saw last."""

    path: int
    before: str | None
    blobs: tuple[Seen, ...]


def collect(repository: str, histories: Sequence[PathHistory], into: Path) -> None:
    """Write the lowest place of each hash in these blobs to files, one for each first half byte of the hash."""
    lowest: dict[bytes, int] = {}
    oids = (oid for history in histories for oid in ([history.before] if history.before else []) + _oids(history))
    blobs = Repository(repository).objects(oids, "blob")
    for history in histories:
        _collect_path(history, blobs, lowest)
    files = [bytearray() for _ in range(BUCKETS)]
    for found, place in lowest.items():
        files[found[0] >> 4] += found + place.to_bytes(8, "big")
    part = into.with_name(f"{into.name}.part")  # a part that is there is whole
    part.mkdir(exist_ok=True)
    for number, content in enumerate(files):
        (part / f"{number}").write_bytes(content)
    part.rename(into)


def _oids(history: PathHistory) -> list[str]:
    return [seen.oid for seen in history.blobs]


def _collect_path(history: PathHistory, blobs: Iterator[tuple[str, bytes | None]], lowest: dict[bytes, int]) -> None:
    known: set[bytes] = set()  # raw lines that were looked at closely at this path
    before = _text(blobs) if history.before else b""
    for seen in history.blobs:
        content = _text(blobs)
        start, end = _common(before, content)
        come = set(content[start : len(content) - end].split(b"\n"))
        if look := come - known:
            known |= look
            gone = set(before[start : len(before) - end].split(b"\n"))
            moved = renamed(list(come - gone), list(gone - come), partial(_exactly, before, content))
            place = Place(seen.position, seen.nobodys, history.path).pack()
            _look([raw for raw in look if len(raw) <= MAX_LINE], moved, place, lowest)
        before = content


def _text(blobs: Iterator[tuple[str, bytes | None]]) -> bytes:
    """The next blob; one that is left out counts as empty."""
    _, content = next(blobs)
    return content if content is not None and is_text(content) else b""


def _look(raws: list[bytes], moved: set[bytes], place: int, lowest: dict[bytes, int]) -> None:
    side = place | _NOBODYS
    get = lowest.get
    for raw, key, pieces in normal_forms(raws):
        found = keccak(key)
        at = side if raw in moved else place
        if get(found, at) >= at:
            lowest[found] = at
        for piece in pieces:
            found = keccak(piece)
            if get(found, side) >= side:
                lowest[found] = side


def _exactly(before: bytes, content: bytes) -> tuple[list[bytes], list[bytes]]:
    """The lines that came and went, also where the blobs are alike; none that is too long to count."""
    old, new = set(before.split(b"\n")), set(content.split(b"\n"))
    return [raw for raw in new - old if len(raw) <= MAX_LINE], [raw for raw in old - new if len(raw) <= MAX_LINE]


def _common(old: bytes, new: bytes) -> tuple[int, int]:
    """How many bytes of whole lines both begin with, and how many both end with."""
    limit = min(len(old), len(new))
    start = _equal(limit, lambda at, size: old[at : at + size] == new[at : at + size])
    if start == len(old) == len(new):
        return start, 0
    start = new.rfind(b"\n", 0, start) + 1
    ends = (len(old), len(new))
    end = _equal(
        limit - start,
        lambda at, size: old[ends[0] - at - size : ends[0] - at] == new[ends[1] - at - size : ends[1] - at],
    )
    if end:
        cut = new.find(b"\n", len(new) - end)
        end = len(new) - cut if cut >= 0 else 0
    return start, end


def _equal(limit: int, same: Callable[[int, int], bool]) -> int:
    """The largest number of bytes up to ``limit`` that are the same, by steps that double and then halve."""
    known, step = 0, 1024
    while known + step <= limit and same(known, step):
        known, step = known + step, 2 * step
    while step := step >> 1:
        if known + step <= limit and same(known, step):
            known += step
    return known
