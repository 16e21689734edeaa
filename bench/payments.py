"""A payment date in one call - fix the record, fund, pay all holders, reconcile - on anvil, and how it grows.

Holders are registered with compliance and get their receipts by operations of the operator account, as many as there
are in one call; how fast that goes is shown too. With `--kill` the payment date runs in a process of its own, which is
killed again and again, each time a little later, until it gets to its end; then each holder's cash is counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.local import anvil, database_urls, peak
from ledger.chain.devkeys import dev_account
from ledger.chain.primitives import checksum, keccak
from ledger.chain.rpc import AnvilNode
from ledger.domain.terms import InvestorClass, jurisdiction_bit
from ledger.engine.operations import Operation, Outcome, Step
from ledger.services import cash, collections, distribution, eligibility, issuance
from ledger.services.founding import deploy_to
from ledger.services.inputs.case import Case, build_case
from ledger.services.inputs.text import decode
from ledger.services.ledger import Ledger, Sending, fund_account, open_remote
from ledger.services.payment_date import payment_date
from ledger.services.roles import Role
from ledger.services.series import Series
from tests.services.small import RENTS, TERMS

UNITS = 10_000  # of each holder, in minor units: 100.00
RENT_OF = 0.55  # of the size, in each of three months
BLOCK_GAS = 100_000_000  # while holders are paid; they get their receipts in blocks without a limit
SENDING = Sending(in_flight=1_000)
AT_ONCE = 5_000  # operations given to the sender in one call, so that memory does not grow with their number
_ROLES = [role for role in Role if role is not Role.FACTORY]
FIRST, LAST = date(2025, 2, 1), date(2025, 3, 1)


def holder(number: int) -> str:
    return checksum(keccak(f"holder {number}".encode())[12:])


def case_of(holders: int) -> tuple[Case, int]:
    """A series of so many holders, and a month's rent."""
    size, rent = holders * UNITS, int(holders * UNITS * RENT_OF)
    terms = TERMS.format(code="BENCH").replace('"3,000.00"', f'"{size // 100}.00"')
    texts = {
        "terms.toml": terms.replace('"1,000.00"', f'"{size // 100}.00"'),
        "rent-roll.csv": "receivable,lessee,machines,due,currency,amount\n"
        + "".join(f"{name},lessee,1,{due},CNY,{rent // 100}.00\n" for name, due in RENTS.items()),
    }
    terms_file, roll = (decode(name, text.encode()) for name, text in texts.items())
    return build_case(terms_file, roll, None, None), rent


def issued(ledger: Ledger, case: Case, holders: int) -> Series:
    """All units are sold to the operator account, which gives each holder its part."""
    agent = fund_account(ledger, dev_account(9))
    parties = issuance.Parties(*(dev_account(index).address for index in (10, 11, 12)), agent.address)
    series = issuance.create(ledger, case, parties)
    issuance.register_pool(series, case.receivables)
    issuance.offer(series, case.present_value.minor, issuance.attest(series, case.present_value.minor, agent))
    series.go_to(case.terms.open_date)
    operator, until = ledger.deployment.operator, datetime(2030, 1, 1, tzinfo=UTC)
    eligibility.set_standing(ledger, operator, InvestorClass.INSURANCE, "CN", until)
    cash.mint(series, operator, holders * UNITS)
    buying = Step(series.spv.address, series.spv.call_data("subscribe", holders * UNITS))
    token = ledger.operate(Role.ADMIN, "bench.subscribe", buying).event(series.spv, "Subscribed").args["tokenId"]
    series.go_to(case.terms.issue_date)
    issuance.activate(series)
    receipts, standing = ledger.receipts, 1 << InvestorClass.INSURANCE.bit
    where, seconds = 1 << jurisdiction_bit("CN"), int(until.timestamp())
    move = "transferFrom(uint256,address,uint256)"
    for kind, role, gas, data in (
        (
            "standing",
            Role.COMPLIANCE,
            100_000,
            lambda to: receipts.call_data("setStanding", to, standing, where, seconds),
        ),
        ("give", Role.ADMIN, 200_000, lambda to: receipts.call_data(move, token, to, UNITS)),
    ):
        start = time.perf_counter()
        for first in range(0, holders, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, holders))
            for found in ledger.sender.submit_many(
                Operation(
                    f"bench.{kind}",
                    f"{kind}/{number}",
                    ledger.keys[role],
                    (Step(receipts.address, data(holder(number))),),
                    through=operator,
                    gas=gas,
                )
                for number in numbers
            ):
                if not isinstance(found, Outcome):
                    raise found
        seconds_taken = time.perf_counter() - start
        print(f"  {kind}: {holders:,} operations, {holders / seconds_taken:,.0f} a second", flush=True)
    return series


def ready(series: Series, rent: int, name: str, day: date) -> None:
    """The rent of a month is there, and the payment day has come."""
    series.go_to(day)
    cash.mint(series, series.ledger.deployment.operator, rent)
    collections.collect(series, [(name, rent)])


def pay(home: Path, url: str, database: str) -> None:
    """The one command. Prints what it took of memory."""
    with open_remote(url, home / "deployment.json", database_url=database, sending=SENDING) as ledger:
        report = payment_date(Series.load(ledger, 1)).report
        if not report.agree:
            raise SystemExit(str(report.differences[:3]))
    print(peak())


def run(home: Path, url: str, database: str, *, kill: bool) -> tuple[int, int]:
    """The one command in a process of its own, or in processes that are killed until one gets to its end. Returns the
    bytes of memory that it took, and how many were killed."""
    command = [sys.executable, "-m", "bench.payments", "--pay", str(home), url]
    kills, patience = 0, 4.0 if kill else None
    while True:
        with subprocess.Popen(command, env={**os.environ, "BENCH_DATABASE": database}, stdout=subprocess.PIPE) as made:
            try:
                out, _ = made.communicate(timeout=patience)
                if made.returncode:
                    raise SystemExit("the payment date failed")
                return int(out), kills
            except subprocess.TimeoutExpired:
                made.kill()
        kills, patience = kills + 1, (patience or 0) * 1.5


def own_cpu() -> float:
    """Seconds of processor time of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def check(series: Series, holders: int, dates: int) -> None:
    """Each holder has been paid on each date, once: 1 % of 100.00 a month."""
    balances = series.cash.view_many(series.ledger.node, "balanceOf", [(holder(number),) for number in range(holders)])
    found = Counter(int(one) // series.cash_unit for one in balances)
    if found != {dates * UNITS // 100: holders}:
        raise SystemExit(f"holders have {found}, and not {dates * UNITS // 100} each")
    paid = Counter((one.epoch, one.holder) for one in distribution.payments(series))
    if len(paid) != dates * holders or set(paid.values()) != {1}:
        raise SystemExit(f"{len(paid)} payments, the most often made one {max(paid.values())} times")


def measure(holders: int, database: str, *, kill: bool) -> Iterator[str]:
    """Two payment dates: at the first nobody has cash yet."""
    case, rent = case_of(holders)
    with TemporaryDirectory(prefix="crt-bench-") as place, database_urls([database]) as urls:
        home, address = Path(place), urls[database]
        start = int(datetime(2024, 12, 1, tzinfo=UTC).timestamp())
        with anvil(1.0, "--timestamp", str(start), "--accounts", "20") as process:
            members = {role: [dev_account(place + 2).address] for place, role in enumerate(_ROLES)}
            deploy_to(
                process.url,
                dev_account(1),
                members,
                home / "deployment.json",
                currency="CNY",
                challenge_window=86_400,
                recovery_delay=86_400,
                database_url=address,
            )
            with open_remote(process.url, home / "deployment.json", database_url=address, sending=SENDING) as ledger:
                series = issued(ledger, case, holders)
                assert isinstance(ledger.node, AnvilNode)
                ledger.node.request("evm_setBlockGasLimit", hex(BLOCK_GAS))
                for dates, (name, day) in enumerate((("R1", FIRST), ("R2", LAST)), 1):
                    ready(series, rent, name, day)
                    ledger.sender.close()
                    before, own, node = time.perf_counter(), own_cpu(), process.cpu()
                    most, kills = run(home, process.url, address, kill=kill)
                    seconds, own, node = time.perf_counter() - before, own_cpu() - own, process.cpu() - node
                    check(series, holders, dates)
                    yield (
                        f"{holders:>8,} {database:<11} {day} {seconds:>7.1f} s {holders / seconds:>7,.0f} {own:>6.1f} s"
                        f" {node:>6.1f} s {most / 1e6:>6.0f} {kills:>5}"
                    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--holders", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kill", action="store_true", help="kill the payment date again and again")
    parser.add_argument("--pay", nargs=2, metavar=("HOME", "URL"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.pay:
        pay(Path(given.pay[0]), given.pay[1], os.environ["BENCH_DATABASE"])
        return
    heads = f"{'holders':>8} {'database':<11} {'date':<10} {'time':>9} {'a sec.':>7} {'ours':>8} {'anvil':>8} {'MB':>6}"
    print(f"{heads} {'kills':>5}", flush=True)
    for holders in given.holders:
        for line in measure(holders, given.database, kill=given.kill):
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
