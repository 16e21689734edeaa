"""What every request works with: the ledger, how it is served, and what is remembered between requests."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request
from sqlalchemy import Connection

from api.limits import Limits
from ledger.services.access import Principal, principal_of
from ledger.services.catalogue import Catalogue
from ledger.services.certificate import Certificates
from ledger.services.commands import Runner
from ledger.services.ledger import Ledger
from ledger.services.signing_in import Rules

__all__ = ["Asked", "Service", "Settings"]

_REMEMBERED = 2.0  # seconds in which a revoked key may still be good in another process
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How the API is served.

    ``domain``: what wallets sign for, ``host`` or ``host:port``. ``origins``: pages of which browsers may read answers
    (CORS); none by default. ``requests``: per minute of one principal; ``anonymous``: of one address that shows no
    key. ``previews``: per minute of one principal, of what is prepared for wallets and of dry runs. ``relays``:
    per minute of one holder, of transactions that it has signed, of which ``most_open`` may wait at a time. ``paid``:
    a day, of one holder, of what costs the servicer gas; ``paid_in_all``: of all holders. ``signing_in``: per minute of
    one address. ``most_body``: bytes of a body. ``most_time``: seconds in which a request has to be read.
    ``most_followers``: who may follow the events at a time, ``most_own`` of one principal. ``threads`` do commands.
    """

    domain: str = "127.0.0.1:8000"
    origins: tuple[str, ...] = ()
    requests: int = 6_000
    anonymous: int = 60
    signing_in: int = 20
    previews: int = 300
    relays: int = 60
    most_open: int = 16
    paid: int = 50
    paid_in_all: int = 2_000
    most_body: int = 1_000_000
    most_time: float = 30.0
    most_followers: int = 100
    most_own: int = 4
    threads: int = 16
    session_lasts: timedelta = timedelta(hours=8)


@dataclass
class Service:
    """One ledger, served. Safe for threads."""

    ledger: Ledger
    settings: Settings = field(default_factory=Settings)
    runner: Runner | None = None
    """Who does what is accepted; without one, another process does."""

    def __post_init__(self) -> None:
        self.sign_in = Rules(self.settings.domain, session_lasts=self.settings.session_lasts)
        self._principals: dict[str, tuple[float, Principal | None]] = {}
        self._lock = threading.Lock()
        self._under_way: set[tuple[str, str]] = set()
        self._followers: Counter[str] = Counter()
        self.catalogue = Catalogue(self.ledger)
        self.certificates = Certificates(self.ledger)
        self.limits = Limits(self.settings)
        self.closing = threading.Event()
        """Set when the server stops: answers that have no end of their own end."""

    async def who(self, token: str) -> Principal | None:
        """Who shows this, as the database knows, or knew two seconds ago; as it is now, if it has changed here."""
        known = self._principals.get(token)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        return await to_thread.run_sync(self._look_up, token)

    def forget_principals(self) -> None:
        """A key or a session has changed here."""
        # Who is being looked up at this moment is remembered in what is thrown away.
        self._principals = {}

    def _look_up(self, token: str) -> Principal | None:
        remembered = self._principals
        found = principal_of(self.ledger.database, token)
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        remembered[token] = (time.monotonic() + _REMEMBERED, found)
        return found

    def wake(self) -> None:
        """Something was accepted."""
        if self.runner is not None:
            self.runner.wake()

    @contextmanager
    def alone(self, principal: str, key: str) -> Iterator[bool]:
        """Whether nobody else handles a request of this principal and this key now."""
        mine = principal, key
        with self._lock:
            free = mine not in self._under_way
            if free:
                self._under_way.add(mine)
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._under_way.discard(mine)

    def may_follow(self, principal: str) -> bool:
        """Whether there is room for another stream of the events, and for one of this principal."""
        own, all = self._followers[principal], self._followers.total()
        return own < self.settings.most_own and all < self.settings.most_followers

    @contextmanager
    def following(self, principal: str) -> Iterator[None]:
        """A principal follows the events."""
        with self._lock:
            self._followers[principal] += 1
        try:
            yield
        finally:
            with self._lock:
                self._followers -= Counter([principal])  # names nobody who follows none any more

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A view of the database of one moment. The index follows the chain by itself: nothing is asked of a node."""
        with self.ledger.database.read() as connection:
            yield connection


async def _service(request: Request) -> Service:  # a plain function would go to a thread and back
    found: Any = request.app.state.service
    assert isinstance(found, Service)
    return found


Asked = Annotated[Service, Depends(_service)]
