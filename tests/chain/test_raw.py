"""Signed transactions of others: what eth-account signs is read back, and nothing else is taken."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from eth_account import Account as EthAccount
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.raw import read_transaction
from ledger.chain.signing import Account, Transaction
from ledger.errors import InputError

KEY = Account.from_key("0x" + "11" * 32)
NUMBERS = st.integers(0, 2**63 - 1)
TXS = st.builds(
    Transaction,
    chain_id=st.integers(1, 2**53),
    nonce=NUMBERS,
    max_priority_fee=NUMBERS,
    max_fee=NUMBERS,
    gas=NUMBERS,
    to=st.one_of(st.none(), st.just(KEY.address)),
    value=st.integers(0, 2**256 - 1),
    data=st.binary(max_size=200),
)


@given(TXS)
def test_ours_are_read_back(tx: Transaction) -> None:
    signed = KEY.sign_transaction(tx)
    found = read_transaction(signed.raw)
    assert found[:3] == (tx, KEY.address, signed.hash)
    # EIP-7623: the floor of 10 for a zero byte and 40 for another one is above the 4 and 16 of EIP-2028.
    assert found.least_gas == 21_000 + sum(40 if byte else 10 for byte in tx.data)


@given(TXS, st.data())
def test_a_byte_changed_is_another_signer_or_none(tx: Transaction, data: st.DataObject) -> None:
    raw = bytearray(KEY.sign_transaction(tx).raw)
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    with suppress(InputError):
        assert read_transaction(bytes(raw)).sender != KEY.address


LEGACY: dict[str, Any] = {"nonce": 0, "gasPrice": 1, "gas": 21_000, "to": KEY.address, "value": 0, "chainId": 1}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x02",
        b"\x02\xc0",
        b"\x02" + b"\xf8" * 20,
        b"\x02" + bytes(200_000),
        EthAccount.sign_transaction(LEGACY, KEY.secret()).raw_transaction,
        KEY.sign_transaction(Transaction(1, 0, 1, 1, 21_000, KEY.address)).raw + b"\0",
    ],
    ids=["nothing", "no list", "an empty list", "cut off", "too long", "legacy", "more behind it"],
)
def test_others_are_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match="not a transaction that can be sent"):
        read_transaction(bytes(raw))
