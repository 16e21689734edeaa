"""`crt whoami`: which network, and who acts there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import completing
from ledger.cli.context import Context
from ledger.cli.networks import is_real, title
from ledger.cli.output import moment

if TYPE_CHECKING:
    from ledger.services.ledger import Ledger

__all__ = ["whoami"]


@dataclass(frozen=True, slots=True)
class _Account:
    address: str
    roles: list[str]
    coins: int
    """In wei."""
    standing: dict[str, Any] | None
    frozen: bool


def whoami(
    context: Context,
    who: Annotated[
        str | None,
        typer.Option("--as", help="Who: as in other commands, or an address.", autocompletion=completing.accounts),
    ] = None,
) -> None:
    """Show the network, who acts there, its roles, what it may hold, and its coins for gas. Nothing is unlocked.

    Example: crt whoami --as district
    """
    name = who or context.settings.text("as")
    with context.ledger() as ledger:
        chain_id = ledger.deployment.chain_id
        account = None if name is None else _account(ledger, name)
    settings = context.settings
    real = is_real(settings, chain_id)
    document = {
        "network": None if settings.network is None else settings.network.name,
        "place": settings.place,
        "chainId": chain_id,
        "real": real,
        "receipts": ledger.deployment.receipts,
        "as": name,
        "account": None if account is None else _document(account),
    }
    lines = [f"network   {title(settings, chain_id)}{': real' if real else ''}"]
    lines.append(f"receipts  {ledger.deployment.receipts}")
    lines += [f"acts as   {name or 'nobody: --as NAME, or crt config set as NAME'}"]
    context.say("whoami", document, *lines, *([] if account is None else _lines(account)))


def _account(ledger: Ledger, name: str) -> _Account:
    from ledger.cli.accounts import looked_up
    from ledger.services import reading
    from ledger.services.roles import Role

    address = looked_up(ledger, name)
    roles = [role for role in Role if role is not Role.FACTORY]
    answers = ledger.authority.view_many(ledger.node, "hasRole", [(int(role), address) for role in roles])
    held = [role.name.lower() for role, (is_member, _) in zip(roles, answers, strict=True) if is_member]
    with ledger.reading() as connection:
        standing = reading.standing(connection, address)
        freeze = reading.holder_freeze(connection, address)
    found = None if standing is None else _standing(standing)
    return _Account(address, held, ledger.node.balance(address), found, freeze is not None and freeze.frozen)


def _standing(found: Any) -> dict[str, Any]:
    from ledger.domain.investors import JURISDICTIONS, InvestorClass, jurisdiction_bit

    classes = [one.value for one in InvestorClass if found.classes >> one.bit & 1]
    places = [code for code in JURISDICTIONS if found.jurisdictions >> jurisdiction_bit(code) & 1]
    return {"classes": classes, "jurisdictions": places, "validUntil": found.valid_until}


def _document(one: _Account) -> dict[str, Any]:
    return {
        "address": one.address,
        "roles": one.roles,
        "coinsWei": str(one.coins),
        "standing": None if one.standing is None else {**one.standing, "validUntil": _moment(one.standing)},
        "frozen": one.frozen,
    }


def _moment(standing: dict[str, Any]) -> str | None:
    """None for what is beyond all calendars."""
    try:
        return datetime.fromtimestamp(standing["validUntil"], UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None


def _lines(one: _Account) -> list[str]:
    coins = f"{Decimal(one.coins) / 10**18:,.6f}"
    holds = "nobody has said what this account is: it can hold nothing"
    if one.standing is not None:
        until = "for ever" if _moment(one.standing) is None else f"until {moment(one.standing['validUntil'])}"
        kinds = ", ".join(one.standing["classes"]) or "no class"
        holds = f"{kinds} in {', '.join(one.standing['jurisdictions']) or 'no jurisdiction'}, {until}"
    return [
        f"address   {one.address}",
        f"roles     {', '.join(one.roles) or 'none'}",
        f"may hold  {holds}{'; frozen' if one.frozen else ''}",
        f"for gas   {coins} coins",
    ]
