"""`crt operations`, `crt store create`, variables and flags, as they are called; nothing here asks a node."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.devkeys import dev_account
from ledger.engine.operations import Operation, Step
from ledger.errors import Reverted
from ledger.services.ledger import open_local
from ledger.services.roles import Role
from ledger.services.storekeeping import VERSION
from tests.cli.test_store import said
from tests.command import crt
from tests.services.test_monitoring import PLACE, mint


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain with an operation that is done, one that was refused, and one that waits; all of one account."""
    folder = tmp_path_factory.mktemp("operations")
    with open_local(folder / "crt-chain.db") as ledger:
        ledger.sender.submit(mint(ledger, "salary/1"))
        step = Step(ledger.vouchers.address, ledger.vouchers.call_data("close", 99))
        with pytest.raises(Reverted):
            ledger.sender.submit(Operation("vouchers.close", "close/99", ledger.keys[Role.ADMINISTRATOR], (step,)))
        ledger.sender.accept([mint(ledger, "salary/2")])
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    """Without the chain: what is shown is in the database."""
    made = Path(shutil.copytree(begun, tmp_path / "copy"))
    (made / "crt-chain.db").unlink()
    return made


def asked(folder: Path, *args: str) -> Any:
    code, text = said(folder, *args, "--json")
    assert code == 0, text
    return json.loads(text)


ADMINISTRATOR = dev_account(3).address  # the first ones are the faucet, the deployer and the admin


def test_operations_are_listed(folder: Path) -> None:
    found = asked(folder, "operations", "list", "--account", ADMINISTRATOR.lower())
    assert found["schema"] == "crt-operations/1"
    states = [(one["key"], one["state"]) for one in found["operations"]]
    assert states == [("salary/1", "done"), ("close/99", "refused"), ("salary/2", "waiting")]
    assert {one["account"] for one in found["operations"]} == {ADMINISTRATOR}
    for state, key in (("waiting", "salary/2"), ("refused", "close/99")):
        assert [one["key"] for one in asked(folder, "operations", "list", "--state", state)["operations"]] == [key]
    assert asked(folder, "operations", "list", "--state", "out")["operations"] == []
    assert [one["key"] for one in asked(folder, "operations", "list", "--limit", "1")["operations"]] == ["salary/2"]
    _, text = said(folder, "operations", "list", "--limit", "3")
    assert "done     salary/1\n" in text and "UnknownProgramme" in text and "waiting  salary/2\n" in text
    assert said(folder, "operations", "list", "--state", "out") == (0, "no operations\n")


def test_one_is_shown_with_its_transaction(folder: Path) -> None:
    shown = asked(folder, "operations", "show", "salary/1")
    assert shown["schema"] == "crt-operation/1" and shown["state"] == "done" and shown["error"] is None
    (attempt,) = shown["sent"]["attempts"]
    assert attempt["hash"] == shown["sent"]["hash"] == shown["transaction"] and attempt["maxFee"] > 0
    assert shown["sent"]["nonce"] == 0 and shown["sent"]["state"] == "final"
    ((to, data),) = [(one["to"], one["data"]) for one in shown["steps"]]
    assert to.startswith("0x") and PLACE.removeprefix("0x").lower() in data
    _, text = said(folder, "operations", "show", "salary/1")
    assert f"  {attempt['hash']}  at most 0." in text and "<- mined" in text and "nonce 0" in text
    refused = asked(folder, "operations", "show", "close/99")
    assert refused["error"].startswith("UnknownProgramme(") and refused["sent"] is None
    code, text = said(folder, "operations", "show", "salary/3", "--json")
    assert code == 2 and "no operation under this key" in text


def test_the_chain_itself_agrees(begun: Path) -> None:
    shown = asked(begun, "operations", "show", "salary/1")["sent"]
    with open_local(begun / "crt-chain.db") as ledger:
        receipt = ledger.node.receipt(bytes.fromhex(shown["hash"].removeprefix("0x")))
        assert receipt is not None and receipt.status == 1
        assert (receipt.block_number, f"0x{receipt.block_hash.hex()}") == (shown["blockNumber"], shown["blockHash"])


# --- Databases -------------------------------------------------------------------------------------------------------


def test_a_database_is_made_where_it_is_asked_for(begun: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(begun, tmp_path / "copy"))
    database = folder / "crt-chain.db.ledger.sqlite"
    database.unlink()
    for command in (["operations", "list"], ["webhook", "list"], ["reconcile"], ["store", "rebuild"], ["work"]):
        code, text = said(folder, *command, "--json") if command != ["work"] else (2, crt("work", cwd=folder).stderr)
        assert code == 2 and "there is no database of a ledger" in text and "crt store create" in text
        assert not database.exists()
    made = asked(folder, "store", "create")
    assert made == {"schema": "crt-store-create/1", "version": VERSION, "created": True}
    assert database.stat().st_mode & 0o777 == 0o600
    assert asked(folder, "store", "create")["created"] is False
    assert asked(folder, "operations", "list")["operations"] == []
    assert asked(folder, "reconcile")["agree"] is True  # the index is made again from the chain
    records = asked(folder, "audit", "show")["records"]
    assert [one["command"] for one in records[:2]] == ["crt store create", "crt store create"]


def test_a_database_is_made_by_its_address(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRT_DATABASE", url)
    code, text = said(tmp_path, "operations", "list", "--json")
    assert code == 2 and "crt store create" in text
    assert asked(tmp_path, "store", "create")["created"] is True
    assert asked(tmp_path, "operations", "list")["operations"] == []


def test_beside_nothing_none_is_made(tmp_path: Path) -> None:
    code, text = said(tmp_path, "store", "create", "--json")
    assert code == 2 and "--deployment" in text and list(tmp_path.iterdir()) == []


def test_a_new_chain_is_not_mixed_with_an_old_one(folder: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    terms = ("--provider", "dev:9", "--unit-value", "5.00", "--points-per-unit", "1", "--expires", "2099-12-31")
    code, text = said(folder, "voucher", "open", *terms, "--as", "district", "--json")
    assert code == 2 and "crt-chain.db.ledger.sqlite" in text and "another chain" in text
    assert sorted(path.name for path in folder.iterdir()) == before


# --- Variables and flags ---------------------------------------------------------------------------------------------


def test_what_is_typed_wins_over_variables(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = "http://127.0.0.1:1"
    deployment = str(begun / "crt-chain.db.deployment.json")
    monkeypatch.setenv("CRT_RPC", nowhere)
    code, text = said(begun, "reconcile", "--json")
    assert code == 2 and "CRT_DEPLOYMENT" in text
    monkeypatch.setenv("CRT_DEPLOYMENT", deployment)
    code, text = said(begun, "reconcile", "--json")
    assert code == 1 and "127.0.0.1:1 cannot be reached" in text
    code, text = said(begun, "reconcile", "--rpc", "http://127.0.0.1:2", "--json")
    assert "127.0.0.1:2 cannot be reached" in text
    code, text = said(begun, "reconcile", "--deployment", "none.json", "--json")
    assert code == 2 and "none.json" in text
    assert said(begun, "reconcile", "--chain", "crt-chain.db")[0] == 0
    # Without a node: the database beside the deployment, which is the chain's own.
    assert [one["key"] for one in asked(begun, "operations", "list", "--limit", "1")["operations"]] == ["salary/2"]
    code, text = said(begun, "reconcile", "--chain", "crt-chain.db", "--rpc", nowhere, "--json")
    assert code == 2 and "not both" in text
    monkeypatch.delenv("CRT_RPC")
    code, text = said(begun, "reconcile", "--json")
    assert code == 2 and "CRT_RPC" in text
    monkeypatch.setenv("CRT_DEPLOYMENT", "")  # as if it were not set
    assert said(begun, "reconcile")[0] == 0


@pytest.mark.parametrize("command", [("work",), ("reconcile",), ("operations", "list"), ("store", "create")])
def test_the_help_names_the_variables(command: tuple[str, ...]) -> None:
    shown = crt(*command, "--help").stdout
    assert all(name in shown for name in ("CRT_RPC", "CRT_DEPLOYMENT", "CRT_CHAIN"))
