"""What a message would do on py-evm, without doing it, and why py-evm does not take one.

Imported when a chain is opened, as py-evm is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth.exceptions import Revert, VMError
from eth.vm.spoof import SpoofTransaction
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from ledger.chain.node import CallRequest, Log, Refusal, Refused, Rehearsed
from ledger.chain.primitives import ZERO_ADDRESS, address_bytes, checksum
from ledger.chain.reverts import decode
from ledger.errors import Reverted

__all__ = ["NOT_TAKEN", "Simulated", "Simulator", "refused"]

NOT_TAKEN = (ValidationError, VMError, BadSignature)
"""What py-evm raises for a transaction that does not belong in a block: one that fails inside of one is no error."""

_ESTIMATE_SLACK = 66  # an estimate is at most 1/66 (1.5 %) above the least, as geth's


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of a message: what it returned, or the revert data; the gas; py-evm's error if it failed; and what it
    logged, if it was rehearsed."""

    output: bytes
    gas: int
    error: VMError | None
    logs: tuple[Log, ...] = ()

    @property
    def reverted(self) -> bool:
        """Whether a contract refused; ``output`` then holds why. Other failures are the machine's: out of gas..."""
        return isinstance(self.error, Revert)

    def refusal(self) -> Reverted:
        """A failure as the ledger's error."""
        if self.reverted:
            return decode(self.output)
        return Reverted("Halted", {"reason": str(self.error) or type(self.error).__name__})

    def rehearsed(self) -> Rehearsed:
        """As :meth:`Node.rehearse <ledger.chain.node.Node.rehearse>` tells it."""
        failed = self.error is not None
        return Rehearsed(b"" if failed else self.output, self.logs, self.gas, self.refusal() if failed else None)


class Simulator:
    """Runs messages on states of ``chain`` and forgets what they did. Without fees, so that anybody may ask."""

    def __init__(self, chain: Any) -> None:
        self._chain = chain
        self._builder = chain.get_vm().get_transaction_builder()

    def run(self, tx: CallRequest, header: Any) -> Simulated:
        """``tx`` in the block of ``header``, on its state; ``gas`` of the result is what a transaction would have used.

        The gas limit is that of ``tx``, or the block's, which none exceeds. Raises :class:`Refused`.
        """
        return _told(*self._run(tx, self._vm(header), _limit(tx, header)))

    def rehearse(self, txs: Sequence[CallRequest], header: Any) -> list[Simulated]:
        """These one after the other in the block of ``header``, each on the state that those before it have left.

        Raises :class:`Refused`.
        """
        vm, found, index = self._vm(header), list[Simulated](), 0
        for place, tx in enumerate(txs):
            vm.state.lock_changes()  # what was warm or new for one transaction is not for the next
            computation, used = self._run(tx, vm, _limit(tx, header))
            told = _told(computation, used)
            logs = tuple(
                Log(
                    address=checksum(bytes(address)),
                    topics=tuple(topic.to_bytes(32, "big") for topic in topics),
                    data=bytes(data),
                    block_number=header.block_number,
                    block_hash=bytes(32),
                    tx_hash=bytes(32),
                    tx_index=place,
                    index=at,
                )
                for at, (address, topics, data) in enumerate(computation.get_log_entries(), index)
            )
            index += len(logs)
            found.append(replace(told, logs=logs))
        return found

    def estimate(self, tx: CallRequest, header: Any) -> Simulated:
        """:meth:`run`, but ``gas`` of a success is a limit that suffices, at most a few per cent above the least."""
        most = _limit(tx, header)
        computation, used = self._run(tx, self._vm(header), most)
        first = _told(computation, used)
        if first.error is not None or self._succeeds(tx, header, used):
            return first
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
        return Simulated(first.output, high, None)

    def _succeeds(self, tx: CallRequest, header: Any, gas: int) -> bool:
        try:
            return not self._run(tx, self._vm(header), gas)[0].is_error
        except Refused:  # below the intrinsic gas
            return False

    def _vm(self, header: Any) -> Any:
        """py-evm on the state of a block, all of whose gas is left. What it does is never stored."""
        return self._chain.get_vm(header.copy(base_fee_per_gas=0, gas_used=0))

    def _run(self, tx: CallRequest, vm: Any, gas: int) -> tuple[Any, int]:
        """The computation, and the gas that a transaction would have used."""
        sender = address_bytes(tx.sender or ZERO_ADDRESS)
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
        except NOT_TAKEN as error:
            raise refused(error) from error
        return computation, vm.finalize_gas_used(message, computation)


def _limit(tx: CallRequest, header: Any) -> int:
    most: int = header.gas_limit
    return min(tx.gas or most, most)


def _told(computation: Any, used: int) -> Simulated:
    return Simulated(bytes(computation.output), used, computation.error if computation.is_error else None)


def refused(error: Exception) -> Refused:
    """py-evm's reason not to take a transaction, in the terms of a node."""
    text = str(error)
    if "Invalid transaction nonce" in text:
        expected, got = (int(part) for part in text.rsplit("Expected ", 1)[1].split(", but got "))
        reason = Refusal.NONCE_TOO_LOW if got < expected else Refusal.NONCE_TOO_HIGH
        return Refused(reason, f"next nonce {expected}, tx nonce {got}")
    if "cannot afford" in text or "enough balance" in text:
        amounts = re.search(r"cannot afford.*|has \d+, needs \d+", text)
        return Refused(Refusal.INSUFFICIENT_FUNDS, amounts[0] if amounts else "")
    if "base fee per gas" in text:
        return Refused(Refusal.UNDERPRICED, text)
    if "Insufficient gas" in text or "gas cannot be negative" in text:
        return Refused(Refusal.INVALID, "intrinsic gas too low")
    if isinstance(error, BadSignature) or "Bad Signature" in text:
        return Refused(Refusal.INVALID, f"invalid sender: {text}")
    if "EIP-3860" in text:
        return Refused(Refusal.INVALID, f"max initcode size exceeded: {text}")
    return Refused(Refusal.INVALID, text)
