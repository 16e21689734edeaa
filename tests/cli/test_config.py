"""`crt config`: what files say, what they must not say, and how they are changed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.cli.config_files import project_file
from ledger.cli.configured import configured, environment, flags
from ledger.cli.settings import SETTINGS, Source
from tests.cli.test_store import said
from tests.command import ROOT

KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
SECRET = "crt_key_0123456789ab_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFy"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's file, which is not there yet; the working directory is `project/sub`."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "project" / "sub").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project" / "sub")
    return tmp_path / "config" / "crt" / "config.toml"


def write(file: Path, text: str, mode: int = 0o600) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def run(*args: str) -> Any:
    code, text = said(Path.cwd(), *args, "--json")
    assert code == 0, text
    return json.loads(text)


def error(*args: str) -> dict[str, Any]:
    code, text = said(Path.cwd(), *args, "--json")
    document = json.loads(text)
    assert code == 2 and document["schema"] == "crt-error/1", text
    found: dict[str, Any] = document["error"]
    return found


def explained(*args: str) -> dict[str, Any]:
    return {one["name"]: one for one in run("config", "explain", *args)["settings"]}


# --- What counts ------------------------------------------------------------------------------------------------------


def test_each_source_stands_before_the_next(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(own, "most_fee = 1\nconfirmations = 10\n")
    project = write(own.parents[2] / "project" / "crt.toml", "most_fee = 2\n", 0o644)
    found = explained()
    assert (found["most_fee"]["value"], found["most_fee"]["source"]) == ("2", "project")
    assert found["most_fee"]["place"] == str(project)
    assert found["most_fee"]["overrides"] == [{"place": str(own), "value": "1"}]
    assert (found["confirmations"]["value"], found["confirmations"]["source"]) == ("10", "user")
    monkeypatch.setenv("CRT_MOST_FEE", "3")
    assert (explained()["most_fee"]["value"], explained()["most_fee"]["place"]) == ("3", "CRT_MOST_FEE")
    found = explained("--set", "most_fee=4", "--chain", "x.db")
    assert [one["value"] for one in found["most_fee"]["overrides"]] == ["3", "2", "1"]
    assert (found["most_fee"]["value"], found["most_fee"]["source"]) == ("4", "flag")
    assert (found["chain"]["value"], found["chain"]["place"]) == ("x.db", "--chain")
    _, text = said(Path.cwd(), "config", "explain")
    assert "not 1, by" in text and "CRT_MOST_FEE" in text


@given(st.dictionaries(st.sampled_from(["confirmations", "most_fee"]), st.integers(0, 999_999_999)))
def test_numbers_of_variables_are_those_of_flags(values: dict[str, int]) -> None:
    typed = flags({}, [f"{name}={value}" for name, value in values.items()])
    said = environment({SETTINGS[name].variable: str(value) for name, value in values.items()})
    assert typed == said.values == values


def test_paths_of_a_file_are_relative_to_it(own: Path) -> None:
    write(own.parents[2] / "project" / "crt.toml", 'rpc = "http://127.0.0.1:1"\ndeployment = "net/d.json"\n')
    assert configured({}).path("deployment") == own.parents[2] / "project" / "net" / "d.json"
    write(own, 'wallets = "~/w"\n')
    assert configured({}).path("wallets") == own.parents[2] / "w"


def test_the_nearest_project_counts(own: Path, tmp_path: Path) -> None:
    assert project_file() is None
    outer = write(tmp_path / "crt.toml", "most_fee = 1\n")
    assert project_file() == outer
    inner = write(tmp_path / "project" / "crt.toml", "most_fee = 2\n")
    assert project_file() == inner and configured({}).number("most_fee") == 2


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment({one.variable: "" for one in SETTINGS.values()} | {"NO_COLOR": ""}).values == {}


@pytest.mark.parametrize(
    ("variables", "when"),
    [
        ({}, None),
        ({"NO_COLOR": "1"}, "never"),
        ({"FORCE_COLOR": "1"}, "always"),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "never"),
        ({"NO_COLOR": "1", "CRT_COLOUR": "always"}, "always"),
    ],
)
def test_the_variables_of_other_programs(variables: dict[str, str], when: str | None) -> None:
    assert environment(variables).values.get("colour") == when


@pytest.mark.parametrize(
    ("given", "colour"),
    [
        ({}, False),
        ({"CRT_COLOUR": "always"}, True),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "CRT_COLOUR": "never"}, False),
    ],
)
def test_a_pipe_has_colours_only_if_they_are_asked_for(given: dict[str, str], colour: bool) -> None:
    """The header of a table is dim."""
    code = "from ledger.cli.output import table; table(['a'], [['b']], left=1)"
    variables = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), **given}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    assert ("\x1b[" in done.stdout) == colour and "a" in done.stdout


# --- What is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        ('netwrok = "main"', "netwrok", "nobody knows"),
        ("network = 5", "network", "another kind"),
        ('confirmations = "64"', "confirmations", "another kind"),
        ("confirmations = -1", "confirmations", "another kind"),
        ("confirmations = true", "confirmations", "another kind"),
        ("confirmations = 1.5", "confirmations", "another kind"),
        ("networks = 5", "networks", "another kind"),
        ('colour = "red"', "colour", "not a choice"),
        ('rpc = "ftp://x"', "rpc", "not an address"),
        ('rpc = ""', "rpc", "not a value"),
        ('as = "a\\u001b[0m"', "as", "not a value"),
        ("[networks.main]\nrpx = 1", "networks.main.rpx", "nobody knows"),
        ('[networks.Main]\nrpc = "http://x"', "networks.Main", "not a name"),
        ('[networks.main]\nchain_id = "1"', "networks.main.chain_id", "another kind"),
        ('[networks.main]\nwallets = "x"', "networks.main.wallets", "nobody knows"),
        ('[networks]\nmain = "x"', "networks.main", "another kind"),
        ("most_fee = 1\nmost_fee = 2", None, "not TOML"),
        ("this is no toml", None, "not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(own: Path, text: str, field: str | None, message: str) -> None:
    write(own, text)
    told = error("config", "explain")
    assert message in told["message"] and told["file"] == str(own)
    assert told.get("field") == field and told["expected"] and told["found"]


@pytest.mark.parametrize(
    "text",
    [
        f'as = "{KEY}"',
        f'as = "0x{KEY}"',
        f'private_key = "{KEY}"',
        f'api_key_file = "{SECRET}"',
        f'api_key = "{SECRET}"',
        f'[networks.main]\napi = "http://x"\napi_key_file = "{SECRET}"',
        f'[networks.main]\nsecret = "{SECRET}"',
        'password = "hunter2hunter2"',
        'mnemonic = "hunter2hunter2"',
        'database = "postgresql://crt:hunter2hunter2@db/crt"',
        'database = "postgresql://crt@db/crt?password=hunter2hunter2"',
    ],
)
@pytest.mark.parametrize("command", [("config", "explain"), ("config", "list"), ("whoami",), ("doctor",)])
def test_a_secret_in_a_file_is_refused_and_not_shown(own: Path, text: str, command: tuple[str, ...]) -> None:
    write(own, text)
    code, shown = said(Path.cwd(), *command, "--json")
    assert code in (1, 2) and str(own) in shown
    assert not [secret for secret in (KEY, SECRET, "hunter2") if secret in shown]


@pytest.mark.parametrize(
    "text",
    [
        'wallets = "w"',
        'api_key_file = "k"',
        'password_file = "p"',
        '[networks.main]\nrpc = "http://x"\ndeployment = "d"\ntest = true',
        'rpc = "http://user:hunter2hunter2@x"',
    ],
)
def test_what_a_project_must_not_say(own: Path, text: str) -> None:
    file = write(own.parents[2] / "project" / "crt.toml", text, 0o644)
    told = error("config", "explain")
    assert told["file"] == str(file) and "hunter2" not in str(told)
    file.unlink()
    write(own, text)
    assert run("config", "explain")


def test_what_of_an_address_may_be_a_key_is_not_shown(own: Path) -> None:
    write(own, 'rpc = "https://user:hunter2hunter2@node.example:8443/v3/0123456789abcdef0123456789abcdef"\n')
    for command in (("config", "explain"), ("config", "list")):
        _, shown = said(Path.cwd(), *command)
        assert "https://node.example:8443/..." in shown
        assert "hunter2" not in shown and "0123456789abcdef" not in shown


def test_files_that_others_can_write(own: Path, tmp_path: Path) -> None:
    write(own, "most_fee = 1\n", 0o666)
    assert "others can change" in error("config", "explain")["message"]
    write(own, "most_fee = 1\n", 0o644)
    assert explained()["most_fee"]["value"] == "1"


def test_flags_that_are_wrong(own: Path) -> None:
    for pair, field in (
        ("nothing", "--set"),
        ("most_fees=1", "--set"),
        ("most_fee=x", "--set most_fee"),
        (f"as={KEY}", "--set as"),
        ("database=postgresql://a:hunter2hunter2@b/c", "--set database"),
    ):
        told = error("config", "explain", "--set", pair)
        assert told["field"] == field and KEY not in str(told) and "hunter2" not in str(told)
    assert "not both" in error("config", "explain", "--chain", "a", "--api", "http://x")["message"]


# --- Changing files ---------------------------------------------------------------------------------------------------


def test_set_and_unset_keep_comments(own: Path) -> None:
    write(own, "# mine\nmost_fee = 1  # gwei\n\n[networks.main]  # far away\nchain = 'c.db'\n")
    assert run("config", "set", "most_fee", "50")["value"] == "50"
    assert run("config", "set", "as", "treasury")["schema"] == "crt-config-set/1"
    text = own.read_text()
    assert "# mine\n" in text and "most_fee = 50" in text and "# far away" in text
    assert configured({}).text("as") == "treasury" and configured({}).number("most_fee") == 50
    run("config", "unset", "most_fee")
    assert "most_fee" not in own.read_text() and "# mine\n" in own.read_text()
    assert error("config", "unset", "most_fee")["message"] == "it is not said there"


def test_a_file_is_made_for_nobody_else(own: Path) -> None:
    before = os.umask(0)
    try:
        run("config", "set", "confirmations", "64")
    finally:
        os.umask(before)
    assert stat.S_IMODE(own.stat().st_mode) == 0o600 and stat.S_IMODE(own.parent.stat().st_mode) == 0o700
    own.chmod(0o644)
    run("config", "set", "confirmations", "65")
    assert stat.S_IMODE(own.stat().st_mode) == 0o600 and list(own.parent.iterdir()) == [own]


def test_a_link_stays_a_link(own: Path, tmp_path: Path) -> None:
    real = write(tmp_path / "dotfiles" / "crt.toml", "most_fee = 1\n")
    own.parent.mkdir(parents=True)
    own.symlink_to(real)
    run("config", "set", "most_fee", "2")
    assert own.is_symlink() and real.read_text() == "most_fee = 2\n"


def test_the_project_s_file_has_relative_paths(own: Path, tmp_path: Path) -> None:
    write(tmp_path / "project" / "crt.toml", "")
    run("config", "set", "chain", "c.db", "--project")
    assert (tmp_path / "project" / "crt.toml").read_text() == 'chain = "sub/c.db"\n'
    assert configured({}).path("chain") == tmp_path / "project" / "sub" / "c.db"
    run("config", "set", "chain", "c.db")
    assert f'chain = "{tmp_path}/project/sub/c.db"' in own.read_text()
    assert run("config", "path")["project"] == str(tmp_path / "project" / "crt.toml")
    assert run("config", "list", "--project")["settings"] == {"chain": str(tmp_path / "project" / "sub" / "c.db")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("most_fee", "much"),
        ("most_fees", "1"),
        ("as", KEY),
        ("api_key_file", SECRET),
        ("database", "postgresql://crt:hunter2hunter2@db/crt"),
        ("network", "nobody-added-it"),
        ("colour", "red"),
        ("rpc", "node"),
    ],
)
def test_what_is_wrong_is_not_written(own: Path, name: str, value: str) -> None:
    write(own, "# as it was\n")
    told = error("config", "set", name, value)
    assert own.read_text() == "# as it was\n"
    assert not [secret for secret in (KEY, SECRET, "hunter2") if secret in str(told)]


def test_places_exclude_each_other_in_a_file_too(own: Path) -> None:
    run("config", "set", "chain", "c.db")
    told = error("config", "set", "rpc", "http://127.0.0.1:1")
    assert "not both" in told["message"] and told["file"] == str(own) and "unset chain" in told["hint"]
    assert "rpc" not in own.read_text()
    run("config", "unset", "chain")
    run("config", "set", "rpc", "http://127.0.0.1:1")
    assert explained()["rpc"]["value"] == "http://127.0.0.1:1"


def test_other_commands_use_it(own: Path) -> None:
    """A node that nobody answers at, named by the file alone."""
    write(own, 'rpc = "http://127.0.0.1:1"\n')
    assert "CRT_DEPLOYMENT" in error("reconcile")["expected"]
    assert said(Path.cwd(), "reconcile", "--chain", "none.db")[0] == 2
    assert Source.USER < Source.PROJECT < Source.ENVIRONMENT < Source.FLAG
