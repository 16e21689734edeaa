"""`testnet.py`: what it starts is there until it is ended, and what happened is there after that."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from ledger.chain.devkeys import dev_account
from ledger.chain.evm import CHAIN_ID
from ledger.chain.node import DevNode
from ledger.chain.rpc import connect
from ledger.errors import ChainError
from tests.nodes import foundry_binary
from tests.scripts.stage import Net, running_testnet

KINDS = [(), ("--anvil",)]
needs_anvil = pytest.mark.skipif(foundry_binary("anvil") is None, reason="anvil is not installed: npm ci in contracts/")


def wait_until_written(state: Path, number: int) -> None:
    """Anvil writes every second, and not all or nothing: what is killed while it writes has no state any more. So this
    ends just after it has written, with the block of this number."""
    seen = None
    while True:
        try:
            changed = state.stat().st_mtime_ns
            best = json.loads(state.read_text())["best_block_number"]
        except (FileNotFoundError, ValueError):
            changed, best = seen, 0
        if seen not in (None, changed) and best >= number:
            return
        seen = changed
        time.sleep(0.02)


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("kind", [KINDS[0], pytest.param(KINDS[1], marks=needs_anvil)], ids=["embedded", "anvil"])
def test_up_twice_is_one_node_and_down_ends_it(tmp_path: Path, kind: tuple[str, ...]) -> None:
    with running_testnet(tmp_path / "net") as net:
        assert net.fails("testnet", "status")[0] == 1
        said = net.up(*kind)
        assert str(net.pid) in said and net.url in said
        before = net.node
        assert net.up(*kind) == f"it runs already: process {net.pid}, {net.url}\n"
        assert net.node == before
        with closing(connect(net.url)) as node:
            assert node.chain_id() == CHAIN_ID
        assert "none yet: python scripts/testnet_deploy.py" in net.run("testnet", "status")
        assert "ended" in net.run("testnet", "down")
        with pytest.raises(ChainError):
            connect(net.url)
        assert net.run("testnet", "down") == "it does not run\n"


@pytest.mark.parametrize("kind", [KINDS[0], pytest.param(KINDS[1], marks=needs_anvil)], ids=["embedded", "anvil"])
def test_what_happened_survives_down_and_kill_9(tmp_path: Path, kind: tuple[str, ...]) -> None:
    with running_testnet(tmp_path / "net") as net:
        net.up(*kind)
        net.run("testnet_deploy")
        with closing(connect(net.url)) as node:
            first, newest = node.block(0), node.block()
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
            if kind:
                wait_until_written(net.folder / "anvil.json", newest.number)
            os.kill(net.pid, number)
            while net.fails("testnet", "status")[0] != 1:  # until it has ended
                time.sleep(0.05)
            net.up(*kind)
            with closing(connect(net.url)) as node:
                assert isinstance(node, DevNode)
                assert (node.block(0), node.block()) == (first, newest)
                node.mine()
                newest = node.block()
                assert 0 <= newest.timestamp - node.block(newest.number - 1).timestamp < 3_600
        contracts = net.deployment.read_text()
        net.run("testnet_deploy")  # finds them
        assert net.deployment.read_text() == contracts and net.height() == newest.number
        net.reconciles()


def test_status_says_what_there_is(tmp_path: Path, seeded: Path) -> None:
    with running_testnet(tmp_path / "net", of=seeded) as net:
        net.up()
        said = net.run("testnet", "status")
        assert f"{CHAIN_ID}, in {net.folder / 'chain.db'}" in said and net.url in said
        assert f"{net.height()}, 2025-01-02" in said and "CRT01, Active on 2025-01-02" in said
        for name, number in (("deployer", 1), ("admin", 2), ("university", 8), ("originator", 10)):
            assert f"{dev_account(number).address} {'':<8} {name}\n" in said
        assert f"{dev_account(20).address} dev:0    investor\n" in said and said.count(" investor\n") == 7
        contracts = [line.split()[0] for line in said.splitlines() if line.endswith((" receipts", " cash"))]
        with closing(connect(net.url)) as node:
            assert len(contracts) == 2 and all(node.code(address) for address in contracts)


def test_down_ends_nothing_that_up_did_not_start(tmp_path: Path) -> None:
    """A number that belongs to another process now, after the node was killed."""
    with running_testnet(tmp_path / "net") as net:
        net.up()
        os.kill(net.pid, signal.SIGKILL)
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        try:
            file = net.folder / "node.json"
            file.write_text(file.read_text().replace(str(net.pid), str(other.pid)))
            while "does not run" not in net.run("testnet", "down"):
                time.sleep(0.05)
            assert other.poll() is None and lives(other.pid)
        finally:
            other.communicate()


def test_a_port_that_is_taken_and_a_folder_of_the_other_kind(tmp_path: Path) -> None:
    with running_testnet(tmp_path / "net") as net, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, said = net.fails("testnet", "up", "--port", str(taken.getsockname()[1]))
        assert code == 2 and "is in use" in said and "--port" in said
        assert net.fails("testnet", "status")[0] == 1
        (net.folder / "anvil.json").write_text("{}")
        code, said = net.fails("testnet", "up", "--port", "0")
        assert code == 2 and "a chain of the other kind" in said and "anvil.json" in said


@pytest.mark.parametrize(
    ("kind", "file", "why"),
    [
        ((), "chain.db", "is not a local chain"),
        pytest.param(("--anvil",), "anvil.json", "failed to parse", marks=needs_anvil),
    ],
    ids=["embedded", "anvil"],
)
def test_a_node_that_does_not_start_says_why(tmp_path: Path, kind: tuple[str, ...], file: str, why: str) -> None:
    """Each time it is tried, and what it said before is not taken for it."""
    with running_testnet(tmp_path / "net") as net:
        net.folder.mkdir()
        (net.folder / "node.log").write_text("something from before\n")
        (net.folder / file).write_text('{"torn')
        code, said = net.fails("testnet", "up", "--port", "0", *kind)
        assert code == 1 and "the node did not start" in said and why in said and "node.log" in said
        assert net.fails("testnet", "status")[0] == 1


SCRIPTS = ("deploy", "seed", "year", "late_rent", "default", "reorg", "load")


@pytest.mark.parametrize("name", SCRIPTS)
def test_without_a_testnet_the_next_step_is_told(tmp_path: Path, name: str) -> None:
    code, said = Net(tmp_path / "net").fails(f"testnet_{name}")
    assert code == 2 and "the testnet does not run" in said and "next: python scripts/testnet.py up" in said


def test_on_a_testnet_that_is_not_ready_the_next_step_is_told(tmp_path: Path) -> None:
    with running_testnet(tmp_path / "net") as net:
        net.up()
        code, said = net.fails("testnet_seed")
        assert code == 2 and "no contracts yet" in said and "next: python scripts/testnet_deploy.py" in said
        net.run("testnet_deploy")
        code, said = net.fails("testnet_year")
        assert code == 2 and "no such series" in said and "next: python scripts/testnet_seed.py" in said
        code, said = net.fails("testnet_reorg")
        assert code == 2 and "the embedded chain can't be reorganised" in said and "--anvil" in said
