"""What `crt doctor` looks at of the ledger: its network, its contracts, its database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ledger.cli.context import Context
from ledger.cli.examining import Check, Level, failed
from ledger.cli.network_probe import chain_id_of
from ledger.cli.networks import check, is_real, title
from ledger.cli.settings import Settings
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from ledger.services.ledger import Ledger

__all__ = ["examine_ledger"]

_MOST_APART: Final = 30
"""Seconds that two clocks may be apart."""
_BEHIND: Final = 10  # blocks


def examine_ledger(settings: Settings) -> Iterator[Check]:
    """The checks of one ledger; less of them, where one is not reached."""
    context = Context(settings, as_json=False)
    if settings.place == "chain" and not context.chain.exists():
        todo = "name yours: --chain, or crt network use; crt voucher open and crt api serve --seed make one"
        yield Check("network", Level.WARN, f"no local chain at {context.chain}", todo)
        return
    if settings.place == "node" and (settings.text("rpc") is None or settings.path("deployment") is None):
        todo = "name both --rpc and --deployment, or neither"
        yield Check("network", Level.FAIL, "a node and its deployment go together", todo)
        return
    try:
        chain_id = chain_id_of(settings)
        check(settings, chain_id)
    except LedgerError as error:
        yield failed("network", error)
        return
    real = ": real" if is_real(settings, chain_id) else ""
    yield Check("network", Level.OK, f"{title(settings, chain_id)}{real}")
    if settings.place == "api":
        return
    try:
        with context.ledger() as ledger:
            yield Check("deployment", Level.OK, f"the contracts are there, receipts at {ledger.deployment.receipts}")
            yield from _database(ledger)
            yield from _figures(ledger, real=bool(real))
    except LedgerError as error:
        yield failed("ledger", error)


def _database(ledger: Ledger) -> Iterator[Check]:
    from ledger.services.storekeeping import VERSION, check_writable

    try:
        check_writable(ledger.database)
        yield Check(
            "database",
            Level.OK,
            f"{ledger.database.engine.url.render_as_string()}: of version {VERSION}, and takes writes",
        )
    except LedgerError as error:
        yield failed("database", error)


def _figures(ledger: Ledger, *, real: bool) -> Iterator[Check]:
    from ledger.services.monitoring import Monitor

    figures = Monitor(ledger).figures()
    for name, trouble in (("database", figures.database_trouble), ("node", figures.node_trouble)):
        if trouble is not None:
            yield Check(name, Level.FAIL, trouble, "see that it runs, and ask again")
    if figures.behind is not None:
        level = Level.OK if figures.behind <= _BEHIND else Level.WARN
        todo = None if level is Level.OK else "crt work reads them, and so does the next command that shows something"
        yield Check("index", level, f"{figures.behind:,} blocks behind the chain", todo)
    if figures.stored is None:
        return
    for one in figures.stored.accounts:
        if one.halted is not None:
            todo = "docs/operations.md says what to do; crt operations list shows what waits"
            yield Check("accounts", Level.FAIL, f"{one.address} stands still: {one.halted}", todo)
    apart = {"the database's": time.time() - figures.stored.now / 1000}
    if real and figures.chain is not None:
        # A block is as old as it is, but none is from the future. Local chains have a time of their own.
        apart["the newest block's"] = min(0.0, time.time() - figures.chain.timestamp)
    for whose, seconds in apart.items():
        if abs(seconds) > _MOST_APART:
            yield Check("clock", Level.WARN, f"{abs(seconds):,.0f} s apart from {whose}", "set this machine's clock")
            return
    yield Check("clock", Level.OK, "as the database's" + (" and the chain's" if real else ""))
