"""`crt wallet sign`, `verify`, `unlock`, `lock`: signatures, and agents that make them for a while."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import Json
from ledger.cli.output import say
from ledger.cli.passwords import PasswordFile, agents, folder, opened, signer_of
from ledger.cli.wallet import Name, app
from ledger.errors import InputError, LedgerError

if TYPE_CHECKING:
    from ledger.chain.signer import Signer
    from ledger.chain.signing import Transaction

__all__ = ["app"]

_Message = Annotated[str | None, typer.Option("--message", metavar="TEXT", help="A plain message (EIP-191).")]
_File = Annotated[Path | None, typer.Option("--file", help="A file whose bytes are the plain message.")]
_Typed = Annotated[Path | None, typer.Option("--typed", help="A file with an EIP-712 message (JSON).")]
_UNITS = {"s": 1, "m": 60, "h": 3_600}
_FIELDS = {"type", "chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "data"}


@dataclass(frozen=True, slots=True)
class _Typed712:
    domain: dict[str, Any]
    types: dict[str, Any]
    message: dict[str, Any]


@app.command("sign")
def sign(
    name: Name,
    message: _Message = None,
    file: _File = None,
    typed: _Typed = None,
    transaction: Annotated[
        Path | None, typer.Option("--transaction", help="A file with an EIP-1559 transaction (JSON); fees in wei.")
    ] = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Sign a message or a transaction, which is not sent. The key is opened by file, agent or prompt.

    Example: crt wallet sign treasury --message "this is my account"
    """
    wallet = folder().get(name)
    what = _one_of({"--message": message, "--file": file, "--typed": typed, "--transaction": transaction})
    if transaction is not None:
        tx = _transaction(transaction)
        made = signer_of(wallet, password_file).sign_transaction(tx)
        raw, tx_hash = f"0x{made.raw.hex()}", f"0x{made.hash.hex()}"
        document = {"address": wallet.address, "raw": raw, "hash": tx_hash}
        say(as_json, "signed-transaction", document, raw)
        return
    content = _content(message, file, typed)
    signature = f"0x{_signed(signer_of(wallet, password_file), content).hex()}"
    document = {"address": wallet.address, "of": what.removeprefix("--"), "signature": signature}
    say(as_json, "signature", document, signature)


@app.command("verify")
def verify(
    who: Annotated[str, typer.Argument(metavar="ADDRESS", help="An address, or the name of a wallet or contact.")],
    signature: Annotated[str, typer.Argument(metavar="SIGNATURE", help="65 bytes in hexadecimal digits.")],
    message: _Message = None,
    file: _File = None,
    typed: _Typed = None,
    as_json: Json = False,
) -> None:
    """Say whether a signature is an address's own over a message; exit code 1 if it is not.

    Example: crt wallet verify treasury 0x5c... --message "this is my account"
    """
    from ledger.chain.signing import message_digest, recover, typed_digest
    from ledger.cli.accounts import plain_address

    address = plain_address(who, "ADDRESS") if who.startswith("0x") else folder().get(who, "ADDRESS").address
    _one_of({"--message": message, "--file": file, "--typed": typed})
    content = _content(message, file, typed)
    if isinstance(content, bytes):
        digest = message_digest(content)
    else:
        digest = typed_digest(content.domain, content.types, content.message)
    if not re.fullmatch(r"0x[0-9a-fA-F]{130}", signature):
        expected = "0x and 130 hexadecimal digits"
        raise InputError("not a signature", field="SIGNATURE", expected=expected, found=f"{len(signature)} characters")
    found = recover(digest, bytes.fromhex(signature[2:]))
    if found != address:
        raise LedgerError(f"the signature is not of {address}, but of {found}, or of another message")
    say(as_json, "verified", {"address": address}, f"signed by {address}")


@app.command("unlock")
def unlock(
    name: Name,
    time: Annotated[str, typer.Option("--for", metavar="TIME", help="Such as 90s, 15m, 2h; at most 24h.")] = "15m",
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Have an agent sign for a wallet without its password, for a while. Linux alone.

    Example: crt wallet unlock treasury --for 15m
    """
    wallet, seconds = folder().get(name), _seconds(time)
    agents().unlock(wallet, opened(wallet, password_file), seconds)
    document = {"name": name, "address": wallet.address, "seconds": seconds}
    say(as_json, "wallet-unlocked", document, f"{name} is unlocked for {time}; crt wallet lock {name} ends that")


@app.command("lock")
def lock(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Default: all that are unlocked.")] = None,
    as_json: Json = False,
) -> None:
    """End the agent of a wallet, or all: when this is done, no agent has the key.

    Example: crt wallet lock
    """
    held = agents()
    ended = held.lock_all() if name is None else [name] * held.lock(folder().get(name).name)
    line = f"locked: {', '.join(ended)}" if ended else "nothing was unlocked"
    say(as_json, "wallets-locked", {"locked": ended}, line)


def _seconds(text: str) -> int:
    from ledger.wallet.agents import LONGEST_TIME

    match = re.fullmatch(r"([0-9]{1,6})([smh])", text)
    found = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < found <= LONGEST_TIME:
        expected = "such as 90s, 15m, 2h; at most 24h"
        raise InputError("not a time", field="--for", expected=expected, found=repr(text[:40]))
    return found


def _one_of(options: dict[str, object]) -> str:
    given = [name for name, value in options.items() if value is not None]
    if len(given) != 1:
        expected, found = f"one of {', '.join(options)}", " and ".join(given) or "none"
        raise InputError("what is signed is not said", expected=expected, found=found)
    return given[0]


def _content(message: str | None, file: Path | None, typed: Path | None) -> bytes | _Typed712:
    if message is not None:
        from ledger.cli.accounts import refuse_secret

        refuse_secret(message, "--message")
        return message.encode()
    if file is not None:
        return _bytes_of(file, "--file")
    assert typed is not None
    found = _object(typed, "--typed")
    parts = [found.get(name) for name in ("domain", "types", "message")]
    if not all(isinstance(part, dict) for part in parts):
        expected = "an object with domain, types, message"
        raise InputError("not a typed message", file=str(typed), field="--typed", expected=expected, found="others")
    domain, types, value = parts
    assert types is not None and domain is not None and value is not None
    return _Typed712(domain, {name: fields for name, fields in types.items() if name != "EIP712Domain"}, value)


def _signed(signer: Signer, content: bytes | _Typed712) -> bytes:
    if isinstance(content, bytes):
        return signer.sign_message(content)
    return signer.sign_typed(content.domain, content.types, content.message)


def _transaction(path: Path) -> Transaction:
    from ledger.chain.primitives import address_bytes
    from ledger.chain.signing import Transaction

    found = _object(path, "--transaction")
    if unknown := sorted(set(found) - _FIELDS):
        raise InputError("an unknown field", file=str(path), field=unknown[0], expected=", ".join(sorted(_FIELDS)))
    if (kind := found.get("type", "0x2")) != "0x2":
        expected = "0x2, which is EIP-1559"
        raise InputError("another type", file=str(path), field="type", expected=expected, found=str(kind)[:40])
    if (to := found.get("to")) is not None:
        address_bytes(to)
    data = str(found.get("data", "0x"))
    if not re.fullmatch(r"0x(?:[0-9a-fA-F]{2})*", data):
        raise InputError("not bytes", file=str(path), field="data", expected="0x and digits in pairs", found="others")
    return Transaction(
        chain_id=_whole(found, "chainId", path),
        nonce=_whole(found, "nonce", path),
        max_priority_fee=_whole(found, "maxPriorityFeePerGas", path),
        max_fee=_whole(found, "maxFeePerGas", path),
        gas=_whole(found, "gas", path),
        to=to,
        value=_whole({"value": 0, **found}, "value", path),
        data=bytes.fromhex(data[2:]),
    )


def _whole(found: dict[str, Any], name: str, path: Path) -> int:
    """An integer, as such or as digits, for many readers of JSON round large ones."""
    text = str(found.get(name))
    if isinstance(found.get(name), bool) or not re.fullmatch(r"[0-9]{1,78}", text):
        raise InputError("not a number", file=str(path), field=name, expected="0 or more, in digits", found=text[:40])
    return int(text)


def _object(path: Path, field: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes_of(path, field))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError("not a file of JSON", file=str(path), field=field, expected="an object", found="another")
    return found


def _bytes_of(path: Path, field: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        found = error.strerror or "nothing"
        raise InputError("it can't be read", file=str(path), field=field, expected="a file", found=found) from None
