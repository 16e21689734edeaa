"""A story as one JSON document: amounts as decimal strings in major units, dates as ISO 8601. Schema `crt-demo/1`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.domain.money import PPM, decimal_string
from ledger.domain.valuation import advance_limit, xirr
from ledger.services.distribution import Payment
from ledger.services.encoding import terms_hash
from ledger.services.story import Distribution, Story

__all__ = ["cash_flows", "document", "story_xirr"]


def document(story: Story) -> dict[str, Any]:
    """Everything that happened, ready for ``json.dumps``."""
    money = _Money(story)
    yearly = story_xirr(story)
    return {
        "schema": "crt-demo/1",
        "currency": story.series.currency.code,
        "series": _series(story, money),
        "pool": _pool(story, money),
        "subscriptions": [
            {"holder": story.names[holder], "address": holder, "receipt": str(token_id), "units": money(units)}
            for holder, token_id, units in story.receipts
        ],
        "sale": _sale(story, money),
        "distributions": [
            _distribution(number, item, story, money) for number, item in enumerate(story.distributions, start=1)
        ],
        "redemption": _redemption(story, money),
        "principalRepaid": money(sum(item.funding.outcome.repaid for item in story.distributions)),
        "principalOutstanding": money(story.distributions[-1].funding.accounts.principal if story.distributions else 0),
        "arrears": money(story.distributions[-1].funding.accounts.arrears if story.distributions else 0),
        "refunded": money(story.refunded),
        "fees": money(story.fees),
        "residual": money(sum(amount for _, amount in story.residuals)),
        "residualPayments": [{"date": day.isoformat(), "amount": money(amount)} for day, amount in story.residuals],
        "xirr": None if yearly is None else str(yearly),
        "checks": [
            {"name": check.name, "holds": check.holds, "expected": money(check.expected), "found": money(check.found)}
            for check in story.checks
        ],
    }


def cash_flows(story: Story) -> list[tuple[date, int]]:
    """What holders paid in, and what was set aside for them, by date: the issue at par, then coupons and principal."""
    if story.issued_on is None:
        return []
    flows = [(story.case.terms.issue_date, -story.case.subscribed)]
    flows += [(item.payment_day, item.funding.amount + item.funding.redemption) for item in story.distributions]
    return flows


def story_xirr(story: Story) -> Decimal | None:
    """The effective annual yield of :func:`cash_flows`, or None if there is none."""
    return xirr(cash_flows(story))


class _Money:
    def __init__(self, story: Story) -> None:
        self._currency = story.series.currency

    def __call__(self, minor: int | str) -> str:
        """An amount as a decimal string; words stay as they are."""
        return minor if isinstance(minor, str) else decimal_string(minor, self._currency)


def _series(story: Story, money: _Money) -> dict[str, Any]:
    terms, series = story.case.terms, story.series
    return {
        "code": terms.code,
        "name": terms.name,
        "slot": str(series.slot),
        "spv": series.spv.address,
        "termsHash": "0x" + terms_hash(terms).hex(),
        "size": money(terms.size),
        "units": money(story.case.subscribed),
        "targetYield": _rate(terms.target_yield),
        "dayCount": terms.day_count.value,
        "issueDate": terms.issue_date.isoformat(),
        "maturityDate": terms.maturity_date.isoformat(),
        "state": story.state.value,
    }


def _pool(story: Story, money: _Money) -> dict[str, Any]:
    case = story.case
    terms, value = case.terms, case.present_value
    return {
        "receivables": len(case.receivables),
        "lessees": len({item.lessee for item in case.receivables}),
        "face": money(sum(item.face for item in case.receivables)),
        "presentValue": money(value.minor),
        "cutOffDate": terms.cut_off_date.isoformat(),
        "discountRate": _rate(terms.discount_rate),
        "advanceRate": _rate(terms.advance_rate),
        "advance": money(advance_limit(value.minor, terms.advance_rate)),
    }


def _sale(story: Story, money: _Money) -> dict[str, Any] | None:
    sale = story.sale
    if sale is None:
        return None
    return {
        "date": sale.day.isoformat(),
        "seller": story.names[sale.seller],
        "buyer": story.names[sale.buyer],
        "units": money(sale.units),
        "receipt": str(sale.new_receipt),
    }


def _distribution(number: int, item: Distribution, story: Story, money: _Money) -> dict[str, Any]:
    outcome, accounts = item.funding.outcome, item.funding.accounts
    return {
        "number": number,
        "recordDate": item.record_day.isoformat(),
        "paymentDate": item.payment_day.isoformat(),
        "collected": money(item.collected),
        "available": money(outcome.available),
        "fee": money(outcome.fee),
        "coupon": money(outcome.coupon),
        "broughtForward": money(outcome.due - outcome.coupon),
        "due": money(outcome.due),
        "paid": money(outcome.paid),
        "carriedForward": money(accounts.arrears),
        "fromReserve": money(outcome.fromReserve),
        "toReserve": money(outcome.toReserve),
        "toSinking": money(outcome.toSinking),
        "principal": money(outcome.repaid),
        "residual": money(outcome.residual),
        "trapped": money(outcome.trapped),
        "reserve": money(accounts.reserve),
        "sinking": money(accounts.sinking),
        "dust": money(item.dust),
        "unclaimed": money(item.unclaimed),
        "state": item.state.value,
        "payments": _payments(item.payments, story, money),
    }


def _redemption(story: Story, money: _Money) -> dict[str, Any] | None:
    if story.redeemed_on is None:
        return None
    return {
        "date": story.redeemed_on.isoformat(),
        "amount": money(sum(payment.amount for payment in story.redemption)),
        "dust": money(story.redemption_dust),
        "payments": _payments(story.redemption, story, money),
    }


def _payments(payments: Iterable[Payment], story: Story, money: _Money) -> list[dict[str, str]]:
    return [
        {
            "holder": story.names[payment.holder],
            "address": payment.holder,
            "units": money(payment.units),
            "amount": money(payment.amount),
        }
        for payment in payments
    ]


def _rate(ppm: int) -> str:
    return str((Decimal(ppm) / PPM).normalize())
