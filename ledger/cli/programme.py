"""What all commands on a programme share: that it is still open, and how it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.cli.context import Context
from ledger.cli.output import moment, some
from ledger.errors import RuleError

if TYPE_CHECKING:
    from ledger.domain.tokens import Money
    from ledger.services.ledger import Ledger
    from ledger.services.programmes import Programme

__all__ = ["check_open", "say_programme"]


def check_open(ledger: Ledger, number: int) -> Programme:
    """A programme that is not over. Raises RuleError if it is, InputError if there is none."""
    from ledger.services.programmes import programme

    found = programme(ledger, number)
    if ledger.now().timestamp() > found.terms.expiry:
        raise RuleError(
            f"programme {number} is over",
            field="PROGRAMME",
            expected=f"until {moment(found.terms.expiry)}",
            found=moment(int(ledger.now().timestamp())),
            hint=f"return what is left to its issuer: crt voucher close {number}",
        )
    return found


def say_programme(
    context: Context,
    ledger: Ledger,
    found: Programme,
    money: Money,
    holder: str | None = None,
    units: int | None = None,
) -> None:
    """Print a programme, and what a holder has of it."""
    from ledger.services.programmes import providers_of, roots_of

    terms, roots = found.terms, roots_of(ledger, found.number)
    owed = {
        name: money.plain(ledger.vouchers.view(ledger.node, "owed", name, terms.cash))
        for name in providers_of(ledger, found.number)
    }
    document: dict[str, Any] = {
        "programme": found.number,
        "issuer": found.issuer,
        "publisher": terms.publisher,
        "cash": terms.cash,
        "currency": money.code,
        "unitValue": money.plain(terms.unitValue),
        "pointsPerUnit": terms.pointsPerUnit,
        "cap": terms.cap,
        "expiry": terms.expiry,
        "transferable": terms.transferable,
        "policyHash": f"0x{terms.policyHash.hex()}",
        "uri": terms.uri,
        "providers": owed,
        "budget": money.plain(found.cash),
        "held": found.held,
        "spent": found.spent,
        "freeUnits": found.free,
        "activeRoot": roots.active,
        "proposedRoot": roots.proposed,
    }
    if holder is not None:
        document |= {"holder": holder, "units": units}
    limit = f", {terms.cap:,} at most for one person" if terms.cap else ""
    root = f"claimed by root {roots.active}" if roots.active else "no root to claim by yet"
    if roots.proposed:
        until = int(ledger.claims.view(ledger.node, "rootAt", roots.proposed)[5])
        root += f"; root {roots.proposed} can be challenged until {moment(until)}"
    context.say(
        "programme",
        document,
        f"programme {found.number} of {found.issuer}, until {moment(terms.expiry)}",
        f"one voucher: {money.show(terms.unitValue)} for {terms.pointsPerUnit:,} points{limit}",
        f"budget {money.show(found.cash)}; vouchers: {found.held:,} held, {found.spent:,} spent, {found.free:,} free",
        *(f"provider {name}: {amount} {money.code} to get" for name, amount in owed.items()),
        root,
        *([f"{holder} has {some(units, 'voucher')}"] if units is not None else []),
    )
