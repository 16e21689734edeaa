"""Attributing a history: what a pinned head adds to a log. Sections 1 to 7 of ``docs/attribution.md``."""

from __future__ import annotations

import os
import struct
from array import array
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Final

from ledger.attribution.collect import BUCKETS, collect, merge
from ledger.attribution.exclude import ATTRIBUTES, Excluded
from ledger.attribution.git import Repository
from ledger.attribution.history import Commit, landed, parse
from ledger.attribution.listing import list_changes, packed, unpack
from ledger.attribution.logfile import ENTRY, LogFile, Pinned
from ledger.attribution.policy import Policy
from ledger.attribution.rule import RULE, is_text, keccak
from ledger.attribution.tree import leaf_hash, root_of
from ledger.attribution.work import pool_of, workplace
from ledger.errors import InputError

__all__ = ["Tell", "attribute", "contributor_id", "salt_of"]

Tell = Callable[[str], None]

_COMMITS: Final = 4_000  # listed together
_PARTS: Final = 2  # the way of collecting: parts of another one are of no use
_CHANGES: Final = 2_000  # in one part, or a few more
_ALONE: Final = 300  # commits that are not worth other processes
_FOUND: Final = struct.Struct(">I32sI")  # position, hash, path's number
_FULL_LINE: Final = 1_000
_OID_FIELD: Final = 32
_SUBTREE: Final = 1 << 15  # entries: a power of two, so that they are a whole node of the tree


def salt_of(first: bytes) -> bytes:
    """What a repository's contributor ids are made with, out of its first commit's object."""
    return keccak(b"\2" + first)


def contributor_id(salt: bytes, address: str | bytes) -> bytes:
    """The id that stands for an address in the logs of a repository."""
    raw = address.encode("utf-8", "surrogateescape") if isinstance(address, str) else address
    return keccak(salt + raw.strip().lower())


def attribute(
    repository: str | Path,
    log: LogFile,
    head: str = "HEAD",
    policy: Policy | None = None,
    *,
    foreign: Container[bytes] = frozenset(),
    processes: int | None = None,
    tell: Tell = lambda _: None,
) -> Pinned:
    """Pin a head: add to the log what its history brings beyond the last pinned one, all or nothing.

    ``foreign`` holds the hashes that were seen in other registered repositories. The work is cut into parts that are
    kept beside the log as they are done, so that a run that was broken off goes on where it was. Raises InputError when
    the head does not descend from the last pinned one, or the log was made with other exclusions.
    """
    policy = policy or Policy()
    repo = Repository(repository)
    pinned = log.pinned()
    base = pinned[-1] if pinned else None
    oid = repo.resolve(head)
    _check_policy(log, policy)
    if base is not None:
        if base.oid == oid:
            return base
        if not repo.is_ancestor(base.oid, oid):
            _check_repository(repo, log)
            raise InputError(
                "the head does not descend from the last pinned one: history was rewritten",
                file=repo.path,
                field="head",
                expected=f"a descendant of {base.oid}",
                found=oid,
                hint="pin a head that has it in its history, or register the repository anew, with a new log",
            )
    processes = processes or os.cpu_count() or 1
    tell("read the commits")
    oids = repo.ancestry(oid, base.oid if base else None)
    with pool_of(processes if len(oids) >= _ALONE else 1) as pool:
        run = _Run(repo, log, policy, base, oid)
        run.read(oids, pool)
        with workplace(log.path, f"{base.oid if base else 'start'}-{oid}-{run.digest}") as place:
            run.collect(place, pool, tell)
            tell("put the lines in order")
            with log.transaction():
                return run.finish(place, foreign, pool)


def _check_repository(repo: Repository, log: LogFile) -> None:
    """Raise InputError if the repository lacks the first commit that the log was made from."""
    genesis = (log.get("genesis") or b"").decode()
    try:
        list(repo.commits([genesis]))
    except InputError as error:
        raise InputError(
            "the log is of another repository",
            file=repo.path,
            expected=f"the one whose first commit is {genesis}",
            found="one without it",
            hint="name another log with --log",
        ) from error


def _check_policy(log: LogFile, policy: Policy) -> None:
    used = log.get("exclude")
    wanted = "\n".join(policy.exclude)
    if used is not None and used.decode() != wanted:
        raise InputError(
            "the log was made with other exclusions",
            file=str(log.path),
            field="exclude",
            expected=", ".join(used.decode().split("\n")),
            found=", ".join(policy.exclude),
            hint="use the policy that the log was made with, or make a new log",
        )


class _Run:
    """One pinned head on its way into a log."""

    def __init__(self, repo: Repository, log: LogFile, policy: Policy, base: Pinned | None, head: str) -> None:
        self.repo, self.log, self.policy, self.head = repo, log, policy, head
        self.first = base.positions if base else 0

    def read(self, oids: Sequence[str], pool: Executor) -> None:
        """Read the commits, and what each of them changes."""
        repo = self.repo
        starts = range(0, len(oids), _COMMITS)
        jobs = [pool.submit(list_changes, repo, oids[at : at + _COMMITS], at) for at in starts]
        self.commits = {oid: parse(oid, content) for oid, content in repo.commits(oids)}  # while others list
        self.landings = dict(landed(self.head, self.commits))
        self.order = list(self.landings)
        position = {oid: self.first + index for index, oid in enumerate(self.order)}
        self.positions = array("I", [position[oid] for oid in oids])
        salt = self.log.get("salt")
        if salt is None:
            _, content = next(repo.commits(self.order[:1]))
            salt = salt_of(content)
        self.salt = salt
        self.id_of = cache(partial(contributor_id, salt))
        self.changes: dict[bytes, bytes] = defaultdict(bytes)  # packed, by path
        while jobs:
            for path, changes in jobs.pop(0).result().items():
                self.changes[path] += changes
        self.paths = sorted(self.changes)
        self.excluded = Excluded(self.policy.exclude, self._attributes())
        text = f"{_PARTS} {RULE} {_CHANGES} {self.policy.exclude} {self.first} {len(self.order)}"
        self.digest = keccak(text.encode()).hex()[:8]  # what the parts of this run depend on, in short

    def _attributes(self) -> list[tuple[int, bytes]]:
        """The versions of the attributes, by position; the one of earlier runs at -1."""
        earlier = self.log.get("attributes")
        versions = [(-1, earlier)] if earlier is not None else []
        found = unpack(self.changes.get(ATTRIBUTES, b""), self.positions, self.repo.oid_bytes)
        contents = self.repo.objects([change.oid for change in found], "blob")
        for change, (_, content) in zip(found, contents, strict=True):
            if content is not None and is_text(content):
                versions.append((change.position, content))
        self.attributes = versions[-1][1] if versions else None
        return versions

    def collect(self, place: Path, pool: Executor, tell: Tell) -> None:
        """Collect in parts, always the same ones; parts that are there are whole, and not done again."""
        parts = ((part, place / f"{number}") for number, part in enumerate(self._parts()))
        jobs = [
            pool.submit(collect, self.repo, part, self.positions, self.excluded, into)
            for part, into in parts
            if not into.is_dir()
        ]
        for number, job in enumerate(as_completed(jobs), 1):
            job.result()
            tell(f"look at what {len(self.order):,} commits changed: {100 * number // len(jobs)} %")

    def _parts(self) -> Iterator[list[tuple[int, bytes, bytes]]]:
        """Numbers, paths and packed changes; a path is in one part as a whole."""
        part: list[tuple[int, bytes, bytes]] = []
        count = 0
        for number, path in enumerate(self.paths):
            part.append((number, path, self.changes[path]))
            count += packed(self.changes[path])
            if count >= _CHANGES:
                yield part
                part, count = [], 0
        if part:
            yield part

    def finish(self, place: Path, foreign: Container[bytes], pool: Executor) -> Pinned:
        """Write what was collected into the log."""
        log, fresh = self.log, not self.first
        found: list[bytes] = []  # see `_FOUND`: sorted, they are the log's order
        nobodys = {
            position.to_bytes(4, "big")
            for position, oid in enumerate(self.order, self.first)
            if not self.commits[oid].authors
        }
        merged = pool.map(partial(merge, list(place.glob("*[0-9]"))), range(BUCKETS))
        log.add_commits(self._commit_rows(self._add_people()))  # while others merge
        for hashes, somebodys in merged:
            items = _cut(somebodys, _FOUND.size)
            if not fresh:
                new = [key for key in _cut(hashes, 32) if key not in log]
                kept = set(new)
                hashes, items = b"".join(new), [item for item in items if item[4:36] in kept]
            log.add_hashes(hashes)
            found += [item for item in items if item[:4] not in nobodys and item[4:36] not in foreign]
        found.sort()
        log.add_entries(self._entries(b"".join(found)))
        pinned = Pinned(self.head, self.first + len(self.order), len(log), _root(log, pool))
        log.pin(pinned)
        log.set("salt", self.salt)
        log.set("genesis", log.get("genesis") or self.order[0].encode())
        log.set("exclude", "\n".join(self.policy.exclude).encode())
        if self.attributes is not None:
            log.set("attributes", self.attributes)
        return pinned

    def _add_people(self) -> dict[bytes, int]:
        people = self.log.people()
        known = len(people)
        for oid in self.order:
            for address in self.commits[oid].authors:
                people.setdefault(address, len(people) + 1)
        new = [(number, address) for address, number in people.items() if number > known]
        self.log.add_people((number, address, self.id_of(address)) for number, address in new)
        return people

    def _commit_rows(self, people: Mapping[bytes, int]) -> Iterator[tuple[int, str, int, bool, list[int], bytes, int]]:
        places = {oid: position for position, oid in enumerate(self.order, self.first)}
        for oid, position in places.items():
            commit = self.commits[oid]
            authors = [people[address] for address in commit.authors]
            committer = self.id_of(commit.committer)
            landing = places[self.landings[oid]]
            yield position, oid, landing, len(commit.parents) > 1, authors, committer, commit.day

    def _entries(self, found: bytes) -> Iterator[tuple[int, int, bytes]]:
        used = sorted({number for _, _, number in _FOUND.iter_unpack(found)})
        numbers = self.log.number_paths([self.paths[number] for number in used])
        last = -1
        for position, line, number in _FOUND.iter_unpack(found):
            if position != last:
                last, shares = position, self._shares(self.commits[self.order[position - self.first]])
            path = numbers[self.paths[number]]
            for share in shares:
                yield position, path, line + share

    def _shares(self, commit: Commit) -> list[bytes]:
        """For each author the entry without the line hash."""
        oid = bytes.fromhex(commit.oid).ljust(_OID_FIELD, b"\0")
        share, rest = divmod(_FULL_LINE, len(commit.authors))
        start, rows = 0, []
        for index, address in enumerate(commit.authors):
            part = share + (rest if index == 0 else 0)
            rows.append(self.id_of(address) + oid + start.to_bytes(2, "big") + part.to_bytes(2, "big"))
            start += part
        return rows


def _cut(joined: bytes, size: int) -> list[bytes]:
    return [joined[at : at + size] for at in range(0, len(joined), size)]


def _root(log: LogFile, pool: Executor) -> bytes:
    """The root over all entries: whole subtrees by others, what is above them here."""
    entries = log.entries()
    subtrees = iter(lambda: b"".join(islice(entries, _SUBTREE)), b"")
    return root_of(list(pool.map(_subtree, subtrees)))


def _subtree(entries: bytes) -> bytes:
    return root_of([leaf_hash(entry) for entry in _cut(entries, ENTRY)])
