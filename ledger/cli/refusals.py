"""What a contract's refusal means to whoever typed the command, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger.cli.output import moment
from ledger.errors import Reverted
from ledger.services.roles import PER_SPV, SHARED, Role

__all__ = ["explained", "grant_hint"]

_TIMES: Final = ("deadline", "from", "expiry")

_MEANING: Final[Mapping[str, tuple[str, str | None]]] = {
    # name of the error: (what it says of its arguments, what to do next)
    "NotWriter": ("{account} may not write for repository {repo}", "its maintainer does, or lets another account"),
    "WrongNumber": ("somebody appended to the log meanwhile", "do it again"),
    "NotYet": ("block {asOf} is still to come", None),
    "AlreadyBound": ("the contributor is bound already, to person {person}", "see crt contrib person {person}"),
    "WalletTaken": ("{wallet} is or was the wallet of person {person}", "take one that nobody had"),
    "NotSigned": ("the signature is not {account}'s, or of something else", "ask for it anew"),
    "SignatureExpired": ("the signature was good until {deadline}", "ask for it anew"),
    "SignatureInvalid": ("the signature is not {signer}'s", "ask for it anew"),
    "UnknownPerson": ("there is no person {person}", "people are numbered as they are bound: crt contrib bind"),
    "DelayedUniversity": (
        "{account} has its role with a delay of {delay} seconds, which a signature would evade",
        "a university acts without a delay",
    ),
    "FutureDay": ("the day of graduation is still to come", "attest it then; a local chain: crt chain advance DAYS"),
    "AlreadyGraduated": ("person {person} graduated already, for programme {programme}", None),
    "AttestationUsed": ("this attestation was used before", "attest again a second later"),
    "WrongWallet": ("{wallet} is not the wallet of person {person} any more", "the university attests it anew"),
    "NotPublisher": ("{caller} is not the publisher of programme {programme}", "see crt voucher show {programme}"),
    "ProposalOpen": (
        "programme {programme} has a root that can still be challenged, until {from}",
        "publish the next one after that",
    ),
    "EmptyRoot": ("there is nothing to count", "anchor the logs, and bind contributors to wallets"),
    "NoRoot": ("programme {programme} has no root to claim by", "its publisher proposes one: crt contrib publish"),
    "UnknownProgramme": ("there is no programme {programme}", "open one: crt voucher open"),
    "Expired": ("programme {programme} ended on {expiry}", "return what is left: crt voucher close {programme}"),
    "NotExpired": ("programme {programme} lasts until {expiry}", "close it after that"),
    "NotIssuer": ("{caller} did not open programme {programme}", "see crt voucher show {programme}"),
    "NotAccepted": ("programme {programme} does not accept provider {provider}", None),
    "AlreadyInvoiced": ("this invoice of {provider} was paid before", "each invoice is paid once, ever"),
    "NothingToPay": ("there is nothing to pay out", None),
    "NothingGiven": ("nothing is no amount", None),
    "CashMismatch": ("the cash moved {received} units instead of {expected}", "take a token that keeps no fee"),
    "BudgetTooLarge": ("programme {programme}'s budget would be more than can be counted", None),
    "ERC20InsufficientBalance": ("{sender} has {balance} units of the cash, {needed} are needed", None),
    "ERC20InsufficientAllowance": ("{spender} may not take that much cash", None),
    "ERC1155InsufficientBalance": (
        "{sender} has {balance} vouchers of programme {tokenId}, not {needed}",
        "see crt voucher show {tokenId} --holder {sender}",
    ),
    "InvalidTerms": ("the terms make no sense: {field}", None),
}


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
    if error.name not in _MEANING:
        return error
    arguments: dict[str, Any] = {
        name: moment(value) if name in _TIMES and isinstance(value, int) else value
        for name, value in error.arguments.items()
    }
    sentence, hint = _MEANING[error.name]
    try:
        return _said(error, sentence.format(**arguments), hint and hint.format(**arguments))
    except KeyError:  # another contract's error of the same name
        return error


def grant_hint(role: Role, account: str, authority: str, *, local: bool) -> str:
    """Who can give a role to an account, and how."""
    there = f"; this local chain has an account with it: --as {role.name.lower()}" if local else ""
    return f"the admin grants it: grantRole({int(role)}, {account}, 0) of the AccessManager {authority}{there}"


def _without_role(error: Reverted, authority: str, local: bool) -> Reverted:
    account, selector = error.arguments.get(_ROLES[error.name]), error.arguments.get("selector")
    found = (Role.UNIVERSITY, "") if error.name == "NotUniversity" else _roles().get(selector)
    if found is None or not isinstance(account, str):
        return error
    role, function = found
    sentence = f"{account} does not have the role {role.name.lower()}"
    sentence += f", which {function} needs" if function else ""
    return _said(error, sentence, grant_hint(role, account, authority, local=local))


def _roles() -> dict[object, tuple[Role, str]]:
    """The role that a function needs, and its name, by its selector."""
    from ledger.chain.artifacts import Contract

    tables = {**SHARED, "Spv": PER_SPV}
    return {
        Contract(contract).function(name).selector: (role, f"{contract}.{name}")
        for contract, table in tables.items()
        for role, names in table.items()
        for name in names
    }


def _said(error: Reverted, sentence: str, hint: str | None) -> Reverted:
    made = Reverted(error.name, error.arguments, hint=hint)
    made.message = f"{sentence} ({error.name})"
    return made
