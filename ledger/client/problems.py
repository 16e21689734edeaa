"""What is answered instead of what was asked for (RFC 9457), as errors of the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ledger.client.calling import Answer, Request
from ledger.errors import (
    ChainError,
    InputError,
    LedgerError,
    NoAnswer,
    NotAllowed,
    Pending,
    Reverted,
    RuleError,
    StoreError,
    Unknown,
    WouldRevert,
)

__all__ = ["error_of", "kind_of", "raised"]


def kind_of(answer: Answer) -> str | None:
    """Which problem it is, ``in-flight`` or another name; None for an answer that is no problem document."""
    document = _document(answer)
    return None if document is None else _kind(document)


def raised(request: Request[Any], answer: Answer) -> LedgerError:
    """The error that an answer is, to be raised."""
    document = _document(answer)
    if document is None:
        # A proxy on the way, or another service: its text may hold anything.
        error: LedgerError = NoAnswer(
            f"the service answered with status {answer.status}, and no problem document",
            hint="check the service's address, and what stands before it",
        )
        error.status = answer.status
    else:
        # What was to be done has a key; what has none was only tried, or prepared for a wallet to sign.
        error = error_of(document, tried=request.idempotency_key is None)
    error.request_id = answer.headers.get("x-request-id")
    return error


def error_of(document: Mapping[str, Any], *, tried: bool = False) -> LedgerError:
    """A problem document as an error, which has its ``type``, ``status`` and ``errors``; ``tried``: of what was only to
    be tried out."""
    found = _error(document, tried)
    found.type, found.status = str(document["type"]), int(document["status"])
    found.errors = document.get("errors") or ()
    return found


def _error(document: Mapping[str, Any], tried: bool) -> LedgerError:
    detail, status, hint = str(document["detail"]), int(document["status"]), document.get("hint")
    kind = _kind(document)
    match kind, status:
        case "reverted", _:
            error = document["error"]
            return (WouldRevert if tried else Reverted)(error["name"], error["arguments"], hint=hint)
        case "in-flight", _:
            return Pending(detail, hint=hint or "ask again under the same key, as it is")
        case "chain-unavailable", _:
            return ChainError(detail, hint=hint)
        case "store-unavailable", _:
            return StoreError("the service's database", detail)
        case _, 401:
            return NotAllowed(detail, hint=hint or "show an API key, or sign in with a wallet")
        case _, 403:
            return NotAllowed(detail, hint=hint or "ask an administrator for a key with the role that is named")
        case _, 408 | 429:
            return NoAnswer(detail, hint=hint or "ask again later")
        case _ if 400 <= status < 500:
            kinds = {"rule": RuleError, "not-found": Unknown}
            return kinds.get(kind, InputError)(detail, **_place(document, detail), hint=hint)
    return LedgerError(detail, hint=hint)


def _place(document: Mapping[str, Any], detail: str) -> dict[str, Any]:
    """Of the first value that is not as expected; of several, the text names them all."""
    errors = document.get("errors") or [{}]
    first = errors[0]
    found = {name: first.get(name) for name in ("file", "line", "field", "expected", "found")}
    if found["expected"] is None and first.get("message") not in (None, detail):
        found["expected"] = first["message"]
    return found


def _kind(document: Mapping[str, Any]) -> str:
    return str(document["type"]).rsplit("/", 1)[-1]


def _document(answer: Answer) -> dict[str, Any] | None:
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    try:
        found = json.loads(answer.content)
    except ValueError:
        return None
    whole = isinstance(found, dict) and {"type", "status", "detail"} <= found.keys()
    return found if whole else None
