"""A ledger that is closed and opened again, and one that does not belong to its chain."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pytest

from ledger.chain.artifacts import Contract, contract_names
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.primitives import create_address
from ledger.engine.keyring import Keyring
from ledger.engine.operations import Operation, Outcome, Step
from ledger.engine.sender import DurableSender
from ledger.errors import InputError, NetworkMismatch
from ledger.services import issuance
from ledger.services.deployment import Deployment, deploy
from ledger.services.ledger import open_local
from ledger.services.roles import OUTSIDE, PER_SPV, SHARED, Role
from ledger.store.database import Database
from tests.nodes import block_receipts
from tests.services.small import small_case

SOURCES = Path(__file__).resolve().parents[2] / "contracts" / "src"
CHAIN = "chain.db"


def test_a_chain_file_is_deployed_to_once(tmp_path: Path) -> None:
    with open_local(tmp_path / CHAIN, start=date(2024, 12, 1)) as first:
        deployment, height = first.deployment, first.node.block_number()
    with open_local(tmp_path / CHAIN) as again:
        assert again.deployment == deployment
        assert again.node.block_number() == height
        assert again.now().date() == date(2024, 12, 1)


def test_a_chain_that_was_reset_is_refused(tmp_path: Path) -> None:
    with open_local(tmp_path / CHAIN):
        pass
    for part in tmp_path.glob(f"{CHAIN}*"):
        if not part.name.endswith(".deployment.json"):
            part.unlink()
    with pytest.raises(NetworkMismatch, match="this chain was reset"):
        open_local(tmp_path / CHAIN)


def test_a_broken_deployment_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"deployment\.json"):
        Deployment.load(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chain_id", "1"),
        ("chain_id", True),
        ("block", -1),
        ("block", None),
        ("genesis", "0x12"),
        ("genesis", "no digits"),
        ("factory", 7),
        ("factory", "0x1234"),
        ("operator", "0x" + "aB" * 20),  # not its checksum
    ],
)
def test_a_broken_field_is_named(tmp_path: Path, field: str, value: object) -> None:
    path = tmp_path / "deployment.json"
    good = Deployment(1, "0x" + "00" * 32, 0, *(create_address(dev_account(1).address, n) for n in range(10)))
    good.save(path)
    assert Deployment.load(path) == good
    path.write_text(json.dumps({**asdict(good), field: value}), encoding="utf-8")
    with pytest.raises(InputError, match=r"deployment\.json") as refused:
        Deployment.load(path)
    assert refused.value.field == field


def test_saving_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deployment.json"
    good = Deployment(1, "0x" + "00" * 32, 0, *(create_address(dev_account(1).address, n) for n in range(10)))
    good.save(path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(Killed):
        replace(good, block=5).save(path)
    assert Deployment.load(path) == good


class Killed(Exception):
    """The process ends here."""


def broken(*_: object) -> None:
    raise Killed


class DyingSender(DurableSender):
    """Does so many operations, and is killed."""

    left = 0

    def submit(self, operation: Operation) -> Outcome:
        if self.left == 0:
            raise Killed
        self.left -= 1
        return super().submit(operation)


def test_a_chain_without_its_deployment_file_is_not_deployed_to_again(tmp_path: Path) -> None:
    with open_local(tmp_path / CHAIN, start=date(2024, 12, 1)) as first:
        deployment, height = first.deployment, first.node.block_number()
    (tmp_path / f"{CHAIN}.deployment.json").unlink()
    with open_local(tmp_path / CHAIN, start=date(2030, 1, 1)) as again:
        assert again.deployment == replace(deployment, block=0)
        assert again.node.block_number() == height
        assert again.now().date() == date(2024, 12, 1)
        assert Deployment.load(tmp_path / f"{CHAIN}.deployment.json") == again.deployment


@pytest.mark.parametrize("done", [0, 1, 5, 8, 9, 10, 11])
def test_a_deployment_goes_on_where_it_was_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(DyingSender, "left", done)
        patch.setattr("ledger.services.ledger.DurableSender", DyingSender)
        patch.setattr(Deployment, "save", broken)
        with pytest.raises(Killed):
            open_local(tmp_path / CHAIN, start=date(2024, 12, 1))
    with open_local(tmp_path / CHAIN, start=date(2024, 12, 1)) as ledger:
        deployer = dev_account(1).address
        assert ledger.node.nonce(deployer) == 11  # ten contracts and the roles, each once
        assert ledger.authority.view(ledger.node, "hasRole", int(Role.ADMIN), deployer)[0] is False
        assert ledger.receipts.view(ledger.node, "authority") == ledger.deployment.authority
        assert (ledger.deployment.block == 0) is (done > 0)


def test_the_block_is_that_of_the_first_contract() -> None:
    with open_local(start=date(2024, 12, 1)) as ledger:
        first = block_receipts(ledger.node, ledger.deployment.block)
        assert [receipt.contract_address for receipt in first] == [ledger.deployment.authority]


def test_nonces_spent_on_other_things_are_refused(tmp_path: Path) -> None:
    node = EmbeddedNode(tmp_path / CHAIN)
    with Database() as database:
        sender = DurableSender(database, node, Keyring([dev_account(1)]))
        sender.submit(Operation("other", "other", dev_account(1).address, (Step(dev_account(2).address, b""),)))
    node.close()
    with pytest.raises(NetworkMismatch, match="another transaction") as refused:
        open_local(tmp_path / CHAIN)
    assert refused.value.hint


@pytest.mark.parametrize("members", [{}, {Role.ADMIN: []}, {Role.SERVICER: [dev_account(2).address]}])
def test_somebody_has_to_be_behind_it(members: dict[Role, list[str]]) -> None:
    node = EmbeddedNode()
    with Database() as database, pytest.raises(InputError, match="nobody is named for ADMIN"):
        deploy(node, DurableSender(database, node, Keyring([dev_account(1)])), dev_account(1).address, members)
    assert node.nonce(dev_account(1).address) == 0
    node.close()


def test_one_deployer_deploys_twice() -> None:
    node = EmbeddedNode()
    members = {Role.ADMIN: [dev_account(2).address]}
    with Database() as database:
        sender = DurableSender(database, node, Keyring([dev_account(1)]))
        one, two = (deploy(node, sender, dev_account(1).address, members) for _ in range(2))
    addresses = [value for made in (one, two) for value in asdict(made).values() if len(str(value)) == 42]
    assert len(set(addresses)) == 20
    for made in (one, two):
        made.check(node)
    for name in ("receipts", "spv_implementation", "authority", "contributions", "vouchers"):
        with pytest.raises(NetworkMismatch, match="the deployment says"):
            replace(one, **{name: getattr(two, name)}).check(node)
    with pytest.raises(NetworkMismatch, match="another contract"):
        replace(one, factory=one.certificate).check(node)
    with pytest.raises(NetworkMismatch, match="starts with"):
        replace(one, genesis="0x" + "11" * 32).check(node)
    with pytest.raises(NetworkMismatch, match="chain"):
        replace(one, chain_id=1).check(node)
    node.close()


def test_a_chain_in_another_currency_is_refused(tmp_path: Path) -> None:
    with open_local(tmp_path / CHAIN, currency="USD"):
        pass
    with pytest.raises(InputError) as refused:
        open_local(tmp_path / CHAIN, currency="CNY")
    assert (refused.value.field, refused.value.expected, refused.value.found) == ("currency", "sCNY", "sUSD")
    for currency in ("USD", None):
        open_local(tmp_path / CHAIN, currency=currency).close()


# --- Roles ------------------------------------------------------------------------------------------------------------

_COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_CONTRACT = re.compile(r"\bcontract\s+(\w+)\s*(?:is\s+([^{]*))?\{")
_FUNCTION = re.compile(r"\bfunction\s+(\w+)\s*\([^)]*\)([^{;]*)\{(.*?)(?=\bfunction\b|\bmodifier\b|\Z)", re.DOTALL)


def restricted_functions() -> dict[str, set[str]]:
    """By contract, its functions and its bases' that ask the authority: the modifier, or the check in the body."""
    bases: dict[str, list[str]] = {}
    own: dict[str, set[str]] = {}
    for path in SOURCES.glob("*.sol"):
        source = _COMMENTS.sub("", path.read_text(encoding="utf-8"))
        (contract,) = _CONTRACT.finditer(source)
        bases[contract[1]] = re.findall(r"\w+", contract[2] or "")
        own[contract[1]] = {
            name
            for name, head, body in _FUNCTION.findall(source)
            if re.search(r"\brestricted\b", head) or "_checkRestricted()" in body
        }

    def of(name: str) -> set[str]:
        return own.get(name, set()).union(*(of(base) for base in bases.get(name, ())))

    return {name: found for name in own if name in contract_names() and (found := of(name))}


def test_every_restricted_function_has_a_row() -> None:
    rows = {**SHARED, "Spv": PER_SPV}
    named = {contract: [name for names in table.values() for name in names] for contract, table in rows.items()}
    assert {contract: set(names) for contract, names in named.items()} == restricted_functions()
    assert all(len(names) == len(set(names)) for names in named.values())


def test_on_chain_the_functions_are_open_to_the_roles_of_the_table() -> None:
    """And the deployer has none; the operator account has all but the factory's and other institutions'."""
    case = small_case()
    with open_local(start=case.terms.open_date) as ledger:
        parties = issuance.Parties(*(dev_account(index).address for index in (7, 8, 9, 6)))
        spv = issuance.create(ledger, case, parties).spv.address
        targets = {
            "ComputeReceipt": ledger.deployment.receipts,
            "SpvFactory": ledger.deployment.factory,
            "SettlementCash": ledger.deployment.cash,
            "Claims": ledger.deployment.claims,
            "Vouchers": ledger.deployment.vouchers,
            "Spv": spv,
        }
        for name, table in {**SHARED, "Spv": PER_SPV}.items():
            for role, functions in table.items():
                for function in functions:
                    selector = Contract(name).function(function).selector
                    found = ledger.authority.view(ledger.node, "getTargetFunctionRole", targets[name], selector)
                    assert found == role, (name, function)
        deployer = dev_account(1).address
        for role in Role:
            member, _ = ledger.authority.view(ledger.node, "hasRole", int(role), ledger.deployment.operator)
            assert member is (role not in OUTSIDE)
            member, _ = ledger.authority.view(ledger.node, "hasRole", int(role), deployer)
            assert member is False
