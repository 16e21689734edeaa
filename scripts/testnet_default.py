"""A series defaults on a testnet: the rent stops, the reserve is used up, and a part is recovered later.

    python scripts/testnet_default.py

After the first payment date no tenant pays any more. Two coupons fall short, and the series is accelerated; at maturity
all that was set aside goes to the holders, and is too little: the series has defaulted. Two months later three rents of
the anchor tenant are recovered, and repay principal. Begins with a testnet that is seeded.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from testnet import open_testnet, options, told
from testnet_seed import example_case, series_of
from testnet_year import agree, collect, expect, pay, settle, tell

from ledger.domain.daycount import date_of
from ledger.domain.waterfall import State
from ledger.services import distribution
from ledger.services.reconcile import reconcile

RECOVERED = ("CRT01-01-2025-05", "CRT01-01-2025-06", "CRT01-01-2025-07")


def main() -> None:
    given = options(__doc__).parse_args()
    case = example_case()
    with open_testnet(given.folder) as ledger:
        series = series_of(ledger, case)
        expect(series, State.ACTIVE, State.ACCELERATED, State.DEFAULTED)

        first = date_of(case.periods[0].payment_day)
        paid = [rent for rent in case.collections if rent.day <= first]
        for number, period in enumerate(case.periods):
            pay(series, number, period, paid)

        # What comes in now is a recovery: to the coupons that are owed, then to principal, pro rata; no new coupon.
        day = case.terms.maturity_date + timedelta(days=60)
        collect(series, [replace(rent, day=day) for rent in case.collections if rent.receivable in RECOVERED])
        name = f"{series.spv.address}/recovery"
        distribution.fix_record(series, key=f"{name}/fix")
        distribution.pay_all(series, distribution.fund(series, key=f"{name}/fund").epoch)
        settle(series)

        tell(series)
        agree(reconcile(ledger))
        print("chain, index and journal agree")


if __name__ == "__main__":
    told(main)
