"""Whose account acts, of those that the ledger has keys for."""

from __future__ import annotations

from ledger.errors import RuleError
from ledger.services.ledger import Ledger
from ledger.services.roles import Role

__all__ = ["check_own", "relayer"]


def relayer(ledger: Ledger) -> str:
    """The account that sends and pays for what others have signed. Raises InputError if there is none."""
    return ledger.account(Role.SERVICER)


def check_own(ledger: Ledger, role: Role, account: str, what: str) -> str:
    """The account, if it is the ledger's for a role. Raises RuleError if it is somebody else's: ``what`` says of what,
    as in "the programme's issuer"."""
    own = ledger.account(role)
    if account != own:
        raise RuleError(
            f"{what} is not the {role.name.lower()} of this ledger",
            field="account",
            expected=own,
            found=account,
            hint="whoever has that account sends it themselves",
        )
    return account
