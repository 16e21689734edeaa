"""Contracts to send operations to: an operator account, and cash whose balances say how often a thing was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.node import Node, full_receipt
from ledger.chain.primitives import checksum, keccak
from ledger.chain.signing import Account, Transaction
from ledger.engine.keyring import Keyring
from ledger.engine.operations import Operation, Step
from ledger.engine.outgoing import Sending
from ledger.engine.sender import DurableSender
from ledger.store.database import Database

ALICE, BOB = dev_account(1), dev_account(2)


@dataclass
class Stage:
    """Where the contracts are. ALICE may do everything, BOB nothing."""

    operator: str
    cash: Bound

    def mint(self, key: str, amount: int = 1, to: str | None = None, **more: Any) -> Operation:
        """Amount to an address of the key's own: its balance counts how often the operation was done."""
        step = Step(self.cash.address, self.cash.call_data("mint", to or place(key), amount))
        more = {"through": self.operator, **more}
        return Operation("test.mint", key, ALICE.address, (step,), **more)

    def fail(self, key: str, **more: Any) -> Operation:
        """What the contract refuses: nobody has so much to burn."""
        step = Step(self.cash.address, self.cash.call_data("burn", 10**30))
        more = {"through": self.operator, **more}
        return Operation("test.burn", key, ALICE.address, (step,), **more)

    def elsewhere(self, node: Node, key: str) -> bytes:
        """Bytes with ALICE's next nonce, made by somebody else who has her key."""
        return signed(node, ALICE, self.cash.address, self.cash.call_data("mint", place(key), 1))

    def done(self, node: Node, key: str) -> int:
        """How often it was done, times its amount."""
        return int(self.cash.view(node, "balanceOf", place(key)))


def place(key: str) -> str:
    return checksum(keccak(key.encode())[12:])


def signed(node: Node, account: Account, to: str, data: bytes) -> bytes:
    """A call with the next nonce of an account."""
    fees, nonce = node.fees(), node.nonce(account.address)
    tx = Transaction(node.chain_id(), nonce, fees.priority_fee, fees.max_fee(), 100_000, to, 0, data)
    return account.sign_transaction(tx).raw


def deploy(node: Node) -> Stage:
    """The contracts, on a chain of the tests."""
    with Database() as database:
        sender = DurableSender(database, node, Keyring([ALICE]))

        def make(name: str, *args: Any) -> str:
            step = Step(None, Contract(name).creation(*args))
            done = sender.submit(Operation("deploy", name, ALICE.address, (step,))).receipt
            address = full_receipt(node, done).contract_address
            assert address is not None
            return address

        authority = make("AccessManager", ALICE.address)
        operator = make("OperatorAccount", authority)
        cash = Bound(Contract("SettlementCash"), make("SettlementCash", authority, "Cash", "CNYX"))
        grant = Contract("AccessManager").encode("grantRole", 0, operator, 0)
        sender.submit(Operation("grant", "grant", ALICE.address, (Step(authority, grant),)))
        return Stage(operator, cash)


def sender_of(database: Database, node: Any, **sending: Any) -> DurableSender:
    """With little patience, unless more is asked for."""
    timeout = sending.pop("timeout", 30.0)
    return DurableSender(database, node, Keyring([ALICE, BOB]), sending=Sending(**sending), timeout=timeout)
