"""The reference series CRT01, made here by hand and not read from its files."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.domain.daycount import DayCount
from ledger.domain.money import currency
from ledger.domain.terms import Frequency, InvestorClass, Principal, Receivable, Terms

RENT_DAYS = [*(date(2025, month, 1) for month in range(2, 13)), date(2026, 1, 1)]


def level_rents(fen: int) -> tuple[Receivable, ...]:
    return tuple(Receivable(f"R{number:02d}", "lessee", 1_000, day, fen) for number, day in enumerate(RENT_DAYS, 1))


@pytest.fixture
def rents() -> tuple[Receivable, ...]:
    return level_rents(3_740_239_630)


@pytest.fixture
def crt01() -> Terms:
    return Terms(
        code="CRT01",
        name="CRT01",
        currency=currency("CNY"),
        size=30_000_000_000,
        soft_cap=24_000_000_000,
        target_yield=90_000,
        day_count=DayCount.ACT_365F,
        issue_date=date(2025, 1, 2),
        maturity_date=date(2026, 1, 2),
        frequency=Frequency.QUARTERLY,
        payment_dates=(date(2025, 4, 2), date(2025, 7, 2), date(2025, 10, 2), date(2026, 1, 2)),
        record_lag_days=5,
        principal=Principal.BULLET,
        principal_targets=(),
        open_date=date(2024, 12, 16),
        close_date=date(2024, 12, 31),
        classes=frozenset({InvestorClass.BANK_WEALTH, InvestorClass.TRUST}),
        jurisdictions=frozenset({"CN", "HK"}),
        originator="computing centre",
        cut_off_date=date(2025, 1, 1),
        discount_rate=90_000,
        advance_rate=700_000,
        fee_rate=5_000,
        fee_cap=50_000_000,
        reserve_target=100_000_000,
        oc_trigger=1_050_000,
        oc_default=900_000,
        arrears_limit=2,
        grace_days=10,
        claim_days=365,
        utc_offset=480,
    )
