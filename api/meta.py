"""What needs nobody to be signed in: whether it runs, and what problems there are."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import PUBLIC
from api.service import Asked
from api.values import Document

__all__ = ["router"]

router = routes_of("service", "")


class Health(Document):
    """That the service answers."""

    status: str = Field(description="`ok`.", examples=["ok"])


class Explained(Document):
    """A kind of problem."""

    type: str = Field(description="What `type` of such a problem is.", examples=["/problems/not-found"])
    title: str
    status: int
    advice: str = Field(description="What to do about it.")


@router.get("/health", openapi_extra=PUBLIC)
def get_health(service: Asked) -> Health:
    """Whether the service answers, and its database. `crt work` says more, with figures."""
    with service.reading():
        return Health(status="ok")


@router.get("/problems", openapi_extra=PUBLIC)
def list_problems() -> list[Explained]:
    """All kinds of problems that an answer may be."""
    return [_explained(kind) for kind in Kind]


@router.get("/problems/{name}", openapi_extra=PUBLIC)
def get_problem(name: Annotated[str, Path(max_length=64)]) -> Explained:
    """One kind of problem."""
    for kind in Kind:
        if kind.slug == name:
            return _explained(kind)
    raise Problem(Kind.NOT_FOUND, "there is no such kind of problem")


def _explained(kind: Kind) -> Explained:
    return Explained(type=kind.type, title=kind.title, status=kind.status, advice=kind.advice)
