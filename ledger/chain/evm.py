"""The embedded chain itself: Prague rules on py-evm, and the eth-tester backend around it.

Imported only when an embedded chain is opened: eth-tester and py-evm take seconds to import.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

# eth-hash takes the first keccak backend that it finds, and that is not the fastest one installed. It reads the choice
# from the environment, once, at the first hash; somebody's own choice is respected.
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")

from eth.chains.base import MiningChain
from eth.constants import POST_MERGE_DIFFICULTY, POST_MERGE_MIX_HASH, POST_MERGE_NONCE, ZERO_ADDRESS
from eth.exceptions import CanonicalHeadNotFound
from eth.vm.forks.prague import PragueVM
from eth_keys.datatypes import PrivateKey
from eth_tester.backends.pyevm.main import PyEVMBackend  # type: ignore[import-untyped]
from eth_typing import BlockNumber

from ledger.chain.chaindata import ChainData
from ledger.chain.devkeys import dev_account
from ledger.chain.primitives import address_bytes

__all__ = [
    "BASE_FEE",
    "CHAIN_ID",
    "DEV_ACCOUNTS",
    "GAS_LIMIT",
    "GENESIS_TIME",
    "LedgerBackend",
    "LedgerChain",
    "create",
]

CHAIN_ID = 20250102
"""Our own (the reference issue's date): a transaction signed for eth-tester's or anvil's usual chain is void here, and
one signed here is void there."""

GENESIS_TIME = 915_148_800
"""1999-01-01T00:00:00Z: before every date that a term sheet may name, so that all of them can be played."""

GAS_LIMIT = 100_000_000
"""Per block. The header rules let it move by 1/1024 a block; a genesis may choose it freely, and it stays."""

BASE_FEE = 7
"""Wei per gas. EIP-1559 lowers a fee by an eighth, rounded down, so 7 is where every idle chain comes to rest."""

DEV_ACCOUNTS = 20
_DEV_BALANCE = 10**9 * 10**18


class LedgerChain(MiningChain):
    """Prague from block 0 with a constant gas limit. The owner sets the time of each block."""

    chain_id = CHAIN_ID
    vm_configuration = ((BlockNumber(0), PragueVM),)

    def create_header_from_parent(self, parent_header: Any, **params: Any) -> Any:
        params.setdefault("gas_limit", parent_header.gas_limit)
        params.setdefault("timestamp", parent_header.timestamp + 1)
        return super().create_header_from_parent(parent_header, **params)

    def get_transaction_builder(self) -> Any:
        """eth-tester asks its chain for this."""
        return self.get_vm().get_transaction_builder()


class LedgerBackend(PyEVMBackend):  # type: ignore[misc]
    """eth-tester's backend on a chain that exists already, where the stock one makes its own in memory."""

    def __init__(self, chain: LedgerChain) -> None:
        # Not calling super(): it would build a second chain only to be thrown away.
        self.chain = chain
        self.account_keys = tuple(PrivateKey(dev_account(index).secret()) for index in range(DEV_ACCOUNTS))


def create(data: ChainData, chain_id: int) -> LedgerChain:
    """The chain in ``data``; with its genesis written to it first, not yet committed, when ``data`` is empty."""
    chain_class: Any = LedgerChain.configure(f"LedgerChain{chain_id}", chain_id=chain_id)
    try:
        chain: LedgerChain = chain_class(data)
        return chain
    except CanonicalHeadNotFound:
        pass  # an empty file
    parameters = {
        "coinbase": ZERO_ADDRESS,
        "difficulty": POST_MERGE_DIFFICULTY,
        "extra_data": secrets.token_bytes(32),  # each chain is told from every other by its first block
        "gas_limit": GAS_LIMIT,
        "mix_hash": POST_MERGE_MIX_HASH,
        "nonce": POST_MERGE_NONCE,
        "timestamp": GENESIS_TIME,
        "base_fee_per_gas": BASE_FEE,
    }
    account = {"balance": _DEV_BALANCE, "nonce": 0, "code": b"", "storage": {}}
    state = {address_bytes(dev_account(index).address): account for index in range(DEV_ACCOUNTS)}
    made: LedgerChain = chain_class.from_genesis(data, parameters, state)
    return made
