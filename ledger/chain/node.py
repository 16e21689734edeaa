"""The seam: what the ledger asks of a chain.

:class:`Node` is satisfied by the embedded chain and by any JSON-RPC endpoint alike, and everything above this package
is written against it alone. :class:`DevNode` adds what only a local chain can do: move its clock, mine, hand out coins.

Every method may raise :class:`~ledger.errors.ChainError`. Three kinds of it matter to a caller who must not do a thing
twice, and are told apart here: :class:`Unreachable` (nothing is known, ask again), :class:`Refused` (the node did not
take the transaction) and :class:`~ledger.errors.Reverted` (a contract said no).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from ledger.errors import ChainError, Reverted

__all__ = [
    "Block",
    "BlockNotFound",
    "BlockRef",
    "CallRequest",
    "DevNode",
    "Fees",
    "Log",
    "Mined",
    "MinedTransaction",
    "Node",
    "Refusal",
    "Refused",
    "Rehearsed",
    "TopicFilter",
    "TxReceipt",
    "Unreachable",
    "full_receipt",
    "stands",
]

BlockRef: TypeAlias = int | Literal["latest"]
TopicFilter: TypeAlias = Sequence[bytes | Sequence[bytes] | None]
"""Per position: one topic, any of several, or ``None`` for whatever. Shorter than the log's topics is fine, and
``None`` at the end adds nothing (nodes differ on whether it asks for a topic to be there)."""


class Unreachable(ChainError):
    """No answer, or one cut short. Whether the request took effect is unknown."""


class BlockNotFound(ChainError):
    """The chain has no block of this number (not yet, or no longer)."""


class Refusal(StrEnum):
    """Why a node did not take a transaction, across the wordings of different nodes."""

    ALREADY_KNOWN = "already known"  # these very bytes are in the pool or mined: not a failure for a sender
    NONCE_TOO_LOW = "nonce too low"  # this nonce is spent, by these bytes or by others
    NONCE_TOO_HIGH = "nonce too high"
    UNDERPRICED = "underpriced"  # a replacement that does not raise both fees enough, or below the base fee
    INSUFFICIENT_FUNDS = "insufficient funds"
    INVALID = "invalid"


class Refused(ChainError):
    """The node did not take the transaction; ``reason`` says why, ``detail`` in the node's own words."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(
            f"the node refused the transaction: {reason}" + (f" ({detail})" if detail and detail != reason else "")
        )


def stands(node: Node, number: int, block_hash: bytes) -> bool:
    """Whether a block is part of the chain as it is now."""
    try:
        return node.block(number).hash == block_hash
    except BlockNotFound:
        return False


def full_receipt(node: Node, mined: Mined) -> TxReceipt:
    """With what it took. Raises ChainError if its block went."""
    found = node.receipt(mined.tx_hash)
    if found is None:
        raise ChainError(f"transaction 0x{mined.tx_hash.hex()} is in no block now", hint="ask again")
    return found


@dataclass(frozen=True, slots=True)
class Block:
    """One block's header. ``timestamp`` is in seconds since 1970 UTC, never before the parent's (equal on anvil)."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction has to offer now, in wei per gas."""

    base_fee: int
    priority_fee: int

    def max_fee(self) -> int:
        """A fee cap that holds through about six full blocks of rising base fee."""
        return 2 * self.base_fee + self.priority_fee


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A message to simulate. ``to=None`` creates a contract; ``sender=None`` is the zero address; ``value`` in wei."""

    to: str | None
    data: bytes = b""
    sender: str | None = None
    value: int = 0
    gas: int | None = None


@dataclass(slots=True, unsafe_hash=True)  # not frozen: millions of them are made, and that takes five times as long
class Log:
    """One event as the chain stores it; nobody changes one. ``index`` counts within the block."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    tx_index: int
    index: int


@dataclass(frozen=True, slots=True)
class Mined:
    """What a transaction did, and in which block. ``status`` is 1 for success, 0 for reverted."""

    tx_hash: bytes
    status: int
    block_number: int
    block_hash: bytes
    tx_index: int
    logs: tuple[Log, ...]


@dataclass(frozen=True, slots=True)
class TxReceipt(Mined):
    """What became of a mined transaction, and what that took; ``gas_price`` in wei per gas."""

    gas_used: int
    gas_price: int
    contract_address: str | None


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a transaction would do: what it would return and log, the gas that it would use; or why it would fail.

    Its logs are in no block and no transaction: their hashes are zeros. They count on from those before it.
    """

    output: bytes
    logs: tuple[Log, ...]
    gas: int
    error: Reverted | None


@dataclass(frozen=True, slots=True)
class MinedTransaction:
    """What was sent in a block: by whom, with which nonce, what it called, and its gas limit."""

    hash: bytes
    sender: str
    nonce: int
    to: str | None
    data: bytes
    gas: int


@runtime_checkable
class Node(Protocol):
    """A chain, seen from the ledger. Safe to use from several threads."""

    def chain_id(self) -> int:
        """The EIP-155 chain id."""

    def block_number(self) -> int:
        """The number of the newest block."""

    def block(self, number: BlockRef = "latest") -> Block:
        """A block by number. Raises :class:`BlockNotFound`."""

    def blocks(self, numbers: Sequence[int]) -> list[Block]:
        """:meth:`block` of several, in one request where the node can."""

    def nonce(self, address: str) -> int:
        """How many transactions of ``address`` are mined: the next one's nonce."""

    def balance(self, address: str) -> int:
        """Coins of ``address`` in wei, at the newest block."""

    def code(self, address: str) -> bytes:
        """The deployed bytecode at ``address``; empty for a plain account."""

    def call(self, tx: CallRequest, block: BlockRef = "latest") -> bytes:
        """What the call would return on the state after ``block``; nothing is changed and no gas is paid.

        Raises :class:`~ledger.errors.Reverted` when the contract refuses.
        """

    def call_many(self, txs: Sequence[CallRequest], block: BlockRef = "latest") -> list[bytes | ChainError]:
        """:meth:`call` for several, in one request where the node can: what each returns, or its error."""

    def estimate_gas(self, tx: CallRequest) -> int:
        """Gas with which ``tx`` would succeed now, at most a few per cent above the least. Raises ``Reverted``."""

    def rehearse(self, txs: Sequence[CallRequest]) -> list[Rehearsed]:
        """What these transactions would do, one after the other on the state after the newest block, at the time of the
        next one; each sees what those before it have done. Nothing of it is kept.

        One that a contract refuses has that as its error, and does not stop the others. None pays for gas; all
        together should take no more of it than a block. Raises :class:`Refused` if one could be in no block, and
        :class:`~ledger.errors.ChainError` if the node can't do it; anvil creates no contracts so.
        """

    def fees(self) -> Fees:
        """What a transaction has to offer to be mined in the next block."""

    def send_raw(self, raw: bytes) -> bytes:
        """Hand over a signed transaction and return its hash.

        It may be mined at once or later. Raises :class:`Refused` if it was not taken; after :class:`Unreachable` it
        may have been: the same bytes may be sent again.
        """

    def send_many(self, raws: Sequence[bytes]) -> list[bytes | ChainError]:
        """:meth:`send_raw` for several, in order, in one request where the node can: a hash or the error of each."""

    def receipt(self, tx_hash: bytes) -> TxReceipt | None:
        """The receipt, or ``None`` while the transaction is not in a block of the present chain."""

    def receipts(self, tx_hashes: Sequence[bytes]) -> list[TxReceipt | None]:
        """:meth:`receipt` of several, in one request where the node can."""

    def transactions(self, number: int) -> list[MinedTransaction]:
        """What a block's transactions called, in its order. Raises :class:`BlockNotFound`."""

    def logs(
        self,
        from_block: int,
        to_block: BlockRef = "latest",
        addresses: Sequence[str] = (),
        topics: TopicFilter = (),
    ) -> list[Log]:
        """Logs of the blocks ``from_block`` to ``to_block``, both included, in chain order.

        ``addresses``: any of these, or of all contracts when empty. Costs grow with the number of blocks, not with
        its square. Raises :class:`BlockNotFound` for a ``to_block`` that is not there: other nodes behind the same
        address may have it, and would have logs that this one does not know.
        """

    def close(self) -> None:
        """Release files and connections. Closing twice is harmless."""


@runtime_checkable
class DevNode(Node, Protocol):
    """A local chain that does as it is told. Never a shared network."""

    def set_time(self, timestamp: int) -> None:
        """The next block carries exactly ``timestamp``; the chain's clock runs on from there.

        Raises :class:`~ledger.errors.InputError` unless it is later than the newest block.
        """

    def mine(self, blocks: int = 1) -> None:
        """Mine that many blocks; empty ones unless transactions wait."""

    def fund(self, address: str, wei: int) -> None:
        """Afterwards ``address`` holds at least ``wei``."""
