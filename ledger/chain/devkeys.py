"""The accounts of local chains. **Their private keys are public: never use them where anything has value.**

They come from the mnemonic that anvil and hardhat print when they start, so that the embedded chain, anvil and every
wallet that knows these tools agree on who account 0 is. The embedded chain's genesis funds them.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from ledger.chain.signing import Account

__all__ = ["DEV_MNEMONIC", "derive", "dev_account"]

DEV_MNEMONIC = "test test test test test test test test test test test junk"

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HARDENED = 0x80000000


@lru_cache(maxsize=256)
def dev_account(index: int) -> Account:
    """Account ``index`` of local chains, at ``m/44'/60'/0'/0/index``. Its key is known to everybody."""
    return derive(DEV_MNEMONIC, index)


def derive(mnemonic: str, index: int) -> Account:
    """Account ``index`` of a BIP-39 mnemonic without passphrase, along Ethereum's BIP-44 path."""
    key, chain_code = _parent(mnemonic)
    return Account.from_key(_child(key, chain_code, index)[0])


@lru_cache(maxsize=8)
def _parent(mnemonic: str) -> tuple[bytes, bytes]:
    # 2,048 rounds of PBKDF2 are most of the cost, and the same for every account of a mnemonic.
    seed = hashlib.pbkdf2_hmac("sha512", mnemonic.encode(), b"mnemonic", 2048)
    digest = hmac.digest(b"Bitcoin seed", seed, "sha512")
    key, chain_code = digest[:32], digest[32:]
    for step in (44 + _HARDENED, 60 + _HARDENED, _HARDENED, 0):
        key, chain_code = _child(key, chain_code, step)
    return key, chain_code


def _child(key: bytes, chain_code: bytes, index: int) -> tuple[bytes, bytes]:
    """BIP-32 private derivation."""
    head = b"\0" + key if index >= _HARDENED else Account.from_key(key).public_key
    digest = hmac.digest(chain_code, head + index.to_bytes(4, "big"), "sha512")
    child = (int.from_bytes(digest[:32], "big") + int.from_bytes(key, "big")) % _ORDER
    return child.to_bytes(32, "big"), digest[32:]
