"""Change the contracts in one place at a time, and see whether a test notices.

python -m bench.mutants                  all, into bench/records/mutants.jsonl; each result is written at once
python -m bench.mutants --resume         go on with what has no result yet
python -m bench.mutants --only src/Spv.sol --only types/
python -m bench.mutants --sample 50      as many, taken at random (by --seed)
python -m bench.mutants --list           only say which there are
python -m bench.mutants --table          the results as markdown; fails if survivors have no explanation

Mutants are in the artifacts that tests deploy. What a test compiles into itself is not mutated: a test that calls a
library of `src` directly compares the mutant with the original.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

from bench.mutants.compiler import Compiler
from bench.mutants.operators import Mutant
from bench.mutants.plan import Plan, digest
from bench.mutants.results import Explanations, read, table
from bench.mutants.run import Runner
from bench.mutants.workshop import Workshop

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "records" / "mutants.jsonl"
WORKSHOPS = ROOT / "build" / "mutants"
SURVIVORS = Path(__file__).with_name("survivors.toml")


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _chosen(every: list[Mutant], args: argparse.Namespace) -> list[Mutant]:
    some = [one for one in every if not args.only or any(part in one.file for part in args.only)]
    if args.sample and args.sample < len(some):
        kept = {one.id for one in random.Random(args.seed).sample(some, args.sample)}
        some = [one for one in some if one.id in kept]
    return some


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Mutation test of the contracts.")
    parser.add_argument("--only", action="append", metavar="FILE", help="sources with this in their name")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", action="store_true", help="those too that are much like others")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--resume", action="store_true", help="leave out what has a result")
    parser.add_argument("--survivors", action="store_true", help="only what survived before")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--leave-out", action="append", default=[], metavar="NAME.t.sol", help="test files not to use")
    parser.add_argument("--table", action="store_true")
    return parser.parse_args()


def main() -> int:
    args = _arguments()
    if args.list or args.table:
        plan = Plan(ROOT / "contracts", Compiler(ROOT / "contracts" / "node_modules"), args.every)
    else:
        shop = Workshop(WORKSHOPS / "0", ROOT / "contracts", frozenset(args.leave_out))
        plan = Plan(shop.root, shop.compiler, args.every)
    some = _chosen(plan.mutants, args)
    digests = {name: digest(text) for name, text in plan.texts.items()}
    results = read(RESULTS, some, digests)
    if args.list:
        for one in some:
            print(f"{one.id}  {' '.join(one.before.split())}  ->  {' '.join(one.after.split()) or '(nothing)'}")
        tell(
            f"{len(some)} mutants: " + ", ".join(f"{n} {name}" for name, n in Counter(x.operator for x in some).items())
        )
        return 0
    if args.table:
        text, wrong = table(some, results, plan.texts, Explanations.load(SURVIVORS))
        print(text)
        tell("\n".join(wrong))
        return bool(wrong)
    if args.survivors:
        some = [one for one in some if one.id in results and results[one.id].status == "survived"]
    elif args.resume:
        some = [one for one in some if one.id not in results]
    for name in plan.untested:
        tell(f"{name} is in no contract that a test deploys")
    tell(f"{len(some)} mutants to run")
    Runner(plan, shop, WORKSHOPS, RESULTS, digests, tell).run(some, args.workers)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
