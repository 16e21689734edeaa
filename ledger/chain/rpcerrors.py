"""What a JSON-RPC answer says instead of a result: codes of the specification, words of geth.

Wallets and libraries tell a refusal's kind by geth's words, so these come first, and what else is known after them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.chain.node import BlockNotFound, Refusal, Refused
from ledger.errors import ChainError, InputError, LedgerError, Reverted

if TYPE_CHECKING:
    from ledger.chain.simulation import Simulated

__all__ = [
    "INTERNAL",
    "INVALID_PARAMS",
    "INVALID_REQUEST",
    "METHOD_NOT_FOUND",
    "PARSE_ERROR",
    "REVERTED",
    "SERVER_ERROR",
    "VM_ERROR",
    "RpcFailure",
    "error_object",
    "failure",
    "not_simulated",
]

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
SERVER_ERROR = -32000
VM_ERROR = -32015
REVERTED = 3

_REFUSALS = {
    Refusal.ALREADY_KNOWN: "already known",
    Refusal.NONCE_TOO_LOW: "nonce too low",
    Refusal.NONCE_TOO_HIGH: "nonce too high",
    Refusal.UNDERPRICED: "max fee per gas less than block base fee",
    Refusal.INSUFFICIENT_FUNDS: "insufficient funds for gas * price + value",
}

_NOT_SIMULATED = {Refusal.INSUFFICIENT_FUNDS: -38014, Refusal.INVALID: -38013}

_HALTS = {
    "OutOfGas": "out of gas",
    "InsufficientStack": "stack underflow",
    "FullStack": "stack limit reached",
    "InvalidJumpDestination": "invalid jump destination",
    "InvalidInstruction": "invalid opcode",
    "InsufficientFunds": "insufficient balance for transfer",
    "StackDepthLimit": "max call depth exceeded",
    "ContractCreationCollision": "contract address collision",
    "WriteProtection": "write protection",
    "OutOfBoundsRead": "return data out of bounds",
    "ReservedBytesInCode": "invalid code: must not begin with 0xef",
}


class RpcFailure(ChainError):
    """An answer that is an error. ``data`` is a revert's, as bytes."""

    def __init__(self, code: int, message: str, data: bytes | None = None) -> None:
        self.code, self.data = code, data
        super().__init__(message)


def failure(found: Simulated) -> RpcFailure:
    """The answer about a simulated message that failed."""
    if found.reverted:
        said = _said(found.refusal())
        return RpcFailure(REVERTED, "execution reverted" + (f": {said}" if said else ""), found.output)
    kind = type(found.error).__name__
    return RpcFailure(SERVER_ERROR, _HALTS.get(kind) or str(found.error) or kind)


def not_simulated(error: Refused) -> RpcFailure:
    """The answer about a message that could not be a transaction, where whole blocks are simulated."""
    return RpcFailure(_NOT_SIMULATED.get(error.reason, INTERNAL), error_object(error)["message"])


def error_object(error: LedgerError) -> dict[str, Any]:
    """The ``error`` member of an answer."""
    if isinstance(error, RpcFailure):
        found = {"code": error.code, "message": error.message}
        return found if error.data is None else {**found, "data": "0x" + error.data.hex()}
    if isinstance(error, BlockNotFound):
        return {"code": SERVER_ERROR, "message": "header not found"}
    if isinstance(error, Refused):
        words = _REFUSALS.get(error.reason)
        said = ": ".join(part for part in (words, error.detail) if part)
        return {"code": SERVER_ERROR, "message": said or str(error.reason)}
    if isinstance(error, InputError):
        rest = {"expected": error.expected, "found": error.found}
        told = [error.message, *(f"{name} {text}" for name, text in rest.items() if text is not None)]
        return {"code": INVALID_PARAMS, "message": ", ".join(told)}
    return {"code": INTERNAL, "message": f"internal error: {error.message}"}


def _said(refusal: Reverted) -> str:
    """A refusal in the place where geth gives a plain reason, or a panic's meaning."""
    if refusal.name == "Error":
        return str(refusal.arguments["reason"])
    if refusal.name == "Panic":
        return f"{refusal.arguments['meaning']} (0x{refusal.arguments['code']:02x})"
    # Data that no artifact of ours explains is in the answer for those who can.
    return "" if refusal.name in ("NoReason", "UnknownError") else refusal.message
