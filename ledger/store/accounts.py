"""Accounts that send: who may use them now, and their next nonce.

One process at a time holds an account, by a lease that it renews. Each new holder gets a higher token, and whoever
writes shows theirs (:func:`fence`): a holder that slept through the end of its lease writes nothing any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from ledger.store.sql import insert_new, pieces
from ledger.store.tables import accounts

__all__ = ["AccountState", "Fenced", "Lease", "fence", "halt", "hold", "lease", "release", "set_next_nonce", "state"]


class Fenced(Exception):
    """Somebody else holds the account now: what was to be written is not."""


@dataclass(frozen=True, slots=True)
class AccountState:
    """``next_nonce`` is None until it was asked of the chain; ``halted`` says why nothing is sent, if so."""

    address: str
    next_nonce: int | None
    halted: str | None


class Lease(NamedTuple):
    """The token of who has an account now, and who had it before; None if nobody had."""

    token: int
    before: str | None


def lease(
    connection: Connection, address: str, owner: str, now: int, until: int, has_ended: Callable[[str], bool]
) -> Lease | None:
    """Take an account, or keep it, up to a time (milliseconds since 1970). Returns None while another holder has it,
    unless that one ``has_ended``.

    A lease that lasts twice as long as the one that is asked for is of a time before the clock was put back, and is
    none: its holder finds out by the token, should it still be there.
    """
    insert_new(connection, accounts, [{"address": address}])
    asked = select(accounts.c.lease_owner, accounts.c.lease_until, accounts.c.lease_token)
    held = connection.execute(asked.where(accounts.c.address == address).with_for_update()).one()
    lasts = now < held.lease_until <= until + (until - now)
    ours = held.lease_owner == owner and lasts
    if not ours and lasts and not has_ended(held.lease_owner):
        return None
    token = int(held.lease_token) + (0 if ours else 1)
    values = {"lease_owner": owner, "lease_until": until, "lease_token": token}
    connection.execute(update(accounts).where(accounts.c.address == address).values(values))
    return Lease(token, held.lease_owner)


def release(connection: Connection, address: str, token: int) -> None:
    """Give an account back before its time, unless another has it."""
    mine = (accounts.c.address == address) & (accounts.c.lease_token == token)
    connection.execute(update(accounts).where(mine).values(lease_until=0))


def fence(connection: Connection, address: str, token: int) -> AccountState:
    """The account, which nobody else takes until this database transaction ends. Raises :class:`Fenced`."""
    row = connection.execute(
        select(accounts.c.address, accounts.c.next_nonce, accounts.c.halted)
        .where(accounts.c.address == address, accounts.c.lease_token == token)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise Fenced(address)
    return AccountState(*row)


def hold(connection: Connection, addresses: Iterable[str]) -> None:
    """Nobody else writes anything about these accounts until this database transaction ends. All take them in one
    order, so that no two wait for each other."""
    if connection.dialect.name == "sqlite":
        return  # there, writers come one after the other
    wanted = sorted(addresses)
    insert_new(connection, accounts, [{"address": address} for address in wanted])
    for some in pieces(wanted):
        asked = select(accounts.c.address).where(accounts.c.address.in_(some))
        connection.execute(asked.order_by(accounts.c.address.collate("C")).with_for_update())


def state(connection: Connection, address: str) -> AccountState:
    """The account as it is now; one that was never used has no nonce."""
    wanted = select(accounts.c.address, accounts.c.next_nonce, accounts.c.halted).where(accounts.c.address == address)
    row = connection.execute(wanted).one_or_none()
    return AccountState(address, None, None) if row is None else AccountState(*row)


def set_next_nonce(connection: Connection, address: str, nonce: int) -> None:
    """What is sent next has this nonce."""
    connection.execute(update(accounts).where(accounts.c.address == address).values(next_nonce=nonce))


def halt(connection: Connection, address: str, reason: str | None) -> None:
    """Nothing new is sent for an account while there is a reason; None lets it go on."""
    connection.execute(update(accounts).where(accounts.c.address == address).values(halted=reason))
