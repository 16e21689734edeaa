"""Functions, events and errors of one contract's ABI."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ledger.chain.codec import TupleType, parse_type
from ledger.chain.node import Log
from ledger.chain.primitives import keccak
from ledger.errors import ChainError, InputError

__all__ = ["DecodedEvent", "Error", "Event", "Function", "Signature", "as_json"]


@dataclass(frozen=True, slots=True)
class DecodedEvent:
    """An event with its arguments by name. ``log_index`` counts within the block.

    An indexed argument of dynamic type (string, bytes, array, struct) is only its keccak, 32 bytes: the chain does not
    keep more.
    """

    name: str
    args: dict[str, Any]
    address: str
    block_number: int
    log_index: int
    tx_hash: bytes


class Signature:
    """A name with parameters; ``text`` is the canonical signature, such as ``approve(address,uint256)``."""

    def __init__(self, name: str, inputs: Sequence[Mapping[str, Any]]) -> None:
        self.name = name
        self.inputs = _parameters(inputs)
        self.text = name + self.inputs.name
        self.hash = keccak(self.text.encode())

    @property
    def selector(self) -> bytes:
        """The first four bytes of the signature's keccak."""
        return self.hash[:4]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text})"


class Function(Signature):
    """One function, overloads being functions of their own."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        super().__init__(entry["name"], entry.get("inputs", ()))
        self.outputs = _parameters(entry.get("outputs", ()))
        self.mutability: str = entry.get("stateMutability", "nonpayable")

    @property
    def is_view(self) -> bool:
        """Whether it only reads."""
        return self.mutability in ("view", "pure")

    def encode(self, *args: Any) -> bytes:
        """Calldata. Raises :class:`InputError` naming the argument that does not fit."""
        return self.selector + encode_arguments(self.text, self.inputs, args)

    def decode_input(self, calldata: bytes) -> dict[str, Any]:
        """The arguments of calldata for this function, by name. Raises :class:`InputError` for another selector."""
        if calldata[:4] != self.selector:
            raise InputError("calldata of another function", expected=self.text, found=calldata[:4].hex())
        return dict(zip(self.inputs.fields, self.inputs.decode(calldata, 4), strict=True))

    def decode_output(self, data: bytes) -> Any:
        """The returned value: ``None``, the one value, or a named tuple of several.

        Raises :class:`ChainError` when there is too little data, as from an address without this contract.
        """
        if not self.outputs.items:
            return None
        if not data:
            raise ChainError(
                f"{self.text} returned nothing", hint="check that the contract is deployed at this address"
            )
        values = self.outputs.decode(data, 0)
        return values[0] if len(values) == 1 else values


class Event(Signature):
    """One event. ``topic`` is what its logs carry first."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        super().__init__(entry["name"], entry.get("inputs", ()))
        self.anonymous = bool(entry.get("anonymous"))
        self._indexed = [bool(part.get("indexed")) for part in entry.get("inputs", ())]
        named = list(zip(self.inputs.fields, self.inputs.items, self._indexed, strict=True))
        self._topics = [(field, item) for field, item, is_topic in named if is_topic]
        body = [(field, item) for field, item, is_topic in named if not is_topic]
        self._body = TupleType([field for field, _ in body], [item for _, item in body])

    @property
    def topic(self) -> bytes:
        """The keccak of the signature, 32 bytes."""
        return self.hash

    @cached_property
    def values(self) -> Callable[[Sequence[bytes], bytes], tuple[Any, ...]]:
        """The arguments of topics and data, in the order of declaration. Raises :class:`ChainError` if they do not fit.

        Written out for each event, so that millions of logs can be read: words are cut out where they are known to be.
        """
        flat = all(item.word is not None for item in self._body.items)
        least = 32 * len(self._body.items) if flat else 0
        topic, word = int(not self.anonymous), 0
        known: dict[str, Any] = {"parts": self._body.parts, "refuse": self._refuse}
        arguments = []
        for place, (item, is_topic) in enumerate(zip(self.inputs.items, self._indexed, strict=True)):
            known[f"word{place}"] = item.word or _as_it_is
            if is_topic:
                arguments.append(f"word{place}(topics[{topic}])")
                topic += 1
            else:
                arguments.append(f"word{place}(data[{32 * word}:{32 * word + 32}])" if flat else f"body[{word}]")
                word += 1
        lines = [
            "def values(topics, data):",
            f"    if len(topics) != {topic} or len(data) < {least}: refuse(topics, data)",
            "" if flat else "    body = parts(data, 0)",
            f"    return ({''.join(f'{one}, ' for one in arguments)})",
        ]
        exec("\n".join(lines), known)  # noqa: S102 - of numbers alone: no text of the ABI is in it
        values: Callable[[Sequence[bytes], bytes], tuple[Any, ...]] = known["values"]
        return values

    def _refuse(self, topics: Sequence[bytes], data: bytes) -> None:
        expected = len(self._topics) + (not self.anonymous)
        if len(topics) != expected:
            raise ChainError(f"a log of {self.text} with {len(topics)} topics, not {expected}")
        raise ChainError(f"a log of {self.text} ends too early, after {len(data)} bytes")

    def arguments(self, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """The arguments by name, in the order of declaration. Raises :class:`ChainError` if they do not fit."""
        return dict(zip(self.inputs.fields, self.values(topics, data), strict=True))

    def decode(self, log: Log) -> DecodedEvent:
        """The event in ``log``. Raises :class:`ChainError` when the log is another event's."""
        if not self.anonymous and (not log.topics or log.topics[0] != self.hash):
            raise ChainError(f"the log is not a {self.text}")
        return DecodedEvent(
            self.name, self.arguments(log.topics, log.data), log.address, log.block_number, log.index, log.tx_hash
        )

    def topics(self, **indexed: Any) -> list[bytes | None]:
        """A filter for :meth:`Node.logs <ledger.chain.node.Node.logs>`: this event, with these indexed arguments."""
        unknown = set(indexed) - {field for field, _ in self._topics}
        if unknown:
            raise InputError(f"{self.text} has no indexed argument of this name", found=", ".join(sorted(unknown)))
        rest = [item.encode(indexed[field]) if field in indexed else None for field, item in self._topics]
        while rest and rest[-1] is None:
            rest.pop()
        return [self.hash, *rest]


class Error(Signature):
    """One custom error."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        super().__init__(entry["name"], entry.get("inputs", ()))

    def encode(self, *args: Any) -> bytes:
        """Revert data as a contract would return it; for tests."""
        return self.selector + encode_arguments(self.text, self.inputs, args)

    def decode(self, data: bytes) -> dict[str, Any]:
        """The arguments by name, of revert data that starts with this selector."""
        return dict(zip(self.inputs.fields, self.inputs.decode(data, 4), strict=True))


def encode_arguments(what: str, inputs: TupleType, args: Sequence[Any]) -> bytes:
    """ABI encoding of ``args``; an :class:`InputError` names ``what`` they were for and which one does not fit."""
    if len(args) != len(inputs.items):
        raise InputError(f"wrong number of arguments for {what}", expected=str(len(inputs.items)), found=str(len(args)))
    try:
        return inputs.encode(args)
    except InputError as error:
        for field, item, value in zip(inputs.fields, inputs.items, args, strict=True):
            if not item.fits(value):
                raise InputError(
                    f"an argument does not fit {what}", field=field, expected=item.name, found=repr(value)[:80]
                ) from error
        raise


def _as_it_is(topic: bytes) -> bytes:
    return topic


def _parameters(entries: Sequence[Mapping[str, Any]]) -> TupleType:
    names = [entry.get("name") or f"arg{place}" for place, entry in enumerate(entries)]
    return TupleType(names, [parse_type(entry) for entry in entries], "Result")


def as_json(value: Any) -> Any:
    """A decoded value as plain JSON: integers are decimal strings, bytes are ``0x`` and hexadecimal digits, structs are
    objects."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    names = getattr(value, "_fields", None)
    if names is not None:
        return {name: as_json(one) for name, one in zip(names, value, strict=True)}
    return [as_json(one) for one in value]
