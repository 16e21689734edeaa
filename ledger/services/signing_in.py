"""Sign in with Ethereum (EIP-4361): a wallet signs a text that names this service, this chain, a moment, and a number
that is good once.

The text is read strictly, field by field in the order of the standard; nothing that it says is taken on trust. Wallets
that are contracts answer for themselves (ERC-1271). The library for it (``siwe``) needs an older web3 than ours.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from ledger.chain.node import CallRequest, Unreachable
from ledger.chain.primitives import address_bytes, checksum, keccak
from ledger.chain.signing import recover
from ledger.errors import ChainError, InputError
from ledger.services.access import open_session
from ledger.services.ledger import Ledger
from ledger.store import access

__all__ = ["Message", "Rules", "challenge", "parse", "sign_in"]

_MOST = 4_000  # characters of a text
_MOST_SIGNATURE = 4_096  # bytes: that of a contract may be of many keys
_MOST_GAS = 1_000_000  # for what a contract says to a signature: whoever asks has the node compute it for nothing
_MAGIC = bytes.fromhex("1626ba7e")  # isValidSignature(bytes32,bytes), and what it answers
_SKEW = timedelta(seconds=60)  # between the wallet's clock and ours

_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
_PLAIN = r"A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=\-"  # "reserved" and "unreserved" of RFC 3986
_URI = rf"[A-Za-z][A-Za-z0-9+.-]*:[{_PLAIN}%]*"
_TEXT = re.compile(
    r"(?:(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://)?(?P<domain>[A-Za-z0-9._~!$&'()*+,;=:%@\[\]-]+)"
    r" wants you to sign in with your Ethereum account:\n"
    rf"(?P<address>0x[0-9a-fA-F]{{40}})\n\n(?:(?P<statement>[{_PLAIN} ]+)\n)?\n"
    rf"URI: (?P<uri>{_URI})\nVersion: (?P<version>[0-9]+)\nChain ID: (?P<chain>[0-9]{{1,20}})\n"
    rf"Nonce: (?P<nonce>[a-zA-Z0-9]{{8,64}})\nIssued At: (?P<issued>{_TIME})"
    rf"(?:\nExpiration Time: (?P<expires>{_TIME}))?(?:\nNot Before: (?P<begins>{_TIME}))?"
    rf"(?:\nRequest ID: (?P<request>[A-Za-z0-9._~!$&'()*+,;=:@%-]*))?(?:\nResources:(?P<resources>(?:\n- {_URI})*))?"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Of one service: its ``domain`` as wallets see it, ``host`` or ``host:port``, and for how long things are good."""

    domain: str
    nonce_lasts: timedelta = timedelta(minutes=5)
    session_lasts: timedelta = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Message:
    """What a wallet signed. Times have a time zone."""

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime | None
    not_before: datetime | None


def challenge(ledger: Ledger, rules: Rules) -> tuple[str, datetime]:
    """A number for a wallet to sign, good once and not for long."""
    nonce = secrets.token_hex(16)
    with ledger.database.write() as connection:
        now = ledger.database.now(connection)
        until = now + int(rules.nonce_lasts.total_seconds() * 1000)
        access.add_nonce(connection, nonce, now, until)
    return nonce, _moment(until)


def parse(text: str) -> Message:
    """Read a text of EIP-4361. Raises InputError for one that is not, to the letter."""
    match = _TEXT.fullmatch(text) if len(text) <= _MOST else None
    if match is None:
        raise InputError(
            "not a message to sign in with",
            field="message",
            expected="a text as in EIP-4361, with URI, Version, Chain ID, Nonce and Issued At",
            found=ascii(text[:60]),
        )
    if match["version"] != "1":
        raise InputError("not a version of EIP-4361", field="message.Version", expected="1", found=match["version"])
    address = checksum(address_bytes(match["address"]))
    if match["address"] != address:
        raise InputError(
            "the address is not spelt as EIP-55 has it", field="message", expected=address, found=match["address"]
        )
    times = [_time(match[name], name) for name in ("issued", "expires", "begins")]
    assert times[0] is not None
    return Message(match["domain"], address, match["uri"], int(match["chain"]), match["nonce"], times[0], *times[1:])


def sign_in(ledger: Ledger, rules: Rules, text: str, signature: bytes) -> tuple[str, str, datetime]:
    """Let a wallet in: its address, what it shows from now on, and until when.

    Raises InputError if the text is another one than this service wants to have signed now, or the wallet has not
    signed it. The number in the text is spent in any case once the text was for us.
    """
    message = parse(text)
    _expect("domain", rules.domain, message.domain)
    _expect("message.URI", rules.domain, urlsplit(message.uri).netloc)
    _expect("message.Chain ID", str(ledger.deployment.chain_id), str(message.chain_id))
    with ledger.database.write() as connection:
        milliseconds = ledger.database.now(connection)
        known = access.use_nonce(connection, message.nonce, milliseconds)
    now = _moment(milliseconds)
    if not known:
        raise InputError(
            "the number was not given out, was used, or is too old",
            field="message.Nonce",
            expected="one of this service, each once",
            found=message.nonce,
            hint="ask for another one, and sign again",
        )
    _check_times(message, now, rules.nonce_lasts)
    if not _signed(ledger, message.address, text, signature):
        raise InputError("the wallet has not signed this", field="signature", expected=f"one of {message.address}")
    lasts = rules.session_lasts if message.expires_at is None else min(rules.session_lasts, message.expires_at - now)
    token, until = open_session(ledger.database, message.address, lasts)
    return message.address, token, until


def _check_times(message: Message, now: datetime, lasts: timedelta) -> None:
    if message.issued_at > now + _SKEW:
        raise InputError("signed in the future", field="message.Issued At", found=message.issued_at.isoformat())
    if message.issued_at < now - lasts - _SKEW:
        raise InputError("signed too long ago", field="message.Issued At", found=message.issued_at.isoformat())
    if message.expires_at is not None and message.expires_at <= now:
        raise InputError("it has expired", field="message.Expiration Time", found=message.expires_at.isoformat())
    if message.not_before is not None and message.not_before > now + _SKEW:
        raise InputError("it does not hold yet", field="message.Not Before", found=message.not_before.isoformat())


def _expect(field: str, expected: str, found: str) -> None:
    if found != expected:
        raise InputError("the message is for another service", field=field, expected=expected, found=ascii(found)[:80])


def _signed(ledger: Ledger, address: str, text: str, signature: bytes) -> bool:
    """By the key of the address (EIP-191), or as the contract there says (ERC-1271)."""
    data = text.encode()
    digest = keccak(b"\x19Ethereum Signed Message:\n%d" % len(data) + data)
    try:
        if recover(digest, signature) == address:
            return True
    except InputError:
        pass
    if len(signature) > _MOST_SIGNATURE or not ledger.node.code(address):
        return False
    asked = [_MAGIC, digest, _word(64), _word(len(signature)), signature, bytes(-len(signature) % 32)]
    try:
        answer = ledger.node.call(CallRequest(address, b"".join(asked), gas=_MOST_GAS))
    except Unreachable:
        raise
    except ChainError:  # it refuses, or does not come to an end: each node says so in words of its own
        return False
    return answer == _MAGIC.ljust(32, b"\0")


def _time(text: str | None, field: str) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        raise InputError("not a moment", field=f"message ({field})", expected="RFC 3339", found=text) from None


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
