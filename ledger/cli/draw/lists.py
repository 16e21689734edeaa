"""Lists of what the API answers, as tables: amounts to the right with their currency said once, times in UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from ledger.cli.draw.look import Cell, Document, Look
from ledger.cli.draw.values import amount, day_at, minor, moment, number_of, total

__all__ = [
    "collections",
    "distributions",
    "holders",
    "operations",
    "payments",
    "pool",
    "receipts",
    "series",
    "subscriptions",
    "versions",
]

_Column: TypeAlias = tuple[str, Callable[[Document], Cell]]

_TIMES: Final = {"accepted", "day", "funded", "record", "time"}  # columns in UTC

_NEXT: Final[Mapping[str, str]] = {
    "series": "make one: crt spv create; or an example: crt api serve --seed",
    "receipts": "buy one in an offering: crt subscribe",
    "subscriptions": "subscribe while the offering is open: crt subscribe",
    "receivables": "they are registered with the series: crt spv create",
    "collections": "book rent when it arrives: crt collect",
    "distributions": "fix the record when its day has come: crt distribute",
    "payments": "they begin when a distribution is funded: crt distribute",
    "versions": "a receipt has one from its first block on: crt receipt list",
    "operations": "whatever is changed by the API is one",
}


def series(found: Sequence[Document], look: Look) -> str:
    """``Series`` documents."""
    columns: list[_Column] = [
        ("code", lambda one: one["code"]),
        ("id", lambda one: one["id"]),
        ("state", lambda one: one["state"]),
        ("contract", lambda one: look.id(one["contract"])),
    ]
    return _listed("series", found, columns, {"collected": "collected"}, look, sums=False)


def receipts(found: Sequence[Document], look: Look, codes: Mapping[str, str]) -> str:
    """``Receipt`` documents; ``codes``: those of series by their id."""
    columns: list[_Column] = [
        ("receipt", lambda one: one["id"]),
        ("series", lambda one: codes.get(one["series"], one["series"])),
        ("holder", lambda one: look.who(one["owner"])),
        ("", lambda one: ("frozen", "bold red") if one["frozen"] else ""),
    ]
    return _listed("receipts", found, columns, {"units": "face value"}, look)


def versions(found: Sequence[Document], look: Look) -> str:
    """``Version`` documents of one receipt."""
    columns: list[_Column] = [
        ("time", lambda one: moment(one["time"])),
        ("block", lambda one: one["since"]),
        ("holder", lambda one: look.who(one["owner"])),
        ("", lambda one: ("frozen", "bold red") if one["frozen"] else ""),
        ("", lambda one: ("now", "bold") if one["until"] is None else ""),
    ]
    return _listed("versions", found, columns, {"units": "face value"}, look, sums=False)


def holders(found: Sequence[Document], look: Look) -> str:
    """The register of one series: who holds how much, the largest first, by all its ``Holder`` documents."""
    if not found:
        return _nothing("receipts")
    code = found[0]["units"]["currency"]
    units = {one["holder"]: minor(one["units"]) for one in found}
    everything = sum(units.values())
    rows = [
        [look.who(one), total([units[one]], code), f"{units[one] * 10**6 // everything / 10**4:.4f} %"]
        for one in sorted(units, key=lambda one: (-units[one], one))
    ]
    foot = ["together", total([everything], code), ""]
    return look.table(f"holders ({code})", ("holder", "face value", "share"), rows, left=1, foot=foot)


def subscriptions(found: Sequence[Document], look: Look, codes: Mapping[str, str]) -> str:
    """``Subscription`` documents."""

    def receipt(one: Document) -> str:
        number = f"{codes.get(one['series'], one['series'])} {number_of(one['receipt'])}"
        return str(one["receipt"]) if look.full else number

    columns: list[_Column] = [
        ("time", lambda one: moment(one["time"])),
        ("receipt", receipt),
        ("holder", lambda one: look.who(one["holder"])),
    ]
    return _listed("subscriptions", found, columns, {"units": "face value"}, look)


def pool(found: Sequence[Document], look: Look) -> str:
    """``Receivable`` documents."""

    def state(one: Document) -> Cell:
        if one["released"]:
            return ("released", "dim")
        missing = minor(one["face"]) - minor(one["collected"])
        return "all in" if missing <= 0 else ("in part", "yellow") if minor(one["collected"]) else ""

    columns: list[_Column] = [
        ("due", lambda one: one["dueDate"]),
        ("receivable", lambda one: look.id(one["id"])),
        ("", state),
    ]
    return _listed("receivables", found, columns, {"face": "face", "collected": "collected"}, look)


def collections(found: Sequence[Document], look: Look) -> str:
    """``Collection`` documents."""
    columns: list[_Column] = [
        ("time", lambda one: moment(one["time"])),
        ("receivable", lambda one: look.id(one["receivable"])),
    ]
    return _listed("collections", found, columns, {"amount": "amount"}, look)


def distributions(found: Sequence[Document], look: Look) -> str:
    """``Distribution`` documents of one series."""
    columns: list[_Column] = [
        ("epoch", lambda one: str(one["epoch"])),
        ("record", lambda one: str(day_at(one["time"], 0))),
        ("funded", lambda one: str(day_at(one["fundedAt"], 0)) if one["fundedAt"] else "-"),
        ("", lambda one: "redemption" if one["kind"] == "redemption" else ""),
        ("state", lambda one: one["state"]),
    ]
    return _listed("distributions", found, columns, {"amount": "amount", "paid": "paid", "unpaid": "unpaid"}, look)


def payments(found: Sequence[Document], look: Look, codes: Mapping[str, str]) -> str:
    """``Payment`` documents."""
    columns: list[_Column] = [
        ("day", lambda one: str(day_at(one["time"], 0))),
        ("epoch", lambda one: f"{codes.get(one['series'], one['series'])}/{one['epoch']}"),
        ("holder", lambda one: look.who(one["holder"])),
    ]
    return _listed("payments", found, columns, {"units": "for", "amount": "paid"}, look, sums=("amount",))


def operations(found: Sequence[Document], look: Look) -> str:
    """``Operation`` documents."""
    styles = {"failed": "bold red", "accepted": "yellow"}
    columns: list[_Column] = [
        ("accepted", lambda one: moment(one["acceptedAt"])),
        ("operation", lambda one: one["id"]),
        ("state", lambda one: (one["state"], styles.get(one["state"], ""))),
        ("command", lambda one: one["command"]),
    ]
    return _listed("operations", found, columns, {}, look)


def _listed(
    name: str,
    found: Sequence[Document],
    columns: Sequence[_Column],
    figures: Mapping[str, str],
    look: Look,
    *,
    sums: bool | Sequence[str] = True,
) -> str:
    """A table of text columns and then figures: fields with amounts, and their heads. One currency is said in the
    title, and summed; several beside each amount."""
    if not found:
        return _nothing(name)
    codes = {one[key]["currency"] for one in found for key in figures if one[key]}
    only = next(iter(codes)) if len(codes) == 1 else None

    def shown(value: Mapping[str, str] | None) -> str:
        return amount(value) if only or value is None else f"{amount(value)} {value['currency']}"

    rows = [[*(cell(one) for _, cell in columns), *(shown(one[key]) for key in figures)] for one in found]
    foot: list[Cell] | None = None
    summed = list(figures) if sums is True else sums or []
    if only and summed and len(found) > 1:
        ends = [total((minor(one[key]) for one in found), only) if key in summed else "" for key in figures]
        foot = ["together", *[""] * (len(columns) - 1), *ends]
    heads = [*(head for head, _ in columns), *figures.values()]
    said = [*([only] if only else []), *(["UTC"] if _TIMES & set(heads) else [])]
    return look.table(f"{name} ({', '.join(said)})" if said else name, heads, rows, left=len(columns), foot=foot)


def _nothing(name: str) -> str:
    return f"no {name}\n  next: {_NEXT[name]}"
