"""A node as it would be, were some transactions mined that are only rehearsed.

They stand in one block behind all others, :data:`AHEAD`, and the state after it is the newest one. Nodes keep nothing
of a rehearsal: whatever is asked of that state, all of them are rehearsed again first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ledger.chain.node import (
    Block,
    BlockRef,
    CallRequest,
    DevNode,
    Fees,
    Log,
    MinedTransaction,
    Node,
    Rehearsed,
    TopicFilter,
    TxReceipt,
)
from ledger.chain.topics import choices, matches
from ledger.errors import ChainError, InputError
from ledger.store.index import IndexedBlock

__all__ = ["AHEAD", "Ahead", "ahead"]

AHEAD = 2**40
"""The number of the block with what is rehearsed: higher than any that a chain will have."""

_AT_ONCE = 200  # calls of one rehearsal, if the one before left nothing


class Ahead:
    """A :class:`~ledger.chain.node.Node` over another one. For one thread.

    ``latest`` is the newest block of that other one, for its number and time; for its state and its logs it is
    :data:`AHEAD`. Coins, nonces and fees are as they are: nothing here pays for gas.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._txs: list[CallRequest] = []
        self._block = Block(AHEAD, bytes(32), bytes(32), 0)
        self.done: list[Rehearsed] = []
        """What each transaction that was taken does, as it was rehearsed last."""

    def take(self, txs: Sequence[CallRequest]) -> list[Rehearsed]:
        """What these transactions would do after those that were taken before. Those that succeed are taken too."""
        found = self.rehearse(txs)
        good = [place for place, one in enumerate(found) if one.error is None]
        self._txs += [txs[place] for place in good]
        self.done += [found[place] for place in good]
        return found

    def behind(self, tip: IndexedBlock) -> tuple[Block, list[Log]]:
        """The block with what was taken, as it would follow ``tip``, the newest one; and all logs of it."""
        if self._block.parent_hash != tip.hash:
            self._block = Block(AHEAD, bytes(32), tip.hash, tip.timestamp)
            self.rehearse([])
        return self._block, [log for one in self.done for log in one.logs]

    # --- What is asked of the state that would be --------------------------------------------------------------------

    def rehearse(self, txs: Sequence[CallRequest]) -> list[Rehearsed]:
        """Raises ChainError if the chain has changed, so that one that was taken would fail now."""
        found = self._node.rehearse([*self._txs, *txs])
        found = [replace(one, logs=tuple(replace(log, block_number=AHEAD) for log in one.logs)) for one in found]
        before, after = found[: len(self._txs)], found[len(self._txs) :]
        for one in before:
            if one.error is not None:
                raise ChainError(
                    f"the chain changed while something was rehearsed on it: {one.error.message}", hint="ask again"
                )
        self.done = before
        return after

    def call(self, tx: CallRequest, block: BlockRef = "latest") -> bytes:
        (found,) = self.call_many([tx], block)
        if isinstance(found, ChainError):
            raise found
        return found

    def call_many(self, txs: Sequence[CallRequest], block: BlockRef = "latest") -> list[bytes | ChainError]:
        if block != "latest" and block < AHEAD:
            return self._node.call_many(txs, block)
        if not self._txs:
            return self._node.call_many(txs)
        # Calls are to leave nothing to each other. Our contracts log each change of state: so those up to the first one
        # that logs something have the right answers, and what is behind that one is asked again.
        answers: list[bytes | ChainError] = []
        size = 1
        while len(answers) < len(txs):
            found = self.rehearse(txs[len(answers) : len(answers) + size])
            end = next((place for place, one in enumerate(found, 1) if one.logs), None)
            answers += [one.output if one.error is None else one.error for one in found[:end]]
            size = _AT_ONCE if end is None else 1
        return answers

    def logs(
        self,
        from_block: int,
        to_block: BlockRef = "latest",
        addresses: Sequence[str] = (),
        topics: TopicFilter = (),
    ) -> list[Log]:
        if to_block != "latest" and to_block < AHEAD:
            return self._node.logs(from_block, to_block, addresses, topics)
        found = self._node.logs(from_block, "latest", addresses, topics)
        wanted, chosen = frozenset(addresses), choices(topics)
        return found + [log for one in self.done for log in one.logs if matches(log, wanted, chosen)]

    # --- What is as it is --------------------------------------------------------------------------------------------

    def chain_id(self) -> int:
        return self._node.chain_id()

    def block_number(self) -> int:
        return self._node.block_number()

    def block(self, number: BlockRef = "latest") -> Block:
        return self._block if number == AHEAD else self._node.block(number)

    def blocks(self, numbers: Sequence[int]) -> list[Block]:
        known = {one.number: one for one in self._node.blocks([one for one in numbers if one != AHEAD])}
        return [self._block if number == AHEAD else known[number] for number in numbers]

    def nonce(self, address: str) -> int:
        return self._node.nonce(address)

    def balance(self, address: str) -> int:
        return self._node.balance(address)

    def code(self, address: str) -> bytes:
        return self._node.code(address)

    def estimate_gas(self, tx: CallRequest) -> int:
        return self._node.estimate_gas(tx)

    def fees(self) -> Fees:
        return self._node.fees()

    def receipt(self, tx_hash: bytes) -> TxReceipt | None:
        return self._node.receipt(tx_hash)

    def receipts(self, tx_hashes: Sequence[bytes]) -> list[TxReceipt | None]:
        return self._node.receipts(tx_hashes)

    def transactions(self, number: int) -> list[MinedTransaction]:
        return self._node.transactions(number)

    def send_raw(self, raw: bytes) -> bytes:
        raise InputError("nothing is sent while it is rehearsed")

    def send_many(self, raws: Sequence[bytes]) -> list[bytes | ChainError]:
        raise InputError("nothing is sent while it is rehearsed")

    def close(self) -> None:
        """The other node is for others to close."""


class _AheadOfLocal(Ahead):
    """Over a local chain, so that services which ask what it is do what they would do."""

    def set_time(self, timestamp: int) -> None:
        raise InputError("the clock is not moved while something is rehearsed", hint="move it before")

    def mine(self, blocks: int = 1) -> None:
        raise InputError("no blocks are mined while something is rehearsed")

    def fund(self, address: str, wei: int) -> None:
        """Nobody needs coins here."""


def ahead(node: Node) -> Ahead:
    """A node over this one, on which nothing was rehearsed yet."""
    return _AheadOfLocal(node) if isinstance(node, DevNode) else Ahead(node)
