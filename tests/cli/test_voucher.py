"""`crt voucher` and what graduates claim: a programme from its opening to its end, and what goes wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.attribution.counted import Counted
from ledger.errors import LedgerError, Reverted, RuleError
from tests.cli.stage import ANN, BOB, Stage
from tests.command import crt

ATTEST = ("contrib", "attest")
OPEN = ("voucher", "open", "--provider", "dev:9", "--unit-value", "5.00", "--points-per-unit", "1000")


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"chainId": 1}, "for another chain"),
    ({"contract": "0x" + "00" * 20}, "for another chain"),
    ({"schema": "crt-root/1"}, "not such a document"),
    ({"deadline": None}, "not whole"),
    ({"day": "yesterday"}, "not a day"),
    ({"wallet": "0x" + "00" * 20}, "not the wallet of person 1"),
    ({"person": 2}, "no person 2"),
    ({"programme": 7}, "no programme 7"),
    ({"day": "2026-06-29"}, "signature is not"),
    ({"signature": "0x00"}, "signature is not"),
]
"""Attestations that are not as the university signed them, and what is said of each."""


def changed(stage: Stage, name: str, changes: dict[str, Any]) -> LedgerError:
    """What `graduate` says of a file that was changed."""
    kept = json.loads((stage.place / name).read_text())
    (stage.place / "changed.json").write_text(json.dumps({**kept, **changes}))
    return stage.fails("contrib", "graduate", "changed.json", "--as", "dev:1")


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, dict[str, Any]]]:
    """Ann's way from her commits to a paid invoice, and what each command said. Bob is bound after the first root."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("voucher")
        patch.setenv("HOME", str(place))
        patch.setenv("XDG_CONFIG_HOME", str(place))
        patch.chdir(place)
        stage, said = Stage(place), {}
        stage.anchored()
        log = str(stage.log)
        stage.bound()

        def do(name: str, *args: str) -> None:
            said[name] = stage.run(*args)

        do("open", *OPEN, "--expires", "2030-12-31", "--cap", "50", "--as", "district")
        said["no root"] = stage.fails("contrib", "claim", "1", log, "--as", "dev:1")
        do("fund", "voucher", "fund", "1", "100.00", "--as", "district")
        do("publish", "contrib", "publish", "1", log, "--as", "district")
        said["again"] = stage.fails("contrib", "publish", "1", log, "--as", "district")
        said["too early"] = stage.fails("contrib", "claim", "1", log, "--as", "dev:1")
        do("advance", "chain", "advance", "8")
        said["not graduated"] = stage.fails("contrib", "claim", "1", log, "--as", "dev:1")
        attest = ("contrib", "attest", "1", "1", "2026-06-30", "--out", "graduation.json", "--as")
        said["no university"] = stage.fails(*attest, "district")
        do("attest", *attest, "university")
        said["not agreed"] = stage.fails("contrib", "claim", "1", log, "--as", "dev:1")
        said["not hers"] = stage.fails("contrib", "graduate", "graduation.json", "--as", "dev:2")
        said["changed"] = [changed(stage, "graduation.json", changes) for changes, _ in CHANGES]
        do("graduate", "contrib", "graduate", "graduation.json", "--as", "dev:1")
        said["graduated"] = stage.fails("contrib", "graduate", "graduation.json", "--as", "dev:1")
        # More is logged and bound now than the root counted.
        stage.bob_is_bound()
        stage.commit("more.py", "more_value = more_function(more_argument)\n")
        do("attributed", "contrib", "attribute", str(stage.repo), "--log", log, "--quiet")
        stage.run("contrib", "anchor", log, "--as", "dev:0")
        do("claim", "contrib", "claim", "1", log, "--as", "dev:1")
        said["claim again"] = stage.text("contrib", "claim", "1", log, "--as", "dev:1")
        do("more", "voucher", "fund", "1", "1,000.00", "--as", "district")
        do("rest", "contrib", "claim", "1", log, "--person", "1", "--as", "dev:3")  # anybody sends it
        said["nothing"] = stage.fails("contrib", "claim", "1", log, "--as", "dev:1")
        do("redeem", "voucher", "redeem", "1", "12", "--provider", "dev:9", "--invoice", "7", "--as", "dev:1")
        said["twice"] = stage.fails(
            "voucher", "redeem", "1", "1", "--provider", "dev:9", "--invoice", "7", "--as", "dev:1"
        )
        do("reimburse", "voucher", "reimburse", "1", "dev:9", "--as", "dev:9")
        do("revoke", "voucher", "revoke", "1", "dev:1", "3", "copied code", "--as", "district")
        do("show", "voucher", "show", "1", "--holder", "dev:1")
        # The next root: Bob counts too, and Ann keeps what she has, at another wallet.
        do("publish 2", "contrib", "publish", "1", log, "--as", "district")
        stage.run("chain", "advance", "8")
        do("at once", "contrib", "attest", "2", "1", "2026-06-30", "--as", "university", "--wallet", "dev:2")
        stage.run("contrib", "rotate", "1", "--as", "dev:1", "--to", "dev:4")
        do("all", "contrib", "claim", "1", log, "--all", "--as", "dev:3")
        do("moved", "voucher", "show", "1", "--holder", "dev:4")
        said["same"] = stage.fails("contrib", "publish", "1", log, "--as", "district")
        yield stage, said


SCHEMAS = {
    "open": "programme",
    "fund": "funding",
    "publish": "root",
    "advance": "clock",
    "attest": "attestation",
    "graduate": "graduation",
    "at once": "graduation",
    "claim": "claim",
    "redeem": "redemption",
    "reimburse": "reimbursement",
    "revoke": "revocation",
    "show": "programme",
}


def test_each_command_has_a_document(journey: tuple[Stage, dict[str, Any]]) -> None:
    for name, schema in SCHEMAS.items():
        assert journey[1][name]["schema"] == f"crt-{schema}/1"


def test_a_programme_is_opened_and_funded(journey: tuple[Stage, dict[str, Any]]) -> None:
    said = journey[1]
    opened = said["open"]
    assert (opened["programme"], opened["unitValue"], opened["currency"], opened["cap"]) == (1, "5.00", "CNY", 50)
    assert opened["expiry"] == 1_924_991_999  # 2030-12-31T23:59:59Z
    assert said["fund"] | {"schema": ""} == {
        "schema": "",
        "programme": 1,
        "amount": "100.00",
        "made": "100.00",
        "budget": "100.00",
        "freeUnits": 20,
    }


def test_a_root_is_proposed_with_its_trees(journey: tuple[Stage, dict[str, Any]]) -> None:
    stage, said = journey
    root = said["publish"]
    assert (root["root"], root["points"], root["lines"], root["persons"]) == (1, 30_500, 31, 1)
    trees = Counted.load(stage.place / root["trees"])
    assert f"0x{trees.lines_tree.root.hex()}" == root["linesRoot"]
    assert f"0x{trees.claims_tree.root.hex()}" == root["claimsRoot"]
    for mistake in (said["again"], said["too early"]):
        assert "challenged" in str(mistake)
        assert " UTC" in str(mistake)
    assert "publish" in str(said["no root"])
    assert "nothing new" in said["same"].message


def test_who_did_not_graduate_is_told_what_is_next(journey: tuple[Stage, dict[str, Any]]) -> None:
    error = journey[1]["not graduated"]
    assert isinstance(error, RuleError)
    assert error.hint == (
        "the university attests it: crt contrib attest 1 1 DAY --as university --out FILE; "
        "then they agree: crt contrib graduate FILE --as ACCOUNT"
    )


def test_nobody_graduates_without_a_university_or_without_agreeing(journey: tuple[Stage, dict[str, Any]]) -> None:
    stage, said = journey
    assert "is no university here" in said["no university"].message
    assert said["not agreed"].hint == said["not graduated"].hint
    assert "not the wallet of person 1" in said["not hers"].message
    assert "graduated already" in said["graduated"].message or "used before" in said["graduated"].message
    attested, graduated = said["attest"], said["graduate"]
    shown = ("person", "wallet", "programme", "day", "university")
    assert {name: attested[name] for name in shown} == {name: graduated[name] for name in shown}
    kept = json.loads((stage.place / "graduation.json").read_text())
    assert kept == {name: attested[name] for name in kept}
    assert (attested["file"], attested["day"]) == ("graduation.json", "2026-06-30")


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_an_attestation_is_taken_as_it_was_signed(journey: tuple[Stage, dict[str, Any]], number: int) -> None:
    error, told = journey[1]["changed"][number], CHANGES[number][1]
    assert told in error.message, error


def test_the_budget_is_paid_out_and_the_rest_stays_claimable(journey: tuple[Stage, dict[str, Any]]) -> None:
    said = journey[1]
    # 30.5 lines are 30 vouchers; 100.00 pays for 20.
    assert (said["claim"]["issued"], said["claim"]["stillClaimable"]) == (20, 10)
    assert "0 vouchers issued" in said["claim again"]
    assert "10 vouchers stay claimable" in said["claim again"]
    assert (said["rest"]["issued"], said["rest"]["stillClaimable"]) == (10, 0)
    assert "nothing to claim" in said["nothing"].message


def test_an_invoice_is_paid_once(journey: tuple[Stage, dict[str, Any]]) -> None:
    said = journey[1]
    assert (said["redeem"]["value"], said["redeem"]["left"]) == ("60.00", 18)
    assert isinstance(said["twice"], Reverted)
    assert said["twice"].name == "AlreadyInvoiced"
    assert "was paid before" in said["twice"].message
    assert said["reimburse"]["amount"] == "60.00"
    assert said["revoke"]["left"] == 15
    shown = said["show"]
    assert (shown["held"], shown["spent"], shown["freeUnits"], shown["units"]) == (15, 12, 193, 15)


def test_the_next_root_counts_who_came_since_and_nobody_twice(journey: tuple[Stage, dict[str, Any]]) -> None:
    said = journey[1]
    # Ann wrote a line more since.
    points = {item["who"]: item["points"] for item in said["attributed"]["contributors"]}
    assert points[ANN] == 31_500
    assert (said["publish 2"]["persons"], said["publish 2"]["points"]) == (2, points[ANN] + points[BOB])
    persons = {item["person"]: item for item in said["all"]["persons"]}
    assert (persons[1]["had"], persons[1]["issued"]) == (30, 1)
    assert (persons[2]["had"], persons[2]["issued"]) == (0, points[BOB] // 1000)
    # Ann's vouchers came to her new wallet with this claim.
    assert said["moved"]["units"] == 16


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["voucher", "show", "9"], "no such programme"),
        (["voucher", "fund", "9", "1.00", "--as", "district"], "no such programme"),
        (["voucher", "fund", "1", "1.005", "--as", "district"], "in two ways"),
        (["voucher", "fund", "1", "0.00", "--as", "district"], "nothing is no amount"),
        (["voucher", "fund", "1", "ten", "--as", "district"], "not an amount"),
        (["voucher", "redeem", "1", "1", "--provider", "dev:8", "--invoice", "9", "--as", "dev:4"], "does not accept"),
        (
            ["voucher", "redeem", "1", "900", "--provider", "dev:9", "--invoice", "9", "--as", "dev:4"],
            "has 16 vouchers",
        ),
        (["voucher", "redeem", "1", "1", "--provider", "dev:9", "--invoice", "9", "--as", "dev:1"], "has 0 vouchers"),
        (
            ["voucher", "redeem", "1", "1", "--provider", "dev:9", "--invoice", " ", "--as", "dev:4"],
            "an invoice has a number",
        ),
        (["voucher", "reimburse", "1", "dev:9", "--as", "dev:9"], "has nothing to get"),
        (["voucher", "revoke", "1", "dev:4", "1", "why", "--as", "university"], "only the programme's issuer"),
        (["voucher", "close", "1", "--as", "district"], "lasts until 2030-12-31"),
        ([*OPEN, "--expires", "2020-01-01", "--as", "district"], "over already"),
        ([*OPEN, "--expires", "tomorrow", "--as", "district"], "not a day"),
        ([*OPEN, "--expires", "2030-01-01", "--as", "dev:1"], "does not have the role"),
        ([*ATTEST, "1", "1", "2026-06-30", "--as", "district", "--wallet", "dev:4"], "not have the role university"),
        ([*ATTEST, "1", "1", "2026-06-30", "--as", "university", "--wallet", "dev:4"], "graduated already"),
        ([*ATTEST, "1", "1", "2026-06-30", "--as", "university", "--wallet", "dev:1"], "not the wallet of person 1"),
        ([*ATTEST, "9", "1", "2026-06-30", "--as", "university", "--wallet", "dev:4"], "no person 9"),
        ([*ATTEST, "1", "9", "2026-06-30", "--as", "university", "--out", "x.json"], "no such programme"),
        ([*ATTEST, "1", "1", "2026-06-30", "--as", "university"], "the person has to agree as well"),
        (["contrib", "graduate", "no-such.json", "--as", "dev:4"], "can't be read"),
        (["contrib", "publish", "1", "{log}", "--as", "dev:1"], "only the programme's publisher"),
        (["contrib", "publish", "1", "{log}", "--policy", "no-such.toml", "--as", "district"], "policy can't be read"),
        (["contrib", "publish", "1", "{log}", "{log}", "--as", "district"], "two logs of one repository"),
        (["contrib", "claim", "1", "{log}", "--as", "dev:7"], "bound to nobody"),
        (["contrib", "claim", "1", "{log}", "--all", "--person", "1", "--as", "dev:7"], "for one or for all"),
        (["contrib", "claim", "1", "no-such.crtlog", "--as", "dev:4"], "no such log"),
        (["contrib", "claim", "9", "{log}", "--as", "dev:4"], "no such programme"),
    ],
)
def test_mistakes_are_told(journey: tuple[Stage, dict[str, Any]], command: list[str], told: str) -> None:
    stage, _ = journey
    error = stage.fails(*(part.format(log=stage.log) for part in command))
    assert told in error.message
    assert error.exit_code == (3 if isinstance(error, Reverted) else 2)


def test_other_logs_than_those_that_were_counted_are_told_so(
    journey: tuple[Stage, dict[str, Any]], tmp_path: Path
) -> None:
    stage, _ = journey
    policy = tmp_path / "policy.toml"
    policy.write_text('exclude = ["bob.py"]\n')
    other = tmp_path / "other.crtlog"
    stage.run("contrib", "attribute", str(stage.repo), "--log", str(other), "--policy", str(policy), "--quiet")
    stage.run("contrib", "anchor", str(other), "--new", "--as", "dev:0")
    error = stage.fails("contrib", "claim", "1", str(other), "--as", "dev:4")
    assert "the logs don't give the root" in error.message


def test_a_programme_counts_by_its_policy(journey: tuple[Stage, dict[str, Any]], tmp_path: Path) -> None:
    stage, _ = journey
    policy = tmp_path / "policy.toml"
    policy.write_text('[[weights]]\npath = "more.py"\nweight = 500\n')
    opened = stage.run(*OPEN, "--expires", "2030-12-31", "--policy", str(policy), "--as", "district")
    number = str(opened["programme"])
    publish = ("contrib", "publish", number, str(stage.log), "--as", "district")
    assert "policy is not the programme's" in stage.fails(*publish).message
    # All else is programme 1's already: a line counts once.
    error = stage.fails(*publish, "--policy", str(policy))
    assert "nothing to count" in error.message
    for ours in (("publish", "--as", "district"), ("claim", "--as", "dev:4")):
        error = stage.fails("contrib", ours[0], "1", str(stage.log), *ours[1:], "--policy", str(policy))
        assert "policy is not the programme's" in error.message
        assert error.expected == "none, as the programme has"


def test_vouchers_follow_to_another_wallet_when_nothing_else_is_to_claim(
    journey: tuple[Stage, dict[str, Any]],
) -> None:
    """On a copy of the chain. Ann had dev:1, and has dev:4."""
    stage, _ = journey
    copy = stage.copy("moved")
    assert "nothing to claim" in copy.fails("contrib", "claim", "1", str(stage.log), "--as", "dev:4").message
    copy.run("contrib", "rotate", "1", "--as", "dev:4", "--to", "dev:6")
    found = copy.run("contrib", "claim", "1", str(stage.log), "--as", "dev:6")
    assert (found["issued"], found["persons"][0]["moved"]) == (0, 16)
    held = [copy.run("voucher", "show", "1", "--holder", who)["units"] for who in ("dev:4", "dev:6")]
    assert held == [0, 16]


def test_it_ends_and_the_rest_returns(journey: tuple[Stage, dict[str, Any]]) -> None:
    """On a programme of its own, on a copy of the chain: time goes by for all of them."""
    stage, _ = journey
    copy = stage.copy("later")
    day = copy.run("chain", "advance", "1")["to"][:10]
    opened = copy.run(*OPEN, "--expires", day, "--as", "district")
    number = str(opened["programme"])
    copy.run("voucher", "fund", number, "12.34", "--as", "dev:5")
    copy.run("chain", "advance", "2")
    for late in (
        ("voucher", "fund", number, "1.00", "--as", "dev:5"),
        ("voucher", "redeem", number, "1", "--provider", "dev:9", "--invoice", "9", "--as", "dev:4"),
        ("contrib", "claim", number, str(stage.log), "--as", "dev:4"),
    ):
        assert "is over" in copy.fails(*late).message
    closed = copy.run("voucher", "close", number, "--as", "dev:5")
    assert (closed["schema"], closed["amount"]) == ("crt-closing/1", "12.34")
    assert "nothing to pay out" in copy.fails("voucher", "close", number, "--as", "dev:5").message


def test_people_are_told_without_addresses(journey: tuple[Stage, dict[str, Any]]) -> None:
    stage, _ = journey
    shown = stage.text("voucher", "show", "1", "--holder", "dev:4") + stage.text("contrib", "person", "1")
    for part in ("one voucher: 5.00 CNY for 1,000 points", "16 vouchers", "graduated on 2026-06-30", "root 2"):
        assert part in shown
    assert "@" not in shown


def test_errors_leave_a_process_of_its_own(journey: tuple[Stage, dict[str, Any]]) -> None:
    stage, _ = journey
    twice = crt(
        *("voucher", "redeem", "1", "1", "--provider", "dev:9", "--invoice", "7", "--as", "dev:4", "--json"),
        cwd=stage.place,
        CRT_CHAIN=str(stage.chain),
    )
    assert twice.returncode == 3
    error = json.loads(twice.stdout)
    assert (error["schema"], error["error"]["type"]) == ("crt-error/1", "Reverted")
    assert "was paid before" in twice.stderr
    assert "Traceback" not in twice.stderr
