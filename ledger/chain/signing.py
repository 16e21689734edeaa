"""Accounts that sign: EIP-1559 transactions, EIP-712 and EIP-191 messages, and plain digests.

Transactions are encoded and signed here, on coincurve, because a sender signs thousands of them and a general library
spends 30 times as long on each; a test holds them equal to eth-account's to the byte. EIP-712 is left to eth-account,
whose encoding has been read by more people, and is imported when first used.

A private key is never part of a ``repr``, an error or a pickle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from coincurve import PrivateKey, PublicKey

from ledger.chain.primitives import address_bytes, checksum, keccak, rlp, rlp_list
from ledger.errors import InputError

__all__ = ["Account", "SignedTransaction", "Transaction", "message_digest", "recover", "signed", "transaction_digest"]
__all__ += ["typed_digest"]

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@dataclass(frozen=True, slots=True)
class Transaction:
    """An EIP-1559 transaction before signing. Fees in wei per gas, ``value`` in wei; ``to=None`` creates a contract."""

    chain_id: int
    nonce: int
    max_priority_fee: int
    max_fee: int
    gas: int
    to: str | None
    value: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """The bytes to send, and the hash by which every node will know them."""

    raw: bytes
    hash: bytes


class Account:
    """A key pair. Compare and hash by address; print safely."""

    __slots__ = ("_key", "address", "public_key")

    address: str
    """The checksummed address."""
    public_key: bytes
    """The compressed public key, 33 bytes."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key.format(compressed=True)
        self.address = _address(key.public_key)

    @classmethod
    def from_key(cls, key: bytes | str) -> Account:
        """The account of a 32-byte private key, as bytes or as 64 hexadecimal digits with or without ``0x``.

        Raises :class:`InputError` without repeating what was given.
        """
        try:
            raw = bytes.fromhex(key.strip().removeprefix("0x")) if isinstance(key, str) else bytes(key)
            if len(raw) == 32:
                return cls(PrivateKey(raw))
        except (ValueError, TypeError):
            pass
        # Raised outside the handler: a chained traceback could show the key.
        raise InputError("not a private key", expected="32 bytes between 1 and the order of secp256k1")

    @classmethod
    def create(cls) -> Account:
        """A new account from the operating system's randomness."""
        return cls(PrivateKey())

    def secret(self) -> bytes:
        """The private key, 32 bytes, for a key store to encrypt. Keep it out of logs."""
        raw: bytes = self._key.secret
        return raw

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes ``r | s | v`` over a 32-byte digest: RFC 6979 nonce, low s, v 27 or 28, as ``ecrecover`` wants."""
        if len(digest) != 32:
            raise InputError("not a digest", expected="32 bytes", found=f"{len(digest)} bytes")
        signature: bytes = self._key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([27 + signature[64]])

    def sign_transaction(self, tx: Transaction) -> SignedTransaction:
        """``tx`` as a signed type-2 transaction. The same input gives the same bytes, always."""
        payload = _payload(tx)
        signature = self._key.sign_recoverable(keccak(b"\x02" + rlp_list(payload)), hasher=None)
        return _joined(payload, signature)

    def sign_typed(
        self, domain: Mapping[str, Any], types: Mapping[str, Sequence[Mapping[str, str]]], message: Mapping[str, Any]
    ) -> bytes:
        """65 bytes ``r | s | v`` over an EIP-712 message; ``types`` without ``EIP712Domain``."""
        return self.sign_digest(typed_digest(domain, types, message))

    def sign_message(self, message: bytes) -> bytes:
        """65 bytes ``r | s | v`` over a plain message, as EIP-191 (``personal_sign``) has it."""
        return self.sign_digest(message_digest(message))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Account) and other.address == self.address

    def __hash__(self) -> int:
        return hash(self.address)

    def __repr__(self) -> str:
        return f"Account({self.address})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an Account holds a private key and is not pickled or copied")


@lru_cache(maxsize=256)
def _offer(tip: int, max_fee: int, gas: int, to: bytes, value: int) -> bytes:
    """Of these fields the encoding: neighbours often share them."""
    return b"".join([rlp(field) for field in (tip, max_fee, gas, to, value)])


def _payload(tx: Transaction) -> bytes:
    """The fields that are signed, encoded. The access list is empty."""
    to = b"" if tx.to is None else address_bytes(tx.to)
    offer = _offer(tx.max_priority_fee, tx.max_fee, tx.gas, to, tx.value)
    return b"".join([rlp(tx.chain_id), rlp(tx.nonce), offer, rlp(tx.data), b"\xc0"])


def _joined(payload: bytes, signature: bytes) -> SignedTransaction:
    """``signature`` is 65 bytes ``r | s | parity``."""
    r, s = signature[:32].lstrip(b"\0"), signature[32:64].lstrip(b"\0")
    raw = b"\x02" + rlp_list(b"".join([payload, rlp(signature[64]), rlp(r), rlp(s)]))
    return SignedTransaction(raw, keccak(raw))


def transaction_digest(tx: Transaction) -> bytes:
    """The 32 bytes that a transaction's signature covers."""
    return keccak(b"\x02" + rlp_list(_payload(tx)))


def signed(tx: Transaction, signature: bytes) -> SignedTransaction:
    """``tx`` with the 65 bytes ``r | s | v``, v 27 or 28, that somebody made over its digest; see :func:`recover`."""
    return _joined(_payload(tx), signature[:64] + bytes([signature[64] - 27]))


def message_digest(message: bytes) -> bytes:
    """The 32 bytes that an EIP-191 signature of a plain message covers."""
    return keccak(b"\x19Ethereum Signed Message:\n%d" % len(message) + message)


def typed_digest(
    domain: Mapping[str, Any], types: Mapping[str, Sequence[Mapping[str, str]]], message: Mapping[str, Any]
) -> bytes:
    """The 32 bytes that an EIP-712 signature covers. Raises :class:`InputError` if message and types do not fit."""
    from eth_account.messages import encode_typed_data  # 2 s of imports: only those who sign messages pay

    try:
        part = encode_typed_data(
            dict(domain), {name: [dict(field) for field in fields] for name, fields in types.items()}, dict(message)
        )
    except Exception as error:  # eth-account raises half a dozen unrelated types here
        raise InputError(f"the message does not fit its EIP-712 types: {error}") from error
    return keccak(b"\x19" + part.version + part.header + part.body)


def recover(digest: bytes, signature: bytes) -> str:
    """The address that made a 65-byte ``r | s | v`` signature over ``digest``.

    Raises :class:`InputError` for a malformed one, and for a high ``s``, which OpenZeppelin's ``ECDSA`` refuses too.
    """
    if len(signature) != 65 or signature[64] not in (27, 28):
        raise InputError(
            "not a signature", expected="65 bytes r, s, v with v 27 or 28", found=f"{len(signature)} bytes"
        )
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        raise InputError("the signature is not canonical", expected="s in the lower half of the order")
    try:
        key = PublicKey.from_signature_and_message(signature[:64] + bytes([signature[64] - 27]), digest, hasher=None)
    except Exception as error:
        raise InputError("the signature does not recover to any key") from error
    return _address(key)


def _address(key: PublicKey) -> str:
    return checksum(keccak(key.format(compressed=False)[1:])[12:])
