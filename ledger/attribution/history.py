"""The landed order of commits, and what each commit says of itself. Sections 1, 2 and 6 of ``docs/attribution.md``."""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final

from ledger.errors import InputError

__all__ = ["Commit", "landed", "parse"]

_CO_AUTHOR: Final = re.compile(rb"(?im)^co-authored-by:[^\n]*<([^<>\n]*)>[ \t\r]*$")
_MAX_AUTHORS: Final = 100
_WHITE: Final = b"\t\n\v\f\r "
_DAY: Final = 86_400
_LAST_DAY: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: ``authors`` and ``committer`` are addresses, ``day`` is the committer's date in days since 1970."""

    oid: str
    parents: tuple[str, ...]
    authors: tuple[bytes, ...]
    committer: bytes
    day: int


def parse(oid: str, content: bytes) -> Commit:
    """A commit out of its object. Raises InputError if it is not one."""
    head, _, message = content.partition(b"\n\n")
    fields = defaultdict(list)
    for line in head.split(b"\n"):
        name, _, value = line.partition(b" ")
        fields[name].append(value)
    if not fields[b"tree"]:
        raise InputError("a commit can't be read", field=oid, expected="a commit object", found=repr(content[:40]))
    author, committer = (fields[name][0] if fields[name] else b"" for name in (b"author", b"committer"))
    others = _CO_AUTHOR.findall(message) if b"\nco-authored-by:" in b"\n" + message.lower() else []
    named = [_address(author), *(_clean(found) for found in others)]
    authors = tuple(dict.fromkeys(address for address in named if address))[:_MAX_AUTHORS]
    return Commit(
        oid, tuple(found.decode() for found in fields[b"parent"]), authors, _address(committer), _day(committer)
    )


def _address(line: bytes) -> bytes:
    address, end, _ = line.partition(b"<")[2].partition(b">")
    return _clean(address) if end else b""


def _clean(address: bytes) -> bytes:
    return address.strip(_WHITE).lower()


def _day(line: bytes) -> int:
    """The day of an author or committer line; 0 for what is before 1970, or no date at all."""
    words = line.rpartition(b">")[2].split()
    seconds = int(words[0]) if words and words[0].isdigit() and len(words[0]) < 20 else 0
    return min(seconds // _DAY, _LAST_DAY)


def landed(head: str, commits: dict[str, Commit]) -> Iterator[tuple[str, str]]:
    """Commit and landing of all that ``head`` lands, in order. ``commits`` are those that have not landed."""
    walk = []
    at: str | None = head
    while at is not None and at in commits:
        walk.append(at)
        parents = commits[at].parents
        at = parents[0] if parents else None
    waiting = set(commits)
    for landing in reversed(walk):
        for oid in _in_order(_segment(landing, commits, waiting), commits):
            waiting.discard(oid)
            yield oid, landing


def _segment(landing: str, commits: dict[str, Commit], waiting: Container[str]) -> set[str]:
    found, todo = {landing}, [landing]
    while todo:
        for parent in commits[todo.pop()].parents:
            if parent in waiting and parent not in found:
                found.add(parent)
                todo.append(parent)
    return found


def _in_order(segment: set[str], commits: dict[str, Commit]) -> Iterator[str]:
    """Parents first, the smallest oid first among those that are free."""
    if len(segment) == 1:
        yield from segment
        return
    children = defaultdict(list)
    missing = {}
    for oid in segment:
        parents = {parent for parent in commits[oid].parents if parent in segment}
        missing[oid] = len(parents)
        for parent in parents:
            children[parent].append(oid)
    free = [oid for oid, count in missing.items() if count == 0]
    heapq.heapify(free)
    while free:
        oid = heapq.heappop(free)
        yield oid
        for child in children[oid]:
            missing[child] -= 1
            if missing[child] == 0:
                heapq.heappush(free, child)
