"""Collecting lines: what each commit changes is read once, and the lowest place kept for each key and side piece.

A place is one number, so that the lowest is simply the smallest: position, then whether the line is nobody's there,
then the number of the change, which within a commit is in the order of paths. A line that a commit has not more often
than its parent was at a lower place already, so only the others are looked at.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.attribution.git import Repository
from ledger.attribution.rule import MAX_LINE, MIN_RENAMED, bare, is_text, keccak, normal_forms, renamed

__all__ = ["BUCKETS", "Brought", "changed_paths", "collect", "collect_merged", "merge"]

BUCKETS: Final = 16
_RECORD: Final = struct.Struct(">32sQ")  # hash, place
_NUMBER_BITS: Final = 28
_NUMBER: Final = (1 << _NUMBER_BITS) - 1
_NOBODYS: Final = 1 << _NUMBER_BITS
_PATHS: Final = "paths"

Lowest = dict[bytes, int]


@dataclass(frozen=True, slots=True)
class Brought:
    """A blob that a merge has at some path, and none of its parents; ``before`` is one that a parent has there."""

    position: int
    oid: str
    before: str | None


def collect(repository: str, positions: Mapping[str, int], excluded: Callable[[bytes, int], bool], into: Path) -> None:
    """What commits with one parent or none bring; ``positions`` are theirs, in the landed order."""
    repo = Repository(repository)
    lowest: Lowest = {}
    paths: list[bytes] = []
    unread: list[tuple[str, int]] = []  # blobs and places
    known: set[bytes] = set()  # raw lines looked at in commits before
    here: set[bytes] = set()
    commit = ""
    for patch in repo.patches(positions):
        if patch.commit != commit:
            commit, position = patch.commit, positions[patch.commit]
            known |= here
            here.clear()
        place = (position << 1 | excluded(patch.path, position)) << _NUMBER_BITS | len(paths)
        paths.append(patch.path)
        if patch.binary:
            unread.append((patch.oid, place))
            continue
        come, gone = _short(patch.come), _short(patch.gone)
        fresh = [raw for raw in come if raw not in known]
        if fresh:
            here.update(fresh)
            lines = bare(fresh)
            if min(len(come), len(gone)) >= MIN_RENAMED:
                moved = renamed(lines if len(fresh) == len(come) else bare(come), bare(gone))
                _look([line for line in lines if line in moved], place | _NOBODYS, lowest)
                lines = [line for line in lines if line not in moved]
            _look(lines, place, lowest)
    for (_, place), (_, content) in zip(unread, repo.objects((oid for oid, _ in unread), "blob"), strict=True):
        if content is not None and is_text(content):
            _look(bare(_short(set(content.split(b"\n")))), place, lowest)
    _write(lowest, paths, into)


def collect_merged(repository: str, paths: Sequence[Sequence[Brought]], into: Path) -> None:
    """What merges bring by themselves, which is nobody's; path by path."""
    lowest: Lowest = {}
    oids = [oid for blobs in paths for oid in (blobs[0].before, *(brought.oid for brought in blobs)) if oid]
    contents = Repository(repository).objects(oids, "blob")
    for blobs in paths:
        # What a parent has was looked at before, and so need not be here.
        known = _blocks(contents) if blobs[0].before else set()
        lines = _cut(known)
        for brought in blobs:
            fresh = _blocks(contents) - known
            known |= fresh
            look = _cut(fresh) - lines
            lines |= look
            _look(bare(_short(look)), brought.position << 1 + _NUMBER_BITS | _NOBODYS, lowest)
    _write(lowest, [], into)


def _blocks(contents: Iterator[tuple[str, bytes | None]]) -> set[bytes]:
    """What is between the blank lines of the next blob, which most blobs at a path share; nothing if it is left out."""
    _, content = next(contents)
    return set(content.split(b"\n\n")) if content is not None and is_text(content) else set()


def _cut(blocks: Iterable[bytes]) -> set[bytes]:
    return {line for block in blocks for line in block.split(b"\n")}


def changed_paths(part: Path) -> list[bytes]:
    """The path of each change that a part has collected from."""
    content = (part / _PATHS).read_bytes()
    return content.split(b"\0") if content else []


def merge(files: Iterable[tuple[Path, int]]) -> tuple[bytes, bytes]:
    """Of one bucket's files all hashes, in order, and what may be somebody's: position 4, hash 32, change's number 4.

    Both joined. Beside each file is what to add to the numbers in it.
    """
    lowest: Lowest = {}
    get = lowest.get
    for file, first in files:
        for found, place in _RECORD.iter_unpack(file.read_bytes()):
            at = place + first
            if get(found, at) >= at:
                lowest[found] = at
    somebodys = [
        (place >> _NUMBER_BITS + 1).to_bytes(4, "big") + found + (place & _NUMBER).to_bytes(4, "big")
        for found, place in lowest.items()
        if not place & _NOBODYS
    ]
    return b"".join(sorted(lowest)), b"".join(somebodys)


def _short(raws: Collection[bytes]) -> list[bytes]:
    if max(map(len, raws), default=0) <= MAX_LINE:
        return list(raws)
    return [raw for raw in raws if len(raw) <= MAX_LINE]


def _look(lines: Collection[bytes], place: int, lowest: Lowest) -> None:
    side = place | _NOBODYS
    get = lowest.get
    for key, pieces in normal_forms(lines):
        if get(key, place) >= place:
            lowest[key] = place
        for piece in pieces:
            if get(piece, side) >= side:
                lowest[piece] = side


def _write(lowest: Lowest, paths: Iterable[bytes], into: Path) -> None:
    """The lowest place of each hash to files by its first half byte. A part that is there is whole."""
    files = [bytearray() for _ in range(BUCKETS)]
    for key, place in lowest.items():
        found = keccak(key)
        files[found[0] >> 4] += _RECORD.pack(found, place)
    part = into.with_name(f"{into.name}.part")
    part.mkdir(exist_ok=True)
    for number, content in enumerate(files):
        (part / f"{number}").write_bytes(content)
    (part / _PATHS).write_bytes(b"\0".join(paths))
    part.rename(into)
