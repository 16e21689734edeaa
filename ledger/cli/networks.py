"""Whether a network is real, what it is called, and whether it is still the one that it was."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from ledger.cli.config_values import shown
from ledger.cli.settings import SETTINGS, Settings
from ledger.errors import NetworkMismatch

__all__ = ["DEVELOPMENT", "check", "is_real", "title", "typed_name"]

DEVELOPMENT: Final = frozenset({1_337, 31_337, 20_250_102})
"""Chain ids that chains for development have: geth's, anvil's and hardhat's, and that of our embedded chain."""


def is_real(settings: Settings, chain_id: int) -> bool:
    """Whether what is done there may have value.

    It does not on a local chain's file, on a node or an API of this machine with the chain id of development chains,
    and on what was marked as a test when it was added.
    """
    if settings.place == "chain" or (settings.network is not None and settings.network.values.get("test") is True):
        return False
    return not (chain_id in DEVELOPMENT and _is_on_this_machine(settings.text(_address(settings)) or ""))


def title(settings: Settings, chain_id: int) -> str:
    """The network on one line: its name or its place, and its chain id."""
    if settings.network is not None:
        return f"network {settings.network.name}, chain id {chain_id}"
    if settings.place == "chain":
        return f"local chain {settings.path('chain')}, chain id {chain_id}"
    name = _address(settings)
    kind = "the API" if name == "api" else "the node"
    return f"{kind} at {shown(SETTINGS[name], settings.text(name) or '')}, chain id {chain_id}"


def typed_name(settings: Settings, chain_id: int) -> str:
    """What has to be typed to confirm a change on a real network: its name; where it has none, its chain id."""
    return str(chain_id) if settings.network is None else settings.network.name


def check(settings: Settings, chain_id: int) -> None:
    """Raise NetworkMismatch for another chain than the one that was confirmed when the network was added."""
    named = settings.network
    if named is not None and named.chain_id is not None and named.chain_id != chain_id:
        raise NetworkMismatch(
            f"network {named.name} is chain {chain_id} now, and was {named.chain_id} when it was added",
            hint=f"find out why; if it is right: crt network remove {named.name}, and add it again",
        )


def _address(settings: Settings) -> str:
    return "api" if settings.place == "api" else "rpc"


def _is_on_this_machine(address: str) -> bool:
    from ledger.chain.server import is_loopback

    host = urlsplit(address).hostname or ""
    return is_loopback(host)
