"""Reading a term sheet: ``terms.toml`` to :class:`ledger.domain.terms.Terms`.

Amounts and rates are written in quotes, because a bare TOML number is a float: ``size = "300,000,000.00"``,
``target_yield = "9%"``. Dates are bare TOML dates. Every key is known; those marked optional below may be left out.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from ledger.domain import money, schedule
from ledger.domain.daycount import DayCount
from ledger.domain.terms import Frequency, Principal, Terms, check_terms
from ledger.errors import InputError, RuleError
from ledger.services.inputs.fields import (
    did_you_mean,
    parse_choice,
    parse_class,
    parse_id,
    parse_jurisdiction,
    parse_name,
    placed,
)
from ledger.services.inputs.sheet import Sheet, as_date, shown
from ledger.services.inputs.text import Document
from ledger.services.inputs.tomlfile import TomlFile, parse_toml

__all__ = ["field_path", "read_terms"]

_TABLES: Final[dict[str, tuple[str, ...]]] = {
    "series": (
        *("code", "name", "currency", "size", "soft_cap", "target_yield", "day_count", "issue_date", "maturity_date"),
        *("frequency", "payment_dates", "record_lag_days", "principal", "principal_targets"),
    ),
    "offering": ("open_date", "close_date", "classes", "jurisdictions"),
    "pool": ("originator", "cut_off_date", "discount_rate", "advance_rate"),
    "waterfall": (
        *("fee_rate", "fee_cap", "reserve_target", "oc_trigger", "oc_default", "arrears_limit", "grace_days"),
    ),
    "unclaimed": ("claim_days",),
    "calendar": ("utc_offset",),
}
_OPTIONAL: Final = ("series.frequency", "series.payment_dates", "series.principal_targets")
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2})")


def read_terms(document: Document) -> tuple[Terms, TomlFile]:
    """The checked term sheet, and the file it came from (whose lines later checks name).

    Raises InputError or RuleError, with file, line and field.
    """
    file = parse_toml(document)
    _check_keys(file)
    sheet = Sheet(file)
    currency = sheet.read("series.currency", lambda path: money.currency(sheet.text(path)))

    def amount(path: str) -> int:
        return sheet.read(path, lambda path: money.parse_amount(sheet.quoted(path, "amount", "1,234.50"), currency))

    def rate(path: str) -> int:
        return sheet.read(path, lambda path: money.parse_rate(sheet.quoted(path, "rate", "9%")))

    issue_date, maturity_date = sheet.date("series.issue_date"), sheet.date("series.maturity_date")
    frequency, payment_dates = _payment_dates(sheet, issue_date, maturity_date)
    has_targets = sheet.has("series.principal_targets")
    targets = sheet.each("series.principal_targets", money.parse_rate) if has_targets else ()
    terms = Terms(
        code=sheet.read("series.code", lambda path: parse_id(sheet.text(path))),
        name=sheet.read("series.name", lambda path: parse_name(sheet.text(path))),
        currency=currency,
        size=amount("series.size"),
        soft_cap=amount("series.soft_cap"),
        target_yield=rate("series.target_yield"),
        day_count=sheet.read("series.day_count", lambda path: parse_choice(sheet.text(path), DayCount, "day count")),
        issue_date=issue_date,
        maturity_date=maturity_date,
        frequency=frequency,
        payment_dates=payment_dates,
        record_lag_days=sheet.whole("series.record_lag_days"),
        principal=sheet.read("series.principal", lambda path: parse_choice(sheet.text(path), Principal, "principal")),
        principal_targets=targets,
        open_date=sheet.date("offering.open_date"),
        close_date=sheet.date("offering.close_date"),
        classes=frozenset(sheet.each("offering.classes", parse_class, unique=True)),
        jurisdictions=frozenset(sheet.each("offering.jurisdictions", parse_jurisdiction, unique=True)),
        originator=sheet.read("pool.originator", lambda path: parse_name(sheet.text(path))),
        cut_off_date=sheet.date("pool.cut_off_date"),
        discount_rate=rate("pool.discount_rate"),
        advance_rate=rate("pool.advance_rate"),
        fee_rate=rate("waterfall.fee_rate"),
        fee_cap=amount("waterfall.fee_cap"),
        reserve_target=amount("waterfall.reserve_target"),
        oc_trigger=rate("waterfall.oc_trigger"),
        oc_default=rate("waterfall.oc_default"),
        arrears_limit=sheet.whole("waterfall.arrears_limit"),
        grace_days=sheet.whole("waterfall.grace_days"),
        claim_days=sheet.whole("unclaimed.claim_days"),
        utc_offset=sheet.read("calendar.utc_offset", lambda path: _parse_offset(sheet.text(path))),
    )
    try:
        check_terms(terms)
    except (InputError, RuleError) as error:
        path = field_path(error.field or "")
        raise placed(error, file.name, file.line(path), path) from error
    return terms, file


def field_path(name: str) -> str:
    """Where the term sheet has an attribute of Terms: ``size`` is at ``series.size``."""
    for table, keys in _TABLES.items():
        if name in keys:
            return f"{table}.{name}"
    return name


def _check_keys(file: TomlFile) -> None:
    """Every table and key is known, and none is missing."""
    _check_names(file, "table", "", file.values, tuple(_TABLES))
    for name, keys in _TABLES.items():
        table = file.values[name]
        if not isinstance(table, dict):
            raise InputError(
                "value has the wrong type",
                file=file.name,
                line=file.line(name),
                field=name,
                expected=f"a table [{name}]",
                found=shown(table),
            )
        _check_names(file, "key", f"{name}.", table, keys)


def _check_names(file: TomlFile, what: str, prefix: str, found: dict[str, object], known: tuple[str, ...]) -> None:
    expected = ", ".join(known)
    for name in found:
        if name not in known:
            raise InputError(
                f"unknown {what}",
                file=file.name,
                line=file.line(prefix + name),
                field=prefix + name,
                expected=f"one of {expected}",
                found=repr(name),
                hint=did_you_mean(name, [item for item in known if item not in found]),
            )
    for name in known:
        if name not in found and prefix + name not in _OPTIONAL:
            # The line of the table that lacks it: there is none of its own.
            line = file.line(prefix + name)
            raise InputError(
                f"missing {what}",
                file=file.name,
                line=line,
                field=prefix + name,
                expected=f"{what} {name}",
                found=f"only {', '.join(found)}" if found else "nothing",
            )


def _payment_dates(sheet: Sheet, issue: date, maturity: date) -> tuple[Frequency | None, tuple[date, ...]]:
    listed, rolled = sheet.has("series.payment_dates"), sheet.has("series.frequency")

    def one_of_both(path: str) -> None:
        if listed == rolled:
            found = "both" if listed else "neither"
            raise InputError("payment dates are not clear", expected="either frequency or payment_dates", found=found)

    sheet.read("series.payment_dates" if listed else "series.frequency", one_of_both)
    if listed:
        return None, sheet.read("series.payment_dates", lambda path: tuple(map(as_date, sheet.array(path))))
    frequency = sheet.read("series.frequency", lambda path: parse_choice(sheet.text(path), Frequency, "frequency"))
    # Where the dates cannot be rolled, it is the maturity that is wrong.
    return frequency, sheet.read("series.maturity_date", lambda _: schedule.roll_dates(issue, maturity, frequency))


def _parse_offset(text: str) -> int:
    """``"+08:00"`` to minutes east of UTC."""
    match = _OFFSET.fullmatch(text)
    minutes = int(match["hours"]) * 60 + int(match["minutes"]) if match and int(match["minutes"]) < 60 else None
    if match is None or minutes is None or minutes > 14 * 60:
        raise InputError("not an offset from UTC", expected='hours and minutes such as "+08:00"', found=repr(text))
    return -minutes if match["sign"] == "-" else minutes
