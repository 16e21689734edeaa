"""Look for known mistakes in the contracts with slither, and see that each finding is explained.

python -m bench.slither                  analyse; fails if a finding or an unread function has no explanation, or if an
                                         explanation fits nothing
python -m bench.slither --table          the same, and the findings as markdown
python -m bench.slither --last           judge the last analysis again, without another one
python -m bench.slither --contracts DIR  of other contracts than ours, with `src` and `node_modules`

All detectors run, on `src` and on what it imports. What they find in packages alone is left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench.slither.analysis import analyse
from bench.slither.explanations import Explanations, read, summary, table, wrong

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"
BUILD = ROOT / "build" / "slither"
EXPLANATIONS = Path(__file__).with_name("findings.toml")


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Static analysis of the contracts.")
    parser.add_argument("--contracts", type=Path, default=CONTRACTS, metavar="DIR")
    parser.add_argument("--last", action="store_true", help="do not analyse again")
    parser.add_argument("--table", action="store_true", help="print the findings as markdown")
    return parser.parse_args()


def main() -> int:
    args = _arguments()
    file = BUILD / "findings.json"
    if args.last:
        told = json.loads(file.read_text(encoding="utf-8"))
    else:
        told = analyse(args.contracts.resolve(), CONTRACTS / "bin" / "solc", BUILD)
        file.write_text(json.dumps(told), encoding="utf-8")
    findings, unread = read(told["findings"]), told["unread"]
    explanations = Explanations.load(EXPLANATIONS)
    faults = wrong(findings, unread, explanations)
    if args.table:
        print(table(findings, unread, explanations))
    for fault in faults:
        tell(f"{fault}\n")
    tell(summary(findings, unread, explanations))
    tell(
        f"{len(told['checks'])} detectors, {told['expanded']} calls expanded, {told['seconds']} s: "
        f"{len(findings)} findings, {len(unread)} unread, {len(faults)} wrong"
    )
    return bool(faults)


if __name__ == "__main__":
    raise SystemExit(main())
