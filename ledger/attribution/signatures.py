"""Who made a signature: OpenSSH's and OpenPGP's, over any message, and those that commits carry.

Nothing here says why a library refused something in the library's words: these can hold addresses of mail.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cached_property
from typing import Final

from pysequoia import Cert, Sig
from pysequoia import verify as verify_openpgp
from pysequoia.packet import Packet, PacketPile, SignatureType, Tag
from sshsig import InvalidSignature, check_signature
from sshsig.binary_io import SshReader
from sshsig.sshsig import SshsigSignature

from ledger.errors import InputError

__all__ = ["OpenPgpKey", "signed_commit", "ssh_signer"]

_MIN_RSA: Final = 2_048  # bits
_HASHES: Final = (b"sha256", b"sha512")  # the only ones that OpenSSH's format allows
_PLAIN: Final = re.compile(rb"[A-Za-z0-9.-]{1,32}")
_HEADERS: Final = (b"gpgsig", b"gpgsig-sha256")


def ssh_signer(message: bytes, armored: str, namespace: str) -> str:
    """The fingerprint (``SHA256:``) of the key that signed the message, in this namespace and no other.

    Raises InputError if the signature does not hold. Ed25519 and RSA keys of 2,048 bits or more are known.
    """
    try:
        outer = SshsigSignature.from_armored(armored)
        if outer.namespace != namespace.encode():
            raise _refused("made for another purpose", f"namespace {namespace}", f"namespace {_shown(outer.namespace)}")
        if outer.hash_algo not in _HASHES:
            raise _refused("made with a hash that OpenSSH does not use", "sha256 or sha512", "another")
        _check_ssh_key(outer.public_key)
        return check_signature(message, armored, namespace).sha256_str()
    # What else a signature not made by ssh-keygen sets off within the library.
    except (InvalidSignature, NotImplementedError, ValueError, AssertionError, TypeError, OverflowError):
        raise _refused("not valid", "an SSH signature over exactly this text", "one that does not verify") from None


def _check_ssh_key(key: bytes) -> None:
    reader = SshReader(key)
    kind = reader.read_string()
    if kind == b"ssh-rsa":
        reader.read_mpint()
        bits = reader.read_mpint().bit_length()
        if bits < _MIN_RSA:
            raise _refused("made with too short a key", f"{_MIN_RSA} bits", f"{bits} bits")
    elif kind != b"ssh-ed25519":
        raise InputError(
            "keys of this kind can't be verified here",
            field="signature",
            expected="ssh-ed25519 or ssh-rsa",
            found=_shown(kind.partition(b"@")[0]),
            hint="sign with another key that signed commits of yours, or commit the claim file",
        )


class OpenPgpKey:
    """A public key as gpg exports it. Raises InputError if it is not one, or holds anything secret."""

    def __init__(self, armored: str) -> None:
        try:
            self._packets: list[Packet] = list(PacketPile.from_bytes(armored.encode()))
            if any(packet.tag in (Tag.SecretKey, Tag.SecretSubkey) for packet in self._packets):
                raise _bad_key("a public key", "a secret key: it is no longer secret, revoke it")
            self._cert = Cert.from_bytes(armored.encode())
        except RuntimeError:
            raise _bad_key("one OpenPGP key, as gpg --export --armor writes it", "something else") from None

    @cached_property
    def fingerprint(self) -> str:
        """Of the primary key."""
        return self._cert.fingerprint

    def check(self, message: bytes, armored: str) -> str:
        """Raise InputError unless this key signed the message; the fingerprint of the key or subkey that did.

        The key must have been valid, by its own word, when it did, and hashes and lengths be such as are safe today.
        When a key's end is put off, gpg forgets what it said before: signatures older than that are not valid then.
        """
        try:
            result = verify_openpgp(
                bytes=message, store=lambda _: [self._cert], signature=Sig.from_bytes(armored.encode())
            )
        except RuntimeError:
            found = f"one that does not verify with key {self.fingerprint}"
            raise _refused("not valid", "an OpenPGP signature over exactly this text", found) from None
        return str(result.valid_sigs[0].signing_key)

    def check_usable(self, signing_key: str, at: datetime) -> None:
        """Raise InputError if the key, or the subkey that signed, is revoked or had expired at this time.

        What a signature says of its own date proves nothing: who has an expired key can set the clock back.
        """
        if self._cert.is_revoked or self._subkey_revoked(signing_key):
            raise _bad_key("a key that is not revoked", f"{self.fingerprint} is revoked")
        ends = [end for end in (self._cert.expiration, self._subkey_expiration(signing_key)) if end is not None]
        if ends and min(ends) <= at:
            raise _bad_key("a key that has not expired", f"{self.fingerprint} expired on {min(ends):%Y-%m-%d}")

    def _about(self, fingerprint: str) -> list[Packet]:
        """A subkey's packet and the signatures that follow it; nothing if it is no subkey."""
        found: list[Packet] = []
        inside = False
        for packet in self._packets:
            if packet.tag in (Tag.PublicKey, Tag.PublicSubkey):
                inside = packet.tag == Tag.PublicSubkey and packet.fingerprint == fingerprint
            if inside:
                found.append(packet)
        return found

    def _subkey_revoked(self, fingerprint: str) -> bool:
        # Not asked whether it is valid: whoever hands in a key with a false revocation harms their own evidence only.
        return any(packet.signature_type == SignatureType.SubkeyRevocation for packet in self._about(fingerprint))

    def _subkey_expiration(self, fingerprint: str) -> datetime | None:
        packets = self._about(fingerprint)
        bindings = [
            (packet.signature_created, packet.key_validity_period)
            for packet in packets
            if packet.signature_type == SignatureType.SubkeyBinding and packet.signature_created is not None
        ]
        if not bindings or packets[0].key_created is None:
            return None
        period = max(bindings, key=lambda binding: binding[0])[1]
        return packets[0].key_created + period if period else None


def signed_commit(content: bytes, sha256: bool) -> tuple[bytes, str] | None:
    """What a commit's signature is over, and the signature; None if it has none, or more than one.

    As git has it: without the headers of all signatures. ``sha256``: the repository's object format.
    """
    wanted = _HEADERS[sha256]
    head, separator, message = content.partition(b"\n\n")
    kept: list[bytes] = []
    found: list[list[bytes]] = []
    part = kept
    for line in head.split(b"\n"):
        name, _, value = line.partition(b" ")
        if name == b"":  # a line that goes on with the header before it
            part.append(line if part is kept else value)
            continue
        part = kept
        if name in _HEADERS:
            part = []
            if name == wanted:
                found.append(part)
            line = value
        part.append(line)
    if len(found) != 1:
        return None
    try:
        return b"\n".join(kept) + separator + message, b"\n".join(found[0]).decode("ascii") + "\n"
    except UnicodeDecodeError:
        return None


def _shown(name: bytes) -> str:
    """A name that somebody else chose, if it is harmless."""
    return name.decode() if _PLAIN.fullmatch(name) else "another"


def _refused(message: str, expected: str, found: str) -> InputError:
    return InputError(f"the signature is {message}", field="signature", expected=expected, found=found)


def _bad_key(expected: str, found: str) -> InputError:
    return InputError("the key can't be used", field="public_key", expected=expected, found=found)
