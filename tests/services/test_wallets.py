"""A holder drives a receipt on `crt node` with `cast` and with ethers, which know nothing of us; the ledger sees it."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.artifacts import Contract
from ledger.chain.primitives import keccak
from ledger.services.ledger import Ledger, open_local, open_remote
from ledger.services.reconcile import reconcile
from ledger.store import index
from tests.nodes import ROOT, foundry_binary, running_node
from tests.services.small import HOLDERS, active, small_case

SCRIPTS = ROOT / "tests" / "javascript"
ALICE, BOB, CAROL = HOLDERS
CASE = small_case()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, list[int]]]:
    """`crt node` with a series of which ALICE, BOB and CAROL hold a receipt each: its address, where the contracts are,
    and the receipts."""
    chain = tmp_path_factory.mktemp("wallets") / "chain.db"
    with open_local(chain, start=CASE.terms.open_date) as ledger:
        _, tokens = active(ledger, CASE, 100_000, 60_000, 40_000)
    with running_node(chain) as (_, url):
        yield url, Path(f"{chain}.deployment.json"), tokens


@pytest.fixture
def ledger(running: tuple[str, Path, list[int]], tmp_path: Path) -> Iterator[Ledger]:
    """The ledger, as another process with a new database sees it."""
    url, deployment, _ = running
    with open_remote(url, deployment, database_url=f"sqlite:///{tmp_path / 'other.sqlite'}") as found:
        yield found


def certificate(uri: str) -> Any:
    """What a token's data URI says."""
    kind, _, text = uri.partition(",")
    assert kind == "data:application/json;base64"
    return json.loads(base64.b64decode(text))


def held(ledger: Ledger) -> dict[str, int]:
    with ledger.reading() as connection:
        return index.holdings(connection, 1)


def test_ethers(running: tuple[str, Path, list[int]], ledger: Ledger) -> None:
    node = shutil.which("node")
    if node is None or not (SCRIPTS / "node_modules" / "ethers").is_dir():
        pytest.skip("ethers is not installed: npm ci in tests/javascript/")
    url, _, (one, two, _) = running
    before = held(ledger)
    there = [str(ledger.receipts.view(ledger.node, "balanceOf(uint256)", token)) for token in (one, two)]
    command = [node, "receipt.mjs", url, ledger.receipts.address, str(one), str(two), BOB.address]
    run = subprocess.run(
        command, cwd=SCRIPTS, env={**os.environ, "KEY": "0x" + ALICE.secret().hex()}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert (seen["chain"], seen["owner"], seen["slot"], seen["before"]) == ("20250102", ALICE.address, "1", there)
    units, others = (int(text) for text in there)
    assert seen["moved"] == [str(units - 1_000), str(others + 1_000)]
    assert seen["parts"] == [str(units - 6_000), "2000", "3000"]
    assert seen["owners"] == [BOB.address, ALICE.address]
    assert certificate(seen["uri"])["image"].startswith("data:image/svg+xml")
    assert seen["refused"] == "CALL_EXCEPTION" and seen["data"][:10] in errors()
    after = held(ledger)
    assert {who: after[who] - before[who] for who in after} == {
        ALICE.address: -3_000,
        BOB.address: 3_000,
        CAROL.address: 0,
    }
    assert list(reconcile(ledger).differences) == []


def test_cast(running: tuple[str, Path, list[int]], ledger: Ledger, tmp_path: Path) -> None:
    binary = foundry_binary("cast")
    if binary is None:
        pytest.skip("cast is not installed: npm ci in contracts/")
    url, _, (_, two, three) = running
    key = "0x" + CAROL.secret().hex()

    def cast(*args: str) -> str:
        settings = {**os.environ, "ETH_RPC_URL": url, "HOME": str(tmp_path)}
        run = subprocess.run([binary, *args], env=settings, capture_output=True, text=True, check=False, timeout=120)
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    def view(function: str, *args: object) -> str:
        return cast("call", ledger.receipts.address, function, *map(str, args)).partition(" ")[0]

    def send(function: str, *args: object) -> Any:
        sent = cast("send", ledger.receipts.address, function, *map(str, args), "--private-key", key, "--json")
        receipt = json.loads(sent)
        assert receipt["status"] == "0x1"
        return receipt

    before = held(ledger)
    theirs = int(view("balanceOf(uint256)(uint256)", two))
    assert view("ownerOf(uint256)(address)", three) == CAROL.address
    units = int(view("balanceOf(uint256)(uint256)", three))
    send("transferFrom(uint256,uint256,uint256)", three, two, 500)
    assert int(view("balanceOf(uint256)(uint256)", two)) == theirs + 500
    made = send("split(uint256,uint256[])", three, "[700]")
    transfer = "0x" + keccak(b"Transfer(address,address,uint256)").hex()
    (part,) = [int(log["topics"][3], 16) for log in made["logs"] if log["topics"][0] == transfer]
    assert [int(view("balanceOf(uint256)(uint256)", one)) for one in (three, part)] == [units - 1_200, 700]
    uri = re.sub(r'^"|"$', "", cast("call", ledger.receipts.address, "tokenURI(uint256)(string)", str(part)))
    assert certificate(uri)["image"].startswith("data:image/svg+xml")
    after = held(ledger)
    assert {who: after[who] - before[who] for who in after} == {ALICE.address: 0, BOB.address: 500, CAROL.address: -500}
    assert list(reconcile(ledger).differences) == []


def errors() -> set[str]:
    """The selectors of the errors that the contract of receipts declares."""
    declared = [item for item in Contract("ComputeReceipt").abi if item["type"] == "error"]
    return {
        "0x" + keccak(f"{one['name']}({','.join(arg['type'] for arg in one['inputs'])})".encode())[:4].hex()
        for one in declared
    }
