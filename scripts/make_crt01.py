"""Make the files of the reference case in examples/crt01.

    python scripts/make_crt01.py

One computing centre, 1,000 A100, nine tenants, twelve level rents of 37,402,396.30 CNY; 300 million are issued against
them. ``collections.csv`` is the year as it went: the anchor tenant paid its rents of May, June and July only after
the second payment date. ``collections-on-time.csv`` is the same year without that. Stdlib only, no clock, no chance.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "examples" / "crt01"

MONTH_RENT = 3_740_239_630  # fen; one fen less and the pool is too small for the issue
DUE_DAYS = [date(2025, month, 1) for month in range(2, 13)] + [date(2026, 1, 1)]
ANCHOR = "01"
LATE = {
    date(2025, 5, 1): date(2025, 7, 15),
    date(2025, 6, 1): date(2025, 7, 28),
    date(2025, 7, 1): date(2025, 8, 8),
}

LESSEES = {
    ANCHOR: ("星野大模型研究院", 952),
    "02": ("啟川自動駕駛科技", 6),
    "03": ("青禾生物計算", 6),
    "04": ("雲麓氣象模擬中心", 6),
    "05": ("知衡語音科技", 6),
    "06": ("南渡影像渲染", 6),
    "07": ("北辰工業仿真", 6),
    "08": ("拾光教育智能", 6),
    "09": ("澄海新藥研發", 6),
}

SUBSCRIPTIONS = [
    ("江州銀行理財", "bank-wealth", "CN", 10_000_000_000),
    ("遠岸人壽資產管理", "insurance", "CN", 7_000_000_000),
    ("嶺南算力產業投資基金", "industry-fund", "CN", 5_000_000_000),
    ("中衡證券", "securities", "CN", 3_333_333_333),
    ("明岳信託", "trust", "CN", 2_666_666_667),
    ("Harbour Compute Holdings", "corporate", "HK", 1_999_999_999),
    ("許氏家族辦公室", "professional-individual", "HK", 1),
]

TERMS = """\
# CRT01: the term sheet of the reference case.
#
# Amounts and rates stand in quotes, because a bare TOML number is a binary float. Dates are bare.
# Made by scripts/make_crt01.py.

[series]
code = "CRT01"
name = "東嶼智算 A100 機租 2025"
currency = "CNY"
size = "300,000,000.00"            # face value issued, at par
soft_cap = "240,000,000.00"        # below this the offering fails and everybody is refunded
target_yield = "9%"                # coupon a year, paid out of collected rent only
day_count = "ACT/365F"
issue_date = 2025-01-02
maturity_date = 2026-01-02
frequency = "quarterly"            # or payment_dates = [2025-04-02, ...], ending with the maturity date
record_lag_days = 5                # who holds this many days before a payment date is paid
principal = "bullet"               # or "pass-through"
# principal_targets = ["25%", "50%", "75%", "100%"]   cumulative, one a payment date; equal steps if left out

[offering]
open_date = 2024-12-16
close_date = 2024-12-31
classes = [
    "bank-wealth",
    "insurance",
    "industry-fund",
    "securities",
    "trust",
    "corporate",
    "professional-individual",
]
jurisdictions = ["CN", "HK"]

[pool]
originator = "東嶼智算中心"
cut_off_date = 2025-01-01          # present value is taken as of this day; every rent is due after it
discount_rate = "9%"               # effective a year, ACT/365F
advance_rate = "70%"               # size is at most this part of the present value, to the fen

[waterfall]
fee_rate = "0.5%"                  # of what was collected since the last distribution
fee_cap = "500,000.00"             # for each distribution
reserve_target = "1,000,000.00"
oc_trigger = "105%"                # below this, what is left over is kept instead of going to the originator
oc_default = "90%"                 # below this, the series is accelerated
arrears_limit = 2                  # as it is when this many distributions running leave a coupon short
grace_days = 10                    # so long after a payment date only the servicer may fund

[unclaimed]
claim_days = 365

[calendar]
utc_offset = "+08:00"
"""


def money(fen: int) -> str:
    """1234 -> 12.34, without thousands separators: those would have to be quoted in CSV."""
    return f"{fen // 100}.{fen % 100:02d}"


def split_by_machines(amount: int) -> dict[str, int]:
    """Split an amount by machines with the largest remainder, so that the parts sum to it to the fen."""
    machines = {number: count for number, (_, count) in LESSEES.items()}
    total = sum(machines.values())
    parts = {number: amount * count // total for number, count in machines.items()}
    left = amount - sum(parts.values())
    by_remainder = sorted(machines, key=lambda number: (-(amount * machines[number] % total), number))
    for number in by_remainder[:left]:
        parts[number] += 1
    return parts


def rents() -> list[tuple[str, str, date, int]]:
    """(receivable, lessee number, due day, fen), month by month."""
    parts = split_by_machines(MONTH_RENT)
    return [(f"CRT01-{number}-{due:%Y-%m}", number, due, parts[number]) for due in DUE_DAYS for number in LESSEES]


def rent_roll() -> str:
    rows = [
        f"{receivable},{LESSEES[number][0]},{LESSEES[number][1]},{due},CNY,{money(fen)}"
        for receivable, number, due, fen in rents()
    ]
    return lines("receivable,lessee,machines,due,currency,amount", rows)


def subscriptions() -> str:
    rows = [f"{name},{kind},{place},{money(units)}" for name, kind, place, units in SUBSCRIPTIONS]
    return lines("subscriber,class,jurisdiction,units", rows)


def collections(late: dict[date, date]) -> str:
    """What arrived, by day of arrival: each rent on its due day, but those of the anchor tenant named in ``late``."""
    arrived = [
        (late.get(due, due) if number == ANCHOR else due, receivable, fen) for receivable, number, due, fen in rents()
    ]
    rows = [f"{day},{receivable},CNY,{money(fen)}" for day, receivable, fen in sorted(arrived)]
    return lines("date,receivable,currency,amount", rows)


def lines(header: str, rows: list[str]) -> str:
    return "\n".join([header, *rows]) + "\n"


def files() -> dict[str, str]:
    """The case: file names and their texts."""
    return {
        "terms.toml": TERMS,
        "rent-roll.csv": rent_roll(),
        "subscriptions.csv": subscriptions(),
        "collections.csv": collections(LATE),
        "collections-on-time.csv": collections({}),
    }


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (TARGET / name).write_bytes(text.encode())
        print(f"{name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
