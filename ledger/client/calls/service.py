"""What is asked for under `service`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Request, path

if TYPE_CHECKING:
    from ledger.client.types import Explained, Health

__all__ = ["ServiceCalls"]


class ServiceCalls(Caller):
    """What is asked for under `service`."""

    def get_health(self) -> Health:
        """Whether the service answers, and its database. `crt work` says more, with figures."""
        return self._json(Request("service", "GET", "/health"))

    def list_problems(self) -> list[Explained]:
        """All kinds of problems that an answer may be."""
        return self._json(Request("service", "GET", "/problems"))

    def get_problem(self, name: str) -> Explained:
        """One kind of problem."""
        return self._json(Request("service", "GET", path("/problems/{name}", name)))
