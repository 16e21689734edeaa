"""Put the contracts on a chain, and hand out the roles."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from ledger.chain import networks
from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.node import Node, full_receipt
from ledger.chain.primitives import address_bytes, create_address
from ledger.engine.operations import Operation, Sender, Step
from ledger.errors import InputError, NetworkMismatch, Reverted
from ledger.services.roles import OUTSIDE, SHARED, Role

__all__ = ["Deployment", "cash_symbol", "deploy", "role_calls"]

_HASH_BYTES: Final = 32
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the contracts of one ledger are.

    The chain is told by ``chain_id`` and ``genesis``, the hash of its block 0. Events are read from ``block`` on: the
    block of the first contract, or 0 when the deployment was found on the chain, which does not say.
    """

    chain_id: int
    genesis: str
    block: int
    authority: str
    certificate: str
    receipts: str
    spv_implementation: str
    factory: str
    operator: str
    cash: str
    contributions: str
    claims: str
    vouchers: str

    @property
    def kinds(self) -> dict[str, str]:
        """What kind of contract is at an address, of those whose events are read."""
        return {
            self.receipts: "ComputeReceipt",
            self.factory: "SpvFactory",
            self.operator: "OperatorAccount",
            self.contributions: "ContributionLog",
            self.claims: "Claims",
            self.vouchers: "Vouchers",
        }

    @property
    def contracts(self) -> dict[str, str]:
        """All addresses, by the names of their contracts; ``Spv`` is what every SPV is a clone of."""
        others = {"AccessManager": self.authority, "Certificate": self.certificate, "SettlementCash": self.cash}
        named = {kind: address for address, kind in self.kinds.items()}
        return dict(sorted((others | named | {"Spv": self.spv_implementation}).items()))

    def save(self, path: Path) -> None:
        """Write it as JSON, all or nothing, so that another process finds the contracts."""
        new = path.with_name(f"{path.name}.new")
        new.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        os.replace(new, path)

    @classmethod
    def load(cls, path: Path) -> Deployment:
        """Read what :meth:`save` wrote. Raises InputError that names file and field."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise _not_a_deployment(path, None, "what crt deploy wrote", error.strerror or str(error)) from error
        except ValueError as error:
            raise _not_a_deployment(path, None, "what crt deploy wrote", f"no JSON: {error}") from error
        if not isinstance(found, dict):
            raise _not_a_deployment(path, None, "a JSON object", type(found).__name__)
        for field in fields(cls):
            _check_field(path, field.name, found.get(field.name))
        return cls(**{field.name: found[field.name] for field in fields(cls)})

    def check_chain(self, node: Node) -> None:
        """Raise NetworkMismatch unless this is the chain that the contracts are on."""
        networks.check(node, chain_id=self.chain_id, genesis_hash=bytes.fromhex(self.genesis.removeprefix("0x")))

    def check(self, node: Node) -> None:
        """Raise NetworkMismatch unless the contracts are on this chain, and belong together."""
        self.check_chain(node)
        for name in _CONTRACTS:
            if not node.code(getattr(self, name)):
                raise NetworkMismatch(
                    f"there is no contract at {getattr(self, name)}, where the {name} was deployed",
                    hint="the chain was reset, or the deployment belongs to another",
                )
        factory, operator, claims, vouchers = (
            Bound(Contract("SpvFactory"), self.factory),
            Bound(Contract("OperatorAccount"), self.operator),
            Bound(Contract("Claims"), self.claims),
            Bound(Contract("Vouchers"), self.vouchers),
        )
        for contract, view, name in (
            (factory, "receipts", "receipts"),
            (factory, "implementation", "spv_implementation"),
            (operator, "authority", "authority"),
            (claims, "log", "contributions"),
            (claims, "vouchers", "vouchers"),
            (vouchers, "claims", "claims"),
        ):
            try:
                found = contract.view(node, view)
            except Reverted:
                found = "nothing: it is another contract"
            if found != Bound(contract.contract, getattr(self, name)).address:
                raise NetworkMismatch(
                    f"{contract.contract.name}.{view}() is {found}, the deployment says {getattr(self, name)}",
                    hint="the deployment belongs to another chain, or mixes the contracts of two",
                )


_CONTRACTS: Final = (
    *("authority", "certificate", "receipts", "spv_implementation", "factory", "operator", "cash"),
    *("contributions", "claims", "vouchers"),
)


def _check_field(path: Path, name: str, value: object) -> None:
    if name in ("chain_id", "block"):
        if type(value) is not int or value < 0:
            raise _not_a_deployment(path, name, "a whole number", repr(value))
    elif name == "genesis":
        try:
            valid = isinstance(value, str) and len(bytes.fromhex(value.removeprefix("0x"))) == _HASH_BYTES
        except ValueError:
            valid = False
        if not valid:
            raise _not_a_deployment(path, name, f"{_HASH_BYTES} bytes in hexadecimal digits", repr(value))
    else:
        try:
            address_bytes(value if isinstance(value, str) else repr(value))
        except InputError as error:
            raise _not_a_deployment(path, name, error.expected, error.found) from error


def _not_a_deployment(path: Path, field: str | None, expected: str | None, found: str | None) -> InputError:
    hint = "name the file that crt deploy wrote, or the one beside a local chain"
    return InputError("not a deployment file", file=str(path), field=field, expected=expected, found=found, hint=hint)


def cash_symbol(currency: str) -> str:
    """The symbol of the stand-in for settlement cash in a currency."""
    return f"s{currency}"


def deploy(
    node: Node,
    sender: Sender,
    deployer: str,
    members: Mapping[Role, Iterable[str]],
    *,
    currency: str = "CNY",
    challenge_window: int = 7 * _DAY,
    recovery_delay: int = 14 * _DAY,
    first: int | None = None,
) -> Deployment:
    """Deploy all contracts and hand out the roles to ``members``, addresses by role; the deployer keeps none.

    The operator account has every role but the factory's and those of districts and universities. ``currency`` names
    the stand-in for settlement cash. ``challenge_window`` and ``recovery_delay`` are in seconds, and for good: how long
    a programme's roots can be challenged, and a recovered wallet vetoed.

    ``first`` is the nonce of the deployer's that makes the first contract, the next one unless it is given. All
    addresses follow from it, so that a deployment that was broken off goes on where it was, and a whole one is found
    as it is. Raises NetworkMismatch when the deployer did other things with these nonces, InputError when nobody is
    named for ADMIN: the operator account needs somebody behind it, and roles could never change again.
    """
    grants = [(role, member) for role, named in members.items() for member in named]
    if Role.ADMIN not in dict(grants):
        raise InputError("nobody is named for ADMIN", field="members", expected="an address at least", found="none")
    chain_id, nonce = node.chain_id(), node.nonce(deployer) if first is None else first
    key = f"deploy/{chain_id}/{deployer}/{nonce}"
    addresses = [create_address(deployer, nonce + index) for index in range(len(_CONTRACTS))]
    authority, certificate, receipts, implementation, factory, operator, _, log, claims, vouchers = addresses
    # The SPVs' code names the factory, and the factory the code: the second address follows from the nonce.
    creations: list[tuple[str, tuple[object, ...]]] = [
        ("AccessManager", (deployer,)),
        ("Certificate", ()),
        ("ComputeReceipt", (authority, certificate)),
        ("Spv", (authority, receipts, factory)),
        ("SpvFactory", (authority, receipts, implementation)),
        ("OperatorAccount", (authority,)),
        ("SettlementCash", (authority, f"Settlement cash {currency}", cash_symbol(currency))),
        ("ContributionLog", ()),
        ("Claims", (authority, log, vouchers, challenge_window, recovery_delay)),
        ("Vouchers", (authority, claims)),
    ]
    block = 0
    for index, (name, args) in enumerate(creations):
        if node.code(addresses[index]):
            continue
        if node.nonce(deployer) != nonce + index:
            raise _other_nonces(deployer, name)
        creation = Step(None, Contract(name).creation(*args))
        receipt = sender.submit(Operation(f"deploy.{name}", f"{key}/{name}", deployer, (creation,))).receipt
        if full_receipt(node, receipt).contract_address != addresses[index]:
            raise _other_nonces(deployer, name)
        if index == 0:
            block = receipt.block_number

    manager = Bound(Contract("AccessManager"), authority)
    still_admin, _ = manager.view(node, "hasRole", int(Role.ADMIN), deployer)
    if still_admin:
        targets = dict(zip((name for name, _ in creations), addresses, strict=True))
        calls = [call for name, table in SHARED.items() for call in role_calls(manager, name, targets[name], table)]
        grants += [(Role.FACTORY, factory), *((role, operator) for role in Role if role not in OUTSIDE)]
        calls += [manager.call_data("grantRole", int(role), member, 0) for role, member in grants]
        calls.append(manager.call_data("renounceRole", int(Role.ADMIN), deployer))
        setup = Step(authority, manager.call_data("multicall", calls))
        sender.submit(Operation("deploy.roles", f"{key}/roles", deployer, (setup,)))
    return Deployment(chain_id, f"0x{networks.genesis(node).hex()}", block, *addresses)


def _other_nonces(deployer: str, name: str) -> NetworkMismatch:
    return NetworkMismatch(
        f"{name} can't be where it has to be: {deployer} sent another transaction instead",
        hint="deploy again, with an account that nobody else sends from; a local chain: begin a new file",
    )


def role_calls(manager: Bound, contract: str, target: str, table: Mapping[Role, Iterable[str]]) -> list[bytes]:
    """Calls of the AccessManager that open functions of ``contract`` at ``target`` to roles."""
    interface = Contract(contract)
    return [
        manager.call_data(
            "setTargetFunctionRole", target, [interface.function(name).selector for name in names], int(role)
        )
        for role, names in table.items()
    ]
