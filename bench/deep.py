"""Play generated lives of the contracts for hours, part by part; what is done is kept, and is not done again.

python -m bench.deep                     until there are 10 million calls and 100,000 sequences; goes on where it was
python -m bench.deep --calls 50000000    more of them, with other seeds
python -m bench.deep --table             what was done so far

Each part is one run of forge with a seed of its own. Results are in bench/records/deep.jsonl, with a digest of the
sources and tests that they are of: those of others don't count.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import lines
from bench.foundry import forge
from scripts.compile_contracts import sources

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = ROOT / "contracts"
RESULTS = ROOT / "bench" / "records" / "deep.jsonl"
DEPTH = 128  # calls in one life


@dataclass(frozen=True)
class Kind:
    """A test, how a part of it is run, and what is counted."""

    test: str
    file: str
    environment: dict[str, str]
    counts: str


KINDS = {
    "calls": Kind(
        "invariantAsTheModelSays",
        "test/Invariant.t.sol",
        {"FOUNDRY_INVARIANT_RUNS": "1000", "FOUNDRY_INVARIANT_DEPTH": str(DEPTH)},
        r"\(runs: \d+, calls: (\d+), reverts: 0\)",
    ),
    "sequences": Kind("testFuzzSequences", "test/Sequences.t.sol", {"FOUNDRY_FUZZ_RUNS": "5000"}, r"\(runs: (\d+),"),
}


@dataclass(frozen=True)
class Part:
    """``count`` calls or sequences with a seed; ``digest`` is of what was run."""

    kind: str
    seed: int
    digest: str
    count: int
    seconds: float


def digest(kind: Kind) -> str:
    """Of the contracts, the test with all that it imports, and the settings."""
    ours = [path.relative_to(CONTRACTS).as_posix() for path in (CONTRACTS / "src").rglob("*.sol")]
    said = [sources([kind.file, *ours], CONTRACTS), (CONTRACTS / "foundry.toml").read_text(encoding="utf-8")]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def known() -> Iterator[Part]:
    """Parts that were done of these sources."""
    now = {name: digest(kind) for name, kind in KINDS.items()}
    for record in lines.read(RESULTS):
        try:
            part = Part(**record)
        except TypeError:
            continue
        if part.digest == now.get(part.kind):
            yield part


def run(name: str, seed: int) -> Part:
    """One part. Exits with forge's output if a test fails."""
    kind = KINDS[name]
    of = digest(kind)
    command = [
        str((ROOT / forge(CONTRACTS)).resolve()),
        "test",
        "--match-path",
        kind.file,
        "--match-test",
        f"^{kind.test}\\b",
    ]
    began = time.monotonic()
    done = subprocess.run(
        [*command, "--fuzz-seed", hex(seed)],
        cwd=CONTRACTS,
        env={**os.environ, **kind.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    counted = re.search(rf"\[PASS\] {kind.test}\(.*\) {kind.counts}", done.stdout)
    if done.returncode or counted is None:
        raise SystemExit(f"{done.stdout}{done.stderr}\n{name} with seed {seed}: failed")
    return Part(name, seed, of, int(counted[1]), round(time.monotonic() - began, 1))


def table(parts: list[Part]) -> str:
    """What was done, as markdown."""
    rows = ["| test | parts | done | seconds |", "|---|---:|---:|---:|"]
    for name, kind in KINDS.items():
        own = [part for part in parts if part.kind == name]
        total, seconds = sum(part.count for part in own), sum(part.seconds for part in own)
        rows.append(f"| `{kind.test}` | {len(own)} | {total:,} {name} | {seconds:,.0f} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Generated lives of the contracts, many of them.")
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--sequences", type=int, default=100_000)
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    parts = list(known())
    if not args.table:
        for name in KINDS:
            own = [part for part in parts if part.kind == name]
            seed, total = max((part.seed for part in own), default=0), sum(part.count for part in own)
            while total < getattr(args, name):
                seed += 1
                part = run(name, seed)
                total += part.count
                parts.append(part)
                lines.append(RESULTS, asdict(part))
                print(f"{total:,} {name}; seed {seed}: {part.seconds:,.0f} s", file=sys.stderr, flush=True)
    print(table(parts))


if __name__ == "__main__":
    main()
