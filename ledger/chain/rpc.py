"""Any EVM by its JSON-RPC address: the :class:`~ledger.chain.node.Node` for anvil, geth, a permissioned or public one.

Written on the standard library's HTTP client: web3 takes two seconds to import and makes three requests of one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from ledger.chain import rpcread
from ledger.chain.node import (
    Block,
    BlockNotFound,
    BlockRef,
    CallRequest,
    Fees,
    Log,
    MinedTransaction,
    Rehearsed,
    TopicFilter,
    TxReceipt,
    Unreachable,
)
from ledger.chain.primitives import to_int
from ledger.chain.rpcwrite import ref, request, topic
from ledger.chain.topics import trim
from ledger.chain.transport import RpcError, TooLarge, Transport
from ledger.errors import ChainError, InputError

__all__ = ["AnvilNode", "RpcNode", "connect"]

P = ParamSpec("P")
T = TypeVar("T")

_BATCH = 200  # calls in one request; many endpoints take no more than a few hundred
_MOST_BYTES = 400_000  # carried by one request, which is twice as long: anvil takes 2 MB, others 1 MB

_LOCAL = ("anvil", "crt-node/")  # how the version of a node begins that does as it is told
_TOO_MUCH = ("more than", "too many", "range", "limit exceeded", "too large", "response size")


def connect(url: str, *, timeout: float = 10.0) -> RpcNode:
    """The node at ``url``: an :class:`AnvilNode` if it says that it is anvil, or an embedded chain that is served.

    Raises ``Unreachable``.
    """
    node = RpcNode(url, timeout=timeout)
    try:
        version = str(node.request("web3_clientVersion"))
    except RpcError:
        version = ""
    if version.lower().startswith(_LOCAL):
        node.close()
        return AnvilNode(url, timeout=timeout)
    return node


def _understood(ask: Callable[P, T]) -> Callable[P, T]:
    """What is not of the form that it should be is no answer, and so anything may have happened."""

    @wraps(ask)
    def asked(*args: P.args, **more: P.kwargs) -> T:
        try:
            return ask(*args, **more)
        except (ValueError, TypeError, LookupError, AttributeError, InputError) as error:
            raise Unreachable(
                f"{args[0]!r} answered {ask.__name__} with something else than a node should", hint="ask another node"
            ) from error

    return asked


class RpcNode:
    """A :class:`~ledger.chain.node.Node` over HTTP. ``timeout`` in seconds, per request.

    Proxies of the environment are not used. The address may hold a key; it is shown nowhere.
    """

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self._transport = Transport(url, timeout)
        self._chain_id: int | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport.shown})"

    def request(self, method: str, *params: Any) -> Any:
        """Any JSON-RPC method, undecoded. Raises :class:`~ledger.chain.transport.RpcError`."""
        return self._transport.request(method, *params)

    @_understood
    def chain_id(self) -> int:
        if self._chain_id is None:
            self._chain_id = to_int(self.request("eth_chainId"))
        return self._chain_id

    @_understood
    def block_number(self) -> int:
        return to_int(self.request("eth_blockNumber"))

    @_understood
    def block(self, number: BlockRef = "latest") -> Block:
        return rpcread.block(number, self.request("eth_getBlockByNumber", ref(number), False))

    @_understood
    def blocks(self, numbers: Sequence[int]) -> list[Block]:
        found: list[Block] = []
        for start in range(0, len(numbers), _BATCH):
            some = numbers[start : start + _BATCH]
            answers = self._transport.batch([("eth_getBlockByNumber", (hex(one), False)) for one in some])
            for number, answer in zip(some, answers, strict=True):
                if isinstance(answer, RpcError):
                    raise answer
                found.append(rpcread.block(number, answer))
        return found

    @_understood
    def nonce(self, address: str) -> int:
        return to_int(self.request("eth_getTransactionCount", address, "latest"))

    @_understood
    def balance(self, address: str) -> int:
        return to_int(self.request("eth_getBalance", address, "latest"))

    @_understood
    def code(self, address: str) -> bytes:
        return rpcread.raw_bytes(self.request("eth_getCode", address, "latest"))

    @_understood
    def call(self, tx: CallRequest, block: BlockRef = "latest") -> bytes:
        try:
            return rpcread.raw_bytes(self.request("eth_call", request(tx), ref(block)))
        except RpcError as error:
            raise rpcread.refused_call(error) from error

    @_understood
    def call_many(self, txs: Sequence[CallRequest], block: BlockRef = "latest") -> list[bytes | ChainError]:
        calls = [("eth_call", (request(tx), ref(block))) for tx in txs]
        answers = self._many(calls, [len(tx.data) for tx in txs])
        read, refused = rpcread.raw_bytes, rpcread.refused_call
        return [refused(one) if isinstance(one, RpcError) else read(one) for one in answers]

    @_understood
    def estimate_gas(self, tx: CallRequest) -> int:
        try:
            return to_int(self.request("eth_estimateGas", request(tx)))
        except RpcError as error:
            raise rpcread.refused_call(error) from error

    @_understood
    def rehearse(self, txs: Sequence[CallRequest]) -> list[Rehearsed]:
        if not txs:
            return []
        block = {"calls": [request(tx) for tx in txs], **self._next_block()}
        try:
            answer = self.request("eth_simulateV1", {"blockStateCalls": [block]}, "latest")
        except RpcError as error:
            raise rpcread.refused_rehearsal(error) from error
        return rpcread.rehearsed(answer, len(txs))

    def _next_block(self) -> dict[str, Any]:
        """What a node has to be told of the block that would come next, to rehearse in it."""
        return {}

    @_understood
    def fees(self) -> Fees:
        block, tip = self._transport.batch(
            [("eth_getBlockByNumber", ("latest", False)), ("eth_maxPriorityFeePerGas", ())]
        )
        if isinstance(block, RpcError):
            raise block
        # Nodes without the second method are private networks, where one wei is a tip.
        return Fees(to_int(block.get("baseFeePerGas")), 1 if isinstance(tip, RpcError) else max(to_int(tip), 1))

    @_understood
    def send_raw(self, raw: bytes) -> bytes:
        try:
            return rpcread.raw_bytes(self.request("eth_sendRawTransaction", "0x" + raw.hex()))
        except RpcError as error:
            raise rpcread.refused_sending(error) from error

    @_understood
    def send_many(self, raws: Sequence[bytes]) -> list[bytes | ChainError]:
        calls = [("eth_sendRawTransaction", ("0x" + raw.hex(),)) for raw in raws]
        answers = self._many(calls, [len(raw) for raw in raws])
        read, refused = rpcread.raw_bytes, rpcread.refused_sending
        return [refused(one) if isinstance(one, RpcError) else read(one) for one in answers]

    def _many(self, calls: Sequence[tuple[str, Sequence[Any]]], sizes: Sequence[int]) -> list[Any]:
        """The answers to calls that carry so many bytes each, in as few requests as nodes take."""
        answers: list[Any] = []
        some: list[tuple[str, Sequence[Any]]] = []
        left = _MOST_BYTES
        for call, size in zip(calls, sizes, strict=True):
            if some and (len(some) == _BATCH or size > left):
                answers += self._transport.batch(some)
                some, left = [], _MOST_BYTES
            some.append(call)
            left -= size
        return answers + self._transport.batch(some)

    def receipt(self, tx_hash: bytes) -> TxReceipt | None:
        return self.receipts([tx_hash])[0]

    @_understood
    def receipts(self, tx_hashes: Sequence[bytes]) -> list[TxReceipt | None]:
        found: list[TxReceipt | None] = []
        for start in range(0, len(tx_hashes), _BATCH):
            calls = [("eth_getTransactionReceipt", ("0x" + one.hex(),)) for one in tx_hashes[start : start + _BATCH]]
            for answer in self._transport.batch(calls):
                if isinstance(answer, RpcError):
                    raise answer
                known = answer is not None and answer.get("blockNumber") is not None
                found.append(rpcread.receipt(answer) if known else None)
        return found

    @_understood
    def transactions(self, number: int) -> list[MinedTransaction]:
        found = self.request("eth_getBlockByNumber", hex(number), True)
        if found is None:
            raise BlockNotFound(f"there is no block {number}")
        return [rpcread.transaction(one) for one in found["transactions"]]

    @_understood
    def logs(
        self,
        from_block: int,
        to_block: BlockRef = "latest",
        addresses: Sequence[str] = (),
        topics: TopicFilter = (),
    ) -> list[Log]:
        query: dict[str, Any] = {"topics": [topic(one) for one in trim(topics)]}
        if addresses:
            query["address"] = list(addresses)
        last = self.block_number() if to_block == "latest" else to_block
        return self._logs(query, max(from_block, 0), last)

    def _logs(self, query: dict[str, Any], first: int, last: int) -> list[Log]:
        if first > last:
            return []
        try:
            asked = {**query, "fromBlock": hex(first), "toBlock": hex(last)}
            found, head = self._transport.batch([("eth_getLogs", [asked]), ("eth_blockNumber", [])])
            for answer in (found, head):
                if isinstance(answer, RpcError):
                    raise answer
        except (RpcError, TooLarge) as error:
            # Endpoints limit blocks or results, each in its own words: ask for halves until it is little enough.
            is_too_much = isinstance(error, TooLarge) or any(one in error.message_text.lower() for one in _TOO_MUCH)
            if first == last or not is_too_much:
                raise
            middle = (first + last) // 2
            return self._logs(query, first, middle) + self._logs(query, middle + 1, last)
        # A node that is behind knows of no logs, and does not say that it is behind; in one request, one node answers.
        if to_int(head) < last:
            raise BlockNotFound(f"the node has no block {last}, its newest one is {to_int(head)}")
        return rpcread.logs(found)

    def close(self) -> None:
        self._transport.close()


class AnvilNode(RpcNode):
    """A :class:`~ledger.chain.node.DevNode`: anvil, or another node with its methods."""

    def _next_block(self) -> dict[str, Any]:
        # anvil would rehearse at the time of the newest block, which may be long ago.
        next_, newest = self._transport.batch(
            [("eth_getBlockByNumber", ("pending", False)), ("eth_getBlockByNumber", ("latest", False))]
        )
        for answer in (next_, newest):
            if isinstance(answer, RpcError):
                raise answer
        later = to_int(next_["timestamp"]) > to_int(newest["timestamp"])
        return {"blockOverrides": {"time": next_["timestamp"]}} if later else {}

    def set_time(self, timestamp: int) -> None:
        newest = self.block().timestamp
        if timestamp <= newest:
            raise InputError("the chain's clock only goes forward", expected=f"> {newest}", found=str(timestamp))
        self.request("evm_setNextBlockTimestamp", hex(timestamp))

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.request("evm_mine")

    def fund(self, address: str, wei: int) -> None:
        if self.balance(address) < wei:
            self.request("anvil_setBalance", address, hex(wei))
