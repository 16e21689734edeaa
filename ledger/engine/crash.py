"""Named points at which a test kills this process: ``CRT_CRASH=name`` or ``CRT_CRASH=name:3`` for the third time.

SIGKILL leaves no time to tidy up, so that whoever starts next finds what a loss of power would leave.
"""

from __future__ import annotations

import os
import signal

__all__ = ["point"]

_name, _, _count = os.environ.get("CRT_CRASH", "").partition(":")
_left = int(_count or 1)


def point(name: str) -> None:
    """The process dies here if that is wanted; otherwise nothing happens."""
    global _left
    if name == _name:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
