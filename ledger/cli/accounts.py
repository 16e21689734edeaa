"""Accounts by name: `district`, `dev:3`, `key:FILE`. A private key is never on the command line, nor in a message."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ledger.cli.auditing import acts_as
from ledger.errors import InputError
from ledger.services.secrets import has_key

if TYPE_CHECKING:
    from ledger.chain.signing import Account
    from ledger.services.ledger import Ledger

__all__ = ["account", "address", "key_of", "plain_address"]

_FIRST: Final = 20
"""``dev:0`` is account 20 of local chains: none that has a role, or coins that others count on."""
_MOST: Final = 10_000
_ENOUGH: Final = 10**18  # wei
_KEY: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
_LONGEST: Final = 48  # characters that may be shown of what is no account: an address has 42, a key 64


def account(ledger: Ledger, name: str, field: str = "--as") -> Account:
    """An account that can sign, with coins for gas on a local chain. Raises InputError for a name that is none."""
    from ledger.chain.node import DevNode
    from ledger.services.ledger import fund_account

    _refuse_secret(name, field)
    local = isinstance(ledger.node, DevNode)
    if name.startswith("key:"):
        found = key_of(name, field)
    elif not local:
        raise _refused(name, field, "key:FILE: the keys of other names are public")
    elif match := re.fullmatch(r"dev:([0-9]{1,5})", name):
        found = _dev(int(match[1]), name, field)
    else:
        found = _with_role(ledger, name, field)
    ledger.keyring.add(found)
    if field == "--as":
        acts_as(found.address)
    if local and ledger.node.balance(found.address) < _ENOUGH:
        fund_account(ledger, found)
    return found


def key_of(name: str, field: str = "--as") -> Account:
    """The account of a ``key:FILE``. Raises InputError for any other name."""
    _refuse_secret(name, field)
    if not name.startswith("key:"):
        raise _refused(name, field, "key:FILE, a file of mode 0600")
    return _from_file(_file_of(name), field)


def address(ledger: Ledger, name: str, field: str) -> str:
    """An account's address: as it stands, or that of a name. Raises InputError."""
    return plain_address(name, field) if name.startswith("0x") else account(ledger, name, field).address


def plain_address(text: str, field: str) -> str:
    """An address as it stands. Raises InputError for any other name of an account."""
    from ledger.chain.primitives import address_bytes, checksum

    _refuse_secret(text, field)
    try:
        return checksum(address_bytes(text))
    except InputError as error:
        error.field = field
        raise


def _dev(number: int, name: str, field: str) -> Account:
    from ledger.chain.devkeys import dev_account

    if number >= _MOST:
        raise _refused(name, field, f"dev:0 to dev:{_MOST - 1}")
    return dev_account(_FIRST + number)


def _with_role(ledger: Ledger, name: str, field: str) -> Account:
    for role, holder in ledger.keys.items():
        if role.name.lower() == name.lower():
            return ledger.keyring[holder]
    roles = ", ".join(role.name.lower() for role in ledger.keys)
    raise _refused(name, field, f"a role ({roles}), dev:N, or key:FILE")


def _file_of(name: str) -> Path:
    return Path(name.removeprefix("key:")).expanduser()


def _from_file(path: Path, field: str) -> Account:
    """The account whose private key a file holds, in hexadecimal digits, for nobody else to read."""
    from ledger.chain.signing import Account

    try:
        with path.open(encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_IMODE(mode) & 0o177:
                raise InputError(
                    "others may read the key, or run it",
                    file=str(path),
                    field=field,
                    expected="mode 0600",
                    found=f"mode {stat.S_IMODE(mode):04o}",
                    hint=f"chmod 600 {path}; if others had the machine meanwhile, the key is theirs too",
                )
            text = file.read(200)
    except OSError as error:
        found = error.strerror or "nothing"
        expected = "key:FILE, a file of mode 0600 with 64 hexadecimal digits"
        raise InputError("the key can't be read", file=str(path), field=field, expected=expected, found=found) from None
    except UnicodeDecodeError:
        text = ""
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


def _refuse_secret(name: str, field: str) -> None:
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
