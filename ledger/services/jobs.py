"""The jobs of a worker: what is done again and again, each in a thread of its own, and how that goes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from ledger.errors import LedgerError
from ledger.services import webhooks
from ledger.services.ledger import Ledger

__all__ = ["Job", "jobs_of"]

_logger = logging.getLogger(__name__)

_LONGEST = 60.0  # seconds between attempts, when node or database do not answer
_OFTEN = 3  # failures in a row, after which a job is said to be in trouble


class Job:
    """One of them. One thread runs it; any may look at its figures."""

    def __init__(self, name: str, round_: Callable[[], bool]) -> None:
        """``round_`` does a piece of the work, and says whether there was any."""
        self.name = name
        self.failures = 0
        """Rounds that failed since the process began."""
        self.in_a_row = 0
        """Rounds that failed since the last one that did not."""
        self._round = round_
        self._succeeded_at = time.monotonic()
        self._said = ""

    @property
    def since_success(self) -> float:
        """Seconds since the end of the last round that did not fail; before the first one, since the process began."""
        return time.monotonic() - self._succeeded_at

    @property
    def trouble(self) -> str | None:
        """Why the job does not get on; None if it does, or has only just begun to fail."""
        return f"{self.name} failed {self.in_a_row} times: {self._said}" if self.in_a_row >= _OFTEN else None

    def run(self, stopped: threading.Event, pause: float) -> None:
        """Work until ``stopped`` is set; what is begun is ended. ``pause``: seconds until the next look when there was
        nothing to do. What fails is tried again, later each time. Raises what nobody has foreseen."""
        while not stopped.is_set():
            try:
                moved = self._round()
            except (LedgerError, SQLAlchemyError) as error:
                stopped.wait(self._failed(error, pause))
                continue
            if self.in_a_row:
                _logger.info("a job works again", extra={"job": self.name, "failures": self.in_a_row})
            self.in_a_row, self._succeeded_at = 0, time.monotonic()
            if not moved:
                stopped.wait(pause)

    def _failed(self, error: BaseException, pause: float) -> float:
        """Seconds until it is tried again."""
        # What a database says of a mistake may hold what is in it.
        self._said = str(error).split("\n", 1)[0] if isinstance(error, LedgerError) else type(error).__name__
        self.failures, self.in_a_row = self.failures + 1, self.in_a_row + 1
        wait = min(_LONGEST, pause * 2.0 ** min(self.in_a_row, 10))
        told = {"job": self.name, "error": type(error).__name__, "failures": self.in_a_row, "pause": wait}
        _logger.warning("a job failed, and is tried again: %s", self._said, extra=told)
        return wait


def jobs_of(ledger: Ledger) -> tuple[Job, ...]:
    """What a worker does for a ledger: *sending* what was accepted, following the chain into the *index*, telling
    *webhooks*."""
    return (
        Job("sending", ledger.sender.work),
        Job("index", _Follower(ledger)),
        Job("webhooks", webhooks.deliver(ledger).run),
    )


class _Follower:
    """Brings the index up to the chain; says whether there was anything new."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._tip = ledger, -1

    def __call__(self) -> bool:
        before, self._tip = self._tip, self._ledger.sync().number
        return self._tip != before
