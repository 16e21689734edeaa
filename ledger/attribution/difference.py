"""Which lines one text has more often than another. Section 3 of ``docs/attribution.md``.

What both have in a row is cut out of both before anything is split into lines: where a cut is made costs time and
changes nothing, since equal texts hold equal lines.
"""

from __future__ import annotations

from collections import Counter
from itertools import compress
from operator import ne
from typing import Final

__all__ = ["differing"]

_CLOSE: Final = 64  # bytes that are not worth another comparison
_SMALL: Final = 4_000  # bytes that are not worth another cut
_PROBE: Final = 64
_PROBED: Final = (1 / 2, 1 / 5, 4 / 5)
_CUTS: Final = 8  # one within another


def differing(old: bytes, new: bytes) -> tuple[set[bytes], set[bytes]]:
    """The different lines that ``new`` has more often than ``old``, and those that it has less often; none empty."""
    removed, added = _unlike(old, new)
    more, less = set(added), set(removed)
    shared = more & less
    come, gone = more - shared, less - shared
    for lines in (come, gone, shared):
        lines.discard(b"")
    if shared and (len(more) < len(added) or len(less) < len(removed)):
        plus, minus = Counter(filter(shared.__contains__, added)), Counter(filter(shared.__contains__, removed))
        come.update([line for line, count in plus.items() if count > minus[line]])
        gone.update([line for line, count in minus.items() if count > plus[line]])
    return come, gone


def _unlike(old: bytes, new: bytes) -> tuple[list[bytes], list[bytes]]:
    """The lines of both without some that both have equally often; some empty ones besides."""
    removed: list[bytes] = []
    added: list[bytes] = []
    todo = [(old, new, _CUTS)]
    while todo:
        old, new, cuts = todo.pop()
        old, new = _without_ends(old, new)
        at = _meeting(old, new) if cuts else None
        if at is None:
            lines, others = old.split(b"\n"), new.split(b"\n")
            if len(lines) == len(others):
                unlike = list(map(ne, lines, others))
                removed += compress(lines, unlike)
                added += compress(others, unlike)
            else:
                removed += lines
                added += others
        else:
            todo += [(old[: at[0]], new[: at[1]], cuts - 1), (old[at[0] :], new[at[1] :], cuts - 1)]
    return removed, added


def _without_ends(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """Both without lines at their beginning and at their end that both have."""
    most = min(len(old), len(new))
    start = old.rfind(b"\n", 0, _same_start(old, new, most)) + 1
    same = _same_end(old, new, most - start)
    end = (old.find(b"\n", len(old) - same) + 1 if same else 0) or len(old)
    return old[start:end], new[start : end + len(new) - len(old)]


def _same_start(old: bytes, new: bytes, most: int) -> int:
    """Nearly how many bytes are the same at the beginning, and never more."""
    same = 0
    while most - same > _CLOSE:
        middle = (same + most) >> 1
        if old.startswith(new[same:middle], same):
            same = middle
        else:
            most = middle
    return same


def _same_end(old: bytes, new: bytes, most: int) -> int:
    """Nearly how many bytes are the same at the end, and never more."""
    same = 0
    while most - same > _CLOSE:
        middle = (same + most) >> 1
        if old.endswith(new[len(new) - middle : len(new) - same], 0, len(old) - same):
            same = middle
        else:
            most = middle
    return same


def _meeting(old: bytes, new: bytes) -> tuple[int, int] | None:
    """Where a line begins in both from which on they are the same for a while; nothing if it isn't worth the search."""
    if min(len(old), len(new)) <= _SMALL:
        return None
    for part in _PROBED:
        here = old.find(b"\n", int(len(old) * part))
        probe = old[here : here + _PROBE]
        there = new.find(probe) if here >= 0 and len(probe) == _PROBE else -1
        if there >= 0:
            return here + 1, there + 1
    return None
