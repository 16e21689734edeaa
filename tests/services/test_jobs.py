"""Jobs of a worker: what fails is tried again, and counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import ProgrammingError

from ledger.chain.node import Unreachable
from ledger.services import jobs as jobs_module
from ledger.services.jobs import Job, jobs_of
from ledger.services.ledger import Ledger, open_local
from tests.services.test_monitoring import health, scraped


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_local() as opened:
        opened.sync()
        yield opened


class Rounds:
    """Each round does what is next in a list; after the last one the job is stopped."""

    def __init__(self, *results: bool | Exception) -> None:
        self.left, self.stopped = list(results), threading.Event()

    def __call__(self) -> bool:
        result = self.left.pop(0)
        if not self.left:
            self.stopped.set()
        if isinstance(result, Exception):
            raise result
        return result


def ran(*results: bool | Exception) -> Job:
    rounds = Rounds(*results)
    job = Job("index", rounds)
    job.run(rounds.stopped, 0.001)
    assert not rounds.left
    return job


def test_failures_are_counted_for_ever_and_in_a_row() -> None:
    gone = Unreachable("no answer from the node")
    job = ran(gone, True, gone, gone, gone)
    assert (job.failures, job.in_a_row) == (4, 3)
    job = ran(gone, gone, gone, False)
    assert (job.failures, job.in_a_row, job.trouble) == (3, 0, None)


def test_a_job_is_in_trouble_when_it_fails_again_and_again(ledger: Ledger) -> None:
    gone = Unreachable("no answer from the node")
    assert health(ledger, ran(gone, gone)).is_ready
    found = health(ledger, ran(True), ran(gone, gone, gone))
    assert not found.is_ready and found.parts["jobs"] == "index failed 3 times: no answer from the node"


def test_what_a_database_says_of_a_mistake_is_not_repeated() -> None:
    wrong = ProgrammingError("select secret from place", {"secret": "value"}, Exception("secret"))
    trouble = ran(wrong, wrong, wrong).trouble
    assert trouble == "index failed 3 times: ProgrammingError"


def test_what_nobody_has_foreseen_ends_it() -> None:
    with pytest.raises(ZeroDivisionError):
        ran(ZeroDivisionError())


def test_figures_of_jobs(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(jobs_module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    gone = Unreachable("no answer from the node")
    job = ran(True, gone, gone)
    now[0] += 50.0
    found = scraped(ledger, job)
    assert found["crt_job_failures_total", "index"] == 2
    assert found["crt_job_last_success_seconds", "index"] == 50


def test_a_worker_has_a_job_for_each_part_of_the_work(ledger: Ledger) -> None:
    jobs = jobs_of(ledger)
    assert [job.name for job in jobs] == ["sending", "index", "webhooks"]
    found = scraped(ledger, *jobs)
    assert all(found["crt_job_failures_total", job.name] == 0 for job in jobs)
