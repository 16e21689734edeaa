"""Operations mined per second with the durable journal, beside what the node takes at all.

The limit is the node's own: bytes that were made and signed beforehand, handed over in JSON-RPC batches as fast as it
takes them. Ours does the same calls as operations, as a service does: one thread accepts them, a thousand at a time,
and another one signs, sends, watches and settles. Both are timed until all is mined, ours until the database says so of
each. *Single*: each call is a transaction. *Shared*: calls go through an operator account, 50 in a transaction, on both
sides; what is counted are calls. Plain web3 makes, signs and sends one transaction after the other, and asks for all
receipts in the end.

Processor time is that of this process and of anvil, in microseconds for a call: on a machine that does other things
besides, it says more than seconds do.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from typing import Any

from bench.local import GAS_LIMIT, Anvil, anvil, database_urls, peak
from ledger.chain.artifacts import Contract
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import Node
from ledger.chain.signing import Account, Transaction
from ledger.engine.keyring import Keyring
from ledger.engine.operations import Operation, Step, onchain_id
from ledger.engine.outgoing import Sending
from ledger.engine.results import OPERATOR
from ledger.engine.sender import DurableSender
from ledger.store import operations
from ledger.store.database import Database
from tests.engine.stage import ALICE, Stage, deploy, place

TOGETHER = 50
AT_ONCE = 1_000  # operations that are accepted together
GAS = 100_000  # of a call that makes cash for somebody who has none
IN_FLIGHT = {False: 8_000, True: 400}  # transactions of an account at a time, by whether calls share them
BLOCK_TIME = 1.0
_TAGS = count()


class Bench:
    """One node with contracts. Each run is done by an account that has sent nothing yet."""

    def __init__(self, node: Node, process: Anvil | None) -> None:
        self.node, self.process = node, process
        self.stage: Stage = deploy(node)  # type: ignore[arg-type]
        self._accounts = iter(self._admins(8))

    def _admins(self, number: int) -> list[Account]:
        made = [dev_account(index) for index in range(2, 2 + number)]
        authority = self.stage.cash.view(self.node, "authority")
        grants = [Contract("AccessManager").encode("grantRole", 0, one.address, 0) for one in made]
        with Database() as database, closing(DurableSender(database, self.node, Keyring([ALICE]))) as sender:
            for grant in grants:
                sender.submit(Operation("grant", grant.hex(), ALICE.address, (Step(authority, grant),)))
        return made

    def calls(self, number: int) -> tuple[Account, list[tuple[str, bytes]]]:
        """So many calls, each a unit of cash to an address of its own; by key."""
        tag = next(_TAGS)
        keys = [f"bench/{tag}/{place}" for place in range(number)]
        return next(self._accounts), [(key, self.stage.cash.call_data("mint", place(key), 1)) for key in keys]

    @contextmanager
    def timed(self, name: str, number: int, limit: float | None = None) -> Iterator[list[float]]:
        """Prints a line of the table; what is done in it is counted on the chain."""
        before, cpu = self._made(), self.process.cpu() if self.process else 0.0
        start, own = time.perf_counter(), time.process_time()
        rate: list[float] = []
        yield rate
        seconds, own = time.perf_counter() - start, time.process_time() - own
        cpu = (self.process.cpu() if self.process else 0.0) - cpu
        made = self._made() - before
        if made != number:
            raise SystemExit(f"{name}: {made} of {number} calls were done")
        rate.append(number / seconds)
        ratio = "" if limit is None else f"{number / seconds / limit:>6.0%}"
        times = f"{own / number * 1e6:>8.0f} {cpu / number * 1e6:>8.0f}" if self.process else f"{'':>8} {'':>8}"
        print(f"{name:<32} {number:>8,} {number / seconds:>9,.0f} {ratio:>6} {times} {peak() / 1e6:>7.0f}", flush=True)

    def _made(self) -> int:
        return int(self.stage.cash.view(self.node, "totalSupply"))

    def limit(self, name: str, number: int, *, shared: bool) -> float:
        """What the node does with bytes that are ready."""
        account, calls = self.calls(number)
        raws = [account.sign_transaction(tx).raw for tx in self._transactions(calls, shared=shared)]
        before = self._made()
        with self.timed(f"{name}, limit", number) as rate:
            for start in range(0, len(raws), 200):
                for answer in self.node.send_many(raws[start : start + 200]):
                    if isinstance(answer, Exception):
                        raise answer
            while self._made() < before + number:  # anvil counts nonces before their block is there
                time.sleep(0.01)
        return rate[0]

    def _transactions(self, calls: Sequence[tuple[str, bytes]], *, shared: bool) -> Iterator[Transaction]:
        fees, chain_id, cash = self.node.fees(), self.node.chain_id(), self.stage.cash.address
        if not shared:
            for nonce, (_, data) in enumerate(calls):
                yield Transaction(chain_id, nonce, fees.priority_fee, fees.max_fee(), GAS, cash, 0, data)
            return
        for nonce, start in enumerate(range(0, len(calls), TOGETHER)):
            some = calls[start : start + TOGETHER]
            data = OPERATOR.encode("executeMany", [(onchain_id(key), [(cash, call)]) for key, call in some])
            gas = GAS * len(some) * 32 // 31  # as ours
            yield Transaction(chain_id, nonce, fees.priority_fee, fees.max_fee(), gas, self.stage.operator, 0, data)

    def ours(self, name: str, number: int, limit: float, url: str, *, shared: bool, simulated: bool = False) -> None:
        """The same as operations; ``simulated`` if nobody says how much gas they take."""
        account, calls = self.calls(number)
        through, cash = self.stage.operator if shared else None, self.stage.cash.address
        gas = None if simulated else GAS
        wanted = [
            Operation("bench.mint", key, account.address, (Step(cash, data),), through, gas=gas) for key, data in calls
        ]
        how = Sending(in_flight=IN_FLIGHT[shared], together=TOGETHER)
        with Database(url) as database:
            sender = DurableSender(database, self.node, Keyring([account]), sending=how)
            with closing(sender), working(sender), self.timed(name, number, limit):
                for start in range(0, number, AT_ONCE):
                    sender.accept(wanted[start : start + AT_ONCE])
                left = number
                while left:
                    time.sleep(0.01)
                    with database.read() as connection:
                        ended = operations.counts(connection)
                    left = number - ended.get("done", 0)
                    if ended.get("refused"):
                        raise SystemExit(f"{name}: calls were refused")

    def web3(self, name: str, number: int, limit: float, url: str) -> None:
        """As web3's documentation does it, with nonces counted by ourselves."""
        from web3 import HTTPProvider, Web3

        account, calls = self.calls(number)
        web3: Any = Web3(HTTPProvider(url))
        cash: Any = web3.eth.contract(address=self.stage.cash.address, abi=self.stage.cash.contract.abi)
        with self.timed(name, number, limit):
            hashes = []
            for nonce, (key, _) in enumerate(calls):
                call = cash.functions.mint(place(key), 1)
                tx = call.build_transaction({"from": account.address, "nonce": nonce, "gas": GAS})
                signed = web3.eth.account.sign_transaction(tx, account.secret())
                hashes.append(web3.eth.send_raw_transaction(signed.raw_transaction))
            for tx_hash in hashes:
                if web3.eth.wait_for_transaction_receipt(tx_hash, poll_latency=0.05)["status"] != 1:
                    raise SystemExit(f"{name}: a call failed")


@contextmanager
def working(sender: DurableSender) -> Iterator[None]:
    """Somebody who does what is accepted."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            if not sender.work():
                time.sleep(0.01)

    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work)
        try:
            yield
        finally:
            ended.set()
            future.result()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--single", type=int, default=8_000, help="calls as transactions of their own")
    parser.add_argument("--shared", type=int, default=20_000, help="calls that share transactions")
    parser.add_argument("--web3", type=int, default=800, help="calls with plain web3")
    parser.add_argument("--embedded", type=int, default=400, help="calls on the embedded chain")
    parser.add_argument("--block-gas", type=int, default=GAS_LIMIT, help="what a block of anvil may take")
    parser.add_argument("--databases", nargs="*", default=["sqlite", "postgresql"])
    given = parser.parse_args(arguments)
    print(f"{'':<32} {'calls':>8} {'a second':>9} {'ratio':>6} {'us ours':>8} {'us node':>8} {'peak MB':>7}")
    kinds = [(kind, shared) for kind in ("single", "shared") for shared in [kind == "shared"]]
    for kind, shared in kinds:
        number = given.shared if shared else given.single
        if not number:
            continue
        with anvil(BLOCK_TIME, gas_limit=given.block_gas) as process, closing(process.connect()) as node:
            bench = Bench(node, process)
            name = f"anvil, {kind}"
            limit = bench.limit(name, number, shared=shared)
            for database in given.databases:
                with database_urls([database]) as urls:
                    bench.ours(f"{name}, {database}", number, limit, urls[database], shared=shared)
            if shared:
                with database_urls(["sqlite"]) as urls:
                    simulated = f"{name}, sqlite, simulated"
                    bench.ours(simulated, number, limit, urls["sqlite"], shared=True, simulated=True)
            elif given.web3:
                bench.web3(f"{name}, web3", given.web3, limit, process.url)
    if given.embedded:
        with closing(EmbeddedNode()) as embedded:
            bench = Bench(embedded, None)
            for kind, shared in kinds:
                limit = bench.limit(f"embedded, {kind}", given.embedded, shared=shared)
                with database_urls(["sqlite"]) as urls:
                    bench.ours(f"embedded, {kind}, sqlite", given.embedded, limit, urls["sqlite"], shared=shared)


if __name__ == "__main__":
    main(sys.argv[1:])
