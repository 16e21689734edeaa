"""Repositories, proofs and people over HTTP. What is signed is signed by eth_account, from the typed data as answered."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from eth_account import Account as EthAccount

from ledger.attribution.logfile import LogFile
from ledger.attribution.tree import Tree, leaf_hash
from ledger.chain.devkeys import dev_account
from ledger.chain.primitives import keccak
from ledger.chain.signing import Account
from ledger.services import contributions, people
from ledger.services.access import open_session
from ledger.services.ledger import fund_account
from tests.api.stage import Stage
from tests.api.test_holding import prepare, sign
from tests.services.test_contributions import OID, World, extend, make_log

EVIDENCE = "0x" + keccak(b"evidence").hex()


@pytest.fixture(scope="module")
def world(stage: Stage) -> Iterator[World]:
    ledger = stage.ledger
    maintainer, provider = fund_account(ledger, dev_account(20)), fund_account(ledger, dev_account(21))
    made = World(ledger, maintainer, provider, [dev_account(30 + index) for index in range(8)])
    for index, one in enumerate(made.students):
        stage.tokens[f"student {index}"], _ = open_session(ledger.database, one.address, timedelta(hours=1))
    yield made


def signed(stage: Stage, path: str, who: str, *accounts: Account, **query: Any) -> tuple[str | None, list[str]]:
    """Until when it is good, and the signatures over the message that is answered."""
    asked = stage.get(f"{path}/typed-data?{urlencode(query)}", who)
    made = [EthAccount.sign_typed_data(one.secret(), full_message=asked["typedData"]) for one in accounts]
    return asked["deadline"], ["0x" + bytes(one.signature).hex() for one in made]


def registered(stage: Stage, world: World, log: LogFile) -> int:
    repo = contributions.register(world.ledger, world.maintainer.address, log, "example/repo", "a policy")
    stage.ledger.sync()
    return repo


def tree_of(log: LogFile, size: int | None = None) -> Tree:
    return Tree(leaf_hash(entry) for entry in log.entries(0, len(log) if size is None else size))


def next_batch(stage: Stage, path: str, log: LogFile, writer: Account, old: int = 0, number: int = 0) -> dict[str, Any]:
    tree = tree_of(log)
    said = {"size": str(len(log)), "root": f"0x{tree.root.hex()}", "commit": OID, "asOf": "1"}
    deadline, (signature,) = signed(stage, path, "student 0", writer, **said)
    assert deadline is None
    proof = [f"0x{one.hex()}" for one in tree.consistency(old)]
    return {**said, "number": str(number), "proof": proof, "signer": writer.address, "signature": signature}


def failure(stage: Stage, path: str, who: str, body: Any) -> tuple[str, Any]:
    """What a contract says to a write that it refuses: the error's name and arguments."""
    problem = stage.done(path, who, body, "failed")["problem"]
    assert problem["type"] == "/problems/reverted", problem
    return problem["error"]["name"], problem["error"]["arguments"]


def test_a_log_goes_on_by_what_its_maintainer_signed(stage: Stage, world: World) -> None:
    log = make_log(5, first=100)
    repo = registered(stage, world, log)
    path = f"/v1/repositories/{repo}/batches"
    found = stage.get(f"/v1/repositories/{repo}", "student 0")
    assert found == {
        "id": str(repo),
        "name": "example/repo",
        "maintainer": world.maintainer.address,
        "genesis": OID,
        "rule": "1",
        "policyHash": "0x" + keccak(b"a policy").hex(),
        "head": None,
    }
    first = next_batch(stage, path, log, world.maintainer)
    done = stage.done(path, "student 0", first)
    assert done["result"] == {"repository": str(repo), "number": "0", "size": "5"}
    extend(log, 9)
    second = next_batch(stage, path, log, world.maintainer, 5, 1)
    for changes, error in (
        ({"signature": first["signature"]}, "NotSigned"),
        ({"number": "0"}, "WrongNumber"),
        ({"signer": world.provider.address}, "NotWriter"),
        ({"asOf": str(2**62)}, "NotYet"),
    ):
        assert failure(stage, path, "servicer", second | changes)[0] == error
    wrong = second | {"proof": second["proof"][1:]}
    assert failure(stage, path, "servicer", wrong)[0] == "BadProof"
    stage.done(path, "servicer", second)
    assert failure(stage, path, "servicer", second)[0] == "WrongNumber"
    root, size, batches, maintainer = world.ledger.contributions.view(world.ledger.node, "head", repo)
    assert (root, size, batches, maintainer) == (tree_of(log).root, 9, 2, world.maintainer.address)
    rows = stage.get(path, "auditor")["data"]
    assert [(one["number"], one["size"], one["root"]) for one in rows] == [
        ("0", "5", first["root"]),
        ("1", "9", f"0x{root.hex()}"),
    ]
    assert {(one["commit"], one["asOf"], one["signer"]) for one in rows} == {(OID, "1", world.maintainer.address)}
    assert stage.get(f"/v1/repositories/{repo}")["head"] == rows[1]
    page = stage.get(f"{path}?limit=1")
    assert page["data"] == rows[:1]
    assert stage.get(f"{path}?limit=1&cursor={page['nextCursor']}") == {"data": rows[1:], "nextCursor": None}


def test_repositories_that_are_not_there(stage: Stage, world: World) -> None:
    body = next_batch(stage, f"/v1/repositories/{world.anchored(make_log(3))}/batches", make_log(3), world.maintainer)
    for number in (9_999, 2**63 - 1):
        for rest in ("", "/batches", "/bindings"):
            stage.get(f"/v1/repositories/{number}{rest}", "auditor", 404)
        assert failure(stage, f"/v1/repositories/{number}/batches", "servicer", body)[0] in ("NotWriter", "WrongNumber")
    for number in (2**63, -1, "x"):
        stage.get(f"/v1/repositories/{number}", "auditor", 422)
    for change in ({"size": str(2**63)}, {"proof": ["0x12"]}, {"signature": "0x"}, {"commit": "12"}, {"more": 1}):
        stage.post("/v1/repositories/1/batches", "servicer", body | change, 422)


def test_proofs_are_checked_against_the_log(stage: Stage, world: World) -> None:
    log = make_log(21, first=200)
    repo = world.anchored(log)
    extend(log, 30)
    contributions.anchor(world.ledger, repo, log, world.maintainer)
    stage.ledger.sync()
    entry = next(log.entries(13, 14))
    body: dict[str, Any] = {
        "kind": "inclusion",
        "repository": str(repo),
        "size": "21",
        "index": "13",
        "entry": {
            "line": f"0x{entry[:32].hex()}",
            "contributor": f"0x{entry[32:64].hex()}",
            "commit": OID,
            "from": 0,
            "share": 1000,
        },
        "path": [f"0x{one.hex()}" for one in tree_of(log, 21).inclusion(13)],
    }

    def verdict(asked: Any, who: str = "student 0") -> Any:
        answer = stage.ask("POST", "/v1/proofs/verify", who, json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    found = verdict(body)
    assert found["holds"] is True and found["why"] is None
    assert found["batch"] == stage.get(f"/v1/repositories/{repo}/batches")["data"][0]
    for change in (
        {"index": "12"},
        {"size": "30"},
        {"path": body["path"][:-1]},
        {"size": "22"},
        {"repository": "9999"},
        {"entry": body["entry"] | {"share": 999}},
        {"entry": body["entry"] | {"commit": "13" * 20}},
    ):
        no = verdict(body | change)
        assert no["holds"] is False and no["batch"] is None and no["why"], change
    (proof,) = contributions.prove(world.ledger, repo, log, entry=13)

    def file(one: Any) -> Any:
        return verdict({"kind": "file", "content": base64.b64encode(one.pack()).decode()})

    assert file(proof)["holds"] is True and file(proof)["batch"]["size"] == "30"
    assert "chain 1," in file(replace(proof, chain_id=1))["why"]
    assert "contract" in file(replace(proof, contract=bytes(20)))["why"]
    for junk in ("", "!", base64.b64encode(b"CR\1").decode()):
        answer = stage.ask("POST", "/v1/proofs/verify", "auditor", json={"kind": "file", "content": junk})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")
    path = [f"0x{one.hex()}" for one in tree_of(log).consistency(21)]
    grown = {"kind": "consistency", "repository": str(repo), "oldSize": "21", "size": "30", "path": path}
    assert verdict(grown)["batch"]["size"] == "30"
    for change in ({"oldSize": "20"}, {"path": path[:-1]}, {"oldSize": "30", "size": "21"}, {"size": "31"}):
        assert verdict(grown | change)["holds"] is False, change


def bound(stage: Stage, world: World, repo: int, contributor: int, student: int) -> str:
    """The person's number."""
    path, wallet = f"/v1/repositories/{repo}/bindings", world.students[student]
    who = "0x" + keccak(bytes([contributor])).hex()
    query = {"contributor": who, "wallet": wallet.address, "evidence": EVIDENCE}
    deadline, (own, theirs) = signed(stage, path, f"student {student}", wallet, world.maintainer, **query)
    body = {"deadline": deadline, "walletSignature": own, "maintainer": world.maintainer.address}
    result = stage.done(path, f"student {student}", query | body | {"maintainerSignature": theirs})["result"]
    assert result["contributor"] == who
    return str(result["person"])


def test_a_contributor_is_bound_by_two_signatures(stage: Stage, world: World) -> None:
    repo = world.anchored(make_log(4, first=300))
    first, second = bound(stage, world, repo, 1, 0), bound(stage, world, repo, 2, 1)
    view = world.ledger.claims.view
    for person, student in ((first, 0), (second, 1)):
        assert view(world.ledger.node, "personOf", world.students[student].address) == int(person)
    assert view(world.ledger.node, "personOfContributor", repo, keccak(b"\1")) == int(first)
    path = f"/v1/repositories/{repo}/bindings"
    rows = stage.get(path, "auditor")["data"]
    assert [(one["person"], one["wallet"]) for one in rows] == [
        (first, world.students[0].address),
        (second, world.students[1].address),
    ]
    assert {one["evidence"] for one in rows} == {EVIDENCE}
    assert stage.get(path, "student 1")["data"] == rows[1:]
    assert stage.get(path, "student 7")["data"] == []
    wallet = world.students[0]
    query = {"contributor": "0x" + keccak(b"\3").hex(), "wallet": wallet.address, "evidence": EVIDENCE}
    late = {**query, "deadline": "2020-01-01T00:00:00Z"}
    deadline, (own, theirs) = signed(stage, path, "student 0", wallet, world.maintainer, **late)
    assert deadline == late["deadline"]
    body = {**late, "walletSignature": own, "maintainer": world.maintainer.address, "maintainerSignature": theirs}
    assert failure(stage, path, "student 0", body)[0] == "SignatureExpired"
    assert failure(stage, path, "student 0", body | {"deadline": "2100-01-01T00:00:00Z"})[0] == "NotSigned"
    assert failure(stage, path, "student 0", body | {"contributor": "0x" + keccak(b"\1").hex()})
    for deadline in ("2020-01-01T00:00:00", "2020-01-01T00:00:00.5Z", "1969-12-31T23:59:59Z", "9" * 30):
        stage.post(path, "student 0", body | {"deadline": deadline}, 422)


def test_a_person_moves_is_recovered_and_graduates(stage: Stage, world: World) -> None:
    repo, ledger = world.anchored(make_log(4, first=400)), world.ledger
    person = bound(stage, world, repo, 1, 2)
    path = f"/v1/people/{person}"
    old, new, third = world.students[2:5]
    assert stage.get(path, "student 2") == {
        "id": person,
        "wallet": old.address,
        "pastWallets": [],
        "contributors": [{"repository": str(repo), "contributor": "0x" + keccak(b"\1").hex()}],
        "graduation": None,
        "recovery": None,
    }
    for rest in ("", f"/wallet/typed-data?wallet={new.address}"):
        stage.get(path + rest, "student 1", 404)
    stage.get("/v1/people/9999", "auditor", 404)
    assert [one["id"] for one in stage.get("/v1/people", "student 2")["data"]] == [person]
    assert stage.get("/v1/people", "student 7")["data"] == []
    stage.get(f"/v1/people?wallet={old.address}", "student 1", 403)
    everybody = stage.get("/v1/people", "auditor")["data"]
    assert [one["id"] for one in everybody] == [str(one + 1) for one in range(len(everybody))]
    page = stage.get("/v1/people?limit=1", "auditor")
    assert stage.get(f"/v1/people?limit=1&cursor={page['nextCursor']}", "auditor")["data"] == everybody[1:2]

    deadline, (one, two) = signed(stage, f"{path}/wallet", "student 2", old, new, wallet=new.address)
    body = {"wallet": new.address, "deadline": deadline, "oldSignature": one, "newSignature": two}
    assert failure(stage, f"{path}/wallet", "student 2", body | {"oldSignature": two})[0] == "NotSigned"
    stage.done(f"{path}/wallet", "student 2", body)
    assert failure(stage, f"{path}/wallet", "servicer", body)[0] == "NotSigned"
    stage.get(path, "student 2", 404)
    found = stage.get(path, "student 3")
    assert (found["wallet"], found["pastWallets"]) == (new.address, [old.address])

    deadline, (sole,) = signed(stage, f"{path}/wallet", "auditor", third, wallet=third.address)
    proposal = {"wallet": third.address, "deadline": deadline, "signature": sole}
    stage.post(f"{path}/recovery", "district", proposal, 403)
    stage.done(f"{path}/recovery", "university", proposal)
    recovery = ledger.claims.view(ledger.node, "recoveryOf", int(person))
    found = stage.get(path, "student 3")["recovery"]
    assert (found["wallet"], found["university"]) == (third.address, world.university.address)
    assert datetime.fromisoformat(found["readyAt"]) == datetime.fromtimestamp(recovery[1], UTC)
    assert failure(stage, f"{path}/recovery/finish", "student 4", None)[0] == "TooEarly"
    world.later(15)
    stage.done(f"{path}/recovery/finish", "student 4")
    found = stage.get(path, "student 4")
    assert (found["wallet"], found["recovery"]) == (third.address, None)
    assert found["pastWallets"] == [old.address, new.address]
    assert found["pastWallets"] == list(ledger.claims.view(ledger.node, "pastWallets", int(person)))
    number, day = world.programme(5_000_000), ledger.now().date().isoformat()
    ledger.sync()
    query = {"programme": number, "day": day, "university": world.university.address}
    deadline, (word, consent) = signed(stage, f"{path}/graduation", "student 4", world.university, third, **query)
    body = {**query, "programme": str(number), "wallet": third.address, "deadline": deadline}
    body |= {"signature": word, "consent": consent}
    assert failure(stage, f"{path}/graduation", "servicer", body | {"consent": word})[0] == "NotSigned"
    assert failure(stage, f"{path}/graduation", "servicer", body | {"university": third.address})[0] == "NotUniversity"
    stage.done(f"{path}/graduation", "servicer", body)
    graduation = {"programme": str(number), "university": world.university.address, "day": day}
    assert stage.get(path, "student 4")["graduation"] == graduation
    assert failure(stage, f"{path}/graduation/annul", "guardian", {"reason": "why not"})[0] == "StillUniversity"
    stage.post(f"{path}/graduation/revoke", "guardian", {"reason": "why not"}, 403)
    stage.done(f"{path}/graduation/revoke", "university", {"reason": "a mistake"})
    assert stage.get(path, "student 4")["graduation"] is None
    assert failure(stage, f"{path}/graduation/revoke", "university", {"reason": "again"})[0] == "NotAttested"
    assert failure(stage, "/v1/people/9999/graduation", "servicer", body)[0] == "UnknownPerson"
    before = stage.done(f"{path}/graduation", "servicer", body | {"day": "1969-12-31"}, "failed")
    assert before["problem"]["type"] == "/problems/invalid"


def test_a_veto_ends_a_recovery(stage: Stage, world: World) -> None:
    person = bound(stage, world, world.anchored(make_log(4, first=500)), 1, 5)
    fund_account(world.ledger, world.students[5])
    people.propose_recovery(world.ledger, int(person), world.students[6], world.university.address)
    world.ledger.sync()
    assert stage.get(f"/v1/people/{person}", "student 5")["recovery"]["wallet"] == world.students[6].address
    path = f"/v1/people/{person}/recovery/veto"
    assert prepare(stage, path, None, 422, "student 6")["error"]["name"] == "NotWallet"
    prepared = prepare(stage, path, None, 200, "student 5")
    stage.done("/v1/transactions", "student 5", sign(prepared["transactions"][0], world.students[5]))
    assert stage.get(f"/v1/people/{person}", "student 5")["recovery"] is None


def test_a_maintainer_registers_a_repository_with_their_wallet(stage: Stage, world: World) -> None:
    maintainer = fund_account(world.ledger, world.students[7])
    body = {"genesis": OID, "name": "example/new", "policy": "a policy"}
    prepare(stage, "/v1/repositories", body, 403, "administrator")
    prepared = prepare(stage, "/v1/repositories", body, 200, "student 7")
    number = prepared["preview"]["result"]["repository"]
    stage.get(f"/v1/repositories/{number}", "student 7", 404)
    stage.done("/v1/transactions", "student 7", sign(prepared["transactions"][0], maintainer))
    found = stage.get(f"/v1/repositories/{number}", "student 7")
    assert (found["name"], found["genesis"], found["maintainer"]) == ("example/new", OID, maintainer.address)
    assert world.ledger.contributions.view(world.ledger.node, "head", int(number))[3] == maintainer.address
