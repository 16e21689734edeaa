"""What a mined transaction did to each of its operations, and errors as they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from ledger.chain.artifacts import Contract
from ledger.chain.node import CallRequest, Log, Mined, Node, Refusal, Refused, TxReceipt, full_receipt
from ledger.chain.reverts import decode, replay
from ledger.engine.operations import onchain_id
from ledger.errors import ChainError, LedgerError, Reverted
from ledger.store.operations import NewOperation, Settled, StoredOperation
from ledger.store.transactions import StoredTransaction

__all__ = ["OPERATOR", "did_something", "failure", "from_json", "from_logs", "own_receipts", "results", "to_json"]
__all__ += ["why_failed"]

OPERATOR = Contract("OperatorAccount")
_ENDS = {OPERATOR.event(name).topic: name for name in ("OperationExecuted", "OperationFailed", "OperationSkipped")}


def results(node: Node, tx: StoredTransaction, operations: Sequence[StoredOperation], receipt: Mined) -> list[Settled]:
    """What became of each operation of a transaction, in the block of its receipt."""
    if any(one.hash == receipt.tx_hash and one.cancels for one in tx.attempts):
        given_up = to_json(ChainError("no node took it, and its nonce was used up", hint="do it again"))
        return [Settled(one.id, error=given_up) for one in operations]
    if receipt.status != 1:
        call = CallRequest(tx.to, tx.data, tx.account, gas=tx.gas)
        error = to_json(why_failed(node, call, receipt))
        return [Settled(one.id, error=error) for one in operations]
    return [_result(one, own) for one, own in zip(operations, own_receipts(receipt, operations), strict=True)]


def own_receipts(receipt: Mined, operations: Sequence[NewOperation]) -> list[Mined]:
    """Of each of these operations of a transaction the receipt with the logs alone that it made. One that went through
    an operator account ends with an event of that account, which is its own; there are no logs where nobody says so."""
    parts: dict[str, dict[int, Mined]] = {}
    found = []
    for one in operations:
        if one.through is None:
            found.append(receipt)
            continue
        if one.through not in parts:
            parts[one.through] = dict(reversed([*_parts(receipt, one.through)]))  # of two ends the first one counts
        own = parts[one.through].get(onchain_id(one.key))
        found.append(replace(receipt, logs=()) if own is None else own)
    return found


def did_something(receipt: Mined, to: str | None) -> bool:
    """Whether a transaction to this address succeeded, and was not an operator account's that refused all of it."""
    ends = [log.topics[0] for log in receipt.logs if log.address == to and log.topics and log.topics[0] in _ENDS]
    return receipt.status == 1 and (not ends or any(_ENDS[topic] == "OperationExecuted" for topic in ends))


def failure(operation: NewOperation, own: Mined) -> ChainError | None:
    """Why an operation was not done by a transaction that succeeded; ``own`` is its own part of that one."""
    if operation.through is None:
        return None
    if not own.logs:
        return ChainError(
            f"transaction 0x{own.tx_hash.hex()} says nothing of it",
            hint=f"check that {operation.through} is the operator account",
        )
    end = own.logs[-1]
    match _ENDS[end.topics[0]]:
        case "OperationExecuted":
            return None
        case "OperationFailed":
            return decode(OPERATOR.event("OperationFailed").decode(end).args["reason"])
        case _:
            return Reverted("AlreadyExecuted", {"id": onchain_id(operation.key)})


def from_logs(logs: Iterable[Log]) -> Iterator[Mined]:
    """The transactions that left these logs, which are in chain order and all that there are of their blocks. What
    fails leaves none."""
    for (tx_hash, block_hash), some in groupby(logs, lambda log: (log.tx_hash, log.block_hash)):
        own = tuple(some)
        yield Mined(tx_hash, 1, own[0].block_number, block_hash, own[0].tx_index, own)


def to_json(error: ChainError) -> dict[str, Any]:
    """An error to store; what :func:`from_json` makes of it says the same."""
    if isinstance(error, Reverted):
        return {"reverted": error.name, "arguments": _plain(error.arguments), "hint": error.hint}
    if isinstance(error, Refused):
        return {"refused": error.reason.value, "detail": error.detail}
    return {"failed": error.message, "hint": error.hint}


def from_json(stored: Mapping[str, Any]) -> LedgerError:
    """The error that was stored."""
    if "reverted" in stored:
        return Reverted(stored["reverted"], _rich(stored["arguments"]), hint=stored["hint"])
    if "refused" in stored:
        return Refused(Refusal(stored["refused"]), stored["detail"])
    return ChainError(stored["failed"], hint=stored["hint"])


def _result(operation: StoredOperation, own: Mined) -> Settled:
    error = failure(operation, own)
    return Settled(operation.id, own.tx_hash) if error is None else Settled(operation.id, error=to_json(error))


def _parts(receipt: Mined, through: str) -> Iterator[tuple[int, Mined]]:
    """Logs, up to and with each event that ends an operation, by the operation's id on chain."""
    start = 0
    for end, log in enumerate(receipt.logs, 1):
        if log.address == through and log.topics and log.topics[0] in _ENDS:
            yield int.from_bytes(log.topics[1], "big"), replace(receipt, logs=receipt.logs[start:end])
            start = end


def why_failed(node: Node, call: CallRequest, mined: Mined) -> Reverted:
    """Why a transaction that made this call, with its limit of gas, failed in its block, as far as it shows."""
    receipt = mined if isinstance(mined, TxReceipt) else full_receipt(node, mined)
    try:
        refusal = replay(node, replace(call, gas=None), receipt.block_number - 1)
    except ChainError as error:
        return Reverted(
            "ReasonUnknown",
            {"block": receipt.block_number},
            hint=f"the node cannot replay 0x{receipt.tx_hash.hex()} ({error.message}): ask one that keeps old state",
        )
    if refusal is not None:
        return refusal
    if call.gas is not None and receipt.gas_used >= call.gas:
        return Reverted("OutOfGas", {"used": receipt.gas_used}, hint="prepare it again with more gas")
    return Reverted(
        "ChangedMeanwhile",
        {"block": receipt.block_number},
        hint="something before it in its block changed what it needs: look at the state, and send it again",
    )


def _plain(value: Any) -> Any:
    """Bytes within as ``{"0x": digits}``; tuples become lists."""
    if isinstance(value, bytes | bytearray):
        return {"0x": value.hex()}
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _rich(value: Any) -> Any:
    if isinstance(value, dict):
        return bytes.fromhex(value["0x"]) if set(value) == {"0x"} else {name: _rich(one) for name, one in value.items()}
    return [_rich(one) for one in value] if isinstance(value, list) else value
