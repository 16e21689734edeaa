"""Print what each kind of work costs, ours beside the peers', and write it to `build/gas.json`.

python -m bench.gas              the whole table; the peers are in bench/peers
python -m bench.gas --snapshot   write ours to bench/gas/snapshot.json
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

from bench.gas.ours import Row, ours
from bench.gas.peers import peers

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOT = Path(__file__).with_name("snapshot.json")


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


def write(file: Path, rows: list[Row]) -> None:
    """Rows of work, subject and gas, as JSON."""
    file.parent.mkdir(exist_ok=True)
    lines = [json.dumps(dict(zip(("work", "subject", "gas"), row, strict=True))) for row in rows]
    file.write_text("[\n  " + ",\n  ".join(lines) + "\n]\n")


def main() -> None:
    rows = ours()
    if sys.argv[1:] == ["--snapshot"]:
        write(SNAPSHOT, rows)
        return
    rows += peers()
    write(ROOT / "build" / "gas.json", rows)
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
