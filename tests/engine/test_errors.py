"""How a refusal is shown."""

from __future__ import annotations

from typing import NamedTuple

from ledger.errors import Reverted


class Call(NamedTuple):
    target: str
    data: bytes


def test_bytes_are_shown_in_hexadecimal_and_stay_bytes() -> None:
    arguments = {
        "id": b"\1\xff",
        "many": [b"\2", b""],
        "pair": (7, b"\3"),
        "call": [Call("it's", b"\4")],
        "why": "plain",
    }
    error = Reverted("Bad", arguments)
    assert str(error) == (
        'Bad(id=0x01ff, many=[0x02, 0x], pair=(7, 0x03), call=[Call(target="it\'s", data=0x04)], why=plain)'
    )
    assert error.arguments == arguments
