"""Files that one command writes and another one reads."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.services.ledger import Ledger

__all__ = ["check_chain", "json_of", "write_new"]


def json_of(path: Path, schema: str, made_by: str) -> dict[str, Any]:
    """A JSON document that another command wrote. Raises InputError for anything else."""
    expected = f"crt-{schema}/1, as {made_by} writes it"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("the file can't be read", file=str(path), expected=expected, found=str(error)) from None
    if not isinstance(found, dict) or found.get("schema") != f"crt-{schema}/1":
        named = repr(found.get("schema")) if isinstance(found, dict) else type(found).__name__
        raise InputError("not such a document", file=str(path), expected=expected, found=named)
    return found


def check_chain(ledger: Ledger, found: Mapping[str, Any], path: Path, what: str) -> None:
    """Raise InputError unless a document names this chain and its claims contract."""
    for name, here in (("chainId", ledger.deployment.chain_id), ("contract", ledger.claims.address)):
        if found.get(name) != here:
            raise InputError(
                f"the {what} is for another chain",
                file=str(path),
                field=name,
                expected=str(here),
                found=str(found.get(name))[:80],
            )


def write_new(path: Path, content: bytes) -> None:
    """Write a file, all or nothing. Raises InputError."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        raise InputError("the file can't be written", file=str(path), found=error.strerror or str(error)) from None
