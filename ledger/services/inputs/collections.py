"""Reading what arrived: ``collections.csv`` with the columns date, receivable, currency, amount."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Final

from ledger.domain.money import Currency
from ledger.domain.terms import CollectionEntry, Terms
from ledger.errors import InputError
from ledger.services.inputs.csvfile import Row, rows
from ledger.services.inputs.fields import did_you_mean, parse_date, parse_id
from ledger.services.inputs.rent_roll import positive_amount, same_currency
from ledger.services.inputs.text import Document

__all__ = ["read_arrivals", "read_collections"]

COLUMNS = ("date", "receivable", "currency", "amount")

_LATEST: Final = timedelta(days=3_650)


def read_collections(document: Document, terms: Terms, receivables: Collection[str]) -> tuple[CollectionEntry, ...]:
    """The cash that arrived, in the order of the file; there may be none yet.

    One receivable may be paid in parts, late, in excess or not at all: these are facts, not errors. Raises InputError
    with file, line and field for a receivable that is not of the pool, another currency, an amount that is not
    above zero, a day before the issue or more than ten years after maturity, and a row that stands there twice.
    """

    def check(row: Row) -> None:
        _check_day(row, terms)
        with row.at("receivable"):
            id_ = parse_id(row["receivable"])
            if id_ not in receivables:
                hint = did_you_mean(id_, receivables)
                raise InputError(
                    "unknown receivable", expected="a receivable of the rent roll", found=repr(id_), hint=hint
                )

    return read_arrivals(document, terms.currency, check)


def read_arrivals(document: Document, currency: Currency, check: Callable[[Row], None]) -> tuple[CollectionEntry, ...]:
    """The same of a series of which no files are at hand: ``check`` looks at each row's day and receivable."""
    entries: list[CollectionEntry] = []
    first_line: dict[CollectionEntry, int] = {}
    for row in rows(document, COLUMNS):
        check(row)
        with row.at("date"):
            day = parse_date(row["date"])
        with row.at("receivable"):
            id_ = parse_id(row["receivable"])
        same_currency(row, currency)
        entry = CollectionEntry(day, id_, positive_amount(row, "amount", currency), row.line)
        with row.at("receivable"):
            if entry in first_line:
                raise InputError(
                    "collection stands twice",
                    expected=f"each row once; this one is on line {first_line[entry]}",
                    found=repr(id_),
                    hint="if it was really paid twice that day, write one row with the sum",
                )
        first_line[entry] = row.line
        entries.append(entry)
    return tuple(entries)


def _check_day(row: Row, terms: Terms) -> None:
    with row.at("date"):
        day = parse_date(row["date"])
        last = terms.maturity_date + _LATEST
        if not terms.issue_date <= day <= last:
            when = "before the issue date" if day < terms.issue_date else "long after maturity"
            expected = f"{terms.issue_date} to {last}"
            raise InputError(f"collection {when}", expected=expected, found=day.isoformat())
