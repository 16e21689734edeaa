"""Collecting lines: each blob read once, path by path, oldest first, and the lowest place kept for each hash.

A place is one number, so that the lowest is simply the smallest: position, then whether the line is nobody's there,
then the path. Blobs at one path come one after another, and mostly share their beginning and end: only what is between
is cut into lines, and only lines that are new at the path are looked at closely.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
_WORTH_HALVING: Final = 2_048  # bytes
_STEP: Final = 1_024  # bytes at first
_NEAR: Final = 128  # bytes: not worth a smaller step
_PASSAGE: Final = 64  # bytes at least


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
        come, gone = _differing(before, content)
        if look := come - known:
            known |= look
            come, gone = come - gone, gone - come
            moved = renamed(come, gone, partial(_exactly, before, content, come, gone))
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


def _exactly(old: bytes, new: bytes, come: set[bytes], gone: set[bytes]) -> tuple[set[bytes], set[bytes]]:
    """Of the lines that may have come and gone those that did, also elsewhere; none that is too long to count."""
    come, gone = come.difference(old.split(b"\n")), gone.difference(new.split(b"\n"))
    return {raw for raw in come if len(raw) <= MAX_LINE}, {raw for raw in gone if len(raw) <= MAX_LINE}


def _differing(old: bytes, new: bytes) -> tuple[set[bytes], set[bytes]]:
    """All lines of ``new`` that ``old`` has not, and the other way round; and some that both have.

    Where both begin or end alike there is nothing to cut into lines. What is left is halved around a passage from its
    middle, as long as the other has it too.
    """
    come: set[bytes] = set()
    gone: set[bytes] = set()
    view = memoryview(new)  # its slices copy nothing
    todo = [(0, len(old), 0, len(new))]
    while todo:
        old_at, old_end, new_at, new_end = todo.pop()
        if old_end - old_at == new_end - new_at and old.startswith(view[new_at:new_end], old_at):
            continue
        limit = min(old_end - old_at, new_end - new_at)
        size = _same_start(old, old_at, view[new_at : new_at + limit])
        size = max(0, new.rfind(b"\n", new_at, new_at + size) + 1 - new_at)
        old_at, new_at = old_at + size, new_at + size
        size = _same_end(old, old_end, view[new_end - limit + size : new_end])
        cut = new.find(b"\n", new_end - size, new_end)
        if cut >= 0:
            old_end, new_end = old_end - (new_end - cut), cut
        if min(old_end - old_at, new_end - new_at) > _WORTH_HALVING:
            start = new.find(b"\n", (new_at + new_end) // 2, new_end)
            end = new.find(b"\n", start + _PASSAGE, new_end) if start >= 0 else -1
            found = old.find(new[start : end + 1], old_at, old_end) if end >= 0 else -1
            if found >= 0:
                todo.append((old_at, found, new_at, start))
                todo.append((found + end + 1 - start, old_end, end + 1, new_end))
                continue
        come.update(new[new_at:new_end].split(b"\n"))
        gone.update(old[old_at:old_end].split(b"\n"))
    return come, gone


def _same_start(old: bytes, at: int, new: memoryview) -> int:
    """How many bytes of ``new`` are those of ``old`` from ``at`` on, or a little less; steps that double, then halve."""
    known, step, limit = 0, _STEP, len(new)
    while known + step <= limit and old.startswith(new[known : known + step], at + known):
        known, step = known + step, 2 * step
    while (step := step >> 1) >= _NEAR:
        if known + step <= limit and old.startswith(new[known : known + step], at + known):
            known += step
    return known


def _same_end(old: bytes, end: int, new: memoryview) -> int:
    """The same from the ends backwards, that of ``old`` at ``end``."""
    known, step, limit = 0, _STEP, len(new)
    while known + step <= limit and old.endswith(new[limit - known - step : limit - known], 0, end - known):
        known, step = known + step, 2 * step
    while (step := step >> 1) >= _NEAR:
        if known + step <= limit and old.endswith(new[limit - known - step : limit - known], 0, end - known):
            known += step
    return known
