"""Put the contracts on a chain, and hand out the roles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.node import Node
from ledger.chain.primitives import create_address
from ledger.engine.operations import Operation, Sender, Step
from ledger.errors import InputError, NetworkMismatch
from ledger.services.roles import SHARED, Role

__all__ = ["Deployment", "deploy", "role_calls"]


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the contracts of one ledger are, on the chain of ``chain_id``; ``block`` is the first of them."""

    chain_id: int
    block: int
    authority: str
    certificate: str
    receipts: str
    spv_implementation: str
    factory: str
    operator: str
    cash: str

    def save(self, path: Path) -> None:
        """Write it as JSON, so that another process finds the contracts."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Deployment:
        """Read what :meth:`save` wrote. Raises InputError."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{field.name: found[field.name] for field in fields(cls)})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                "not a deployment file", file=str(path), expected="what `deploy` wrote", found=str(error)
            ) from error

    def check(self, node: Node) -> None:
        """Raise NetworkMismatch unless the contracts are on this chain."""
        if node.chain_id() != self.chain_id:
            raise NetworkMismatch(f"the contracts are on chain {self.chain_id}, the node on chain {node.chain_id()}")
        for name in ("authority", "receipts", "factory", "operator"):
            if not node.code(getattr(self, name)):
                raise NetworkMismatch(
                    f"there is no contract at {getattr(self, name)}, where the {name} was deployed",
                    hint="the chain was reset, or the deployment belongs to another",
                )


def deploy(
    node: Node,
    sender: Sender,
    deployer: str,
    members: Mapping[Role, Iterable[str]],
    *,
    currency: str = "CNY",
) -> Deployment:
    """Deploy all contracts and hand out the roles to ``members``, addresses by role; the deployer keeps none.

    The operator account has every role but the factory's. ``currency`` names the stand-in for settlement cash.
    """

    def create(name: str, *args: object) -> str:
        operation = Operation(
            f"deploy.{name}", f"deploy/{deployer}/{name}", deployer, (Step(None, Contract(name).creation(*args)),)
        )
        address = sender.submit(operation).receipt.contract_address
        assert address is not None
        return address

    block = node.block_number() + 1
    authority = create("AccessManager", deployer)
    certificate = create("Certificate")
    receipts = create("ComputeReceipt", authority, certificate)
    # The SPVs' code names the factory, and the factory the code: the second address follows from the nonce.
    factory = create_address(deployer, node.nonce(deployer) + 1)
    implementation = create("Spv", authority, receipts, factory)
    deployed = create("SpvFactory", authority, receipts, implementation)
    if deployed != factory:
        raise NetworkMismatch(
            "another transaction of the deployer came between the SPV code and its factory",
            hint="deploy again, with an account that nobody else sends from",
        )
    operator = create("OperatorAccount", authority)
    cash = create("SettlementCash", authority, f"Settlement cash {currency}", f"s{currency}")

    manager = Bound(Contract("AccessManager"), authority)
    targets = {"ComputeReceipt": receipts, "SpvFactory": factory, "SettlementCash": cash}
    calls = [call for name, table in SHARED.items() for call in role_calls(manager, name, targets[name], table)]
    grants = [(Role.FACTORY, factory), *((role, operator) for role in Role if role is not Role.FACTORY)]
    grants += [(role, member) for role, addresses in members.items() for member in addresses]
    calls += [manager.call_data("grantRole", int(role), member, 0) for role, member in grants]
    calls.append(manager.call_data("renounceRole", int(Role.ADMIN), deployer))
    setup = Step(authority, manager.call_data("multicall", calls))
    sender.submit(Operation("deploy.roles", f"deploy/{deployer}/roles", deployer, (setup,)))
    return Deployment(node.chain_id(), block, authority, certificate, receipts, implementation, factory, operator, cash)


def role_calls(manager: Bound, contract: str, target: str, table: Mapping[Role, Iterable[str]]) -> list[bytes]:
    """Calls of the AccessManager that open functions of ``contract`` at ``target`` to roles."""
    interface = Contract(contract)
    return [
        manager.call_data(
            "setTargetFunctionRole", target, [interface.function(name).selector for name in names], int(role)
        )
        for role, names in table.items()
    ]
