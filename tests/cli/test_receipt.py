"""`crt receipt`, `claim`, `payments` and `tx`, on a chain and over the API: what they print, and what is so then."""

from __future__ import annotations

import json
import stat

import pytest

from tests.cli.net import ALICE, BOB, CAROL, FIRST, Net

AS_ALICE = ("--as", "key:alice.key")
AS_BOB = ("--as", "key:bob.key")


def test_receipts_are_listed_and_drawn(net: Net) -> None:
    found = net.does("receipt", "list")
    assert found["schema"] == "crt-receipts/1" and not found["more"]
    assert [(int(one["id"]), one["owner"]) for one in found["data"]] == [(FIRST + 1, ALICE), (FIRST + 2, BOB)]
    assert net.does("receipt", "list", "--limit", "1")["more"]
    assert len(net.does("receipt", "list", "--limit", "1", "--all", "--series", "SMALL")["data"]) == 2
    (mine,) = net.does("receipt", "list", "--owner", BOB)["data"]
    assert mine["units"] == {"amount": "1000.00", "currency": "CNY"}
    drawn = net.crt("receipt", "show", "SMALL/1").out
    assert "1,000.00" in drawn and str(FIRST + 1) in drawn and "chain id 20250102" in drawn
    shown = net.does("receipt", "show", str(FIRST + 1), "--svg", "one.svg")
    assert shown["picture"] == "one.svg" and (net.folder / "one.svg").read_text().startswith("<svg")
    assert net.fails("receipt", "show", "SMALL/9", code=2)["message"] == f"there is no receipt {FIRST + 9}"
    unknown = net.fails("receipt", "show", "OTHER/1", code=2)
    assert (unknown["type"], unknown["expected"]) == ("Unknown", "SMALL")
    assert net.fails("receipt", "show", "one", code=2)["field"] == "RECEIPT"


def test_a_holder_splits_merges_transfers_and_moves(net: Net) -> None:
    made = net.does("receipt", "split", "SMALL/1", "250.00", "0.5", *AS_ALICE, "--yes")
    assert made["schema"] == "crt-sent/1"
    assert [int(one) for one in made["result"]["receipts"]] == [FIRST + 3, FIRST + 4]
    assert [net.units(FIRST + number) for number in (1, 3, 4)] == [74_950, 25_000, 50]
    net.does("receipt", "merge", "SMALL/1", "SMALL/4", *AS_ALICE, "--yes")
    net.does("receipt", "transfer", "SMALL/3", CAROL, *AS_ALICE, "--yes")
    net.does("receipt", "transfer", "SMALL/1", CAROL, "--units", "49.00", *AS_ALICE, "--yes")
    net.does("receipt", "move", "SMALL/1", "SMALL/2", "1.00", *AS_ALICE, "--yes")
    assert (net.owns(FIRST + 3), net.owns(FIRST + 5)) == (CAROL, CAROL)
    assert [net.units(FIRST + number) for number in (1, 2, 3, 5)] == [70_000, 100_100, 25_000, 4_900]
    past = net.does("receipt", "history", "SMALL/1")["data"]
    assert [one["units"]["amount"] for one in past] == ["1000.00", "749.50", "750.00", "701.00", "700.00"]
    assert past[-1]["until"] is None and "701.00" in net.crt("receipt", "history", "SMALL/1").out


def test_nothing_is_done_that_is_not_agreed_to(net: Net) -> None:
    split = ("receipt", "split", "SMALL/1", "1.00", *AS_ALICE)
    shown = net.does(*split, "--dry-run")
    assert shown["schema"] == "crt-preview/1" and len(shown["transactions"]) == 1
    assert "what happens" in net.crt(*split, "--dry-run").out
    error = net.fails(*split, code=2)
    assert error["field"] == "--yes"
    assert net.units(FIRST + 1) == 100_000


def test_mistakes_are_told_before_anything_is_signed(net: Net) -> None:
    ambiguous = net.fails("receipt", "split", "SMALL/1", "1,5", *AS_ALICE, "--yes", code=2)
    assert (ambiguous["field"], ambiguous["expected"]) == ("AMOUNT", "15.00 or 1.50 CNY, written like this")
    nobody = "0x" + "00" * 18 + "dEaD"
    stranger = net.fails("receipt", "transfer", "SMALL/1", nobody, *AS_ALICE, "--yes", code=6)
    assert (
        stranger["type"] == "WouldRevert"
        and "(NotEligible)" in stranger["message"]
        and "compliance" in stranger["hint"]
    )
    much = net.fails("receipt", "split", "SMALL/1", "1,000.01", *AS_ALICE, "--yes", code=2)
    assert much["field"] == "units" and much["found"] == "1000.01"
    others = net.fails("receipt", "split", "SMALL/2", "1.00", *AS_ALICE, "--yes", code=2)
    assert "there is no receipt" in others["message"]
    nothing = net.fails("claim", "SMALL", *AS_ALICE, "--yes", code=2)
    assert nothing["type"] == "RuleError"
    assert net.fails("receipt", "split", "SMALL/1", "1.00", "--yes", code=2)["field"] == "--as"
    assert net.fails("receipt", "split", "SMALL/1", "1", "--as", ALICE, "--yes", code=2)["field"] == "--as"
    assert (net.units(FIRST + 1), net.units(FIRST + 2)) == (100_000, 100_000)


def test_compliance_freezes_releases_and_moves(net: Net) -> None:
    reason = ("--reason", "court order 12/2026", "--yes")
    done = net.does("receipt", "freeze", "SMALL/1", "SMALL/2", *reason)
    assert done["schema"] == "crt-api-operation/1" and done["state"] == "done" and done["transactions"]
    assert all(one["frozen"] for one in net.does("receipt", "list")["data"])
    held = net.fails("receipt", "split", "SMALL/1", "1.00", *AS_ALICE, "--yes", code=6)
    assert "Frozen" in held["message"]
    net.does("receipt", "release", "SMALL/1", "SMALL/2", *reason)
    moved = net.does("receipt", "forced-transfer", "SMALL/1", CAROL, "400.00", *reason)
    assert net.owns(int(moved["result"]["receipt"])) == CAROL and net.units(FIRST + 1) == 60_000
    shown = net.crt("operations", "show", moved["id"])
    assert shown.code == 0 and "force_transfer" in shown.out and moved["transactions"][0]["hash"] in shown.out


def test_operators_sign_nothing_here(net: Net) -> None:
    error = net.fails("receipt", "freeze", "SMALL/1", "--reason", "x", "--sign-only", "x.json", code=2)
    assert error["field"] == "--sign-only" and "operation id" in error["message"]
    assert "under an operation id" in net.crt("receipt", "freeze", "--help").out.replace("\n", " ").replace("  ", "")


def test_a_key_makes_it_safe_to_repeat(net: Net) -> None:
    command = ("receipt", "forced-transfer", "SMALL/1", CAROL, "600.00", "--reason", "x", "--yes", "--key", "order-12")
    first = net.does(*command)
    again = net.does(*command)  # another 600.00 are not there
    assert again == first and net.units(FIRST + 1) == 40_000


def test_what_is_accepted_and_not_waited_for(net: Net) -> None:
    command = ("receipt", "freeze", "SMALL/1", "--reason", "x", "--yes")
    accepted = net.does(*command, "--no-wait")
    shown = net.does("operations", "show", accepted["id"])
    assert shown["id"] == accepted["id"] and shown["command"] == "freeze_receipts"


def test_a_coupon_is_claimed_and_listed(net: Net) -> None:
    net.coupon()
    done = net.does("claim", "SMALL", *AS_ALICE, "--yes")
    assert done["result"] == {"series": "1", "epochs": [0], "amount": {"amount": "10.00", "currency": "CNY"}}
    (paid,) = net.does("payments", *AS_ALICE)["data"]
    assert (paid["holder"], paid["amount"]["amount"], paid["epoch"]) == (ALICE, "10.00", 0)
    assert net.does("payments", *AS_BOB)["data"] == []
    assert len(net.does("payments", "--holder", ALICE, "--series", "SMALL", "--epoch", "0")["data"]) == 1
    assert "10.00" in net.crt("receipt", "show", "SMALL/1").out
    net.fails("claim", "SMALL", *AS_ALICE, "--yes", code=2)


def test_signed_today_and_sent_tomorrow(net: Net) -> None:
    written = net.does("receipt", "split", "SMALL/1", "7.00", *AS_ALICE, "--yes", "--sign-only", "split.json")
    file = net.folder / "split.json"
    assert written["schema"] == "crt-signed-file/1" and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert net.units(FIRST + 1) == 100_000 and (net.folder / "alice.key").read_text() not in file.read_text()
    shown = net.crt("tx", "show", "split.json")
    assert shown.code == 0 and "split(tokenId=18446744073709551617, units=[700])" in shown.out
    assert net.does("tx", "show", "split.json")["sender"] == ALICE
    as_alice = AS_ALICE if net.served else ()
    sent = net.does("tx", "send", "split.json", *as_alice, "--yes")
    assert net.units(FIRST + 1) == 99_300 and int(sent["result"]["receipts"][0]) == FIRST + 3
    again = net.crt("tx", "send", "split.json", *as_alice, "--yes", "--json")
    assert again.code == (0 if net.served else 2) and net.units(FIRST + 1) == 99_300  # the API gives the same answer


@pytest.mark.parametrize("wrong", ["chain", "sender", "schema", "amount", "nothing"])
def test_a_file_that_was_changed_is_refused(net: Net, wrong: str) -> None:
    net.does("receipt", "split", "SMALL/1", "7.00", *AS_ALICE, "--yes", "--sign-only", "split.json")
    file = net.folder / "split.json"
    document = json.loads(file.read_text())
    if wrong == "amount":  # one digit of the signed bytes: then somebody else has signed it
        raw = document["transactions"][0]
        document["transactions"] = [raw.replace("02bc", "02bd")]
        assert document["transactions"] != [raw]
    else:
        document |= {"chain": {"chainId": "1"}, "sender": {"sender": BOB}, "schema": {"schema": "x"}}.get(
            wrong, {"transactions": []}
        )
    file.write_text(json.dumps(document))
    error = net.fails("tx", "send", "split.json", "--yes", code=2)
    assert error["file"] == "split.json" and net.units(FIRST + 1) == 100_000
    assert net.crt("tx", "show", "split.json").code == 2
