"""What one asks of agents: to hold a key for a while, to sign, to forget it. Linux alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.chain.external import PROTOCOL, ExternalSigner, SignerError
from ledger.chain.signing import Account
from ledger.errors import LedgerError, NotAllowed
from ledger.wallet import files
from ledger.wallet.folder import Wallet

__all__ = ["LONGEST_TIME", "Agents"]

LONGEST_TIME = 24 * 3_600
"""Seconds for which a key is held at most."""
_PATIENCE = 30.0  # seconds for an answer: the first typed message takes imports


@dataclass(frozen=True, slots=True)
class Agents:
    """Agents of the wallets of one folder: a process and a socket for each that is unlocked."""

    path: Path

    def unlock(self, wallet: Wallet, account: Account, seconds: float) -> None:
        """Start a process that signs for so many seconds from now, instead of one that is there. Raises LedgerError
        if there can be none."""
        if sys.platform != "linux":
            raise LedgerError("an agent needs Linux", hint="use a password file: CRT_PASSWORD_FILE, or --password-file")
        files.private_folder(self.path)
        folder = files.private_folder(self._folder)
        with files.locked(folder):
            self.lock(wallet.name)
            (folder / wallet.name).unlink(missing_ok=True)  # of one that was killed
            self._start(folder, wallet.name, account, seconds)

    def lock(self, name: str) -> bool:
        """End a wallet's agent: when this returns, the key is in no memory. Says whether there was one."""
        with suppress(OSError), self._connected(name) as connection:
            connection.sendall(_line("lock"))
            while connection.recv(65_536):  # the process has ended when the connection does
                pass
            return True
        return False

    def lock_all(self) -> list[str]:
        """End all agents. Gives the names of those that there were."""
        return [name for name in self._names() if self.lock(name)]

    def left(self, name: str) -> float | None:
        """Seconds for which a wallet stays unlocked; None if it is locked."""
        try:
            return float(json.loads(self._ask(name, _line("status")))["seconds"])
        except (NotAllowed, SignerError, ValueError, KeyError):
            return None

    def signer(self, wallet: Wallet) -> ExternalSigner | None:
        """Who signs for an unlocked wallet; None if it is locked."""
        if self.left(wallet.name) is None:
            return None
        return ExternalSigner(wallet.address, lambda request: self._ask(wallet.name, request))

    @property
    def _folder(self) -> Path:
        return self.path / "agents"

    def _names(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob("[a-z]*"))

    def _start(self, folder: Path, name: str, account: Account, seconds: float) -> None:
        # -P: what is in the current folder is not imported. The key goes through a pipe, and nowhere else.
        command = [sys.executable, "-P", "-m", "ledger.wallet.agent", str(folder), name, str(seconds)]
        started = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        said, _ = started.communicate(account.secret())
        if said != b"ready\n":
            raise LedgerError(f"the agent did not start, in {folder}", hint="use a password file instead")

    def _ask(self, name: str, request: bytes) -> bytes:
        """A :data:`~ledger.chain.external.Channel` to a wallet's agent."""
        from ledger.wallet.agent import receive

        try:
            with self._connected(name) as connection:
                connection.sendall(request)
                return receive(connection, _PATIENCE)
        except TimeoutError:
            raise SignerError("the agent does not answer", hint=f"crt wallet lock {name}, and unlock it") from None
        except OSError:
            raise NotAllowed("the wallet is locked", hint=f"crt wallet unlock {name} --for 15m") from None

    @contextmanager
    def _connected(self, name: str) -> Iterator[socket.socket]:
        """Raises OSError if nobody of this user listens."""
        if sys.platform != "linux":
            raise OSError("no agents here")
        from ledger.wallet.agent import peer

        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(_PATIENCE)
                connection.connect(f"/proc/self/fd/{folder}/{name}")  # a socket's path has 107 bytes at most
                if peer(connection) != os.getuid():
                    raise OSError("somebody else listens")
                yield connection
        finally:
            os.close(folder)


def _line(method: str) -> bytes:
    request: dict[str, Any] = {"protocol": PROTOCOL, "id": None, "method": method}
    return json.dumps(request).encode() + b"\n"
