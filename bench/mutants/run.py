"""Run mutants: compile one, put it in the place of the original, and run test files until one fails.

Compiling as for deployment takes most of the time. A mutant is compiled with quick settings first; what no test kills
then is compiled as it would be deployed, and has survived if no test kills that either.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from bench.mutants.compiler import DoesNotCompileError
from bench.mutants.operators import Mutant
from bench.mutants.plan import Artifact, Plan
from bench.mutants.results import Result, append
from bench.mutants.workshop import Workshop

__all__ = ["Runner"]

# Not a program: what is made of it cannot be deployed.
BROKEN = "0xfe"


class Runner:
    def __init__(
        self,
        plan: Plan,
        shop: Workshop,
        home: Path,
        results: Path,
        digests: dict[str, str],
        tell: Callable[[str], None],
    ) -> None:
        self._plan, self._shop, self._home, self._results = plan, shop, home, results
        self._digests, self._tell = digests, tell
        self._tests: dict[Artifact, list[str]] = {}
        self._kills: dict[str, Counter[str]] = defaultdict(Counter)
        self._lock = threading.Lock()

    def run(self, mutants: list[Mutant], workers: int) -> None:
        """All of them; results are written as they come."""
        if not mutants:
            return
        self._prepare({artifact for one in mutants for artifact in self._plan.containing(one.file)})
        shops: queue.SimpleQueue[Workshop] = queue.SimpleQueue()
        shops.put(self._shop)
        for number in range(1, workers):
            shops.put(self._copied(number))
        began = time.monotonic()
        count: Counter[str] = Counter()

        def work(mutant: Mutant) -> None:
            shop = shops.get()
            try:
                result = self._result(shop, mutant)
            finally:
                shops.put(shop)
            with self._lock:
                append(self._results, result)
                count[result.status] += 1
                done, spent = sum(count.values()), time.monotonic() - began
            told = f"{done}/{len(mutants)} {spent / done:.1f} s each  {result.status:14}{result.seconds:6.1f} s  "
            self._tell(told + f"{mutant.id}  {result.by}")

        pool = ThreadPoolExecutor(workers)
        try:
            for future in as_completed([pool.submit(work, mutant) for mutant in mutants]):
                future.result()
        finally:
            pool.shutdown(cancel_futures=True)
        self._tell(", ".join(f"{number} {status}" for status, number in sorted(count.items())))

    def _prepare(self, artifacts: set[Artifact]) -> None:
        """Compile all there is to compile, and find out which test files deploy what, by what fails without it."""
        tests = sorted({test for one in artifacts for test in self._plan.testing(one)})
        self._tell(f"compiling the contracts and {len(tests)} test files")
        self._shop.warm(tests)
        every = sorted({one for test in tests for one in self._plan.tests[test]} & artifacts)
        for quick in (True, False):
            self._restore(self._shop, every, quick)
            self._tell(f"running the tests on the contracts as they are, compiled {'quickly' if quick else 'fully'}")
            for test, names in self._shop.measure(tests, quick).items():
                self._tell(f"fails without any mutant, and is left out: {test}: {', '.join(names)}")
        self._tell("finding out which test files deploy which contracts")
        for one in every:
            self._shop.install(one, BROKEN)
            self._tests[one] = [test for test in self._plan.testing(one) if self._shop.deploys(test)]
            self._shop.install(one, self._plan.original(one, quick=False))
        self._restore(self._shop, every, quick=True)
        self._tell("\n".join(f"{one.name}: {', '.join(tests) or 'no test'}" for one, tests in self._tests.items()))

    def _copied(self, number: int) -> Workshop:
        """forge compiles once more in another place, out of what the compiler answered before."""
        shop = self._shop.another(self._home / str(number))
        shop.warm(sorted({test for tests in self._tests.values() for test in tests}))
        self._restore(shop, list(self._tests), quick=True)
        return shop

    def _restore(self, shop: Workshop, artifacts: list[Artifact], quick: bool) -> None:
        for one in artifacts:
            shop.install(one, self._plan.original(one, quick))

    def _result(self, shop: Workshop, mutant: Mutant) -> Result:
        began = time.monotonic()
        status, by = self._outcome(shop, mutant, quick=True)
        if status in ("survived", "stillborn"):
            self._restore(shop, list(self._tests), quick=False)
            status, by = self._outcome(shop, mutant, quick=False)
            self._restore(shop, list(self._tests), quick=True)
        seconds = round(time.monotonic() - began, 1)
        return Result(mutant.id, self._digests[mutant.file], mutant.before, mutant.after, status, by, seconds)

    def _outcome(self, shop: Workshop, mutant: Mutant, quick: bool) -> tuple[str, str]:
        """Contract by contract; those that were mutated stay so until all that contain the source are."""
        installed = []
        try:
            for artifact in self._plan.containing(mutant.file):
                bytecode = self._plan.mutated(artifact, mutant, shop.compiler, quick)
                if bytecode == self._plan.original(artifact, quick):
                    continue
                shop.install(artifact, bytecode)
                installed.append(artifact)
                for test in self._ordered(mutant.file, artifact):
                    passes = shop.passes(test, quick)
                    if not passes:
                        with self._lock:
                            self._kills[mutant.file][test] += 1
                        return ("time-out" if passes is None else "killed"), test
        except DoesNotCompileError:
            return "stillborn", ""
        finally:
            self._restore(shop, installed, quick)
        return ("survived" if installed else "same bytecode"), ""

    def _ordered(self, file: str, artifact: Artifact) -> list[str]:
        """Those first that killed most mutants of the source, then those that are fast."""
        with self._lock:
            kills = Counter(self._kills[file])
        return sorted(self._tests[artifact], key=lambda test: (-kills[test], self._shop.seconds(test)))
