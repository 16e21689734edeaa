"""Reading the offering's orders: ``subscriptions.csv`` with the columns subscriber, class, jurisdiction, units."""

from __future__ import annotations

from ledger.domain.money import format_amount
from ledger.domain.terms import Subscription, Terms
from ledger.errors import InputError, RuleError
from ledger.services.inputs.csvfile import Row, rows
from ledger.services.inputs.fields import parse_class, parse_jurisdiction, parse_name
from ledger.services.inputs.rent_roll import positive_amount
from ledger.services.inputs.text import Document

__all__ = ["read_subscriptions"]

COLUMNS = ("subscriber", "class", "jurisdiction", "units")


def read_subscriptions(document: Document, terms: Terms) -> tuple[Subscription, ...]:
    """The orders of an offering: each subscriber once and admitted by the terms, together not more than the size.

    Fewer units than the soft cap are no error: then the offering fails, and that is an outcome. Raises InputError, or
    RuleError for what the terms refuse, with file, line and field.
    """
    subscriptions: list[Subscription] = []
    first_line: dict[str, int] = {}
    total = 0
    for row in rows(document, COLUMNS):
        with row.at("subscriber"):
            name = parse_name(row["subscriber"])
            if name in first_line:
                expected = f"each subscriber once; this one is on line {first_line[name]}"
                raise InputError("subscriber stands twice", expected=expected, found=repr(name))
        with row.at("class"):
            investor_class = parse_class(row["class"])
        with row.at("jurisdiction"):
            jurisdiction = parse_jurisdiction(row["jurisdiction"])
        units = positive_amount(row, "units", terms.currency)
        subscription = Subscription(name, investor_class, jurisdiction, units, row.line)
        _check_admitted(row, subscription, terms)
        total += units
        _check_size(row, total, terms)
        first_line[name] = row.line
        subscriptions.append(subscription)
    return tuple(subscriptions)


def _check_admitted(row: Row, subscription: Subscription, terms: Terms) -> None:
    with row.at("class"):
        if subscription.investor_class not in terms.classes:
            admitted = ", ".join(sorted(item.value for item in terms.classes))
            raise RuleError(
                f"{subscription.subscriber} is not eligible: the terms do not admit this class",
                expected=f"one of {admitted}",
                found=repr(row["class"]),
            )
    with row.at("jurisdiction"):
        if subscription.jurisdiction not in terms.jurisdictions:
            raise RuleError(
                f"{subscription.subscriber} is not eligible: the terms do not admit this jurisdiction",
                expected=f"one of {', '.join(sorted(terms.jurisdictions))}",
                found=repr(row["jurisdiction"]),
            )


def _check_size(row: Row, total: int, terms: Terms) -> None:
    with row.at("units"):
        if total > terms.size:
            over = format_amount(total - terms.size, terms.currency)
            raise RuleError(
                f"offering is over-subscribed by {over}",
                expected=f"at most {format_amount(terms.size, terms.currency)} in all",
                found=f"{format_amount(total, terms.currency)} up to this line",
            )
