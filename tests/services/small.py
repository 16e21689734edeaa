"""A series of three months and 3,000.00, small enough to play many lives of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from ledger.chain.devkeys import dev_account
from ledger.chain.signing import Account
from ledger.domain.terms import InvestorClass
from ledger.services import cash, eligibility, issuance, subscribing
from ledger.services.inputs.case import Case, build_case
from ledger.services.inputs.text import decode
from ledger.services.ledger import Ledger, fund_account
from ledger.services.series import Series

TERMS = """
[series]
code = "{code}"
name = "small"
currency = "CNY"
size = "3,000.00"
soft_cap = "1,000.00"
target_yield = "12%"
day_count = "30E/360"
issue_date = 2025-01-01
maturity_date = 2025-04-01
frequency = "monthly"
record_lag_days = 5
principal = "bullet"
[offering]
open_date = 2024-12-20
close_date = 2024-12-31
classes = ["insurance"]
jurisdictions = ["CN"]
[pool]
originator = "centre"
cut_off_date = 2025-01-01
discount_rate = "9%"
advance_rate = "70%"
[waterfall]
fee_rate = "0%"
fee_cap = "0.00"
reserve_target = "0.00"
oc_trigger = "100%"
oc_default = "0%"
arrears_limit = 3
grace_days = 10
[unclaimed]
claim_days = 90
[calendar]
utc_offset = "+08:00"
"""
RENTS = {"R1": "2025-02-01", "R2": "2025-03-01", "R3": "2025-04-01"}
RENT = 160_000
HOLDERS: tuple[Account, ...] = tuple(dev_account(index) for index in (10, 11, 12))


@cache
def small_case(code: str = "SMALL", subscriptions: tuple[int, ...] = (), collections: tuple[str, ...] = ()) -> Case:
    """The case; ``subscriptions`` in minor units, ``collections`` as the names of the rents that arrive when due."""
    roll = "".join(f"{name}-{code},lessee,1,{due},CNY,1600.00\n" for name, due in RENTS.items())
    orders = "".join(
        f"holder {i},insurance,CN,{units // 100}.{units % 100:02}\n" for i, units in enumerate(subscriptions)
    )
    paid = "".join(f"{RENTS[name]},{name}-{code},CNY,1600.00\n" for name in collections)
    texts = {
        "terms.toml": TERMS.format(code=code),
        "rent-roll.csv": "receivable,lessee,machines,due,currency,amount\n" + roll,
        "subscriptions.csv": "subscriber,class,jurisdiction,units\n" + orders,
        "collections.csv": "date,receivable,currency,amount\n" + paid,
    }
    documents = [decode(name, text.encode()) for name, text in texts.items()]
    given = [True, True, bool(orders), bool(paid)]
    return build_case(*(document if wanted else None for document, wanted in zip(documents, given, strict=True)))


def offered(ledger: Ledger, case: Case) -> Series:
    """The series of a case in its offering, its first day reached; the holders may subscribe."""
    agent = fund_account(ledger, dev_account(6))
    parties = issuance.Parties(*(dev_account(index).address for index in (7, 8, 9)), agent.address)
    series = issuance.create(ledger, case, parties)
    issuance.register_pool(series, case.receivables)
    issuance.offer(series, case.present_value.minor, issuance.attest(series, case.present_value.minor, agent))
    series.go_to(case.terms.open_date)
    for holder in HOLDERS:
        fund_account(ledger, holder)
        eligibility.set_standing(
            ledger, holder.address, InvestorClass.INSURANCE, "CN", datetime(2030, 1, 1, tzinfo=UTC)
        )
    return series


def subscribed(series: Series, *units: int) -> list[int]:
    """The holders subscribe so many units each, in their order; returns their receipts."""
    tokens = []
    for holder, amount in zip(HOLDERS, units, strict=False):
        cash.mint(series, holder.address, amount)
        tokens.append(subscribing.subscribe(series, holder, amount))
    return tokens


def active(ledger: Ledger, case: Case, *units: int) -> tuple[Series, list[int]]:
    """The series of a case, issued to the holders; and their receipts."""
    series = offered(ledger, case)
    tokens = subscribed(series, *units)
    series.go_to(case.terms.issue_date)
    issuance.activate(series)
    return series, tokens
