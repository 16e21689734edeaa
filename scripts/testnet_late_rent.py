"""A tenant pays late on a testnet: a coupon falls short, and is made good at the next payment date.

    python scripts/testnet_late_rent.py

The rents of May, June and July of the anchor tenant, who has 952 of the 1,000 machines, arrive only after the second
payment date (examples/crt01/collections.csv). That date pays what came in, and the reserve; what is missing is carried
forward, and comes first at the third date. Begins with a testnet that is seeded; `testnet_year.py` takes it from there
to the end of the year.
"""

from __future__ import annotations

from testnet import open_testnet, options, told
from testnet_seed import example_case, series_of
from testnet_year import agree, expect, pay, tell

from ledger.domain.waterfall import State
from ledger.services.reconcile import reconcile


def main() -> None:
    given = options(__doc__).parse_args()
    case = example_case("collections.csv")
    with open_testnet(given.folder) as ledger:
        series = series_of(ledger, case)
        expect(series, State.ACTIVE)
        for number, period in enumerate(case.periods[:3]):
            pay(series, number, period, case.collections)
        tell(series)
        agree(reconcile(ledger))
        print("chain, index and journal agree")


if __name__ == "__main__":
    told(main)
