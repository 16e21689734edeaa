"""Reading a rent roll: ``rent-roll.csv`` with the columns receivable, lessee, machines, due, currency, amount."""

from __future__ import annotations

from ledger.domain.money import MAX_AMOUNT, Currency, format_amount, parse_amount
from ledger.domain.terms import Receivable
from ledger.errors import InputError
from ledger.services.inputs.csvfile import Row, rows
from ledger.services.inputs.fields import parse_date, parse_id, parse_name, parse_whole
from ledger.services.inputs.text import Document

__all__ = ["positive_amount", "read_rent_roll", "same_currency"]

COLUMNS = ("receivable", "lessee", "machines", "due", "currency", "amount")


def read_rent_roll(document: Document, currency: Currency) -> tuple[Receivable, ...]:
    """The receivables of a pool in the order of the file; each id once, each in the series' currency.

    Raises InputError with file, line and field.
    """
    receivables: list[Receivable] = []
    first_line: dict[str, int] = {}
    total = 0
    for row in rows(document, COLUMNS):
        with row.at("receivable"):
            id_ = parse_id(row["receivable"])
            # Ids that differ in case only are a slip of the pen, not two rents.
            if id_.casefold() in first_line:
                expected = f"each receivable once; this one is on line {first_line[id_.casefold()]}"
                raise InputError("receivable stands twice", expected=expected, found=repr(id_))
        with row.at("lessee"):
            lessee = parse_name(row["lessee"])
        with row.at("machines"):
            machines = parse_whole(row["machines"], least=1)
        with row.at("due"):
            due = parse_date(row["due"])
        same_currency(row, currency)
        face = positive_amount(row, "amount", currency)
        total += face
        with row.at("amount"):
            if total > MAX_AMOUNT:
                limit = f"at most {format_amount(MAX_AMOUNT, currency)} in all"
                raise InputError(
                    "pool is too large", expected=limit, found=f"{format_amount(total, currency)} up to here"
                )
        first_line[id_.casefold()] = row.line
        receivables.append(Receivable(id_, lessee, machines, due, face, row.line))
    if not receivables:
        raise InputError("rent roll is empty", file=document.name, line=1, expected="at least one rent", found="none")
    return tuple(receivables)


def same_currency(row: Row, currency: Currency) -> None:
    """Raises InputError if the row is in another currency than the series."""
    with row.at("currency"):
        if row["currency"] != currency.code:
            expected = f"{currency.code}, the currency of the series"
            raise InputError("other currency than the series", expected=expected, found=repr(row["currency"]))


def positive_amount(row: Row, column: str, currency: Currency) -> int:
    """The amount of a row in minor units. Raises InputError if it is not one, or zero."""
    with row.at(column):
        amount = parse_amount(row[column], currency)
        if amount == 0:
            raise InputError("amount is zero", expected="an amount above zero", found=repr(row[column]))
        return amount
