"""The agent: a process that holds one key for a while, and signs for its user. It never gives the key away.

``python -P -m ledger.wallet.agent FOLDER NAME SECONDS``, with the 32 bytes of the key on standard input, which
:mod:`ledger.wallet.agents` starts. It listens on the Unix socket FOLDER/NAME, speaks the protocol of
:mod:`ledger.chain.external`, and answers processes of its own user alone. It ends after so many seconds, in which the
machine may have slept, and when it is told ``lock``.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NoReturn

from ledger.chain.external import PROTOCOL
from ledger.chain.signing import Account, Transaction, transaction_digest

__all__ = ["LONGEST", "clock", "peer", "receive"]

LONGEST = 4 * 2**20  # bytes of a request or an answer
_PATIENCE = 5.0  # seconds for a request to arrive
_SET_DUMPABLE = 4


def main() -> None:
    """See the module."""
    _hide()
    folder, name, seconds = sys.argv[1:]
    account = Account.from_key(sys.stdin.buffer.read(32))
    deadline = clock() + float(seconds)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir(folder)  # a socket's path has 107 bytes at most
    os.umask(0o177)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(name)
        own = os.stat(name).st_ino
        try:
            listener.listen()
            if os.fork():
                os._exit(0)  # who started it waits for this one alone
            os.write(1, b"ready\n")
            nowhere = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(nowhere, descriptor)
            last = _serve(listener, account, deadline)
        finally:
            with suppress(OSError):
                if os.stat(name).st_ino == own:
                    os.unlink(name)
        if last is not None:
            os._exit(0)  # the connection ends with the process and not before: so who locks knows that the key is gone


def clock() -> float:
    """Seconds that pass also while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def peer(connection: socket.socket) -> int:
    """The user at the other end, as the kernel knows it."""
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", found)[1])


def receive(connection: socket.socket, seconds: float) -> bytes:
    """One line. Raises OSError if it is not there in so many seconds, or too long."""
    deadline, found = time.monotonic() + seconds, bytearray()
    while not found.endswith(b"\n"):
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        part = connection.recv(65_536)
        found += part
        if not part or len(found) > LONGEST or time.monotonic() > deadline:
            raise OSError("no whole line")
    return bytes(found)


def _serve(listener: socket.socket, account: Account, deadline: float) -> socket.socket | None:
    """Until the deadline, or until somebody locks: gives the connection of whoever does."""
    while (left := deadline - clock()) > 0:
        listener.settimeout(min(left, _PATIENCE))  # a sleep of the machine is noticed so many seconds after it
        with suppress(OSError):
            connection, _ = listener.accept()
            if peer(connection) != os.getuid():
                connection.close()
                continue
            request = receive(connection, _PATIENCE)
            answer, ends = _answer(request, account, deadline)
            connection.settimeout(_PATIENCE)
            connection.sendall(json.dumps(answer).encode() + b"\n")
            if ends:
                return connection
            connection.close()
    return None


def _answer(line: bytes, account: Account, deadline: float) -> tuple[dict[str, Any], bool]:
    """What is answered, and whether that was the last one."""
    number: Any = None
    try:
        request = json.loads(line)
        number, method = request.get("id"), request["method"]
        if request["protocol"] != PROTOCOL:
            return _error(number, "failed", f"this agent speaks {PROTOCOL}"), False
        if method == "lock":
            return {"id": number}, True
        if (left := deadline - clock()) <= 0:
            return _error(number, "refused", "the time is over"), True
        if method == "status":
            return {"id": number, "address": account.address, "seconds": round(left, 3)}, False
        if request["address"] != account.address:
            return _error(number, "refused", "the agent holds another account"), False
        return {"id": number, "signature": f"0x{_signature(method, request, account).hex()}"}, False
    except Exception:  # noqa: BLE001 - whatever was asked: the agent goes on, and says nothing of what it knows
        return _error(number, "failed", "the request can't be understood"), False


def _signature(method: str, request: Mapping[str, Any], account: Account) -> bytes:
    if method == "sign_message":
        return account.sign_message(_bytes(request["message"]))
    if method == "sign_typed":
        typed = request["typed"]
        return account.sign_typed(typed["domain"], typed["types"], typed["message"])
    if method == "sign_transaction":
        return account.sign_digest(transaction_digest(_transaction(request["transaction"])))
    raise ValueError(method)


def _transaction(fields: Mapping[str, Any]) -> Transaction:
    return Transaction(
        chain_id=int(fields["chainId"]),
        nonce=int(fields["nonce"]),
        max_priority_fee=int(fields["maxPriorityFeePerGas"]),
        max_fee=int(fields["maxFeePerGas"]),
        gas=int(fields["gas"]),
        to=fields["to"],
        value=int(fields["value"]),
        data=_bytes(fields["data"]),
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _error(number: Any, code: str, message: str) -> dict[str, Any]:
    return {"id": number, "error": {"code": code, "message": message}}


def _hide() -> None:
    """No core dump, and no other process of this user may look into the memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def _end(*_: object) -> NoReturn:
    raise SystemExit


if __name__ == "__main__":
    main()
