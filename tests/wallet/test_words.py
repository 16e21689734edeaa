"""Words to keys: the published vectors of BIP-32, BIP-39 and BIP-44, and eth-account against our own derivation."""

from __future__ import annotations

import hashlib

import pytest
from eth_account.hdaccount import key_from_seed
from eth_account.hdaccount.mnemonic import Mnemonic
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.chain.devkeys import DEV_MNEMONIC, derive
from ledger.errors import InputError
from ledger.wallet.mnemonic import from_words, new_words

ABOUT = "abandon " * 11 + "about"
# Of the reference implementation's list, each with the passphrase TREZOR.
BIP39 = [
    (
        "00000000000000000000000000000000",
        ABOUT,
        "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
    ),
    (
        "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
        "legal winner thank year wave sausage worth useful legal winner thank yellow",
        "2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6fa457fe1296106559a3c80937a1c1069be3a3a5bd381ee6260e8d9739fce1f607",
    ),
    (
        "80808080808080808080808080808080",
        "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
        "d71de856f81a8acc65e6fc851a38d4d7ec216fd0796d0a6827a3ad6ed5511a30fa280f12eb2e47ed2ac03b5c462a0358d18d69fe4f985ec81778c1b370b652a8",
    ),
]
# Test vector 1 of BIP-32, its last key.
SEED = "000102030405060708090a0b0c0d0e0f"
XPRV = "xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNdE3BBDu76"


@pytest.mark.parametrize(("entropy", "words", "seed"), BIP39)
def test_bip_39(entropy: str, words: str, seed: str) -> None:
    assert Mnemonic().to_mnemonic(bytes.fromhex(entropy)) == words
    assert Mnemonic().to_seed(words, "TREZOR").hex() == seed
    expected = key_from_seed(bytes.fromhex(seed), "m/44'/60'/0'/0/3")
    assert from_words(words, "TREZOR", 3).secret() == expected


def test_bip_32() -> None:
    number = 0
    for letter in XPRV:
        number = number * 58 + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(letter)
    body, check = number.to_bytes(82, "big")[:-4], number.to_bytes(82, "big")[-4:]
    assert hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] == check
    assert key_from_seed(bytes.fromhex(SEED), "m/0'/1/2'/2/1000000000") == body[-32:]


def test_bip_44_as_other_wallets_have_it() -> None:
    assert from_words(ABOUT).address == "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
    assert from_words(DEV_MNEMONIC).address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@settings(max_examples=10, deadline=None)
@given(
    st.sampled_from([16, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size)), st.integers(0, 2**31 - 1)
)
def test_it_derives_what_our_own_derivation_does(entropy: bytes, index: int) -> None:
    words = Mnemonic().to_mnemonic(entropy)
    assert from_words(f"  {words.upper()}\n", index=index) == derive(words, index)


@pytest.mark.parametrize("count", [12, 24])
def test_new_words_are_a_wallet_and_never_the_same(count: int) -> None:
    made = [new_words(count) for _ in range(3)]
    assert len(set(made)) == 3 and all(len(words.split()) == count for words in made)
    assert len({from_words(words).address for words in made}) == 3


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("abandon " * 12, "checksum"),
        ("legal winner thank year wave sausage worth useful legal winner yellow thank", "checksum"),
        (ABOUT.replace("about", "aboutt"), "number 12"),
        ("abandon " * 14 + "about", "15 words"),
        ("", "0 words"),
    ],
)
def test_words_that_are_wrong_are_told_and_not_repeated(words: str, found: str) -> None:
    with pytest.raises(InputError) as refused:
        from_words(words)
    assert found in str(refused.value)
    assert refused.value.__context__ is None and not any(word in str(refused.value) for word in words.split())
