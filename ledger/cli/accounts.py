"""Accounts by name: `district`, `dev:3`, `key:FILE`, a wallet. A key is never on the command line, nor in a message."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ledger.cli.auditing import acts_as
from ledger.errors import InputError
from ledger.services.secrets import has_key

if TYPE_CHECKING:
    from ledger.chain.signer import Signer
    from ledger.chain.signing import Account
    from ledger.services.ledger import Ledger
    from ledger.wallet.folder import Wallet

__all__ = ["account", "address", "holder", "key_of", "looked_up", "plain_address", "refuse_secret"]

_FIRST: Final = 20
"""``dev:0`` is account 20 of local chains: none that has a role, or coins that others count on."""
_MOST: Final = 10_000
_ENOUGH: Final = 10**18  # wei
_KEY: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
_LONGEST: Final = 48  # characters that may be shown of what is no account: an address has 42, a key 64


def account(ledger: Ledger, name: str, field: str = "--as") -> Signer:
    """An account that can sign, with coins for gas on a local chain. Raises InputError for a name that is none."""
    from ledger.chain.node import DevNode
    from ledger.services.ledger import fund_account

    found = _signer(ledger, name, field)
    ledger.keyring.add(found)
    if field == "--as":
        acts_as(found.address)
    if isinstance(ledger.node, DevNode) and ledger.node.balance(found.address) < _ENOUGH:
        fund_account(ledger, found)
    return found


def looked_up(ledger: Ledger | None, name: str, field: str = "--as") -> str:
    """An account's address, and nothing else: no key is opened that is under a password, no coins are given. Where the
    ledger is behind an API, ``ledger`` is None. Raises InputError."""
    if name.startswith("0x"):
        return plain_address(name, field)
    refuse_secret(name, field)
    wallet = _wallet(name)
    return _signer(ledger, name, field).address if wallet is None else wallet.address


def holder(ledger: Ledger | None, name: str, field: str = "--as") -> Signer:
    """Who signs for a holder, perhaps a program; the ledger does not get the key. Raises InputError and NotAllowed."""
    from ledger.cli.passwords import signer_of

    refuse_secret(name, field)
    if (wallet := _wallet(name)) is not None:
        return signer_of(wallet, None)
    return _signer(ledger, name, field)


def _signer(ledger: Ledger | None, name: str, field: str) -> Signer:
    from ledger.chain.node import DevNode

    refuse_secret(name, field)
    if name.startswith("key:") or _wallet(name) is not None:
        return key_of(name, field)
    if ledger is None or not isinstance(ledger.node, DevNode):
        raise _refused(name, field, "a wallet, or key:FILE: the keys of other names are public")
    if match := re.fullmatch(r"dev:([0-9]{1,5})", name):
        return _dev(int(match[1]), name, field)
    return _with_role(ledger, name, field)


def key_of(name: str, field: str = "--as") -> Signer:
    """The account of a ``key:FILE`` or a wallet. Raises InputError for any other name, and NotAllowed for a wrong
    password."""
    refuse_secret(name, field)
    if name.startswith("key:"):
        return _from_file(_file_of(name), field)
    if (wallet := _wallet(name)) is None:
        raise _refused(name, field, "a wallet, or key:FILE, a file of mode 0600")
    return _signer_of(wallet, field)


def address(ledger: Ledger, name: str, field: str) -> str:
    """An account's address: as it stands, or that of a name; a wallet stays locked. Raises InputError."""
    if name.startswith("0x"):
        return plain_address(name, field)
    refuse_secret(name, field)
    wallet = _wallet(name)
    return account(ledger, name, field).address if wallet is None else wallet.address


def plain_address(text: str, field: str) -> str:
    """An address as it stands. Raises InputError for any other name of an account."""
    from ledger.chain.primitives import address_bytes, checksum

    refuse_secret(text, field)
    try:
        return checksum(address_bytes(text))
    except InputError as error:
        error.field = field
        raise


def _wallet(name: str) -> Wallet | None:
    from ledger.cli.passwords import folder

    return folder().find(name)


def _signer_of(wallet: Wallet, field: str) -> Signer:
    from ledger.cli.passwords import signer_of
    from ledger.wallet.folder import Kind

    if wallet.kind is Kind.SIGNER:
        raise InputError(
            "a program's signatures are too slow here: the ledger signs while others wait for its database",
            field=field,
            expected="a wallet with a key",
            found=f"{wallet.name}, that a program signs for",
            hint=f"crt wallet sign {wallet.name} --transaction FILE",
        )
    return signer_of(wallet, None)


def _dev(number: int, name: str, field: str) -> Account:
    from ledger.chain.devkeys import dev_account

    if number >= _MOST:
        raise _refused(name, field, f"dev:0 to dev:{_MOST - 1}")
    return dev_account(_FIRST + number)


def _with_role(ledger: Ledger, name: str, field: str) -> Signer:
    for role, holder in ledger.keys.items():
        if role.name.lower() == name.lower():
            return ledger.keyring[holder]
    roles = ", ".join(role.name.lower() for role in ledger.keys)
    raise _refused(name, field, f"a role ({roles}), dev:N, a wallet, or key:FILE")


def _file_of(name: str) -> Path:
    return Path(name.removeprefix("key:")).expanduser()


def _from_file(path: Path, field: str) -> Account:
    """The account whose private key a file holds, in hexadecimal digits, for nobody else to read."""
    from ledger.chain.signing import Account
    from ledger.wallet.files import read_private

    text = read_private(path, field, "the key", most=200)
    if not _KEY.fullmatch(text.strip()):
        raise InputError(
            "not a file with a private key",
            file=str(path),
            field=field,
            expected="64 hexadecimal digits",
            found="something else",
        )
    return Account.from_key(text)


def _refused(name: str, field: str, expected: str) -> InputError:
    found = repr(name) if len(name) <= _LONGEST else f"{len(name)} characters, not shown, for they may be a secret"
    hint = f"{field} key:{name}" if _file_of(name).is_file() else None
    return InputError("there is no such account here", field=field, expected=expected, found=found, hint=hint)


def refuse_secret(name: str, field: str) -> None:
    """Raise InputError, without repeating it, for what holds a private key, also one that was not typed quite right."""
    if not has_key(name) or (name.startswith("key:") and _file_of(name).is_file()):
        return
    raise InputError(
        "a private key is not given on the command line: others can read it there",
        field=field,
        expected="key:FILE, a file of mode 0600",
        found="what looks like a private key",
        hint="it is in the history of your shell now: better take another",
    )
