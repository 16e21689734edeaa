"""What is asked for under `networks`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Request

if TYPE_CHECKING:
    from ledger.client.types import Network, Page

__all__ = ["NetworksCalls"]


class NetworksCalls(Caller):
    """What is asked for under `networks`."""

    def list_networks(self) -> Page[Network]:
        """The chain that this service is on."""
        return self._json(Request("networks", "GET", "/v1/networks"))
