"""Tables with a column for each payment date, cut into blocks that fit a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.domain.money import Currency, format_amount
from ledger.domain.waterfall import State
from ledger.services.report.figures import Holder, Step

__all__ = ["Block", "Column", "Row", "payment_blocks", "statement_blocks"]

_ROOM = 860  # for the columns of a block, in the page's pixels
_DIGIT = 7.6


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column."""

    title: str
    sub: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """``cells`` are amounts, texts, or None for nothing. ``kind`` is head, item, sum, balance or text."""

    label: str
    cells: tuple[int | str | None, ...]
    kind: str = "item"
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a table: some of its columns, all of its rows."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def statement_blocks(steps: Sequence[Step], currency: Currency) -> list[Block]:
    """Every figure of every distribution."""
    if not steps:
        return []
    columns = [
        Column(step.payment_day.isoformat(), f"{'recovery' if step.recovery else 'payment'} {step.number}")
        for step in steps
    ]
    rows = [
        _texts("Record date", (step.record_day for step in steps)),
        _head("Cash in"),
        _flow("Rent collected", steps, "collected"),
        _balance("Brought forward: trapped", steps, "trapped_before"),
        _balance("Brought forward: dust", steps, "dust_before"),
        _flow("Out of the reserve", steps, "from_reserve"),
        _flow("Out of the sinking account", steps, "from_sinking"),
        _balance("To distribute", steps, "sources", "sum"),
        _head("Coupon"),
        _flow("Coupon of the period", steps, "coupon"),
        _balance("Arrears of periods before", steps, "arrears_before"),
        _balance("Coupon due", steps, "due", "sum"),
        _balance("Carried forward", steps, "carried_forward"),
        _head("Cash out"),
        _flow("Fees", steps, "fee"),
        _flow("Coupon paid, arrears", steps, "arrears_paid"),
        _flow("Coupon paid, of the period", steps, "coupon_paid"),
        _flow("Coupon paid in all", steps, "paid", "note"),
        _flow("To the reserve", steps, "to_reserve"),
        _flow("To the sinking account", steps, "to_sinking"),
        _flow("Principal", steps, "repaid"),
        _flow("Residual to the originator", steps, "residual"),
        _balance("Trapped", steps, "trapped"),
        _balance("Distributed and kept", steps, "uses", "sum"),
        _head("Afterwards"),
        _balance("Reserve", steps, "reserve"),
        _balance("Sinking account", steps, "sinking"),
        _balance("Principal outstanding", steps, "principal"),
        _flow("Dust and unclaimed" if any(step.unclaimed for step in steps) else "Dust of rounding", steps, "dust"),
        _texts("Tests for the residual", ("passed" if step.passed else "not passed" for step in steps)),
        _texts("State", (step.state.value for step in steps)),
    ]
    shown = [row for row in rows if row.kind in ("head", "text", "sum") or any(row.cells)]
    return _blocks([*columns, Column("Total", total=True)] if len(steps) > 1 else columns, shown, currency)


def payment_blocks(
    holders: Sequence[Holder], steps: Sequence[Step], redeemed_on: date | None, currency: Currency
) -> list[Block]:
    """Who was paid what and when: a row for each holder, and what rounding left."""
    if not steps:
        return []
    final = redeemed_on is not None
    columns = [Column(step.payment_day.isoformat(), _what(step, final)) for step in steps]
    if redeemed_on is not None:
        columns.append(Column(redeemed_on.isoformat(), "redemption"))
    columns.append(Column("Total", total=True))
    rows = [
        Row(holder.name, (*holder.payments, *([holder.redemption] if final else []), holder.total), sub=holder.address)
        for holder in holders
    ]
    sums = [sum(cell for row in rows if isinstance(cell := row.cells[at], int)) for at in range(len(columns))]
    rows.append(Row("Paid to holders", tuple(sums), "sum"))
    return _blocks(columns, rows, currency)


def _what(step: Step, final: bool) -> str:
    if not step.repaid or (final and step.state in (State.MATURED, State.REDEEMED)):
        return "coupon"
    return "coupon, principal" if step.paid else "principal"


def _blocks(columns: Sequence[Column], rows: Sequence[Row], currency: Currency) -> list[Block]:
    """Blocks of about equal width, none wider than the page."""
    longest = max(
        (len(format_amount(cell, currency)) for row in rows for cell in row.cells if isinstance(cell, int)), default=0
    )
    most = max(2, int(_ROOM / (max(longest, 10) * _DIGIT + 20)))
    count = -(-len(columns) // most)
    each = -(-len(columns) // count)
    return [
        Block(
            tuple(columns[start : start + each]),
            tuple(Row(row.label, row.cells[start : start + each], row.kind, row.sub) for row in rows),
        )
        for start in range(0, len(columns), each)
    ]


def _flow(label: str, steps: Sequence[Step], name: str, kind: str = "item") -> Row:
    amounts: list[int] = [getattr(step, name) for step in steps]
    return Row(label, _closed(amounts, sum(amounts)), kind)


def _balance(label: str, steps: Sequence[Step], name: str, kind: str = "balance") -> Row:
    """A figure that cannot be added up over the dates."""
    return Row(label, _closed([getattr(step, name) for step in steps], None), kind)


def _texts(label: str, cells: Iterable[object]) -> Row:
    return Row(label, _closed([str(cell) for cell in cells], None), "text")


def _closed(cells: Sequence[int | str], total: int | None) -> tuple[int | str | None, ...]:
    return (*cells, total) if len(cells) > 1 else tuple(cells)


def _head(label: str) -> Row:
    return Row(label, (), "head")
