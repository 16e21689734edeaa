"""Print what each kind of work costs, ours beside the peers', and write it to `build/gas.json`.

python -m bench.gas              the whole table; the peers are in bench/peers
python -m bench.gas --snapshot   write ours to bench/gas/snapshot.json, and into docs/gas.md
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import asdict, fields
from pathlib import Path

from bench.gas.ours import ours
from bench.gas.peers import Row, peers
from bench.gas.terms import Terms

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOT = Path(__file__).with_name("snapshot.json")
PAGE = ROOT / "docs" / "gas.md"
START, END = "<!-- terms: python -m bench.gas --snapshot -->\n", "<!-- end of terms -->\n"


def table(rows: list[Row]) -> list[str]:
    """One line for each of ours, and below it one for each peer with how many times ours it takes."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for work, subject, gas in rows:
        found[work].append((subject, gas))
    lines = []
    for work, [(_, own), *others] in found.items():
        lines.append(f"{work:<58}{own:>9,}")
        lines += [f"    {subject:<54}{gas:>9,}{gas / own:>8.2f}x" for subject, gas in others]
    return lines


def page(works: dict[str, Terms]) -> str:
    """The table of terms in Markdown."""
    names = [item.name for item in fields(Terms) if item.name != "computing"]
    lines = [
        "| work | " + " | ".join(names) + " | floor | computing | gas |",
        "|---" + "|---:" * (len(names) + 3) + "|",
    ]
    for work, found in works.items():
        numbers = [*(getattr(found, name) for name in names), found.floor, found.computing, found.gas]
        lines.append(f"| {work} | " + " | ".join(f"{number:,}" for number in numbers) + " |")
    return "\n".join(lines) + "\n"


def write(file: Path, rows: list[dict[str, object]]) -> None:
    """One row a line, as JSON."""
    file.parent.mkdir(exist_ok=True)
    file.write_text("[\n  " + ",\n  ".join(json.dumps(row) for row in rows) + "\n]\n")


def main() -> None:
    works = ours()
    if sys.argv[1:] == ["--snapshot"]:
        write(SNAPSHOT, [{"work": work, "gas": found.gas, **asdict(found)} for work, found in works.items()])
        text = PAGE.read_text()
        head, tail = text.index(START) + len(START), text.index(END)
        PAGE.write_text(text[:head] + page(works) + text[tail:])
        return
    rows = [(work, "ours", found.gas) for work, found in works.items()] + peers()
    write(ROOT / "build" / "gas.json", [dict(zip(("work", "subject", "gas"), row, strict=True)) for row in rows])
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
