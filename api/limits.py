"""How much one may ask for, and all together: counted in this process, over windows that slide."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from api.problems import Kind, Problem
from ledger.services.access import Principal

if TYPE_CHECKING:
    from api.service import Settings

__all__ = ["Limits"]

_MINUTE, _DAY = 60.0, 86_400.0
_MOST_COUNTED = 100_000  # who asks; whoever has not asked for longest is forgotten first


class Limits:
    """Each raises the problem that it is too much. Safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._known = _Limit(settings.requests, _MINUTE, "requests a minute")
        self._unknown = _Limit(settings.anonymous, _MINUTE, "requests a minute")
        self._signing_in = _Limit(settings.signing_in, _MINUTE, "requests a minute to sign in")
        self._previews = _Limit(settings.previews, _MINUTE, "previews a minute")
        self._relays = _Limit(settings.relays, _MINUTE, "signed transactions a minute")
        self._most_open = settings.most_open
        until = "that the ledger pays for; send such a transaction with the wallet itself meanwhile"
        self._paid = _Limit(settings.paid, _DAY, f"a day {until}")
        self._paid_in_all = _Limit(settings.paid_in_all, _DAY, f"a day of all holders {until}")

    def request(self, who: Principal | None, address: str, path: str) -> None:
        """Somebody asks for something, from an address. Who looks whether the service is there may do so always; who
        signs in is not held up by what others ask from there."""
        if path == "/health":
            return
        if who is not None:
            self._known.hit(who.id)
        elif path.startswith("/v1/sign-in"):
            self._signing_in.hit(address)
        else:
            self._unknown.hit(address)

    def preview(self, who: Principal) -> None:
        """The node is to play something through, which costs it more than any read."""
        self._previews.hit(who.id)

    def relay(self, who: Principal, waiting: int) -> None:
        """A holder has a transaction sent, while so many of its are not final yet."""
        if waiting >= self._most_open:
            raise Problem(
                Kind.RATE, f"{waiting} transactions of the wallet are not final yet", headers={"Retry-After": "5"}
            )
        self._relays.hit(who.id)

    def paid(self, who: Principal) -> None:
        """A holder asks for what costs the servicer gas. Wallets cost nothing, so that all of them are counted."""
        self._paid.hit(who.id)
        self._paid_in_all.hit("")


@dataclass(frozen=True, slots=True)
class _Limit:
    """So many in so many seconds. Of the window before, as much counts as still lies within the last so many seconds.

    The package `limits` takes half a millisecond for each: its memory starts threads.
    """

    most: int
    seconds: float
    what: str
    _counts: dict[str, tuple[float, int, int]] = field(default_factory=dict)  # begin, in this window, in the one before
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hit(self, who: str) -> None:
        now = time.monotonic()
        with self._lock:
            begin, count, before = self._counts.pop(who, (now, 0, 0))
            if now >= begin + self.seconds:
                windows = int((now - begin) // self.seconds)
                begin, count, before = begin + windows * self.seconds, 0, count if windows == 1 else 0
            left = begin + self.seconds - now
            free = count + before * left / self.seconds + 1 <= self.most
            self._counts[who] = begin, count + free, before
            if len(self._counts) > _MOST_COUNTED:
                del self._counts[next(iter(self._counts))]
        if not free:
            wait = str(max(1, ceil(left)))
            raise Problem(Kind.RATE, f"more than {self.most} {self.what}", headers={"Retry-After": wait})
