"""What a contract's refusal means to whoever typed the command, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledger.cli.draw.words import STATES
from ledger.cli.meanings import MEANING
from ledger.cli.output import moment, printable
from ledger.domain.daycount import date_of
from ledger.errors import Reverted
from ledger.services.roles import PER_SPV, SHARED, Role

__all__ = ["explained", "grant_hint"]

_TIMES: Final = ("deadline", "from", "expiry")
_LAST: Final = 253_402_300_799  # the last second of the year 9999
_DAYS: Final = ("today", "day", "dueDay", "recordDay")

_ROLES: Final[Mapping[str, str]] = {
    # name of the error: the argument that names who lacks a role
    "Unauthorized": "caller",
    "KeyNotAllowed": "key",
    "NotUniversity": "account",
}


def explained(error: Reverted, authority: str, *, local: bool) -> Reverted:
    """The same refusal in a sentence, if it is one of those that are expected. ``authority`` is the contract that
    knows the roles; a ``local`` chain has an account for each."""
    if error.name in _ROLES:
        return _without_role(error, authority, local)
    found = MEANING.get(f"{error.name}({', '.join(error.arguments)})") or MEANING.get(error.name)
    if found is None:
        return error
    arguments = {name: _shown(name, value) for name, value in error.arguments.items()}
    sentence, hint = found
    try:
        return _said(error, sentence.format(**arguments), hint.format(**arguments))
    except KeyError:  # another contract's error of the same name
        return error


def _shown(name: str, value: object) -> str:
    """An argument for people. Over HTTP, integers come as their digits."""
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(number, int) and not isinstance(number, bool):
        if name in _TIMES:
            return moment(min(number, _LAST))
        if name in _DAYS and number <= _LAST // 86_400:
            return str(date_of(number))
        if name == "state" and number < len(STATES):
            return STATES[number]
    return printable(str(value))


def grant_hint(role: Role, account: str, authority: str, *, local: bool) -> str:
    """Who can give a role to an account, and how."""
    there = f"; this local chain has an account with it: --as {role.name.lower()}" if local else ""
    return f"the admin grants it: grantRole({int(role)}, {account}, 0) of the AccessManager {authority}{there}"


def _without_role(error: Reverted, authority: str, local: bool) -> Reverted:
    account, selector = error.arguments.get(_ROLES[error.name]), error.arguments.get("selector")
    digits = selector.hex() if isinstance(selector, bytes) else str(selector).removeprefix("0x")  # text: over HTTP
    found = (Role.UNIVERSITY, "") if error.name == "NotUniversity" else _roles().get(digits)
    if found is None or not isinstance(account, str):
        return error
    role, function = found
    sentence = f"{account} does not have the role {role.name.lower()}"
    sentence += f", which {function} needs" if function else ""
    return _said(error, sentence, grant_hint(role, account, authority, local=local))


def _roles() -> dict[str, tuple[Role, str]]:
    """The role that a function needs, and its name, by its selector's digits."""
    from ledger.chain.artifacts import Contract

    tables = {**SHARED, "Spv": PER_SPV}
    return {
        Contract(contract).function(name).selector.hex(): (role, f"{contract}.{name}")
        for contract, table in tables.items()
        for role, names in table.items()
        for name in names
    }


def _said(error: Reverted, sentence: str, hint: str | None) -> Reverted:
    made = type(error)(error.name, error.arguments, hint=hint)
    made.message = f"{sentence} ({error.name})"
    return made
