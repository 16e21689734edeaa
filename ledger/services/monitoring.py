"""What those who run the ledger watch: figures for Prometheus, and whether it can do its work.

``docs/operations.md`` says which figure calls for what.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from ledger.errors import LedgerError, StoreError
from ledger.services.ledger import Ledger
from ledger.store import index, monitor, outbox, webhooks
from ledger.store.monitor import AccountFigures
from ledger.store.webhooks import Webhook

__all__ = ["Figures", "Health", "LedgerCollector", "health"]

_BEHIND = 10
"""Blocks that the index may be behind the node before the ledger is not ready."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the ledger can do its work, and what keeps it from it, part by part."""

    parts: dict[str, str]
    """``ok``, or what is wrong, by the name of the part: database, node, index, accounts."""

    @property
    def is_ready(self) -> bool:
        """Whether nothing is wrong."""
        return set(self.parts.values()) == {"ok"}


@dataclass(frozen=True, slots=True)
class Figures:
    """What the store and the node say at one time; times in milliseconds since 1970 UTC, coins in wei."""

    now: int
    accepted: int
    accounts: list[AccountFigures]
    index_block: int | None
    last_event: int
    endpoints: list[Webhook]
    head_block: int
    head_time: int
    coins: dict[str, int]


def figures(ledger: Ledger) -> Figures:
    """Ask the database and the node. Raises what these raise when they don't answer."""
    with ledger.database.read() as connection:
        now = ledger.database.now(connection)
        accounts = monitor.account_figures(connection, now)
        tip = index.tip(connection)
        accepted = monitor.accepted(connection)
        last_event = outbox.end(connection)
        endpoints = webhooks.known(connection)
    head = ledger.node.block()
    coins = {one.address: ledger.node.balance(one.address) for one in accounts}
    return Figures(
        now=now,
        accepted=accepted,
        accounts=accounts,
        index_block=None if tip is None else tip.number,
        last_event=last_event,
        endpoints=endpoints,
        head_block=head.number,
        head_time=head.timestamp * 1000,
        coins=coins,
    )


def health(ledger: Ledger) -> Health:
    """Ask each part once. Raises nothing."""
    parts = dict.fromkeys(("database", "node", "index", "accounts"), "not asked")
    try:
        found = figures(ledger)
    except (SQLAlchemyError, StoreError) as error:
        return Health(parts | {"database": f"does not answer: {type(error).__name__}"})
    except LedgerError as error:
        return Health(parts | {"database": "ok", "node": error.message})
    behind = found.head_block - (-1 if found.index_block is None else found.index_block)
    halted = [f"{one.address}: {one.halted}" for one in found.accounts if one.halted is not None]
    return Health(
        {
            "database": "ok",
            "node": "ok",
            "index": "ok" if behind <= _BEHIND else f"{behind} blocks behind",
            "accounts": "; ".join(halted) or "ok",
        }
    )


class LedgerCollector(Collector):
    """The figures of one ledger in Prometheus's form, asked for when they are scraped."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def describe(self) -> list[Metric]:
        """Nothing is asked before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """``crt_up`` alone if the database or the node does not answer."""
        began = time.monotonic()
        try:
            found = figures(self._ledger)
        except (SQLAlchemyError, LedgerError):
            yield GaugeMetricFamily("crt_up", "1 if database and node answer.", value=0)
            return
        yield GaugeMetricFamily("crt_up", "1 if database and node answer.", value=1)
        yield from _of_chain(found)
        yield from _of_accounts(found)
        yield from _of_events(found)
        yield GaugeMetricFamily("crt_scrape_seconds", "What asking took.", value=time.monotonic() - began)


def _of_chain(found: Figures) -> Iterator[Metric]:
    yield GaugeMetricFamily("crt_node_block", "The node's newest block.", value=found.head_block)
    age = max(0, found.now - found.head_time) / 1000
    yield GaugeMetricFamily("crt_node_block_age_seconds", "Time since the newest block.", value=age)
    if found.index_block is not None:
        yield GaugeMetricFamily("crt_index_block", "The block up to which events are read.", value=found.index_block)
    behind = found.head_block - (-1 if found.index_block is None else found.index_block)
    yield GaugeMetricFamily("crt_index_behind_blocks", "Blocks that are not read yet.", value=max(0, behind))


def _of_accounts(found: Figures) -> Iterator[Metric]:
    yield GaugeMetricFamily("crt_operations_accepted", "Operations accepted since ever.", value=found.accepted)
    left = GaugeMetricFamily("crt_operations", "Operations by what became of them so far.", labels=["account", "state"])
    columns: dict[str, tuple[str, Callable[[AccountFigures], float]]] = {
        "crt_account_halted": ("1 if nothing is sent for the account.", lambda one: one.halted is not None),
        "crt_account_held": ("1 if a process works for the account.", lambda one: one.held),
        "crt_account_coins_wei": ("What the account has for gas.", lambda one: found.coins[one.address]),
        "crt_account_open_transactions": ("Sent, and not mined.", lambda one: one.open_transactions),
        "crt_account_replaced_transactions": ("Of these, with higher fees.", lambda one: one.replaced),
        "crt_account_oldest_seconds": (
            "Age of the oldest operation that is not done.",
            lambda one: 0 if one.oldest is None else max(0, found.now - one.oldest) / 1000,
        ),
    }
    for one in found.accounts:
        for state in ("waiting", "assigned", "refused"):
            left.add_metric([one.address, state], getattr(one, state))
    yield left
    for name, (text, value) in columns.items():
        family = GaugeMetricFamily(name, text, labels=["account"])
        for one in found.accounts:
            family.add_metric([one.address], value(one))
        yield family


def _of_events(found: Figures) -> Iterator[Metric]:
    yield GaugeMetricFamily("crt_events_last", "Sequence number of the newest event.", value=found.last_event)
    behind = GaugeMetricFamily("crt_webhook_behind_events", "Events not delivered yet.", labels=["webhook"])
    enabled = GaugeMetricFamily("crt_webhook_enabled", "0 if deliveries are switched off.", labels=["webhook"])
    for one in found.endpoints:
        behind.add_metric([str(one.id)], max(0, found.last_event - one.checkpoint))
        enabled.add_metric([str(one.id)], float(one.enabled))
    yield behind
    yield enabled
