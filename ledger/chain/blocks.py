"""Blocks, receipts and logs out of py-evm's database.

eth-tester finds a receipt by walking the blocks backwards, which makes a query for logs quadratic. Here a transaction
is found by py-evm's own index, and a range of blocks is walked once: one header a block, and transactions and
receipts only of those whose bloom filter says that they may hold a match.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import rlp as _rlp  # type: ignore[import-untyped]
from eth.exceptions import HeaderNotFound, TransactionNotFound
from trie.hexary import HexaryTrie

from ledger.chain.node import Block, BlockNotFound, BlockRef, Log, MinedTransaction, TopicFilter, TxReceipt
from ledger.chain.primitives import address_bytes, checksum, create_address, keccak
from ledger.chain.topics import choices, matches

__all__ = ["Blocks", "bloom_bits"]

_CACHED_BLOCKS = 512


class Blocks:
    """Reads the canonical chain of ``chaindb``. The embedded chain never reorganises, so what was read may be kept."""

    def __init__(self, chain: Any) -> None:
        self._chain = chain
        self._receipts: OrderedDict[int, list[TxReceipt]] = OrderedDict()

    def header(self, number: BlockRef) -> Any:
        """py-evm's header. Raises :class:`BlockNotFound`."""
        if number == "latest":
            return self._chain.get_canonical_head()
        try:
            return self._chain.get_canonical_block_header_by_number(number)
        except HeaderNotFound as error:
            raise BlockNotFound(f"there is no block {number}") from error

    def block(self, number: BlockRef) -> Block:
        """A block by number. Raises :class:`BlockNotFound`."""
        header = self.header(number)
        return Block(header.block_number, bytes(header.hash), bytes(header.parent_hash), header.timestamp)

    def number(self, block_hash: bytes) -> int:
        """The number of the block of this hash. Raises :class:`BlockNotFound`."""
        try:
            header = self._chain.chaindb.get_block_header_by_hash(block_hash)
        except HeaderNotFound as error:
            raise BlockNotFound(f"there is no block 0x{block_hash.hex()}") from error
        found: int = header.block_number
        return found

    def state(self, number: BlockRef) -> Any:
        """py-evm's state after a block. Raises :class:`BlockNotFound`."""
        return self._chain.get_vm(self.header(number)).state

    def place(self, tx_hash: bytes) -> tuple[int, int] | None:
        """Where a transaction was mined: the block's number, and its index there."""
        try:
            number, index = self._chain.chaindb.get_transaction_index(tx_hash)
        except TransactionNotFound:
            return None
        return number, index

    def receipt(self, tx_hash: bytes) -> TxReceipt | None:
        """The receipt of a mined transaction, by index."""
        place = self.place(tx_hash)
        return None if place is None else self.receipts(place[0])[place[1]]

    def receipts(self, number: int) -> list[TxReceipt]:
        """All receipts of a block. Raises :class:`BlockNotFound`."""
        known = self._receipts.get(number)
        if known is None:
            known = self._receipts[number] = self._read(self.header(number))
            if len(self._receipts) > _CACHED_BLOCKS:
                self._receipts.popitem(last=False)
        return known

    def bodies(self, number: int) -> list[tuple[bytes, Any]]:
        """A block's transactions: the bytes of each, and py-evm's view of them. Raises :class:`BlockNotFound`."""
        raws = _items(self._chain.chaindb.db, self.header(number).transaction_root)
        return [(raw, self._decode(number, raw)) for raw in raws]

    def transactions(self, number: int) -> list[MinedTransaction]:
        """What a block's transactions called. Raises :class:`BlockNotFound`."""
        found = []
        for raw, tx in self.bodies(number):
            to = checksum(bytes(tx.to)) if tx.to else None
            sender = checksum(bytes(tx.sender))
            found.append(MinedTransaction(keccak(raw), sender, tx.nonce, to, bytes(tx.data), tx.gas))
        return found

    def logs(self, first: int, last: BlockRef, addresses: Sequence[str], topics: TopicFilter) -> list[Log]:
        """Matching logs of the blocks ``first`` to ``last``; see :meth:`Node.logs <ledger.chain.node.Node.logs>`."""
        head = self._chain.get_canonical_head().block_number
        end = head if last == "latest" else int(last)
        if end > head:
            raise BlockNotFound(f"there is no block {end}, the newest one is {head}")
        wanted = frozenset(addresses)
        alternatives = choices(topics)
        asked = [[address_bytes(address) for address in wanted]] if wanted else []
        asked += [list(choice) for choice in alternatives if choice is not None]
        masks = [[bloom_bits(part) for part in choice] for choice in asked]
        found: list[Log] = []
        for number in range(max(first, 0), end + 1):
            bloom = self.header(number).bloom
            if bloom and all(any(bloom & mask == mask for mask in choice) for choice in masks):
                for receipt in self.receipts(number):
                    found += [log for log in receipt.logs if matches(log, wanted, alternatives)]
        return found

    def _read(self, header: Any) -> list[TxReceipt]:
        # Decoded without py-evm's classes: theirs take a millisecond a log.
        database = self._chain.chaindb.db
        receipts = _items(database, header.receipt_root)
        transactions = _items(database, header.transaction_root)
        number, block_hash = header.block_number, bytes(header.hash)
        found: list[TxReceipt] = []
        gas_before = log_index = 0
        for tx_index, (raw_receipt, raw_tx) in enumerate(zip(receipts, transactions, strict=True)):
            status, gas_after, _, raw_logs = _rlp.decode(_payload(raw_receipt))
            tx_hash = keccak(raw_tx)
            logs = tuple(
                Log(
                    address=checksum(bytes(address)),
                    topics=tuple(bytes(topic) for topic in log_topics),
                    data=bytes(data),
                    block_number=number,
                    block_hash=block_hash,
                    tx_hash=tx_hash,
                    tx_index=tx_index,
                    index=log_index + place,
                )
                for place, (address, log_topics, data) in enumerate(raw_logs)
            )
            tx = self._decode(number, raw_tx)
            total_gas = int.from_bytes(gas_after, "big")
            found.append(
                TxReceipt(
                    tx_hash=tx_hash,
                    status=int.from_bytes(status, "big"),
                    block_number=number,
                    block_hash=block_hash,
                    tx_index=tx_index,
                    gas_used=total_gas - gas_before,
                    gas_price=min(tx.max_fee_per_gas, header.base_fee_per_gas + tx.max_priority_fee_per_gas),
                    contract_address=None if tx.to else create_address(checksum(tx.sender), tx.nonce),
                    logs=logs,
                )
            )
            gas_before, log_index = total_gas, log_index + len(logs)
        return found

    def _decode(self, number: int, raw: bytes) -> Any:
        return self._chain.get_vm_class_for_block_number(number).get_transaction_builder().decode(raw)


def bloom_bits(part: bytes) -> int:
    """The three bits that an address or a topic sets in a block's 2048-bit bloom filter."""
    digest = keccak(part)
    bits = 0
    for at in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits


def _items(database: Any, root: bytes) -> list[bytes]:
    trie = HexaryTrie(database, root)
    found: list[bytes] = []
    while item := trie[_rlp.encode(len(found))]:
        found.append(bytes(item))
    return found


def _payload(raw: bytes) -> bytes:
    """A receipt without its EIP-2718 type byte. An RLP list starts at 0xc0 or above, a type is below 0x80."""
    return raw if raw[0] >= 0xC0 else raw[1:]
