"""An administrator and a student at a real terminal, their questions answered, mistakes on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from ledger.services import cash
from ledger.services.ledger import open_local
from ledger.services.series import Series
from tests.cli.stage import ANN, Stage
from tests.services.small import RENTS, TERMS
from tests.wallet.terminal import terminal

PASSWORD, WRONG = "correct horse", "wrong horse"
YES = ("Do this.*Type yes", "yes")


def password_of(name: str, typed: str = PASSWORD) -> tuple[str, str]:
    return f"password of {name}: ", typed


@dataclass
class Desk:
    """A person with a terminal and a folder."""

    folder: Path

    def at(self, *args: str, answers: tuple[tuple[str, str], ...] = (), code: int = 0) -> str:
        """What is seen of a command whose questions are answered, and which ends so."""
        variables = {"XDG_CONFIG_HOME": str(self.folder / "config"), "COLUMNS": "120"}
        with terminal(*args, home=self.folder / "home", cwd=self.folder, **variables) as screen:
            screen.answers(*answers)
            assert screen.ends() == code, screen.seen
            assert PASSWORD not in screen.seen and WRONG not in screen.seen and "Traceback" not in screen.seen
            return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.seen).replace("\r\n", "\n")

    def new_wallet(self, name: str) -> None:
        twice = ((f"password for {name}: ", PASSWORD), ("again: ", PASSWORD))
        self.at("wallet", "new", name, "--no-words", answers=twice)

    def address(self, name: str) -> str:
        found: str = re.findall(r"0x[0-9a-fA-F]{40}", self.at("wallet", "show", name))[0]
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A local chain with the contracts and nothing else, two days before an offering; a term sheet, and its rents."""
    with open_local(tmp_path / "crt-chain.db", start=date(2024, 12, 18)) as ledger:
        ledger.sync()
    rents = "".join(f"{name}-SMALL,lessee,1,{due},CNY,1600.00\n" for name, due in RENTS.items())
    paid = "".join(f"{due},{name}-SMALL,CNY,1600.00\n" for name, due in RENTS.items())
    (tmp_path / "terms.toml").write_text(TERMS.format(code="SMALL"))
    (tmp_path / "roll.csv").write_text("receivable,lessee,machines,due,currency,amount\n" + rents)
    (tmp_path / "paid.csv").write_text("date,receivable,currency,amount\n" + paid)
    return Desk(tmp_path)


def test_an_administrator_from_a_term_sheet_to_a_paid_coupon(desk: Desk) -> None:
    at = desk.at
    for name in ("agent", "alice"):
        desk.new_wallet(name)
    assert "no series" in at("series", "list")

    # The series: a mistake in a file, no for an answer, and then yes.
    create = ("spv", "create", "terms.toml", "roll.csv", "--originator", "dev:1", "--fees", "dev:2")
    create = (*create, "--valuation-agent", "agent")
    roll = (desk.folder / "roll.csv").read_text()
    (desk.folder / "roll.csv").write_text(roll.replace("R2-SMALL,lessee,1,2025-03-01,CNY,1600.00", "R2-SMALL,lessee"))
    assert "roll.csv:3: row has too few fields" in at(*create, code=2)
    (desk.folder / "roll.csv").write_text(roll)
    stopped = at(*create, answers=(("chain id 20250102.*Do this.*Type yes", "no"),), code=2)
    assert "nothing was changed" in stopped and "no series" in at("series", "list")
    made = at(*create, answers=(YES,))
    worth = re.findall(r"presentValue +([0-9,.]+) CNY", made)[-1]

    # The agent signs what the pool is worth; a wrong password, and a worth that nobody has signed for.
    at("series", "valuation", "SMALL", worth, "--out", "valuation.json")
    sign = ("wallet", "sign", "agent", "--typed", "valuation.json")
    assert "the password is wrong" in at(*sign, answers=(password_of("agent", WRONG),), code=4)
    signature = re.findall(r"0x[0-9a-f]{130}", at(*sign, answers=(password_of("agent"),)))[0]
    refused = at("series", "offer", "SMALL", "5萬", "--signature", signature, code=6)
    assert "next:" in refused and "Draft" in at("series", "show", "SMALL")
    at("series", "offer", "SMALL", worth, "--signature", signature, answers=(YES,))

    # The offering, in which an investor buys.
    at("chain", "advance", "2")
    at(
        *("holder", "standing", "alice", "--class", "insurance", "--jurisdiction", "CN", "--until", "2030-12-31"),
        answers=(YES,),
    )
    at("cash", "mint", "alice", "2,000.00", answers=(YES,))
    at("subscribe", "SMALL", "2,000.00", "--as", "alice", answers=(YES, password_of("alice")))
    assert "alice" in at("series", "subscriptions", "SMALL")
    at("series", "activate", "SMALL", code=6)  # before its issue date
    at("chain", "advance", "12")
    assert "Active" in at("series", "activate", "SMALL", answers=(YES,))

    # A payment date: rent of 1,600.00, of which a month at 12 % of 2,000.00 are 20.00.
    assert "2025-01-27 or later" in at("distribute", "SMALL", code=2)
    at("chain", "advance", "31")
    collect = ("collect", "SMALL", "--file", "paid.csv", "--to", "2025-02-01")
    assert "the operator account has too little cash" in at(*collect, code=2)
    at("cash", "mint", "operator", "1600", answers=(YES,))
    assert "1,600.00 CNY of rent arrive" in at(*collect, answers=(YES,))
    drawn = at("distribute", "SMALL", "--preview")
    assert "coupon: due 20.00, paid 20.00" in drawn and "it adds up: 1,600.00 in, 1,600.00 out" in drawn
    paid = at("distribute", "SMALL", answers=(("20.00 CNY are set aside for holders.*Do this.*Type yes", "yes"),))
    assert re.search(r"paid +20\.00 CNY", paid) and re.search(r"reconciled +yes", paid)
    assert "it has the 1,580.00 that it owes" in at("spv", "show", "SMALL")
    assert "epoch 0 is paid to 1 holder" in at("events", "--all")
    with open_local(desk.folder / "crt-chain.db") as ledger:
        assert cash.balance(Series.load(ledger, 1), desk.address("alice")) == 2_000


def test_a_student_from_commits_to_a_paid_invoice(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.write_repository()
    desk = Desk(tmp_path)
    at, log = desk.at, "repo.crtlog"
    for name in ("ann", "shop"):
        desk.new_wallet(name)
    assert ANN in at("contrib", "attribute", "repo")
    at("contrib", "anchor", log, "--name", "example/repo", "--as", "dev:0")

    # She binds her address to her wallet, after a password that is not hers.
    request = ("contrib", "bind", "request", log, ANN, "--git", "repo", "--as", "ann", "-o", "ann.json")
    assert "the password is wrong" in at(*request, answers=(password_of("ann", WRONG),), code=4)
    at(*request, answers=(password_of("ann"),))
    at("contrib", "bind", "approve", "ann.json", "--git", "repo", "--as", "dev:0")

    # The district opens a programme, the university attests, she agrees.
    terms = ("--provider", "shop", "--unit-value", "5.00", "--points-per-unit", "1000", "--expires", "2030-12-31")
    at("voucher", "open", *terms, "--as", "district")
    assert "two ways" in at("voucher", "fund", "1", "1,5", "--as", "district", code=2)
    at("voucher", "fund", "1", "100.00", "--as", "district")
    at("contrib", "attest", "1", "1", "2026-06-30", "--as", "university", "--out", "graduation.json")
    at("contrib", "graduate", "graduation.json", "--as", "ann", answers=(password_of("ann"),))
    at("contrib", "publish", "1", log, "--as", "district")
    early = at("contrib", "claim", "1", log, "--as", "ann", answers=(password_of("ann"),), code=2)
    assert "next:" in early
    at("chain", "advance", "8")
    # 30 lines and half of one are 30,500 points, thus 30 vouchers of 5.00; the budget of 100.00 has room for 20.
    assert "20 vouchers" in at("contrib", "claim", "1", log, "--as", "ann", answers=(password_of("ann"),))

    # She pays the shop's invoice, which signs it; once.
    redeem = ("voucher", "redeem", "1", "4", "--provider", "shop", "--invoice", "2026-0117", "--as", "ann")
    both = (password_of("ann"), password_of("shop"))
    assert "16 vouchers left" in at(*redeem, answers=both)
    at(*redeem, answers=both, code=3)
    assert "was paid 20.00 CNY" in at("voucher", "reimburse", "1", "shop", "--as", "dev:3")
    with open_local(tmp_path / "crt-chain.db") as ledger:
        assert ledger.vouchers.view(ledger.node, "balanceOf", desk.address("ann"), 1) == 16
        assert ledger.cash.view(ledger.node, "balanceOf", desk.address("shop")) == 20 * 10**6
