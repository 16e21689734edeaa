"""One series or one holder by facts: a line for each, its name before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.cli.draw.look import Document, Look
from ledger.cli.draw.values import amount, minor, moment, percent
from ledger.cli.output import printable
from ledger.domain.money import currency, format_amount

__all__ = ["facts", "money", "series_facts", "spv_facts", "spvs", "standing"]

_PARTIES: Final = {
    "originator": "originator",
    "feeRecipient": "gets the fees",
    "unclaimedTo": "gets what nobody claims",
    "valuationAgent": "valuation agent",
}
_ACCOUNTS: Final = {
    # In the order in which they are filled; all but what waits in collections is owed to somebody, or held for them.
    "subscriptions": "subscribers, until the issue or the refund",
    "collections": "rent since the last distribution",
    "fees": "the servicer: fees",
    "payable": "holders: set aside, not paid yet",
    "reserve": "holders: the reserve",
    "sinking": "holders: set aside for principal",
    "residual": "the originator: released, not fetched",
    "trapped": "kept back from the originator",
    "dust": "left by rounding, for the next distribution",
}


def facts(rows: Sequence[tuple[str, str]], look: Look) -> str:
    """Names and their values. Values that are too long for the line go on below themselves."""
    from rich.text import Text

    width = max((len(name) for name, _ in rows), default=0) + 2
    lines = []
    for name, value in rows:
        for number, part in enumerate(look.fold(Text(value), max(20, look.width - width))):
            lines.append(Text.assemble(((name if number == 0 else "").ljust(width), "dim"), part))
    return look.text(*lines)


def series_facts(series: Document, look: Look) -> str:
    """A ``SeriesDetails``: its terms, its people, and how far it is sold."""
    code = series["currency"]
    needed = series["requirement"]
    value = series["presentValue"]
    paused = ", paused: nothing moves" if series["paused"] else ""
    worth = f"worth {amount(value)} as attested" if value else "not attested yet"
    rows = [
        ("series", f"{series['id']}, {printable(series['code'])}  {printable(series['name'])}"),
        ("state", f"{series['state']}{paused}"),
        ("contract", look.id(series["contract"])),
        ("size", f"{amount(series['size'])} {code}, at least {amount(series['softCap'])} or it fails"),
        ("sold", f"{amount(series['sold'])} {code}, outstanding {amount(series['outstanding'])}"),
        ("target yield", f"{percent(series['targetYield'])} a year, out of collected rent only"),
        ("pool", f"{series['poolCount']} receivables of {amount(series['poolFace'])} {code}, {worth}"),
        (
            "advance",
            f"at most {percent(series['advanceRate'])} of the present value at {percent(series['discountRate'])} "
            f"on {series['cutOffDate']}",
        ),
        ("offering", f"{series['openDate']} to {series['closeDate']}, issued from {series['issueDate']} on"),
        ("may receive", f"{_list(needed['classes'])}; in {_list(needed['jurisdictions'])}"),
        *((title, look.who(series["parties"][name])) for name, title in _PARTIES.items()),
        ("pays in", look.who(series["cashToken"])),
    ]
    return facts(rows, look)


def spvs(found: Sequence[Document], look: Look) -> str:
    """``SeriesDetails`` documents: what each has, and what is owed of it. Each in its own currency."""
    if not found:
        return "no series\n  next: make one: crt spv create"
    heads = ("code", "state", "contract", "", "cash", "for holders", "fees", "residual")
    rows = []
    for one in found:
        kept = one["accounts"]
        held = sum(minor(kept[name]) for name in ("payable", "reserve", "sinking"))
        for_holders = format_amount(held, currency(one["currency"]))
        figures = [amount(kept["cash"]), for_holders, amount(kept["fees"]), amount(kept["residual"])]
        rows.append([one["code"], one["state"], look.id(one["contract"]), one["currency"], *figures])
    return look.table("", heads, rows, left=4)


def spv_facts(series: Document, look: Look) -> str:
    """A ``SeriesDetails``: the contract, and who is paid by it beside holders."""
    rows = [
        ("contract", f"{look.id(series['contract'])}, of {printable(series['code'])}  {printable(series['name'])}"),
        ("state", series["state"]),
        *((title, look.who(series["parties"][name])) for name, title in _PARTIES.items()),
        ("pays in", look.who(series["cashToken"])),
        ("terms", look.id(series["termsHash"])),
        ("collected", f"{amount(series['collected'])} {series['currency']} since it began"),
    ]
    return facts(rows, look)


def money(series: Document, look: Look) -> str:
    """A ``SeriesDetails``: its cash, and whom it is there for, which is all of it."""
    from rich.text import Text

    of, accounts = currency(series["currency"]), series["accounts"]
    rows = [(title, amount(accounts[name])) for name, title in _ACCOUNTS.items() if minor(accounts[name])]
    owed = sum(minor(accounts[name]) for name in _ACCOUNTS)
    title = f"the cash of {printable(series['code'])}, and whom it is for ({of.code})"
    drawn = look.table(title, ("", ""), rows, left=1, foot=["together", format_amount(owed, of)])
    cash = minor(accounts["cash"])
    if cash == owed:
        told = Text(f"it has the {format_amount(cash, of)} that it owes", style="green")
    else:
        told = Text(f"it has {format_amount(cash, of)}, and owes {format_amount(owed, of)}", style="bold red")
    return "\n".join([drawn, look.text(told)])


def standing(found: Document, look: Look, eligible: Sequence[tuple[str, bool]] = ()) -> str:
    """A ``Standing``, and whether its holder may receive receipts: by the codes of series."""
    until = moment(found["validUntil"]) + " UTC" if found["validUntil"] else "nothing was ever registered"
    why = f": {printable(found['reason'])}" if found["reason"] else ""
    state = f"frozen{why}" if found["frozen"] else f"not frozen{f' any more{why}' if why else ''}"
    rows = [
        ("holder", look.who(found["holder"])),
        ("classes", _list(found["classes"])),
        ("jurisdictions", _list(found["jurisdictions"])),
        ("until", until),
        ("state", state),
        *(("may receive" if may else "may not receive", printable(code)) for code, may in eligible),
    ]
    return facts(rows, look)


def _list(words: Sequence[str]) -> str:
    return ", ".join(map(printable, words)) or "none"
