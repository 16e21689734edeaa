"""What a contract meant when it refused: revert data to :class:`~ledger.errors.Reverted`.

One decoder for every way that the data arrives:

- as bytes, from the embedded chain (:func:`decode`),
- as a JSON-RPC error, with the data where geth, anvil and others put it (:func:`from_rpc`),
- as text, from eth-tester's own API, which prints the bytes into its exception (:func:`from_text`).

Names of errors that are not a contract's own: ``Error(reason)`` for a plain string, ``Panic(code, meaning)`` for
Solidity's checks, ``NoReason()`` for empty data, ``UnknownError(selector, data)`` for one that no artifact declares,
and ``Halted(reason)`` when execution ended without the contract's doing, such as running out of gas.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ledger.chain.abi import Error
from ledger.chain.artifacts import Contract, contract_names
from ledger.chain.node import BlockRef, CallRequest, Node
from ledger.errors import ChainError, Reverted, SetupError

__all__ = ["PANICS", "Decoder", "decode", "from_rpc", "from_text", "replay"]

PANICS = {
    0x00: "generic compiler panic",
    0x01: "assertion failed",
    0x11: "arithmetic overflow or underflow",
    0x12: "division or modulo by zero",
    0x21: "value outside the enum",
    0x22: "corrupt storage byte array",
    0x31: "pop from an empty array",
    0x32: "array index out of bounds",
    0x41: "too much memory allocated",
    0x51: "call of an uninitialised internal function",
}

_REASON = Error({"name": "Error", "inputs": [{"name": "reason", "type": "string"}]})
_PANIC = Error({"name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]})
_HALTS = (  # lower-case pieces of how geth and anvil word it
    "evm error",
    "out of gas",
    "gas required exceeds",
    "invalid opcode",
    "invalid jump destination",
    "stack underflow",
    "stack limit reached",
    "write protection",
    "return data out of bounds",
)
_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_BYTES_LITERAL = re.compile(r"""b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")


class Decoder:
    """Knows the custom errors of some contracts. The module's functions use one that knows all artifacts."""

    def __init__(self, contracts: Iterable[Contract] = ()) -> None:
        self._errors: dict[bytes, Error] = {_REASON.selector: _REASON, _PANIC.selector: _PANIC}
        for contract in contracts:
            for error in contract.errors:
                # Equal signatures in several contracts are one error; its argument names hardly ever differ.
                self._errors.setdefault(error.selector, error)

    def decode(self, data: bytes) -> Reverted:
        """The refusal that ``data`` encodes. Never raises: data that fits nothing is shown as it is."""
        if not data:
            return Reverted("NoReason", hint="a bare revert, or a call to an address or function that does not exist")
        error = self._errors.get(data[:4])
        if error is None:
            return _unknown(data)
        try:
            arguments = error.decode(data)
        except ChainError:
            return _unknown(data)
        if error is _PANIC:
            arguments["meaning"] = PANICS.get(arguments["code"], "unknown")
        return Reverted(error.name, arguments)

    def from_rpc(self, error: Mapping[str, Any]) -> Reverted | None:
        """The refusal in a JSON-RPC error object, or ``None`` if the error is not about a contract refusing."""
        data = _hex_data(error.get("data"))
        message = str(error.get("message", ""))
        # 3 is the code that geth chose for "execution reverted" and others follow; without data it is a bare revert.
        if data is not None or error.get("code") == 3 or "revert" in message.lower():
            return self.decode(data or b"")
        if any(words in message.lower() for words in _HALTS):
            return Reverted("Halted", {"reason": message})
        return None

    def from_text(self, text: str) -> Reverted:
        """The refusal in the text of eth-tester's ``TransactionFailed``.

        That text is the reason itself for a plain revert string, and the Python literal of the data otherwise.
        """
        literal = _BYTES_LITERAL.search(text)
        if literal is not None:
            try:
                return self.decode(ast.literal_eval(literal[0]))
            except (ValueError, SyntaxError):
                pass
        found = _HEX.search(text)
        if found is not None and len(found[0]) >= 10:
            return self.decode(bytes.fromhex(found[0][2:]))
        reason = text.removeprefix("execution reverted:").strip()
        return Reverted("Error", {"reason": reason}) if reason else self.decode(b"")


def decode(data: bytes) -> Reverted:
    """:meth:`Decoder.decode` with the errors of all our contracts."""
    return _ours().decode(data)


def from_rpc(error: Mapping[str, Any]) -> Reverted | None:
    """:meth:`Decoder.from_rpc` with the errors of all our contracts."""
    return _ours().from_rpc(error)


def from_text(text: str) -> Reverted:
    """:meth:`Decoder.from_text` with the errors of all our contracts."""
    return _ours().from_text(text)


def replay(node: Node, request: CallRequest, block: BlockRef = "latest") -> Reverted | None:
    """Why a mined transaction failed: its call again, on the state after ``block`` (the one before it was mined).

    ``None`` when it succeeds there: what refused was something that other transactions of its block had changed.
    """
    try:
        node.call(request, block)
    except Reverted as refusal:
        return refusal
    return None


@cache
def _ours() -> Decoder:
    try:
        return Decoder(Contract(name) for name in contract_names())
    except SetupError:
        # Without artifacts a refusal is shown by its selector; hiding it behind a set-up error would help nobody.
        return Decoder()


def _unknown(data: bytes) -> Reverted:
    return Reverted(
        "UnknownError",
        {"selector": "0x" + data[:4].hex(), "data": "0x" + data.hex()},
        hint="no contract of ours declares it: it may come from another contract that was called",
    )


def _hex_data(data: object) -> bytes | None:
    """The revert data in an error's ``data`` member: hex, hex after a word, or nested in an object."""
    if isinstance(data, Mapping):
        for key in ("data", "result", "return"):
            found = _hex_data(data.get(key))
            if found is not None:
                return found
        return None
    if isinstance(data, str):
        match = _HEX.search(data)
        return None if match is None else bytes.fromhex(match[0][2:])
    return None
