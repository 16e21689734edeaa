"""Sends operations straight to a node: simulate, sign, send, wait.

What was done is remembered in this process only. The on-chain ids of ``OperatorAccount`` hold beyond it: an operation
that was done through one before is refused with ``AlreadyExecuted``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from ledger.chain.artifacts import Contract
from ledger.chain.node import CallRequest, Node, TxReceipt
from ledger.chain.reverts import replay
from ledger.chain.signing import Account, Transaction
from ledger.engine.operations import Operation, Outcome
from ledger.errors import ChainError, InputError, Reverted

__all__ = ["DirectSender", "Keyring"]


class Keyring:
    """The accounts that this process can sign for, by address."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._accounts = {account.address: account for account in accounts}

    def add(self, account: Account) -> Account:
        """Keep an account; returns it."""
        self._accounts[account.address] = account
        return account

    def __getitem__(self, address: str) -> Account:
        try:
            return self._accounts[address]
        except KeyError:
            raise InputError(
                "there is no key for the account", expected="an account of this key ring", found=address
            ) from None

    def __contains__(self, address: str) -> bool:
        return address in self._accounts


class DirectSender:
    """A :class:`~ledger.engine.operations.Sender` for a local chain, or for one who watches."""

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
        self._operator = Contract("OperatorAccount")

    def submit(self, operation: Operation) -> Outcome:
        """See :meth:`Sender.submit <ledger.engine.operations.Sender.submit>`."""
        done = self._done.get(operation.key)
        if done is not None:
            if done.operation != operation:
                raise InputError("another operation was done under this key", field=operation.kind, found=operation.key)
            return done
        receipt = self._mine(self._request(operation))
        outcome = Outcome(operation, receipt)
        self._done[operation.key] = outcome
        if self._on_outcome is not None:
            self._on_outcome(outcome)
        return outcome

    def submit_many(self, operations: Iterable[Operation]) -> list[Outcome]:
        """See :meth:`Sender.submit_many <ledger.engine.operations.Sender.submit_many>`."""
        return [self.submit(operation) for operation in operations]

    def _request(self, operation: Operation) -> CallRequest:
        if operation.through is None:
            step = operation.steps[0]
            return CallRequest(to=step.to, data=step.data, sender=operation.actor)
        calls = [(step.to, step.data) for step in operation.steps]
        data = self._operator.encode("execute", (operation.onchain_id, calls))
        return CallRequest(to=operation.through, data=data, sender=operation.actor)

    def _mine(self, request: CallRequest) -> TxReceipt:
        assert request.sender is not None
        account = self.keyring[request.sender]
        gas = self.node.estimate_gas(request)
        fees = self.node.fees()
        signed = account.sign_transaction(
            Transaction(
                chain_id=self._chain_id,
                nonce=self.node.nonce(account.address),
                max_priority_fee=fees.priority_fee,
                max_fee=fees.max_fee(),
                gas=gas + gas // 10,  # what others do before it is mined may cost it a colder path
                to=request.to,
                data=request.data,
            )
        )
        receipt = self._wait(self.node.send_raw(signed.raw))
        if receipt.status == 1:
            return receipt
        refusal = replay(self.node, request, receipt.block_number - 1)
        raise refusal or Reverted("OutOfGas", {"used": receipt.gas_used}, hint="send it again")

    def _wait(self, tx_hash: bytes) -> TxReceipt:
        deadline = time.monotonic() + self._timeout
        pause = 0.02
        while (receipt := self.node.receipt(tx_hash)) is None:
            if time.monotonic() > deadline:
                raise ChainError(
                    f"transaction 0x{tx_hash.hex()} was not mined in {self._timeout:.0f} s",
                    hint="it may still be: look it up before doing the operation again",
                )
            time.sleep(pause)
            pause = min(2 * pause, 1.0)
        return receipt
