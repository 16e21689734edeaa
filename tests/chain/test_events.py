"""Every event of every contract of ours, read out of logs that eth_abi has encoded."""

from __future__ import annotations

from typing import Any

import eth_abi
import pytest
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.chain.abi import Event
from ledger.chain.artifacts import Contract, contract_names
from ledger.chain.primitives import checksum, keccak
from ledger.errors import ChainError

EVENTS = sorted(
    {(name, Event(entry).text) for name in contract_names() for entry in Contract(name).abi if entry["type"] == "event"}
)


def values_of(entry: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a parameter, as the event has to give them."""
    kind: str = entry["type"]
    if kind.endswith("[]"):
        return st.lists(values_of({**entry, "type": kind[:-2]}), max_size=3)
    if kind == "tuple":
        return st.tuples(*map(values_of, entry["components"]))
    if kind.startswith("uint"):
        return st.integers(0, 2 ** int(kind[4:]) - 1)
    if kind.startswith("bytes") and kind != "bytes":
        return st.binary(min_size=int(kind[5:]), max_size=int(kind[5:]))
    return {
        "bool": st.booleans(),
        "address": st.binary(min_size=20, max_size=20).map(checksum),
        "bytes": st.binary(max_size=70),
        "string": st.text(max_size=40),
    }[kind]


@pytest.mark.parametrize(("name", "text"), EVENTS)
def test_an_event_says_what_was_written(name: str, text: str) -> None:
    entry = next(one for one in Contract(name).abi if one["type"] == "event" and Event(one).text == text)
    event = Contract(name).event(text)
    fields = [one["name"] for one in entry["inputs"]]

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.tuples(*map(values_of, entry["inputs"])), st.data())
    def reads(values: tuple[Any, ...], data: st.DataObject) -> None:
        pairs = list(zip(entry["inputs"], values, strict=True))
        topics = [event_abi_to_log_topic(entry), *(topic(part, value) for part, value in pairs if part["indexed"])]
        rest = [(part, value) for part, value in pairs if not part["indexed"]]
        body = eth_abi.encode([collapse_if_tuple(part) for part, _ in rest], [value for _, value in rest])
        expected = [
            keccak(value if isinstance(value, bytes) else value.encode())
            if part["indexed"] and part["type"] in ("string", "bytes")
            else value
            for part, value in pairs
        ]
        assert list(event.values(topics, body)) == expected
        assert event.arguments(topics, body) == dict(zip(fields, expected, strict=True))
        with pytest.raises(ChainError, match="topics"):
            event.values([*topics, bytes(32)], body)
        if body:
            # Of what follows the words of the arguments themselves, the last bytes may only be filling.
            cut = data.draw(st.integers(0, min(len(body), 32 * len(rest)) - 1))
            with pytest.raises(ChainError, match="too early"):
                event.values(topics, body[:cut])

    reads()


def topic(part: dict[str, Any], value: Any) -> bytes:
    if part["type"] in ("string", "bytes"):
        return keccak(value if isinstance(value, bytes) else value.encode())
    encoded: bytes = eth_abi.encode([part["type"]], [value])
    return encoded
