"""Files of signed transactions: made by ``--sign-only``, shown and sent by ``crt tx``. There is no secret in them, but
who has one can send it: mode 0600."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ledger.cli.asked import Asked
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.chain.raw import Signed
    from ledger.client.types import Prepared

__all__ = ["read", "write"]

_SCHEMA: Final = "crt-signed/1"
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
        signed = [read_transaction(bytes.fromhex(raw.removeprefix("0x"))) for raw in document["transactions"]]
        said = int(document["chainId"]), str(document["sender"])
        preview = dict(document["preview"])
    except (ValueError, LookupError, TypeError, AttributeError, InputError) as error:
        raise _not_so(path, f"all that {_SCHEMA} has", str(error)) from None
    if not signed or not {"result", "events", "changes", "gas"} <= preview.keys():
        raise _not_so(path, "transactions, and what they do", "less")
    first = signed[0].tx.nonce
    for place, one in enumerate(signed):
        facts = one.tx.chain_id, one.sender
        if facts != said:
            raise _not_so(path, f"chain {said[0]}, signed by {said[1]}", f"chain {facts[0]}, signed by {facts[1]}")
        if one.tx.nonce != first + place:
            raise _not_so(path, f"nonce {first + place}", f"nonce {one.tx.nonce}")
    return document, signed


def _not_so(path: Path, expected: str, found: str) -> InputError:
    hint = "somebody has changed it: have it signed again"
    return InputError(
        "its transactions are not what it says", file=str(path), expected=expected, found=found[:200], hint=hint
    )
