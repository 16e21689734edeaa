"""Processes to do the parts of one run, and a place for what they have done."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
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


@contextmanager
def pool_of(processes: int) -> Iterator[Executor]:
    """So many processes; one is this one. Raises SetupError when they end before their work."""
    if processes == 1:
        yield _Alone()
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield pool
        except BrokenProcessPool as error:
            raise SetupError(
                "the processes that share the work have ended",
                hint="a script must call this below `if __name__ == '__main__':`, or with processes=1;"
                " else see whether the memory was enough",
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
