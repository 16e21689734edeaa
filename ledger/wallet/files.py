"""Files that nobody else may read, written as a whole or not at all, by one writer at a time."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from ledger.errors import InputError, LedgerError

__all__ = ["check_private", "home", "locked", "move", "private_folder", "read_private", "remove", "write_new"]

_TEMPORARY = ".new-"
_PATIENCE = 10.0  # seconds for another writer


def home() -> Path:
    """Where wallets are if no other folder is named: ``crt`` in the folder that XDG has for data."""
    data = os.environ.get("XDG_DATA_HOME", "")
    if os.path.isabs(data):  # XDG: others are ignored
        return Path(data) / "crt"
    try:
        return Path.home() / ".local" / "share" / "crt"
    except RuntimeError:
        expected, hint = "a folder of mode 0700", "name one in CRT_HOME"
        raise InputError(
            "this user has no home", field="CRT_HOME", expected=expected, found="none", hint=hint
        ) from None


def private_folder(path: Path) -> Path:
    """The folder, made with mode 0700 if it is not there. Raises InputError for one that others may enter."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        expected = "a folder that can be made, or is there"
        said = error.strerror or str(error)
        raise InputError("there is no folder for wallets", file=str(path), expected=expected, found=said) from None
    found = path.stat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise InputError(
            "others may enter the folder",
            file=str(path),
            expected="a folder of yours, of mode 0700",
            found=f"mode {stat.S_IMODE(found.st_mode):04o}, of user {found.st_uid}",
            hint=f"chmod 700 {path}; or name another folder in CRT_HOME",
        )
    return path


def check_private(descriptor: int, path: Path, field: str | None, what: str = "the key") -> None:
    """Raise InputError for an open file that others may read."""
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & 0o177:
        raise InputError(
            f"others may read {what}, or run it",
            file=str(path),
            field=field,
            expected="mode 0600",
            found=f"mode {mode:04o}",
            hint=f"chmod 600 {path}; if others had the machine meanwhile, {what} is theirs too",
        )


def read_private(path: Path, field: str | None, what: str, most: int = 65_536) -> str:
    """The text of a file that holds a secret. Raises InputError, without anything of what is in it."""
    try:
        with path.open("rb") as file:
            check_private(file.fileno(), path, field, what)
            found = file.read(most + 1)
    except OSError as error:
        said = error.strerror or "nothing"
        expected = f"a file of mode 0600 with {what}"
        raise InputError(f"{what} can't be read", file=str(path), field=field, expected=expected, found=said) from None
    try:
        text = found.decode() if len(found) <= most else None
    except UnicodeDecodeError:
        text = None
    if text is None:
        expected = f"text of at most {most:,} bytes"
        raise InputError("not a file of text", file=str(path), field=field, expected=expected, found="something else")
    return text


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else writes in the folder meanwhile. What a writer that was killed has left half done is removed. Raises
    LedgerError if another one takes too long."""
    if sys.platform == "win32":
        raise LedgerError("wallets are kept on systems with POSIX files alone", hint="use Linux or macOS, or WSL")
    import fcntl

    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LedgerError(f"another program writes in {folder}", hint="ask again when it is done") from None
                time.sleep(0.02)
        for left in folder.glob(f"{_TEMPORARY}*"):
            left.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)


def write_new(path: Path, text: str) -> None:
    """Make a file of mode 0600. It is there as a whole or not at all, also if the machine stops. Raises InputError if
    there is one of this name, which stays as it is, and for a folder that can't be written to."""
    temporary = path.parent / f"{_TEMPORARY}{token_hex(8)}"
    try:
        try:
            with open(temporary, "x", encoding="utf-8", opener=_private) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)  # unlike a renaming, it replaces nothing
        finally:
            temporary.unlink(missing_ok=True)
        _sync(path.parent)
    except FileExistsError:
        expected = "a name that is free"
        raise InputError("there is such a file already", file=str(path), expected=expected, found="a file") from None
    except OSError as error:
        found = error.strerror or str(error)
        expected = "a folder that can be written to"
        raise InputError("the file can't be made", file=str(path), expected=expected, found=found) from None


def move(old: Path, new: Path) -> None:
    """Give a file another name. Raises InputError if there is one of it. Who is killed in between leaves both."""
    try:
        os.link(old, new)
    except FileExistsError:
        expected = "a name that is free"
        raise InputError("there is such a file already", file=str(new), expected=expected, found="a file") from None
    remove(old)


def remove(path: Path) -> None:
    """Remove a file for good."""
    path.unlink()
    _sync(path.parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
