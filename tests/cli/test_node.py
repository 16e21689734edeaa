"""`crt node` as a process: what it says, how it stops, and what is left when it is killed."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from ledger.chain.devkeys import DEV_MNEMONIC, dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import DevNode
from ledger.chain.rpc import connect
from ledger.chain.signing import Transaction
from ledger.errors import ChainError
from ledger.services.ledger import open_local
from tests.command import ROOT, crt
from tests.nodes import running_node

ALICE, BOB = dev_account(1), dev_account(2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_is_needed_and_stops_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "chain.db"
    with running_node(path) as (process, url):
        assert url.startswith("http://127.0.0.1:")
        with closing(connect(url)) as node:
            assert isinstance(node, DevNode)
            node.mine(2)
            process.send_signal(number)
            assert process.stdout is not None
            said = process.stdout.read()
            assert process.wait(timeout=30) == 0
    assert "chain id 20250102, at block 0" in said and str(path) in said and f"--rpc-url {url}" in said
    assert all(dev_account(index).address in said for index in range(10)) and "stopped" in said
    assert DEV_MNEMONIC not in said
    assert not [index for index in range(20) if dev_account(index).secret().hex() in said]
    with closing(EmbeddedNode(path)) as node:
        assert node.block_number() == 2


def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    path, dice = tmp_path / "chain.db", random.Random(20250102)
    answered: dict[bytes, int] = {}
    for _ in range(3):
        with running_node(path) as (process, url), closing(connect(url)) as node:
            for tx_hash, number in answered.items():
                receipt = node.receipt(tx_hash)
                assert receipt is not None and receipt.block_number == number
            first = node.nonce(ALICE.address)
            assert first - len(answered) in (0, 1, 2, 3), "at most the one under way at each kill is more"
            killer = threading.Timer(0.1 + dice.random() * 0.4, process.kill)
            killer.start()
            with pytest.raises(ChainError):
                for nonce in range(first, first + 100_000):
                    tx = Transaction(20250102, nonce, 1, 100, 21_000, BOB.address, 1)
                    tx_hash = node.send_raw(ALICE.sign_transaction(tx).raw)
                    answered[tx_hash] = nonce + 1  # one block for each
            killer.join()
            assert process.wait(timeout=30) == -signal.SIGKILL
    assert answered
    with closing(EmbeddedNode(path)) as reopened:
        for tx_hash, number in answered.items():
            receipt = reopened.receipt(tx_hash)
            assert receipt is not None and (receipt.block_number, receipt.status) == (number, 1)


def test_a_port_or_a_file_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = crt("node", "--chain", str(tmp_path / "chain.db"), "--port", str(port))
    assert run.returncode == 2 and run.stdout == "" and list(tmp_path.iterdir()) == []
    assert f"127.0.0.1:{port} is in use" in run.stderr and "next:" in run.stderr
    with closing(EmbeddedNode(tmp_path / "chain.db")):
        run = crt("node", "--chain", str(tmp_path / "chain.db"), "--port", "0")
    assert run.returncode == 1 and f"in use by process {os.getpid()}" in run.stderr and "crt node" in run.stderr


def test_other_commands_use_it(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    open_local(path).close()
    with running_node(path) as (_, url):
        run = crt("chain", "advance", "8", "--rpc", url, "--deployment", f"{path}.deployment.json", "--json")
        assert run.returncode == 0, run.stderr
        with closing(connect(url)) as node:
            ahead = node.block().timestamp - time.time()
    assert 7.9 * 86_400 < ahead < 8.1 * 86_400


def test_help_imports_nothing_heavy() -> None:
    code = "import sys\nfrom ledger.cli import app\n"
    code += "heavy = {'eth', 'eth_tester', 'web3', 'eth_account', 'eth_keyfile', 'http.server', 'ledger.chain.server', 'ledger.wallet', 'tomlkit', 'sqlalchemy', 'rich.console'} & set(sys.modules)\n"
    code += "assert not heavy, heavy\n"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    run = crt("node", "--help")
    assert run.returncode == 0 and "cast" in run.stdout and "--port" in run.stdout
