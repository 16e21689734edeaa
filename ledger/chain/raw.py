"""Reading signed transactions that others made: EIP-1559 ones, to the letter.

What is not in the one canonical spelling is refused, so that the hash by which a transaction is known here is the one
by which every node will know it.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

from ledger.chain.primitives import checksum, keccak
from ledger.chain.signing import Transaction, recover
from ledger.errors import InputError

__all__ = ["Signed", "read_transaction"]

_TYPE = b"\x02"
_MOST = 128 * 1024  # bytes: no node takes more
_EXPECTED = "a signed EIP-1559 transaction (type 2), as the bytes that a node takes"
_FIELDS = 12


class Signed(NamedTuple):
    """A transaction, who signed it, the hash by which every node will know it, and the least gas with which one takes
    it."""

    tx: Transaction
    sender: str
    hash: bytes
    least_gas: int


def read_transaction(raw: bytes) -> Signed:
    """The transaction that these bytes are. Raises InputError for others than signed EIP-1559 ones, for a signature
    that no node takes, and for bytes that are not the shortest ones that say the same."""
    import rlp  # type: ignore[import-untyped]  # 0.5 s of imports

    if not raw.startswith(_TYPE) or len(raw) > _MOST:
        _refuse("it begins otherwise, or is too long")
    try:
        fields: Any = rlp.decode(raw[1:])
    except rlp.exceptions.RLPException:
        _refuse("it cannot be read")
    if not isinstance(fields, list) or len(fields) != _FIELDS or rlp.encode(fields) != raw[1:]:
        _refuse("it has other fields")
    *payload, parity, r, s = fields
    access = payload.pop()
    if not _is_access_list(access) or not all(isinstance(one, bytes) for one in (*payload, parity, r, s)):
        _refuse("it has other fields")
    chain_id, nonce, tip, fee, gas, to, value, data = payload
    if any(one[:1] == b"\0" for one in (chain_id, nonce, tip, fee, gas, value, parity, r, s)):
        _refuse("a number has zeros before it")
    if len(to) not in (0, 20) or parity not in (b"", b"\x01") or max(len(r), len(s), len(value)) > 32:
        _refuse("a field is of another length")
    if max(len(chain_id), len(nonce), len(gas)) > 8 or max(len(tip), len(fee)) > 16:
        _refuse("a number is too large")
    digest = keccak(_TYPE + rlp.encode([*payload, access]))
    signature = r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes([27 + len(parity)])
    of = int.from_bytes
    where = checksum(to) if to else None
    tx = Transaction(of(chain_id), of(nonce), of(tip), of(fee), of(gas), where, of(value), data)
    return Signed(tx, recover(digest, signature), keccak(raw), _least_gas(data, access))


def _least_gas(data: bytes, access: list[Any]) -> int:
    """Of a call, before it begins (EIP-2028, 2930), and not below the floor for its data (EIP-7623)."""
    words = len(data) + 3 * (len(data) - data.count(0))
    lists = sum(2_400 + 1_900 * len(keys) for _, keys in access)
    return 21_000 + max(4 * words + lists, 10 * words)


def _is_access_list(given: Any) -> bool:
    return isinstance(given, list) and all(
        isinstance(one, list) and len(one) == 2 and isinstance(one[0], bytes) and isinstance(one[1], list)
        for one in given
    )


def _refuse(why: str) -> NoReturn:
    raise InputError(f"not a transaction that can be sent: {why}", field="raw", expected=_EXPECTED)
