"""How long attributing whole repositories takes, beside `git log -p` of the same history on the same machine.

Both run alone and by turns; of each the best time counts. Memory is that of our Python processes together, sampled.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.attribution.attribute import attribute
from ledger.attribution.logfile import LogFile
from ledger.attribution.policy import Policy
from ledger.attribution.tree import leaf_hash, root_of

TIMES = 3
LONG = 60  # seconds after which once is enough
LEAVES = 1_000_000


def log_p(repository: str) -> None:
    command = ["git", "-C", repository, "log", "-p", "-U0", "--no-renames", "HEAD"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def resident() -> int:
    """Bytes of this process and the Python processes below it; 0 where there is no /proc."""
    found: dict[int, tuple[int, int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
            fields = rest.split()
        except OSError:  # it has ended
            continue
        if name.startswith("python"):
            found[int(stat.parent.name)] = int(fields[1]), int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    ours, size = {os.getpid()}, 0
    while size != len(ours):
        size = len(ours)
        ours |= {process for process, (parent, _) in found.items() if parent in ours}
    return sum(found[process][1] for process in ours if process in found)


def measured(repository: str) -> tuple[float, float, int, int, int]:
    """Seconds of `git log -p` and ours, peak memory, commits and entries."""
    theirs: list[float] = []
    ours: list[float] = []
    peak = [0]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            peak.append(resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    for _ in range(TIMES):
        theirs.append(seconds(partial(log_p, repository)))
        with TemporaryDirectory() as place, LogFile(Path(place) / "log") as log:
            ours.append(seconds(partial(attribute, repository, log, policy=Policy(exclude=()))))
            commits, entries = log.pinned()[-1].positions, len(log)
        if ours[-1] > LONG:
            break
    over.set()
    watcher.join()
    return min(theirs), min(ours), max(peak), commits, entries


def main(repositories: list[str]) -> None:
    print(f"{'repository':<32} {'commits':>8} {'entries':>9} {'log -p':>8} {'ours':>8} {'ratio':>6} {'memory':>8}")
    for repository in repositories:
        theirs, ours, peak, commits, entries = measured(repository)
        times = f"{theirs:>6.1f} s {ours:>6.1f} s {ours / theirs:>6.2f}"
        print(f"{repository[-32:]:<32} {commits:>8,} {entries:>9,} {times} {peak / 1e6:>5.0f} MB", flush=True)
    hashes = [leaf_hash(number.to_bytes(100, "big")) for number in range(LEAVES)]
    best = min(seconds(lambda: root_of(hashes)) for _ in range(TIMES))
    print(f"{LEAVES:,} leaves to their root: {best:.2f} s, {LEAVES / best:,.0f} a second")


if __name__ == "__main__":
    main(sys.argv[1:] or [str(Path(__file__).parent.parent)])
