"""Files of signed transactions: made by ``--sign-only``, shown and sent by ``crt tx``. There is no secret in them, but
who has one can send it: mode 0600."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ledger.cli.asked import Asked
from ledger.cli.draw.look import Look
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.chain.raw import Signed
    from ledger.client.types import Prepared

__all__ = ["drawn", "prepared", "read", "write"]

_SCHEMA: Final = "crt-signed/1"
_WIDE: Final = 120  # cells
_MOST: Final = 10_000_000  # bytes


def write(api: Asked, path: Path, raws: Sequence[bytes], prepared: Prepared[Any]) -> None:
    """Make the file, and say so. Raises InputError if there is one of this name."""
    from ledger.wallet.files import write_new

    document = {
        "schema": _SCHEMA,
        "chainId": str(api.chain_id),
        "sender": api.wallet,
        "transactions": [f"0x{raw.hex()}" for raw in raws],
        "preview": prepared["preview"],
        "contracts": dict(api.contracts),
        "series": api.all_series,
    }
    write_new(path, json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    shown = {"file": str(path), **{name: document[name] for name in ("chainId", "sender", "transactions")}}
    api.say("signed-file", shown, lambda: f"written to {path}; nothing is sent. Send it: crt tx send {path}")


def read(path: Path) -> tuple[dict[str, Any], list[Signed]]:
    """A file, and its transactions. Raises InputError unless they are what the file says: signed by its sender for its
    chain, with numbers that follow each other."""
    from ledger.chain.raw import read_transaction

    try:
        content = path.read_bytes()
        document = json.loads(content) if len(content) <= _MOST else None
    except OSError as error:
        found = error.strerror or "nothing"
        raise InputError("it can't be read", file=str(path), field="FILE", expected=_SCHEMA, found=found) from None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("schema") != _SCHEMA:
        named = repr(document.get("schema"))[:60] if isinstance(document, dict) else "something else"
        expected = f"{_SCHEMA}, as --sign-only writes it"
        raise InputError("not a file of signed transactions", file=str(path), expected=expected, found=named)
    try:
        signed = [read_transaction(bytes.fromhex(raw[2:])) for raw in document["transactions"]]
        said = int(document["chainId"]), str(document["sender"])
        drawn(document, signed, Look(_WIDE))
    except (ValueError, LookupError, TypeError, AttributeError, InputError) as error:
        raise _not_so(path, f"all that {_SCHEMA} has", f"{type(error).__name__}: {error}") from None
    if not signed:
        raise _not_so(path, "transactions", "none")
    first = signed[0].tx.nonce
    for place, one in enumerate(signed):
        facts = one.tx.chain_id, one.sender
        if facts != said:
            raise _not_so(path, f"chain {said[0]}, signed by {said[1]}", f"chain {facts[0]}, signed by {facts[1]}")
        if one.tx.nonce != first + place:
            raise _not_so(path, f"nonce {first + place}", f"nonce {one.tx.nonce}")
    return document, signed


def drawn(document: dict[str, Any], signed: Sequence[Signed], look: Look) -> str:
    """What a file says, for people."""
    from ledger.cli.draw.preview import preview

    where = f"chain id {document['chainId']}, signed by {look.id(document['sender'])}"
    shown = prepared(document, signed)
    return preview(shown, look, network=where, series=document["series"], contracts=document["contracts"])


def prepared(document: dict[str, Any], signed: Sequence[Signed]) -> dict[str, Any]:
    """What the API answered before it was signed; the transactions as they are in the bytes."""
    transactions = [
        {
            "hash": f"0x{one.hash.hex()}",
            "chainId": one.tx.chain_id,
            "nonce": one.tx.nonce,
            "to": str(one.tx.to),
            "value": str(one.tx.value),
            "data": f"0x{one.tx.data.hex()}",
            "gas": str(one.tx.gas),
            "maxFeePerGas": str(one.tx.max_fee),
            "maxPriorityFeePerGas": str(one.tx.max_priority_fee),
        }
        for one in signed
    ]
    return {"transactions": transactions, "preview": document["preview"]}


def _not_so(path: Path, expected: str, found: str) -> InputError:
    hint = "somebody has changed it: have it signed again"
    return InputError(
        "its transactions are not what it says", file=str(path), expected=expected, found=found[:200], hint=hint
    )
