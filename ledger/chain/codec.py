"""The ABI's types: which Python values they take, and how they become bytes and come back.

    uintN, intN   int              bytesN        bytes (exactly N)        T[], T[k]   list (any sequence is taken)
    bool          bool             bytes         bytes                    tuple       named tuple (any sequence, or a
    address       checksummed str  string        str                                  mapping by field name, is taken)

Written out instead of importing ``eth_abi`` (1.2 s to import, and ten times slower on events); a test holds both equal
on generated types and values.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ledger.chain.primitives import address_bytes, checksum
from ledger.errors import ChainError, InputError

__all__ = ["AbiType", "TupleType", "parse_type"]

_ELEMENTARY = re.compile(r"(uint|int|bytes)(\d*)|(bool|address|string)")


class AbiType:
    """One type: its canonical name, whether it is dynamic, and the bytes that its head takes.

    ``word`` makes a value of its 32 bytes, for types whose values take one word; of others it is None.
    """

    __slots__ = ("dynamic", "name", "size", "word")

    def __init__(
        self, name: str, *, dynamic: bool = False, size: int = 32, word: Callable[[bytes], Any] | None = None
    ) -> None:
        self.name, self.dynamic, self.size, self.word = name, dynamic, size, word

    def fits(self, value: Any) -> bool:
        """Whether ``value`` is of a Python type that this ABI type takes; this is how overloads are told apart."""
        raise NotImplementedError

    def encode(self, value: Any) -> bytes:
        """ABI encoding. Raises :class:`InputError` naming what was expected and found."""
        raise NotImplementedError

    def decode(self, data: bytes, at: int) -> Any:
        """The value whose encoding starts at ``at``. Raises :class:`ChainError` if the data ends too early."""
        if self.word is None:
            raise NotImplementedError
        return self.word(_word(data, at))

    def refuse(self, value: Any) -> InputError:
        return InputError("the value does not fit its ABI type", expected=self.name, found=repr(value)[:80])

    def __repr__(self) -> str:
        return f"AbiType({self.name})"


class _Integer(AbiType):
    __slots__ = ("high", "low")

    def __init__(self, name: str, bits: int, *, signed: bool) -> None:
        super().__init__(name, word=_signed if signed else int.from_bytes)
        self.low, self.high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)

    def fits(self, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value < self.high

    def encode(self, value: Any) -> bytes:
        if not self.fits(value):
            raise self.refuse(value)
        number: int = value
        return number.to_bytes(32, "big", signed=self.low < 0)


class _Bool(AbiType):
    __slots__ = ()

    def fits(self, value: Any) -> bool:
        return isinstance(value, bool)

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, bool):
            raise self.refuse(value)
        return int(value).to_bytes(32, "big")


class _Address(AbiType):
    __slots__ = ()

    def fits(self, value: Any) -> bool:
        return isinstance(value, str) and len(value) == 42 and value.startswith("0x")

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, str):
            raise self.refuse(value)
        return bytes(12) + address_bytes(value)


class _FixedBytes(AbiType):
    __slots__ = ("length",)

    def __init__(self, length: int) -> None:
        super().__init__(f"bytes{length}", word=lambda word: word[:length])
        self.length = length

    def fits(self, value: Any) -> bool:
        return isinstance(value, bytes | bytearray) and len(value) == self.length

    def encode(self, value: Any) -> bytes:
        if not self.fits(value):
            raise self.refuse(value)
        return bytes(value).ljust(32, b"\0")


class _Bytes(AbiType):
    __slots__ = ()

    def fits(self, value: Any) -> bool:
        return isinstance(value, bytes | bytearray)

    def encode(self, value: Any) -> bytes:
        if not self.fits(value):
            raise self.refuse(value)
        return len(value).to_bytes(32, "big") + bytes(value) + bytes(-len(value) % 32)

    def decode(self, data: bytes, at: int) -> Any:
        length = int.from_bytes(_word(data, at), "big")
        if at + 32 + length > len(data):
            raise _cut_short(at)
        return data[at + 32 : at + 32 + length]


class _String(_Bytes):
    __slots__ = ()

    def fits(self, value: Any) -> bool:
        return isinstance(value, str)

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, str):
            raise self.refuse(value)
        raw = value.encode()
        return len(raw).to_bytes(32, "big") + raw + bytes(-len(raw) % 32)

    def decode(self, data: bytes, at: int) -> str:
        # A contract may emit any bytes as a string; showing it must not fail because of them.
        raw: bytes = super().decode(data, at)
        return raw.decode(errors="replace")


class _Array(AbiType):
    __slots__ = ("count", "item")

    def __init__(self, item: AbiType, count: int | None) -> None:
        dynamic = count is None or item.dynamic
        size = 32 if dynamic else item.size * (count or 0)
        super().__init__(f"{item.name}[{'' if count is None else count}]", dynamic=dynamic, size=size)
        self.item, self.count = item, count

    def fits(self, value: Any) -> bool:
        is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)
        return is_list and self.count in (None, len(value)) and all(self.item.fits(part) for part in value)

    def encode(self, value: Any) -> bytes:
        is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)
        if not is_list or self.count not in (None, len(value)):
            raise self.refuse(value)
        head = b"" if self.count is not None else len(value).to_bytes(32, "big")
        return head + _encode_all([self.item] * len(value), value)

    def decode(self, data: bytes, at: int) -> list[Any]:
        count = self.count
        if count is None:
            count, at = int.from_bytes(_word(data, at), "big"), at + 32
        if count * max(self.item.size, 1) > len(data) - at:  # before believing a length of 2**255
            raise _cut_short(at)
        return _decode_all([self.item] * count, data, at)


class TupleType(AbiType):
    """A struct, or the parameters of a function, event or error taken together."""

    __slots__ = ("_words", "fields", "items", "make")

    def __init__(self, fields: Sequence[str], items: Sequence[AbiType], title: str = "Struct") -> None:
        dynamic = any(item.dynamic for item in items)
        size = 32 if dynamic else sum(item.size for item in items)
        super().__init__(f"({','.join(item.name for item in items)})", dynamic=dynamic, size=size)
        self.fields, self.items = tuple(fields), tuple(items)
        title = title if title.isidentifier() else "Struct"
        # Through a variable, because the type checker wants to know a named tuple's name and fields beforehand.
        new_type: Callable[..., Any] = namedtuple
        self.make: Callable[[Sequence[Any]], Any] = new_type(title, self.fields, rename=True)._make
        words = [item.word for item in self.items if item.word is not None]
        self._words = words if len(words) == len(self.items) else None

    def values(self, value: Any) -> Sequence[Any]:
        """The fields' values in order, of a sequence or of a mapping by field name."""
        if isinstance(value, Mapping):
            if set(value) != set(self.fields):
                raise InputError(
                    "the fields do not fit the struct",
                    expected=", ".join(self.fields),
                    found=", ".join(map(str, value)),
                )
            return [value[field] for field in self.fields]
        if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) != len(self.items):
            raise self.refuse(value)
        return value

    def fits(self, value: Any) -> bool:
        try:
            parts = self.values(value)
        except InputError:
            return False
        return all(item.fits(part) for item, part in zip(self.items, parts, strict=True))

    def encode(self, value: Any) -> bytes:
        return _encode_all(self.items, self.values(value))

    def decode(self, data: bytes, at: int) -> Any:
        return self.make(self.parts(data, at))

    def parts(self, data: bytes, at: int) -> list[Any]:
        """The values of :meth:`decode`, in a list."""
        if self._words is None:
            return _decode_all(self.items, data, at)
        # Words alone, as in most events: nothing has to be followed, and the length is checked once.
        end = at + 32 * len(self._words)
        if len(data) < end:
            raise _cut_short(len(data))
        return [word(data[place : place + 32]) for word, place in zip(self._words, range(at, end, 32), strict=True)]


def parse_type(entry: Mapping[str, Any]) -> AbiType:
    """The type of one ABI parameter (``{"type": ..., "components": ...}``). Raises :class:`InputError`."""
    name: str = entry["type"]
    if name.endswith("]"):
        inner, _, count = name[:-1].rpartition("[")
        return _Array(parse_type({**entry, "type": inner}), int(count) if count else None)
    if name == "tuple":
        components = entry["components"]
        title = str(entry.get("internalType", "")).split("[")[0].split()[-1:]
        return TupleType(
            [part["name"] for part in components],
            [parse_type(part) for part in components],
            title[0].split(".")[-1] if title else "Struct",
        )
    match = _ELEMENTARY.fullmatch(name)
    if match is None:
        raise InputError("an ABI type that this codec does not know", found=name)
    kind, width = match[1], match[2]
    if kind == "bytes":
        return _FixedBytes(int(width)) if width else _Bytes("bytes", dynamic=True)
    if kind:
        return _Integer(f"{kind}{width or 256}", int(width or 256), signed=kind == "int")
    if name == "string":
        return _String("string", dynamic=True)
    return _Bool("bool", word=any) if name == "bool" else _Address("address", word=_address)


def _encode_all(items: Sequence[AbiType], values: Sequence[Any]) -> bytes:
    heads: list[bytes] = []
    tails: list[bytes] = []
    offset = sum(item.size for item in items)
    for item, value in zip(items, values, strict=True):
        encoded = item.encode(value)
        if item.dynamic:
            heads.append(offset.to_bytes(32, "big"))
            tails.append(encoded)
            offset += len(encoded)
        else:
            heads.append(encoded)
    return b"".join(heads + tails)


def _decode_all(items: Sequence[AbiType], data: bytes, start: int) -> list[Any]:
    values, at = [], start
    for item in items:
        # An offset counts from the start of the tuple or array that it stands in.
        place = start + int.from_bytes(_word(data, at), "big") if item.dynamic else at
        values.append(item.decode(data, place))
        at += item.size
    return values


def _signed(word: bytes) -> int:
    return int.from_bytes(word, signed=True)


def _address(word: bytes) -> str:
    return checksum(word[12:])


def _word(data: bytes, at: int) -> bytes:
    word = data[at : at + 32]
    if len(word) != 32:
        raise _cut_short(at)
    return word


def _cut_short(at: int) -> ChainError:
    return ChainError(f"the ABI data ends too early: nothing valid at byte {min(at, 2**64)}")
