"""The OpenAPI document, complete: who may ask, and every problem that may be answered, of every route."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.problems import MEDIA_TYPE, Kind
from api.security import access_of
from ledger.services.access import Access

__all__ = ["allowed", "complete", "problems_of", "routes"]

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What is wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "The kind of problem: a page of this service explains it."},
        "title": {"type": "string", "description": "The kind in words."},
        "status": {"type": "integer", "description": "The status of the answer."},
        "detail": {"type": "string", "description": "What is wrong this time."},
        "hint": {"type": "string", "description": "What to do next."},
        "errors": {
            "type": "array",
            "description": "The values that are not as expected.",
            "items": {
                "type": "object",
                "required": ["message"],
                "properties": {
                    "file": {"type": "string", "description": "In which file of the request."},
                    "line": {"type": "integer", "description": "In which line of that file, from 1."},
                    "field": {"type": "string", "description": "Where, as a path with dots."},
                    "in": {"type": "string", "description": "`body`, `path`, `query` or `header`."},
                    "message": {"type": "string"},
                    "expected": {"type": "string"},
                    "found": {"type": "string"},
                },
            },
        },
        "error": {
            "type": "object",
            "description": "What a contract refused: its own error.",
            "required": ["name", "arguments"],
            "properties": {
                "name": {"type": "string", "examples": ["NotEligible"]},
                "arguments": {"type": "object", "additionalProperties": True},
            },
        },
    },
}


def routes(app: FastAPI) -> list[APIRoute]:
    """All that can be asked for."""
    found: list[APIRoute] = app.state.routes
    return found


def allowed(route: APIRoute) -> tuple[Access, ...] | None:
    """Who may ask; None if nobody is asked who they are. Raises ValueError for a route that does not say."""
    found = list(_allowed(route.dependant))
    public = "public" in (route.openapi_extra or {}).get("x-access", ())
    if len(found) != (0 if public else 1):
        raise ValueError(f"{route.path} does not say who may ask, or says it twice")
    return found[0] if found else None


def _allowed(dependant: Dependant) -> Iterator[tuple[Access, ...]]:
    for one in dependant.dependencies:
        found = access_of(one.call) if one.call is not None else None
        if found is not None:
            yield found
        yield from _allowed(one)


def problems_of(route: APIRoute) -> list[Kind]:
    """What may be answered instead of what was asked for."""
    kinds = [Kind.MALFORMED, Kind.INVALID, Kind.RATE, Kind.INTERNAL, Kind.STORE, Kind.CHAIN]
    if allowed(route) is not None:
        kinds += [Kind.UNAUTHENTICATED, Kind.FORBIDDEN]
    if route.dependant.path_params:
        kinds += [Kind.NOT_FOUND]
    if route.body_field is not None:
        kinds += [Kind.SLOW, Kind.TOO_LARGE, Kind.MEDIA]
    if "x-command" in (route.openapi_extra or {}):
        kinds += [Kind.KEY_MISSING, Kind.CONFLICT, Kind.KEY_REUSED]
    if "x-if-match" in (route.openapi_extra or {}):
        kinds += [Kind.PRECONDITION, Kind.PRECONDITION_MISSING]
    return kinds


def complete(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Serve these routers, and have the document say all this of them."""
    app.state.routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    app.router.routes.extend(app.state.routes)  # FastAPI's own way, include_router, looks for a route twice as slowly
    original = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        made = original()
        parts = made.setdefault("components", {})
        parts["securitySchemes"] = {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key of an operator, or what signing in with a wallet gave.",
            }
        }
        schemas = parts.setdefault("schemas", {})
        schemas["Problem"] = _PROBLEM
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for route in routes(app):
            if not route.include_in_schema:
                continue
            who = allowed(route)
            for method in route.methods or ():
                one = made["paths"][route.path_format][method.lower()]
                one["x-access"] = ["public"] if who is None else list(who)
                one["security"] = [] if who is None else [{"bearer": []}]
                one["responses"] = _without_422(one["responses"]) | _answers(problems_of(route))
        return made

    app.openapi = document  # type: ignore[method-assign]


def _without_422(responses: dict[str, Any]) -> dict[str, Any]:
    return {status: one for status, one in responses.items() if status != "422"}


def _answers(kinds: list[Kind]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in sorted(kinds, key=lambda one: one.status):
        status = str(kind.status)
        text = f"`{kind.type}`: {kind.title.lower()}."
        if status in found:
            found[status]["description"] += f" {text}"
        else:
            content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
            found[status] = {"description": text, "content": content}
    return found
