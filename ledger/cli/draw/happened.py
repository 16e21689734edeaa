"""What has happened, a line for each message of the feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.cli.draw.look import Document, Look
from ledger.cli.draw.values import moment
from ledger.cli.draw.words import Words

__all__ = ["happened"]


def happened(messages: Iterable[Document], look: Look, series: Iterable[Document] = ()) -> Iterator[str]:
    """Messages as they come, each as its lines: number, time and block, and what it says. ``series``: those that they
    may be about, for codes and currencies. What says nothing beside the message next to it is left out."""
    from rich.text import Text

    words = Words(look, series)
    for one in messages:
        data = one["data"]
        if one["type"] == "feed.reset":
            told = f"the index was made again: what was added behind message {data['after']} is void"
            yield look.text(Text.assemble((f"{data['seq']:>7}  ", "dim"), (told, "bold yellow")))
            continue
        sentence = words.of(data)
        if sentence is None:
            continue
        gone = data["reverts"] is not None
        head = Text(f"{data['seq']:>7}  {moment(one['timestamp'])}  block {data['block']['number']}", style="dim")
        lines = look.fold(Text(f"no longer: {sentence}" if gone else sentence), look.width - 9)
        yield look.text(head, *(Text.assemble(" " * 9, (line.plain, "yellow" if gone else "")) for line in lines))
