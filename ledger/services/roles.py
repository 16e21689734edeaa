"""Who may do what: the roles of the authority, and the functions that each of them opens.

One table for deployment, documents and tests. A function that is not named here is the admin's alone. ``admin`` is the
AccessManager's own role 0: it hands out the others, and belongs to a multi-signature wallet with a delay wherever
money is real.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

__all__ = ["OUTSIDE", "PER_SPV", "SHARED", "Role"]


class Role(IntEnum):
    """A role by the id that the AccessManager knows it by."""

    ADMIN = 0
    ADMINISTRATOR = 1
    SERVICER = 2
    COMPLIANCE = 3
    GUARDIAN = 4
    FACTORY = 5
    DISTRICT = 6
    UNIVERSITY = 7


SHARED: Final[dict[str, dict[Role, tuple[str, ...]]]] = {
    "ComputeReceipt": {
        Role.FACTORY: ("openSeries",),
        Role.COMPLIANCE: ("setStanding", "setHolderFrozen", "setReceiptFrozen", "forcedTransfer", "setRequirement"),
        Role.GUARDIAN: ("pause",),
        Role.ADMINISTRATOR: ("unpause",),
    },
    "SpvFactory": {Role.ADMINISTRATOR: ("create", "register", "offer")},
    "SettlementCash": {Role.ADMINISTRATOR: ("mint",)},
    "Vouchers": {Role.DISTRICT: ("open",)},
    "Claims": {Role.UNIVERSITY: ("proposeRecovery",), Role.GUARDIAN: ("stop", "annulAttestation")},
}

PER_SPV: Final[dict[Role, tuple[str, ...]]] = {
    Role.ADMINISTRATOR: ("activate", "cancel"),
    Role.SERVICER: ("collect", "fixRecord", "fund"),
}

OUTSIDE: Final[frozenset[Role]] = frozenset({Role.FACTORY, Role.DISTRICT, Role.UNIVERSITY})
"""Roles that the operator account does not have: of a contract, and of other institutions, who act for themselves."""
