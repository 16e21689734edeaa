"""What administrators do with a series by `crt`, on a chain and over the API: what is printed, and what is so then."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from api.serving import serving
from ledger.chain.listening import listen
from ledger.services import cash
from ledger.services.access import Access, make_key
from ledger.services.ledger import open_local
from ledger.services.series import Series
from tests.api.stage import MANY
from tests.cli import net as nets
from tests.cli.net import ALICE, BOB, CAROL, Net
from tests.services.small import TERMS

ROLL = "receivable,lessee,machines,due,currency,amount\n" + "".join(
    f"{name}-NEXT,lessee,1,{due},CNY,1600.00\n"
    for name, due in (("R1", "2025-03-01"), ("R2", "2025-04-01"), ("R3", "2025-05-01"))
)
LATER = (
    ("2025-04-01", "2025-05-01"),
    ("2025-01-01", "2025-02-01"),
    ("2024-12-31", "2025-01-31"),
    ("2024-12", "2025-01"),
)
RENTS = "date,receivable,currency,amount\n2025-02-01,R1-SMALL,CNY,1600.00\n2025-03-01,R2-SMALL,CNY,1600.00\n"


def go_to(net: Net, year: int, month: int, day: int) -> None:
    """Move the clock of the chain to a day of the series."""
    with net.ledger() as ledger:
        Series.load(ledger, 1).go_to(date(year, month, day))
        ledger.sync()


def cash_of(net: Net, account: str) -> int:
    """Settlement cash on the chain, in minor units."""
    with net.ledger() as ledger:
        return cash.balance(Series.load(ledger, 1), account)


def rent(net: Net, receivable: str) -> None:
    """The rent of 1,600.00 of a receivable arrives, and is booked."""
    net.does("cash", "mint", "operator", "1,600.00", "--yes")
    net.does("collect", "SMALL", receivable, "1600", "--yes")


# --- Read ------------------------------------------------------------------------------------------------------------


def test_a_series_is_shown(net: Net) -> None:
    (one,) = net.does("series", "list")["data"]
    assert (one["id"], one["code"], one["state"]) == ("1", "SMALL", "Active")
    shown = net.does("series", "show", "SMALL")
    assert shown["schema"] == "crt-series/1" and shown["today"] == "2025-01-01"
    assert shown["series"]["sold"] == {"amount": "2000.00", "currency": "CNY"} and shown["distributions"] == []
    assert [row["face"]["amount"] for row in shown["pool"]] == ["1600.00"] * 3
    assert net.does("series", "show", "1") == shown
    drawn = net.crt("series", "show", "SMALL").out
    assert "target yield" in drawn and "12% a year" in drawn and "next record: from 2025-01-27 on" in drawn
    assert "4,800.00" in drawn and "2025-04-01" in drawn  # all rent, and the last payment date
    error = net.fails("series", "show", "OTHER", code=2)
    assert (error["type"], error["field"], error["expected"]) == ("Unknown", "SERIES", "SMALL")


def test_the_register_is_that_of_any_block(net: Net) -> None:
    now = net.does("series", "holders", "SMALL")
    assert {one["holder"]: one["units"]["amount"] for one in now["data"]} == {ALICE: "1000.00", BOB: "1000.00"}
    (first, second) = net.does("series", "subscriptions", "SMALL")["data"]
    assert (first["holder"], second["holder"]) == (ALICE, BOB)
    then = net.does("series", "holders", "SMALL", "--block", first["block"])
    assert [one["holder"] for one in then["data"]] == [ALICE] and then["block"] == first["block"]
    assert "after block" in net.crt("series", "holders", "SMALL").out
    assert net.does("series", "holders", "SMALL", "--limit", "1")["more"]
    assert len(net.does("series", "holders", "SMALL", "--limit", "1", "--all")["data"]) == 2
    assert net.fails("series", "holders", "SMALL", "--block", "999999", code=2)["type"] == "Unknown"
    assert [one["holder"] for one in net.does("series", "subscriptions", "SMALL", "--holder", BOB)["data"]] == [BOB]


def test_the_money_of_an_spv_is_all_accounted_for(net: Net) -> None:
    rent(net, "R1-SMALL")
    (one,) = net.does("spv", "list")["data"]
    with net.ledger() as ledger:
        spv = Series.load(ledger, 1)
        assert (spv.cash_held(), spv.owed()) == (160_000, 160_000)
    assert one["accounts"]["cash"]["amount"] == one["accounts"]["collections"]["amount"] == "1600.00"
    drawn = net.crt("spv", "show", "SMALL").out
    assert "it has the 1,600.00 that it owes" in drawn and "rent since the last distribution" in drawn
    assert net.does("spv", "show", "SMALL")["pool"][0]["collected"]["amount"] == "1600.00"
    assert net.crt("spv", "list").out.split()[-3:] == ["0.00"] * 3 and "1,600.00" in net.crt("spv", "list").out


def test_what_has_happened_is_told_in_order(net: Net) -> None:
    found = net.does("events", "--all")["data"]
    assert [one["data"]["seq"] for one in found] == list(range(1, len(found) + 1))
    assert [one["data"]["name"] for one in found if one["data"]["kind"] == "Spv"].count("Subscribed") == 2
    told = net.crt("events", "--all").out
    assert "buys 1,000.00 CNY, as receipt SMALL No. 1" in told and "the series goes from Offering to Active" in told
    last = net.does("events", "--after", str(len(found) - 1))["data"]
    assert [one["data"]["id"] for one in last] == [found[-1]["data"]["id"]]
    assert net.crt("events", "--limit", "1").out.endswith("there are more: --all, or --limit\n")
    assert net.fails("events", "--after", "100000", code=2)["field"] == "after"


def test_events_are_followed_until_it_is_stopped(net: Net) -> None:
    seen = len(net.does("events", "--all")["data"])
    line = "import os; from ledger.cli import main; main()"
    command = [sys.executable, "-c", line, "events", "--follow", "--json", "--after", str(seen - 1)]
    root = Path(__file__).resolve().parents[2]
    variables = {"PATH": "", "PYTHONPATH": str(root), "CRT_HOME": str(net.folder / "home"), **net.variables}
    with subprocess.Popen(command, cwd=net.folder, env=variables, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert f'"seq": {seen}' in following.stdout.readline()
        if net.served is not None:  # what is new comes by itself; a chain in a file has one process at a time
            net.does("holder", "freeze", ALICE, "--reason", "order 12", "--yes")
            assert '"HolderFrozen"' in following.stdout.readline()
        following.terminate()
        assert following.wait(timeout=60) == 0


# --- Payment dates ---------------------------------------------------------------------------------------------------


def test_a_year_of_payment_dates(net: Net) -> None:
    """12 % a year by 30E/360 on 2,000.00 are 20.00 a month; 4,800.00 of rent less 60.00 and 2,000.00 are left."""
    early = net.fails("distribute", "SMALL", "--yes", code=2)
    assert (early["type"], early["expected"], early["found"]) == ("RuleError", "2025-01-27 or later", "2025-01-01")
    go_to(net, 2025, 1, 27)
    assert net.does("distribute", "SMALL", "--only", "record", "--yes")["result"] == {"series": "1", "epoch": 0}
    assert net.fails("distribute", "SMALL", "--yes", code=6)["type"] == "WouldRevert"  # its payment day has not come
    go_to(net, 2025, 2, 1)
    rent(net, "R1-SMALL")
    before = cash_of(net, ALICE)

    shown = net.does("distribute", "SMALL", "--preview")
    steps = shown["distribution"]["waterfall"]
    assert [steps[name]["amount"] for name in ("available", "coupon", "paid")] == ["1600.00", "20.00", "20.00"]
    # A third of the 2,000.00 for each of three dates, rounded down; the rest of 1,580.00 is the originator's.
    assert (steps["toSinking"]["amount"], steps["residual"]["amount"]) == ("666.66", "913.34") and not steps["done"]
    drawn = net.crt("distribute", "SMALL", "--preview").out
    assert "it adds up: 1,600.00 in, 1,600.00 out" in drawn and "rent for" in drawn
    assert net.does("series", "distributions", "SMALL")["data"][0]["state"] == "recorded"  # nothing was done

    done = net.does("distribute", "SMALL", "--yes")["result"]
    assert (done["period"], done["paid"]["amount"], done["unpaid"]["amount"]) == (0, "20.00", "0.00")
    assert done["reconciled"] and cash_of(net, ALICE) - before == 1_000
    (paid,) = net.does("series", "distributions", "SMALL")["data"]
    assert paid["waterfall"] == steps  # as it was foreseen
    again = net.does("distribute", "SMALL", "--date", "2025-02-01", "--yes")
    assert again["result"] == done and again["transactions"] == [] and cash_of(net, ALICE) - before == 1_000
    assert "funded 2025-02-01" in net.crt("distribute", "SMALL", "--preview").out
    wrong = net.fails("distribute", "SMALL", "--date", "2025-02-02", "--yes", code=2)
    assert wrong["expected"] == "one of 2025-02-01, 2025-03-01, 2025-04-01"
    assert net.fails("redeem", "SMALL", "--yes", code=2)["type"] == "RuleError"

    for number, month in ((2, 3), (3, 4)):
        go_to(net, 2025, month, 1)
        rent(net, f"R{number}-SMALL")
        done = net.does("distribute", "SMALL", "--yes")["result"]
    assert done["redemptionEpoch"] == 3 and cash_of(net, ALICE) - before == 3 * 1_000 + 100_000
    redeemed = net.does("redeem", "SMALL", "--yes")  # they are paid already, and not twice
    assert redeemed["transactions"] == [] and redeemed["result"]["paid"]["amount"] == "2000.00"
    net.does("spv", "sweep", "SMALL", "--yes")
    assert net.does("spv", "pay-residual", "SMALL", "--yes")["result"]["amount"]["amount"] == "2740.00"
    assert net.does("spv", "pay-fees", "SMALL", "--yes")["result"]["amount"]["amount"] == "0.00"
    (row,) = net.does("series", "list")["data"]
    assert (row["state"], row["collected"]["amount"]) == ("Redeemed", "4800.00")


def test_the_steps_of_a_payment_date_one_by_one(net: Net) -> None:
    go_to(net, 2025, 1, 27)
    rent(net, "R1-SMALL")
    net.does("distribute", "SMALL", "--only", "record", "--yes")
    assert net.fails("distribute", "SMALL", "--only", "pay", "--yes", code=2)["type"] == "RuleError"
    go_to(net, 2025, 2, 1)
    funded = net.does("distribute", "SMALL", "--only", "fund", "--yes")["result"]
    assert (funded["epoch"], funded["amount"]["amount"], funded["unpaid"]["amount"]) == (0, "20.00", "20.00")
    net.does("holder", "freeze", BOB, "--reason", "order 12", "--yes")
    part = net.does("distribute", "SMALL", "--only", "pay", "--yes")["result"]
    assert (part["paid"]["amount"], part["unpaid"]["amount"]) == ("10.00", "10.00")
    net.does("holder", "release", BOB, "--reason", "lifted", "--yes")
    rest = net.does("distribute", "SMALL", "--only", "pay", "--epoch", "0", "--yes")["result"]
    assert (rest["paid"]["amount"], rest["unpaid"]["amount"]) == ("20.00", "0.00")
    assert net.fails("distribute", "SMALL", "--only", "close", "--yes", code=2)["field"] == "--epoch"
    assert net.fails("distribute", "SMALL", "--only", "close", "--epoch", "0", "--yes", code=6)["type"] == "WouldRevert"
    go_to(net, 2025, 6, 1)  # 90 days to claim are over
    closed = net.does("distribute", "SMALL", "--only", "close", "--epoch", "0", "--yes")["result"]
    assert closed["unclaimed"]["amount"] == "0.00"
    assert net.fails("distribute", "SMALL", "--only", "fund", "--preview", code=2)["field"] == "--only"
    assert net.fails("distribute", "SMALL", "--epoch", "0", code=2)["field"] == "--epoch"


def test_books_that_do_not_agree_are_told_by_the_exit_code(issued: Path, tmp_path: Path) -> None:
    with nets.net("inside", issued, tmp_path / "net") as net:
        go_to(net, 2025, 2, 1)
        rent(net, "R1-SMALL")
        with closing(sqlite3.connect(net.folder / "crt-chain.db.ledger.sqlite")) as database:
            changed = database.execute("update standing set classes = 8 where holder = ?", (CAROL,))
            assert changed.rowcount == 1
            database.commit()
        done = net.crt("distribute", "SMALL", "--yes")
    assert done.code == 7 and "reconciled       no" in done.out and "crt reconcile" in done.err


def test_rent_is_booked_from_a_file(net: Net) -> None:
    (net.folder / "rent.csv").write_text(RENTS)
    from_file = ("collect", "SMALL", "--file", "rent.csv", "--yes")
    poor = net.fails(*from_file, code=2)
    assert (poor["expected"], poor["found"]) == ("3,200.00 CNY", "0.00")
    net.does("cash", "mint", "operator", "3,200.00", "--yes")
    booked = net.does(*from_file, "--to", "2025-02-28", "--key", "february")
    assert booked["result"] == {"series": "1", "booked": {"amount": "1600.00", "currency": "CNY"}}
    assert net.does(*from_file, "--to", "2025-02-28", "--key", "february") == booked  # the same request, done once
    net.does(*from_file, "--from", "2025-03-01")
    assert [one["amount"]["amount"] for one in net.does("series", "collections", "SMALL")["data"]] == ["1600.00"] * 2
    assert [one["collected"]["amount"] for one in net.does("series", "pool", "SMALL")["data"]] == [
        "1600.00",
        "1600.00",
        "0.00",
    ]

    (net.folder / "rent.csv").write_text(RENTS.replace("R2-SMALL", "R2-SMAL"))
    wrong = net.fails(*from_file, code=2)
    assert (wrong["file"], wrong["line"], wrong["field"]) == ("rent.csv", 3, "receivable")
    (net.folder / "rent.csv").write_text(RENTS.replace("03-01,R2-SMALL,CNY,1600.00", "03-01,R2-SMALL,USD,1600.00"))
    assert net.fails(*from_file, code=2)["field"] == "currency"
    (net.folder / "rent.csv").write_text(RENTS.replace("2025-03-01", "2025-3-1"))
    assert net.fails(*from_file, code=2)["field"] == "date"
    (net.folder / "rent.csv").write_text(RENTS)
    assert net.fails(*from_file, "--from", "2026-01-01", code=2)["found"] == "0"
    assert net.fails("collect", "SMALL", "R1-SMALL", "--yes", code=2)["field"] == "RECEIVABLE"
    assert (
        net.fails("collect", "SMALL", "R1-SMALL", "5", "--file", "rent.csv", "--yes", code=2)["field"] == "RECEIVABLE"
    )
    assert (
        net.fails("collect", "SMALL", "R1-SMALL", "5", "--from", "2025-01-01", "--yes", code=2)["field"]
        == "--from, --to"
    )
    assert net.fails("collect", "SMALL", "R1-SMALL", "1.234", "--yes", code=2)["message"].startswith(
        "the amount can be"
    )


# --- From a term sheet on ---------------------------------------------------------------------------------------------


@pytest.fixture
def founded(net: Net) -> Net:
    """A second series of 3,000.00 that is not offered yet; its agent is a wallet."""
    terms = TERMS.format(code="NEXT")
    for before, after in LATER:
        terms = terms.replace(before, after)
    for name, text in (("terms.toml", terms), ("roll.csv", ROLL), ("password", "correct horse")):
        (net.folder / name).touch(mode=0o600)
        (net.folder / name).write_text(text)
    net.does("wallet", "new", "agent", "--no-words", "--password-file", "password")
    made = net.does(
        *("spv", "create", "terms.toml", "roll.csv", "--originator", ALICE, "--fees", BOB),
        *("--valuation-agent", "agent", "--yes"),
    )
    assert made["state"] == "done" and made["result"]["series"] == "2"
    return net


def test_a_series_is_made_and_offered(founded: Net) -> None:
    net = founded
    shown = net.does("series", "show", "NEXT")["series"]
    assert (shown["state"], shown["parties"]["originator"], shown["poolCount"]) == ("Draft", ALICE, 3)
    again = net.does(
        *("spv", "create", "terms.toml", "roll.csv", "--originator", ALICE, "--fees", BOB),
        *("--valuation-agent", "agent", "--yes"),
    )
    assert again["transactions"] == [] and again["result"]["series"] == "2"
    (net.folder / "roll.csv").write_text(ROLL.replace("1600.00", "16OO.00"))
    wrong = net.fails(
        *("spv", "create", "terms.toml", "roll.csv", "--originator", ALICE, "--fees", BOB),
        *("--valuation-agent", "agent", "--yes"),
        code=2,
    )
    assert (wrong["file"], wrong["line"], wrong["field"]) == ("roll.csv", 2, "amount")

    worth = again["result"]["presentValue"]["amount"]
    asked = net.does("series", "valuation", "NEXT", worth, "--out", "valuation.json")
    assert asked["typedData"]["message"]["presentValue"] == worth.replace(".", "")
    signed = net.does("wallet", "sign", "agent", "--typed", "valuation.json", "--password-file", "password")
    bad = net.fails("series", "offer", "NEXT", worth, "--signature", f"0x{'11' * 65}", "--yes", code=6)
    assert bad["type"] == "WouldRevert"
    offered = net.does("series", "offer", "NEXT", worth, "--signature", signed["signature"], "--yes")
    assert offered["result"] == {"series": "2", "state": "Offering"}
    cancelled = net.does("series", "cancel", "NEXT", "--yes")
    assert cancelled["result"]["state"] == "Failed"
    assert net.does("series", "refund", "NEXT", "--yes")["result"]["left"]["amount"] == "0.00"
    assert net.does("series", "release", "NEXT", "--yes")["result"]["released"] == 3
    assert all(one["released"] for one in net.does("series", "pool", "NEXT")["data"])


def test_a_series_pauses_and_says_who_may_receive(net: Net) -> None:
    net.does("series", "pause", "SMALL", "--yes")
    assert net.does("series", "show", "SMALL")["series"]["paused"]
    assert "paused: nothing moves" in net.crt("series", "show", "SMALL").out
    net.does("series", "resume", "SMALL", "--yes")
    assert not net.does("series", "show", "SMALL")["series"]["paused"]
    needed = ("series", "requirement", "SMALL", "--class", "bank", "--class", "trust", "--jurisdiction", "HK")
    made = net.does(*needed, "--yes")["result"]
    assert (made["classes"], made["jurisdictions"]) == (["bank", "trust"], ["HK"])
    assert net.does("holder", "show", CAROL)["eligible"] == []
    wrong = net.fails("series", "requirement", "SMALL", "--class", "banks", "--jurisdiction", "HK", code=2)
    assert (wrong["field"], wrong["hint"]) == ("--class", 'did you mean "bank"?')
    wrong = net.fails("series", "requirement", "SMALL", "--class", "bank", "--jurisdiction", "hk", code=2)
    assert wrong["field"] == "--jurisdiction"
    assert net.fails("series", "fail", "SMALL", "--yes", code=6)["type"] == "WouldRevert"
    assert net.fails("series", "cancel", "SMALL", "--dry-run", code=6)["type"] == "WouldRevert"


def test_what_a_holder_is_to_compliance(net: Net) -> None:
    nobody = "0x" + "00" * 18 + "dEaD"
    assert net.fails("holder", "show", nobody, code=2)["type"] == "Unknown"
    standing = ("holder", "standing", nobody, "--class", "insurance", "--jurisdiction", "CN", "--until", "2030-12-31")
    assert net.does(*standing, "--yes")["result"]["validUntil"] == "2030-12-31T23:59:59Z"
    shown = net.does("holder", "show", nobody)
    assert (shown["classes"], shown["eligible"], shown["frozen"]) == (["insurance"], ["SMALL"], False)
    net.does("holder", "freeze", nobody, "--reason", "order 12", "--yes")
    drawn = net.crt("holder", "show", nobody).out
    assert "frozen: order 12" in drawn and "may not receive  SMALL" in drawn
    net.does("holder", "release", nobody, "--reason", "lifted", "--yes")
    assert net.does("holder", "show", nobody)["eligible"] == ["SMALL"]
    assert net.fails(*standing[:-1], "tomorrow", "--yes", code=2)["field"] == "--until"


def test_nothing_is_done_without_a_yes(net: Net) -> None:
    mint = ("cash", "mint", CAROL, "5萬")
    assert net.fails(*mint, code=2)["field"] == "--yes"
    shown = net.does(*mint, "--dry-run")
    assert shown["schema"] == "crt-preview/1" and cash_of(net, CAROL) == 0
    assert net.fails(*mint, "--sign-only", "x.json", code=2)["field"] == "--sign-only"
    assert "OperatorAccount" in net.crt("cash", "mint", "operator", "5", "--dry-run").out
    net.does(*mint, "--yes")
    assert cash_of(net, CAROL) == 5_000_000
    assert net.fails("cash", "mint", CAROL, "1,5", "--yes", code=2)["expected"].startswith("15.00 or 1.50 CNY")
    assert net.fails("cash", "mint", CAROL, "0", "--yes", code=2)["message"] == "the amount is zero"


def test_who_has_no_role_is_not_allowed(net: Net) -> None:
    if net.served is None:
        error = net.fails("holder", "freeze", ALICE, "--reason", "x", "--as", "key:bob.key", "--yes", code=4)
    else:
        _, secret = make_key(net.served.database, "books", [Access.AUDITOR], by="test")
        (net.folder / "desk.key").write_text(secret)
        error = net.fails("holder", "freeze", ALICE, "--reason", "x", "--yes", code=4)
        assert net.does("holder", "show", ALICE)["frozen"] is False  # an auditor sees all
    assert error["type"] == "NotAllowed"


def test_what_takes_longer_is_pending(issued: Path, tmp_path: Path) -> None:
    """The service takes it, and another process would do it."""
    folder = Path(shutil.copytree(issued, tmp_path / "waiting"))
    with open_local(folder / "crt-chain.db") as ledger:
        _, secret = make_key(ledger.database, "desk", [Access.COMPLIANCE], by="test")
        (folder / "desk.key").touch(mode=0o600)
        (folder / "desk.key").write_text(secret)
        with serving(ledger, listen("127.0.0.1", 0), Event(), settings=MANY, works=False) as url:
            net = Net(folder, {"CRT_API": url, "CRT_API_KEY_FILE": str(folder / "desk.key")}, ledger)
            freeze = ("holder", "freeze", ALICE, "--reason", "order 12", "--yes", "--key", "order-12")
            error = net.fails(*freeze, "--timeout", "0", code=5)
            (asked,) = net.does("operations", "show", error["hint"].split()[-1])["id"].split()
            assert error["hint"].endswith(f"crt operations show {asked}")
            accepted = net.does(*freeze, "--no-wait")
            assert (accepted["id"], accepted["state"]) == (asked, "accepted")
