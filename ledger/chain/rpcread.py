"""What a node answers, in the words of :mod:`ledger.chain.node`: blocks, logs, receipts and refusals."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ledger.chain.node import (
    Block,
    BlockNotFound,
    BlockRef,
    Log,
    MinedTransaction,
    Refusal,
    Refused,
    Rehearsed,
    TxReceipt,
)
from ledger.chain.primitives import address_bytes, checksum, to_int
from ledger.chain.reverts import decode, from_rpc
from ledger.chain.transport import RpcError
from ledger.errors import ChainError, Reverted

__all__ = ["block", "logs", "raw_bytes", "receipt", "refused_call", "refused_rehearsal"]
__all__ += ["refused_sending", "rehearsed", "transaction"]

# Lower-case pieces of the wordings of geth, anvil, Nethermind, Erigon and Besu.
_WORDINGS = (
    (Refusal.ALREADY_KNOWN, ("already known", "already imported", "known transaction", "alreadyknown")),
    (Refusal.NONCE_TOO_LOW, ("nonce too low", "oldnonce", "nonce is too low", "nonce too old")),
    (Refusal.NONCE_TOO_HIGH, ("nonce too high", "nonce gap", "nonce is too high", "nonce too distant")),
    (Refusal.UNDERPRICED, ("underpriced", "less than block base fee", "fee too low", "feetoolow", "gas price below")),
    (Refusal.INSUFFICIENT_FUNDS, ("insufficient funds", "insufficientfunds", "insufficient balance", "upfront cost")),
)
# Internal error, limit exceeded (EIP-1474), and too many requests; then also requests of the wrong form.
_BUSY = frozenset((-32603, -32005, 429))
_TROUBLE = _BUSY | {-32600, -32601, -32700}
# What nodes and those before them say under any code when it is theirs, and not the transaction's fault.
_TROUBLED = (
    *("rate limit", "request limit", "too many requests", "timeout", "timed out", "try again", "overloaded"),
    *("pool is full", "txpool full", "unavailable", "internal error"),
)


def raw_bytes(text: str) -> bytes:
    """Of ``0x`` and hexadecimal digits."""
    return bytes.fromhex(text[2:])


def block(number: BlockRef, found: Mapping[str, Any] | None) -> Block:
    """A header; ``number`` is what was asked for."""
    if found is None:
        raise BlockNotFound(f"there is no block {number}")
    return Block(
        to_int(found["number"]), raw_bytes(found["hash"]), raw_bytes(found["parentHash"]), to_int(found["timestamp"])
    )


def logs(found: Iterable[Mapping[str, Any]]) -> list[Log]:
    """Neighbours are often of one block: what they share is read once."""
    raw, made = bytes.fromhex, []
    block_text, number, block_hash = "", 0, b""
    for log in found:
        if log["blockHash"] != block_text:
            block_text = log["blockHash"]
            number, block_hash = to_int(log["blockNumber"]), raw(block_text[2:])
        made.append(
            Log(
                _spelt(log["address"]),
                tuple([raw(topic[2:]) for topic in log["topics"]]),
                raw(log["data"][2:]),
                number,
                block_hash,
                raw(log["transactionHash"][2:]),
                int(log["transactionIndex"], 16),
                int(log["logIndex"], 16),
            )
        )
    return made


@lru_cache(maxsize=4_096)
def _spelt(address: str) -> str:
    return checksum(address_bytes(address.lower()))


def transaction(found: Mapping[str, Any]) -> MinedTransaction:
    """One of a block that was asked for with its transactions."""
    to = found.get("to")
    return MinedTransaction(
        hash=raw_bytes(found["hash"]),
        sender=checksum(address_bytes(found["from"].lower())),
        nonce=to_int(found["nonce"]),
        to=None if to is None else checksum(address_bytes(to.lower())),
        data=raw_bytes(found["input"]),
        gas=to_int(found["gas"]),
    )


def receipt(found: Mapping[str, Any]) -> TxReceipt:
    """Of a mined transaction."""
    created = found.get("contractAddress")
    return TxReceipt(
        tx_hash=raw_bytes(found["transactionHash"]),
        status=to_int(found["status"]),
        block_number=to_int(found["blockNumber"]),
        block_hash=raw_bytes(found["blockHash"]),
        tx_index=to_int(found["transactionIndex"]),
        gas_used=to_int(found["gasUsed"]),
        gas_price=to_int(found.get("effectiveGasPrice")),
        contract_address=None if created is None else checksum(address_bytes(created.lower())),
        logs=tuple(logs(found["logs"])),
    )


def refused_call(error: RpcError) -> ChainError:
    """A refused simulation: the contract's refusal if it is one, a block that is not there, or the node's own error."""
    refusal = from_rpc(error.body)
    if refusal is not None:
        return refusal
    text = error.message_text.lower()
    if "header not found" in text or "unknown block" in text or "block not found" in text or "outofrange" in text:
        return BlockNotFound(str(error))
    if any(word in text for word in ("insufficient funds", "insufficient balance")):
        return Refused(Refusal.INSUFFICIENT_FUNDS, error.message_text)
    return error


def refused_rehearsal(error: RpcError) -> ChainError:
    """A refused ``eth_simulateV1``: of a transaction that could be in no block, or because the node can't do it."""
    refusal = refused_call(error)
    if "intrinsic gas" in error.message_text.lower():
        return Refused(Refusal.INVALID, error.message_text)
    if isinstance(refusal, RpcError) and not _is_trouble(error, _BUSY):
        return ChainError(
            f"the node does not rehearse this: {error.message_text}",
            hint="ask one that has eth_simulateV1, such as geth or anvil, for no more than fits into a block",
        )
    return refusal


def rehearsed(found: Sequence[Mapping[str, Any]], asked: int) -> list[Rehearsed]:
    """What came of so many transactions of one block, in ``eth_simulateV1``'s answer."""
    made, index = list[Rehearsed](), 0
    for place, one in enumerate(found[0]["calls"]):
        gas = to_int(one["gasUsed"])
        if to_int(one["status"]) != 1:
            made.append(Rehearsed(b"", (), gas, _why(one)))
            continue
        own = [
            # Nodes make up hashes and places, each in its own way.
            replace(log, block_hash=bytes(32), tx_hash=bytes(32), tx_index=place, index=at)
            for at, log in enumerate(logs(one["logs"]), index)
        ]
        index += len(own)
        made.append(Rehearsed(raw_bytes(one["returnData"]), tuple(own), gas, None))
    if len(made) != asked:
        raise ValueError(f"{len(made)} results of {asked}")
    return made


def _why(failed: Mapping[str, Any]) -> Reverted:
    """What a call of a simulation failed with: geth says it as for ``eth_call``, anvil gives the data alone."""
    data = raw_bytes(failed.get("returnData") or "0x")
    return decode(data) if data else from_rpc(failed.get("error") or {}) or decode(b"")


def refused_sending(error: RpcError) -> ChainError:
    """What a node said of a transaction; its own trouble says nothing of that, and the transaction may be out."""
    text = error.message_text.lower()
    for reason, wordings in _WORDINGS:
        if any(wording in text for wording in wordings):
            return Refused(reason, error.message_text)
    return error if _is_trouble(error, _TROUBLE) else Refused(Refusal.INVALID, error.message_text)


def _is_trouble(error: RpcError, codes: Container[int]) -> bool:
    text = error.message_text.lower()
    return error.body.get("code") in codes or any(words in text for words in _TROUBLED)
