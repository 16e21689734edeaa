"""The process that does what was accepted: it sends, follows the chain, and tells receivers, until it is stopped.

Any number of them may run beside each other, and beside commands and the API: whoever holds the lease does the work,
and the others stand by.
"""

from __future__ import annotations

import threading

from ledger.services.jobs import Job, jobs_of
from ledger.services.ledger import Ledger

__all__ = ["Worker"]


class Worker:
    """Of one ledger, for the accounts that it has the keys of."""

    def __init__(self, ledger: Ledger, *, pause: float = 1.0) -> None:
        """``pause``: seconds until the next look when there was nothing to do."""
        self.jobs = jobs_of(ledger)
        """What it does, and how that goes."""
        self._pause = pause
        self._failed: BaseException | None = None

    def run(self, stopped: threading.Event) -> None:
        """Work until ``stopped`` is set; what is begun is ended. Node and database may be gone meanwhile: it waits for
        them, longer each time. Raises what nobody has foreseen, after all work has stopped."""
        threads = [threading.Thread(target=self._work, args=(job, stopped), name=job.name) for job in self.jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failed is not None:
            raise self._failed

    def _work(self, job: Job, stopped: threading.Event) -> None:
        try:
            job.run(stopped, self._pause)
        except BaseException as error:  # noqa: BLE001 - whatever it is, `run` raises it
            self._failed = error
            stopped.set()
