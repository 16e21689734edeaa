"""Words for a key: BIP-39 mnemonics in English, and Ethereum's path of BIP-44. eth-account does both."""

from __future__ import annotations

import unicodedata

from ledger.chain.signing import Account
from ledger.errors import InputError

__all__ = ["COUNTS", "from_words", "new_words"]

COUNTS = (12, 24)


def new_words(count: int) -> str:
    """So many new words, from the operating system's randomness."""
    from eth_account.hdaccount.mnemonic import Mnemonic

    return Mnemonic().generate(count)


def from_words(words: str, passphrase: str = "", index: int = 0) -> Account:
    """The account at ``m/44'/60'/0'/0/index``. Raises InputError, without any of the words, for those that are no
    mnemonic of 12 or 24: a wrong word, or a wrong order."""
    from eth_account.hdaccount import key_from_seed
    from eth_account.hdaccount.mnemonic import Mnemonic

    plain = " ".join(unicodedata.normalize("NFKD", words).lower().split())
    count, known = len(plain.split()), Mnemonic()
    unknown = [place for place, word in enumerate(plain.split(), 1) if word not in known.wordlist]
    if count not in COUNTS or unknown or not known.is_mnemonic_valid(plain):
        places = ", ".join(map(str, unknown[:24]))
        found = f"{count} words" + (f"; not in the list: number {places}" if unknown and count in COUNTS else "")
        if count in COUNTS and not unknown:
            found = f"{count} words of the list, whose checksum is wrong: one is another, or they are in another order"
        expected = "12 or 24 words of the English list of BIP-39"
        raise InputError("these are not the words of a wallet", expected=expected, found=found)
    seed = known.to_seed(plain, unicodedata.normalize("NFKD", passphrase))
    return Account.from_key(key_from_seed(seed, f"m/44'/60'/0'/0/{index}"))
