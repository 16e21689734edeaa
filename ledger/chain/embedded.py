"""The embedded chain: eth-tester on py-evm in this process, its state in one SQLite file.

One block per transaction, mined when it is sent: about 130 token transfers a second, which is py-evm's own speed.
Transactions go to the backend's chain object instead of through eth-tester's public API. That is a tenth faster; the
reason is that a block is then executed and persisted in one piece, so that it can reach the file in one transaction,
and that a refusal can be told apart by its cause. eth-tester remains within reach (:meth:`EmbeddedNode.backend`).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.chain.chaindata import ChainData
from ledger.chain.devkeys import dev_account
from ledger.chain.node import (
    Block,
    BlockRef,
    CallRequest,
    Fees,
    Log,
    MinedTransaction,
    Refusal,
    Refused,
    Rehearsed,
    TopicFilter,
    TxReceipt,
)
from ledger.chain.primitives import address_bytes, keccak
from ledger.chain.signing import Transaction
from ledger.errors import ChainError, InputError, NetworkMismatch

if TYPE_CHECKING:
    from ledger.chain.blocks import Blocks
    from ledger.chain.evm import LedgerBackend
    from ledger.chain.simulation import Simulated

__all__ = ["EmbeddedNode"]

_PROFILE_KEY = b"ledger:chain"
_CLOCK_KEY = b"ledger:clock"
_FAUCET = 0  # the dev account that fund() pays from


class _Running:
    """The chain as py-evm runs it, and what reads and tries it out."""

    def __init__(self, chain: Any) -> None:
        from ledger.chain.blocks import Blocks
        from ledger.chain.simulation import Simulator

        self.chain, self.blocks, self.simulator = chain, Blocks(chain), Simulator(chain)
        self.builder: Any = chain.get_vm().get_transaction_builder()


class EmbeddedNode:
    """A :class:`~ledger.chain.node.DevNode` in this process.

    ``path=None`` keeps the chain in memory. A file is opened by one process at a time and is always at the end of a
    block: after ``kill -9`` it reopens with every transaction whose :meth:`send_raw` had returned, or that of one more.
    """

    def __init__(
        self, path: str | Path | None = None, *, chain_id: int | None = None, now: Callable[[], float] = time.time
    ) -> None:
        """Opens the chain, or creates it. ``now`` is the wall clock that block times follow until :meth:`set_time`.

        Raises :class:`ChainError` while another process has the file open, :class:`NetworkMismatch` if it holds a chain
        of another id, :class:`~ledger.errors.SetupError` if it is no chain.
        """
        self._lock = threading.RLock()
        self._now = now
        self._running: _Running | None = None
        self._expected: Callable[[], None] | None = None
        self._data = ChainData(None if path is None else Path(path))
        try:
            profile = self._stored(_PROFILE_KEY, {"chain_id": chain_id})
            if chain_id is not None and profile["chain_id"] != chain_id:
                raise NetworkMismatch(f"{path} holds chain {profile['chain_id']}, not {chain_id}")
            self._chain_id: int | None = profile["chain_id"]
            self._clock: dict[str, int | None] = self._stored(_CLOCK_KEY, {"offset": 0, "next": None})
            if _PROFILE_KEY not in self._data:
                self._make()
        except BaseException:
            self._data.close()
            raise

    def expect(self, check: Callable[[], None]) -> None:
        """Call this before the chain is first asked for more than its blocks, which may be never. What it raises is
        raised by whoever asks, each time."""
        with self._lock:
            self._running, self._expected = None, check

    def _make(self) -> None:
        """A new chain: its first block."""
        from ledger.chain import evm

        self._chain_id = self._chain_id or evm.CHAIN_ID
        self._running = _Running(evm.create(self._data, self._chain_id))
        self._data[_PROFILE_KEY] = json.dumps({"chain_id": self._chain_id}).encode()
        self._data.commit()

    @property
    def _evm(self) -> _Running:
        """What runs the chain: seconds of imports, paid by those who need it and by nobody else."""
        with self._lock:
            if self._running is None:
                from ledger.chain import evm

                self._running = _Running(evm.create(self._data, self.chain_id()))
                try:
                    if self._expected is not None:
                        self._expected()
                except BaseException:
                    self._running = None
                    raise
            return self._running

    def _stored(self, key: bytes, default: dict[str, Any]) -> dict[str, Any]:
        stored: dict[str, Any] = json.loads(self._data[key]) if key in self._data else default
        return stored

    def backend(self) -> LedgerBackend:
        """This chain as eth-tester's backend, for ``EthereumTester(node.backend())``. Use it to read: what it mines
        is only kept by this node's next block."""
        from ledger.chain.evm import LedgerBackend

        return LedgerBackend(self._evm.chain)

    # --- reading ---------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Blocks]:
        """The blocks and states as py-evm has them, for those who show more than :class:`Node` does; meanwhile the
        chain stands still."""
        with self._lock:
            yield self._evm.blocks

    def chain_id(self) -> int:
        assert self._chain_id is not None
        return self._chain_id

    def block_number(self) -> int:
        return self.block().number

    def block(self, number: BlockRef = "latest") -> Block:
        with self._lock:
            return self._data.block(number)

    def blocks(self, numbers: Sequence[int]) -> list[Block]:
        with self._lock:
            return [self._data.block(number) for number in numbers]

    def nonce(self, address: str) -> int:
        with self._lock:
            found: int = self._evm.blocks.state("latest").get_nonce(address_bytes(address))
            return found

    def balance(self, address: str) -> int:
        with self._lock:
            found: int = self._evm.blocks.state("latest").get_balance(address_bytes(address))
            return found

    def code(self, address: str) -> bytes:
        with self._lock:
            return bytes(self._evm.blocks.state("latest").get_code(address_bytes(address)))

    def fees(self) -> Fees:
        with self._lock:
            return Fees(base_fee=self._evm.chain.header.base_fee_per_gas, priority_fee=1)

    def receipt(self, tx_hash: bytes) -> TxReceipt | None:
        with self._lock:
            return self._evm.blocks.receipt(tx_hash)

    def receipts(self, tx_hashes: Sequence[bytes]) -> list[TxReceipt | None]:
        return [self.receipt(one) for one in tx_hashes]

    def transactions(self, number: int) -> list[MinedTransaction]:
        with self._lock:
            return self._evm.blocks.transactions(number)

    def logs(
        self,
        from_block: int,
        to_block: BlockRef = "latest",
        addresses: Sequence[str] = (),
        topics: TopicFilter = (),
    ) -> list[Log]:
        with self._lock:
            return self._evm.blocks.logs(from_block, to_block, addresses, topics)

    # --- simulating ------------------------------------------------------------------------------------------------

    def call(self, tx: CallRequest, block: BlockRef = "latest") -> bytes:
        found = self.simulate(tx, block)
        if found.error is not None:
            raise found.refusal()
        return found.output

    def call_many(self, txs: Sequence[CallRequest], block: BlockRef = "latest") -> list[bytes | ChainError]:
        with self._lock:
            found = [self.simulate(tx, block) for tx in txs]
        return [one.output if one.error is None else one.refusal() for one in found]

    def simulate(self, tx: CallRequest, block: BlockRef = "latest") -> Simulated:
        """:meth:`call` with whatever comes of it: a refusal as the bytes that the contract gave."""
        with self._lock:
            return self._evm.simulator.run(tx, self._evm.blocks.header(block))

    def estimate_gas(self, tx: CallRequest) -> int:
        found = self.estimate(tx)
        if found.error is not None:
            raise found.refusal()
        return found.gas

    def estimate(self, tx: CallRequest, block: BlockRef = "latest") -> Simulated:
        """:meth:`estimate_gas` with whatever comes of it, in the next block or on the state after ``block``."""
        with self._lock:
            header = self._next_header() if block == "latest" else self._evm.blocks.header(block)
            return self._evm.simulator.estimate(tx, header)

    def rehearse(self, txs: Sequence[CallRequest]) -> list[Rehearsed]:
        return [one.rehearsed() for one in self.rehearsed(txs)[1]]

    def rehearsed(self, txs: Sequence[CallRequest]) -> tuple[Any, list[Simulated]]:
        """:meth:`rehearse` with whatever comes of it, and py-evm's header of the block that it would be in."""
        with self._lock:
            header = self._next_header()
            return header, self._evm.simulator.rehearse(txs, header)

    # --- mining ----------------------------------------------------------------------------------------------------

    def send_raw(self, raw: bytes) -> bytes:
        tx_hash = keccak(raw)
        with self._lock:
            if self._evm.blocks.receipt(tx_hash) is not None:
                raise Refused(Refusal.ALREADY_KNOWN)
            try:
                tx = self._evm.builder.decode(raw)
                sender_chain = tx.chain_id
            except Exception as error:  # rlp and py-evm raise a dozen types for malformed bytes
                raise Refused(Refusal.INVALID, f"not a transaction: {error}") from error
            if sender_chain != self._evm.chain.chain_id:
                raise Refused(Refusal.INVALID, f"signed for chain {sender_chain}, this is {self._evm.chain.chain_id}")
            if tx.max_priority_fee_per_gas > tx.max_fee_per_gas:  # a rule of EIP-1559 that py-evm leaves out
                raise Refused(Refusal.INVALID, "max priority fee per gas higher than max fee per gas")
            self._mine([tx])
        return tx_hash

    def send_many(self, raws: Sequence[bytes]) -> list[bytes | ChainError]:
        answers: list[bytes | ChainError] = []
        for raw in raws:
            try:
                answers.append(self.send_raw(raw))
            except ChainError as error:
                answers.append(error)
        return answers

    def set_time(self, timestamp: int) -> None:
        with self._lock:
            newest = self.block().timestamp
            if timestamp <= newest:
                raise InputError("the chain's clock only goes forward", expected=f"> {newest}", found=str(timestamp))
            self._set_clock({**self._clock, "next": timestamp})
            self._data.commit()

    def advance(self, seconds: int) -> int:
        """The next block is that many seconds later than it would have been. Returns by how many the chain is then
        ahead of the wall clock."""
        with self._lock:
            target = self._next_time() + seconds
            self.set_time(target)
            return target - int(self._now())

    def mine(self, blocks: int = 1) -> None:
        with self._lock:
            for _ in range(blocks):
                self._mine([])

    def fund(self, address: str, wei: int) -> None:
        with self._lock:
            missing = wei - self.balance(address)
            if missing <= 0:
                return
            faucet = dev_account(_FAUCET)
            if address_bytes(address) == address_bytes(faucet.address):
                raise InputError("this account hands out the coins and can't be given any", found=address)
            fees = self.fees()
            nonce = self.nonce(faucet.address)
            # Estimated, because a contract's receive() needs more than a plain transfer.
            gas = self.estimate_gas(CallRequest(to=address, sender=faucet.address, value=missing))
            tx = Transaction(self.chain_id(), nonce, fees.priority_fee, fees.max_fee(), gas, address, missing)
            self.send_raw(faucet.sign_transaction(tx).raw)

    def snapshot(self) -> int:
        """A mark to which :meth:`revert` can take this chain back. It costs nothing, and lasts until then or until the
        node is closed."""
        with self._lock:
            return self._data.mark()

    def revert(self, mark: int) -> None:
        """The chain as it was at a mark, clock and all, as if nothing had been sent since; the mark is used up, and
        those after it. What was read from this chain before (a backend, a register) belongs to another then.

        Raises :class:`~ledger.errors.InputError` for a mark that is none.
        """
        with self._lock:
            self._data.undo(mark)
            self._clock = self._stored(_CLOCK_KEY, {"offset": 0, "next": None})
            self._running = _Running(type(self._evm.chain)(self._data))

    def close(self) -> None:
        with self._lock:
            self._data.close()

    def _mine(self, transactions: Sequence[Any]) -> None:
        """One block, in the file when this returns; on any error the chain is as it was."""
        from ledger.chain.simulation import NOT_TAKEN, refused

        chain = self._evm.chain
        before = chain.header
        try:
            stamp = self._next_time()
            chain.header = before.copy(timestamp=stamp)
            chain.mine_all(transactions)
            if self._clock["next"] is not None:
                self._set_clock({"offset": stamp - int(self._now()), "next": None})
            self._data.commit()
        except BaseException as error:
            self._data.rollback()
            chain.header = before
            self._clock = self._stored(_CLOCK_KEY, {"offset": 0, "next": None})
            if isinstance(error, NOT_TAKEN):
                raise refused(error) from error
            raise

    def _next_header(self) -> Any:
        return self._evm.chain.header.copy(timestamp=self._next_time())

    def _next_time(self) -> int:
        exact = self._clock["next"]
        if exact is not None:
            return exact
        parent: int = self._evm.chain.header.timestamp - 1  # its header is made with the earliest time that is allowed
        return max(parent + 1, int(self._now()) + (self._clock["offset"] or 0))

    def _set_clock(self, clock: dict[str, int | None]) -> None:
        self._clock = clock
        self._data[_CLOCK_KEY] = json.dumps(clock).encode()
