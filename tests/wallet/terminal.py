"""`crt` on a real pseudo-terminal, its questions answered."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.command import ROOT

_PATIENCE = 120.0


class Terminal:
    """What a person sees, and types. ``seen`` is all of it, what is echoed too."""

    def __init__(self, descriptor: int, pid: int) -> None:
        self._descriptor, self._pid = descriptor, pid
        self.seen = ""
        self._read = 0

    def until(self, pattern: str) -> re.Match[str]:
        """Wait for something to be shown, after what was waited for before."""
        deadline = time.monotonic() + _PATIENCE
        while (found := re.compile(pattern, re.DOTALL).search(self.seen, self._read)) is None:
            assert time.monotonic() < deadline and self._more(), f"no {pattern!r} in {self.seen!r}"
        self._read = found.end()
        return found

    def types(self, text: str) -> None:
        time.sleep(0.05)  # the prompt is there before the echo is off
        os.write(self._descriptor, text.encode() + b"\n")

    def answers(self, *pairs: tuple[str, str]) -> None:
        """Each prompt, and what is typed for it."""
        for pattern, text in pairs:
            self.until(pattern)
            self.types(text)

    def ends(self) -> int:
        """Wait for the end. Gives the exit code."""
        while self._more():
            pass
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._descriptor)

    def _more(self) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], _PATIENCE)
        with suppress(OSError):  # Linux says so when the other end is closed
            if ready and (part := os.read(self._descriptor, 65_536)):
                self.seen += part.decode()
                return True
        return False


@contextmanager
def terminal(*args: str, home: Path, cwd: Path = ROOT, **environment: str) -> Iterator[Terminal]:
    """`crt` with its wallets in ``home``, on a terminal of its own."""
    command = [sys.executable, "-c", "from ledger.cli import main; main()", *args]
    variables = {**os.environ, "CRT_HOME": str(home), "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment}
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execve(command[0], command, variables)
    made = Terminal(descriptor, pid)
    try:
        yield made
    finally:
        made.close()
