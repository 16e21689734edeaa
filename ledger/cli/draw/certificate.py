"""A compute receipt as a certificate on a terminal; the same facts as the picture that the chain draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ledger.cli.draw.look import Document, Look
from ledger.cli.draw.values import amount, minor, number_of, percent, total
from ledger.cli.output import printable, some

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["certificate", "state_of"]

_MOST, _LEAST = 78, 44  # cells from frame to frame
_LABEL: Final = 12  # cells of the names of facts
_FRAME, _RULE, _TITLE, _DIM = "cyan", "yellow", "bold cyan", "dim"
_PROMISE: Final = "Pays its yield and its face value out of collected rent only. The yield is a target, and no promise."
_MOVABLE: Final = ("Active", "Accelerated", "Defaulted")
_STATES: Final = {
    "Draft": "not issued yet: it does not move",
    "Offering": "not issued yet: it does not move",
    "Failed": "the offering failed: it is refunded in full",
    "Matured": "in redemption: it is paid its face value, and does not move",
    "Redeemed": "redeemed",
}


def certificate(
    receipt: Document, series: Document, look: Look, *, network: str, payments: Sequence[Document] = ()
) -> str:
    """A ``Receipt`` of a ``SeriesDetails``. ``payments`` are those to its holder for receipts of this series."""
    width = max(_LEAST, min(look.width, _MOST))
    inner = width - 6
    lines: list[Text] = [_styled(""), *_head(receipt, series, look, inner), _rule(inner)]
    lines += [*_terms(receipt, series, inner), _rule(inner)]
    for name, value, style in _facts(receipt, series, look, network, payments):
        lines += _fact(name, value, style, look, inner)
    lines += [_rule(inner), *(_centred(one, inner) for one in look.fold(_styled(_PROMISE, _DIM), inner)), _styled("")]
    return _framed(lines, width, look)


def state_of(receipt: Document, series: Document) -> tuple[str, str]:
    """Whether a receipt can be moved, and why not; and the colour of that."""
    if not minor(receipt["units"]):
        return "redeemed, or merged into another: it has no units", "dim"
    if receipt["frozen"]:
        return "FROZEN by compliance: it does not move, and is not paid", "bold red"
    if series["state"] not in _MOVABLE:
        return _STATES[series["state"]], "yellow"
    if series["paused"]:
        return "paused: no receipt of this series moves", "bold yellow"
    return "movable", "green"


def _head(receipt: Document, series: Document, look: Look, inner: int) -> list[Text]:
    name = [_styled(printable(series["name"])), *([] if inner < 50 else [_styled("")])]
    face = f"{receipt['units']['currency']} {amount(receipt['units'])}"
    lines = [
        _styled("算力收益憑證", _TITLE),
        _styled("COMPUTE RECEIPT", _DIM),
        _styled("────────── ◇ ──────────", _RULE),
        _styled(printable(series["code"]), "bold"),
        *name,
        _styled(face, "bold"),
        _styled("FACE VALUE", _DIM),
    ]
    return [_centred(part, inner) for line in lines for part in look.fold(line, inner) or [line]]


def _terms(receipt: Document, series: Document, inner: int) -> list[Text]:
    """What the middle of the picture says, in as many columns as there is room for."""
    periods = series["periods"]
    due = series["state"] in ("Matured", "Redeemed") or not periods
    cells = [
        ("Target yield", f"{percent(series['targetYield'])} a year"),
        ("Redemption", "due" if due else periods[-1]["paymentDate"]),
        ("Paid out of", "collected rent"),
        ("Receipt", number_of(receipt["id"])),
    ]
    columns = 4 if inner >= 64 else 2
    lines = []
    for start in range(0, len(cells), columns):
        row, each = cells[start : start + columns], inner // columns
        for place, style in ((0, _RULE), (1, "bold")):
            line = _styled("")
            for cell in row:
                line.append_text(_centred(_styled(cell[place], style), each))
            lines.append(line)
    return lines


def _facts(
    receipt: Document, series: Document, look: Look, network: str, payments: Sequence[Document]
) -> list[tuple[str, str, str]]:
    state, style = state_of(receipt, series)
    code = receipt["units"]["currency"]
    paid = total((minor(one["amount"]) for one in payments), code)
    told = f"{paid} {code} in {some(len(payments), 'payment')} to the holder, for all its receipts of this series"
    return [
        ("Holder", look.who(receipt["owner"]), "bold"),
        ("Paid", told if payments else "nothing yet", ""),
        ("State", state, style),
        ("Issued", f"from {series['issueDate']} on, by {look.id(series['contract'])}", ""),
        ("Receipt id", str(receipt["id"]), ""),
        ("Network", printable(network), ""),
    ]


def _fact(name: str, value: str, style: str, look: Look, inner: int) -> list[Text]:
    found = []
    for number, line in enumerate(look.fold(_styled(value, style), inner - _LABEL)):
        head = _styled((name if number == 0 else "").ljust(_LABEL), _DIM)
        found.append(_styled("").append_text(head).append_text(line))
    return found


def _rule(inner: int) -> Text:
    return _styled("─" * inner, _RULE)


def _centred(text: Text, width: int) -> Text:
    text.rstrip()
    left = max(0, width - text.cell_len) // 2
    text.pad_left(left)
    text.pad_right(max(0, width - text.cell_len))
    return text


def _framed(lines: Sequence[Text], width: int, look: Look) -> str:
    from rich.text import Text

    inner = width - 6
    rows = [Text(f"╔{'═' * (width - 2)}╗", _FRAME)]
    for line in lines:
        line.rstrip()
        blank = " " * (inner - line.cell_len)
        rows.append(Text.assemble(("║  ", _FRAME), line, blank, ("  ║", _FRAME)))
    rows.append(Text(f"╚{'═' * (width - 2)}╝", _FRAME))
    return Look(width, look.colour).text(*rows)


def _styled(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(text, style=style)
