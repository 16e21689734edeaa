"""Keys under a password: V3 keystores (Web3 Secret Storage), as geth, Foundry and others have them.

The cryptography is eth-keyfile's; here is what stands around it: which parameters are taken, that the key is that of
the address, and that no error holds anything of key or password.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ledger.chain.primitives import address_bytes, checksum
from ledger.chain.signing import Account
from ledger.errors import InputError, NotAllowed

__all__ = ["address_of", "decrypt", "encrypt", "is_keystore"]

WORK: Final = 262_144
"""scrypt's N with r 8 and p 1: a second and 256 MB for each guess at a password."""
_MOST_MEMORY = 2**30  # bytes that scrypt may take for a foreign file
_MOST_ROUNDS = 16  # times the memory that it may pass over
_MOST_ITERATIONS = 10_000_000  # of PBKDF2


def encrypt(account: Account, password: str) -> str:
    """The keystore as JSON, with the address in it. About a second."""
    from eth_keyfile.keyfile import create_keyfile_json  # imports of a second

    made = create_keyfile_json(account.secret(), password.encode(), kdf="scrypt", iterations=WORK)
    made["address"] = account.address[2:].lower()  # as geth spells it
    return json.dumps(made, indent=2) + "\n"


def decrypt(document: Mapping[str, Any], password: str, file: str) -> Account:
    """The account of a keystore. Raises NotAllowed for a wrong password, InputError for what is no whole keystore, and
    for one that would take more memory or time than any that is meant well."""
    _check_cost(document, file)
    from eth_keyfile.keyfile import decode_keyfile_json

    key, wrong = b"", False
    try:
        key = decode_keyfile_json(dict(document), password.encode())
    except Exception as error:  # noqa: BLE001 - a damaged file can raise anything
        wrong = str(error) == "MAC mismatch"
    # Raised outside the handler: a chained traceback could show what was decrypted.
    if wrong:
        raise NotAllowed("the password is wrong", hint="or the file is damaged: a copy of it would open")
    if not key:
        raise _damaged(file, "parts that can't be read")
    account = Account.from_key(bytes(key))
    if document.get("address") is not None and address_of(document, file) != account.address:
        raise _damaged(file, "the key of another address")
    return account


def is_keystore(document: Mapping[str, Any]) -> bool:
    """Whether it says that it is one."""
    return document.get("version") == 3 and ("crypto" in document or "Crypto" in document)


def address_of(document: Mapping[str, Any], file: str) -> str:
    """The address that a keystore names. Nothing proves it before the key is decrypted. Raises InputError."""
    try:
        return checksum(address_bytes("0x" + str(document.get("address")).removeprefix("0x")))
    except InputError:
        raise _damaged(file, "no address") from None


def _check_cost(document: Mapping[str, Any], file: str) -> None:
    crypto = document.get("crypto", document.get("Crypto"))
    kdf = crypto.get("kdf") if isinstance(crypto, dict) else None
    params = crypto.get("kdfparams") if isinstance(crypto, dict) else None
    wanted = {"scrypt": ("n", "r", "p", "dklen"), "pbkdf2": ("c", "dklen")}.get(str(kdf))
    if wanted is None or not isinstance(params, dict):
        raise _damaged(file, "neither scrypt nor pbkdf2")
    numbers = [params.get(name) for name in wanted]
    if not all(type(number) is int and 0 < number < 2**40 for number in numbers) or params.get("dklen") != 32:
        raise _damaged(file, "parameters that are no numbers")
    if kdf == "scrypt":
        n, r, p = params["n"], params["r"], params["p"]
        fits = 128 * n * r <= _MOST_MEMORY and 128 * n * r * p <= _MOST_ROUNDS * _MOST_MEMORY
    else:
        fits = params["c"] <= _MOST_ITERATIONS
    if not fits:
        raise _damaged(file, "parameters that would take more than 1 GiB, or minutes")


def _damaged(file: str, found: str) -> InputError:
    return InputError(
        "the keystore is damaged, or of another kind",
        file=file,
        expected="a V3 keystore (Web3 Secret Storage)",
        found=found,
        hint="it was left as it is; take a copy of it, or import the words or the key again",
    )
