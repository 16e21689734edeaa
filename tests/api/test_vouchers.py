"""Voucher programmes over HTTP, from their opening to what is returned, compared with the contracts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from eth_account import Account as EthAccount
from sqlalchemy import select

from ledger.attribution.counted import Counted
from ledger.chain.devkeys import dev_account
from ledger.chain.primitives import keccak
from ledger.engine.operations import Step
from ledger.services import programmes
from ledger.services.access import open_session
from ledger.services.ledger import fund_account
from ledger.services.roles import Role
from ledger.store.index_tables import INDEX, blocks
from tests.api.stage import Stage
from tests.api.test_contributions import failure
from tests.api.test_holding import prepare, sign
from tests.services.test_contributions import World, make_log

CNY = "CNY"
MICRO = 10**6  # units of the token in 1.00


@pytest.fixture(scope="module")
def world(stage: Stage) -> Iterator[World]:
    ledger = stage.ledger
    accounts = [fund_account(ledger, dev_account(number)) for number in (20, 21, 30, 31, 32)]
    made = World(ledger, accounts[0], accounts[1], accounts[2:])
    for name, one in (("provider", made.provider), ("one", made.students[0]), ("two", made.students[1])):
        stage.tokens[name], _ = open_session(ledger.database, one.address, timedelta(hours=1))
    yield made


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": CNY}


def terms(world: World, **changes: Any) -> dict[str, Any]:
    expires = world.ledger.now().replace(microsecond=0) + timedelta(days=400)
    usual = {
        "unitValue": cny("5.00"),
        "pointsPerUnit": "1000",
        "expiresAt": expires.isoformat(),
        "providers": [world.provider.address],
    }
    return usual | changes


def opened(stage: Stage, world: World, **changes: Any) -> int:
    return int(stage.done("/v1/programmes", "district", terms(world, **changes))["result"]["programme"])


def cash_for(world: World, amount: int) -> None:
    cash = world.ledger.cash
    step = Step(cash.address, cash.call_data("mint", world.district, amount))
    world.ledger.operate(Role.ADMINISTRATOR, "cash.mint", step)


def budget(stage: Stage, number: int) -> Any:
    """As answered, which has to be what the contract says."""
    ledger = stage.ledger
    found = stage.get(f"/v1/programmes/{number}", "auditor")["budget"]
    cash, held, spent = ledger.vouchers.view(ledger.node, "budgetOf", number)
    free = ledger.vouchers.view(ledger.node, "freeUnits", number)
    assert found["cash"] == {"amount": f"{cash // MICRO}.{cash % MICRO // 10**4:02}", "currency": CNY}
    assert [found["held"], found["spent"], found["free"]] == [str(held), str(spent), str(free)]
    return found


def hexes(values: Any) -> list[str]:
    return [f"0x{one.hex()}" for one in values]


def claims_of(counted: Counted, start: int, size: int) -> dict[str, Any]:
    rows = counted.claims[start : start + size]
    claims = [{"person": str(one.person), "points": str(one.points), "last": str(one.last)} for one in rows]
    return {"start": str(start), "claims": claims, "path": hexes(counted.claims_path(start, size))}


def trees(counted: Counted) -> dict[str, str]:
    lines, claims = counted.lines_tree, counted.claims_tree
    (lines_root, claims_root) = hexes([lines.root, claims.root])
    return {"linesRoot": lines_root, "lines": str(len(lines)), "claimsRoot": claims_root, "claims": str(len(claims))}


def test_a_programme_is_opened_with_its_terms(stage: Stage, world: World) -> None:
    sent = terms(world, cap="12", policy="a policy", uri="https://example.org/1.json", transferable=True)
    number = int(stage.done("/v1/programmes", "district", sent)["result"]["programme"])
    found = stage.get(f"/v1/programmes/{number}", "one")
    said = world.ledger.vouchers.view(world.ledger.node, "programme", number)
    expires = datetime.fromtimestamp(said.expiry, UTC)
    assert found == {
        "id": str(number),
        "issuer": world.district,
        "publisher": world.district,
        "cash": world.ledger.cash.address,
        "currency": CNY,
        "unitValue": cny("5.00"),
        "pointsPerUnit": "1000",
        "cap": "12",
        "expiresAt": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        "transferable": True,
        "policyHash": "0x" + keccak(b"a policy").hex(),
        "uri": "https://example.org/1.json",
        "budget": {"cash": cny("0.00"), "held": "0", "spent": "0", "free": "0"},
    }
    assert (said.unitValue, said.pointsPerUnit, said.cap) == (5 * MICRO, 1000, 12)
    assert expires == datetime.fromisoformat(sent["expiresAt"])
    listed = stage.get("/v1/programmes", "one")["data"]
    assert listed[-1] == {name: value for name, value in found.items() if name != "budget"}
    stage.post("/v1/programmes", "university", sent, 403)
    for change in (
        {"unitValue": {"amount": "5.00", "currency": "USD"}},
        {"unitValue": cny("5.001")},
        {"unitValue": cny("0.00")},
    ):
        problem = stage.done("/v1/programmes", "district", sent | change, "failed")["problem"]
        assert problem["type"] == "/problems/invalid" and problem["errors"][0]["field"].startswith("unitValue")
    past = stage.done("/v1/programmes", "district", sent | {"expiresAt": "2001-01-01T00:00:00Z"}, "failed")
    assert past["problem"]["error"] == {"name": "InvalidTerms", "arguments": {"field": "expiry"}}
    nobody = stage.done("/v1/programmes", "district", sent | {"cash": world.provider.address}, "failed")["problem"]
    assert nobody["errors"][0] | {"message": ""} == {
        "message": "",
        "field": "cash",
        "expected": "the address of an ERC-20 contract",
        "found": world.provider.address,
    }
    odd = {"cash": world.ledger.vouchers.address, "unitValue": {"amount": "5", "currency": "units"}}  # has no symbol
    strange = opened(stage, world, **odd)
    shown = stage.get(f"/v1/programmes/{strange}", "one")
    assert (shown["currency"], shown["unitValue"]) == ("units", odd["unitValue"])
    assert world.ledger.vouchers.view(world.ledger.node, "programme", strange).unitValue == 5
    for change in ({"pointsPerUnit": "0"}, {"cap": -1}, {"uri": "\0"}, {"policy": "\0"}, {"unitValue": "5"}):
        stage.post("/v1/programmes", "district", sent | change, 422)
    for unknown in (9_999, 2**63 - 1):
        for rest in ("", "/providers", "/roots", "/issues", "/balances", "/redemptions"):
            stage.get(f"/v1/programmes/{unknown}{rest}", "auditor", 404)


def test_providers(stage: Stage, world: World) -> None:
    number, other = opened(stage, world), world.students[2].address
    path = f"/v1/programmes/{number}/providers"
    mine = {"provider": world.provider.address, "accepted": True, "owed": cny("0.00")}
    assert stage.get(path, "one")["data"] == [mine]
    stage.done(path, "district", {"provider": other})
    stage.done(path, "district", {"provider": world.provider.address, "accepted": False})
    rows = stage.get(path, "one")["data"]
    assert {one["provider"]: one["accepted"] for one in rows} == {other: True, world.provider.address: False}
    assert [one["provider"] for one in rows] == sorted([other, world.provider.address])
    for one in rows:
        assert world.ledger.vouchers.view(world.ledger.node, "accepts", number, one["provider"]) is one["accepted"]
    stage.post(path, "university", {"provider": other}, 403)
    expiry = world.ledger.node.block().timestamp + 86_400
    foreign = programmes.Terms(world.district, world.ledger.cash.address, 1, 1, expiry)
    elsewhere = grant_district(world)
    theirs = programmes.open_programme(world.ledger, elsewhere, foreign, [])
    for rest, body in (
        ("providers", {"provider": other}),
        ("revocations", {"holder": other, "units": "1", "reason": "x"}),
    ):
        failed = stage.done(f"/v1/programmes/{theirs}/{rest}", "district", body, "failed")["problem"]
        assert failed["type"] == "/problems/rule" and failed["errors"][0]["found"] == elsewhere
    missing = stage.done("/v1/programmes/9999/providers", "district", {"provider": other}, "failed")["problem"]
    assert missing["type"] == "/problems/invalid"


def grant_district(world: World) -> str:
    """Another district's account."""
    authority, account = world.ledger.authority, world.students[2].address
    data = authority.call_data("grantRole", int(Role.DISTRICT), account, 0)
    world.ledger.operate(Role.ADMIN, "role", Step(authority.address, data))
    return account


def test_from_a_root_to_what_is_returned(stage: Stage, world: World) -> None:
    """40 lines, 20 of each of two; a voucher a line; a budget for 30 vouchers first."""
    ledger, (one, two, _) = world.ledger, world.students
    log = make_log(40, first=1000)
    repo = world.anchored(log)
    first, second = world.bound(repo, 1, one), world.bound(repo, 2, two)
    number = opened(stage, world)
    path = f"/v1/programmes/{number}"
    cash_for(world, 1_000 * MICRO)
    assert stage.done(f"{path}/fundings", "district", {"amount": cny("150.00")})["result"]["amount"] == cny("150.00")
    assert budget(stage, number) == {"cash": cny("150.00"), "held": "0", "spent": "0", "free": "30"}
    wrong = stage.done(f"{path}/fundings", "district", {"amount": {"amount": "1.00", "currency": "USD"}}, "failed")
    assert wrong["problem"]["errors"][0]["field"] == "amount.currency"
    more = stage.ask("POST", f"{path}/fundings?dryRun=true", "district", json={"amount": cny("5.00")}).json()
    assert more["result"] == {"programme": str(number), "amount": cny("5.00")}
    moved = {row["holder"]: row["amount"] for row in more["changes"] if row["account"] is None}
    assert moved == {world.district: "-5.000000", ledger.vouchers.address: "5.000000"}
    assert budget(stage, number)["cash"] == cny("150.00")
    stage.post(f"{path}/fundings", "administrator", {"amount": cny("150.00")}, 403)
    world.graduate(first, number)
    world.graduate(second, number)
    counted = world.counted(repo, log)

    assert failure(stage, f"{path}/claims", "one", claims_of(counted, 0, 1))[0] == "NoRoot"
    stage.post(f"{path}/roots", "guardian", trees(counted), 403)
    stopped = stage.done(f"{path}/roots", "district", trees(counted))["result"]["root"]
    stage.done(f"{path}/roots/stop", "guardian", {"reason": "its trees are withheld"})
    assert failure(stage, f"{path}/roots/stop", "guardian", {"reason": "again"})[0] == "NoProposal"
    root = stage.done(f"{path}/roots", "district", trees(counted))["result"]["root"]
    assert failure(stage, f"{path}/roots", "district", trees(counted))[0] == "ProposalOpen"
    rows = stage.get(f"{path}/roots", "one")["data"]
    assert [(row["id"], row["state"], row["reason"]) for row in rows] == [
        (stopped, "stopped", "its trees are withheld"),
        (root, "proposed", None),
    ]
    assert {row["claimsRoot"] for row in rows} == {trees(counted)["claimsRoot"]}
    world.later(8)
    ledger.node.mine()
    ledger.sync()
    assert ledger.claims.view(ledger.node, "rootsOf", number) == (int(root), 0)
    assert [row["state"] for row in stage.get(f"{path}/roots", "one")["data"]] == ["stopped", "active"]

    mine = next(at for at, claim in enumerate(counted.claims) if claim.person == first)
    claim = claims_of(counted, mine, 1)
    more = [claim["claims"][0] | {"points": "99000"}]
    assert failure(stage, f"{path}/claims", "one", claim | {"claims": more})[0] == "BadProof"
    stage.post(f"{path}/claims", "auditor", claim, 403)
    stage.post(f"{path}/claims", "one", claim | {"claims": []}, 422)
    assert stage.done(f"{path}/claims", "two", claim)["result"]["units"] == "20"  # anybody may send it
    assert stage.done(f"{path}/claims", "one", claim)["result"]["units"] == "0"
    assert stage.done(f"{path}/claims", "one", claims_of(counted, 0, 2))["result"]["units"] == "10"  # all that is free
    assert budget(stage, number) == {"cash": cny("150.00"), "held": "30", "spent": "0", "free": "0"}

    issues = stage.get(f"{path}/issues", "auditor")["data"]
    assert [(row["account"], row["units"]) for row in issues] == [(one.address, "20"), (two.address, "10")]
    assert stage.get(f"{path}/issues", "two")["data"] == issues[1:]
    balances = stage.get(f"{path}/balances", "auditor")["data"]
    assert {row["account"]: row["units"] for row in balances} == {one.address: "20", two.address: "10"}
    for row in balances:
        held = ledger.vouchers.view(ledger.node, "balanceOf", row["account"], number)
        assert held == int(row["units"])
    page = stage.get(f"{path}/balances?limit=1", "auditor")
    assert stage.get(f"{path}/balances?limit=1&cursor={page['nextCursor']}", "auditor")["data"] == balances[1:]
    assert [row["units"] for row in stage.get(f"{path}/balances", "two")["data"]] == ["10"]
    for rest in ("issues", "balances"):
        stage.get(f"{path}/{rest}?account={one.address}", "two", 403)
        assert len(stage.get(f"{path}/{rest}?account={one.address}", "auditor")["data"]) == 1

    redeemed(stage, world, number)
    stage.post(f"{path}/revocations", "guardian", {"holder": two.address, "units": "5", "reason": "copied"}, 403)
    stage.done(f"{path}/revocations", "district", {"holder": two.address, "units": "5", "reason": "copied"})
    revoked = {"holder": two.address, "units": "6", "reason": "more than there is"}
    assert failure(stage, f"{path}/revocations", "district", revoked)[0] == "ERC1155InsufficientBalance"
    assert budget(stage, number) == {"cash": cny("150.00"), "held": "10", "spent": "15", "free": "5"}
    assert failure(stage, f"{path}/close", "one", None)[0] == "NotExpired"
    world.later(500)
    result = stage.done(f"{path}/close", "servicer")["result"]
    assert result == {"programme": str(number), "amount": cny("75.00")}  # 15 vouchers of 30 were spent
    assert budget(stage, number) == {"cash": cny("75.00"), "held": "0", "spent": "15", "free": "0"}
    assert failure(stage, f"{path}/fundings", "district", {"amount": cny("1.00")})[0] == "Expired"


def redeemed(stage: Stage, world: World, number: int) -> None:
    """15 vouchers at the provider, who is paid for them."""
    ledger, one, path = world.ledger, world.students[0], f"/v1/programmes/{number}"
    query = (
        f"holder={one.address}&provider={world.provider.address}&units=15&invoice=%20A-1&deadline=2099-01-01T00:00:00Z"
    )
    asked = stage.get(f"{path}/redemptions/typed-data?{query}", "one")
    made = EthAccount.sign_typed_data(world.provider.secret(), full_message=asked["typedData"])
    body = {
        "holder": one.address,
        "provider": world.provider.address,
        "units": "15",
        "invoice": "A-1",
        "deadline": asked["deadline"],
        "signature": "0x" + bytes(made.signature).hex(),
    }
    assert prepare(stage, f"{path}/redemptions", body, 422, "two")["error"]["name"] == "NotParty"
    assert (
        prepare(stage, f"{path}/redemptions", body | {"units": "14"}, 422, "one")["error"]["name"] == "SignatureInvalid"
    )
    shown = prepare(stage, f"{path}/redemptions", body, 200, "one")
    assert shown["preview"]["result"] == {"programme": str(number), "units": "15", "value": cny("75.00")}
    stage.done("/v1/transactions", "one", sign(shown["transactions"][0], one))
    assert prepare(stage, f"{path}/redemptions", body, 422, "one")["error"]["name"] == "AlreadyInvoiced"
    row = {
        "programme": str(number),
        "holder": one.address,
        "provider": world.provider.address,
        "units": "15",
        "value": cny("75.00"),
        "invoice": "0x" + keccak(b"A-1").hex(),
    }
    (found,) = stage.get(f"{path}/redemptions", "auditor")["data"]
    assert found == row | {"block": str(ledger.node.block_number())}
    assert stage.get(f"{path}/redemptions", "one")["data"] == [found]
    assert stage.get(f"{path}/redemptions?provider={world.provider.address}", "provider")["data"] == [found]
    assert stage.get(f"{path}/redemptions", "two")["data"] == []
    for query in (f"holder={one.address}", f"provider={world.provider.address}"):
        stage.get(f"{path}/redemptions?{query}", "two", 403)
    (owed,) = stage.get(f"{path}/providers", "provider")["data"]
    assert owed["owed"] == cny("75.00")
    assert stage.get(f"/v1/programmes/{number}/redemptions?holder={world.students[1].address}", "auditor")["data"] == []

    stage.post("/v1/reimbursements", "auditor", {"provider": world.provider.address}, 403)
    result = stage.done("/v1/reimbursements", "provider", {"provider": world.provider.address})["result"]
    assert result == {"provider": world.provider.address, "amount": cny("75.00")}
    assert ledger.cash.view(ledger.node, "balanceOf", world.provider.address) == 75 * MICRO
    again = failure(stage, "/v1/reimbursements", "provider", {"provider": world.provider.address})
    assert again[0] == "NothingToPay"
    (paid,) = stage.get("/v1/reimbursements", "provider")["data"]
    assert (paid["amount"], paid["cash"]) == (cny("75.00"), ledger.cash.address)
    assert stage.get("/v1/reimbursements", "auditor")["data"] == [paid]
    assert stage.get("/v1/reimbursements", "one")["data"] == []
    stage.get(f"/v1/reimbursements?provider={world.provider.address}", "one", 403)
    (owed,) = stage.get(f"{path}/providers", "provider")["data"]
    assert owed["owed"] == cny("0.00")


def test_another_publisher_proposes_by_itself(stage: Stage, world: World) -> None:
    number = opened(stage, world, publisher=world.maintainer.address)
    body = {"linesRoot": "0x" + "11" * 32, "lines": "1", "claimsRoot": "0x" + "22" * 32, "claims": "1"}
    failed = stage.done(f"/v1/programmes/{number}/roots", "district", body, "failed")["problem"]
    assert failed["type"] == "/problems/rule" and failed["errors"][0]["found"] == world.maintainer.address
    huge = stage.done(f"/v1/programmes/{number}/roots", "district", body | {"lines": str(2**48)}, "failed")["problem"]
    assert huge["type"] in ("/problems/rule", "/problems/invalid")


def test_an_index_made_again_says_the_same(stage: Stage, world: World) -> None:
    """The last one here: all that was done above is in it."""
    tables = [one for one in INDEX if one is not blocks]

    def rows() -> dict[str, list[Any]]:
        with stage.ledger.database.read() as connection:
            return {one.name: sorted(map(tuple, connection.execute(select(one))), key=repr) for one in tables}

    before = rows()
    for name in ("programme", "issue", "fallen_root", "binding", "graduation", "redemption"):
        assert before[name], name
    stage.ledger.rebuild()
    assert rows() == before
