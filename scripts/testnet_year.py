"""Take CRT01 on a testnet through a whole year: the rent as it comes, four payment dates, redemption.

    python scripts/testnet_year.py

Begins with the series that testnet_seed.py leaves, or wherever another script has left it, and prints the figures of
each payment date. Repeated, it goes on where it was; when all is done, it prints the same figures again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from itertools import groupby

from testnet import open_testnet, options, told
from testnet_seed import example_case, series_of

from ledger.cli.output import some, table
from ledger.domain.daycount import date_of
from ledger.domain.money import format_amount
from ledger.domain.schedule import Period
from ledger.domain.terms import CollectionEntry
from ledger.domain.waterfall import State
from ledger.errors import LedgerError, RuleError
from ledger.services import cash, collections, distribution, reading, redemption
from ledger.services.encoding import receivable_id
from ledger.services.payment_date import payment_date
from ledger.services.reconcile import Report, reconcile
from ledger.services.series import Series


def pay(series: Series, number: int, period: Period, rents: Iterable[CollectionEntry]) -> None:
    """One payment date, with the rents that come in until then."""
    rents = sorted(rents, key=lambda rent: rent.day)
    record_day, payment_day = date_of(period.record_day), date_of(period.payment_day)

    # Who holds at the record is paid, also if they sell before the money is there.
    collect(series, (rent for rent in rents if rent.day <= record_day))
    series.go_to(record_day)
    distribution.fix_record(series, key=f"{series.spv.address}/period/{number}/fix")

    # The waterfall runs over what has come in, and every holder is paid; with the last coupon, the principal.
    collect(series, (rent for rent in rents if record_day < rent.day <= payment_day))
    series.go_to(payment_day)
    done = payment_date(series, number)
    agree(done.report)
    settle(series)
    print(f"{series.today()}: {some(len(done.payments), 'payment')} to holders; {series.state().value}")


def collect(series: Series, rents: Iterable[CollectionEntry]) -> None:
    """Rents arrive, each on its day; those that the SPV has already are passed over."""
    for day, arrived in groupby(rents, lambda rent: rent.day):
        waiting = [
            (rent.receivable, rent.amount)
            for rent in arrived
            if not series.view("receivable", receivable_id(rent.receivable)).collected
        ]
        if not waiting:
            continue
        series.go_to(day)
        # A bank pays the operator account, which pays the SPV, and says for which receivables.
        key, total = f"{series.spv.address}/rent/{waiting[0][0]}", sum(amount for _, amount in waiting)
        cash.mint(series, series.ledger.deployment.operator, total, key=f"{key}/cash")
        collections.collect(series, waiting, key=key)
        print(f"{day}: {format_amount(total, series.currency)} of rent, {some(len(waiting), 'receivable')}")


def settle(series: Series) -> None:
    """Fees go to the servicer, and to the originator what is left over and not needed."""
    if redemption.pay_fees(series) + (residual := redemption.pay_residual(series)):
        print(f"{series.today()}: {format_amount(residual, series.currency)} to the originator")


def expect(series: Series, *states: State) -> None:
    """Raise RuleError for a series in another state: its life went another way."""
    if series.state() not in states:
        raise RuleError(
            f"{series.code} can't go this way any more",
            field="series",
            expected=" or ".join(state.value for state in states),
            found=series.state().value,
            hint="begin anew: testnet.py down, remove its folder, testnet.py up, deploy, seed",
        )


def agree(report: Report) -> None:
    """Raise LedgerError unless chain, index and journal say the same."""
    if not report.agree:
        raise LedgerError(f"{len(report.differences)} differences", hint="crt reconcile lists them")


def tell(series: Series) -> None:
    """The figures of each distribution, as the contract gave them out."""
    with series.ledger.reading() as connection:
        found = reading.distributions(connection, series.spv.address)
    rows = []
    for one in found:
        got = one.outcome
        amounts = got["fee"], got["due"], got["paid"], got["due"] - got["paid"], got["repaid"], got["residual"]
        rows.append([str(day_of(series, one.at[0])), *(format_amount(amount, series.currency) for amount in amounts)])
    heads = ["date", "fees", "coupon due", "coupon paid", "carried forward", "principal", "residual"]
    table(heads, rows, left=1)
    print(f"{series.code} is {series.state().value}")


def day_of(series: Series, block: int) -> date:
    """The day of a block, in the series' own time zone."""
    zone = timezone(timedelta(minutes=series.utc_offset))
    return datetime.fromtimestamp(series.ledger.node.block(block).timestamp, zone).date()


def main() -> None:
    given = options(__doc__).parse_args()
    case = example_case()
    with open_testnet(given.folder) as ledger:
        series = series_of(ledger, case)
        expect(series, State.ACTIVE, State.ACCELERATED, State.MATURED, State.REDEEMED)
        for number, period in enumerate(case.periods):
            pay(series, number, period, case.collections)
        # Rounding has left the last dust.
        redemption.sweep(series)
        settle(series)
        tell(series)
        agree(reconcile(ledger))
        print("chain, index and journal agree")


if __name__ == "__main__":
    told(main)
