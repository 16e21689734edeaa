"""Print how fast the index takes events in, and how fast it says who held what.

python -m bench.indexing               events a second, beside web3's own get_logs and decoding of the same bytes
python -m bench.indexing --register    the register of a past block, with 100,000 receipts that have history
python -m bench.indexing --memory      the most memory that is taken, for ever more events

Events are indexed from the bytes that a node's JSON-RPC sends to rows and journal entries that are safe on disk, in
one process. Who shares the machine slows all down alike: the ratio is what counts, of the clock's time, and of the
time that the process itself had. ``--events N``, ``--receipts N``.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.indexing.chain import CONTRACTS, SLOT, SPV, Year
from bench.indexing.served import Served, node_of
from ledger.chain.artifacts import Contract
from ledger.engine.indexer import Indexer
from ledger.store import index, index_money
from ledger.store.database import Database
from tests.store import databases

TIMES = 3
THEIRS = 10_000  # events, about: web3 is slow


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """By the clock, and of this process alone."""
    clock, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - own


def best(runs: list[tuple[float, float]]) -> tuple[float, float]:
    return min(run[0] for run in runs), min(run[1] for run in runs)


@contextmanager
def database(kind: str, home: Path, postgresql: str) -> Iterator[Database]:
    """An empty one, durable as any."""
    with databases.empty(kind, home, postgresql) as url, Database(url) as made:
        yield made


def ours(served: Served, kind: str, home: Path, postgresql: str) -> tuple[float, float]:
    with database(kind, home, postgresql) as made:
        indexer = Indexer(made, node_of(served), CONTRACTS, 1)
        return seconds(indexer.sync)


def theirs(served: Served) -> tuple[float, float, int]:
    """web3's get_logs and process_log, for the first blocks; nothing is stored."""
    from web3 import Web3
    from web3.providers import BaseProvider

    class Provider(BaseProvider):
        def make_request(self, method: Any, params: Any) -> Any:
            return self.decode(served.answer(method, params))

        def decode(self, raw: bytes) -> Any:
            from web3._utils.encoding import FriendlyJsonSerde

            return FriendlyJsonSerde().json_decode(raw.decode())

    client = Web3(Provider())
    last = next(number for number in range(1, served.head + 1) if served.events_to(number) >= THEIRS)
    kinds = CONTRACTS | {SPV: "Spv"}
    contracts = {
        address: client.eth.contract(address=address, abi=Contract(kind).abi) for address, kind in kinds.items()
    }
    named = {
        (address, event.topic): contracts[address].events[event.name]()
        for address, kind in kinds.items()
        for event in Contract(kind).events
        if sum(other.name == event.name for other in Contract(kind).events) == 1
    }
    found = 0

    def read() -> None:
        nonlocal found
        for log in client.eth.get_logs({"fromBlock": 1, "toBlock": last, "address": list(kinds)}):
            named[log["address"], bytes(log["topics"][0])].process_log(log)
            found += 1

    return (*seconds(read), found)


def speed(events: int, home: Path, postgresql: str) -> None:
    served = Served(home / "chain", Year(events // 20, events).blocks())
    print(f"{served.events:,} events in {served.head:,} blocks, {events // 20:,} receipts\n")
    print(f"{'':<44}{'events/s':>10}{'ratio':>8}{'of its own time':>17}{'ratio':>8}")
    measured: dict[str, list[tuple[float, float]]] = {"web3 get_logs and decoding, nothing stored": []}
    count = 0
    for _ in range(TIMES):
        clock, own, count = theirs(served)
        measured["web3 get_logs and decoding, nothing stored"].append((clock, own))
        for kind in databases.KINDS:
            measured.setdefault(f"the index, {kind}", []).append(ours(served, kind, home, postgresql))
    base: tuple[float, float] | None = None
    for name, runs in measured.items():
        clock, own = best(runs)
        number = count if base is None else served.events
        found = number / clock, number / own
        base = base or found
        ratios = [f"{mine / first:.1f}x" for mine, first in zip(found, base, strict=True)]
        print(f"{name:<44}{found[0]:>10,.0f}{ratios[0]:>8}{found[1]:>17,.0f}{ratios[1]:>8}")


def register(receipts: int, home: Path, postgresql: str) -> None:
    served = Served(home / "chain", Year(receipts, receipts * 9).blocks())
    print(f"{receipts:,} receipts at first, {served.events:,} events in {served.head:,} blocks\n")
    print(f"{'seconds':<44}{'now':>10}{'half way':>10}{'at first':>10}")
    for kind in databases.KINDS:
        with database(kind, home, postgresql) as made:
            Indexer(made, node_of(served), CONTRACTS, 1).sync()
            if kind == "postgresql":
                with made.engine.connect() as connection:
                    connection.connection.driver_connection.execute("commit; analyze")  # as its own upkeep does
            blocks = (None, served.head // 2, served.head // 12)
            for name, ask in _QUESTIONS.items():
                print(f"{kind + ': ' + name:<44}", end="")
                for block in blocks:
                    with made.read() as connection:
                        start = time.perf_counter()
                        rows = ask(connection, block)
                        print(f"{time.perf_counter() - start:>10.3f}", end="")
                print(f"   {rows:,} rows")


def _pages(connection: Any, block: int | None) -> int:
    """All receipts, in pages of 1,000: only every tenth page is read."""
    found, after = 0, 0
    while True:
        page = list(index.receipts_at(connection, block, slot=SLOT, after=(SLOT, after), limit=1_000))
        found += len(page)
        if len(page) < 1_000:
            return found
        after = page[-1].number + 9_000


_QUESTIONS: dict[str, Callable[[Any, int | None], int]] = {
    "register of holders": lambda connection, block: len(index.holdings(connection, SLOT, block)),
    "register of receipts": lambda connection, block: sum(1 for _ in index.receipts_at(connection, block, slot=SLOT)),
    "every tenth page of 1,000 receipts": _pages,
    "payments of an epoch": lambda connection, block: len(index_money.payments(connection, spv=SPV, epoch=0)),
}


def memory(events: int, home: Path) -> None:
    """Each in a process of its own. The prepared chain is on disk."""
    print(f"{'events':>12}{'most memory':>14}")
    for times in (1, 2, 4):
        number = events * times
        served = subprocess.run(
            [sys.executable, "-m", "bench.indexing", "--peak", str(number)], check=True, capture_output=True, text=True
        )
        found, peak = served.stdout.split()
        print(f"{int(found):>12,}{int(peak):>10,} MiB")


def peak(events: int, home: Path) -> None:
    served = Served(home / "chain", Year(2_000, events).blocks())
    with Database() as made:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        Indexer(made, node_of(served), CONTRACTS, 1).sync()
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert most > before
    print(served.events, most // 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--receipts", type=int, default=100_000)
    parser.add_argument("--register", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peak", type=int)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="crt-bench-") as home:
        if given.peak:
            peak(given.peak, Path(home))
        elif given.memory:
            memory(given.events, Path(home))
        else:
            with databases.server() as postgresql:
                if given.register:
                    register(given.receipts, Path(home), postgresql)
                else:
                    speed(given.events, Path(home), postgresql)


if __name__ == "__main__":
    main()
