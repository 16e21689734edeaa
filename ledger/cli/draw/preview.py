"""What a change would do, before it is done: what is sent, what happens, and whose balances are others then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ledger.cli.draw.look import Cell, Document, Look
from ledger.cli.draw.values import grouped, signed
from ledger.cli.draw.words import Words
from ledger.cli.output import printable, some

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["preview"]

_COIN: Final = 18  # decimals of the coin that gas is paid in


def preview(
    document: Document,
    look: Look,
    *,
    network: str,
    series: Sequence[Document] = (),
    contracts: Mapping[str, str] | None = None,
) -> str:
    """A ``Preview``, or a ``Prepared`` with the transactions that a wallet is to sign.

    ``network``: its name and chain id, as they are in sight on every change; ``series``: documents of those that may be
    part of it, for their currencies and codes; ``contracts``: the ledger's addresses by name, as ``Network`` has them.
    """
    from rich.text import Text

    found = document.get("preview", document)
    words = Words(look, series, found["changes"])
    lines = [Text.assemble(("on ", ""), (printable(network), "bold"))]
    if "transactions" in document:
        names = {address: name for name, address in (contracts or {}).items()}
        names |= {one["contract"]: "Spv" for one in series}
        for number, tx in enumerate(document["transactions"], 1):
            lines += _transaction(number, tx, names, words, look)
    else:
        lines.append(Text(f"sent by the ledger's own accounts, about {int(found['gas']):,} gas"))
    lines += [Text(""), Text("what happens", style="bold"), *_events(found["events"], words, look), Text("")]
    return "\n".join([look.text(*lines), _changes(found["changes"], words, look)])


def _transaction(number: int, tx: Document, names: Mapping[str, str], words: Words, look: Look) -> Iterator[Text]:
    from rich.text import Text

    gas = int(tx["gas"])
    kind = names.get(tx["to"])
    target = f"{kind} {look.id(tx['to'])}" if kind else f"{look.who(tx['to'])}, which is no contract of the ledger"
    yield Text(f"transaction {number}, nonce {tx['nonce']}, chain {tx['chainId']}, to {printable(target)}")
    yield Text(f"  {_call(kind, tx['data'], words, look)}", style="bold")
    if int(tx["value"]):
        yield Text(f"  with {_coins(int(tx['value']))} coins", style="bold red")
    yield Text(f"  at most {gas:,} gas, a fee of at most {_coins(gas * int(tx['maxFeePerGas']))} coins")


def _call(kind: str | None, data: str, words: Words, look: Look) -> str:
    """The function with its arguments, read from the bytes that are signed; the bytes where they are not understood."""
    from ledger.chain.abi import as_json
    from ledger.chain.artifacts import Contract

    raw = bytes.fromhex(data.removeprefix("0x"))
    functions = Contract(kind).functions if kind else ()
    for function in functions:
        if function.selector == raw[:4]:
            return words.call(function.name, {key: as_json(one) for key, one in function.decode_input(raw).items()})
    return f"a call that is not known here: {look.id(data)}, {some(len(raw), 'byte')}"


def _coins(wei: int) -> str:
    whole, part = divmod(wei, 10**_COIN)
    decimals = f"{part:0{_COIN}d}".rstrip("0")
    return grouped(f"{whole}.{decimals}" if decimals else str(whole))


def _events(events: Iterable[Document], words: Words, look: Look) -> Iterator[Text]:
    from rich.text import Text

    told = [sentence for sentence in map(words.of, events) if sentence]
    for sentence in told:
        for number, line in enumerate(look.fold(Text(sentence), look.width - 2)):
            yield Text.assemble("  " if number else "- ", line)
    if not told:
        yield Text("- nothing that is told")


def _changes(changes: Sequence[Document], words: Words, look: Look) -> str:
    from rich.text import Text

    shown = [one for one in changes if one["account"] is None or look.full]
    folded = len(changes) - len(shown)
    note = [look.text(Text(f"and {some(folded, 'account')} of the books (--full shows them)", "dim"))] if folded else []
    if not shown:
        return "\n".join(["no balance is another then", *note])
    rows: list[list[Cell]] = []
    for one in shown:
        style = "red" if one["amount"].startswith("-") else "green"
        rows.append([words.who(one["holder"]), _what(one), (signed(one["amount"]), style)])
    return "\n".join([look.table("balances", ("whose", "what", "change"), rows, left=2), *note])


def _what(change: Document) -> str:
    code = change["code"] or change["of"]
    match change["asset"]:
        case "vouchers":
            return f"vouchers of programme {change['of']}"
        case "units":
            return f"{code} face value"
        case "money":
            return f"{change['account']} of {code}, {change['of']}"
        case _:
            return str(code)
