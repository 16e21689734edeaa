"""Files of SQLite: a new one is nobody else's to read, and what can't be opened is said before anything is made."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from ledger.errors import InputError

__all__ = ["prepare"]

# Who closes a file gives up all locks that this process has on it, SQLite's too: nobody may open one that is just made.
_one_at_a_time = threading.Lock()


_HINT = "name another file, or see whose the folder and the file are: ls -la"


def prepare(path: Path, what: str) -> None:
    """Make sure that SQLite can open a file to read and write. One that is not there is made, with mode 0600, which
    those that SQLite keeps beside it get too.

    ``what`` is what it holds, for messages: ``a chain``. Raises InputError for a folder that is not there or can't be
    written to, and for a file that can't. What is in the file is SQLite's to say.
    """

    def refused(message: str, found: str) -> InputError:
        expected = f"{what}, in a folder that exists and can be written to"
        return InputError(message, file=str(path), expected=expected, found=found, hint=_HINT)

    if path.is_dir():
        raise refused("a file is needed here", "a folder")
    if not path.parent.is_dir():
        raise refused("the folder does not exist", f"no folder {path.parent}")
    with _one_at_a_time:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            return
        except FileExistsError:
            pass
        except OSError as error:
            raise refused("the file can't be made", error.strerror or str(error)) from None
    if not os.access(path.parent, os.W_OK | os.X_OK):  # SQLite makes others beside it
        raise refused("the folder can't be written to", f"{path.parent}, which this user may only read")
    if not os.access(path, os.R_OK | os.W_OK):
        raise refused("the file can't be written to", "a file that this user may not write")
