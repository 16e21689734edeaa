"""A signer outside this process: a program, or an agent behind a socket. docs/wallets.md has the protocol.

A request is one line of JSON, and so is its answer, which holds a signature and nothing else: what was signed is put
together here, and the signature must recover to the address. So a signer that errs, or lies, can refuse but not change
what is sent.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from secrets import token_hex
from typing import Any, TypeAlias

from ledger.chain.primitives import address_bytes, checksum
from ledger.chain.signing import (
    SignedTransaction,
    Transaction,
    message_digest,
    recover,
    signed,
    transaction_digest,
    typed_digest,
)
from ledger.errors import InputError, LedgerError, NotAllowed

__all__ = ["PROTOCOL", "Channel", "ExternalSigner", "SignerError", "program"]

PROTOCOL = "crt-signer/1"
_LONGEST = 65_536  # bytes of an answer
_SHOWN = 200  # characters of what a signer says

Channel: TypeAlias = Callable[[bytes], bytes]
"""Takes a request, one line with its end, and gives the line that answers it. Raises SignerError and NotAllowed."""


class SignerError(LedgerError):
    """A program or agent that signs did not answer, or not as it should. Nothing was signed."""


class ExternalSigner:
    """An account whose key is elsewhere. Nothing is asked before there is something to sign."""

    def __init__(self, address: str, channel: Channel) -> None:
        self.address = checksum(address_bytes(address))
        self._channel = channel

    def sign_transaction(self, tx: Transaction) -> SignedTransaction:
        """See :class:`~ledger.chain.signer.Signer`. Raises NotAllowed, and SignerError for a wrong answer."""
        fields = {
            "chainId": str(tx.chain_id),
            "nonce": str(tx.nonce),
            "maxPriorityFeePerGas": str(tx.max_priority_fee),
            "maxFeePerGas": str(tx.max_fee),
            "gas": str(tx.gas),
            "to": tx.to,
            "value": str(tx.value),
            "data": f"0x{tx.data.hex()}",
        }
        return signed(tx, self._signature("sign_transaction", {"transaction": fields}, transaction_digest(tx)))

    def sign_typed(
        self, domain: Mapping[str, Any], types: Mapping[str, Sequence[Mapping[str, str]]], message: Mapping[str, Any]
    ) -> bytes:
        """See :class:`~ledger.chain.signer.Signer`."""
        typed = {"domain": domain, "types": types, "primaryType": _primary(types), "message": message}
        return self._signature("sign_typed", {"typed": _plain(typed)}, typed_digest(domain, types, message))

    def sign_message(self, message: bytes) -> bytes:
        """See :class:`~ledger.chain.signer.Signer`."""
        return self._signature("sign_message", {"message": f"0x{message.hex()}"}, message_digest(message))

    def __repr__(self) -> str:
        return f"ExternalSigner({self.address})"

    def _signature(self, method: str, params: Mapping[str, Any], digest: bytes) -> bytes:
        number = token_hex(8)
        request = {"protocol": PROTOCOL, "id": number, "method": method, "address": self.address, **params}
        answer = _parsed(self._channel(json.dumps(request, separators=(",", ":")).encode() + b"\n"))
        if answer.get("id") != number:
            raise _wrong("it answers another question", f"id {number}")
        if (error := answer.get("error")) is not None:
            raise _said(error)
        try:
            found = bytes.fromhex(str(answer.get("signature")).removeprefix("0x"))
            signer = recover(digest, found)
        except (ValueError, InputError):
            signer = None
        if signer is None:
            raise _wrong("its answer has no signature", "65 bytes r, s, v in hexadecimal digits, s low, v 27 or 28")
        if signer != self.address:
            raise _wrong("its signature is another account's, or of something else", f"one of {self.address}")
        return found


def program(command: Sequence[str], seconds: float) -> Channel:
    """A program that is started for each request, reads it from standard input, writes its answer to standard output,
    and ends. It may ask its user on the terminal or on standard error, and has so many seconds; then it is killed."""

    def ask(request: bytes) -> bytes:
        try:
            # A session of its own would take the terminal away that it may ask on.
            started = subprocess.Popen(list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        except OSError as error:
            raise _wrong(f"it can't be started: {error.strerror}", f"a program: {command[0]}") from None
        with started:
            try:
                answer, _ = started.communicate(request, seconds)
            except subprocess.TimeoutExpired:
                raise _wrong("it took too long", f"an answer within {seconds:g} seconds") from None
            finally:
                started.kill()
        return answer

    return ask


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line) if len(line) <= _LONGEST else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _wrong("its answer is not of this protocol", f"{PROTOCOL}: an object in JSON")
    return answer


def _said(error: object) -> LedgerError:
    found = error if isinstance(error, dict) else {}
    text = "".join(char if char.isprintable() else "?" for char in str(found.get("message", "without a reason")))
    if found.get("code") == "refused":
        return NotAllowed(f"the signer refuses: {text[:_SHOWN]}")
    return SignerError(f"the signer failed: {text[:_SHOWN]}")


def _wrong(what: str, expected: str) -> SignerError:
    return SignerError(f"the signer did not sign: {what}; expected {expected}")


def _primary(types: Mapping[str, Sequence[Mapping[str, str]]]) -> str:
    """The type that no other one is made of."""
    used = {field["type"].split("[")[0] for fields in types.values() for field in fields}
    return next((name for name in types if name not in used), "")


def _plain(value: object) -> object:
    """For JSON: integers as decimal digits, which no reader rounds, and bytes as ``0x`` and hexadecimal digits."""
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, bytes | bytearray):
        return f"0x{value.hex()}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
