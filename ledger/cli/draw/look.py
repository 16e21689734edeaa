"""How wide, in which colours, and under which names something is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ledger.cli.output import printable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = ["Cell", "Document", "Look", "look_of", "new_table"]

_GAP: Final = 2  # cells between two columns of a table

Document: TypeAlias = Mapping[str, Any]
"""What the API answers."""

Cell: TypeAlias = "str | tuple[str, str]"
"""A text, or a text and its style."""


@dataclass(frozen=True, slots=True)
class Look:
    """How things are shown.

    ``width`` in cells of a terminal; ``full``: addresses and hashes as long as they are; ``names``: those of the
    address book, by address as EIP-55 spells it.
    """

    width: int
    colour: bool = False
    full: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    def text(self, *things: RenderableType) -> str:
        """Things as lines of text, with escape codes only if there are colours. Blanks at ends of lines are cut."""
        console = _console(self.width, self.colour)
        with console.capture() as captured:
            for one in things:
                console.print(one, markup=False, highlight=False, emoji=False, soft_wrap=False)
        return "\n".join(line.rstrip() for line in captured.get().splitlines())

    def table(
        self,
        title: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        *,
        left: int = 1,
        foot: Sequence[Cell] | None = None,
    ) -> str:
        """A table, its first ``left`` columns text and the others figures; what is blank in all rows is left out. Where
        it is wider than the terminal, each row is shown as lines of its own, so that no digit is lost."""
        from rich.text import Text

        given = [*rows, *([] if foot is None else [foot])]
        body = [[_text(cell) for cell in row] for row in given]
        used = [place for place, head in enumerate(columns) if head or any(row[place].plain for row in body)]
        heads = [columns[place] for place in used]
        body = [[row[place] for place in used] for row in body]
        if foot is not None:
            for cell in body[-1]:
                cell.stylize("bold")
        widths = [
            max(_text(head).cell_len, *(row[place].cell_len for row in body), 0) for place, head in enumerate(heads)
        ]
        named = [Text(title, style="bold")] if title else []
        if sum(widths) + _GAP * (len(heads) - 1) > self.width:
            return self.text(*named, *self._blocks(heads, body, foot is not None))
        table = new_table("", *heads, left=sum(place < left for place in used))
        for row in body:
            table.add_row(*row)
        return self.text(*named, table)

    def _blocks(self, heads: Sequence[str], body: Sequence[Sequence[Text]], has_foot: bool) -> Iterator[Text]:
        """Each row as lines; the foot's first cell is its name."""
        from rich.text import Text

        names = max((_text(head).cell_len for head in heads), default=0)
        for number, row in enumerate(body):
            is_foot = has_foot and number == len(body) - 1
            if number:
                yield Text("")
            if is_foot:
                yield row[0]
            for head, cell in list(zip(heads, row, strict=True))[is_foot:]:
                if cell.plain:
                    blank = " " * (names + _GAP - _text(head).cell_len)
                    yield Text.assemble((head, "dim"), blank, cell, overflow="fold")

    def fold(self, text: Text, width: int) -> list[Text]:
        """A text in lines of at most ``width`` cells."""
        return list(text.wrap(_console(width, False), width, overflow="fold"))

    def who(self, address: str) -> str:
        """A name and the address, which is short unless all is shown."""
        name = self.names.get(address)
        return self.id(address) if name is None else f"{printable(name)} {self.id(address)}"

    def id(self, value: str) -> str:
        """An address or a hash: its first and last digits, of which nobody can choose twelve."""
        return value if self.full or len(value) < 20 else f"{value[:8]}…{value[-6:]}"


def look_of(console: Console, *, full: bool = False, names: Mapping[str, str] | None = None) -> Look:
    """The look that fits a terminal, or what stands in for it: :func:`ledger.cli.output.terminal` decides."""
    colour = console.is_terminal and not console.no_color and console.color_system is not None
    return Look(console.width, colour, full, names or {})


def new_table(title: str, *columns: str, left: int = 1) -> Table:
    """An empty table in the house's look; the first ``left`` columns are text, the others figures."""
    from rich.table import Table

    table = Table(title=f"\n{title}" if title else None, title_justify="left", title_style="bold", header_style="dim")
    table.box, table.pad_edge = None, False
    table.show_header = any(columns)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index < left else "right", no_wrap=True)
    return table


def _text(cell: Cell) -> Text:
    from rich.text import Text

    words, style = (cell, "") if isinstance(cell, str) else cell
    return Text(printable(words), style=style)


def _console(width: int, colour: bool) -> Console:
    from rich.console import Console

    return Console(
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        _environ={},  # what the environment says of colours was looked at before
    )
