"""Blocks, transactions, receipts and logs as Ethereum's JSON-RPC shows them (the execution-apis schemas)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import rlp as _rlp  # type: ignore[import-untyped]

from ledger.chain.blocks import bloom_bits
from ledger.chain.node import Log, TxReceipt
from ledger.chain.primitives import address_bytes, keccak, rlp, rlp_list

__all__ = ["block", "data", "log", "quantity", "receipts", "transaction"]

_EMPTY_LIST = b"\xc0"
_BLOOM_BYTES = 256

Body = tuple[bytes, Any]  # a transaction's bytes, and py-evm's view of them


def quantity(number: int) -> str:
    """A number without leading zeros."""
    return hex(number)


def data(raw: bytes) -> str:
    """Bytes, two digits each."""
    return "0x" + bytes(raw).hex()


def block(header: Any, bodies: Sequence[Body], *, full: bool) -> dict[str, Any]:
    """A block with its transactions, in full or by their hashes."""
    if full:
        shown: list[Any] = [transaction(header, index, body) for index, body in enumerate(bodies)]
    else:
        shown = [data(keccak(raw)) for raw, _ in bodies]
    return {
        "number": quantity(header.block_number),
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "mixHash": data(header.mix_hash),
        "sha3Uncles": data(header.uncles_hash),
        "logsBloom": data(header.bloom.to_bytes(_BLOOM_BYTES, "big")),
        "transactionsRoot": data(header.transaction_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipt_root),
        "miner": data(header.coinbase),
        "difficulty": quantity(header.difficulty),
        "extraData": data(header.extra_data),
        "size": quantity(_size(header, bodies)),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "baseFeePerGas": quantity(header.base_fee_per_gas),
        "withdrawalsRoot": data(header.withdrawals_root),
        "blobGasUsed": quantity(header.blob_gas_used),
        "excessBlobGas": quantity(header.excess_blob_gas),
        "parentBeaconBlockRoot": data(header.parent_beacon_block_root),
        "requestsHash": data(header.requests_hash),
        "transactions": shown,
        "uncles": [],
        "withdrawals": [],
    }


def transaction(header: Any, index: int, body: Body) -> dict[str, Any]:
    """A mined transaction of the block of ``header``."""
    raw, tx = body
    kind = _kind(raw)
    price = min(tx.max_fee_per_gas, header.base_fee_per_gas + tx.max_priority_fee_per_gas)
    shown: dict[str, Any] = {
        "blockHash": data(header.hash),
        "blockNumber": quantity(header.block_number),
        "transactionIndex": quantity(index),
        "hash": data(keccak(raw)),
        "type": quantity(kind),
        "chainId": quantity(tx.chain_id),
        "from": data(tx.sender),
        "nonce": quantity(tx.nonce),
        "to": data(tx.to) if tx.to else None,
        "value": quantity(tx.value),
        "input": data(tx.data),
        "gas": quantity(tx.gas),
        "gasPrice": quantity(price if kind >= 2 else tx.gas_price),
        "r": quantity(tx.r),
        "s": quantity(tx.s),
    }
    if kind == 0:
        return {**shown, "v": quantity(tx.v)}
    shown |= {"v": quantity(tx.y_parity), "yParity": quantity(tx.y_parity), "accessList": _access_list(tx)}
    if kind >= 2:
        shown["maxFeePerGas"] = quantity(tx.max_fee_per_gas)
        shown["maxPriorityFeePerGas"] = quantity(tx.max_priority_fee_per_gas)
    if kind == 3:
        shown["maxFeePerBlobGas"] = quantity(tx.max_fee_per_blob_gas)
        shown["blobVersionedHashes"] = [data(one) for one in tx.blob_versioned_hashes]
    if kind == 4:
        shown["authorizationList"] = [_authorization(one) for one in tx.authorization_list]
    return shown


def receipts(found: Sequence[TxReceipt], bodies: Sequence[Body]) -> list[dict[str, Any]]:
    """All receipts of a block."""
    totals = accumulate(receipt.gas_used for receipt in found)
    return [_receipt(*one) for one in zip(found, bodies, totals, strict=True)]


def log(found: Log) -> dict[str, Any]:
    """An event."""
    return {
        "address": found.address.lower(),
        "topics": [data(topic) for topic in found.topics],
        "data": data(found.data),
        "blockNumber": quantity(found.block_number),
        "blockHash": data(found.block_hash),
        "transactionHash": data(found.tx_hash),
        "transactionIndex": quantity(found.tx_index),
        "logIndex": quantity(found.index),
        "removed": False,
    }


def _receipt(receipt: TxReceipt, body: Body, total_gas: int) -> dict[str, Any]:
    raw, tx = body
    bloom = 0
    for one in receipt.logs:
        for part in (address_bytes(one.address), *one.topics):
            bloom |= bloom_bits(part)
    return {
        "transactionHash": data(receipt.tx_hash),
        "transactionIndex": quantity(receipt.tx_index),
        "blockHash": data(receipt.block_hash),
        "blockNumber": quantity(receipt.block_number),
        "type": quantity(_kind(raw)),
        "status": quantity(receipt.status),
        "from": data(tx.sender),
        "to": data(tx.to) if tx.to else None,
        "contractAddress": receipt.contract_address and receipt.contract_address.lower(),
        "gasUsed": quantity(receipt.gas_used),
        "cumulativeGasUsed": quantity(total_gas),
        "effectiveGasPrice": quantity(receipt.gas_price),
        "logsBloom": data(bloom.to_bytes(_BLOOM_BYTES, "big")),
        "logs": [log(one) for one in receipt.logs],
    }


def _kind(raw: bytes) -> int:
    """A transaction's EIP-2718 type. A legacy one is an RLP list, which starts at 0xc0 or above."""
    return 0 if raw[0] >= 0xC0 else raw[0]


def _access_list(tx: Any) -> list[dict[str, Any]]:
    return [
        {"address": data(who), "storageKeys": [data(key.to_bytes(32, "big")) for key in keys]}
        for who, keys in tx.access_list
    ]


def _authorization(found: Any) -> dict[str, Any]:
    return {
        "chainId": quantity(found.chain_id),
        "address": data(found.address),
        "nonce": quantity(found.nonce),
        "yParity": quantity(found.y_parity),
        "r": quantity(found.r),
        "s": quantity(found.s),
    }


def _size(header: Any, bodies: Sequence[Body]) -> int:
    """Bytes of the block as nodes send it to each other: a typed transaction is a string there, a legacy one a list."""
    transactions = rlp_list(b"".join(rlp(raw) if _kind(raw) else raw for raw, _ in bodies))
    return len(rlp_list(_rlp.encode(header) + transactions + _EMPTY_LIST + _EMPTY_LIST))
