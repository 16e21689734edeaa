"""The ``eth_``, ``net_`` and ``web3_`` methods of Ethereum's JSON-RPC, on an embedded chain.

Each is a function of the node and its parameters, already read; :data:`METHODS` says under which name, and how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ledger.chain import rpcformat, rpcparams
from ledger.chain.blocks import Blocks
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import BlockNotFound, BlockRef, CallRequest, Log, Refused
from ledger.chain.primitives import address_bytes, keccak
from ledger.chain.rpcerrors import SERVER_ERROR, VM_ERROR, RpcFailure, error_object, failure, not_simulated
from ledger.chain.rpcformat import data, quantity
from ledger.chain.rpcparams import At, LogQuery, resolve
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.chain.simulation import Simulated

__all__ = ["METHODS", "Method", "find_logs"]

Reader: TypeAlias = Callable[[Any], Any]

_MOST_BLOCKS = 1024  # of a fee history, as geth


@dataclass(frozen=True, slots=True)
class Method:
    """``run`` gets what the readers make of the parameters; of optional ones also what they make of ``None``."""

    run: Callable[..., Any]
    required: tuple[Reader, ...] = ()
    optional: tuple[Reader, ...] = ()

    def __call__(self, *before: Any, params: Sequence[Any]) -> Any:
        """Read the parameters and run. Raises :class:`~ledger.errors.InputError`, and what ``run`` raises."""
        readers = (*self.required, *self.optional)
        if len(params) > len(readers):
            raise InputError(f"too many arguments, want at most {len(readers)}")
        if len(params) < len(self.required):
            raise InputError(f"missing value for required argument {len(params)}")
        given = [*params, *[None] * (len(readers) - len(params))]
        found = []
        for place, (reader, value) in enumerate(zip(readers, given, strict=True)):
            try:
                found.append(reader(value))
            except InputError as error:
                raise InputError(
                    f"invalid argument {place}: {error.message}", expected=error.expected, found=error.found
                ) from error
        return self.run(*before, *found)


def find_logs(node: EmbeddedNode, query: LogQuery) -> list[Log]:
    """The logs that a query asks for."""
    with node.reading() as blocks:
        first, last = query.first, query.last
        if query.block_hash is not None:
            first = last = _number_of(blocks, query.block_hash)
        elif first == "latest":
            first = node.block_number()
        if last != "latest":
            last = min(int(last), node.block_number())  # as other nodes do
        return node.logs(int(first), last, query.addresses, query.topics)


def _block(node: EmbeddedNode, at: At, full: bool) -> dict[str, Any] | None:
    with node.reading() as blocks:
        try:
            header = blocks.header(resolve(blocks, at))
        except BlockNotFound:
            return None
        return rpcformat.block(header, blocks.bodies(header.block_number), full=full)


def _transaction_count_of_block(node: EmbeddedNode, at: At) -> str | None:
    with node.reading() as blocks:
        try:
            return quantity(len(blocks.bodies(_number(blocks, at))))
        except BlockNotFound:
            return None


def _transaction_by_hash(node: EmbeddedNode, tx_hash: bytes) -> dict[str, Any] | None:
    with node.reading() as blocks:
        place = blocks.place(tx_hash)
        return None if place is None else _transaction_at(node, *place)


def _transaction_at(node: EmbeddedNode, at: At, index: int) -> dict[str, Any] | None:
    with node.reading() as blocks:
        try:
            header = blocks.header(resolve(blocks, at))
        except BlockNotFound:
            return None
        bodies = blocks.bodies(header.block_number)
        return rpcformat.transaction(header, index, bodies[index]) if index < len(bodies) else None


def _receipt(node: EmbeddedNode, tx_hash: bytes) -> dict[str, Any] | None:
    with node.reading() as blocks:
        place = blocks.place(tx_hash)
        if place is None:
            return None
        number, index = place
        return rpcformat.receipts(blocks.receipts(number), blocks.bodies(number))[index]


def _block_receipts(node: EmbeddedNode, at: At) -> list[dict[str, Any]] | None:
    with node.reading() as blocks:
        try:
            number = _number(blocks, at)
        except BlockNotFound:
            return None
        return rpcformat.receipts(blocks.receipts(number), blocks.bodies(number))


def _logs(node: EmbeddedNode, query: LogQuery) -> list[dict[str, Any]]:
    return [rpcformat.log(log) for log in find_logs(node, query)]


def _of_account(read: Callable[[Any, bytes], str]) -> Callable[[EmbeddedNode, str, At], str]:
    """A method that reads something of an account in the state after a block."""

    def run(node: EmbeddedNode, who: str, at: At) -> str:
        with node.reading() as blocks:
            return read(blocks.state(resolve(blocks, at)), address_bytes(who))

    return run


def _storage(node: EmbeddedNode, who: str, slot: int, at: At) -> str:
    with node.reading() as blocks:
        found: int = blocks.state(resolve(blocks, at)).get_storage(address_bytes(who), slot)
        return data(found.to_bytes(32, "big"))


def _call(node: EmbeddedNode, tx: CallRequest, at: At, _state: None, _block: None) -> str:
    with node.reading() as blocks:
        found = node.simulate(tx, resolve(blocks, at))
    if found.error is not None:
        raise failure(found)
    return data(found.output)


def _estimate(node: EmbeddedNode, tx: CallRequest, at: At, _state: None, _block: None) -> str:
    with node.reading() as blocks:
        number = resolve(blocks, at)
        found = node.estimate(tx, number)
        most = blocks.header(number).gas_limit
    if type(found.error).__name__ == "OutOfGas":
        raise RpcFailure(SERVER_ERROR, f"gas required exceeds allowance ({min(tx.gas or most, most)})")
    if found.error is not None:
        raise failure(found)
    return quantity(found.gas)


def _simulate(node: EmbeddedNode, txs: list[CallRequest], at: At) -> list[dict[str, Any]]:
    with node.reading() as blocks:
        if _number(blocks, at) != node.block_number():
            raise InputError("only what would follow the newest block is simulated")
        try:
            header, found = node.rehearsed(txs)
        except Refused as error:
            raise not_simulated(error) from error
    header = header.copy(base_fee_per_gas=0, gas_used=sum(one.gas for one in found))
    return [{**rpcformat.block(header, (), full=False), "calls": list(map(_simulated_call, found))}]


def _simulated_call(found: Simulated) -> dict[str, Any]:
    shown = {
        "returnData": data(found.output),
        "logs": [rpcformat.log(log) for log in found.logs],
        "gasUsed": quantity(found.gas),
        "status": quantity(int(found.error is None)),
    }
    if found.error is None:
        return shown
    error = error_object(failure(found))
    return {**shown, "error": error if found.reverted else {**error, "code": VM_ERROR}}


def _gas_price(node: EmbeddedNode) -> str:
    fees = node.fees()
    return quantity(fees.base_fee + fees.priority_fee)


def _fee_history(node: EmbeddedNode, count: int, newest: At, percentiles: list[float]) -> dict[str, Any]:
    with node.reading() as blocks:
        last = _number(blocks, newest)
        first = max(last + 1 - min(count, _MOST_BLOCKS), 0)
        headers = [blocks.header(number) for number in range(first, last + 1)]
        head = node.block_number()
        following = node.fees().base_fee if last == head else blocks.header(last + 1).base_fee_per_gas
        shown = {
            "oldestBlock": quantity(first),
            "baseFeePerGas": [quantity(header.base_fee_per_gas) for header in headers] + [quantity(following)],
            "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
        }
        if percentiles:
            shown["reward"] = [_rewards(blocks, header, percentiles) for header in headers]
        return shown


def _rewards(blocks: Blocks, header: Any, percentiles: list[float]) -> list[str]:
    """The priority fees that were paid for up to so many per cent of a block's gas, cheapest first."""
    paid = sorted(
        (receipt.gas_price - header.base_fee_per_gas, receipt.gas_used)
        for receipt in blocks.receipts(header.block_number)
    )
    found, place, gas = [], 0, paid[0][1] if paid else 0
    for percentile in percentiles:
        while paid and gas < header.gas_used * percentile / 100 and place < len(paid) - 1:
            place += 1
            gas += paid[place][1]
        found.append(quantity(paid[place][0] if paid else 0))
    return found


def _number(blocks: Blocks, at: At) -> int:
    """Raises BlockNotFound."""
    found: int = blocks.header(resolve(blocks, at)).block_number
    return found


def _number_of(blocks: Blocks, block_hash: bytes) -> BlockRef:
    try:
        return blocks.number(block_hash)
    except BlockNotFound as error:
        raise RpcFailure(SERVER_ERROR, "unknown block") from error


_block_at, _block_hash, _full = rpcparams.block, rpcparams.digest, rpcparams.flag
_who, _hash, _index = rpcparams.address, rpcparams.digest, rpcparams.quantity
_simulated = ((rpcparams.call_request,), (_block_at, rpcparams.no_overrides, rpcparams.no_overrides))

METHODS: Mapping[str, Method] = {
    "web3_sha3": Method(lambda node, raw: data(keccak(raw)), (rpcparams.data,)),
    "net_version": Method(lambda node: str(node.chain_id())),
    "net_listening": Method(lambda node: True),
    "eth_chainId": Method(lambda node: quantity(node.chain_id())),
    "eth_syncing": Method(lambda node: False),
    "eth_accounts": Method(lambda node: []),
    "eth_blockNumber": Method(lambda node: quantity(node.block_number())),
    "eth_getBlockByNumber": Method(_block, (_block_at,), (_full,)),
    "eth_getBlockByHash": Method(_block, (_block_hash,), (_full,)),
    "eth_getBlockTransactionCountByNumber": Method(_transaction_count_of_block, (_block_at,)),
    "eth_getBlockTransactionCountByHash": Method(_transaction_count_of_block, (_block_hash,)),
    "eth_getBlockReceipts": Method(_block_receipts, (_block_at,)),
    "eth_getTransactionByHash": Method(_transaction_by_hash, (_hash,)),
    "eth_getTransactionByBlockNumberAndIndex": Method(_transaction_at, (_block_at, _index)),
    "eth_getTransactionByBlockHashAndIndex": Method(_transaction_at, (_block_hash, _index)),
    "eth_getTransactionReceipt": Method(_receipt, (_hash,)),
    "eth_getTransactionCount": Method(
        _of_account(lambda state, who: quantity(state.get_nonce(who))), (_who,), (_block_at,)
    ),
    "eth_getBalance": Method(_of_account(lambda state, who: quantity(state.get_balance(who))), (_who,), (_block_at,)),
    "eth_getCode": Method(_of_account(lambda state, who: data(state.get_code(who))), (_who,), (_block_at,)),
    "eth_getStorageAt": Method(_storage, (_who, _index), (_block_at,)),
    "eth_getLogs": Method(_logs, (rpcparams.log_query,)),
    "eth_call": Method(_call, *_simulated),
    "eth_estimateGas": Method(_estimate, *_simulated),
    "eth_simulateV1": Method(_simulate, (rpcparams.simulation,), (_block_at,)),
    "eth_gasPrice": Method(_gas_price),
    "eth_maxPriorityFeePerGas": Method(lambda node: quantity(node.fees().priority_fee)),
    "eth_feeHistory": Method(_fee_history, (rpcparams.quantity, _block_at), (rpcparams.percentiles,)),
    "eth_sendRawTransaction": Method(lambda node, raw: data(node.send_raw(raw)), (rpcparams.data,)),
}
"""By their names in JSON-RPC."""
