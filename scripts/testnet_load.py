"""Load for a testnet: many holders split, merge and transfer receipts of CRT01 at a rate, and the figures of it.

    python scripts/testnet_load.py --holders 20 --rate 10 --seconds 30

Begins with a testnet that is seeded, and while the series runs. The holders are new investors to whom the largest one
sells 10,000.00 each. Each does one thing after the other, and all of them work beside each other: more holders reach a
higher rate. What each of them wants follows from `--seed`.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple

from testnet import FIRST_INVESTOR, open_testnet, options, told
from testnet_seed import example_case, series_of
from testnet_year import agree, expect

from ledger.chain.devkeys import dev_account
from ledger.chain.signing import Account
from ledger.cli.output import table
from ledger.domain.terms import InvestorClass
from ledger.domain.waterfall import State
from ledger.errors import InputError, LedgerError
from ledger.services import eligibility, receipts
from ledger.services.ledger import fund_account
from ledger.services.reconcile import reconcile
from ledger.services.series import Series

FIRST_HOLDER = 100  # the number of their first account
UNITS = 1_000_000  # that each begins with: 10,000.00
MOST_HOLDERS = 500


class Done(NamedTuple):
    """One thing that was done: what, how long it took in seconds, and why it was refused, if it was."""

    what: str
    seconds: float
    refused: str


def make_holders(series: Series, number: int) -> list[Account]:
    """New investors with a receipt each; those who are there from an earlier load stay as they are."""
    ledger, seller = series.ledger, fund_account(series.ledger, dev_account(FIRST_INVESTOR))
    (source, *_) = receipts.receipts_of(ledger, series.slot, seller.address)
    holders = [fund_account(ledger, dev_account(FIRST_HOLDER + place)) for place in range(number)]
    valid_until = ledger.now() + timedelta(days=3 * 366)
    for holder in holders:
        if not eligibility.is_eligible(ledger, holder.address, series.slot):
            eligibility.set_standing(ledger, holder.address, InvestorClass.INSURANCE, "CN", valid_until)
        if not receipts.receipts_of(ledger, series.slot, holder.address):
            receipts.transfer_units_to(ledger, source.token_id, holder.address, UNITS)
    return holders


def act(series: Series, holder: Account, others: list[Account], dice: random.Random) -> str:
    """Something that a holder does: what it did."""
    ledger = series.ledger
    held = [one for one in receipts.receipts_of(ledger, series.slot, holder.address) if one.units > 1]
    if not held:
        return "nothing"  # who has sold all waits for others to sell
    one = dice.choice(held)
    what = dice.choice(("split", "merge", "transfer") if len(held) > 1 else ("split", "transfer"))
    if what == "split":
        receipts.split(ledger, one.token_id, [one.units // 2])
    elif what == "merge":
        receipts.merge(ledger, [other.token_id for other in held if other is not one], one.token_id)
    else:
        receipts.transfer_units_to(ledger, one.token_id, dice.choice(others).address, max(1, one.units // 10))
    return what


def run(series: Series, holders: list[Account], rate: float, seconds: float, seed: int) -> list[Done]:
    """All holders beside each other, each in a thread of its own; together ``rate`` things a second, at most."""
    pause, end = len(holders) / rate, time.monotonic() + seconds

    def live(place: int) -> list[Done]:
        dice, done = random.Random(f"{seed} {place}"), list[Done]()  # noqa: S311 - no secret comes of it
        others = [other for other in holders if other is not holders[place]]
        time.sleep(place / rate)
        while (started := time.monotonic()) < end:
            try:
                what, refused = act(series, holders[place], others, dice), ""
            except LedgerError as error:
                what, refused = "refused", error.message
            took = time.monotonic() - started
            done.append(Done(what, took, refused))
            time.sleep(max(0.0, pause - took))
        return done

    with ThreadPoolExecutor(len(holders)) as pool:
        return [done for lived in pool.map(live, range(len(holders))) for done in lived]


def tell(done: list[Done], took: float) -> None:
    """How many, how fast, and how long each took."""
    rows = []
    for what in [*sorted({one.what for one in done}), "all"]:
        times = sorted(one.seconds for one in done if what in (one.what, "all"))
        middle, most = times[len(times) // 2], times[-1 - len(times) // 100]
        rows.append([what, f"{len(times):,}", f"{len(times) / took:.1f}", f"{middle:.2f}", f"{most:.2f}"])
    table(["what", "number", "a second", "middle, s", "99 of 100, s"], rows, left=1)
    for reason, number in Counter(one.refused for one in done if one.refused).items():
        print(f"refused {number:,} times: {reason}")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--holders", type=int, default=20, help=f"2 to {MOST_HOLDERS}")
    parser.add_argument("--rate", type=float, default=10.0, help="things a second, of all holders together")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1, help="of the dice")
    given = parser.parse_args()
    if not 2 <= given.holders <= MOST_HOLDERS:
        raise InputError("too few or too many holders", field="--holders", expected=f"2 to {MOST_HOLDERS}")
    if not (given.rate > 0 and given.seconds > 0):
        raise InputError("no load", field="--rate, --seconds", expected="more than 0")

    case = example_case()
    with open_testnet(given.folder) as ledger:
        series = series_of(ledger, case)
        expect(series, State.ACTIVE, State.ACCELERATED)
        print(f"sell to {given.holders} holders")
        holders = make_holders(series, given.holders)
        print(f"{given.seconds:g} s at {given.rate:g} a second")
        begin = time.monotonic()
        done = run(series, holders, given.rate, given.seconds, given.seed)
        tell(done, time.monotonic() - begin)

        # Whatever they did, nothing has come to be, and nothing is lost.
        held = sum(receipts.holdings(ledger, series.slot).values())
        if held != case.subscribed:
            raise LedgerError(f"holders have {held} units together, and {case.subscribed} were issued")
        print(f"{len(receipts.receipts_of(ledger, series.slot)):,} receipts, {held:,} units as at the issue")
        agree(reconcile(ledger))
        print("chain, index and journal agree")


if __name__ == "__main__":
    told(main)
