"""Keccak, addresses and RLP: the few bytes-level rules that every other module here needs.

They are short and frozen by the protocol, so they are written out: importing ``eth_utils`` for them costs 0.7 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from tiny_keccak import keccak256

from ledger.errors import InputError

__all__ = ["ZERO_ADDRESS", "address_bytes", "checksum", "create_address", "keccak", "rlp", "rlp_list", "to_int"]

ZERO_ADDRESS = "0x" + "00" * 20

_SHORT = [bytes([0x80 + size]) for size in range(56)]  # what stands before so many bytes
_EIGHT_OR_MORE = bytes(0x20 if chr(code) in "89abcdef" else 0 for code in range(256))
_SHOWN = 48  # characters of what is no address

Rlp: TypeAlias = "bytes | int | Sequence[Rlp]"


def keccak(data: bytes) -> bytes:
    """The 32-byte Keccak-256 of ``data``."""
    return keccak256(data)


@lru_cache(maxsize=65_536)
def checksum(address: bytes) -> str:
    """The EIP-55 spelling of a 20-byte address. Cached: the same few addresses fill every event."""
    if len(address) != 20:
        raise InputError("not an address", expected="20 bytes", found=f"{len(address)} bytes")
    low = address.hex().encode()
    # All 40 digits at once: a letter has bit 0x40, and is a capital without bit 0x20, as it has to be where the hash
    # has a digit of 8 or more.
    digits = int.from_bytes(low)
    high = int.from_bytes(keccak(low)[:20].hex().encode().translate(_EIGHT_OR_MORE))
    return "0x" + (digits ^ (digits >> 1 & high)).to_bytes(40).decode()


@lru_cache(maxsize=65_536)
def address_bytes(address: str) -> bytes:
    """The 20 bytes of a ``0x`` address.

    Raises :class:`InputError` for anything else, also for mixed case whose EIP-55 checksum is wrong: one mistyped
    digit must not become somebody else's account.
    """
    try:
        raw = bytes.fromhex(address[2:])
    except (ValueError, TypeError):
        raw = b""
    if len(raw) != 20 or address[:2] != "0x" or len(address) != 42:
        text = str(address)  # one that is much too long may be a private key
        found = text if len(text) <= _SHOWN else f"{len(text)} characters"
        raise InputError("not an address", expected="0x and 40 hexadecimal digits", found=found)
    digits = address[2:]
    if digits not in (digits.lower(), digits.upper()) and checksum(raw) != address:
        raise InputError("the address has a wrong checksum", expected=checksum(raw), found=address)
    return raw


def create_address(sender: str, nonce: int) -> str:
    """The address of the contract that ``sender`` creates with the transaction of this nonce."""
    return checksum(keccak(rlp([address_bytes(sender), nonce]))[12:])


def to_int(value: str | int | None) -> int:
    """A JSON-RPC quantity (``"0x1f"``) as an integer; an absent one is 0."""
    if value is None:
        return 0
    return value if isinstance(value, int) else int(value, 16)


def rlp(item: Rlp) -> bytes:
    """Recursive Length Prefix encoding; an integer is its shortest big-endian form, 0 the empty string."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        size = len(item)
        if size < 56:
            return item if size == 1 and item[0] < 0x80 else _SHORT[size] + item
        return _prefix(size, 0x80) + item
    return rlp_list(b"".join([rlp(part) for part in item]))


def rlp_list(payload: bytes) -> bytes:
    """A list whose items are encoded already."""
    return _prefix(len(payload), 0xC0) + payload


def _prefix(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes([offset + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([offset + 55 + len(size)]) + size
