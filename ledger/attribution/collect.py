"""Collecting lines: what commits change is read path by path, and the lowest place kept for each key and side piece.

A place is one number, so that the lowest is simply the smallest: position, then whether the line is nobody's there,
then the path's number, which is in the order of paths. A line that a commit has not more often than a
parent's blob at that path was looked at when that blob came, or before, so only the others are looked at.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from ledger.attribution.difference import differing
from ledger.attribution.git import Repository
from ledger.attribution.listing import Landed, unpack
from ledger.attribution.rule import (
    MAX_LINE,
    MIN_RENAMED,
    bare,
    is_text,
    keccak,
    normal_forms,
    renamed,
    without_comment_lines,
)

__all__ = ["BUCKETS", "collect", "merge"]

BUCKETS: Final = 16
_RECORD: Final = struct.Struct(">32sQ")  # hash, place
_NUMBER_BITS: Final = 28
_NUMBER: Final = (1 << _NUMBER_BITS) - 1
_NOBODYS: Final = 1 << _NUMBER_BITS
_AT_HAND: Final = 8  # blobs that are kept while one path is read
_KNOWN: Final = 1_000_000  # lines that are kept while one path is read
_LINES: Final = 20_000  # looked at together

Lowest = dict[bytes, int]
Differing = tuple[int, list[bytes], list[bytes]]  # place, and the lines that come and are gone
_Changes = Sequence[tuple[int, Landed]]  # and their places


def collect(
    repo: Repository,
    paths: Sequence[tuple[int, bytes, bytes]],
    positions: Sequence[int],
    excluded: Callable[[bytes, int], bool],
    into: Path,
) -> None:
    """What commits bring, to the directory ``into``; of each path its number, itself and its packed changes."""
    at_paths: list[_Changes] = []
    for number, path, changes in paths:
        placed = []
        for change in unpack(changes, positions, repo.oid_bytes):
            nobodys = change.merged or excluded(path, change.position)
            placed.append(((change.position << 1 | nobodys) << _NUMBER_BITS | number, change))
        at_paths.append(placed)
    lowest: Lowest = {}
    waiting: list[Differing] = []
    count = 0
    for differs in _differences(repo, at_paths):
        waiting.append(differs)
        count += len(differs[1]) + len(differs[2])
        if count >= _LINES:
            _look(waiting, lowest)
            waiting, count = [], 0
    _look(waiting, lowest)
    _write(lowest, into)


def _differences(repo: Repository, at_paths: Iterable[_Changes]) -> Iterator[Differing]:
    """Path by path, so that most blobs are at hand when the next one is compared with them.

    The walk is made twice, in the same way: first to know what has to be read, then with what git gives for that.
    """
    asked: list[str] = []

    def ask(oid: str) -> bytes:
        asked.append(oid)
        return b""

    for changes in at_paths:
        for _ in _with_contents(changes, ask):
            pass
    contents = repo.objects(asked, "blob")
    for changes in at_paths:
        known: set[bytes] = set()  # looked at here, at lower places: not again, unless they may show a rename
        for place, before, after in _with_contents(changes, lambda _: _text(next(contents)[1])):
            come, gone = (_short(lines) for lines in differing(before, after))
            if place & _NOBODYS or min(len(come), len(gone)) < MIN_RENAMED:
                come, gone = come - known, set()
            known |= come
            if len(known) > _KNOWN:
                known.clear()
            if come:
                yield place, without_comment_lines(come), without_comment_lines(gone)


def _with_contents(changes: _Changes, read: Callable[[str], bytes]) -> Iterator[tuple[int, bytes, bytes]]:
    """For each change its place, the content before it and the one after it; what is at hand is not read again."""
    at_hand: dict[str, bytes] = {}

    def content(oid: str) -> bytes:
        found = at_hand.pop(oid, None)
        at_hand[oid] = found = read(oid) if found is None else found
        if len(at_hand) > _AT_HAND:
            del at_hand[next(iter(at_hand))]
        return found

    for place, change in changes:
        yield place, content(change.before) if change.before else b"", content(change.oid)


def _text(blob: bytes | None) -> bytes:
    return blob if blob is not None and is_text(blob) else b""


def _short(raws: set[bytes]) -> set[bytes]:
    if max(map(len, raws), default=0) <= MAX_LINE:
        return raws
    return {raw for raw in raws if len(raw) <= MAX_LINE}


def _look(waiting: Sequence[Differing], lowest: Lowest) -> None:
    lines = iter(bare([raw for _, come, gone in waiting for raw in (*come, *gone)]))
    places: Lowest = {}
    for place, come, gone in waiting:
        new = list(islice(lines, len(come)))
        moved = renamed(new, list(islice(lines, len(gone)))) if gone else ()
        for line in new:
            its = place | _NOBODYS if line in moved else place
            if places.get(line, its) >= its:
                places[line] = its
    get = lowest.get
    for line, key, pieces in normal_forms(places):
        place = places[line]
        if get(key, place) >= place:
            lowest[key] = place
        side = place | _NOBODYS
        for piece in pieces:
            if get(piece, side) >= side:
                lowest[piece] = side


def _write(lowest: Lowest, into: Path) -> None:
    """The lowest place of each hash to files by its first half byte. A directory that is there is whole."""
    files = [bytearray() for _ in range(BUCKETS)]
    for key, place in lowest.items():
        found = keccak(key)
        files[found[0] >> 4] += _RECORD.pack(found, place)
    part = into.with_name(f"{into.name}.part")
    part.mkdir(exist_ok=True)
    for number, content in enumerate(files):
        (part / f"{number}").write_bytes(content)
    part.rename(into)


def merge(parts: Iterable[Path], bucket: int) -> tuple[bytes, bytes]:
    """Of one bucket of the parts all hashes, in order, and what may be somebody's. Both joined.

    The latter are position, hash and path's number, of 4, 32 and 4 bytes.
    """
    lowest: Lowest = {}
    get = lowest.get
    for part in parts:
        for found, place in _RECORD.iter_unpack((part / f"{bucket}").read_bytes()):
            if get(found, place) >= place:
                lowest[found] = place
    somebodys = [
        (place >> _NUMBER_BITS + 1).to_bytes(4, "big") + found + (place & _NUMBER).to_bytes(4, "big")
        for found, place in lowest.items()
        if not place & _NOBODYS
    ]
    return b"".join(sorted(lowest)), b"".join(somebodys)
