"""Collecting lines: each blob read once, path by path, oldest first, and the lowest place kept for each hash.

A place is one number, so that the lowest is simply the smallest: position, then whether the line is nobody's there,
then the path. Blobs at one path come one after another, and mostly share their beginning and end: only what is between
is cut into lines, and only lines that are new at the path are looked at closely.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from ledger.attribution.git import Repository
from ledger.attribution.rule import MAX_LINE, is_text, keccak, normal_forms, renamed

__all__ = ["BUCKETS", "PathHistory", "Seen", "collect", "merge"]

BUCKETS: Final = 16
_RECORD: Final = struct.Struct(">32sQ")  # hash, place
_PATH_BITS: Final = 28
_PATH: Final = (1 << _PATH_BITS) - 1
_NOBODYS: Final = 1 << _PATH_BITS
_WORTH_HALVING: Final = 2_048  # bytes
_STEP: Final = 1_024  # bytes at first
_NEAR: Final = 128  # bytes: not worth a smaller step
_PASSAGE: Final = 64  # bytes at least


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
        files[found[0] >> 4] += _RECORD.pack(found, place)
    part = into.with_name(f"{into.name}.part")  # a part that is there is whole
    part.mkdir(exist_ok=True)
    for number, content in enumerate(files):
        (part / f"{number}").write_bytes(content)
    part.rename(into)


def merge(files: Iterable[Path]) -> tuple[list[bytes], list[bytes]]:
    """Of one bucket's files all hashes, in order, and what may be somebody's: position 4, hash 32, path 4 bytes."""
    lowest: dict[bytes, int] = {}
    get = lowest.get
    for file in files:
        for found, place in _RECORD.iter_unpack(file.read_bytes()):
            if get(found, place) >= place:
                lowest[found] = place
    somebodys = [
        (place >> _PATH_BITS + 1).to_bytes(4, "big") + found + (place & _PATH).to_bytes(4, "big")
        for found, place in lowest.items()
        if not place & _NOBODYS
    ]
    return sorted(lowest), somebodys


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
            place = (seen.position << 1 | seen.nobodys) << _PATH_BITS | history.path
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
    """How many bytes of ``new`` are those of ``old`` from ``at`` on, or a little less."""
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
