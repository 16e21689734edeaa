"""Bring CRT01 on a testnet to its first coupon: a quarter's rent, the record, the money set aside.

    python scripts/testnet_coupon.py

Begins with the series that testnet_seed.py leaves. Nobody is paid by it: holders fetch what is due, by `crt claim`, or
testnet_year.py pays them and goes on from there. Repeated, it does nothing twice.
"""

from __future__ import annotations

from testnet import open_testnet, options, told
from testnet_seed import example_case, series_of
from testnet_year import collect, expect

from ledger.domain.daycount import date_of
from ledger.domain.money import format_amount
from ledger.domain.schedule import Period
from ledger.domain.waterfall import State
from ledger.services import distribution
from ledger.services.inputs.case import Case
from ledger.services.series import Series


def coupon(series: Series, case: Case, period: Period) -> None:
    record_day, payment_day = date_of(period.record_day), date_of(period.payment_day)

    # Who holds at the record is paid, also if they sell before the money is there.
    collect(series, (rent for rent in case.collections if rent.day <= record_day))
    series.go_to(record_day)
    distribution.fix_record(series, key=f"{series.spv.address}/period/0/fix")

    # The waterfall runs over what has come in.
    collect(series, (rent for rent in case.collections if record_day < rent.day <= payment_day))
    series.go_to(payment_day)
    distribution.fund(series, key=f"{series.spv.address}/period/0/fund")


def main() -> None:
    given = options(__doc__).parse_args()
    case = example_case()
    with open_testnet(given.folder) as ledger:
        series = series_of(ledger, case)
        expect(series, State.ACTIVE)
        coupon(series, case, case.periods[0])
        paid = format_amount(series.view("epochAt", 0).amount, series.currency)
        print(f"{series.today()}: {paid} of coupon are set aside; fetch yours: crt claim {series.code}")


if __name__ == "__main__":
    told(main)
