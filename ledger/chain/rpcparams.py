"""Parameters of JSON-RPC methods, read: hexadecimal text to numbers, bytes, addresses, blocks and queries.

Each reader takes a value as JSON gave it and raises :class:`~ledger.errors.InputError` for any that is not one. Those
for parameters that may be left out take ``None`` for that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ledger.chain.node import BlockRef, CallRequest
from ledger.chain.primitives import address_bytes, checksum
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.chain.blocks import Blocks

__all__ = [
    "At",
    "LogQuery",
    "address",
    "block",
    "call_request",
    "data",
    "digest",
    "flag",
    "log_query",
    "no_overrides",
    "percentiles",
    "quantity",
    "resolve",
    "seconds",
    "simulation",
    "time_and_blocks",
]

At: TypeAlias = BlockRef | bytes
"""A block by its number, by its hash, or the newest one."""

_TAGS: dict[str, BlockRef] = {"latest": "latest", "pending": "latest", "safe": "latest", "finalized": "latest"}
_TAGS["earliest"] = 0
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_TOPICS = 4
_END_OF_TIME = 253_402_300_799
_UNSUPPORTED = ("accessList", "authorizationList", "blobVersionedHashes", "blobs")


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which logs are asked for: those of one block, or of the blocks ``first`` to ``last``."""

    first: BlockRef
    last: BlockRef
    block_hash: bytes | None
    addresses: tuple[str, ...]
    topics: tuple[tuple[bytes, ...] | None, ...]


def quantity(value: Any) -> int:
    """A number: ``0x`` and hexadecimal digits, or a JSON number, which is what some tools send for times."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**256:
        return value
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        return int(value, 16)
    raise _bad("not a quantity", "0x and 1 to 64 hexadecimal digits", value)


def data(value: Any) -> bytes:
    """Bytes."""
    if isinstance(value, str) and _DATA.fullmatch(value):
        return bytes.fromhex(value[2:])
    raise _bad("not data", "0x and an even number of hexadecimal digits", value)


def digest(value: Any) -> bytes:
    """32 bytes."""
    found = data(value)
    if len(found) != 32:
        raise _bad("not a hash", "0x and 64 hexadecimal digits", value)
    return found


def address(value: Any) -> str:
    """An account; mixed case must be its EIP-55 checksum."""
    if not isinstance(value, str):
        raise _bad("not an address", "0x and 40 hexadecimal digits", value)
    return checksum(address_bytes(value))


def seconds(value: Any) -> int:
    """A time, or a span of it, in seconds."""
    found = quantity(value)
    if found > _END_OF_TIME:
        raise _bad("not a time", "seconds, up to the year 9999", value)
    return found


def flag(value: Any) -> bool:
    """True or false; false if left out."""
    if value is None or isinstance(value, bool):
        return bool(value)
    raise _bad("not a flag", "true or false", value)


def block(value: Any) -> At:
    """A block's number or tag, or an object that names its number or hash (EIP-1898); the newest if left out.

    Every block is final here and none is pending, so most tags mean the newest.
    """
    if value is None:
        return "latest"
    if isinstance(value, str) and value in _TAGS:
        return _TAGS[value]
    if isinstance(value, str) and len(value) == 66:
        return digest(value)
    if isinstance(value, Mapping):
        if ("blockHash" in value) == ("blockNumber" in value):
            raise _bad("not a block", "an object with either blockHash or blockNumber", value)
        return digest(value["blockHash"]) if "blockHash" in value else block(value["blockNumber"])
    try:
        return quantity(value)
    except InputError:
        raise _bad("not a block", f"a quantity, or {', '.join(_TAGS)}", value) from None


def resolve(blocks: Blocks, at: At) -> BlockRef:
    """The number of a block that is named by its hash. Raises :class:`~ledger.chain.node.BlockNotFound`."""
    return blocks.number(at) if isinstance(at, bytes) else at


def call_request(value: Any) -> CallRequest:
    """A message to simulate. Fees and the nonce don't matter to what it does, and are not looked at."""
    fields = _fields(value, "a transaction")
    for name in _UNSUPPORTED:
        if fields.get(name):
            raise InputError(f"{name} is not supported in a simulated transaction")
    given = [data(fields[name]) for name in ("input", "data") if fields.get(name) is not None]
    if len(given) == 2 and given[0] != given[1]:
        raise InputError('both "data" and "input" are set and not equal')
    optional = {name: None if fields.get(name) is None else fields[name] for name in ("to", "from", "gas", "value")}
    return CallRequest(
        to=None if optional["to"] is None else address(optional["to"]),
        data=given[0] if given else b"",
        sender=None if optional["from"] is None else address(optional["from"]),
        value=0 if optional["value"] is None else quantity(optional["value"]),
        gas=None if optional["gas"] is None else quantity(optional["gas"]),
    )


def no_overrides(value: Any) -> None:
    """State or block overrides, which are not supported."""
    if value:
        raise InputError("overrides of the state or the block are not supported")


def simulation(value: Any) -> list[CallRequest]:
    """The messages of the one block that ``eth_simulateV1`` is to simulate, as it would be without any overrides."""
    fields = _fields(value, "a simulation")
    for name in ("traceTransfers", "validation", "returnFullTransactions"):
        if flag(fields.get(name)):
            raise InputError(f"{name} is not supported")
    blocks = fields.get("blockStateCalls")
    if not isinstance(blocks, list):
        raise _bad("not blocks", "an array blockStateCalls", blocks)
    if len(blocks) != 1:
        raise InputError("empty input" if not blocks else "more than one simulated block is not supported")
    block = _fields(blocks[0], "a block")
    for name in ("stateOverrides", "blockOverrides"):
        no_overrides(block.get(name))
    calls = block.get("calls")
    if calls is not None and not isinstance(calls, list):
        raise _bad("not calls", "an array", calls)
    return [call_request(one) for one in calls or ()]


def log_query(value: Any) -> LogQuery:
    """A filter of logs."""
    fields = _fields(value, "a filter")
    by_hash = fields.get("blockHash")
    if by_hash is not None and not (fields.get("fromBlock") is None and fields.get("toBlock") is None):
        raise InputError("cannot specify both blockHash and fromBlock/toBlock, choose one or the other")
    first, last = block(fields.get("fromBlock")), block(fields.get("toBlock"))
    if isinstance(first, bytes) or isinstance(last, bytes):
        raise InputError("a range of blocks is named by numbers", expected="blockHash for one block by its hash")
    if isinstance(first, int) and isinstance(last, int) and first > last:
        raise InputError("invalid block range params", expected="fromBlock <= toBlock")
    who = fields.get("address")
    addresses = () if who is None else tuple(map(address, who)) if isinstance(who, list) else (address(who),)
    topics = fields.get("topics")
    if topics is not None and not (isinstance(topics, list) and len(topics) <= _TOPICS):
        raise _bad("not topics", f"an array of at most {_TOPICS}", topics)
    hash_ = None if by_hash is None else digest(by_hash)
    return LogQuery(first, last, hash_, addresses, tuple(map(_topic, topics or ())))


def percentiles(value: Any) -> list[float]:
    """Rising numbers from 0 to 100; none if left out."""
    found = [] if value is None else value
    plain = isinstance(found, list) and all(isinstance(one, int | float) and 0 <= one <= 100 for one in found)
    if not plain or found != sorted(found):
        raise _bad("not percentiles", "an array of rising numbers from 0 to 100", value)
    return list(found)


def time_and_blocks(value: Any) -> tuple[int | None, int]:
    """What evm_mine takes: nothing, a time, or an object with ``timestamp`` and the number of ``blocks``."""
    fields = value if isinstance(value, Mapping) else {"timestamp": value}
    time, count = fields.get("timestamp"), fields.get("blocks")
    return None if time is None else seconds(time), 1 if count is None else quantity(count)


def _topic(value: Any) -> tuple[bytes, ...] | None:
    """What may stand at one position; an empty choice, or one with ``null`` in it, is whatever."""
    choice = value if isinstance(value, list) else [value]
    return None if not choice or None in choice else tuple(map(digest, choice))


def _fields(value: Any, what: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise _bad(f"not {what}", "an object", value)


def _bad(what: str, expected: str, value: Any) -> InputError:
    return InputError(what, expected=expected, found=json.dumps(value)[:80])
