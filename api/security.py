"""Who may do what. Every route says it by :func:`allow` or :data:`PUBLIC`; a test fails for one that does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyio import to_thread
from fastapi import Depends, Request

from api.problems import Kind, Problem
from api.service import Service
from ledger.errors import InputError
from ledger.services.access import OPERATORS, Access, Principal
from ledger.services.audit import refused

__all__ = ["EVERYBODY", "OVERSIGHT", "PUBLIC", "SENDERS", "access_of", "allow", "own_or"]

EVERYBODY = tuple(Access)
"""Whoever is signed in."""

OVERSIGHT = OPERATORS
"""Operators and auditors: they see what is of others."""

SENDERS = tuple(one for one in Access if one is not Access.AUDITOR)
"""Who may have sent what others have signed: whoever may change anything."""

PUBLIC = {"x-access": ["public"]}
"""``openapi_extra`` of a route that asks nobody who they are."""


def allow(*any_of: Access) -> Any:
    """A dependency: whoever asks, who may act as one of these. Else the answer is 401 or 403, and is in the audit
    log."""

    async def who(request: Request) -> Principal:  # a plain function would go to a thread and back
        found: Principal | None = request.state.principal
        if found is None or not found.may(*any_of):
            raise await to_thread.run_sync(_refusal, request, request.app.state.service, found, any_of)
        return found

    who.allowed = any_of  # type: ignore[attr-defined]
    return Depends(who)


def own_or(who: Principal, wallet: str | None) -> str | None:
    """Whose rows are listed: those of a wallet, or of all if none is named; to a holder always its own.

    Raises the problem that it is somebody else's.
    """
    if who.may(*OVERSIGHT):
        return wallet
    if wallet not in (None, who.wallet):
        raise Problem(Kind.FORBIDDEN, "holders see their own only")
    return who.wallet


def access_of(dependency: Callable[..., Any]) -> tuple[Access, ...] | None:
    """Who is allowed by a dependency that :func:`allow` made; None for another."""
    return getattr(dependency, "allowed", None)


def _refusal(request: Request, service: Service, who: Principal | None, any_of: tuple[Access, ...]) -> Problem:
    route = request.scope.get("route")
    what = f"{request.method} {getattr(route, 'path', request.url.path)}"
    needed = ", ".join(any_of)
    members: dict[str, Any] = {}
    if who is None:
        shown = "authorization" in request.headers
        detail = (
            "what was shown is no key and no session, or no longer one" if shown else "no key and no session was shown"
        )
        kind, actor, headers = Kind.UNAUTHENTICATED, "nobody", {"WWW-Authenticate": "Bearer"}
    else:
        detail, roles = f"it takes one of: {needed}", ", ".join(sorted(who.access))
        members["errors"] = [{"field": "role", "message": detail, "expected": needed, "found": roles}]
        kind, actor, headers = Kind.FORBIDDEN, who.id, {}
    refused(service.ledger.database, what, {"needed": needed}, InputError(detail), actor=actor)
    return Problem(kind, detail, headers=headers, **members)
