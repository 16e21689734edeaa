"""A story as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ledger.cli.draw.look import new_table
from ledger.domain.money import format_amount, format_rate
from ledger.domain.valuation import advance_limit
from ledger.services.distribution import Payment
from ledger.services.document import story_xirr
from ledger.services.story import Story

__all__ = ["tell_story"]

_GAP: Final = 2  # cells between two columns of a table


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    values: Sequence[str]
    style: str | None = None


def tell_story(story: Story, console: Console) -> None:
    """Print the whole story, from the pool to the proof."""
    terms = story.case.terms
    console.print()
    console.rule(Text(f"{terms.code}  {terms.name}", style="bold"))
    console.print(_pool(story))
    if story.receipts:
        console.print(_receipts(story))
    if story.issued_on is None:
        refunded = format_amount(story.refunded, story.series.currency)
        console.print(Text(f"\nThe offering missed its soft cap. Refunded in full: {refunded}"))
    if story.sale is not None:
        console.print(_sale(story))
    if story.distributions:
        _distributions(story, console)
        _payments(story, console)
    console.print(_end(story))
    _proof(story, console)


def _matrix(title: str, heads: Sequence[str], rows: Sequence[_Row], console: Console) -> None:
    """A table of one name and many figures a row, in as many parts as the width asks for."""
    names = max(cell_len(row.name) for row in rows)
    widths = [
        max(cell_len(text) for text in (head, *(row.values[i] for row in rows if i < len(row.values))))
        for i, head in enumerate(heads)
    ]
    start = 0
    while start < len(heads):
        end, used = start, names
        while end < len(heads) and (end == start or used + _GAP + widths[end] <= console.width):
            used += _GAP + widths[end]
            end += 1
        table = new_table(title if start == 0 else f"{title}, continued", "", *heads[start:end])
        for row in rows:
            table.add_row(row.name, *row.values[start:end], style=row.style)
        console.print(table)
        start = end


def _pool(story: Story) -> Table:
    case = story.case
    terms = case.terms

    def amount(minor: int) -> str:
        return format_amount(minor, terms.currency)

    limit = advance_limit(case.present_value.minor, terms.advance_rate)
    table = new_table(f"Pool and advance test ({terms.currency.code})", "", "")
    table.add_row(f"{len(case.receivables)} receivables, face", amount(sum(item.face for item in case.receivables)))
    rate, day = format_rate(terms.discount_rate), terms.cut_off_date
    table.add_row(f"present value at {rate}, {day}", amount(case.present_value.minor))
    table.add_row(f"advance rate {format_rate(terms.advance_rate)}: at most", amount(limit))
    table.add_row("issue size", amount(terms.size))
    table.add_row("below the limit by", amount(limit - terms.size))
    return table


def _receipts(story: Story) -> Table:
    table = new_table("Receipts issued", "holder", "class", "receipt", "units", left=2)
    orders = {order.subscriber: order for order in story.case.subscriptions}
    for holder, token_id, units in story.receipts:
        name = story.names[holder]
        number = f"No. {token_id & ((1 << 64) - 1)}"
        table.add_row(name, orders[name].investor_class.value, number, format_amount(units, story.series.currency))
    table.add_row("together", "", "", format_amount(story.case.subscribed, story.series.currency), style="bold")
    return table


def _sale(story: Story) -> Text:
    sale = story.sale
    assert sale is not None
    sold = format_amount(sale.units, story.series.currency)
    return Text(
        f"\n{sale.day}, after the record and before the payment: {story.names[sale.seller]} splits its receipt, and "
        f"sells {sold} to {story.names[sale.buyer]}. The seller held at the record, and is paid for it."
    )


def _distributions(story: Story, console: Console) -> None:
    items = story.distributions
    currency = story.series.currency

    def row(name: str, minors: Sequence[int], style: str | None = None) -> _Row:
        return _Row(name, [format_amount(minor, currency) for minor in minors], style)

    outcomes = [item.funding.outcome for item in items]
    arrears = [item.funding.accounts.arrears for item in items]
    rows = [
        _Row("record", [str(item.record_day) for item in items]),
        row("rent collected", [item.collected for item in items]),
        row("available", [outcome.available for outcome in outcomes]),
        row("fees", [outcome.fee for outcome in outcomes]),
        row("coupon of the period", [outcome.coupon for outcome in outcomes]),
        row("+ brought forward", [outcome.due - outcome.coupon for outcome in outcomes]),
        row("= coupon due", [outcome.due for outcome in outcomes], "bold"),
        row("coupon paid", [outcome.paid for outcome in outcomes], "bold"),
        row("  of it from the reserve", [outcome.fromReserve for outcome in outcomes]),
        row("carried forward", arrears, "yellow" if any(arrears) else None),
        row("to the reserve", [outcome.toReserve for outcome in outcomes]),
        row("set aside for principal", [outcome.toSinking for outcome in outcomes]),
        row("principal repaid", [outcome.repaid for outcome in outcomes]),
        row("residual", [outcome.residual for outcome in outcomes]),
        row("kept back", [outcome.trapped for outcome in outcomes]),
        _Row("state after", [item.state.value for item in items]),
    ]
    _matrix("Payment dates", [str(item.payment_day) for item in items], rows, console)


def _payments(story: Story, console: Console) -> None:
    """Who was paid what: a row a holder, a column a date."""
    currency = story.series.currency
    heads = [str(item.payment_day) for item in story.distributions]
    columns: list[Sequence[Payment]] = [item.payments for item in story.distributions]
    dust = [item.dust for item in story.distributions]
    unclaimed = [item.unclaimed for item in story.distributions]
    if story.redemption:
        heads.append("redemption")
        columns.append(story.redemption)
        dust.append(story.redemption_dust)
        unclaimed.append(0)
    paid = [{payment.holder: payment.amount for payment in column} for column in columns]
    holders = dict.fromkeys(holder for holder, _, _ in story.receipts)
    rows = [
        _Row(story.names[holder], [format_amount(column.get(holder, 0), currency) for column in paid])
        for holder in holders
    ]
    rows.append(_Row("together", [format_amount(sum(column.values()), currency) for column in paid], "bold"))
    rows.append(_Row("dust", [format_amount(amount, currency) for amount in dust], "dim"))
    if any(unclaimed):
        rows.append(_Row("unclaimed", [format_amount(amount, currency) for amount in unclaimed], "yellow"))
    _matrix("Paid to holders", heads, rows, console)


def _end(story: Story) -> Table:
    currency = story.series.currency
    table = new_table(f"In the end: {story.state.value}", "", "")
    residual = sum(amount for _, amount in story.residuals)
    released = sum(item.funding.outcome.residual for item in story.distributions)
    repaid = sum(item.funding.outcome.repaid for item in story.distributions)
    if story.issued_on is None:
        table.add_row("refunded", format_amount(story.refunded, currency))
        return table
    table.add_row("principal repaid", format_amount(repaid, currency))
    if story.case.subscribed != repaid:
        table.add_row("principal outstanding", format_amount(story.case.subscribed - repaid, currency), style="yellow")
    if story.distributions and story.distributions[-1].funding.accounts.arrears:
        arrears = story.distributions[-1].funding.accounts.arrears
        table.add_row("coupon outstanding", format_amount(arrears, currency), style="yellow")
    table.add_row(f"residual to {story.case.terms.originator}", format_amount(residual, currency))
    if residual != released:
        table.add_row("  of it the last dust, and rent after maturity", format_amount(residual - released, currency))
    table.add_row("fees", format_amount(story.fees, currency))
    yearly = story_xirr(story)
    table.add_row("yield of the holders (XIRR)", "-" if yearly is None else f"{100 * yearly:.6f} %")
    return table


def _proof(story: Story, console: Console) -> None:
    console.print()
    broken = [check for check in story.checks if not check.holds]
    for check in broken:
        console.print(Text(f"does not hold: {check.name}: expected {check.expected}, found {check.found}", style="red"))
    if not broken:
        text = (
            f"{len(story.checks)} checks hold: paid + unclaimed + dust = funded at every date, the SPV has the cash "
            "that it owes, and the contracts agree with the reference rules in Python to the minor unit."
        )
        console.print(Text(text, style="green"))
