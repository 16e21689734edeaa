"""What commits change, path by path; packed, since a long history has many changes and all are in memory at once."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.attribution.git import Repository

__all__ = ["Landed", "list_changes", "packed", "unpack"]

_CHANGE: Final = struct.Struct(">I?32s32s")  # commit's number, whether it is a merge, the blob, the one before or zeros
_NONE: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Landed:
    """A blob that a commit at a position brings to a path; ``before`` is one that a parent has there."""

    position: int
    merged: bool
    oid: str
    before: str | None


def list_changes(repo: Repository, commits: Sequence[str], first: int) -> dict[bytes, bytes]:
    """Packed, what the commits bring to each path. The commits are numbered from ``first``."""
    numbers = {commit: number for number, commit in enumerate(commits, first)}
    found: dict[bytes, bytearray] = defaultdict(bytearray)
    last: tuple[str, bytes] | None = None
    for change in repo.changes(commits):
        if last == (last := (change.commit, change.path)):
            raise repo.refused(
                "a tree has a name twice",
                field=change.commit,
                expected="a tree as git writes it",
                found=repr(change.path),
            )
        before = bytes.fromhex(change.before or "")
        found[change.path] += _CHANGE.pack(numbers[change.commit], change.merged, bytes.fromhex(change.oid), before)
    return {path: bytes(changes) for path, changes in found.items()}


def packed(changes: bytes) -> int:
    """How many changes are packed there."""
    return len(changes) // _CHANGE.size


def unpack(changes: bytes, positions: Sequence[int], oid_bytes: int) -> list[Landed]:
    """The changes by position; ``positions`` are those of the commits by their number."""
    found = [
        Landed(positions[number], merged, oid[:oid_bytes].hex(), before[:oid_bytes].hex() if before != _NONE else None)
        for number, merged, oid, before in _CHANGE.iter_unpack(changes)
    ]
    return sorted(found, key=lambda change: change.position)
