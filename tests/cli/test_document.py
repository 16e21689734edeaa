"""docs/cli.md is true: its commands run, and what it lists is what there is."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.chain.devkeys import dev_account
from ledger.cli.app import app
from ledger.cli.config_files import read_file
from ledger.cli.demo import example
from ledger.cli.networks import DEVELOPMENT
from ledger.cli.settings import SETTINGS, Source, resolve
from ledger.domain.amounts import typed_amount
from ledger.domain.money import currency, format_amount
from ledger.domain.terms import InvestorClass
from ledger.errors import InputError
from ledger.services import cash, eligibility, issuance, subscribing
from ledger.services.inputs.case import load_case
from ledger.services.ledger import fund_account, open_local
from ledger.services.story import run_case
from tests.cli.net import Net
from tests.cli.test_store import said
from tests.command import ROOT
from tests.services.small import offered, small_case

TEXT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
CNY = currency("CNY")
CHANGING = ("cash mint", "holder freeze", "holder release", "holder standing", "series activate", "series pause")
CHANGING += ("series requirement", "series resume", "spv pay-fees", "spv pay-residual")
READING = tuple(f"series {name}" for name in ("list", "show", "holders", "pool", "subscriptions", "collections"))
READING += ("series distributions", "series valuation", "spv list", "spv show", "holder show", "events", "distribute")

(HOLDERS,) = re.findall(r"^## Receipts\n.*?(?=^## An API$)", TEXT, flags=re.MULTILINE | re.DOTALL)


def blocks(language: str, text: str = TEXT) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chain that `crt api serve --seed` makes."""
    made = tmp_path_factory.mktemp("seeded")
    case = load_case(*map(example, ("terms.toml", "rent-roll.csv", "subscriptions.csv", "collections.csv")))
    with open_local(made / "crt-chain.db", start=case.terms.open_date - timedelta(days=14)) as ledger:
        run_case(ledger, case, dates=2)
        ledger.sync()
    return made


@pytest.fixture
def folder(seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CRT_HOME", str(tmp_path / "home"))
    made = Path(shutil.copytree(seeded, tmp_path / "chain"))
    (made / "examples").symlink_to(ROOT / "examples")
    return made


def test_its_commands_run(folder: Path) -> None:
    ran = [shlex.split(line)[1:] for block in blocks("sh", TEXT.replace(HOLDERS, "")) for line in block.splitlines()]
    for command in ran:
        code, text = said(folder, *command)
        assert code == 0, (command, text)
    assert {command[1] for command in ran if command[0] == "config"} == {"set", "unset", "list", "path", "explain"}
    assert {command[1] for command in ran if command[0] == "network"} == {"add", "list", "show", "use", "remove"}
    assert json.loads(said(folder, "reconcile", "--json")[1])["agree"]
    series = json.loads(said(folder, "series", "show", "CRT01", "--json")[1])
    paid = [one["paid"]["amount"] for one in series["distributions"]]
    assert len(paid) == 3 and paid[2] == "7177970.88"  # as the demo's, less what rounding leaves for each of 7 holders


def test_examples_of_the_help_run(folder: Path) -> None:
    """Of commands on series that read, and of those that change something the dry run; each as its help has it."""
    standing = ("holder", "standing", "dev:1", "--class", "bank", "--jurisdiction", "CN", "--until", "2030-12-31")
    assert said(folder, *standing, "--yes")[0] == 0
    for name in (*READING, *CHANGING):
        helped = CliRunner().invoke(app, [*name.split(), "--help"]).output
        line = " ".join(helped.split("Example: ")[1].split("\n\n")[0].split())
        code, text = said(folder, *shlex.split(line)[1:], *(["--dry-run"] if name in CHANGING else []))
        assert code == 0, (line, text)


def test_commands_of_holders_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a chain where dev:0 has 1,000.00 of a series, dev:1 may hold it, and a coupon is due."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    case = small_case()
    with open_local(tmp_path / "crt-chain.db", start=case.terms.open_date) as ledger:
        series = offered(ledger, case)
        holder, other = (fund_account(ledger, dev_account(20 + number)) for number in (0, 1))  # dev:0 and dev:1
        for account in (holder, other):
            until = datetime(2030, 1, 1, tzinfo=UTC)
            eligibility.set_standing(ledger, account.address, InvestorClass.INSURANCE, "CN", until)
        cash.mint(series, holder.address, 100_000)
        subscribing.subscribe(series, holder, 100_000)
        series.go_to(case.terms.issue_date)
        issuance.activate(series)
    Net(tmp_path).coupon()
    ran = [shlex.split(line)[1:] for block in blocks("sh", HOLDERS) for line in block.splitlines()]
    for command in ran:
        code, text = said(tmp_path, *command)
        assert code == 0, (command, text)
    assert len({command[1] for command in ran if command[0] == "receipt"}) == 10  # all of them


def test_its_file_is_one(tmp_path: Path) -> None:
    (file,) = blocks("toml")
    (tmp_path / "config.toml").write_text(file)
    (tmp_path / "config.toml").chmod(0o600)
    found = resolve([read_file(Source.USER, tmp_path / "config.toml")])
    assert found.network is not None and found.network.chain_id == 20_250_102
    assert (found.number("confirmations"), found.number("most_fee"), found.text("as")) == (64, 50, "treasury")
    assert found.path("deployment") == tmp_path / "deployment.json"


def test_it_has_every_setting_flag_and_variable() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| `(CRT_\w+)` \|", TEXT, flags=re.MULTILINE)
    assert [(name, variable) for name, _, variable in rows] == [(one.name, one.variable) for one in SETTINGS.values()]
    for name, flags, _ in rows:
        assert f"`{SETTINGS[name].flag}" in flags
    for one in SETTINGS.values():
        if one.own:
            assert f"`{one.name}`" in TEXT.split("A project's file comes with")[1]
    (ids,) = re.findall(r"development chains \(([\d, ]+)\)", TEXT)
    assert {int(one) for one in ids.split(",")} == DEVELOPMENT


def test_its_amounts_are_read_so() -> None:
    rows = re.findall(r"^\| (`.*`) \| ([\d,.]+) \|$", TEXT, flags=re.MULTILINE)
    assert len(rows) == 5
    for typed, meant in rows:
        for text in re.findall(r"`([^`]+)`", typed):
            assert format_amount(typed_amount(text, CNY), CNY) == meant, text
    refused = re.findall(r"What can be read in two ways.*?\)\. So", TEXT, flags=re.DOTALL)[0]
    for text in re.findall(r"`([^`]+)`", refused):
        with pytest.raises(InputError, match="two ways") as told:
            typed_amount(text, CNY)
        shown = re.findall(rf"`{re.escape(text)}` \((\S+) or (\S+)\)", refused)
        assert all(str(told.value.expected).startswith(f"{one} or {other} ") for one, other in shown)
    for text in re.findall(r"`([^`]+)`", TEXT.split("So are signs,")[1].split("another currency")[0]):
        with pytest.raises(InputError):
            typed_amount(text, CNY)
