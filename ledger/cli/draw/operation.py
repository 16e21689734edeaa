"""What became of a change: done, under way, or failed, and why; a problem as it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ledger.cli.draw.look import Document, Look
from ledger.cli.draw.values import grouped, moment
from ledger.cli.output import printable
from ledger.cli.refusals import explained
from ledger.errors import Reverted

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["operation", "problem_lines", "result_lines"]


def operation(found: Document, look: Look, *, network: str) -> str:
    """An ``Operation``: its state, its transactions, and its result or what is wrong."""
    from rich.text import Text

    state = found["state"]
    mark = {"done": ("done", "bold green"), "failed": ("failed", "bold red")}.get(state, ("under way", "bold yellow"))
    lines = [Text.assemble(mark, f"  {printable(found['command'])} on {printable(network)}")]
    lines.append(Text(f"operation {printable(found['id'])}, accepted {moment(found['acceptedAt'])} UTC"))
    if found["endedAt"]:
        lines[-1].append(f", ended {moment(found['endedAt'])} UTC")
    for tx in found["transactions"]:
        where = "in no block yet" if tx["block"] is None else f"block {int(tx['block']):,}"
        # The hash is what people look up elsewhere: always whole.
        lines.append(Text(f"transaction {tx['hash']}", style="dim" if tx["state"] == "open" else ""))
        lines.append(Text(f"  {where}, {tx['state']}"))
    if found["result"] is not None:
        lines += result_lines(found["result"], look)
    if found["problem"] is not None:
        lines += [Text(line, style="red") for line in problem_lines(found["problem"])]
    if state == "accepted":
        lines.append(Text("it is stored, and will be done or fail: ask again"))
    return look.text(*lines)


def problem_lines(problem: Document, authority: str = "of this ledger") -> list[str]:
    """A problem document in a few lines: what is wrong, where, what was expected and found, what to do next. What a
    contract refused is ``Name(argument=value)``, and then said in words. ``authority``: the AccessManager's address."""
    lines = [printable(problem["detail"])]
    for one in problem.get("errors", ()):
        if one["message"] != problem["detail"]:
            lines.append(f"  {printable(one['message'])}")
        names = ("file", "line", "field", "expected", "found")
        lines += [f"  {name}: {printable(str(one[name]))}" for name in names if one.get(name) is not None]
    sentence, hint = _refusal(problem, authority)
    lines += [f"  {sentence}"] if sentence else []
    return [*lines, f"  next: {printable(hint)}"] if hint else lines


def _refusal(problem: Document, authority: str) -> tuple[str | None, str | None]:
    """What a contract's error says in words, and what to do next; else the problem's own hint."""
    refused = problem.get("error")
    if refused is not None:
        found = explained(Reverted(refused["name"], refused["arguments"]), authority, local=False)
        if found.hint is not None:
            return printable(found.message), found.hint
    return None, problem.get("hint")


def result_lines(result: Any, look: Look) -> list[Text]:
    """What an operation made, a line for each field."""
    from rich.text import Text

    if not isinstance(result, Mapping):
        return []
    width = max(map(len, result), default=0)
    return [Text(f"  {printable(name):{width}}  {_value(value, look)}") for name, value in result.items()]


def _value(value: Any, look: Look) -> str:
    if isinstance(value, Mapping):
        if set(value) == {"amount", "currency"}:
            return f"{grouped(value['amount'])} {printable(value['currency'])}"
        return ", ".join(f"{printable(name)} {_value(one, look)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_value(one, look) for one in value) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "-"
    text = printable(str(value))
    return look.who(text) if len(text) == 42 and text.startswith("0x") else text
