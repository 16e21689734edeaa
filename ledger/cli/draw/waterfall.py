"""Where the cash of a distribution came from and went: each step with its bar, amount and share, and both sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ledger.cli.draw.bars import shares, span
from ledger.cli.draw.look import Document, Look
from ledger.cli.draw.values import minor, moment
from ledger.cli.output import printable
from ledger.domain.money import Currency, currency, decimal_string, format_amount

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["Flow", "flow_of", "foreseen", "held_before", "waterfall"]

_LEAST, _MOST = 8, 40  # cells of a bar
_WHETHER: Final = ("passed", "done")  # figures of the contract that are none
_NAMES: Final = 27  # cells of the names of steps


@dataclass(frozen=True, slots=True)
class Flow:
    """One run of the waterfall in minor units: what came in, what went out in its order, and notes beside that.

    ``released``: what the reserve and the sinking account gave back, as the steps imply; ``adds_up``: whether that is
    what these accounts had.
    """

    sources: tuple[tuple[str, int], ...]
    uses: tuple[tuple[str, int], ...]
    released: int
    adds_up: bool

    @property
    def came(self) -> int:
        """All sources."""
        return sum(value for _, value in self.sources)

    @property
    def went(self) -> int:
        """All uses."""
        return sum(value for _, value in self.uses)


_USES: Final = (
    ("toReserve", "to the reserve"),
    ("toSinking", "set aside for principal"),
    ("repaid", "principal repaid"),
    ("residual", "residual to the originator"),
    ("trapped", "kept back from it"),
)


def flow_of(steps: Document, held: int | None = None) -> Flow:
    """The flow of a ``Waterfall``. ``held``: what reserve and sinking account had before it, if that is known.

    The document does not say what these accounts give back in the last period, in acceleration, and when all is repaid.
    It is what is missing between sources and uses: nothing, or all that they had.
    """
    found = {name: minor(value) for name, value in steps.items() if isinstance(value, dict)}
    brought = min(found["paid"], found["due"] - found["coupon"])
    uses = (
        ("fees", found["fee"]),
        ("coupon brought forward", brought),
        ("coupon of the period", found["paid"] - brought),
        *((text, found[name]) for name, text in _USES),
    )
    released = sum(value for _, value in uses) - found["available"] - found["fromReserve"]
    left = None if held is None else held - found["fromReserve"] + found["toReserve"] + found["toSinking"]
    sources = (
        ("rent and what was left over", found["available"]),
        ("reserve, for the coupon", found["fromReserve"]),
        ("reserve and set aside", max(0, released)),
    )
    return Flow(sources, uses, released, released == 0 or (released > 0 and left in (None, released)))


def held_before(distributions: Sequence[Document], one: Document) -> int:
    """What reserve and sinking account held before a distribution was funded, by all those before it. A redemption is
    funded by the run of the epoch before its own."""
    epoch, held = one["epoch"] - (one["kind"] == "redemption"), 0
    for other in distributions:
        steps = other["waterfall"]
        if steps is not None and other["kind"] == "distribution" and other["epoch"] < epoch:
            set_aside = sum(minor(steps[name]) for name in ("toReserve", "toSinking"))
            held += set_aside - minor(steps["fromReserve"]) - flow_of(steps).released
    return held


def foreseen(events: Sequence[Document], of: Currency) -> dict[str, Any] | None:
    """The distribution that is funded in a ``Preview``'s events, as far as :func:`waterfall` needs it; None if none
    is."""
    args = next((one["args"] for one in events if (one["kind"], one["name"]) == ("Spv", "Funded")), None)
    if args is None:
        return None

    def money(minors: int) -> dict[str, str]:
        return {"amount": decimal_string(minors, of), "currency": of.code}

    outcome = args["outcome"]
    steps: dict[str, Any] = {name: money(int(value)) for name, value in outcome.items() if name not in _WHETHER}
    steps["carriedForward"] = money(int(outcome["due"]) - int(outcome["paid"]))
    steps |= {name: bool(int(outcome[name])) for name in _WHETHER}
    return {"epoch": int(args["epoch"]), "period": int(args["period"]), "kind": "distribution", "waterfall": steps}


def waterfall(distribution: Document, look: Look, *, code: str = "", held: int | None = None) -> str:
    """A ``Distribution`` that is funded, or the result of a preview of it. ``code``: the series'; ``held``: see
    :func:`flow_of`."""
    from rich.text import Text

    steps = distribution["waterfall"]
    head = f"Waterfall {printable(code)}".rstrip() + f", epoch {distribution['epoch']}"
    if steps is None:
        return look.text(Text(head, style="bold"), Text("not funded yet: its record is fixed, and no more"))
    of = currency(steps["available"]["currency"])
    flow = flow_of(steps, held)
    when = f", funded {moment(distribution['fundedAt'])} UTC" if distribution.get("fundedAt") else ""
    head += f", period {distribution['period'] + 1}{when} ({of.code})"

    def shown(value: int) -> str:
        return format_amount(value, of)

    lines = [Text(head, style="bold"), *_side(flow.sources, flow.came, "= in all", "green", look, shown)]
    lines += [Text(""), *_side(flow.uses, flow.came, "= given out", "cyan", look, shown), Text("")]
    return look.text(*lines, *_notes(steps, flow, shown))


def _side(
    parts: Sequence[tuple[str, int]], whole: int, last: str, colour: str, look: Look, shown: Callable[[int], str]
) -> list[Text]:
    from rich.text import Text

    total = sum(value for _, value in parts)
    figures = len(shown(max(whole, total)))
    room = look.width - _NAMES - figures - len("  100.0 %    ")
    lines, start = [], 0
    for (name, value), share in zip(parts, shares([value for _, value in parts], whole), strict=True):
        if value:
            bar = span(start, value, whole, min(room, _MOST)) if room >= _LEAST else ""
            lines.append(Text.assemble(f"{name:{_NAMES}}  {shown(value):>{figures}}  {share:>7}  ", (bar, colour)))
            start += value
    return [*lines, Text(f"{last:{_NAMES}}  {shown(total):>{figures}}", style="bold")]


def _notes(steps: Document, flow: Flow, shown: Callable[[int], str]) -> list[Text]:
    from rich.text import Text

    due, paid, carried = (minor(steps[name]) for name in ("due", "paid", "carriedForward"))
    coupon = Text(f"coupon: due {shown(due)}, paid {shown(paid)}, ")
    coupon.append(f"carried forward {shown(carried)}", "bold red" if carried else "")
    held = "hold" if steps["passed"] else "do not hold: nothing goes to the originator"
    tests = Text(f"tests (reserve, arrears, assets {shown(minor(steps['assets']))}): {held}")
    tests.stylize("" if steps["passed"] else "yellow")
    done = [Text("all principal is repaid", style="green")] if steps["done"] else []
    if flow.adds_up:
        end = Text(f"it adds up: {shown(flow.came)} in, {shown(flow.went)} out", style="green")
    elif flow.released < 0:
        end = Text(f"it does not add up: {shown(-flow.released)} came in and went nowhere", style="bold red")
    else:
        end = Text(f"it does not add up: the accounts did not have {shown(flow.released)} to give back", "bold red")
    return [coupon, tests, *done, end]
