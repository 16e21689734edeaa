"""Records in a chain: each carries the hash of the one before, so that none can be changed, removed or put in between
without changing the last hash. Who keeps the last hash can check a whole copy.

The hash of a record is the SHA-256 of its JSON without ``hash``: keys sorted, no white space, UTF-8 (RFC 8785 for the
values that are used here: text, integers, lists and objects).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ledger.errors import InputError

__all__ = ["START", "record_hash", "verify"]

START = "0" * 64
"""What the first record has before it."""


def record_hash(record: Mapping[str, Any]) -> str:
    """The hash of a record, in hexadecimal; a ``hash`` that it has does not count."""
    content = {name: value for name, value in record.items() if name != "hash"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def verify(lines: Iterable[str], *, file: str = "audit log") -> tuple[int, str]:
    """How many records there are, one in each line as JSON, and the hash of the last one.

    Raises :class:`~ledger.errors.InputError` that names the first line that is not as it was written: something in it
    was changed, or what was before it is missing. What is missing at the end only shows in the last hash.
    """
    number, last = 0, START
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            found = (record["seq"], record["previous"], record["hash"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                "not a record", file=file, line=number, expected="JSON with seq, previous, hash"
            ) from error
        if found[0] != number or found[1] != last:
            raise InputError(
                "records are missing here, or in another order",
                file=file,
                line=number,
                expected=f"record {number} after {last[:16]}...",
                found=f"record {found[0]} after {str(found[1])[:16]}...",
            )
        last = record_hash(record)
        if found[2] != last:
            raise InputError("the record was changed", file=file, line=number, expected=last, found=str(found[2]))
    return number, last
