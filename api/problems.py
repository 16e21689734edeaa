"""Errors as documents (RFC 9457): every answer that is not what was asked for says what is wrong in one form.

``type`` is stable, and is the address of a page that explains it (``GET /problems/{name}``). What a client can do
something about is in members of its own: the field at fault, what was expected and found, the name and arguments of
what a contract refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import HTTPException
from fastapi.responses import JSONResponse

from ledger.chain.abi import as_json
from ledger.errors import ChainError, InputError, LedgerError, Reverted, RuleError, StoreError, Unknown

__all__ = ["MEDIA_TYPE", "Kind", "Problem", "document_of", "kind_of", "response_of"]

MEDIA_TYPE = "application/problem+json"


class Kind(Enum):
    """What can be wrong: the name in ``type``, the status, a title, and what to do about it."""

    MALFORMED = ("malformed", 400, "The request cannot be read", "Send one JSON object, in UTF-8, no name twice in it.")
    KEY_MISSING = (
        "idempotency-key-missing",
        400,
        "A write needs an Idempotency-Key",
        "Send a header Idempotency-Key with a value of your own that is new for each thing you want done: a UUID. Send "
        "the same again when you repeat the request.",
    )
    UNAUTHENTICATED = (
        "unauthenticated",
        401,
        "Nobody is signed in",
        "Send a header Authorization: Bearer with an API key, or with what signing in with a wallet gave you.",
    )
    FORBIDDEN = ("forbidden", 403, "Not allowed", "Ask an administrator for a key with the role that is named.")
    NO_ACCOUNT = (
        "role-not-served",
        403,
        "No account acts for the role here",
        "Nothing was accepted. Ask the operator to start the service with the account's key, or ask another one.",
    )
    NOT_FOUND = ("not-found", 404, "There is no such thing", "Look the identifier up in the list that it is from.")
    METHOD = ("method-not-allowed", 405, "There is no such method here", "See Allow, and the OpenAPI document.")
    SLOW = ("too-slow", 408, "The request came too slowly", "Send it again, in one go.")
    CONFLICT = ("in-flight", 409, "The same request is under way", "Wait a little, and send it again as it is.")
    PRECONDITION = (
        "precondition-failed",
        412,
        "It has changed since you read it",
        "Read it again, look at what changed, and send If-Match with the new ETag.",
    )
    TOO_LARGE = ("too-large", 413, "The body is too large", "Send less at a time: the limits are in the document.")
    MEDIA = ("unsupported-media-type", 415, "Not a kind of body that is read here", "Send application/json.")
    INVALID = (
        "invalid",
        422,
        "A value is not as expected",
        "See `errors`: each names a field, and says what is wrong.",
    )
    KEY_REUSED = (
        "idempotency-key-reused",
        422,
        "The Idempotency-Key was used for another request",
        "Use a new key for each thing you want done, and the same key only to repeat the same request.",
    )
    RULE = (
        "rule",
        422,
        "A rule of the ledger refuses it",
        "See `detail`: the request is well formed, and not allowed.",
    )
    REVERTED = (
        "reverted",
        422,
        "A contract refuses it",
        "See `error`, the contract's own error with its arguments; docs/rules.md says when it is raised.",
    )
    PRECONDITION_MISSING = ("precondition-required", 428, "If-Match is missing", "Send the ETag of what you have read.")
    RATE = ("rate-limited", 429, "Too many requests", "Wait for the seconds in Retry-After.")
    INTERNAL = (
        "internal",
        500,
        "The ledger has failed",
        "Nothing is half done. Repeat the request with the same Idempotency-Key; tell the operator its number.",
    )
    CHAIN = (
        "chain-unavailable",
        503,
        "The chain does not answer",
        "Repeat the request with the same Idempotency-Key: what was begun is done once.",
    )
    STORE = (
        "store-unavailable",
        503,
        "The database does not answer",
        "Repeat the request with the same Idempotency-Key.",
    )

    def __init__(self, slug: str, status: int, title: str, advice: str) -> None:
        self.slug, self.status, self.title, self.advice = slug, status, title, advice

    @property
    def type(self) -> str:
        """The address of the page about it, relative to the service."""
        return f"/problems/{self.slug}"

    def document(self, detail: str, **members: Any) -> dict[str, Any]:
        """The problem; members that are None are left out."""
        known = {"type": self.type, "title": self.title, "status": self.status, "detail": detail}
        return known | {name: value for name, value in members.items() if value is not None}


class Problem(HTTPException):
    """An answer that is a problem. ``headers`` go with it."""

    def __init__(self, kind: Kind, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(kind.status, detail, dict(headers or {}))
        self.kind = kind
        self.document = kind.document(detail, **members)


def kind_of(error: LedgerError) -> Kind:
    """What kind of problem an error of the ledger is."""
    if isinstance(error, Reverted):
        return Kind.REVERTED
    if isinstance(error, RuleError):
        return Kind.RULE
    if isinstance(error, InputError):
        return Kind.NOT_FOUND if isinstance(error, Unknown) else Kind.INVALID
    if isinstance(error, StoreError):
        return Kind.STORE
    return Kind.CHAIN if isinstance(error, ChainError) else Kind.INTERNAL


def document_of(error: LedgerError) -> dict[str, Any]:
    """An error of the ledger as a problem."""
    members: dict[str, Any] = {"hint": error.hint}
    if isinstance(error, InputError | RuleError):
        place = {"file": error.file, "line": error.line, "field": error.field}
        found = {**place, "expected": error.expected, "found": error.found}
        if any(value is not None for value in found.values()):
            one = {"message": error.message, **{name: value for name, value in found.items() if value is not None}}
            members["errors"] = [one]
    if isinstance(error, Reverted):
        members["error"] = {
            "name": error.name,
            "arguments": {key: as_json(value) for key, value in error.arguments.items()},
        }
    return kind_of(error).document(error.message, **members)


def response_of(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer that a problem is."""
    return JSONResponse(dict(document), HTTPStatus(document["status"]), dict(headers or {}), media_type=MEDIA_TYPE)
