"""One small story on every kind of network and both databases: deploy, issue, split, transfer, collect, distribute;
contribute, graduate, claim, redeem, reimburse. Always the same comes of it, and nothing differs from the chain.

Each network and each database is there once; ``NETWORKS=all`` takes all pairs, and ``BLOCK_TIME=1`` a block a second.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from ledger.chain.devkeys import dev_account
from ledger.chain.node import DevNode
from ledger.chain.rpc import connect
from ledger.domain.daycount import date_of
from ledger.services import cash, collections, distribution, programmes, receipts
from ledger.services.founding import deploy_to
from ledger.services.ledger import Ledger, fund_account, open_local, open_remote
from ledger.services.reconcile import reconcile
from ledger.services.roles import Role
from ledger.store import index
from ledger.store.database import Database
from tests.nodes import mining, running_anvil, running_node
from tests.services.small import HOLDERS, active, small_case
from tests.services.test_contributions import VALUE, World, make_log
from tests.store import databases

ALICE, BOB, CAROL = (account.address for account in HOLDERS)
CASE = small_case()
START = CASE.terms.open_date - timedelta(days=1)

Open = Callable[[], Ledger]


@contextmanager
def embedded(home: Path, database: str) -> Iterator[Open]:
    yield lambda: open_local(home / "chain.db", start=START, database_url=database)


@contextmanager
def served(home: Path, database: str) -> Iterator[Open]:
    with running_node(home / "chain.db") as (_, url):
        yield founded(url, home, database)


@contextmanager
def anvil(home: Path, database: str, *options: str, mined: bool = False) -> Iterator[Open]:
    with ExitStack() as stack:
        found = stack.enter_context(running_anvil(*options))
        if mined:
            stack.enter_context(mining(found))
        yield founded(found.url, home, database)


@contextmanager
def anvil_mined(home: Path, database: str) -> Iterator[Open]:
    with anvil(home, database, "--no-mining", mined=True) as found:
        yield found


@contextmanager
def anvil_timed(home: Path, database: str) -> Iterator[Open]:
    with anvil(home, database, "--block-time", os.environ.get("BLOCK_TIME", "0.1")) as found:
        yield found


def founded(url: str, home: Path, database: str) -> Open:
    """The contracts on a new chain at ``url``, with a development account for each role."""
    with closing(connect(url)) as node:
        assert isinstance(node, DevNode)
        node.set_time(int(datetime.combine(START, time(), UTC).timestamp()))
        node.mine()
    roles = [role for role in Role if role is not Role.FACTORY]
    members = {role: [dev_account(index).address] for index, role in enumerate(roles, 2)}
    out, week = home / "deployment.json", 7 * 86_400
    settings = {"currency": "CNY", "challenge_window": week, "recovery_delay": 2 * week}
    deploy_to(url, dev_account(1), members, out, database_url=database, **settings)  # type: ignore[arg-type]
    return lambda: open_remote(url, out, database_url=database)


NETWORKS = (embedded, served, anvil, anvil_mined, anvil_timed)
PAIRS = (
    [(network, kind) for network in NETWORKS for kind in databases.KINDS]
    if os.environ.get("NETWORKS") == "all"
    else [(network, databases.KINDS[place % 2]) for place, network in enumerate(NETWORKS)]
)


@pytest.mark.parametrize(("network", "url"), PAIRS, indirect=["url"])
def test_the_same_comes_of_it(network: Callable[..., Iterator[Open]], url: str, tmp_path: Path) -> None:
    with network(tmp_path, url) as opened:  # type: ignore[attr-defined]
        with opened() as ledger:
            assert dict(receipts_story(ledger)) == {ALICE: 650, BOB: 950, CAROL: 400}  # a month at 12 % a year
        with opened() as ledger:  # as after a restart
            assert voucher_story(ledger) == (3, 0, 2 * VALUE, 2 * VALUE)
        with opened() as ledger:
            report = reconcile(ledger)
            assert list(report.differences) == [] and sum(report.compared.values()) > 20
            with ledger.reading() as connection:
                held = index.holdings(connection, 1)
        assert held == {ALICE: 65_000, BOB: 95_000, CAROL: 40_000}
        with Database(url) as database, database.read() as connection:
            assert index.holdings(connection, 1) == held


def receipts_story(ledger: Ledger) -> Iterator[tuple[str, int]]:
    """A series with three holders, of whom one splits and sells; who is paid how much for the first month."""
    series, (one, two, _) = active(ledger, CASE, 100_000, 60_000, 40_000)
    part = receipts.split(ledger, one, [30_000])[0]
    receipts.transfer(ledger, part, BOB)
    receipts.transfer_units(ledger, one, two, 5_000)
    cash.mint(series, ledger.deployment.operator, 160_000)
    series.go_to(CASE.receivables[0].due)
    collections.collect(series, [(CASE.receivables[0].id, 160_000)])
    series.go_to(date_of(CASE.periods[0].record_day))
    distribution.fix_record(series)
    series.go_to(date_of(CASE.periods[0].payment_day))
    epoch = distribution.fund(series).epoch
    paid: dict[str, int] = {}
    for payment in distribution.pay_all(series, epoch):
        paid[payment.holder] = paid.get(payment.holder, 0) + payment.amount
    yield from paid.items()


def voucher_story(ledger: Ledger) -> tuple[int, int, int, int]:
    """Vouchers for three of six lines: issued, issued again, redeemed, reimbursed."""
    maintainer, provider, student = (fund_account(ledger, dev_account(number)) for number in (20, 21, 22))
    world, log = World(ledger, maintainer, provider, [student]), make_log(6)
    repo = world.anchored(log)
    person = world.bound(repo, 1, student)
    number = world.programme(10 * VALUE)
    world.graduate(person, number)
    counted = world.counted(repo, log)
    world.published(number, counted)
    first, again = (programmes.claim(ledger, number, counted, person, student.address) for _ in range(2))
    redeemed = programmes.redeem(ledger, number, student, provider, 2, "INV-1")
    reimbursed = programmes.reimburse(ledger, provider.address, ledger.cash.address, provider.address)
    return first, again, redeemed, reimbursed
