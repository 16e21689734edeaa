"""The payment dates of a series: the rent that is due for each, what came of it, and what was paid out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from ledger.cli.draw.bars import FULL, LATE, PLANNED, stacked
from ledger.cli.draw.look import Cell, Document, Look
from ledger.cli.draw.values import amount, day_at, minor
from ledger.cli.output import printable
from ledger.domain.money import currency, format_amount

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["Due", "cash_flow", "dues", "forgotten"]

_LEAST, _MOST = 8, 40  # cells of a bar
_COLOURS: Final = {FULL: "green", LATE: "red", PLANNED: "dim"}


@dataclass(frozen=True, slots=True)
class Due:
    """The rent of one period, in minor units: ``expected = covered + late + to_come``; ``surplus`` came on top."""

    payment_date: date
    expected: int
    covered: int
    late: int
    to_come: int
    surplus: int


def dues(series: Document, pool: Iterable[Document], today: date) -> list[Due]:
    """The rent by the payment date that it is for: the first one that it is due on or before. ``pool``: all
    ``Receivable`` documents; ``today``: where the series is. Late is what is not there a day after it was due."""
    days = [date.fromisoformat(one["paymentDate"]) for one in series["periods"]]
    found = {day: [0, 0, 0, 0, 0] for day in days}
    for one in pool:
        due, face, came = date.fromisoformat(one["dueDate"]), minor(one["face"]), minor(one["collected"])
        row = found[next((day for day in days if day >= due), days[-1])]
        missing = max(0, face - came)
        row[0] += face
        row[1] += face - missing
        row[2 if due < today else 3] += missing
        row[4] += max(0, came - face)
    return [Due(day, *row) for day, row in found.items()]


def cash_flow(
    series: Document, pool: Iterable[Document], distributions: Sequence[Document], look: Look, *, today: date
) -> str:
    """A ``SeriesDetails`` with all its receivables and distributions, on a day where it is: rent as bars, and a row for
    each payment date below."""
    from rich.text import Text

    of = currency(series["currency"])
    name = f"{printable(series['code'])}  {printable(series['name'])}"
    head = Text.assemble((name, "bold"), f"  {series['state']}, {today}, amounts in {of.code}")
    if not series["periods"]:
        return look.text(head, "its payment dates are not known here: the node has forgotten them")
    rows = dues(series, pool, today)

    def shown(value: int) -> str:
        return format_amount(value, of)

    legend = Text.assemble((FULL, "green"), " collected  ", (LATE, "red"), " late  ", (PLANNED, "dim"), " to come")
    rent = _rent(rows, today, look, shown)
    paid = _paid(series, distributions, today, look)
    late, surplus = sum(one.late for one in rows), sum(one.surplus for one in rows)
    notes = [Text(f"late: {shown(late)}, due before {today}", style="bold red")] if late else []
    notes += [Text(f"more than was due came in: {shown(surplus)}")] if surplus else []
    ends = [*_unpaid(distributions, shown), *_next(series, today)]
    return "\n".join([look.text(head, "", *rent, legend, *notes), "", paid, *([look.text(*ends)] if ends else [])])


def _rent(rows: Sequence[Due], today: date, look: Look, shown: Callable[[int], str]) -> list[Text]:
    from rich.text import Text

    most = max(one.expected for one in rows)
    cells = [(str(one.payment_date), shown(one.covered), shown(one.expected), _word(one, today)) for one in rows]
    total = ("together", shown(sum(one.covered for one in rows)), shown(sum(one.expected for one in rows)), "")
    heads = ("rent for", "collected", "expected", "")
    widths = [max(len(row[place]) for row in (*cells, total, heads)) for place in range(4)]
    room = look.width - sum(widths) - 2 * 4

    def line(row: Sequence[str]) -> str:
        return f"{row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:{widths[3]}}"

    lines = [Text(line(heads), style="dim")]
    for one, row in zip(rows, cells, strict=True):
        text = Text(line(row))
        if one.late:
            text.stylize("red", len(text) - widths[3])
        parts = [(one.covered, FULL), (one.late, LATE), (one.to_come, PLANNED)]
        if room >= _LEAST:
            bars = [(bar, _COLOURS[mark]) for bar, mark in stacked(parts, most, min(room, _MOST))]
            text = Text.assemble(text, "  ", *bars)
        lines.append(text)
    return [*lines, Text(line(total), style="bold")]


def _word(one: Due, today: date) -> str:
    if one.late:
        return "late"
    if not one.to_come:
        return "all in"
    return "in part" if one.covered else "to come"


def _paid(series: Document, distributions: Sequence[Document], today: date, look: Look) -> str:
    """A row a payment date: what its distribution did, or that it is to come. A redemption has a row of its own."""
    funded = [one for one in distributions if one["waterfall"] is not None]
    regular = [one for one in funded if one["kind"] == "distribution"]
    missing = forgotten(series, regular)
    rows: list[list[Cell]] = []
    for one in funded:
        steps, place = one["waterfall"], one["period"] - missing
        known = 0 <= place < len(series["periods"])
        day = series["periods"][place]["paymentDate"] if known else str(day_at(one["fundedAt"], series["utcOffset"]))
        if one["kind"] == "redemption":
            rows.append([day, "", "", "", amount(steps["repaid"]), _state(one, "redeemed")])
            continue
        carried = amount(steps["carriedForward"])
        late = "bold red" if minor(steps["carriedForward"]) else ""
        principal = "" if steps["done"] else amount(steps["repaid"])
        figures = amount(steps["due"]), amount(steps["paid"])
        rows.append([day, *figures, (carried, late), principal, _state(one, "paid")])
    recorded = any(one["state"] == "recorded" for one in distributions)
    for number, period in enumerate(series["periods"][max(0, len(regular) - missing) :]):
        rows.append([period["paymentDate"], "", "", "", "", _ahead(period, today, recorded and number == 0)])
    heads = ("date", "coupon due", "paid", "carried", "principal", "")
    return look.table("", heads, rows, left=1)


def forgotten(series: Document, funded: Sequence[Document]) -> int:
    """How many of the first periods are not in the document of a series, by its funded distributions.

    A node without old states knows only those that are not funded. Nothing is funded before its day.
    """
    days = [date.fromisoformat(one["paymentDate"]) for one in series["periods"]]
    for missing in range(len(funded) + 1):
        pairs = [(one["period"] - missing, day_at(one["fundedAt"], series["utcOffset"])) for one in funded]
        if all(place < 0 or (place < len(days) and days[place] <= day) for place, day in pairs):
            return missing
    return len(funded)


def _state(one: Document, paid: str) -> Cell:
    if one["state"] == "closed":
        return "closed"
    return ("unpaid", "yellow") if minor(one["unpaid"]) else paid


def _ahead(period: Document, today: date, recorded: bool) -> Cell:
    if date.fromisoformat(period["paymentDate"]) <= today:
        return ("to be funded" if recorded else "due", "yellow")
    return "recorded" if recorded else "to come"


def _unpaid(distributions: Sequence[Document], shown: Callable[[int], str]) -> list[Text]:
    """What is set aside for holders and not paid yet: to frozen ones, or until a payment run."""
    from rich.text import Text

    found = [one for one in distributions if one["state"] == "payable" and minor(one["unpaid"])]
    return [Text(f"unpaid of epoch {one['epoch']}: {shown(minor(one['unpaid']))}", "yellow") for one in found]


def _next(series: Document, today: date) -> list[Text]:
    from rich.text import Text

    ahead = [one["recordDate"] for one in series["periods"] if date.fromisoformat(one["recordDate"]) > today]
    return [Text(f"next record: from {ahead[0]} on")] if ahead else []
