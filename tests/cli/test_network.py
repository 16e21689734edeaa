"""`crt network`, `whoami` and `doctor`, on a local chain, on a node and on an API; and what is asked before a change."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.evm import CHAIN_ID
from ledger.chain.server import Server
from ledger.cli.networks import DEVELOPMENT, is_real, title
from ledger.cli.settings import Layer, Source, Value, resolve
from ledger.domain.terms import InvestorClass
from ledger.errors import StoreError
from ledger.services import eligibility
from ledger.services.deployment import Deployment
from ledger.services.ledger import open_local
from ledger.services.roles import Role
from ledger.services.storekeeping import check_writable
from ledger.store.database import Database
from ledger.store.index import tip
from tests.cli.test_store import said
from tests.command import ROOT, crt
from tests.nodes import running_node
from tests.wallet.terminal import terminal


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("network")
    with open_local(folder / "crt-chain.db") as ledger:
        ledger.sync()
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = Path(shutil.copytree(begun, tmp_path / "copy"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CRT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/bash")
    monkeypatch.chdir(made)
    return made


def run(*args: str, code: int = 0) -> Any:
    found, text = said(Path.cwd(), *args, "--json")
    assert found == code, text
    return json.loads(text)


@contextmanager
def node(folder: Path) -> Iterator[str]:
    """The folder's chain, served."""
    with closing(EmbeddedNode(folder / "crt-chain.db")) as chain, Server(chain, port=0) as server:
        yield server.url


def own_file() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "crt" / "config.toml"


# --- Names ------------------------------------------------------------------------------------------------------------


def test_a_local_chain_is_named_and_used(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run("network", "add", "home", "--chain", "crt-chain.db", "--as", "district", "--yes")
    assert (made["schema"], made["chainId"], made["test"]) == ("crt-network/1", CHAIN_ID, False)
    assert run("network", "list")["networks"][0]["used"] is False
    assert run("network", "use", "home")["used"] is True
    monkeypatch.chdir(tmp_path)  # wherever one is
    assert run("reconcile")["agree"] is True
    who = run("whoami")
    assert (who["network"], who["as"], who["account"]["roles"]) == ("home", "district", ["district"])
    assert run("network", "show", "home")["settings"]["chain"] == str(folder / "crt-chain.db")
    assert run("network", "list")["networks"][0]["used"] is True
    run("network", "remove", "home", "--yes")
    assert run("network", "list")["networks"] == [] and "home" not in own_file().read_text()
    assert run("reconcile", code=2)["error"]["message"] == "there is no such chain"


def test_the_chain_id_has_to_be_confirmed(folder: Path, tmp_path: Path) -> None:
    told = run("network", "add", "home", "--chain", "crt-chain.db", code=2)["error"]
    assert told["field"] == "--yes" and not own_file().exists()
    add = ("network", "add", "home", "--chain", "crt-chain.db")
    with terminal(*add, home=tmp_path / "home", cwd=folder) as screen:
        screen.answers((f"home is chain {CHAIN_ID}, a test.*Type yes", "no"))
        assert screen.ends() == 2 and not own_file().exists()
    with terminal(*add, home=tmp_path / "home", cwd=folder) as screen:
        screen.answers(("Type yes", "yes"))
        assert screen.ends() == 0
    assert run("network", "show", "home")["chainId"] == CHAIN_ID


def test_a_network_that_has_become_another_is_refused(folder: Path) -> None:
    with node(folder) as url:
        run("network", "add", "main", "--rpc", url, "--deployment", "crt-chain.db.deployment.json", "--yes")
        assert run("whoami", "--network", "main")["chainId"] == CHAIN_ID
        text = own_file().read_text()
        own_file().write_text(text.replace(f"chain_id = {CHAIN_ID}", "chain_id = 1"))
        for command in ("whoami", "reconcile"):
            told = run(command, "--network", "main", code=1)["error"]
            assert told["type"] == "NetworkMismatch" and f"is chain {CHAIN_ID} now, and was 1" in told["message"]
        checks = {one["name"]: one for one in run("doctor", "--network", "main", code=1)["checks"]}
        assert checks["network"]["level"] == "fail"


def test_what_is_not_there_is_not_named(folder: Path) -> None:
    add = ("network", "add", "main", "--yes")
    deployment = "crt-chain.db.deployment.json"
    found = Deployment.load(Path(deployment))
    replace(found, chain_id=1).save(Path("other.json"))
    with node(folder) as url:
        cases = [
            (("--rpc", url, "--deployment", "other.json"), 1, "is on chain"),
            (("--rpc", url, "--deployment", "none.json"), 2, "not a deployment file"),
            (("--rpc", "http://127.0.0.1:1", "--deployment", deployment), 1, "cannot be reached"),
            (("--api", "http://127.0.0.1:1"), 1, "cannot be reached"),
            (("--api", url), 1, "answered"),
            (("--chain", "none.db"), 2, "no such chain"),
            (("--rpc", url), 2, "not clear"),
            ((), 2, "not clear"),
            (("--chain", "crt-chain.db", "--rpc", url, "--deployment", deployment), 2, "not clear"),
        ]
        for options, code, message in cases:
            assert message in run(*add, *options, code=code)["error"]["message"], options
    assert not own_file().exists()
    run("network", "add", "main", "--chain", "crt-chain.db", "--yes")
    assert "taken" in run("network", "add", "main", "--chain", "crt-chain.db", "--yes", code=2)["error"]["message"]
    assert "not a name" in run("network", "add", "Main", "--chain", "crt-chain.db", code=2)["error"]["message"]
    for command in ("show", "use", "remove"):
        assert run("network", command, "mian", code=2)["error"]["type"] == "Unknown"


def test_a_project_s_network(folder: Path) -> None:
    run("network", "add", "team", "--chain", "crt-chain.db", "--project", "--yes")
    assert (folder / "crt.toml").is_file() and not own_file().exists()
    assert run("whoami", "--network", "team")["network"] == "team"
    told = run("network", "add", "team", "--chain", "crt-chain.db", "--yes", code=2)["error"]
    assert "taken" in told["message"]
    told = run("network", "add", "other", "--chain", "crt-chain.db", "--test", "--project", "--yes", code=2)["error"]
    assert told["field"] == "networks.other.test"
    assert run("network", "use", "team", "--project")["used"] is True and run("whoami")["network"] == "team"


def test_an_api_is_asked_for_its_chain(folder: Path) -> None:
    program = [sys.executable, "-c", "from ledger.cli import main; main()", "api", "serve", "--port", "0", "--no-work"]
    process = subprocess.Popen(
        program, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        found = re.match(r"listening on (\S+);", process.stdout.readline())
        assert found is not None
        url = found[1]
        assert run("network", "add", "served", "--api", url, "--yes")["chainId"] == CHAIN_ID
        said_more = "".join(process.stdout.readline() for _ in range(3))
        assert f"crt network add NAME --api {url}" in said_more
        assert {one["level"] for one in run("doctor", "--network", "served")["checks"]} <= {"ok", "warn"}
        told = run("reconcile", "--network", "served", code=2)["error"]
        assert "not through its API" in told["message"]
    finally:
        process.terminate()
        process.wait(60)
        assert process.stdout is not None
        process.stdout.close()


# --- Real or not ------------------------------------------------------------------------------------------------------


def settings(**values: Value) -> Any:
    return resolve([Layer(Source.USER, {"network": "main"}, {"main": values}, Path("c.toml"))])


@pytest.mark.parametrize(
    ("values", "chain_id", "real"),
    [
        ({"chain": Path("c.db")}, CHAIN_ID, False),
        ({"rpc": "http://127.0.0.1:8545"}, CHAIN_ID, False),
        ({"rpc": "http://localhost:8545"}, 31_337, False),
        ({"rpc": "http://[::1]:8545"}, 1_337, False),
        ({"rpc": "http://127.0.0.1:8545"}, 1, True),
        ({"rpc": "http://node.example:8545"}, 31_337, True),
        ({"rpc": "http://127.0.0.1.example:8545"}, 31_337, True),
        ({"rpc": "http://node.example:8545", "test": True}, 1, False),
        ({"rpc": "http://node.example:8545", "test": False}, 1, True),
        ({"api": "http://127.0.0.1:8000"}, CHAIN_ID, False),
        ({"api": "https://ledger.example"}, CHAIN_ID, True),
    ],
)
def test_which_networks_are_real(values: dict[str, Value], chain_id: int, real: bool) -> None:
    more = {"deployment": Path("d.json")} if "rpc" in values else {}
    found = settings(**values, **more)
    assert is_real(found, chain_id) is real
    assert title(found, chain_id) == f"network main, chain id {chain_id}"


def test_our_own_chain_is_one_for_development() -> None:
    assert CHAIN_ID in DEVELOPMENT


# --- Whoami and doctor ------------------------------------------------------------------------------------------------


def test_whoami_says_what_the_chain_says(folder: Path) -> None:
    """Accounts 2 to 8 of local chains have the roles, in their order; dev:0 is account 20, and has none."""
    for name, index in (("admin", 2), ("administrator", 3), ("servicer", 4), ("compliance", 5), ("guardian", 6)):
        account = run("whoami", "--as", name)["account"]
        assert (account["address"], account["roles"]) == (dev_account(index).address, [name])
        assert int(account["coinsWei"]) > 0
    nobody = run("whoami", "--as", "dev:50")["account"]
    assert nobody["roles"] == [] and nobody["standing"] is None
    assert nobody["coinsWei"] == "0"  # and it was given none
    assert run("whoami")["account"] is None
    run("wallet", "watch", "vault", dev_account(5).address)
    assert run("whoami", "--as", "vault")["account"]["roles"] == ["compliance"]
    assert run("whoami", "--as", "nobody", code=2)["error"]["message"] == "there is no such account here"
    with open_local(folder / "crt-chain.db") as ledger:
        assert ledger.keys[Role.COMPLIANCE] == dev_account(5).address


def test_whoami_says_what_somebody_may_hold(folder: Path) -> None:
    until = datetime(2100, 1, 1, tzinfo=UTC)
    with open_local(folder / "crt-chain.db") as ledger:
        eligibility.set_standing(ledger, dev_account(60).address, InvestorClass.INSURANCE, "CN", until)
        eligibility.freeze_holder(ledger, dev_account(60).address, frozen=True, reason="court")
    account = run("whoami", "--as", dev_account(60).address)["account"]
    assert account["standing"] == {
        "classes": [InvestorClass.INSURANCE.value],
        "jurisdictions": ["CN"],
        "validUntil": until.isoformat(),
    }
    assert account["frozen"] is True
    _, text = said(folder, "whoami", "--as", dev_account(60).address)
    assert "in CN, until 2100-01-01 00:00:00 UTC; frozen" in text


def doctor(code: int = 0) -> dict[str, dict[str, Any]]:
    found = run("doctor", code=code)
    assert found["schema"] == "crt-doctor/1" and found["healthy"] is (code == 0)
    return {one["name"]: one for one in found["checks"]}


def test_doctor_of_a_ledger_that_is_well(folder: Path) -> None:
    checks = doctor()
    assert {name for name, one in checks.items() if one["level"] != "ok"} == {"completion"}
    assert {"versions", "contracts", "wallets", "network", "deployment", "database", "index", "clock"} <= set(checks)
    (Path.home() / ".bashrc").write_text('eval "$(crt completion bash)"\n')
    assert doctor()["completion"]["level"] == "ok"


@pytest.mark.parametrize(
    ("name", "level", "says"),
    [
        ("your file", "fail", "nobody knows"),
        ("your file", "warn", "chmod 600"),
        ("variables", "warn", "CRT_NETWROK"),
        ("wallets", "fail", "chmod 700"),
        ("keys", "fail", "api.key"),
        ("network", "fail", "cannot be reached"),
        ("network", "warn", "no local chain"),
        ("network", "fail", "not a deployment file"),
        ("ledger", "fail", "there is no database"),
    ],
)
def test_doctor_finds_what_is_wrong(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, level: str, says: str
) -> None:
    own = own_file()
    own.parent.mkdir(parents=True)
    own.touch(mode=0o600)
    if says == "nobody knows":
        own.write_text("most_fees = 1\n")
    elif says == "chmod 600":
        own.chmod(0o640)
    elif says == "CRT_NETWROK":
        monkeypatch.setenv("CRT_NETWROK", "main")
    elif says == "chmod 700":
        (tmp_path / "home").mkdir(mode=0o755)
    elif says == "api.key":
        own.write_text('api_key_file = "api.key"\n')
        (own.parent / "api.key").touch(mode=0o644)
    elif says == "cannot be reached":
        own.write_text(f'rpc = "http://127.0.0.1:1"\ndeployment = "{folder}/crt-chain.db.deployment.json"\n')
    elif says == "no local chain":
        (folder / "crt-chain.db").unlink()
    elif says == "not a deployment file":
        (folder / "crt-chain.db.deployment.json").write_text("{}")
    else:
        (folder / "crt-chain.db.ledger.sqlite").unlink()
    found = [one for one in run("doctor", code=1 if level == "fail" else 0)["checks"] if one["name"] == name]
    assert [one for one in found if one["level"] == level and says in f"{one['found']} {one['next']}" and one["next"]]
    code, text = said(folder, "doctor")
    assert code == (1 if level == "fail" else 0) and f"{level:4}  {name}" in text and "next: " in text


def test_doctor_says_how_far_the_index_is_behind(folder: Path) -> None:
    with closing(EmbeddedNode(folder / "crt-chain.db")) as chain:
        before = chain.block_number()
        chain.mine(40)
    with open_local(folder / "crt-chain.db") as ledger, ledger.database.read() as connection:
        found = tip(connection)
    read = -1 if found is None else found.number
    checks = doctor()
    assert checks["index"]["found"] == f"{before + 40 - read} blocks behind the chain"
    assert checks["index"]["level"] == "warn"


def test_a_database_that_takes_no_writes(url: str) -> None:
    with Database(url) as database:
        check_writable(database)
        with database.engine.connect() as connection:
            if database.is_sqlite:
                connection.exec_driver_sql("pragma query_only = on")
            else:
                name = database.engine.url.database
                connection.exec_driver_sql(f'alter database "{name}" set default_transaction_read_only = on')
                connection.commit()
        if not database.is_sqlite:
            database.engine.dispose()  # it holds for new connections
        with pytest.raises(StoreError):
            check_writable(database)


def test_the_node_says_how_it_is_named(folder: Path) -> None:
    with running_node(folder / "crt-chain.db") as (process, url):
        process.terminate()
        assert process.stdout is not None
        lines = process.stdout.read()
        process.wait(30)
    assert f"crt network add NAME --rpc {url} --deployment {folder / 'crt-chain.db.deployment.json'}" in lines


@pytest.mark.parametrize(
    "command",
    [
        *(("network", name) for name in ("add", "list", "show", "use", "remove")),
        *(("config", name) for name in ("explain", "list", "path", "set", "unset")),
        ("whoami",),
        ("doctor",),
        ("completion",),
    ],
)
def test_each_command_shows_an_example(command: tuple[str, ...]) -> None:
    shown = crt(*command, "--help").stdout
    assert f"Example: crt {' '.join(command)}" in shown and "--json" in shown
