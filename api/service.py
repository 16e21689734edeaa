"""What every request works with: the ledger, how it is served, and what is remembered between requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Connection

from ledger.services.access import Principal, principal_of
from ledger.services.certificate import Certificates
from ledger.services.commands import Runner
from ledger.services.ledger import Ledger
from ledger.services.reading import Catalogue
from ledger.services.signing_in import Rules

__all__ = ["Asked", "Service", "Settings"]

_REMEMBERED = 2.0  # seconds in which a revoked key may still be good in another process
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How the API is served.

    ``domain``: what wallets sign for, ``host`` or ``host:port``. ``origins``: pages of which browsers may read answers
    (CORS); none by default. ``requests``: per minute of one principal; ``anonymous``: of one address that shows no
    key. ``most_body``: bytes of a body. ``most_time``: seconds in which a request has to be read. ``threads`` do
    commands.
    """

    domain: str = "127.0.0.1:8000"
    origins: tuple[str, ...] = ()
    requests: int = 6_000
    anonymous: int = 60
    most_body: int = 1_000_000
    most_time: float = 30.0
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
        self.catalogue = Catalogue(self.ledger)
        self.certificates = Certificates(self.ledger)

    def remembered(self, token: str) -> tuple[Principal | None] | None:
        """Who showed this a moment ago; None if it has to be looked up."""
        known = self._principals.get(token)
        return (known[1],) if known is not None and time.monotonic() < known[0] else None

    def principal(self, token: str) -> Principal | None:
        """Who shows this, as the database knows."""
        found = principal_of(self.ledger.database, token)
        if len(self._principals) >= _MOST_REMEMBERED:
            self._principals.clear()
        self._principals[token] = (time.monotonic() + _REMEMBERED, found)
        return found

    def forget_principals(self) -> None:
        """A key or a session has changed here."""
        self._principals.clear()

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

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A view of the database of one moment. The index follows the chain by itself: nothing is asked of a node."""
        with self.ledger.database.read() as connection:
            yield connection


def _service(request: Request) -> Service:
    found: Any = request.app.state.service
    assert isinstance(found, Service)
    return found


Asked = Annotated[Service, Depends(_service)]
