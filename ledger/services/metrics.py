"""The figures of one ledger in Prometheus's form (docs/operations.md says what each of them means)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ledger.services.monitoring import Chain, Figures, Monitor, Stored
from ledger.store.monitor import AccountFigures

__all__ = ["LedgerCollector"]


class LedgerCollector(Collector):
    """Database and node are asked when the figures are scraped."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def describe(self) -> list[Metric]:
        """Nothing is asked before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All figures; without those of the database, or of the node, if it does not answer."""
        began = time.monotonic()
        found = self._monitor.figures()
        stored, chain = found.stored, found.chain
        up = (stored is not None) and (chain is not None)
        yield GaugeMetricFamily("crt_up", "1 if database and node answer.", value=up)
        yield GaugeMetricFamily("crt_database_up", "1 if the database answers.", value=stored is not None)
        yield GaugeMetricFamily("crt_node_up", "1 if the node answers.", value=chain is not None)
        if chain is not None:
            yield from _of_chain(chain)
        if stored is not None:
            yield from _of_store(stored)
            yield from _of_webhooks(stored)
        yield from _of_both(found)
        yield from self._of_process(found)
        yield GaugeMetricFamily("crt_scrape_seconds", "What asking took.", value=time.monotonic() - began)

    def _of_process(self, found: Figures) -> Iterator[Metric]:
        known = [] if found.stored is None else [one.address for one in found.stored.accounts]
        keys = GaugeMetricFamily("crt_account_key", "1 if this process can sign for the account.", labels=["account"])
        for address in sorted({*known, *(account.address for account in self._monitor.keys)}):
            keys.add_metric([address], float(address in self._monitor.keys))
        yield keys
        failures = CounterMetricFamily("crt_job_failures", "Rounds of a job that failed.", labels=["job"])
        text = "Time since the last round of a job that did not fail."
        success = GaugeMetricFamily("crt_job_last_success_seconds", text, labels=["job"])
        for job in self._monitor.jobs:
            failures.add_metric([job.name], job.failures)
            success.add_metric([job.name], job.since_success)
        yield failures
        yield success


def _of_chain(chain: Chain) -> Iterator[Metric]:
    yield GaugeMetricFamily("crt_node_block", "The node's newest block.", value=chain.block)
    coins = GaugeMetricFamily("crt_account_coins_wei", "What the account has for gas.", labels=["account"])
    for address, wei in chain.coins.items():
        coins.add_metric([address], wei)
    yield coins


def _of_store(stored: Stored) -> Iterator[Metric]:
    if stored.index_block is not None:
        yield GaugeMetricFamily("crt_index_block", "The block up to which events are read.", value=stored.index_block)
    yield GaugeMetricFamily("crt_operations_accepted", "Operations accepted since ever.", value=stored.accepted)
    left = GaugeMetricFamily("crt_operations", "Operations by what became of them so far.", labels=["account", "state"])
    columns: dict[str, tuple[str, Callable[[AccountFigures], float]]] = {
        "crt_account_halted": ("1 if nothing is sent for the account.", lambda one: one.halted is not None),
        "crt_account_held": ("1 if a process works for the account.", lambda one: one.held),
        "crt_account_open_transactions": ("Sent, and not mined.", lambda one: one.open_transactions),
        "crt_account_replaced_transactions": ("Of these, with higher fees.", lambda one: one.replaced),
        "crt_account_unknown_transactions": (
            "Made elsewhere with the account's key, and acknowledged by nobody.",
            lambda one: one.unknown,
        ),
        "crt_account_oldest_seconds": (
            "Age of the oldest operation that is not done.",
            lambda one: 0 if one.oldest is None else max(0, stored.now - one.oldest) / 1000,
        ),
    }
    for one in stored.accounts:
        for state in ("waiting", "assigned", "refused"):
            left.add_metric([one.address, state], getattr(one, state))
    yield left
    for name, (text, value) in columns.items():
        family = GaugeMetricFamily(name, text, labels=["account"])
        for one in stored.accounts:
            family.add_metric([one.address], value(one))
        yield family


def _of_webhooks(stored: Stored) -> Iterator[Metric]:
    yield GaugeMetricFamily("crt_events_last", "Sequence number of the newest event.", value=stored.last_event)
    behind = GaugeMetricFamily("crt_webhook_behind_events", "Events not delivered yet.", labels=["webhook"])
    oldest = GaugeMetricFamily("crt_webhook_oldest_seconds", "Age of the oldest of them.", labels=["webhook"])
    failures = GaugeMetricFamily("crt_webhook_failures", "Failures since the last delivery.", labels=["webhook"])
    enabled = GaugeMetricFamily("crt_webhook_enabled", "0 if deliveries are switched off.", labels=["webhook"])
    for one in stored.endpoints:
        label = [str(one.id)]
        behind.add_metric(label, max(0, stored.last_event - one.checkpoint))
        oldest.add_metric(label, max(0.0, stored.now / 1000 - stored.oldest.get(one.id, float("inf"))))
        failures.add_metric(label, one.failures)
        enabled.add_metric(label, float(one.enabled))
    yield from (behind, oldest, failures, enabled)


def _of_both(found: Figures) -> Iterator[Metric]:
    if found.stored is not None and found.chain is not None and found.behind is not None:
        age = max(0.0, found.stored.now / 1000 - found.chain.timestamp)
        yield GaugeMetricFamily("crt_node_block_age_seconds", "Time since the newest block.", value=age)
        yield GaugeMetricFamily("crt_index_behind_blocks", "Blocks that are not read yet.", value=found.behind)
