"""One chain with the contracts, the people and their cash on it. Every life begins at the same block of it."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.chain.artifacts import Contract
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import CallRequest, TxReceipt
from ledger.chain.primitives import create_address
from ledger.chain.reverts import replay
from ledger.chain.signing import Transaction
from ledger.engine.keyring import Keyring
from ledger.engine.operations import Operation, Outcome, Step
from ledger.errors import Reverted
from ledger.services.deployment import deploy
from ledger.services.encoding import Parties
from ledger.services.ledger import Ledger
from ledger.services.roles import Role
from ledger.store.database import Database

__all__ = ["HOLDERS", "Accepted", "FixedGasSender", "Stage"]

HOLDERS = ("ann", "bob", "cho", "dai", "eve", "fan", "gil")

_GAS = 30_000_000
_PLENTY = 10**36
_ALWAYS = 2**40 - 1  # the last second of a standing
_ROLES = (Role.ADMIN, Role.ADMINISTRATOR, Role.SERVICER, Role.COMPLIANCE, Role.GUARDIAN)


class Stage:
    """The ledger of all lives, and who takes part in them."""

    def __init__(self) -> None:
        # A wall clock that stands still: a block is one second after the one before, and every run is the same.
        self.node = EmbeddedNode(now=lambda: 0)
        deployer, agent, originator, fees, unclaimed, *others = (dev_account(index) for index in range(1, 18))
        keys = dict(zip(_ROLES, others, strict=False))
        holders = others[len(_ROLES) :]
        self.agent = agent
        self.parties = Parties(originator.address, fees.address, unclaimed.address, agent.address)
        self.holders = {name: account.address for name, account in zip(HOLDERS, holders, strict=True)}
        self.names = {address: name for name, address in self.holders.items()}
        addresses = {role: account.address for role, account in keys.items()}
        keyring = Keyring([deployer, *others])
        self.sender = sender = FixedGasSender(self.node, keyring)
        members = {role: [address] for role, address in addresses.items()}
        deployment = deploy(self.node, sender, deployer.address, members)
        self.ledger = Ledger(self.node, sender, deployment, Database(), addresses, keyring)
        self._prepare()
        self.accounts = {
            **self.holders,
            "originator": originator.address,
            "fees": fees.address,
            "unclaimed": unclaimed.address,
            "servicer": addresses[Role.SERVICER],
        }
        self.given = {name: self.cash_of(address) for name, address in self.accounts.items()}
        self.first_block = self.node.block_number()
        self._mark = self.node.snapshot()

    def _prepare(self) -> None:
        ledger, cash = self.ledger, self.ledger.cash
        # Where the next SPV will be is known, so that all allowances for it can be part of what is given.
        spv = create_address(ledger.deployment.factory, self.node.nonce(ledger.deployment.factory))
        for payer in (*self.holders.values(), ledger.keys[Role.SERVICER]):
            mint = Step(cash.address, cash.call_data("mint", payer, _PLENTY))
            ledger.act(ledger.keys[Role.ADMINISTRATOR], "mint", mint)
            ledger.act(payer, "approve", Step(cash.address, cash.call_data("approve", spv, 2**256 - 1)))
        for holder in self.holders.values():
            standing = ledger.receipts.call_data("setStanding", holder, 2**32 - 1, 2**64 - 1, _ALWAYS)
            ledger.act(ledger.keys[Role.COMPLIANCE], "standing", Step(ledger.receipts.address, standing))

    def cash_of(self, address: str) -> int:
        """Units of the cash token."""
        return int(self.ledger.cash.view(self.node, "balanceOf", address))

    def reset(self) -> Stage:
        """Back to the first block, for the next life."""
        self.node.revert(self._mark)
        self._mark = self.node.snapshot()
        return self

    def close(self) -> None:
        self.ledger.database.close()
        self.node.close()


class Accepted(Exception):
    """A call that was only rehearsed would not be refused."""


class FixedGasSender:
    """Sends without simulating first, or simulates without sending (``rehearse``): each operation is executed once."""

    def __init__(self, node: EmbeddedNode, keyring: Keyring) -> None:
        self.rehearse = False
        self._node, self._keyring = node, keyring
        self._operator = Contract("OperatorAccount")

    def submit(self, operation: Operation) -> Outcome:
        if operation.through is None:
            target, data = operation.steps[0].to, operation.steps[0].data
        else:
            calls = [(step.to, step.data) for step in operation.steps]
            target, data = operation.through, self._operator.encode("execute", (operation.onchain_id, calls))
        return Outcome(operation, self._mine(CallRequest(target, data, operation.actor, gas=_GAS)))

    def submit_many(self, operations: Iterable[Operation]) -> list[Outcome]:
        return [self.submit(operation) for operation in operations]

    def _mine(self, request: CallRequest) -> TxReceipt:
        account, node = self._keyring[request.sender or ""], self._node
        if self.rehearse:
            node.call(request)
            raise Accepted("the contracts would accept this")
        nonce = node.nonce(account.address)
        tx = Transaction(node.chain_id(), nonce, 1, 1_000, _GAS, request.to, request.value, request.data)
        receipt = node.receipt(node.send_raw(account.sign_transaction(tx).raw))
        assert receipt is not None
        if receipt.status != 1:
            raise replay(node, request, receipt.block_number - 1) or Reverted("SucceedsInReplay")
        return receipt
