"""The ABI codec equals eth_abi, on generated types and values."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import eth_abi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.chain.codec import AbiType, TupleType, parse_type
from ledger.chain.primitives import checksum
from ledger.errors import ChainError, InputError

Entry = dict[str, Any]


def elementary() -> st.SearchStrategy[tuple[Entry, st.SearchStrategy[Any]]]:
    widths = st.integers(1, 32)
    return st.one_of(
        widths.map(lambda n: ({"type": f"uint{8 * n}"}, st.integers(0, 2 ** (8 * n) - 1))),
        widths.map(lambda n: ({"type": f"int{8 * n}"}, st.integers(-(2 ** (8 * n - 1)), 2 ** (8 * n - 1) - 1))),
        widths.map(lambda n: ({"type": f"bytes{n}"}, st.binary(min_size=n, max_size=n))),
        st.just(({"type": "bool"}, st.booleans())),
        st.just(({"type": "address"}, st.binary(min_size=20, max_size=20).map(checksum))),
        st.just(({"type": "bytes"}, st.binary(max_size=70))),
        st.just(({"type": "string"}, st.text(max_size=20))),
    )


def wrap(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def array(pair: tuple[Entry, Any], count: int | None) -> tuple[Entry, Any]:
        entry, values = pair
        bounds = (0, 3) if count is None else (count, count)
        text = entry["type"] + ("[]" if count is None else f"[{count}]")
        return {**entry, "type": text}, st.lists(values, min_size=bounds[0], max_size=bounds[1])

    def struct(pairs: list[tuple[Entry, Any]]) -> tuple[Entry, Any]:
        parts = [{**entry, "name": f"f{place}"} for place, (entry, _) in enumerate(pairs)]
        return {"type": "tuple", "components": parts}, st.tuples(*(values for _, values in pairs))

    return st.one_of(
        st.builds(array, inner, st.none() | st.integers(1, 3)), st.lists(inner, min_size=1, max_size=3).map(struct)
    )


PARAMETERS = st.lists(st.recursive(elementary(), wrap, max_leaves=6), min_size=1, max_size=4)


def plain(value: Any) -> Any:
    """Without the differences that are meant: lists for tuples, addresses as eth_abi spells them."""
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value.lower() if isinstance(value, str) and len(value) == 42 and value.startswith("0x") else value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_equals_eth_abi(data: st.DataObject) -> None:
    pairs = data.draw(PARAMETERS)
    values = [data.draw(strategy) for _, strategy in pairs]
    types = [parse_type(entry) for entry, _ in pairs]
    together = TupleType([f"p{place}" for place in range(len(types))], types)
    encoded = together.encode(values)
    assert encoded == eth_abi.encode([item.name for item in types], values)
    decoded = together.decode(encoded, 0)
    assert plain(decoded) == plain(eth_abi.decode([item.name for item in types], encoded)) == plain(values)
    assert together.fits(values)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused(data: st.DataObject, junk: bytes) -> None:
    types = [parse_type(entry) for entry, _ in data.draw(PARAMETERS)]
    with suppress(ChainError):
        TupleType([f"p{place}" for place in range(len(types))], types).decode(junk, 0)


def test_a_length_of_the_whole_universe_is_refused_at_once() -> None:
    huge = (32).to_bytes(32, "big") + (2**255).to_bytes(32, "big")
    for name in ("uint256[]", "bytes", "string", "string[][]"):
        with pytest.raises(ChainError):
            TupleType(["x"], [parse_type({"type": name})]).decode(huge, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("uint8", 256),
        ("uint8", -1),
        ("int8", 128),
        ("uint256", True),
        ("uint256", "1"),
        ("uint256", 1.0),
        ("bool", 1),
        ("address", b"\0" * 20),
        ("address", "0x12"),
        ("bytes4", b"abc"),
        ("bytes", "abc"),
        ("string", b"abc"),
        ("uint8[]", 5),
        ("uint8[2]", [1]),
        ("uint8[]", "ab"),
    ],
)
def test_values_that_do_not_fit(name: str, value: object) -> None:
    kind = parse_type({"type": name})
    with pytest.raises(InputError):
        kind.encode(value)
    assert not kind.fits(value) or name == "address"


def test_structs_by_name() -> None:
    parts = [{"name": "who", "type": "string"}, {"name": "units", "type": "uint64"}]
    struct: AbiType = parse_type({"type": "tuple", "components": parts, "internalType": "struct Probe.Leg"})
    assert struct.encode({"units": 5, "who": "x"}) == struct.encode(("x", 5))
    found = struct.decode(struct.encode(("x", 5)), 0)
    assert repr(found) == "Leg(who='x', units=5)" and found.units == 5
    for wrong in ({"who": "x"}, {"who": "x", "units": 5, "more": 1}, ("x",), "x5", None):
        with pytest.raises(InputError):
            struct.encode(wrong)
    with pytest.raises(InputError, match="fixed"):
        parse_type({"type": "fixed128x18"})
