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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    TopicFilter,
    TxReceipt,
)
from ledger.chain.primitives import ZERO_ADDRESS, address_bytes, keccak
from ledger.chain.reverts import decode
from ledger.chain.signing import Transaction
from ledger.errors import ChainError, InputError, NetworkMismatch, Reverted

if TYPE_CHECKING:
    from ledger.chain.evm import LedgerBackend

__all__ = ["EmbeddedNode"]

_PROFILE_KEY = b"ledger:chain"
_CLOCK_KEY = b"ledger:clock"
_FAUCET = 0  # the dev account that fund() pays from
_ESTIMATE_SLACK = 66  # an estimate is at most 1/66 (1.5 %) above the least, as geth's


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
        # Seconds of imports, paid by those who open a chain and by nobody else.
        from ledger.chain import evm
        from ledger.chain.blocks import Blocks
        from ledger.chain.chaindata import ChainData

        self._lock = threading.RLock()
        self._now = now
        self._data = ChainData(None if path is None else Path(path))
        try:
            wanted = chain_id or evm.CHAIN_ID
            profile = self._stored(_PROFILE_KEY, {"chain_id": wanted})
            if chain_id is not None and profile["chain_id"] != chain_id:
                raise NetworkMismatch(f"{path} holds chain {profile['chain_id']}, not {chain_id}")
            self._chain: Any = evm.create(self._data, profile["chain_id"])
            self._data[_PROFILE_KEY] = json.dumps(profile).encode()
            self._data.commit()
        except BaseException:
            self._data.close()
            raise
        self._clock: dict[str, int | None] = self._stored(_CLOCK_KEY, {"offset": 0, "next": None})
        self._blocks = Blocks(self._chain)
        self._builder: Any = self._chain.get_vm().get_transaction_builder()

    def _stored(self, key: bytes, default: dict[str, Any]) -> dict[str, Any]:
        stored: dict[str, Any] = json.loads(self._data[key]) if key in self._data else default
        return stored

    def backend(self) -> LedgerBackend:
        """This chain as eth-tester's backend, for ``EthereumTester(node.backend())``. Use it to read: what it mines
        is only kept by this node's next block."""
        from ledger.chain.evm import LedgerBackend

        return LedgerBackend(self._chain)

    # --- reading ---------------------------------------------------------------------------------------------------

    def chain_id(self) -> int:
        found: int = self._chain.chain_id
        return found

    def block_number(self) -> int:
        return self.block().number

    def block(self, number: BlockRef = "latest") -> Block:
        with self._lock:
            return self._blocks.block(number)

    def nonce(self, address: str) -> int:
        with self._lock:
            found: int = self._state().get_nonce(address_bytes(address))
            return found

    def balance(self, address: str) -> int:
        with self._lock:
            found: int = self._state().get_balance(address_bytes(address))
            return found

    def code(self, address: str) -> bytes:
        with self._lock:
            return bytes(self._state().get_code(address_bytes(address)))

    def fees(self) -> Fees:
        with self._lock:
            return Fees(base_fee=self._chain.header.base_fee_per_gas, priority_fee=1)

    def receipt(self, tx_hash: bytes) -> TxReceipt | None:
        with self._lock:
            return self._blocks.receipt(tx_hash)

    def receipts(self, tx_hashes: Sequence[bytes]) -> list[TxReceipt | None]:
        return [self.receipt(one) for one in tx_hashes]

    def transactions(self, number: int) -> list[MinedTransaction]:
        with self._lock:
            return self._blocks.transactions(number)

    def block_receipts(self, number: int) -> list[TxReceipt]:
        with self._lock:
            return list(self._blocks.receipts(number))

    def logs(
        self,
        from_block: int,
        to_block: BlockRef = "latest",
        addresses: Sequence[str] = (),
        topics: TopicFilter = (),
    ) -> list[Log]:
        with self._lock:
            return self._blocks.logs(from_block, to_block, addresses, topics)

    # --- simulating ------------------------------------------------------------------------------------------------

    def call(self, tx: CallRequest, block: BlockRef = "latest") -> bytes:
        with self._lock:
            header = self._blocks.header(block)
            computation, _ = self._simulate(tx, header, tx.gas or header.gas_limit)
            if computation.is_error:
                raise _refusal(computation)
            return bytes(computation.output)

    def estimate_gas(self, tx: CallRequest) -> int:
        with self._lock:
            header = self._chain.header.copy(timestamp=self._next_time())
            most = tx.gas or header.gas_limit
            computation, used = self._simulate(tx, header, most)
            if computation.is_error:
                raise _refusal(computation)
            if self._succeeds(tx, header, used):
                return used
            # What was used does not suffice: refunds come at the end, and a call passes on only 63/64 of its gas.
            low = used
            guess = min((used + computation.get_gas_refund() + 2_300) * 64 // 63, most)
            high = guess if self._succeeds(tx, header, guess) else most
            while high - low > high // _ESTIMATE_SLACK:
                middle = min((low + high) // 2, 2 * low + 1)
                if self._succeeds(tx, header, middle):
                    high = middle
                else:
                    low = middle
            return high

    def _succeeds(self, tx: CallRequest, header: Any, gas: int) -> bool:
        try:
            return not self._simulate(tx, header, gas)[0].is_error
        except Refused:  # below the intrinsic gas
            return False

    def _simulate(self, tx: CallRequest, header: Any, gas: int) -> tuple[Any, int]:
        """The computation, and the gas that a transaction would have used. Without fees, so that anybody may ask."""
        from eth.vm.spoof import SpoofTransaction
        from eth_utils.exceptions import ValidationError

        sender = address_bytes(tx.sender or ZERO_ADDRESS)
        vm = self._chain.get_vm(header.copy(base_fee_per_gas=0, gas_used=0))
        unsigned = self._builder.new_unsigned_dynamic_fee_transaction(
            chain_id=self._chain.chain_id,
            nonce=vm.state.get_nonce(sender),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=0,
            gas=gas,
            to=b"" if tx.to is None else address_bytes(tx.to),
            value=tx.value,
            data=tx.data,
            access_list=[],
        )
        message = SpoofTransaction(unsigned, from_=sender)
        try:
            computation = vm.state.apply_transaction(message)
        except ValidationError as error:
            raise _refused(str(error)) from error
        return computation, vm.finalize_gas_used(message, computation)

    def _state(self) -> Any:
        return self._chain.get_vm(self._chain.get_canonical_head()).state

    # --- mining ----------------------------------------------------------------------------------------------------

    def send_raw(self, raw: bytes) -> bytes:
        tx_hash = keccak(raw)
        with self._lock:
            if self._blocks.receipt(tx_hash) is not None:
                raise Refused(Refusal.ALREADY_KNOWN)
            try:
                tx = self._builder.decode(raw)
                sender_chain = tx.chain_id
            except Exception as error:  # rlp and py-evm raise a dozen types for malformed bytes
                raise Refused(Refusal.INVALID, f"not a transaction: {error}") from error
            if sender_chain != self._chain.chain_id:
                raise Refused(Refusal.INVALID, f"signed for chain {sender_chain}, this is {self._chain.chain_id}")
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
        from ledger.chain.blocks import Blocks

        with self._lock:
            self._data.undo(mark)
            self._chain = type(self._chain)(self._data)
            self._clock = self._stored(_CLOCK_KEY, {"offset": 0, "next": None})
            self._blocks = Blocks(self._chain)

    def close(self) -> None:
        with self._lock:
            self._data.close()

    def _mine(self, transactions: Sequence[Any]) -> None:
        """One block, in the file when this returns; on any error the chain is as it was."""
        from eth_utils.exceptions import ValidationError

        chain = self._chain
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
            if isinstance(error, ValidationError):
                raise _refused(str(error)) from error
            raise

    def _next_time(self) -> int:
        exact = self._clock["next"]
        if exact is not None:
            return exact
        parent: int = self._chain.header.timestamp - 1  # its header is made with the earliest time that is allowed
        return max(parent + 1, int(self._now()) + (self._clock["offset"] or 0))

    def _set_clock(self, clock: dict[str, int | None]) -> None:
        self._clock = clock
        self._data[_CLOCK_KEY] = json.dumps(clock).encode()


def _refusal(computation: Any) -> Reverted:
    from eth.exceptions import Revert

    if isinstance(computation.error, Revert):
        return decode(bytes(computation.output))
    return Reverted("Halted", {"reason": str(computation.error) or type(computation.error).__name__})


def _refused(text: str) -> Refused:
    """py-evm's validation messages in the terms of a node."""
    if "Invalid transaction nonce" in text:
        expected, got = (int(part) for part in text.rsplit("Expected ", 1)[1].split(", but got "))
        return Refused(Refusal.NONCE_TOO_LOW if got < expected else Refusal.NONCE_TOO_HIGH, text)
    if "cannot afford" in text or "enough balance" in text:
        return Refused(Refusal.INSUFFICIENT_FUNDS, text)
    if "base fee per gas" in text:
        return Refused(Refusal.UNDERPRICED, text)
    return Refused(Refusal.INVALID, text)
