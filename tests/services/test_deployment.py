"""A ledger that is closed and opened again, and one that does not belong to its chain."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ledger.chain.artifacts import Contract
from ledger.chain.devkeys import dev_account
from ledger.errors import InputError, NetworkMismatch
from ledger.services.deployment import Deployment
from ledger.services.ledger import open_local
from ledger.services.roles import PER_SPV, SHARED, Role

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
    with pytest.raises(NetworkMismatch, match="no contract"):
        open_local(tmp_path / CHAIN)


def test_a_broken_deployment_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"deployment\.json"):
        Deployment.load(path)


def test_every_restricted_function_has_a_role_and_the_deployer_has_none() -> None:
    """The table names functions that exist, and on chain only those who should may call them."""
    with open_local() as ledger:
        targets = {
            "ComputeReceipt": ledger.deployment.receipts,
            "SpvFactory": ledger.deployment.factory,
            "SettlementCash": ledger.deployment.cash,
        }
        for name, table in SHARED.items():
            for role, functions in table.items():
                for function in functions:
                    selector = Contract(name).function(function).selector
                    found = ledger.authority.view(ledger.node, "getTargetFunctionRole", targets[name], selector)
                    assert found == role, (name, function)
        for functions in PER_SPV.values():
            assert all(Contract("Spv").function(function) for function in functions)
        deployer = dev_account(1).address
        for role in Role:
            member, _ = ledger.authority.view(ledger.node, "hasRole", int(role), ledger.deployment.operator)
            assert member is (role is not Role.FACTORY)
            member, _ = ledger.authority.view(ledger.node, "hasRole", int(role), deployer)
            assert member is False
