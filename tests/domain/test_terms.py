"""What has to agree within a term sheet, and the text that stands for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ledger.domain.investors import JURISDICTIONS, InvestorClass, class_mask, jurisdiction_bit, jurisdiction_mask
from ledger.domain.money import currency
from ledger.domain.terms import Terms, canonical_json, check_terms, terms_digest_text
from ledger.errors import RuleError

DATES = (date(2025, 4, 2), date(2025, 7, 2), date(2025, 10, 2), date(2026, 1, 2))


def test_the_reference_terms_agree(crt01: Terms) -> None:
    check_terms(crt01)
    check_terms(replace(crt01, principal_targets=(250_000, 250_000, 600_000, 1_000_000)))


@pytest.mark.parametrize(
    ("change", "field", "expected", "found"),
    [
        ({"size": 0}, "size", "more than zero", "0.00"),
        ({"size": 2**63}, "size", "92,233,720,368,547,758.07", "92,233,720,368,547,758.08"),
        ({"soft_cap": 30_000_000_001}, "soft_cap", "300,000,000.00", "300,000,000.01"),
        ({"soft_cap": 0}, "soft_cap", "0.01", "0.00"),
        ({"reserve_target": 30_000_000_001}, "reserve_target", "300,000,000.00", "300,000,000.01"),
        ({"target_yield": 1_000_001}, "target_yield", "100%", "100.0001%"),
        ({"advance_rate": 0}, "advance_rate", "0.0001%", "0%"),
        ({"fee_rate": 1_000_001}, "fee_rate", "100%", "100.0001%"),
        ({"oc_default": 1_060_000}, "oc_default", "105%", "106%"),
        ({"close_date": date(2024, 12, 15)}, "close_date", "2024-12-16", "2024-12-15"),
        ({"issue_date": date(2024, 12, 30)}, "issue_date", "2024-12-31", "2024-12-30"),
        ({"cut_off_date": date(2025, 1, 3)}, "issue_date", "cut_off_date, 2025-01-03", "2025-01-02"),
        ({"maturity_date": date(2025, 1, 2)}, "maturity_date", "after issue_date", "2025-01-02"),
        ({"payment_dates": ()}, "payment_dates", "maturity date", "0"),
        ({"payment_dates": DATES[:3]}, "payment_dates", "2026-01-02", "2025-10-02"),
        ({"payment_dates": (DATES[1], DATES[0], DATES[3])}, "payment_dates", "2025-07-02", "2025-04-02"),
        ({"payment_dates": (date(2025, 1, 2), DATES[3])}, "payment_dates", "2025-01-02", "2025-01-02"),
        ({"record_lag_days": 90}, "record_lag_days", "after 2025-01-02", "2025-01-02"),
        ({"principal_targets": (1_000_000,)}, "principal_targets", "4", "1"),
        ({"principal_targets": (5, 4, 6, 1_000_000)}, "principal_targets", "never fall", "0.0005% before 0.0004%"),
        ({"principal_targets": (0, 0, 0, 999_999)}, "principal_targets", "100%", "99.9999%"),
        ({"arrears_limit": 0}, "arrears_limit", "1 to 255", "0"),
        ({"arrears_limit": 256}, "arrears_limit", "1 to 255", "256"),
        ({"claim_days": 0}, "claim_days", "1 to 36500", "0"),
        ({"grace_days": -1}, "grace_days", "0 to 3650", "-1"),
        ({"classes": frozenset()}, "classes", "at least one", "none"),
        ({"jurisdictions": frozenset()}, "jurisdictions", "at least one", "none"),
    ],
)
def test_terms_that_do_not_agree(crt01: Terms, change: dict[str, Any], field: str, expected: str, found: str) -> None:
    with pytest.raises(RuleError) as raised:
        check_terms(replace(crt01, **change))
    assert raised.value.field == field
    assert expected in (raised.value.expected or "")
    assert found in (raised.value.found or "")


def test_bit_positions_never_change() -> None:
    """These are written on chain: a new entry goes to the end."""
    assert [item.value for item in InvestorClass][:7] == [
        "bank-wealth",
        "insurance",
        "industry-fund",
        "securities",
        "trust",
        "corporate",
        "professional-individual",
    ]
    assert [item.bit for item in InvestorClass] == list(range(len(InvestorClass)))
    assert JURISDICTIONS[:9] == ("CN", "HK", "MO", "TW", "SG", "JP", "KR", "US", "GB")
    assert len(set(JURISDICTIONS)) == len(JURISDICTIONS) <= 64
    assert len(InvestorClass) <= 32
    assert jurisdiction_bit("HK") == 1


def test_masks() -> None:
    assert class_mask([InvestorClass.BANK_WEALTH, InvestorClass.TRUST, InvestorClass.TRUST]) == 0b10001
    assert jurisdiction_mask(["CN", "SG"]) == 0b10001
    with pytest.raises(RuleError, match="no place"):
        jurisdiction_mask(["ZZ"])


def test_digest_text_says_everything_once(crt01: Terms) -> None:
    text = terms_digest_text(crt01)
    values = json.loads(text)
    assert values["size"] == "300000000.00"
    assert values["target_yield_ppm"] == 90_000
    assert values["payment_dates"] == ["2025-04-02", "2025-07-02", "2025-10-02", "2026-01-02"]
    assert text == json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


CHANGES: dict[str, Any] = {
    "code": "X", "name": "憑證", "currency": currency("USD"), "size": 1, "soft_cap": 1, "target_yield": 1,
    "day_count": "ACT_360", "issue_date": date(2025, 1, 3), "maturity_date": date(2026, 1, 3),
    "payment_dates": DATES[1:], "record_lag_days": 6, "principal": "PASS_THROUGH", "principal_targets": (1,),
    "open_date": date(2024, 1, 1), "close_date": date(2024, 12, 30), "classes": frozenset(),
    "jurisdictions": frozenset(), "originator": "other", "cut_off_date": date(2025, 1, 2), "discount_rate": 1,
    "advance_rate": 1, "fee_rate": 1, "fee_cap": 1, "reserve_target": 1, "oc_trigger": 1, "oc_default": 1,
    "arrears_limit": 1, "grace_days": 1, "claim_days": 1, "utc_offset": 0,
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in Terms.__slots__ if name != "frequency"])
def test_every_term_changes_the_digest_text(crt01: Terms, name: str) -> None:
    value = CHANGES[name]
    kind = type(getattr(crt01, name))
    changed = replace(crt01, **{name: kind[value] if name in ("day_count", "principal") else value})
    assert terms_digest_text(changed) != terms_digest_text(crt01)


def test_how_the_dates_were_made_does_not_change_the_digest_text(crt01: Terms) -> None:
    assert terms_digest_text(replace(crt01, frequency=None)) == terms_digest_text(crt01)


def test_canonical_json() -> None:
    assert canonical_json({"b": [1, "算力"], "a": {"y": None, "x": True}}) == '{"a":{"x":true,"y":null},"b":[1,"算力"]}'
    for value in (1.5, [1.5], {"a": {"b": float("nan")}}, {1: 2}):
        with pytest.raises(TypeError):
            canonical_json(value)


def test_a_trigger_below_cover_is_refused(crt01: Terms) -> None:
    """At 99.9999 %, rent that was paid ahead could leave as residual while principal is not covered."""
    with pytest.raises(RuleError) as refused:
        check_terms(replace(crt01, oc_trigger=999_999, oc_default=0))
    assert (refused.value.field, refused.value.expected, refused.value.found) == (
        "oc_trigger",
        "at least 100%",
        "99.9999%",
    )
    check_terms(replace(crt01, oc_trigger=1_000_000))


def test_terms_that_the_contracts_have_no_room_for_are_refused(crt01: Terms) -> None:
    """`TermsCheck.sol`: size and all coupons in 56 bits; rates in 32."""
    most = 2**56 - 1
    with pytest.raises(RuleError) as refused:
        check_terms(replace(crt01, size=most + 1, target_yield=0))
    assert refused.value.field == "size"
    check_terms(replace(crt01, size=most, target_yield=0))
    with pytest.raises(RuleError):
        check_terms(replace(crt01, size=most, target_yield=1_000_000))
    with pytest.raises(RuleError) as refused:
        check_terms(replace(crt01, oc_trigger=2**32))
    assert refused.value.field == "oc_trigger"
