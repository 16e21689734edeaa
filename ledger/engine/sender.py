"""Sends operations straight to a node: simulate, sign, send, wait.

What was sent and done is remembered in this process only. The on-chain ids of ``OperatorAccount`` hold beyond it: an
operation that was done through one before is refused with ``AlreadyExecuted``.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ledger.chain.artifacts import Contract
from ledger.chain.node import CallRequest, Node, Refusal, Refused, TxReceipt
from ledger.chain.primitives import address_bytes
from ledger.chain.reverts import replay
from ledger.chain.signing import Account, Transaction
from ledger.engine.operations import Operation, Outcome
from ledger.errors import ChainError, InputError, Reverted

__all__ = ["DirectSender", "Keyring"]


class Keyring:
    """The accounts that this process can sign for, by address in any spelling."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._accounts = {address_bytes(account.address): account for account in accounts}

    def add(self, account: Account) -> Account:
        """Keep an account; returns it."""
        self._accounts[address_bytes(account.address)] = account
        return account

    def __getitem__(self, address: str) -> Account:
        try:
            return self._accounts[address_bytes(address)]
        except KeyError:
            raise InputError(
                "there is no key for the account", expected="an account of this key ring", found=address
            ) from None

    def __contains__(self, address: str) -> bool:
        return address_bytes(address) in self._accounts


@dataclass(frozen=True, slots=True)
class _Sent:
    """An operation whose bytes may be out: they and no others are sent for its key until they are mined."""

    operation: Operation
    request: CallRequest
    account: str
    nonce: int
    gas: int
    raw: bytes
    hash: bytes


class DirectSender:
    """A :class:`~ledger.engine.operations.Sender` for a local chain, or for one who watches. Safe for threads."""

    def __init__(
        self,
        node: Node,
        keyring: Keyring,
        *,
        timeout: float = 120.0,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> None:
        """``timeout`` in seconds until a transaction has to be mined; ``on_outcome`` is told each success."""
        self.node, self.keyring = node, keyring
        self._timeout, self._on_outcome = timeout, on_outcome
        self._chain_id = node.chain_id()
        self._done: dict[str, Outcome] = {}
        self._sent: dict[str, _Sent] = {}
        self._waiting: defaultdict[str, set[int]] = defaultdict(set)  # nonces by account, sent and waited for
        self._key_locks: dict[str, threading.RLock] = {}
        self._account_locks: dict[str, threading.RLock] = {}
        self._operator = Contract("OperatorAccount")

    def submit(self, operation: Operation) -> Outcome:
        """See :meth:`Sender.submit <ledger.engine.operations.Sender.submit>`.

        After an error that leaves it open whether the transaction is out (no answer, a time-out), the same key looks
        for that transaction, or sends the very same bytes again.
        """
        with self._key_lock(operation.key):
            done = self.find(operation.key)
            if done is not None:
                return done.expect(operation.intent)
            sent = self._sent.get(operation.key)
            if sent is None:
                sent = self._send(operation)
            else:
                sent.operation.expect(operation.intent)
                self._hand_over(sent)
            try:
                receipt = self._wait(sent.hash)
            finally:
                with self._account_lock(sent.account):
                    self._waiting[sent.account].discard(sent.nonce)
            outcome = self._settle(sent, receipt)
            if outcome is None:
                raise self._failure(sent, receipt)
            return outcome

    def find(self, key: str) -> Outcome | None:
        """See :meth:`Sender.find <ledger.engine.operations.Sender.find>`. Waits for one that is being done."""
        with self._key_lock(key):
            done, sent = self._done.get(key), self._sent.get(key)
            if done is not None or sent is None:
                return done
            receipt = self.node.receipt(sent.hash)
            return None if receipt is None else self._settle(sent, receipt)

    def submit_many(self, operations: Iterable[Operation]) -> list[Outcome]:
        """See :meth:`Sender.submit_many <ledger.engine.operations.Sender.submit_many>`."""
        return [self.submit(operation) for operation in operations]

    def _key_lock(self, key: str) -> threading.RLock:
        return self._key_locks.setdefault(key, threading.RLock())

    def _account_lock(self, address: str) -> threading.RLock:
        return self._account_locks.setdefault(address, threading.RLock())

    def _request(self, operation: Operation) -> CallRequest:
        if operation.through is None:
            step = operation.steps[0]
            return CallRequest(to=step.to, data=step.data, sender=operation.actor)
        calls = [(step.to, step.data) for step in operation.steps]
        data = self._operator.encode("execute", (operation.onchain_id, calls))
        return CallRequest(to=operation.through, data=data, sender=operation.actor)

    def _send(self, operation: Operation) -> _Sent:
        """Sign and send for the first time; what is sent is kept before."""
        request, account = self._request(operation), self.keyring[operation.actor]
        gas = self.node.estimate_gas(request)
        gas += gas // 10  # what others do before it is mined may cost it a colder path
        fees = self.node.fees()
        with self._account_lock(account.address):
            # The node counts what is mined; what other threads wait for comes on top.
            nonce = max([self.node.nonce(account.address), *(one + 1 for one in self._waiting[account.address])])
            tx = Transaction(
                chain_id=self._chain_id,
                nonce=nonce,
                max_priority_fee=fees.priority_fee,
                max_fee=fees.max_fee(),
                gas=gas,
                to=request.to,
                data=request.data,
            )
            signed = account.sign_transaction(tx)
            # The same call under another key, perhaps out with this nonce: one transaction must not count for both.
            while any(other.hash == signed.hash for other in list(self._sent.values())):
                tx = replace(tx, gas=tx.gas + 1)
                signed = account.sign_transaction(tx)
            sent = _Sent(operation, request, account.address, nonce, tx.gas, signed.raw, signed.hash)
            self._sent[operation.key] = sent
            try:
                self._hand_over(sent)
            except Refused:
                del self._sent[operation.key]  # these bytes were never out: the next attempt is a new one
                raise
        return sent

    def _hand_over(self, sent: _Sent) -> None:
        with self._account_lock(sent.account):
            try:
                self.node.send_raw(sent.raw)
            except Refused as refused:
                if refused.reason is Refusal.NONCE_TOO_LOW:
                    if self.node.receipt(sent.hash) is None:
                        raise ChainError(
                            f"transaction 0x{sent.hash.hex()} is not mined, and its nonce {sent.nonce} is spent",
                            hint="something else signs for the account: look the transaction up, and do the operation"
                            " under another key once it is certain that the chain does not have it",
                        ) from refused
                elif refused.reason is not Refusal.ALREADY_KNOWN:
                    raise
            self._waiting[sent.account].add(sent.nonce)

    def _settle(self, sent: _Sent, receipt: TxReceipt) -> Outcome | None:
        """Keep what became of it: the outcome, or nothing if it failed, and then its key is free again."""
        key = sent.operation.key
        if receipt.status != 1:
            del self._sent[key]
            return None
        outcome = self._done[key] = Outcome(sent.operation, receipt)
        del self._sent[key]
        if self._on_outcome is not None:
            self._on_outcome(outcome)
        return outcome

    def _failure(self, sent: _Sent, receipt: TxReceipt) -> Reverted:
        """Why it failed in its block, as far as it shows."""
        try:
            refusal = replay(self.node, sent.request, receipt.block_number - 1)
        except ChainError as error:
            return Reverted(
                "ReasonUnknown",
                {"block": receipt.block_number},
                hint=f"the node cannot replay 0x{sent.hash.hex()} ({error.message}): ask one that keeps old state",
            )
        if refusal is not None:
            return refusal
        if receipt.gas_used >= sent.gas:
            return Reverted("OutOfGas", {"used": receipt.gas_used}, hint="send it again")
        return Reverted(
            "ChangedMeanwhile",
            {"block": receipt.block_number},
            hint="something before it in its block changed what it needs: look at the state, and send it again",
        )

    def _wait(self, tx_hash: bytes) -> TxReceipt:
        deadline = time.monotonic() + self._timeout
        pause = 0.02
        while (receipt := self.node.receipt(tx_hash)) is None:
            if time.monotonic() > deadline:
                raise ChainError(
                    f"transaction 0x{tx_hash.hex()} was not mined in {self._timeout:.0f} s",
                    hint="it may still be: do the operation again under the same key, which sends nothing else",
                )
            time.sleep(pause)
            pause = min(2 * pause, 1.0)
        return receipt
