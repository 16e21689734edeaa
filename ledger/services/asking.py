"""Asking those who perhaps do not answer at all, for those who can't wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

__all__ = ["Asking"]

T = TypeVar("T")


class Asking(Generic[T]):
    """One question at a time, in a thread of its own: while nobody answers, no second one is asked.

    Safe for threads.
    """

    def __init__(self, seconds: float) -> None:
        """``seconds`` that one waits for an answer."""
        self._seconds = seconds
        self._lock = threading.Lock()
        self._asked: Future[T] | None = None

    def __call__(self, ask: Callable[[], T]) -> T:
        """What ``ask`` returns or raises; that of a question that is under way, if there is one. Raises TimeoutError
        if there is no answer in time."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                # A thread that waits for ever must not keep the process from ending.
                threading.Thread(target=_answer, args=(ask, self._asked), name="asking", daemon=True).start()
            asked = self._asked
        return asked.result(self._seconds)


def _answer(ask: Callable[[], T], answer: Future[T]) -> None:
    try:
        answer.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - whoever waits gets it
        answer.set_exception(error)
