"""Records in a chain: each carries the hash of the one before, so that none can be changed, removed or put in between
without changing the last hash. Who keeps the last hash can check a whole copy.

The hash of a record is the SHA-256 of its JSON without ``hash``: keys sorted, no white space, UTF-8 (RFC 8785 for the
values that are used here: text, integers, lists and objects).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ledger.errors import InputError

__all__ = ["START", "line_of", "record_hash", "verify"]

START = "0" * 64
"""What the first record has before it."""


def record_hash(record: Mapping[str, Any]) -> str:
    """The hash of a record, in hexadecimal; a ``hash`` that it has does not count."""
    content = {name: value for name, value in record.items() if name != "hash"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def line_of(record: Mapping[str, Any]) -> str:
    """A record as a line of an exported copy."""
    return json.dumps(record, ensure_ascii=False)


def verify(lines: Iterable[str], *, file: str = "audit log", expect: str | None = None) -> tuple[int, str]:
    """How many records there are, one in each line as JSON, and the hash of the last one.

    ``expect`` is a hash that the log had at its end once, and was kept elsewhere. Raises
    :class:`~ledger.errors.InputError` that names the first line that is not as it was written: something in it was
    changed, or what was before it is missing; and if no record has the expected hash. What is missing at the end only
    shows by that.
    """
    number, last, met = 0, START, expect in (None, START)
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line, object_pairs_hook=_object)
            found, right = (record["seq"], record["previous"], record["hash"]), record_hash(record)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(
                "not a record",
                file=file,
                line=number,
                expected="JSON with seq, previous, hash",
                found=line[:80].strip(),
            ) from error
        if found[:2] != (number, last):
            raise InputError(
                "records are missing here, or in another order",
                file=file,
                line=number,
                expected=f"record {number} after {last[:16]}...",
                found=f"record {found[0]} after {str(found[1])[:16]}...",
            )
        if found[2] != right:
            raise InputError("the record was changed", file=file, line=number, expected=right, found=str(found[2]))
        last = right
        met = met or last == expect
    if not met:
        raise InputError(
            "the log has another end than was expected: records are missing, or were all written anew",
            file=file,
            line=number,
            expected=f"a record with hash {expect}",
            found=f"{number} records, the last with hash {last}",
        )
    return number, last


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name comes twice: of two, a reader may take one for the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found
