"""How a wallet is opened: by a password file, by its agent, or by a password that is typed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ledger.cli.asking import secret, secret_twice
from ledger.cli.configured import configured, wallet_home
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.chain.signer import Signer
    from ledger.chain.signing import Account
    from ledger.wallet.agents import Agents
    from ledger.wallet.folder import Folder, Wallet

__all__ = ["PasswordFile", "agents", "folder", "new_password", "opened", "password_of", "signer_of"]

VARIABLE: Final = "CRT_PASSWORD_FILE"
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help=f"A file (0600) with the password, instead of a prompt. Also {VARIABLE}."),
]
_SHORTEST = 8  # characters of a new password
_INSTEAD = f"a file of mode 0600, by --password-file or {VARIABLE}"
_MINUTES = 10.0  # for a program that signs, and the person it asks


def folder() -> Folder:
    """The wallets of this user."""
    from ledger.wallet.folder import Folder

    return Folder(wallet_home())


def agents() -> Agents:
    """The agents of these wallets."""
    from ledger.wallet.agents import Agents

    return Agents(wallet_home())


def password_of(name: str, file: Path | None) -> str:
    """A wallet's password: the first line of a file, or typed. Raises InputError."""
    if (file := file or _configured()) is not None:
        return _from_file(file)
    return secret(f"the password of {name}", f"{_INSTEAD}; or, to sign, unlock it: crt wallet unlock {name}")


def new_password(name: str, file: Path | None) -> str:
    """A password for a new wallet; typed twice. Raises InputError for a short one."""
    file = file or _configured()
    found = secret_twice(f"a new password for {name}", _INSTEAD) if file is None else _from_file(file)
    if len(found) < _SHORTEST:
        expected = f"{_SHORTEST} characters or more"
        raise InputError("the password is too short", expected=expected, found=f"{len(found)} characters")
    return found


def opened(wallet: Wallet, file: Path | None) -> Account:
    """The key of a wallet, in this process. Raises NotAllowed for a wrong password, InputError for a wallet without a
    key."""
    from ledger.wallet import keystore
    from ledger.wallet.folder import Kind

    if wallet.kind is not Kind.KEY:
        raise _no_key(wallet)
    password = password_of(wallet.name, file)
    _tell(f"open {wallet.name}")
    return keystore.decrypt(wallet.document, password, str(folder().file_of(wallet.name)))


def signer_of(wallet: Wallet, file: Path | None) -> Signer:
    """Who signs for a wallet: its program; or its key, by password file, agent or prompt, in this order. Raises
    InputError and NotAllowed."""
    from ledger.chain.external import ExternalSigner, program
    from ledger.wallet.folder import Kind

    if wallet.kind is Kind.SIGNER:
        return ExternalSigner(wallet.address, program(wallet.program, _MINUTES * 60))
    file = file or _configured()
    if wallet.kind is Kind.KEY and file is None and (found := agents().signer(wallet)) is not None:
        return found
    return opened(wallet, file)


def _configured() -> Path | None:
    return configured().path("password_file")


def _from_file(file: Path) -> str:
    from ledger.wallet.files import read_private

    found = read_private(file.expanduser(), "--password-file", "the password").split("\n", 1)[0].removesuffix("\r")
    if not found:
        expected = "the password in the first line"
        raise InputError("no password", file=str(file), field="--password-file", expected=expected, found="nothing")
    return found


def _tell(what: str) -> None:
    if sys.stderr.isatty():  # a second, in which nothing is to be seen otherwise
        print(f"- {what}", file=sys.stderr, flush=True)


def _no_key(wallet: Wallet) -> InputError:
    return InputError(
        "there is no key here to sign with",
        field=wallet.name,
        expected="a wallet with a key",
        found=f"a {wallet.kind.value} wallet: an address alone",
        hint="crt wallet list shows which have keys",
    )
