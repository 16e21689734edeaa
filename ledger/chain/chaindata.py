"""The embedded chain's state, in one SQLite file.

py-evm sees a key-value store. What a block writes is held in memory and reaches the file in one transaction, so that
the file is always at the end of a block: a process killed at any moment loses at most the block under way. WAL with
``synchronous=NORMAL`` keeps every committed block through ``kill -9``; when the whole machine loses power the last few
blocks may be gone, but the file is a valid chain. (``FULL`` would keep those too, for one fsync a block.)
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from ledger.chain.node import Block, BlockNotFound, BlockRef
from ledger.errors import ChainError, InputError, SetupError
from ledger.sqlitefile import prepare

__all__ = ["ChainData"]

_APPLICATION_ID = 0x43525443  # "CRTC": tells our files from any other SQLite file
_FORMAT = 1
_CACHE_ENTRIES = 100_000  # trie nodes of about 500 bytes
_HEAD = b"v1:canonical_head_hash"


class ChainData(MutableMapping[bytes, bytes]):
    """Keys and values of a chain; ``path=None`` keeps them in memory only. It is what py-evm calls an atomic database,
    without importing that: who only wants to know how far the chain is need not wait for it.

    Writes are visible at once and durable after :meth:`commit`. Not thread-safe: the node that owns it locks.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Opens the file, or creates it in a folder that is there. Raises :class:`ChainError` while another process has
        it open, :class:`InputError` when it can't be opened or is no chain, and :class:`SetupError` when it is one of
        another format."""
        self._pending: dict[bytes, bytes | None] = {}
        self._cache: dict[bytes, bytes] = {}
        self._marks: list[dict[bytes, bytes | None]] = []
        if path is not None:
            prepare(path, "a local chain")
        self._lock_file = None if path is None else _lock(path)
        try:
            # Another process is not waited for: it holds its chain for as long as it lives.
            self._db = sqlite3.connect(path or ":memory:", timeout=0.2, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            self._unlock()
            raise SetupError(f"{path} cannot be opened: {error}") from error
        try:
            self._open(path)
        except sqlite3.DatabaseError as error:
            self.close()
            if "locked" in str(error):
                raise _in_use(path, None) from error
            if isinstance(error, sqlite3.OperationalError):
                raise SetupError(f"{path} cannot be opened as a chain: {error}") from error
            raise _no_chain(path, str(error)) from error
        except BaseException:
            self.close()
            raise

    def _open(self, path: Path | None) -> None:
        run = self._db.execute
        (application,), (version,) = run("PRAGMA application_id").fetchone(), run("PRAGMA user_version").fetchone()
        (tables,) = run("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and application != _APPLICATION_ID:
            raise _no_chain(path, "a database of something else")
        if tables and version != _FORMAT:
            raise SetupError(f"{path} is not a chain of this version", hint="name another file; this one is left alone")
        # Held exclusively: on systems without flock this is the lock, and it spares the shared-memory file.
        run("PRAGMA locking_mode=EXCLUSIVE")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=NORMAL")
        run("BEGIN EXCLUSIVE")
        if not tables:
            run(f"PRAGMA application_id={_APPLICATION_ID}")
            run(f"PRAGMA user_version={_FORMAT}")
            run("CREATE TABLE kv (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
        run("COMMIT")

    def __getitem__(self, key: bytes) -> bytes:
        if key in self._pending:
            value = self._pending[key]
            if value is None:
                raise KeyError(key)
            return value
        committed = self._committed(key)
        if committed is None:
            raise KeyError(key)
        return committed

    def _committed(self, key: bytes) -> bytes | None:
        cached = self._cache.get(key)
        if cached is not None:
            return cached
        row = self._db.execute("SELECT value FROM kv WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        self._remember(key, row[0])
        found: bytes = row[0]
        return found

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._pending[key] = value

    def __delitem__(self, key: bytes) -> None:
        if key not in self:
            raise KeyError(key)
        self._pending[key] = None

    def __contains__(self, key: object) -> bool:
        assert isinstance(key, bytes)
        try:
            self[key]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[bytes]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def exists(self, key: bytes) -> bool:
        """See py-evm, as the others here."""
        return key in self

    def set(self, key: bytes, value: bytes) -> None:
        self[key] = value

    def delete(self, key: bytes) -> None:
        self.pop(key, None)

    def block(self, number: BlockRef) -> Block:
        """A block of the chain as it is, by number. Raises :class:`BlockNotFound`; there is none in an empty store."""
        try:
            # py-evm's own keys (``eth.db.schema``): a number leads to a hash as RLP, the hash to the header as RLP.
            key = _HEAD if number == "latest" else f"block-number-to-hash:{number}".encode()
            block_hash = self[key][-32:]
            fields = _items(self[block_hash])
        except KeyError:
            raise BlockNotFound(f"there is no block {number}") from None
        return Block(int.from_bytes(fields[8], "big"), block_hash, fields[0], int.from_bytes(fields[11], "big"))

    @contextmanager
    def atomic_batch(self) -> Iterator[ChainData]:
        """py-evm's unit of atomicity. Ours is the block, which contains it."""
        yield self

    def commit(self) -> None:
        """Make everything written since the last commit durable, all or nothing."""
        if not self._pending:
            return
        if self._marks:
            before = self._marks[-1]
            before.update({key: self._committed(key) for key in self._pending if key not in before})
        self._write()

    def _write(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            kept = [(key, value) for key, value in self._pending.items() if value is not None]
            gone = [(key,) for key, value in self._pending.items() if value is None]
            self._db.executemany("INSERT OR REPLACE INTO kv VALUES (?, ?)", kept)
            if gone:
                self._db.executemany("DELETE FROM kv WHERE key = ?", gone)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._pending.clear()
            raise ChainError(f"the block could not be written: {error}", hint="check the disk") from error
        for key, value in self._pending.items():
            if value is None:
                self._cache.pop(key, None)
            else:
                self._remember(key, value)
        self._pending.clear()

    def rollback(self) -> None:
        """Forget everything written since the last commit."""
        self._pending.clear()

    def mark(self) -> int:
        """From here on remember what commits overwrite, so that :meth:`undo` can bring it back. In memory only: marks
        end with the process, and what is in the file stays a valid chain."""
        self._marks.append({})
        return len(self._marks) - 1

    def undo(self, mark: int) -> None:
        """Everything as it was at a mark, which is used up with all later ones. Raises :class:`InputError`."""
        if not 0 <= mark < len(self._marks):
            raise InputError("no such mark", expected="one that was made here and not used up", found=str(mark))
        self._pending.clear()
        for before in reversed(self._marks[mark:]):  # of two values for a key, the older one counts
            self._pending.update(before)
        del self._marks[mark:]
        if self._pending:
            self._write()

    def close(self) -> None:
        """Close the file and let others open it; what was not committed is gone."""
        self._pending.clear()
        self._db.close()
        self._unlock()

    def _remember(self, key: bytes, value: bytes) -> None:
        if len(self._cache) >= _CACHE_ENTRIES:
            self._cache.clear()  # rare, and the few hot nodes are back after one block
        self._cache[key] = value

    def _unlock(self) -> None:
        if self._lock_file is not None:
            os.close(self._lock_file)  # the file itself stays: removing it would race with the next opener
            self._lock_file = None


def _items(header: bytes) -> list[bytes]:
    """The fields of a header: an RLP list of strings. The ``rlp`` package takes long to import."""
    at, found = 1 + max(0, header[0] - 0xF7), []
    while at < len(header):
        first = header[at]
        if first < 0x80:
            start, size = at, 1
        elif first < 0xB8:
            start, size = at + 1, first - 0x80
        else:
            start = at + 1 + first - 0xB7
            size = int.from_bytes(header[at + 1 : start], "big")
        found.append(header[start : start + size])
        at = start + size
    return found


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _lock(path: Path) -> int | None:
    """Take ``<path>.lock`` for this process until it ends, however it ends. Raises :class:`ChainError`."""
    try:
        import fcntl
    except ImportError:  # no flock on this system; SQLite's exclusive mode refuses instead, without naming the holder
        return None
    try:
        handle = os.open(_lock_of(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InputError(
            "the chain's lock can't be opened",
            file=str(_lock_of(path)),
            expected="a file that this user can write",
            found=error.strerror or str(error),
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(handle, 32).decode(errors="replace").strip()
        os.close(handle)
        raise _in_use(path, holder) from error
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def _no_chain(path: Path | None, found: str) -> InputError:
    if path is not None:
        _lock_of(path).unlink(missing_ok=True)  # it guards nothing
    return InputError(
        "the file is not a local chain",
        file=str(path),
        expected="a local chain's file, or none yet",
        found=found,
        hint="name another file; this one is left alone",
    )


def _in_use(path: Path | None, holder: str | None) -> ChainError:
    by = f" by process {holder}" if holder else ""
    return ChainError(
        f"the chain file {path} is in use{by}",
        hint="one process owns an embedded chain: end the other one; or have `crt node` serve the chain, and ask it: "
        f"--rpc URL --deployment {path}.deployment.json",
    )
