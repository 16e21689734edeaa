"""Signing: equal to eth-account to the byte, and silent about keys."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest
from eth_account import Account as Theirs
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.chain.devkeys import DEV_MNEMONIC, derive, dev_account
from ledger.chain.primitives import address_bytes, checksum, create_address, rlp
from ledger.chain.signing import Account, Transaction, recover, typed_digest
from ledger.errors import InputError

KEYS = st.integers(1, 2**250).map(lambda number: number.to_bytes(32, "big"))
ADDRESSES = st.binary(min_size=20, max_size=20).map(checksum)
AMOUNTS = st.one_of(st.sampled_from([0, 1, 127, 128, 255, 256]), st.integers(0, 2**96))

DOMAIN = {"name": "ContributionLog", "version": "1", "chainId": 20250102, "verifyingContract": dev_account(9).address}
TYPES = {
    "Batch": [
        {"name": "repository", "type": "bytes32"},
        {"name": "lines", "type": "uint64"},
        {"name": "authors", "type": "Author[]"},
    ],
    "Author": [{"name": "wallet", "type": "address"}, {"name": "share", "type": "string"}],
}
MESSAGE = {
    "repository": b"\7" * 32,
    "lines": 12,
    "authors": [{"wallet": dev_account(1).address, "share": "一半"}, {"wallet": dev_account(2).address, "share": "½"}],
}


@settings(max_examples=60, deadline=None)
@given(
    key=KEYS,
    to=st.none() | ADDRESSES,
    nonce=st.integers(0, 2**40),
    fees=st.tuples(AMOUNTS, AMOUNTS),
    value=AMOUNTS,
    gas=st.integers(0, 2**40),
    data=st.binary(max_size=300),
)
def test_transactions_equal_eth_accounts(
    key: bytes, to: str | None, nonce: int, fees: tuple[int, int], value: int, gas: int, data: bytes
) -> None:
    tx = Transaction(20250102, nonce, fees[0], fees[1], gas, to, value, data)
    theirs = Theirs.sign_transaction(
        {
            "type": 2,
            "chainId": tx.chain_id,
            "nonce": nonce,
            "maxPriorityFeePerGas": fees[0],
            "maxFeePerGas": fees[1],
            "gas": gas,
            "value": value,
            "data": data,
            **({} if to is None else {"to": to}),
        },
        key,
    )
    ours = Account.from_key(key).sign_transaction(tx)
    assert ours.raw == bytes(theirs.raw_transaction) and ours.hash == bytes(theirs.hash)


@given(KEYS)
def test_addresses_equal_eth_accounts(key: bytes) -> None:
    assert Account.from_key(key).address == Theirs.from_key(key).address
    assert Account.from_key("0x" + key.hex()) == Account.from_key(key.hex())


def test_derived_accounts_equal_eth_accounts() -> None:
    Theirs.enable_unaudited_hdwallet_features()
    for index in (0, 1, 19, 1_000):
        theirs = Theirs.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
        assert derive(DEV_MNEMONIC, index).address == theirs.address


def test_typed_messages_equal_eth_accounts() -> None:
    account = dev_account(4)
    signature = account.sign_typed(DOMAIN, TYPES, MESSAGE)
    theirs = Theirs.sign_message(encode_typed_data(DOMAIN, TYPES, MESSAGE), account.secret())
    assert signature == bytes(theirs.signature)
    assert recover(typed_digest(DOMAIN, TYPES, MESSAGE), signature) == account.address
    with pytest.raises(InputError, match="EIP-712"):
        account.sign_typed(DOMAIN, TYPES, {"repository": b""})


def test_recover_refuses_what_a_contract_would() -> None:
    digest, order = b"\1" * 32, 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    signature = dev_account(0).sign_digest(digest)
    high = (order - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    for broken in (signature[:64], signature[:64] + b"\0", signature[:32] + high + signature[64:], bytes(64) + b"\x1b"):
        with pytest.raises(InputError):
            recover(digest, broken)
    with pytest.raises(InputError):
        dev_account(0).sign_digest(b"short")


def test_a_key_is_shown_nowhere() -> None:
    account = Account.create()
    secret = account.secret()
    shown = [repr(account), str(account), f"{account}", repr([account]), repr({"a": account})]
    for dump in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError) as caught:
            dump(account)
        shown.append("".join(traceback.format_exception(caught.value)))
    for wrong in (secret.hex() + "00", secret + b"\1", "zz" + secret.hex()[2:], secret.hex()[:-1]):
        with pytest.raises(InputError) as refused:
            Account.from_key(wrong)
        assert refused.value.__cause__ is None and refused.value.__context__ is None
        shown.append("".join(traceback.format_exception(refused.value)[-1:]))
    for text in shown:
        assert secret.hex()[2:-1] not in text.lower() and repr(secret)[2:-1] not in text
    for nothing in ("", "0x", bytes(32), b"\xff" * 32, 5):
        with pytest.raises(InputError):
            Account.from_key(nothing)  # type: ignore[arg-type]


def test_addresses_with_a_typing_error_are_refused() -> None:
    good = dev_account(0).address
    assert checksum(address_bytes(good)) == checksum(address_bytes(good.lower())) == good
    for bad in (good[:-1] + "7", good.swapcase(), good[:-1], good + "0", good[2:], "0x" + "g" * 40, "", "0x"):
        with pytest.raises(InputError):
            address_bytes(bad)


def test_rlp_by_the_yellow_papers_examples() -> None:
    assert rlp(b"dog") == b"\x83dog" and rlp([b"cat", b"dog"]) == b"\xc8\x83cat\x83dog"
    assert rlp(0) == b"\x80" and rlp(15) == b"\x0f" and rlp(1024) == b"\x82\x04\x00" and rlp(b"") == b"\x80"
    assert rlp([]) == b"\xc0" and rlp([[], [[]], [[], [[]]]]) == bytes.fromhex("c7c0c1c0c3c0c1c0")
    assert rlp(b"a" * 56)[:2] == b"\xb8\x38" and rlp([b"a" * 56])[:2] == b"\xf8\x3a"
    # CREATE by the first dev account's first transaction: the address that every local chain's first contract has.
    assert create_address(dev_account(0).address, 0) == "0x5FbDB2315678afecb367f032d93F642f64180aa3"
