"""Processes to do the parts of one run, and a place for what they have done."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ledger.errors import SetupError

__all__ = ["pool_of", "workplace"]

T = TypeVar("T")


class _Alone(Executor):
    """Does what it is given here and now."""

    def submit(self, call: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        done.set_result(call(*args, **kwargs))
        return done


def _end_with_parent() -> None:
    """A process that was left behind would wait for work for ever. An interrupt is the parent's to tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_await_parent, daemon=True).start()


def _await_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def pool_of(processes: int) -> Iterator[Executor]:
    """So many processes; one is this one. Raises SetupError when they end before their work."""
    if processes == 1:
        yield _Alone()
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_end_with_parent) as pool:
        try:
            yield pool
        except BrokenProcessPool as error:
            raise SetupError(
                "the processes that share the work have ended",
                hint="was the memory enough? Run it again, it goes on where it was; and a script must call this"
                " below `if __name__ == '__main__':`, or with processes=1",
            ) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def workplace(log: Path | None, name: str) -> Iterator[Path]:
    """A directory beside the log for the parts of one run; gone once the run is in the log."""
    root = Path(tempfile.mkdtemp()) if log is None else log.with_name(f"{log.name}.parts")
    place = root / name
    try:
        if root.is_dir():  # parts of another run are of no use to this one
            for other in root.iterdir():
                if other != place:
                    shutil.rmtree(other)
        place.mkdir(parents=True, exist_ok=True)
        yield place
    except BaseException:
        if log is None:
            shutil.rmtree(root)
        raise
    shutil.rmtree(root)
