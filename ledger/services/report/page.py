"""The page: figures and pictures of a story, put into the template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ledger.domain.money import PPM, format_amount, format_rate
from ledger.domain.terms import Principal
from ledger.domain.valuation import advance_limit
from ledger.domain.waterfall import State
from ledger.services.report import certificates, figures, sentences, svg, tables
from ledger.services.report.cashflow import cashflow_chart
from ledger.services.report.figures import Step
from ledger.services.report.waterfall import waterfall_figures
from ledger.services.story import Sale, Story

__all__ = ["render"]

_WIDE, _NARROW = 960, 380
_MANY_CHECKS: Final = 150
_MANY_CERTIFICATES: Final = 12
_KEEP = re.compile(r"(\d{4}-\d\d-\d\d|[A-Z]{3} [\d,.]*\d)")


@dataclass(frozen=True, slots=True)
class _Measure:
    """A line of the pool: an amount, how it came about, and its length beside the others, in per cent."""

    label: str
    note: str
    amount: int
    length: float
    cls: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a sale did to one of its parties: units at the record, payment for it, units afterwards."""

    name: str
    role: str
    at_record: int
    paid: int
    after: int


def render(story: Story) -> str:
    """The story as one page of HTML that needs nothing else.

    Reads the story only, and not the chain. The same story gives the same page.
    """
    case, terms = story.case, story.case.terms
    steps = figures.steps(story)
    months = figures.months(case.receivables, case.collections) if steps else []
    holders = figures.holders(story)
    currency = terms.currency
    charts = []
    if months:
        flow = (months, steps, story.residuals, currency)
        charts = [cashflow_chart(*flow, _WIDE, "wide"), cashflow_chart(*flow, _NARROW, "narrow")]
    environment = _environment()
    template = environment.get_template("template.html.j2")
    pictures = certificates.certificates(story)
    return template.render(
        story=story,
        case=case,
        terms=terms,
        currency=currency,
        amount=lambda minor: format_amount(minor, currency),
        issuer=story.series.spv.address,
        sold=sum(units for _, _, units in story.receipts),
        xirr=figures.yield_of(story),
        verdict=sentences.verdict(story, steps),
        tone=_tone(story.state),
        broken=[check for check in story.checks if not check.holds],
        fold_checks=len(story.checks) > _MANY_CHECKS,
        pool=_pool(story),
        lessees=figures.lessees(case.receivables, case.collections if steps else ()),
        face=sum(item.face for item in case.receivables),
        limit=advance_limit(case.present_value.minor, terms.advance_rate),
        register=_register(story),
        months=months,
        charts=charts,
        late=any(item.late for item in months) or any(step.arrears_paid for step in steps),
        unit=svg.unit_of(currency),
        waterfalls=list(zip(steps, waterfall_figures(steps, currency), strict=True)),
        statement=tables.statement_blocks(steps, currency),
        payments=tables.payment_blocks(holders, steps, story.redeemed_on, currency),
        account=_account(story, steps),
        swept=sum(amount for _, amount in story.residuals) - sum(step.residual for step in steps),
        total_paid=figures.total_paid(story),
        sale=story.sale,
        turns=_turns(story, story.sale) if story.sale else [],
        sale_step=_sale_step(steps, story.sale) if story.sale else None,
        pictures=pictures[:_MANY_CERTIFICATES],
        more_pictures=len(pictures) - len(pictures[:_MANY_CERTIFICATES]),
        number=certificates.receipt_number,
        pass_through=terms.principal is Principal.PASS_THROUGH,
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ledger.services.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(rate=format_rate, percent=_percent, share=_share, name=_name, unbroken=_unbroken)
    return environment


def _name(text: str) -> Markup:
    """A text from outside, kept from changing the direction of what stands around it."""
    return Markup("<bdi>{}</bdi>").format(text)


def _unbroken(text: object) -> Markup:
    """Dates, and amounts with their currency, each kept on one line."""
    parts = _KEEP.split(str(text))  # what is kept is every other one
    kept = [
        Markup('<span class="nb">{}</span>').format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    ]
    return Markup("").join(kept)


def _percent(value: Decimal) -> str:
    return f"{value * 100:.4f}%".replace("-", "−")


def _share(part: int, whole: int) -> str:
    """``part`` of ``whole`` as a percentage, rounded to two decimals; what is there is never shown as nothing."""
    hundredths = (part * 20_000 + whole) // (2 * whole) if whole else 0
    return "< 0.01%" if part and not hundredths else f"{hundredths // 100}.{hundredths % 100:02d}%"


def _tone(state: State) -> str:
    if state in (State.FAILED, State.DEFAULTED, State.ACCELERATED):
        return "bad"
    return "good" if state in (State.MATURED, State.REDEEMED) else "plain"


def _pool(story: Story) -> list[_Measure]:
    terms, value = story.case.terms, story.case.present_value.minor
    face = sum(item.face for item in story.case.receivables)
    lines = [
        ("Face of the rents", f"{len(story.case.receivables)} receivables, each sold once", face, "face"),
        ("Present value", f"{format_rate(terms.discount_rate)} a year, as of {terms.cut_off_date}", value, "value"),
        (
            "Most that may be issued",
            f"{format_rate(terms.advance_rate)} of the present value",
            advance_limit(value, terms.advance_rate),
            "limit",
        ),
        ("Size of the issue", "face value of the receipts", terms.size, "size"),
        ("Sold", "at par", sum(units for _, _, units in story.receipts), "size"),
    ]
    longest = max(amount for _, _, amount, _ in lines) or 1
    return [_Measure(label, note, amount, amount * PPM // longest / 10_000, cls) for label, note, amount, cls in lines]


def _register(story: Story) -> list[dict[str, Any]]:
    """The subscribers with their orders; both are in the order of subscription."""
    orders = story.case.subscriptions
    return [
        {"order": order, "address": address, "token_id": token_id, "units": units}
        for order, (address, token_id, units) in zip(orders, story.receipts, strict=False)
    ]


def _account(story: Story, steps: Sequence[Step]) -> list[tuple[str, int]]:
    """All rent that came in, and where it went; what is left is in the SPV. Empty if nothing was issued."""
    if not steps:
        return []
    collected = sum(entry.amount for entry in story.case.collections)
    residual = sum(amount for _, amount in story.residuals)
    paid = figures.total_paid(story)
    return [
        ("Rent collected", collected),
        ("Fees", story.fees),
        ("Holders", paid),
        ("Residual to the originator", residual),
        ("Still in the SPV", collected - story.fees - paid - residual),
    ]


def _sale_step(steps: Sequence[Step], sale: Sale) -> Step | None:
    return next((step for step in steps if step.record_day <= sale.day <= step.payment_day), None)


def _turns(story: Story, sale: Sale) -> list[_Turn]:
    """Seller and buyer at the record before the sale, and after it."""
    item = next((item for item in story.distributions if item.record_day <= sale.day <= item.payment_day), None)
    if item is None:
        return []
    found = []
    for address, role, change in ((sale.seller, "seller", -sale.units), (sale.buyer, "buyer", sale.units)):
        paid = [payment for payment in item.payments if payment.holder == address]
        units = sum(payment.units for payment in paid)
        amount = sum(payment.amount for payment in paid)
        found.append(_Turn(story.names.get(address, address), role, units, amount, units + change))
    return found
