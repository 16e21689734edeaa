"""Reading requests strictly: what could be understood in two ways is refused. Documents are answered as they are."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Coroutine, Iterator
from functools import wraps
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams

from api.problems import Kind, Problem
from api.values import Document

__all__ = ["invalid", "routes_of"]


def routes_of(tag: str, prefix: str = "/v1") -> APIRouter:
    """A router whose requests are read strictly; ``tag`` is the heading in the document."""
    return APIRouter(
        prefix=prefix, tags=[tag], route_class=_StrictRoute, generate_unique_id_function=lambda route: route.name
    )


class _StrictRoute(APIRoute):
    """A route that knows all names in its query, each once, and whose bodies are JSON to the letter (RFC 8259), with no
    name twice in an object, and not too deep."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, self._answering(endpoint), **more)

    def _answering(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        """The same, with a document written where it was made. FastAPI would check it in another thread first, as if
        somebody else had made it."""
        if inspect.iscoroutinefunction(endpoint) or inspect.isasyncgenfunction(endpoint):
            return endpoint

        @wraps(endpoint)
        def answer(**values: Any) -> Any:
            found = endpoint(**values)
            if not isinstance(found, Document):
                return found
            body = type(found).__pydantic_serializer__.to_json(found, by_alias=True)
            made = Response(body, self.status_code or 200, media_type="application/json")
            name = self.dependant.response_param_name
            if name is not None:  # what the endpoint has put there, and FastAPI gives to documents alone
                made.headers.update(values[name].headers)
            return made

        return answer

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See FastAPI."""
        original = super().get_route_handler()
        known = set(_names(self.dependant))
        public = "public" in (self.openapi_extra or {}).get("x-access", ())

        async def handle(request: Request) -> Response:
            if public or request.state.principal is not None:  # others are told first that nobody is signed in
                _check_query(request.query_params, known)
            if self.body_field is not None:
                _check_kind(request.headers.get("content-type", ""))
            return await original(_StrictRequest(request.scope, request.receive))

        return handle


class _StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_read"):
            self._read = _parsed(await self.body())
        return self._read


def invalid(error: RequestValidationError) -> dict[str, Any]:
    """What is wrong with the values of a request. What was found is not repeated: it may be a secret."""
    found = [_one(one) for one in error.errors()]
    names = ", ".join(sorted({one["field"] for one in found}))
    return Kind.INVALID.document(f"not as expected: {names}", errors=found)


def _one(error: Any) -> dict[str, str]:
    place = [str(part) for part in error["loc"]]
    shown = place[1:] or place
    message = str(error["msg"]).removeprefix("Value error, ")
    return {"field": ".".join(shown), "in": place[0] if place else "body", "message": message}


def _names(dependant: Dependant) -> Iterator[str]:
    """Of a query, for the route itself and what it depends on."""
    yield from (one.alias for one in dependant.query_params)
    for one in dependant.dependencies:
        yield from _names(one)


def _check_query(given: QueryParams, known: set[str]) -> None:
    names = [name for name, _ in given.multi_items()]
    wrong = [name for name in dict.fromkeys(names) if name not in known or names.count(name) > 1]
    if wrong:
        told = {name: "it is there twice" if name in known else "no such name is known here" for name in wrong[:10]}
        errors = [{"field": ascii(name)[1:-1][:60], "in": "query", "message": text} for name, text in told.items()]
        raise Problem(Kind.INVALID, "the query has names that are not known here, or are there twice", errors=errors)


def _check_kind(given: str) -> None:
    kind, _, rest = given.partition(";")
    if kind.strip().lower() != "application/json" or rest.strip().lower() not in (
        "",
        "charset=utf-8",
        'charset="utf-8"',
    ):
        raise Problem(Kind.MEDIA, f"the body is {ascii(given)[:80] if given else 'of no kind'}, not application/json")


def _parsed(body: bytes) -> Any:
    try:
        # The standard library's reader goes as deep as the body does, until the process dies: this one does not.
        orjson.loads(body)
        return json.loads(body, object_pairs_hook=_object)
    except orjson.JSONDecodeError as error:
        words = f"{error.msg} in line {error.lineno}, column {error.colno}"  # names a place, never what is there
    except ValueError as error:
        words = str(error)
    raise Problem(Kind.MALFORMED, f"the body is not JSON: {words}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice in an object")
    return found
