"""The file that a log is kept in: entries, what was seen, and what a later run needs to go on. One SQLite database.

It holds addresses, for people to read who earned what, and so is not for publication. What goes on chain and into
proofs holds none.
"""

from __future__ import annotations

import sqlite3
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from ledger.attribution.rule import RULE
from ledger.errors import InputError, SetupError
from ledger.sqlitefile import prepare

__all__ = ["ENTRY", "Landing", "LogFile", "Pinned", "Record"]

ENTRY: Final = 100  # bytes
_FORMAT: Final = 2  # of the tables below
_HASH: Final = 32  # bytes
_ALL: Final = 1 << 62
_PLACE: Final = struct.Struct(">II")  # position, path's number
_CHUNK: Final = 4_096  # entries in one row, at most
_BUCKETS: Final = 1 << 12  # by the first bits of a hash
_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE pinned (oid TEXT NOT NULL, positions INTEGER NOT NULL, entries INTEGER NOT NULL, root BLOB NOT NULL);
CREATE TABLE people (number INTEGER PRIMARY KEY, address BLOB NOT NULL UNIQUE, contributor BLOB NOT NULL);
CREATE TABLE commits (position INTEGER PRIMARY KEY, oid TEXT NOT NULL, landing INTEGER NOT NULL,
    merge INTEGER NOT NULL, authors TEXT NOT NULL, committer BLOB NOT NULL, day INTEGER NOT NULL);
CREATE TABLE paths (number INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE);
CREATE TABLE chunks (first INTEGER PRIMARY KEY, entries BLOB NOT NULL, places BLOB NOT NULL);
CREATE TABLE hashes (bucket INTEGER NOT NULL, hashes BLOB NOT NULL);
CREATE INDEX buckets ON hashes (bucket);
"""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A pinned head, and what the log holds up to it: commits, entries and the tree's root."""

    oid: str
    positions: int
    entries: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Landing:
    """What a commit's points depend on: who wrote it, and how and when it landed. People by number."""

    authors: tuple[int, ...]
    position: int
    merge: bool
    landing_authors: tuple[int, ...]
    committer: bytes
    day: int


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of the log with its number, its commit's position and the path of the line."""

    number: int
    position: int
    path: bytes
    entry: bytes

    @property
    def line(self) -> bytes:
        return self.entry[:32]

    @property
    def contributor(self) -> bytes:
        return self.entry[32:64]

    @property
    def start(self) -> int:
        """The thousandth of the line at which the share begins."""
        return int.from_bytes(self.entry[96:98], "big")

    @property
    def share(self) -> int:
        """Thousandths of the line."""
        return int.from_bytes(self.entry[98:100], "big")


class LogFile:
    """A log on disk. ``path`` None keeps it in memory. Close it, or use it in a ``with`` statement."""

    def __init__(self, path: Path | None, *, create: bool = True) -> None:
        """Open it, or make a new one. Raises InputError for a file that is something else, or of another rule."""
        if path is not None and not create and not path.is_file():
            raise InputError(
                "there is no such log", file=str(path), hint="make it with: crt contrib attribute REPOSITORY --log FILE"
            )
        self.path = path
        if path is not None:
            prepare(path, "a log of contributions")  # it has people's addresses
        try:
            self._db = sqlite3.connect(":memory:" if path is None else path, isolation_level=None)
        except sqlite3.Error as error:
            raise self._refused("the log can't be opened", str(error)) from error
        try:
            if not self._db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                with self.transaction():
                    for statement in _SCHEMA.split(";"):
                        self._db.execute(statement)
                    self.set("rule", str(RULE).encode())
                    self.set("format", str(_FORMAT).encode())
            rule, form = self.get("rule"), self.get("format")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as error:
            self._db.close()
            raise self._refused("not a log of contributions", str(error)) from error
        if rule != str(RULE).encode() or form != str(_FORMAT).encode():
            self._db.close()
            raise self._refused("the log was made in another way", f"rule {_said(rule)}, format {_said(form)}")

    def _refused(self, message: str, found: str) -> InputError:
        return InputError(
            message,
            file=str(self.path),
            expected=f"a log of rule {RULE}, format {_FORMAT}",
            found=found,
            hint="make it anew: crt contrib attribute REPOSITORY --log ANOTHER-FILE",
        )

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def __enter__(self) -> LogFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within, or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException as error:
            if self._db.in_transaction:  # SQLite has gone back by itself when there is no space
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise SetupError(f"the log {self.path} can't be written: {error}", hint="is there space?") from error
            raise
        self._db.execute("COMMIT")

    # What was pinned, and how

    def get(self, name: str) -> bytes | None:
        """A value that was set, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def set(self, name: str, value: bytes) -> None:
        """Keep a value."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    @property
    def salt(self) -> bytes:
        """What contributor ids are made with. Raises InputError while nothing is pinned."""
        salt = self.get("salt")
        if salt is None:
            raise InputError("nothing was attributed yet", file=str(self.path), hint="crt contrib attribute REPOSITORY")
        return salt

    def pinned(self) -> list[Pinned]:
        """The pinned heads, in order."""
        return [Pinned(*row) for row in self._db.execute("SELECT * FROM pinned ORDER BY rowid")]

    def pin(self, head: Pinned) -> None:
        """Add a pinned head."""
        self._db.execute("INSERT INTO pinned VALUES (?, ?, ?, ?)", (head.oid, head.positions, head.entries, head.root))

    # The log itself

    def __len__(self) -> int:
        """How many entries there are."""
        row = self._db.execute("SELECT first, length(entries) FROM chunks ORDER BY first DESC LIMIT 1").fetchone()
        return 0 if row is None else int(row[0] + row[1] // ENTRY)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Entries of 100 bytes, in order."""
        rows = self._db.execute(
            "SELECT first, entries FROM chunks WHERE first < ?2"
            " AND first >= (SELECT max(first) FROM chunks WHERE first <= ?1) ORDER BY first",
            (start, _ALL if stop is None else stop),
        )
        for first, entries in rows:
            end = len(entries) if stop is None else min(len(entries), (stop - first) * ENTRY)
            for at in range(max(0, start - first) * ENTRY, end, ENTRY):
                yield entries[at : at + ENTRY]

    def records(self, line: bytes | None = None) -> Iterator[Record]:
        """Entries with commit and path, in order; those of one line hash if that is given."""
        paths = dict(self._db.execute("SELECT number, path FROM paths"))
        for first, entries, places in self._db.execute("SELECT * FROM chunks ORDER BY first"):
            if line is not None and line not in entries:
                continue
            for index, (position, path) in enumerate(_PLACE.iter_unpack(places)):
                entry = entries[index * ENTRY : (index + 1) * ENTRY]
                if line is None or entry[:_HASH] == line:
                    yield Record(first + index, position, paths[path], entry)

    def add_entries(self, rows: Iterable[tuple[int, int, bytes]]) -> None:
        """Append (position, path number, entry)."""
        first, left = len(self), iter(rows)
        while chunk := list(islice(left, _CHUNK)):
            entries = b"".join([entry for _, _, entry in chunk])
            places = b"".join([_PLACE.pack(position, path) for position, path, _ in chunk])
            self._db.execute("INSERT INTO chunks VALUES (?, ?, ?)", (first, entries, places))
            first += len(chunk)

    # What was seen

    def __contains__(self, found: bytes) -> bool:
        """Whether a hash was seen, as a key or a side piece."""
        rows = self._db.execute("SELECT hashes FROM hashes WHERE bucket = ?", (_bucket(found),))
        return any(_holds(hashes, found) for (hashes,) in rows)

    def add_hashes(self, hashes: bytes) -> None:
        """Keep hashes that were not seen before, in order and joined."""
        start, count = 0, len(hashes) // _HASH
        while start < count:
            bucket = _bucket(hashes, start)
            end = bisect_left(range(count), bucket + 1, start, key=partial(_bucket, hashes))
            self._db.execute("INSERT INTO hashes VALUES (?, ?)", (bucket, hashes[start * _HASH : end * _HASH]))
            start = end

    # Whose and where

    def people(self) -> dict[bytes, int]:
        """People's numbers by address."""
        return {address: number for number, address, _ in self._db.execute("SELECT * FROM people")}

    def contributors(self) -> dict[bytes, bytes]:
        """Addresses by contributor id."""
        return {contributor: address for _, address, contributor in self._db.execute("SELECT * FROM people")}

    def add_people(self, rows: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Add (number, address, contributor id)."""
        self._db.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)

    def number_paths(self, paths: Iterable[bytes]) -> dict[bytes, int]:
        """The paths' numbers, new ones for those that have none."""
        numbers = {}
        for path in paths:
            self._db.execute("INSERT OR IGNORE INTO paths (path) VALUES (?)", (path,))
            numbers[path] = int(self._db.execute("SELECT number FROM paths WHERE path = ?", (path,)).fetchone()[0])
        return numbers

    def add_commits(self, rows: Iterable[tuple[int, str, int, bool, Sequence[int], bytes, int]]) -> None:
        """Add (position, oid, landing's position, whether it is a merge, authors, committer's contributor id, day)."""
        self._db.executemany(
            "INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (position, oid, landing, merge, " ".join(map(str, authors)), committer, day)
                for position, oid, landing, merge, authors, committer, day in rows
            ),
        )

    def landings(self) -> Iterator[tuple[int, Landing]]:
        """How each commit landed, by position."""
        rows = self._db.execute(
            "SELECT c.position, c.authors, l.position, l.merge, l.authors, l.committer, l.day"
            " FROM commits c JOIN commits l ON l.position = c.landing ORDER BY c.position"
        )
        for at, authors, position, merge, landing_authors, committer, day in rows:
            yield at, Landing(_numbers(authors), position, bool(merge), _numbers(landing_authors), committer, day)


def _said(value: bytes | None) -> str:
    return "none" if value is None else value.decode(errors="replace")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


def _bucket(hashes: bytes, number: int = 0) -> int:
    return int.from_bytes(hashes[number * _HASH : number * _HASH + 4], "big") * _BUCKETS >> 32


def _holds(hashes: bytes, found: bytes) -> bool:
    """Whether it is one of the hashes, and not only some bytes of two."""
    at = hashes.find(found)
    while at >= 0 and at % _HASH:
        at = hashes.find(found, at + 1)
    return at >= 0
