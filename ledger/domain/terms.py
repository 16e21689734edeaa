"""What a series promises and what stands behind it: term sheet, pool, orders, cash. Values, and rules across them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from itertools import pairwise
from typing import Final

from ledger.domain.daycount import DayCount
from ledger.domain.investors import JURISDICTIONS, InvestorClass, class_mask, jurisdiction_bit, jurisdiction_mask
from ledger.domain.money import MAX_AMOUNT, PPM, Currency, decimal_string, format_amount, format_rate
from ledger.errors import RuleError

__all__ = [
    "JURISDICTIONS",
    "MAX_PERIODS",
    "CollectionEntry",
    "Frequency",
    "InvestorClass",
    "Principal",
    "Receivable",
    "Subscription",
    "Terms",
    "canonical_json",
    "check_terms",
    "class_mask",
    "jurisdiction_bit",
    "jurisdiction_mask",
    "terms_digest_text",
]


MAX_PERIODS: Final = 600
"""Most payment dates a series can have: fifty years of months."""

_MOST_TOGETHER: Final = 2**56 - 1
_MOST_PPM: Final = 2**32 - 1

# The contracts hold the first in 8 bits and the others in 16.
_WHOLE: Final = (
    ("arrears_limit", 1, 255),
    ("grace_days", 0, 3_650),
    ("claim_days", 1, 36_500),
    ("record_lag_days", 0, 365),
)


class Frequency(Enum):
    """How often coupons are paid."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMIANNUAL = "semiannual"
    ANNUAL = "annual"

    @property
    def months(self) -> int:
        """Months between two payment dates."""
        return {"monthly": 1, "quarterly": 3, "semiannual": 6, "annual": 12}[self.value]


class Principal(Enum):
    """How principal is repaid: at maturity out of a sinking account, or as rent comes in."""

    BULLET = "bullet"
    PASS_THROUGH = "pass-through"  # noqa: S105 - not a password


@dataclass(frozen=True, slots=True)
class Terms:
    """The term sheet of one series.

    Amounts are minor units of ``currency``, rates are ppm, dates lie in the series' own time zone. A ``Terms`` is a
    plain value; :func:`check_terms` says whether its parts agree.
    """

    # series
    code: str
    name: str
    currency: Currency
    size: int
    soft_cap: int
    target_yield: int
    day_count: DayCount
    issue_date: date
    maturity_date: date
    frequency: Frequency | None
    """How ``payment_dates`` were made; None if they were listed."""
    payment_dates: tuple[date, ...]
    record_lag_days: int
    principal: Principal
    principal_targets: tuple[int, ...]
    """Cumulative ppm of ``size``, one for each payment date; empty for equal steps."""
    # offering
    open_date: date
    close_date: date
    classes: frozenset[InvestorClass]
    jurisdictions: frozenset[str]
    # pool
    originator: str
    cut_off_date: date
    discount_rate: int
    advance_rate: int
    # waterfall
    fee_rate: int
    fee_cap: int
    reserve_target: int
    oc_trigger: int
    oc_default: int
    arrears_limit: int
    grace_days: int
    # unclaimed, calendar
    claim_days: int
    utc_offset: int
    """Minutes east of UTC: 480 for +08:00."""


@dataclass(frozen=True, slots=True)
class Receivable:
    """One rent of the pool. ``face`` is in minor units; ``line`` is where the rent roll has it."""

    id: str
    lessee: str
    machines: int
    due: date
    face: int
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One order in the offering. ``units`` is face value in minor units, sold at par."""

    subscriber: str
    investor_class: InvestorClass
    jurisdiction: str
    units: int
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CollectionEntry:
    """Cash that arrived on ``day`` for one receivable. ``amount`` is in minor units."""

    day: date
    receivable: str
    amount: int
    line: int | None = field(default=None, compare=False)


def check_terms(terms: Terms) -> None:
    """Check what concerns several fields of a term sheet.

    Raises RuleError for the first part that does not agree with the others; ``field`` is the name of the attribute
    of :class:`Terms` at fault.
    """
    _check_amounts(terms)
    _check_rates(terms)
    _check_dates(terms)
    _check_targets(terms)
    _check_within_words(terms)
    for name, least, most in _WHOLE:
        value = getattr(terms, name)
        _require(least <= value <= most, name, "number is out of range", f"{least} to {most}", str(value))
    _require(bool(terms.classes), "classes", "nobody could subscribe", "at least one investor class", "none")
    _require(bool(terms.jurisdictions), "jurisdictions", "nobody could subscribe", "at least one jurisdiction", "none")


def canonical_json(value: object) -> str:
    """One text per value: keys sorted, no blanks, UTF-8 unescaped. Refuses floats (TypeError) and NaN."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def terms_digest_text(terms: Terms) -> str:
    """The text whose hash stands for the term sheet on chain: canonical JSON, the same for the same terms.

    Amounts are decimal strings in major units, rates are integers in ppm, dates are ISO 8601.
    """
    amounts = {
        name: decimal_string(getattr(terms, name), terms.currency)
        for name in ("size", "soft_cap", "fee_cap", "reserve_target")
    }
    dates = {
        name: getattr(terms, name).isoformat()
        for name in ("issue_date", "maturity_date", "open_date", "close_date", "cut_off_date")
    }
    plain = {
        name: getattr(terms, name)
        for name in ("code", "name", "originator", "record_lag_days", "arrears_limit", "grace_days", "claim_days")
    }
    rates = {
        f"{name}_ppm": getattr(terms, name)
        for name in ("target_yield", "discount_rate", "advance_rate", "fee_rate", "oc_trigger", "oc_default")
    }
    rest = {
        "format": "crt-terms/1",
        "currency": terms.currency.code,
        "day_count": terms.day_count.value,
        "principal": terms.principal.value,
        "payment_dates": [day.isoformat() for day in terms.payment_dates],
        "principal_targets_ppm": list(terms.principal_targets),
        "classes": sorted(item.value for item in terms.classes),
        "jurisdictions": sorted(terms.jurisdictions),
        "utc_offset_minutes": terms.utc_offset,
    }
    return canonical_json({**amounts, **dates, **plain, **rates, **rest})


def _check_amounts(terms: Terms) -> None:
    shown = format_amount(terms.size, terms.currency)
    limit = f"at most {format_amount(MAX_AMOUNT, terms.currency)}"
    _require(0 < terms.size <= MAX_AMOUNT, "size", "size is out of range", f"more than zero and {limit}", shown)
    caps = (("soft_cap", "soft cap is out of range", 1), ("reserve_target", "reserve target is out of range", 0))
    for name, message, least in caps:
        amount = getattr(terms, name)
        expected = f"{format_amount(least, terms.currency)} to the size, {shown}"
        _require(least <= amount <= terms.size, name, message, expected, format_amount(amount, terms.currency))


def _check_rates(terms: Terms) -> None:
    for name in ("target_yield", "discount_rate", "advance_rate", "fee_rate"):
        rate = getattr(terms, name)
        least = 1 if name == "advance_rate" else 0
        expected = f"{format_rate(least)} to 100%"
        _require(least <= rate <= PPM, name, "rate is out of range", expected, format_rate(rate))
    # Below 100 %, rent that was paid ahead could leave as residual while principal is not covered.
    too_low = "trigger of over-collateralisation is too low"
    _require(terms.oc_trigger >= PPM, "oc_trigger", too_low, "at least 100%", format_rate(terms.oc_trigger))
    most = f"at most {format_rate(_MOST_PPM)}"
    _require(terms.oc_trigger <= _MOST_PPM, "oc_trigger", "rate is out of range", most, format_rate(terms.oc_trigger))
    _require(
        terms.oc_default <= terms.oc_trigger,
        "oc_default",
        "default level of over-collateralisation is above its trigger",
        f"at most oc_trigger, {format_rate(terms.oc_trigger)}",
        format_rate(terms.oc_default),
    )


def _check_within_words(terms: Terms) -> None:
    """The contracts keep what a payment date gives holders in 56 bits: principal and all coupons together fit."""
    dates = (terms.issue_date, *terms.payment_dates)
    accruals = (terms.day_count.accrual(start, end) for start, end in pairwise(dates))
    year = PPM * terms.day_count.basis
    together = terms.size + sum(terms.size * terms.target_yield * accrual // year for accrual in accruals)
    expected = f"at most {format_amount(_MOST_TOGETHER, terms.currency)} with all coupons"
    found = format_amount(together, terms.currency)
    _require(together <= _MOST_TOGETHER, "size", "size and its coupons are out of range", expected, found)


def _check_dates(terms: Terms) -> None:
    for earlier, later, strict in (
        ("open_date", "close_date", False),
        ("close_date", "issue_date", False),
        ("cut_off_date", "issue_date", False),
        ("issue_date", "maturity_date", True),
    ):
        first, second = getattr(terms, earlier), getattr(terms, later)
        in_order = first < second if strict else first <= second
        expected = f"{'after' if strict else 'not before'} {earlier}, {first}"
        _require(in_order, later, "dates are out of order", expected, str(second))
    dates = terms.payment_dates
    count = f"1 to {MAX_PERIODS} dates, the last of them the maturity date"
    _require(0 < len(dates) <= MAX_PERIODS, "payment_dates", "wrong number of payment dates", count, str(len(dates)))
    _require(
        dates[-1] == terms.maturity_date,
        "payment_dates",
        "payment dates do not end with the maturity date",
        f"the last to be {terms.maturity_date}",
        str(dates[-1]),
    )
    lag = timedelta(days=terms.record_lag_days)
    for number, (previous, day) in enumerate(zip((terms.issue_date, *dates), dates, strict=False), start=1):
        place = f"payment date {number}"
        _require(
            previous < day, "payment_dates", "payment dates are out of order", f"after {previous}", f"{place}: {day}"
        )
        # A record before the previous payment would close an epoch while the one before is not funded.
        record = day - lag
        found = f"{place}: record day {record}"
        _require(previous < record, "record_lag_days", "record lag is too long", f"a record after {previous}", found)


def _check_targets(terms: Terms) -> None:
    targets = terms.principal_targets
    if not targets:
        return
    name, count = "principal_targets", len(terms.payment_dates)
    _require(len(targets) == count, name, "wrong number of targets", f"{count}, one a payment date", str(len(targets)))
    for before, after in pairwise(targets):
        found = f"{format_rate(before)} before {format_rate(after)}"
        _require(before <= after, name, "targets fall", "cumulative percentages that never fall", found)
    _require(targets[0] >= 0, name, "target is negative", "at least 0%", format_rate(targets[0]))
    _require(
        targets[-1] == PPM, name, "targets do not end at the size", "the last to be 100%", format_rate(targets[-1])
    )


def _require(condition: bool, field: str, message: str, expected: str, found: str) -> None:
    if not condition:
        raise RuleError(message, field=field, expected=expected, found=found)


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"no float in canonical JSON: {value!r}")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"keys of canonical JSON are text: {key!r}")
            _refuse_floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_floats(item)
