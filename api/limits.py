"""How much one may ask for, and all together: counted in this process, over windows that slide."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.problems import Kind, Problem
from ledger.services.access import Principal

if TYPE_CHECKING:
    from api.service import Settings

__all__ = ["Limits"]

_ALL = "all holders"


class Limits:
    """Each raises the problem that it is too much. Safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._known = RateLimitItemPerMinute(settings.requests, namespace="requests")
        self._unknown = RateLimitItemPerMinute(settings.anonymous, namespace="requests")
        self._previews = RateLimitItemPerMinute(settings.previews, namespace="previews")
        self._paid = RateLimitItemPerDay(settings.paid, namespace="paid")
        self._paid_in_all = RateLimitItemPerDay(settings.paid_in_all, namespace="paid")

    def request(self, who: Principal | None, address: str) -> None:
        """Somebody asks, from an address."""
        if who is None:
            self._count(self._unknown, f"address:{address}", "requests a minute")
        else:
            self._count(self._known, who.id, "requests a minute")

    def preview(self, who: Principal) -> None:
        """The node is to play something through, which costs it more than any read."""
        self._count(self._previews, who.id, "previews a minute")

    def paid(self, who: Principal) -> None:
        """A holder asks for what costs the servicer gas. Wallets cost nothing, so that all of them are counted."""
        until = "that the ledger pays for; send such a transaction with the wallet itself meanwhile"
        self._count(self._paid, who.id, f"a day {until}")
        self._count(self._paid_in_all, _ALL, f"a day of all holders {until}")

    def _count(self, item: RateLimitItem, who: str, what: str) -> None:
        if self._limiter.hit(item, who):
            return
        reset, _ = self._limiter.get_window_stats(item, who)
        wait = min(max(1, int(reset - time.time()) + 1), item.get_expiry())
        raise Problem(Kind.RATE, f"more than {item.amount} {what}", headers={"Retry-After": str(wait)})
