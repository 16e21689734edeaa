"""Writes: what was asked for is kept, and then done; whoever asks twice for the same thing has it done once.

A command is a function of the ledger, a key, and what the request says. It is registered by :func:`write`, which makes
a route of it. The key that it gets is the same each time it is begun, also after a crash and in another process, so
that what it does on the chain is done once (``ledger.services.commands``).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar, get_type_hints

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, TypeAdapter, create_model
from sqlalchemy import Connection

from api.operations import PRIVATE, Operation, operation_of
from api.previews import Prepared, Preview, prepared, previewed
from api.problems import Kind, Problem
from api.security import allow
from api.service import Asked, Service
from ledger.errors import InputError
from ledger.services import commands
from ledger.services.access import OPERATORS, Access, Principal
from ledger.services.commands import KeyReused
from ledger.services.ledger import Ledger
from ledger.services.prepare import prepare
from ledger.services.preview import preview
from ledger.services.roles import Role

__all__ = ["COMMANDS", "Command", "at_once", "run", "sign", "write"]

F = TypeVar("F", bound=Callable[..., Any])

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEY_TEXT = (
    "A value of your own, 1 to 255 visible ASCII characters, new for each thing you want done: a UUID. The same again "
    "with the same request gives the first answer again, for good."
)


_KEY_HINT = "send a UUID that is new for each thing you want done, and the same again to repeat it"
_DRY = "dry-run"
_DRY_ANSWER = "With `dryRun`: what it would do."
_DRY_TEXT = (
    "Only show what it would do: events, and changes of balances. Nothing is done; no Idempotency-Key is needed."
)


@dataclass(frozen=True, slots=True)
class Command:
    """``run`` takes a ledger, a key and what is in ``arguments``; ``result`` writes what it returns. ``roles``
    are those whose accounts do it on the chain."""

    name: str
    access: tuple[Access, ...]
    roles: tuple[Role, ...]
    run: Callable[..., Any]
    arguments: type[BaseModel]
    result: TypeAdapter[Any]


COMMANDS: dict[str, Command] = {}
"""All that can be asked for, by name."""


Check: TypeAlias = "Callable[..., None]"
"""Looks at a request before it is accepted, with the service, who asks, and what the command gets."""


def write(
    router: APIRouter,
    path: str,
    *access: Access,
    method: str = "POST",
    check: Check | None = None,
    roles: Sequence[Role] | None = None,
    tries: bool = True,
) -> Callable[[F], F]:
    """Make a route of a function ``(ledger, key, ...)``: of its other parameters those that are in ``path`` are read
    from there, and ``body`` from the body. What it returns is the operation's result. What ``check`` raises is answered
    at once, and nothing is accepted, unless it was before; so it is if this process is to do it and has no key for one
    of ``roles``: the role of ``access``, or the servicer, who sends for others, by default. ``tries``: it can be tried
    out (``dryRun``)."""

    def register(function: F) -> F:
        acts = roles if roles is not None else [access[0].role if len(access) == 1 else Role.SERVICER]
        command, given, result = _read(function, access, ("ledger", "key"), acts)
        COMMANDS[command.name] = command
        router.add_api_route(
            path,
            _endpoint(command, given, check, tries),
            methods=[method],
            status_code=202,
            response_model=Operation[result],  # type: ignore[valid-type]
            responses={200: {"model": Preview[result], "description": _DRY_ANSWER}} if tries else None,  # type: ignore[valid-type]
            description=inspect.getdoc(function),
            name=command.name,
            operation_id=command.name,
            openapi_extra={"x-command": command.name},
        )
        return function

    return register


def at_once(router: APIRouter, path: str, *access: Access, status: int = 200) -> Callable[[F], F]:
    """Make a route of a function ``(service, connection, who, ...)`` that writes into the database alone, within the
    transaction of ``connection``: what it returns is the answer. It is an operation too, done when it is accepted.

    What it calls ``secret`` is in the first answer only, and is not kept.
    """

    def register(function: F) -> F:
        command, given, result = _read(function, access, ("service", "connection", "who"))
        PRIVATE[command.name] = access

        def endpoint(service: Service, who: Principal, idempotency_key: str | None, **values: Any) -> Any:
            made: list[BaseModel] = []

            def do(connection: Connection) -> Any:
                made.append(function(service, connection, who, **values))
                without = {"secret": None} if "secret" in type(made[0]).model_fields else {}
                return made[0].model_copy(update=without).model_dump(mode="json", by_alias=True)

            key, arguments = _checked(idempotency_key), command.arguments(**values).model_dump(mode="json")
            with _alone(service, who, key):
                stored = commands.at_once(service.ledger.database, who.id, key, command.name, arguments, do)
            service.forget_principals()
            return made[0] if made else command.result.validate_python(stored.result)

        asked: dict[str, Any] = {
            "service": Asked,
            "who": Annotated[Principal, allow(*access)],
            "idempotency_key": Annotated[str | None, Header(description=_KEY_TEXT)],
        }
        _shape(endpoint, asked | given, {"idempotency_key": None})
        router.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            status_code=status,
            response_model=result,
            description=inspect.getdoc(function),
            name=command.name,
            operation_id=command.name,
            openapi_extra={"x-command": command.name},
        )
        return function

    return register


def sign(router: APIRouter, path: str) -> Callable[[F], F]:
    """Make a route of a function ``(ledger, wallet, ...)`` that holders do themselves: it is rehearsed as done by the
    wallet that has signed in, and the answer is what that has to sign. Parameters are as those of :func:`write`."""

    def register(function: F) -> F:
        _, given, result = _read(function, (Access.HOLDER,), ("ledger", "wallet"))

        def endpoint(service: Service, who: Principal, **values: Any) -> Any:
            assert who.wallet is not None
            service.limits.preview(who)
            wallet = who.wallet
            return prepared(prepare(service.ledger, wallet, lambda ledger: function(ledger, wallet, **values)))

        asked = {"service": Asked, "who": Annotated[Principal, allow(Access.HOLDER)]}
        _shape(endpoint, asked | given, {})
        router.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            response_model=Prepared[result],  # type: ignore[valid-type]
            description=inspect.getdoc(function),
            name=function.__name__,
            operation_id=function.__name__,
        )
        return function

    return register


def run(ledger: Ledger, stored: commands.Command) -> Any:
    """Do a command that was kept. Raises what it raises; InputError for one that is not known any more."""
    command = COMMANDS.get(stored.name)
    if command is None:
        raise InputError("there is no such command here", field="command", found=stored.name)
    arguments = command.arguments.model_validate(stored.arguments)
    values = {name: getattr(arguments, name) for name in command.arguments.model_fields}
    return command.result.dump_python(command.run(ledger, stored.id, **values), mode="json", by_alias=True)


def _read(
    function: Callable[..., Any], access: tuple[Access, ...], besides: Sequence[str], roles: Sequence[Role] = ()
) -> tuple[Command, dict[str, Any], Any]:
    """A function as a command, those of its parameters that a request gives (all ``besides`` these), and what kind it
    returns."""
    hints = get_type_hints(function, include_extras=True)
    given = {name: hints[name] for name in inspect.signature(function).parameters if name not in besides}
    fields: dict[str, Any] = {name: (kind, ...) for name, kind in given.items()}
    model = create_model(f"{function.__name__}_arguments", **fields)
    result = hints["return"]
    return Command(function.__name__, access, tuple(roles), function, model, TypeAdapter(result)), given, result


@contextmanager
def _alone(service: Service, who: Principal, key: str) -> Iterator[None]:
    """One request of a key at a time. Raises the problems that there is another one, or was one for something else."""
    with service.alone(who.id, key) as free:
        if not free:
            raise Problem(
                Kind.CONFLICT, "a request with this Idempotency-Key is under way", headers={"Retry-After": "1"}
            )
        try:
            yield
        except KeyReused as error:
            raise Problem(Kind.KEY_REUSED, error.message) from error


def _endpoint(command: Command, given: dict[str, Any], check: Check | None, tries: bool) -> Callable[..., Any]:
    def endpoint(
        service: Service,
        response: Response,
        who: Principal,
        idempotency_key: str | None,
        dry_run: bool = False,
        **values: Any,
    ) -> Any:
        if service.runner is not None:
            _check_roles(service.ledger, command)
        # What a check asks for may have changed since it was accepted, by what was accepted.
        if check is not None and (dry_run or idempotency_key is None or not _known(service, who, idempotency_key)):
            check(service, who, **values)
        if dry_run:
            service.limits.preview(who)
            shown = previewed(preview(service.ledger, lambda ledger: command.run(ledger, _DRY, **values)))
            return JSONResponse(shown.model_dump(mode="json", by_alias=True))
        key = _checked(idempotency_key)
        arguments = command.arguments(**values).model_dump(mode="json")
        with _alone(service, who, key):
            if Role.SERVICER in command.roles and not who.may(*OPERATORS) and not _known(service, who, key):
                service.limits.paid(who)
            stored = commands.accept(service.ledger.database, who.id, key, command.name, arguments)
        service.wake()
        response.headers["Location"] = f"/v1/operations/{stored.id}"
        return operation_of(stored, who)

    asked: dict[str, Any] = {
        "service": Asked,
        "response": Response,
        "who": Annotated[Principal, allow(*command.access)],
        "dry_run": Annotated[bool, Query(alias="dryRun", description=_DRY_TEXT)],
        "idempotency_key": Annotated[str | None, Header(description=_KEY_TEXT)],
    }
    missing = {"idempotency_key": None, "dry_run": False}  # the absence of a key has an answer of its own
    if not tries:
        del asked["dry_run"]
    _shape(endpoint, asked | given, missing)
    return endpoint


def _check_roles(ledger: Ledger, command: Command) -> None:
    missing = [role.name.lower() for role in command.roles if role not in ledger.keys]
    if missing:
        raise Problem(Kind.NO_ACCOUNT, f"this service has no key of an account for: {', '.join(missing)}")


def _known(service: Service, who: Principal, key: str) -> bool:
    with service.reading() as connection:
        return commands.known(connection, who.id, key) is not None


def _shape(endpoint: Callable[..., Any], kinds: dict[str, Any], missing: dict[str, Any]) -> None:
    """Have FastAPI see these parameters."""
    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=missing.get(name, inspect.Parameter.empty)
        )
        for name, kind in kinds.items()
    ]
    endpoint.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    endpoint.__annotations__ = {}


def _checked(key: str | None) -> str:
    if key is None:
        raise Problem(Kind.KEY_MISSING, "there is no header Idempotency-Key", hint=_KEY_HINT)
    if not _KEY.fullmatch(key):
        wrong = {
            "field": "Idempotency-Key",
            "in": "header",
            "message": "not a key",
            "expected": "1 to 255 visible ASCII characters",
            "found": f"{len(key)} characters",
        }
        raise Problem(Kind.INVALID, "the Idempotency-Key is none", errors=[wrong], hint=_KEY_HINT)
    return key
