"""What those who run the ledger watch: what database and node say of it, and whether it can do its work.

``docs/operations.md`` says which figure calls for what; ``ledger.services.metrics`` has them in Prometheus's form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from ledger.errors import LedgerError, StoreError
from ledger.services.asking import Asking
from ledger.services.jobs import Job
from ledger.services.ledger import Ledger
from ledger.services.webhooks import oldest_for
from ledger.store import index, monitor, outbox, webhooks
from ledger.store.monitor import AccountFigures
from ledger.store.webhooks import Webhook

__all__ = ["Chain", "Figures", "Health", "Monitor", "Stored"]

T = TypeVar("T")

_BEHIND = 10
"""Blocks that the index may be behind the node before the ledger is not ready."""
_PATIENCE = 4.0  # seconds that database and node have each: both together are less than Prometheus waits


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the ledger can do its work, and what keeps it from it, part by part."""

    parts: dict[str, str]
    """``ok``, or what is wrong, by the name of the part: database, node, index, accounts, jobs."""

    @property
    def is_ready(self) -> bool:
        """Whether nothing is wrong."""
        return set(self.parts.values()) == {"ok"}


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database says at one time, ``now``, in milliseconds since 1970 UTC. ``oldest``: by receiver, when the
    first event happened that it wants and does not have, in seconds since 1970."""

    now: int
    accepted: int
    accounts: list[AccountFigures]
    index_block: int | None
    last_event: int
    endpoints: list[Webhook]
    oldest: dict[int, int]


@dataclass(frozen=True, slots=True)
class Chain:
    """What the node says: its newest block, the block's time in seconds since 1970, and what accounts have in wei."""

    block: int
    timestamp: int
    coins: dict[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """What database and node say; what is wrong with one that says nothing, in words."""

    stored: Stored | None
    chain: Chain | None
    database_trouble: str | None = None
    node_trouble: str | None = None

    @property
    def behind(self) -> int | None:
        """Blocks of the node that the index has not read; None if that is not known."""
        if self.stored is None or self.chain is None:
            return None
        return max(0, self.chain.block - (-1 if self.stored.index_block is None else self.stored.index_block))


class Monitor:
    """Watches one ledger, and the jobs of this process if it has any. Safe for threads."""

    def __init__(self, ledger: Ledger, jobs: Sequence[Job] = ()) -> None:
        self.jobs, self.keys = tuple(jobs), ledger.keyring
        self._ledger = ledger
        self._database, self._node = Asking[Stored](_PATIENCE), Asking[Chain](_PATIENCE)

    def figures(self) -> Figures:
        """Ask the database and the node. It takes seconds at most, and raises nothing that these raise."""
        stored, database_trouble = _asked(self._database, lambda: _stored(self._ledger))
        accounts = [] if stored is None else [one.address for one in stored.accounts]
        chain, node_trouble = _asked(self._node, lambda: _chain(self._ledger, accounts))
        return Figures(stored, chain, database_trouble, node_trouble)

    def health(self) -> Health:
        """Ask each part once, as :meth:`figures` does."""
        found = self.figures()
        behind = found.behind
        halted = [f"{one.address}: {one.halted}" for one in _accounts(found) if one.halted is not None]
        trouble = [one.trouble for one in self.jobs if one.trouble is not None]
        return Health(
            {
                "database": found.database_trouble or "ok",
                "node": found.node_trouble or "ok",
                "index": "not known" if behind is None else "ok" if behind <= _BEHIND else f"{behind} blocks behind",
                "accounts": "not known" if found.stored is None else "; ".join(halted) or "ok",
                "jobs": "; ".join(trouble) or "ok",
            }
        )


def _accounts(found: Figures) -> list[AccountFigures]:
    return [] if found.stored is None else found.stored.accounts


def _asked(asking: Asking[T], ask: Callable[[], T]) -> tuple[T, None] | tuple[None, str]:
    """The answer, or what is wrong. What a database says of a failure may hold what is in it, so that is left out."""
    try:
        return asking(ask), None
    except TimeoutError:
        return None, f"does not answer within {_PATIENCE:g} s"
    except (SQLAlchemyError, StoreError) as error:
        return None, f"does not answer: {type(error).__name__}"
    except LedgerError as error:
        return None, error.message


def _stored(ledger: Ledger) -> Stored:
    with ledger.database.read() as connection:
        now = ledger.database.now(connection)
        accounts = monitor.account_figures(connection, now)
        tip = index.tip(connection)
        accepted = monitor.accepted(connection)
        last_event = outbox.end(connection)
        endpoints = webhooks.known(connection)
    return Stored(
        now=now,
        accepted=accepted,
        accounts=accounts,
        index_block=None if tip is None else tip.number,
        last_event=last_event,
        endpoints=endpoints,
        oldest=oldest_for(ledger, [one for one in endpoints if one.checkpoint < last_event]),
    )


def _chain(ledger: Ledger, accounts: Sequence[str]) -> Chain:
    head = ledger.node.block()
    return Chain(head.number, head.timestamp, {one: ledger.node.balance(one) for one in accounts})
