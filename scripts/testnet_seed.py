"""Issue the example CRT01 on a testnet: founded, offered, subscribed by seven investors, active.

    python scripts/testnet_seed.py

The files are those of examples/crt01. Every step has a key, or is known by what it made: broken off, the script goes on
where it was when it is repeated, and nothing is done twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from testnet import FIRST_INVESTOR, PARTIES, open_testnet, options, told

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.primitives import ZERO_ADDRESS
from ledger.cli.demo import example
from ledger.domain.money import format_amount
from ledger.errors import InputError
from ledger.services import cash, eligibility, issuance, subscribing
from ledger.services.encoding import terms_hash
from ledger.services.inputs.case import Case, load_case
from ledger.services.ledger import Ledger, fund_account
from ledger.services.series import Series


def example_case(collections: str = "collections-on-time.csv") -> Case:
    """The files of CRT01, checked one by one and against each other; with the year as it should go, if not told."""
    return load_case(*map(example, ("terms.toml", "rent-roll.csv", "subscriptions.csv", collections)))


def series_of(ledger: Ledger, case: Case) -> Series:
    """The series of a case on a testnet that is seeded. Raises InputError if there is none."""
    spv = ledger.factory.view(ledger.node, "spvOf", terms_hash(case.terms))
    if spv == ZERO_ADDRESS:
        raise InputError(
            "the testnet has no such series",
            field="series",
            expected=case.terms.code,
            found="none",
            hint="python scripts/testnet_seed.py",
        )
    return Series.load(ledger, Bound(Contract("Spv"), spv).view(ledger.node, "status").slot)


def seed(ledger: Ledger, case: Case) -> Series:
    terms, value = case.terms, case.present_value.minor
    originator, fees, unclaimed, agent = (
        fund_account(ledger, dev_account(PARTIES[name]))
        for name in ("originator", "fees", "unclaimed", "valuation agent")
    )

    # The SPV, and its series of receipts. Its terms are part of its code from now on.
    parties = issuance.Parties(originator.address, fees.address, unclaimed.address, agent.address)
    series = issuance.create(ledger, case, parties)
    print(f"{terms.code} is series {series.slot}, its SPV {series.spv.address}")

    # The rents become the SPV's, and can be sold to no other. The agent signs what they are worth.
    issuance.register_pool(series, case.receivables)
    issuance.offer(series, value, issuance.attest(series, value, agent))
    print(f"{len(case.receivables)} rents worth {format_amount(value, terms.currency)} {terms.currency.code} now")

    # Each investor is known to compliance, gets cash from a bank, and subscribes by a permit for it.
    series.go_to(terms.open_date)
    valid_until = datetime.combine(terms.maturity_date + timedelta(days=3 * 366), time(), UTC)
    for number, order in enumerate(case.subscriptions, FIRST_INVESTOR):
        investor = fund_account(ledger, dev_account(number))
        key = f"{series.spv.address}/{investor.address}"
        eligibility.set_standing(
            ledger, investor.address, order.investor_class, order.jurisdiction, valid_until, key=f"{key}/standing"
        )
        cash.mint(series, investor.address, order.units, key=f"{key}/cash")
        token_id = subscribing.subscribe(series, investor, order.units, key=f"{key}/subscription")
        name = f"dev:{number - FIRST_INVESTOR}"
        print(f"{name} {order.subscriber}: {format_amount(order.units, terms.currency)}, receipt {token_id}")

    # The proceeds go to the originator, and the receipts can move.
    series.go_to(terms.issue_date)
    units = issuance.activate(series)
    print(f"{series.today()}: issued {format_amount(units, terms.currency)}, {series.state().value}")
    return series


def main() -> None:
    given = options(__doc__).parse_args()
    with open_testnet(given.folder) as ledger:
        seed(ledger, example_case())


if __name__ == "__main__":
    told(main)
