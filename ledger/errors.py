"""Every error that the ledger raises, in one tree.

    LedgerError                      exit code 1
    ├── InputError                   2   a file, field or argument from outside is not as expected
    │   └── Unknown                  2   what is named is not there
    ├── RuleError                    2   well-formed input that a rule of the series refuses
    ├── ChainError                   1   the node did not do, or not answer, what a node should
    │   ├── Reverted                 3   a contract refused: ``Name(argument=value)``
    │   │   └── WouldRevert          6   a contract would refuse: it was only asked, and nothing was done
    │   ├── Unreachable              1   no answer: what was asked may have happened   (ledger.chain.node)
    │   ├── Refused                  1   the node did not take the transaction         (ledger.chain.node)
    │   ├── BlockNotFound            1   no such block, or no longer                   (ledger.chain.node)
    │   ├── RpcError                 1   any other JSON-RPC error                      (ledger.chain.transport)
    │   └── NetworkMismatch          1   the node is another chain, or was reset, or lacks our contracts
    ├── StoreError                   1   the database did not do what it should: it is full, gone, or held by others
    ├── NotAllowed                   4   a password or a key is wrong, a role is missing, or whoever was to sign said no
    ├── Pending                      5   what was asked for is accepted, and not done yet
    ├── NoAnswer                     1   the HTTP API did not answer, or not as it does; it may have happened
    ├── SignerError                  1   a program that signs did not answer as it should  (ledger.chain.external)
    └── SetupError                   1   the installation lacks something that is needed

Each says what happened, where, what was expected, what was found and what to do next, as far as it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["ChainError", "InputError", "LedgerError", "NetworkMismatch", "NoAnswer", "NotAllowed", "Pending"]
__all__ += ["Reverted", "RuleError", "SetupError", "StoreError", "Unknown", "WouldRevert"]


class LedgerError(Exception):
    """Base of all errors of the ledger.

    ``hint`` says what to do next. ``exit_code`` is what the command line ends with.
    """

    exit_code = 1
    type: str | None = None
    """Of what the HTTP API has answered: the kind of the problem (RFC 9457), as its other members here."""
    status: int | None = None
    errors: Sequence[Mapping[str, Any]] = ()
    """Each value of a request that is not as expected."""
    request_id: str | None = None
    """By which the operator finds it in the log."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n  next: {self.hint}"


class _FoundError(LedgerError):
    """An error that can name the place, what was expected there, and what was found."""

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
        expected: str | None = None,
        found: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.file, self.line, self.field = file, line, field
        self.expected, self.found = expected, found
        super().__init__(message, hint=hint)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        head = f"{place}: {self.message}" if place else self.message
        rows = {"field": self.field, "expected": self.expected, "found": self.found, "next": self.hint}
        return "\n".join([head, *(f"  {name}: {text}" for name, text in rows.items() if text is not None)])


class InputError(_FoundError):
    """A file, field or argument from outside is not as expected."""


class Unknown(InputError):
    """What is named is not there."""


class RuleError(_FoundError):
    """Well-formed input that a rule of the series refuses (advance test, eligibility, over-subscription...)."""


class ChainError(LedgerError):
    """The node could not be reached, or did not answer as a node should."""


def _shown(value: object, plain: Callable[[object], str] = repr) -> str:
    """A value as text, with ``0x`` and hexadecimal digits for bytes, also for those within."""
    if isinstance(value, bytes | bytearray):
        return f"0x{value.hex()}"
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, tuple):
        names = getattr(value, "_fields", None)
        if names is None:
            return f"({', '.join(map(_shown, value))})"
        return f"{type(value).__name__}({', '.join(f'{n}={_shown(v)}' for n, v in zip(names, value, strict=True))})"
    return plain(value)


class Reverted(ChainError):
    """A contract refused the call.

    ``name`` and ``arguments`` are the custom error's (``Error`` and ``reason`` for a plain revert string). Its text
    shows bytes in hexadecimal; ``arguments`` holds them as they are.
    """

    exit_code = 3

    def __init__(self, name: str, arguments: Mapping[str, object] | None = None, *, hint: str | None = None) -> None:
        self.name = name
        self.arguments = dict(arguments or {})
        shown = ", ".join(f"{key}={_shown(value, str)}" for key, value in self.arguments.items())
        super().__init__(f"{name}({shown})", hint=hint)


class WouldRevert(Reverted):
    """A contract would refuse what was only tried out. Nothing was done."""

    exit_code = 6


class NetworkMismatch(ChainError):
    """The node is another chain than the one expected, was reset, or lacks our contracts."""


class StoreError(LedgerError):
    """The database failed. What was written in one piece is stored as a whole or not at all.

    ``detail`` is what the database says.
    """

    def __init__(self, where: str, detail: str) -> None:
        self.detail = detail
        super().__init__(
            f"{where} failed: {detail}",
            hint="see that it runs and has space, and ask again: under the same key it is done once",
        )


class NotAllowed(LedgerError):
    """A password or a key is wrong, a role is missing, or whoever was asked to sign said no. Nothing was done."""

    exit_code = 4


class Pending(LedgerError):
    """What was asked for is accepted, and was not done within the time: it will be, or will fail.

    ``operation`` is its number, None if the service did not come to give it one.
    """

    exit_code = 5

    def __init__(self, message: str, operation: str | None = None, *, hint: str | None = None) -> None:
        self.operation = operation
        super().__init__(message, hint=hint)


class NoAnswer(LedgerError):
    """The HTTP API did not answer, or not as it does: what was asked for may have happened."""


class SetupError(LedgerError):
    """The installation lacks something that is needed."""
