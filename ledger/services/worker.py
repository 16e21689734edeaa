"""The process that does what was accepted: it sends, follows the chain, and tells receivers, until it is stopped.

Any number of them may run beside each other, and beside commands and the API: whoever holds the lease does the work,
and the others stand by.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from ledger.errors import LedgerError
from ledger.services import webhooks
from ledger.services.ledger import Ledger

__all__ = ["Worker"]

_logger = logging.getLogger(__name__)

_LONGEST = 60.0  # seconds between attempts, when node or database do not answer


class Worker:
    """Of one ledger, for the accounts that it has the keys of."""

    def __init__(self, ledger: Ledger, *, pause: float = 1.0) -> None:
        """``pause``: seconds until the next look when there was nothing to do."""
        self._pause = pause
        self._jobs: dict[str, Callable[[], bool]] = {
            "send": ledger.sender.work,
            "follow": Follower(ledger),
            "deliver": webhooks.deliver(ledger).run,
        }
        self._failed: BaseException | None = None

    def run(self, stopped: threading.Event) -> None:
        """Work until ``stopped`` is set; what is begun is ended. Node and database may be gone meanwhile: it waits for
        them, longer each time. Raises what nobody has foreseen, after all work has stopped."""
        threads = [threading.Thread(target=self._work, args=(name, stopped), name=name) for name in self._jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failed is not None:
            raise self._failed

    def _work(self, name: str, stopped: threading.Event) -> None:
        failures = 0
        try:
            while not stopped.is_set():
                try:
                    moved = self._jobs[name]()
                except (LedgerError, SQLAlchemyError) as error:
                    failures += 1
                    pause = min(_LONGEST, self._pause * 2.0 ** min(failures, 10))
                    told = {"job": name, "error": type(error).__name__, "failures": failures, "pause": pause}
                    _logger.warning("a job failed, and is tried again: %s", _first_line(error), extra=told)
                    stopped.wait(pause)
                    continue
                if failures:
                    _logger.info("a job works again", extra={"job": name, "failures": failures})
                failures = 0
                if not moved:
                    stopped.wait(self._pause)
        except BaseException as error:  # noqa: BLE001 - whatever it is, `run` raises it
            self._failed = error
            stopped.set()


class Follower:
    """Brings the index up to the chain; says whether there was anything new."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._tip = ledger, -1

    def __call__(self) -> bool:
        tip = self._ledger.sync()
        before, self._tip = self._tip, -1 if tip is None else tip.number
        return self._tip != before


def _first_line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0]
