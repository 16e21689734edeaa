"""Accounts that are typed: keys that must not be shown, and roles that are missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.chain.artifacts import Contract
from ledger.chain.devkeys import dev_account
from ledger.cli.accounts import key_of
from ledger.cli.app import app
from ledger.cli.refusals import explained
from ledger.errors import InputError, LedgerError, Reverted
from ledger.services.founding import read_members
from ledger.services.ledger import open_local
from tests.cli.test_deploy import key_file
from tests.command import crt

KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
TYPED = [KEY, f"0x{KEY}", f"key:{KEY}", f"key:0x{KEY}", KEY[:-1], f"0x{KEY}0", f" {KEY} ", f"dev:{KEY}", KEY.upper()]
NOBODY = dev_account(41).address


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("accounts")
    open_local(folder / "crt-chain.db").close()
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = Path(shutil.copytree(begun, tmp_path / "copy"))
    monkeypatch.chdir(made)
    return made


OPEN = ("voucher", "open", "--unit-value", "5.00", "--points-per-unit", "1", "--expires", "2099-12-31")
COMMANDS = [
    (*OPEN, "--provider", "dev:9", "--as", "KEY"),
    (*OPEN, "--provider", "KEY", "--as", "district"),
    (*OPEN, "--provider", "dev:9", "--as", "district", "--publisher", "KEY"),
    (*OPEN, "--provider", "dev:9", "--as", "district", "--cash", "KEY"),
    ("voucher", "reimburse", "1", "KEY", "--as", "dev:9"),
    ("contrib", "person", "--wallet", "KEY"),
    ("contrib", "rotate", "1", "--as", "dev:1", "--to", "KEY"),
    ("operations", "list", "--account", "KEY"),
    ("work", "--as", "KEY", "--listen", "127.0.0.1:0"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
@pytest.mark.parametrize("typed", [f"0x{KEY}", f"key:{KEY}"])
def test_a_key_that_is_typed_is_refused_and_kept_nowhere(folder: Path, command: tuple[str, ...], typed: str) -> None:
    result = CliRunner().invoke(app, [typed if part == "KEY" else part for part in command])
    assert isinstance(result.exception, InputError), result.output
    assert "private key" in result.exception.message and KEY not in str(result.exception) + result.output
    for path in folder.iterdir():
        assert KEY.encode() not in path.read_bytes()
    shown = CliRunner().invoke(app, ["audit", "show", "--json", "--last", "1"])
    (record,) = json.loads(shown.stdout)["records"]
    assert record["command"] == f"crt {command[0]}" + ("" if command[0] == "work" else f" {command[1]}")
    assert "sha256:" in json.dumps(record["detail"])


@pytest.mark.parametrize("typed", TYPED)
def test_keys_that_are_not_typed_quite_right_are_not_shown_either(folder: Path, typed: str) -> None:
    result = CliRunner().invoke(app, ["contrib", "person", "--wallet", typed])
    assert isinstance(result.exception, InputError), result.output
    assert KEY[:40] not in (str(result.exception) + result.output).lower()
    shown = CliRunner().invoke(app, ["audit", "show", "--json"]).stdout
    assert KEY[:40] not in shown.lower()


def test_words_that_may_be_a_secret_are_not_shown(folder: Path) -> None:
    words = "test test test test test test test test test test test junk"
    result = CliRunner().invoke(app, ["contrib", "person", "--wallet", words])
    assert isinstance(result.exception, InputError) and "junk" not in str(result.exception)


def test_a_key_for_a_deployer_and_in_a_file_of_members(tmp_path: Path) -> None:
    (tmp_path / "members.toml").write_text(f'admin = ["{NOBODY}"]\n')
    done = crt("deploy", "members.toml", "--rpc", "http://127.0.0.1:1", "--as", KEY, cwd=tmp_path)
    assert done.returncode == 2 and "private key" in done.stderr and KEY not in done.stderr + done.stdout
    (tmp_path / "members.toml").write_text(f'admin = ["0x{KEY}"]\n')
    with pytest.raises(InputError, match="not an address") as refused:
        read_members(tmp_path / "members.toml")
    assert KEY not in str(refused.value)


def test_a_file_that_is_named_without_its_key_is_told(tmp_path: Path) -> None:
    file = key_file(tmp_path, 5)
    with pytest.raises(InputError) as refused:
        key_of(str(file))
    assert refused.value.hint == f"--as key:{file}"


def test_a_file_of_such_a_name_is_a_file(tmp_path: Path) -> None:
    file = key_file(tmp_path, 5).rename(tmp_path / KEY)
    assert key_of(f"key:{file}").address == dev_account(5).address


# --- Roles -----------------------------------------------------------------------------------------------------------


def refused(*args: str) -> LedgerError:
    result = CliRunner().invoke(app, args)
    assert isinstance(result.exception, LedgerError), result.output
    return result.exception


def test_a_role_that_is_missing_is_named_and_who_grants_it(folder: Path) -> None:
    authority = json.loads((folder / "crt-chain.db.deployment.json").read_text())["authority"]
    error = refused(*OPEN, "--provider", "dev:9", "--as", "dev:21")
    assert isinstance(error, Reverted) and error.name == "Unauthorized"
    assert error.message.startswith(f"{NOBODY} does not have the role district, which Vouchers.open needs")
    assert f"the admin grants it: grantRole(6, {NOBODY}, 0) of the AccessManager {authority}" in str(error.hint)
    with open_local(folder / "crt-chain.db") as ledger:  # and that is true
        admin = next(holder for role, holder in ledger.keys.items() if role.name == "ADMIN")
        from ledger.engine.operations import Step

        ledger.act(admin, "grant", Step(authority, ledger.authority.call_data("grantRole", 6, NOBODY, 0)))
    opened = CliRunner().invoke(app, [*OPEN, "--provider", "dev:9", "--as", "dev:21"])
    assert opened.exit_code == 0, opened.output
    error = refused("contrib", "attest", "1", "1", "2026-06-30", "--as", "dev:21", "--wallet", "dev:1")
    assert "there is no person 1" in error.message


@pytest.mark.parametrize(
    ("contract", "function", "role"),
    [("SettlementCash", "mint", "administrator"), ("Spv", "collect", "servicer"), ("Claims", "stop", "guardian")],
)
def test_keys_behind_the_operator_account(contract: str, function: str, role: str) -> None:
    selector = Contract(contract).function(function).selector
    error = Reverted("KeyNotAllowed", {"key": NOBODY, "target": "0x" + "1" * 40, "selector": selector})
    told = explained(error, "0x" + "2" * 40, local=True)
    assert f"does not have the role {role}, which {contract}.{function} needs" in told.message
    assert "the admin grants it" in str(told.hint) and f"--as {role}" in str(told.hint)
    elsewhere = explained(error, "0x" + "2" * 40, local=False)
    assert "the admin grants it" in str(elsewhere.hint) and "--as" not in str(elsewhere.hint)


def test_a_function_that_no_role_opens_is_said_as_it_is() -> None:
    error = Reverted("Unauthorized", {"caller": NOBODY, "selector": b"\0\0\0\0"})
    assert explained(error, "0x" + "2" * 40, local=True) is error
