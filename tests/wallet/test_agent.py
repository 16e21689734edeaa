"""The agent: it signs for a while, for its user alone, and then there is none."""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.devkeys import dev_account
from ledger.chain.signing import Transaction
from ledger.errors import InputError, LedgerError, NotAllowed
from ledger.wallet.agents import Agents
from ledger.wallet.folder import Kind, Wallet

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="agents need Linux")

ANN, BOB = dev_account(3), dev_account(4)
WALLET = Wallet("ann", Kind.KEY, ANN.address)
TRANSACTION = Transaction(1, 2, 3, 4, 5, BOB.address, 2**200, b"abc")
DOMAIN = {"name": "x", "chainId": 1}
TYPES = {
    "Mail": [{"name": "to", "type": "Person"}, {"name": "sums", "type": "uint256[]"}, {"name": "it", "type": "bytes"}],
    "Person": [
        {"name": "wallet", "type": "address"},
        {"name": "id", "type": "bytes32"},
        {"name": "is", "type": "bool"},
    ],
}
MESSAGE = {"to": {"wallet": BOB.address, "id": b"1" * 32, "is": True}, "sums": [2**200, 7], "it": b"\0\1"}


@pytest.fixture
def agents(tmp_path: Path) -> Iterator[Agents]:
    made = Agents(tmp_path / ("deep" * 30))  # longer than a socket's path may be
    yield made
    made.lock_all()


def processes(agents: Agents) -> list[int]:
    """The agents of this folder, as the kernel lists them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"ledger.wallet.agent" in words and str(agents.path / "agents").encode() in words:
            found.append(int(path.parent.name))
    return found


def waits_for_the_end(agents: Agents) -> None:
    until = time.monotonic() + 60
    while processes(agents):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_it_signs_what_the_key_itself_signs(agents: Agents) -> None:
    assert agents.signer(WALLET) is None and agents.left("ann") is None
    agents.unlock(WALLET, ANN, 600)
    signer = agents.signer(WALLET)
    assert signer is not None and 590 < (agents.left("ann") or 0) <= 600
    assert signer.sign_message(b"\0hello") == ANN.sign_message(b"\0hello")
    assert signer.sign_transaction(TRANSACTION) == ANN.sign_transaction(TRANSACTION)
    assert signer.sign_typed(DOMAIN, TYPES, MESSAGE) == ANN.sign_typed(DOMAIN, TYPES, MESSAGE)


def test_it_ends_when_it_is_locked(agents: Agents) -> None:
    agents.unlock(WALLET, ANN, 600)
    signer = agents.signer(WALLET)
    assert signer is not None and len(processes(agents)) == 1
    assert agents.lock("ann") and processes(agents) == [] and not agents.lock("ann")
    with pytest.raises(NotAllowed, match="locked"):
        signer.sign_message(b"x")


def test_it_ends_when_its_time_is_over(agents: Agents) -> None:
    agents.unlock(WALLET, ANN, 1)
    waits_for_the_end(agents)
    assert agents.left("ann") is None and list((agents.path / "agents").glob("ann")) == []


def test_a_second_one_takes_the_place_of_the_first(agents: Agents) -> None:
    agents.unlock(WALLET, ANN, 600)
    (first,) = processes(agents)
    agents.unlock(WALLET, ANN, 60)
    (second,) = processes(agents)
    assert first != second and (agents.left("ann") or 0) <= 60


def test_one_that_was_killed_is_none_and_not_in_the_way(agents: Agents) -> None:
    agents.unlock(WALLET, ANN, 600)
    (pid,) = processes(agents)
    os.kill(pid, signal.SIGKILL)
    waits_for_the_end(agents)
    assert agents.left("ann") is None and (agents.path / "agents" / "ann").exists()
    agents.unlock(WALLET, ANN, 600)
    assert agents.left("ann") is not None


def test_nobody_else_gets_in_and_nothing_of_the_key_is_outside(agents: Agents) -> None:
    agents.unlock(WALLET, ANN, 600)
    place = agents.path / "agents"
    assert stat.S_IMODE((place / "ann").stat().st_mode) == 0o600 and stat.S_IMODE(place.stat().st_mode) == 0o700
    (pid,) = processes(agents)
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert next(line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core")) == ["0", "0"]
    key = ANN.secret()
    for name in ("cmdline", "environ"):
        shown = Path(f"/proc/{pid}/{name}").read_bytes()
        assert key not in shown and key.hex().encode() not in shown
    for path in place.iterdir():
        assert not path.is_file() or key not in path.read_bytes()


@pytest.mark.skipif(os.geteuid() != 0, reason="to be another user, one has to be root")
def test_another_user_is_not_answered_even_if_the_folder_lets_them_in(agents: Agents) -> None:
    """Modes are opened as no `crt` leaves them, so that nothing but the kernel's word on the peer is in the way."""
    agents.unlock(WALLET, ANN, 600)
    folder = os.open(agents.path / "agents", os.O_RDONLY)
    (agents.path / "agents").chmod(0o777)
    (agents.path / "agents" / "ann").chmod(0o777)
    code = (
        "import os, socket, sys; os.fchdir(int(sys.argv[1])); os.setgid(65534); os.setuid(65534)\n"
        "s = socket.socket(socket.AF_UNIX); s.settimeout(30); s.connect('ann')\n"
        'request = b\'{"protocol":"crt-signer/1","id":1,"method":"status"}\' + bytes([10])\n'
        "try: s.sendall(request); print(s.recv(100))\n"
        "except OSError: print(b'')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], pass_fds=[folder], capture_output=True, text=True, check=False
    )
    os.close(folder)
    assert (done.stdout, done.returncode) == ("b''\n", 0), done.stderr
    assert agents.left("ann") is not None


def ask(agents: Agents, line: bytes) -> dict[str, Any]:
    folder = os.open(agents.path / "agents", os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(f"/proc/self/fd/{folder}/ann")
        os.close(folder)
        connection.sendall(line)
        answer: dict[str, Any] = json.loads(connection.makefile("rb").readline() or b"{}")
        return answer


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"[]\n",
        b"\xff\n",
        b"[" * 100_000 + b"\n",
        b'{"protocol":"crt-signer/2","id":1,"method":"status"}\n',
        b'{"protocol":"crt-signer/1","id":1,"method":"secret"}\n',
        b'{"protocol":"crt-signer/1","id":1,"method":"sign_message","address":"0x00","message":"0x"}\n',
        b'{"protocol":"crt-signer/1","id":1,"method":"sign_typed","address":"%s","typed":{}}\n' % ANN.address.encode(),
    ],
)
def test_whatever_it_is_asked_it_goes_on_and_says_nothing(agents: Agents, line: bytes) -> None:
    agents.unlock(WALLET, ANN, 600)
    assert set(ask(agents, line)) == {"id", "error"}
    assert agents.left("ann") is not None


def test_a_folder_that_others_may_enter_gets_no_agent(agents: Agents) -> None:
    agents.path.mkdir(mode=0o755)
    with pytest.raises(InputError, match="others may enter"):
        agents.unlock(WALLET, ANN, 600)
    assert processes(agents) == []


def test_it_is_refused_elsewhere(agents: Agents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(LedgerError, match="needs Linux"):
        agents.unlock(WALLET, ANN, 600)
    assert agents.left("ann") is None


def test_a_signer_shows_its_address_alone(agents: Agents) -> None:
    agents.unlock(WALLET, ANN, 600)
    assert repr(agents.signer(WALLET)) == f"ExternalSigner({ANN.address})"
    with pytest.raises(TypeError):
        pickle.dumps(ANN)
