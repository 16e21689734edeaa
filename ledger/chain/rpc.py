"""Any EVM by its JSON-RPC address: the :class:`~ledger.chain.node.Node` for anvil, geth, a permissioned or public one.

Written on the standard library's HTTP client: web3 takes two seconds to import and makes three requests of one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from ledger.chain.node import (
    Block,
    BlockNotFound,
    BlockRef,
    CallRequest,
    Fees,
    Log,
    MinedTransaction,
    Refusal,
    Refused,
    TopicFilter,
    TxReceipt,
    Unreachable,
    trim,
)
from ledger.chain.primitives import address_bytes, checksum, to_int
from ledger.chain.reverts import from_rpc
from ledger.chain.transport import RpcError, TooLarge, Transport
from ledger.errors import ChainError, InputError

__all__ = ["AnvilNode", "RpcNode", "connect"]

P = ParamSpec("P")
T = TypeVar("T")

_BATCH = 200  # calls in one request; many endpoints take no more than a few hundred
_MOST_BYTES = 400_000  # carried by one request, which is twice as long: anvil takes 2 MB, others 1 MB

# Lower-case pieces of the wordings of geth, anvil, Nethermind, Erigon and Besu.
_WORDINGS = (
    (Refusal.ALREADY_KNOWN, ("already known", "already imported", "known transaction", "alreadyknown")),
    (Refusal.NONCE_TOO_LOW, ("nonce too low", "oldnonce", "nonce is too low", "nonce too old")),
    (Refusal.NONCE_TOO_HIGH, ("nonce too high", "nonce gap", "nonce is too high", "nonce too distant")),
    (Refusal.UNDERPRICED, ("underpriced", "less than block base fee", "fee too low", "feetoolow", "gas price below")),
    (Refusal.INSUFFICIENT_FUNDS, ("insufficient funds", "insufficientfunds", "insufficient balance", "upfront cost")),
)
# Internal error, requests of the wrong form, limit exceeded (EIP-1474), and too many requests.
_TROUBLE = frozenset((-32603, -32600, -32601, -32700, -32005, 429))
_NO_METHOD = -32601
# What nodes and those before them say under any code when it is theirs, and not the transaction's fault.
_TROUBLED = (
    *("rate limit", "request limit", "too many requests", "timeout", "timed out", "try again", "overloaded"),
    *("pool is full", "txpool full", "unavailable", "internal error"),
)
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
        return _block(number, self.request("eth_getBlockByNumber", _ref(number), False))

    @_understood
    def blocks(self, numbers: Sequence[int]) -> list[Block]:
        found: list[Block] = []
        for start in range(0, len(numbers), _BATCH):
            some = numbers[start : start + _BATCH]
            answers = self._transport.batch([("eth_getBlockByNumber", (hex(one), False)) for one in some])
            for number, answer in zip(some, answers, strict=True):
                if isinstance(answer, RpcError):
                    raise answer
                found.append(_block(number, answer))
        return found

    @_understood
    def nonce(self, address: str) -> int:
        return to_int(self.request("eth_getTransactionCount", address, "latest"))

    @_understood
    def balance(self, address: str) -> int:
        return to_int(self.request("eth_getBalance", address, "latest"))

    @_understood
    def code(self, address: str) -> bytes:
        return _raw(self.request("eth_getCode", address, "latest"))

    @_understood
    def call(self, tx: CallRequest, block: BlockRef = "latest") -> bytes:
        try:
            return _raw(self.request("eth_call", _request(tx), _ref(block)))
        except RpcError as error:
            raise _meaning(error) from error

    @_understood
    def call_many(self, txs: Sequence[CallRequest], block: BlockRef = "latest") -> list[bytes | ChainError]:
        calls = [("eth_call", (_request(tx), _ref(block))) for tx in txs]
        answers = self._many(calls, [len(tx.data) for tx in txs])
        return [_meaning(one) if isinstance(one, RpcError) else _raw(one) for one in answers]

    @_understood
    def estimate_gas(self, tx: CallRequest) -> int:
        try:
            return to_int(self.request("eth_estimateGas", _request(tx)))
        except RpcError as error:
            raise _meaning(error) from error

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
            return _raw(self.request("eth_sendRawTransaction", "0x" + raw.hex()))
        except RpcError as error:
            raise _refused(error) from error

    @_understood
    def send_many(self, raws: Sequence[bytes]) -> list[bytes | ChainError]:
        calls = [("eth_sendRawTransaction", ("0x" + raw.hex(),)) for raw in raws]
        answers = self._many(calls, [len(raw) for raw in raws])
        return [_refused(one) if isinstance(one, RpcError) else _raw(one) for one in answers]

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
                found.append(_receipt(answer) if known else None)
        return found

    @_understood
    def transactions(self, number: int) -> list[MinedTransaction]:
        found = self.request("eth_getBlockByNumber", hex(number), True)
        if found is None:
            raise BlockNotFound(f"there is no block {number}")
        return [_transaction(one) for one in found["transactions"]]

    @_understood
    def logs(
        self,
        from_block: int,
        to_block: BlockRef = "latest",
        addresses: Sequence[str] = (),
        topics: TopicFilter = (),
    ) -> list[Log]:
        query: dict[str, Any] = {"topics": [_topic(topic) for topic in trim(topics)]}
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
        return _logs(found)

    def close(self) -> None:
        self._transport.close()


class AnvilNode(RpcNode):
    """A :class:`~ledger.chain.node.DevNode`: anvil, or another node with its methods."""

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


def _raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _ref(number: BlockRef) -> str:
    return number if isinstance(number, str) else hex(number)


def _topic(topic: bytes | Sequence[bytes] | None) -> Any:
    if topic is None:
        return None
    return "0x" + topic.hex() if isinstance(topic, bytes) else ["0x" + choice.hex() for choice in topic]


def _block(number: BlockRef, found: Mapping[str, Any] | None) -> Block:
    if found is None:
        raise BlockNotFound(f"there is no block {number}")
    return Block(to_int(found["number"]), _raw(found["hash"]), _raw(found["parentHash"]), to_int(found["timestamp"]))


def _request(tx: CallRequest) -> dict[str, str]:
    request = {"data": "0x" + tx.data.hex(), "value": hex(tx.value)}
    if tx.to is not None:
        request["to"] = tx.to
    if tx.sender is not None:
        request["from"] = tx.sender
    if tx.gas is not None:
        request["gas"] = hex(tx.gas)
    return request


def _logs(found: Iterable[Mapping[str, Any]]) -> list[Log]:
    """Neighbours are often of one block: what they share is read once."""
    raw, logs = bytes.fromhex, []
    block_text, number, block_hash = "", 0, b""
    for log in found:
        if log["blockHash"] != block_text:
            block_text = log["blockHash"]
            number, block_hash = to_int(log["blockNumber"]), raw(block_text[2:])
        logs.append(
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
    return logs


@lru_cache(maxsize=4_096)
def _spelt(address: str) -> str:
    return checksum(address_bytes(address.lower()))


def _transaction(found: Mapping[str, Any]) -> MinedTransaction:
    to = found.get("to")
    return MinedTransaction(
        hash=_raw(found["hash"]),
        sender=checksum(address_bytes(found["from"].lower())),
        nonce=to_int(found["nonce"]),
        to=None if to is None else checksum(address_bytes(to.lower())),
        data=_raw(found["input"]),
        gas=to_int(found["gas"]),
    )


def _receipt(receipt: Mapping[str, Any]) -> TxReceipt:
    created = receipt.get("contractAddress")
    return TxReceipt(
        tx_hash=_raw(receipt["transactionHash"]),
        status=to_int(receipt["status"]),
        block_number=to_int(receipt["blockNumber"]),
        block_hash=_raw(receipt["blockHash"]),
        tx_index=to_int(receipt["transactionIndex"]),
        gas_used=to_int(receipt["gasUsed"]),
        gas_price=to_int(receipt.get("effectiveGasPrice")),
        contract_address=None if created is None else checksum(address_bytes(created.lower())),
        logs=tuple(_logs(receipt["logs"])),
    )


def _meaning(error: RpcError) -> ChainError:
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


def _refused(error: RpcError) -> ChainError:
    """What a node said of a transaction; its own trouble says nothing of that, and the transaction may be out."""
    text = error.message_text.lower()
    for reason, wordings in _WORDINGS:
        if any(wording in text for wording in wordings):
            return Refused(reason, error.message_text)
    troubled = error.body.get("code") in _TROUBLE or any(words in text for words in _TROUBLED)
    return error if troubled else Refused(Refusal.INVALID, error.message_text)
