"""An account that this process holds, by a lease that others respect and a token that the database checks."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import Connection

from ledger.store import accounts
from ledger.store.accounts import Fenced
from ledger.store.database import Database

__all__ = ["Holding", "has_ended", "name_of_this_process"]


def name_of_this_process() -> str:
    """Another one for each that asks; it tells where the process is, so that others here notice when it has ended."""
    return f"{socket.gethostname()[:24]}/{os.getpid()}/{uuid4().hex[:8]}"


class Holding:
    """The lease of one account. One thread at a time."""

    def __init__(
        self, database: Database, address: str, owner: str, seconds: float, *, told: logging.Logger | None = None
    ) -> None:
        """``told`` of each time that it changes hands."""
        self._told = told
        self._database, self._address, self._owner, self._seconds = database, address, owner, seconds
        self._token: int | None = None
        self._until = 0.0
        self._doubted = False

    def take(self) -> bool | None:
        """Have the account, or keep it. None if somebody else has it; False if it was ours all the time; True if
        anything may have changed since it was."""
        now = time.monotonic()
        if self._token is not None and now < self._until and not self._doubted:
            return False
        with self._database.write() as connection:
            clock = self._database.now(connection)
            until = clock + int(self._seconds * 1000)
            lease = accounts.lease(connection, self._address, self._owner, clock, until, has_ended)
        token = None if lease is None else lease.token
        if self._told is not None and lease is not None and lease.before not in (None, self._owner):
            told = {"account": self._address, "before": lease.before, "now": self._owner}
            self._told.info("the account changes hands: this process works for it now", extra=told)
        same, self._token, self._until = token == self._token, token, now + self._seconds / 2
        doubted, self._doubted = self._doubted, False
        return None if token is None else doubted or not same

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A database transaction in which the account is certainly ours. Raises
        :class:`~ledger.store.accounts.Fenced` if it is not any more."""
        if self._token is None:
            raise Fenced(self._address)
        with self._database.write() as connection:
            accounts.fence(connection, self._address, self._token)
            yield connection

    def now(self, connection: Connection) -> int:
        """Milliseconds since 1970, by the clock of all who use the database."""
        return self._database.now(connection)

    def forget(self) -> None:
        """What is known of the account may be wrong: the next :meth:`take` says that anything may have changed."""
        self._doubted = True

    def release(self) -> None:
        """Give the account back, for others to take at once."""
        if self._token is not None:
            with self._database.write() as connection:
                accounts.release(connection, self._address, self._token)
            self._token = None


def has_ended(owner: str) -> bool:
    """Whether a process of this machine is no more; of others nobody here can tell."""
    host, _, rest = owner.partition("/")
    number = rest.partition("/")[0]
    if host != socket.gethostname()[:24] or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
