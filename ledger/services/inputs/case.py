"""A whole case: term sheet, rent roll, subscriptions and collections, checked one by one and against each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ledger.domain.schedule import Period, build_schedule
from ledger.domain.terms import CollectionEntry, Receivable, Subscription, Terms
from ledger.domain.valuation import PresentValue, check_advance, check_due_dates, present_value
from ledger.services.inputs.collections import read_collections
from ledger.services.inputs.fields import located
from ledger.services.inputs.rent_roll import read_rent_roll
from ledger.services.inputs.subscriptions import read_subscriptions
from ledger.services.inputs.terms import read_terms
from ledger.services.inputs.text import Document, read

__all__ = ["Case", "build_case", "load_case"]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything about a series that comes from files; complete and consistent, or it does not exist.

    ``periods`` and ``present_value`` follow from the rest. ``subscriptions`` and ``collections`` are empty if their
    files were not given.
    """

    terms: Terms
    receivables: tuple[Receivable, ...]
    subscriptions: tuple[Subscription, ...]
    collections: tuple[CollectionEntry, ...]
    periods: tuple[Period, ...]
    present_value: PresentValue

    @property
    def subscribed(self) -> int:
        """Units subscribed in all, in minor units."""
        return sum(item.units for item in self.subscriptions)


def load_case(
    terms_path: str | Path,
    rent_roll_path: str | Path,
    subscriptions_path: str | Path | None = None,
    collections_path: str | Path | None = None,
) -> Case:
    """Read a case from its files.

    Raises InputError, or RuleError for what a rule of the series refuses, with file, line, field, what was expected
    and what was found. Nothing is returned before everything is checked.
    """
    return build_case(
        read(terms_path),
        read(rent_roll_path),
        None if subscriptions_path is None else read(subscriptions_path),
        None if collections_path is None else read(collections_path),
    )


def build_case(
    terms_file: Document,
    rent_roll_file: Document,
    subscriptions_file: Document | None = None,
    collections_file: Document | None = None,
) -> Case:
    """As :func:`load_case`, from texts at hand (an upload, a test)."""
    terms, source = read_terms(terms_file)
    receivables = read_rent_roll(rent_roll_file, terms.currency)
    with located(rent_roll_file.name, None, None):
        check_due_dates(receivables, terms.cut_off_date, terms.maturity_date)
    value = present_value(receivables, terms.discount_rate, terms.cut_off_date, terms.currency)
    with located(source.name, source.line("series.size"), "series.size"):
        check_advance(terms.size, value.minor, terms.advance_rate, terms.currency)
    subscriptions = () if subscriptions_file is None else read_subscriptions(subscriptions_file, terms)
    ids = frozenset(item.id for item in receivables)
    collections = () if collections_file is None else read_collections(collections_file, terms, ids)
    return Case(terms, receivables, subscriptions, collections, build_schedule(terms, receivables), value)
