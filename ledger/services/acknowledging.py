"""Saying of a transaction that no operation wanted that somebody knows of it (docs/operations.md)."""

from __future__ import annotations

from ledger.chain.primitives import address_bytes, checksum
from ledger.errors import InputError
from ledger.services.audit import somebody
from ledger.store import unknown
from ledger.store.database import Database
from ledger.store.unknown import Acknowledged, Unwanted

__all__ = ["Acknowledged", "acknowledge"]

_LONGEST = 500


def acknowledge(
    database: Database, account: str, nonce: int, reason: str, *, who: str | None = None
) -> tuple[Unwanted, Acknowledged]:
    """The transaction with this nonce of an account is known to ``who``, by default whoever is logged in, and
    ``reason`` says why nothing is left to do. From now on it is no difference, and not counted among the unknown.

    Raises InputError if there is no such transaction, an operation wanted it, or it is acknowledged already.
    """
    address, text = checksum(address_bytes(account)), reason.strip()
    if not text or len(text) > _LONGEST or not text.isprintable():
        found = f"{len(text)} characters" if text.isprintable() else "characters that are not printable"
        raise InputError("not a reason", field="--reason", expected=f"1 to {_LONGEST} characters", found=found)
    with database.write() as connection:
        said = Acknowledged(who or somebody(), database.now(connection), text)
        found_one = unknown.find(connection, address, nonce)
        if found_one is None:
            raise InputError(
                "there is nothing to acknowledge",
                field="NONCE",
                expected=f"a transaction of {address} that no operation wanted",
                found=f"nonce {nonce}",
                hint="crt reconcile lists those that there are",
            )
        if not unknown.acknowledge(connection, found_one.id, said):
            before = found_one.acknowledged
            raise InputError(
                "the transaction is acknowledged already",
                field="NONCE",
                expected="one that nobody has acknowledged",
                found=f"nonce {nonce}" if before is None else f"by {before.who}: {before.why}",
            )
    return found_one, said
