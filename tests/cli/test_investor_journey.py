"""An investor on a local testnet, at a real terminal: from a new wallet to a claimed coupon, mistakes on the way.

`crt node` runs beside it, and `cast`, which knows nothing of us, reads what `crt` wrote.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ledger.domain.terms import InvestorClass
from ledger.services import cash, collections, distribution, eligibility, issuance
from ledger.services.ledger import Ledger, open_local, open_remote
from ledger.services.series import Series
from tests.command import crt
from tests.nodes import foundry_binary, running_node
from tests.services.small import RENT, offered, small_case
from tests.wallet.terminal import Terminal, terminal

PASSWORD, WRONG = "correct horse", "wrong horse"
FIRST = 1 << 64  # ids of the series' receipts begin here
FOREVER = datetime(2030, 1, 1, tzinfo=UTC)

# A password is asked for after what happens is agreed to.
AGREES = (("Do this.*Type yes", "yes"), ("password of [a-z]+: ", PASSWORD))


@dataclass
class Investor:
    """A person with a terminal, a folder, and a node's URL."""

    folder: Path
    url: str

    @property
    def variables(self) -> dict[str, str]:
        return {"XDG_CONFIG_HOME": str(self.folder / "config")}

    def at(self, *args: str, answers: tuple[tuple[str, str], ...] = (), code: int = 0) -> str:
        """What is seen of a command whose questions are answered, and which ends so."""
        with self.terminal(*args) as screen:
            screen.answers(*answers)
            assert screen.ends() == code, screen.seen
            assert PASSWORD not in screen.seen and WRONG not in screen.seen and "Traceback" not in screen.seen
            return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.seen).replace("\r\n", "\n")

    @contextmanager
    def terminal(self, *args: str) -> Iterator[Terminal]:
        with terminal(*args, home=self.folder / "home", cwd=self.folder, COLUMNS="120", **self.variables) as screen:
            yield screen

    def address(self, name: str) -> str:
        found: str = json.loads((self.folder / "home" / "wallets" / f"{name}.json").read_text())["address"]
        return f"0x{found.removeprefix('0x')}".lower()

    @contextmanager
    def administrator(self) -> Iterator[tuple[Ledger, Series]]:
        """What others do meanwhile, and the days that pass."""
        with open_remote(self.url, self.folder / "deployment.json") as ledger:
            yield ledger, Series.load(ledger, 1)
            ledger.sync()

    def registered(self, name: str) -> None:
        with self.administrator() as (ledger, _):
            eligibility.set_standing(ledger, self.address(name), InvestorClass.INSURANCE, "CN", FOREVER)

    def cast(self, signature: str, *args: object) -> str:
        binary = foundry_binary("cast")
        if binary is None:
            pytest.skip("cast is not installed: npm ci in contracts/")
        contract = json.loads((self.folder / "deployment.json").read_text())["receipts"]
        settings = {**os.environ, "ETH_RPC_URL": self.url, "HOME": str(self.folder)}
        command = [binary, "call", contract, signature, *map(str, args)]
        done = subprocess.run(command, env=settings, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.split()[0].lower()

    def units(self, number: int) -> int:
        return int(self.cast("balanceOf(uint256)(uint256)", FIRST + number))


@pytest.fixture
def investor(tmp_path: Path) -> Iterator[Investor]:
    """A testnet with a series in its offering: 3,000.00, for insurers of China."""
    case = small_case()
    with open_local(tmp_path / "crt-chain.db", start=case.terms.open_date) as ledger:
        offered(ledger, case)
        ledger.deployment.save(tmp_path / "deployment.json")
    with running_node(tmp_path / "crt-chain.db") as (_, url):
        with open_remote(url, tmp_path / "deployment.json") as ledger:
            ledger.sync()
        yield Investor(tmp_path, url)


def new_wallet(investor: Investor) -> None:
    with investor.terminal("wallet", "new", "alice") as screen:
        screen.until("Press Enter")
        words = [word for _, word in re.findall(r"^ +(\d+)  ([a-z]+)\r$", screen.seen, flags=re.MULTILINE)]
        screen.types("")
        for _ in range(3):
            screen.types(words[int(screen.until(r"Word (\d+): ")[1]) - 1])
        screen.answers(("password for alice: ", PASSWORD), ("again: ", PASSWORD))
        assert screen.ends() == 0


def test_from_a_new_wallet_to_a_claimed_coupon(investor: Investor) -> None:
    at = investor.at
    new_wallet(investor)
    add = ("network", "add", "home", "--rpc", investor.url, "--deployment", "deployment.json", "--as", "alice")
    assert "20250102" in at(*add, answers=(("Type yes", "yes"),))
    at("network", "use", "home")
    assert "it can hold nothing" in at("whoami")

    subscribe = ("subscribe", "SMALL", "1,000.00")
    assert "(ERC20InsufficientBalance)" in at(*subscribe, code=6)
    with investor.administrator() as (_, series):
        cash.mint(series, investor.address("alice"), 100_000)
    refused = at(*subscribe, code=6)  # nobody has said what she is
    assert "(NotEligible)" in refused and "next: compliance" in refused
    investor.registered("alice")
    assert "the password is wrong" in at(*subscribe, answers=(AGREES[0], (AGREES[1][0], WRONG)), code=4)
    stopped = at(*subscribe, answers=(("Type yes", "no"),), code=2)
    assert "nothing was changed" in stopped and "1,000.00 CNY" in stopped and "chain id 20250102" in stopped
    assert "in block" in at(*subscribe, "--permit", answers=AGREES)
    assert investor.cast("ownerOf(uint256)(address)", FIRST + 1) == investor.address("alice")
    drawn = at("receipt", "show", "SMALL/1")
    assert "CNY 1,000.00" in drawn and "not issued yet" in drawn and "alice" in drawn

    with investor.administrator() as (_, series):
        series.go_to(date(2025, 1, 1))
        issuance.activate(series)
    assert "movable" in at("receipt", "show", "SMALL/1")
    assert "15.00 or 1.50 CNY" in at("receipt", "split", "SMALL/1", "1,5", code=2)
    at("receipt", "split", "SMALL/1", "250.00", answers=AGREES)
    assert (investor.units(1), investor.units(2)) == (75_000, 25_000)

    at("wallet", "new", "bob", "--no-words", answers=(("password for bob: ", PASSWORD), ("again: ", PASSWORD)))
    give = ("receipt", "transfer", "SMALL/2", "bob")
    assert "(NotEligible)" in at(*give, code=6)
    investor.registered("bob")
    script = crt(*give, cwd=investor.folder, CRT_HOME=str(investor.folder / "home"), **investor.variables)
    assert script.returncode == 2 and "--yes" in script.stderr
    at(*give, answers=AGREES)
    assert investor.cast("ownerOf(uint256)(address)", FIRST + 2) == investor.address("bob")

    with investor.administrator() as (ledger, series):
        series.go_to(date(2025, 2, 1))
        cash.mint(series, ledger.deployment.operator, RENT)
        collections.collect(series, [("R1-SMALL", RENT)], key="rent")
        distribution.fix_record(series)
        distribution.fund(series)
    at("claim", "SMALL", answers=AGREES)  # 12 % a year, 30E/360: 1 % of 750.00 for a month
    with investor.administrator() as (_, series):
        assert cash.balance(series, investor.address("alice")) == 750
    assert "7.50" in at("payments")
    at("claim", "SMALL", code=2)  # nothing is due any more
    assert "no payments" in at("payments", "--as", "bob")

    split = ("receipt", "split", "SMALL/1", "50.00", "--sign-only", "split.json")
    assert "nothing is sent" in at(*split, answers=AGREES)
    assert investor.units(1) == 75_000
    assert "units=[5000]" in at("tx", "show", "split.json")
    at("tx", "send", "split.json", answers=(AGREES[0],))  # no password: it is signed
    assert (investor.units(1), investor.units(3)) == (70_000, 5_000)
    assert "they were sent before" in at("tx", "send", "split.json", code=2)
    assert investor.cast("balanceOf(address)(uint256)", investor.address("alice")) == "2"
