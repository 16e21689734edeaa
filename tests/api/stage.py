"""A served ledger with a series and somebody of every kind who asks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from api.app import create_app
from api.service import Settings
from ledger.services.access import OPERATORS, make_key, open_session
from ledger.services.ledger import Ledger, open_local
from ledger.services.series import Series
from tests.services.small import HOLDERS, active, offered, small_case, subscribed

__all__ = ["Stage", "staged"]

MANY = Settings(
    requests=10**6,
    anonymous=10**6,
    signing_in=10**6,
    previews=10**6,
    relays=10**6,
    paid=10**6,
    paid_in_all=10**6,
    most_own=100,
)


@dataclass
class Stage:
    """``tokens`` are what each kind of principal shows; ``receipts`` are of the first two holders, of 1,000 each."""

    ledger: Ledger
    series: Series
    receipts: list[int]
    client: TestClient
    tokens: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def ask(self, method: str, path: str, who: str | None = "administrator", **more: Any) -> Response:
        """One request; ``who`` is one of ``tokens``."""
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        found: Response = self.client.request(method, path, headers=headers, **more)
        return found

    def get(self, path: str, who: str | None = "administrator", status: int = 200) -> Any:
        """What a request is answered with, which has to have this status."""
        found = self.ask("GET", path, who)
        assert found.status_code == status, found.text
        return found.json()

    def post(self, path: str, who: str, body: Any = None, status: int = 202, key: str | None = None) -> Any:
        """The same for a write, with a key of its own by default."""
        headers = {"Idempotency-Key": key or f"test-{next(self._numbers)}"}
        found = self.ask("POST", path, who, headers=headers, **({} if body is None else {"json": body}))
        assert found.status_code == status, found.text
        return found.json()

    def done(self, path: str, who: str, body: Any = None, state: str = "done") -> Any:
        """A write, and what became of it, which has to be this."""
        return self.ended(self.post(path, who, body)["id"], who, state)

    def ended(self, operation: str, who: str = "administrator", state: str = "done") -> Any:
        """What became of an operation, which has to be this."""
        until = time.monotonic() + 60
        while (found := self.get(f"/v1/operations/{operation}", who))["state"] == "accepted":
            assert time.monotonic() < until, "it does not end"
            time.sleep(0.01)
        assert found["state"] == state, found
        return found


@contextmanager
def staged(
    settings: Settings = MANY,
    *,
    works: bool = True,
    units: tuple[int, ...] = (100_000, 100_000),
    issued: bool = True,
) -> Iterator[Stage]:
    """A series of 2,000.00 that is issued, or in its offering still, on an embedded chain."""
    case = small_case()
    with open_local(start=case.terms.open_date) as ledger:
        if issued:
            series, receipts = active(ledger, case, *units)
        else:
            series = offered(ledger, case)
            receipts = subscribed(series, *units)
        ledger.sync()
        with TestClient(create_app(ledger, settings, works=works), raise_server_exceptions=False) as client:
            stage = Stage(ledger, series, receipts, client)
            for one in OPERATORS:
                _, stage.tokens[one.value] = make_key(ledger.database, one.value, [one], by="test")
            for name, account in zip(("holder", "other holder"), HOLDERS, strict=False):
                stage.tokens[name], _ = open_session(ledger.database, account.address, timedelta(hours=1))
            yield stage
