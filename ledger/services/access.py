"""Who may use the HTTP API: operators by a key, holders by the wallet with which they have signed in.

A key is made with the roles that it may act for, which are those of the chain, and two of the API's own. It is shown
once, and can be rotated and revoked. What is kept of it is a digest: its 256 random bits need no slow one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from ledger.errors import InputError, Unknown
from ledger.services.roles import Role
from ledger.store import access
from ledger.store.database import Database

__all__ = [
    "OPERATORS",
    "Access",
    "Key",
    "Principal",
    "end_session",
    "keys",
    "make_key",
    "open_session",
    "principal_of",
    "revoke_key",
    "rotate_key",
]

_KEY, _SESSION = "crt_key_", "crt_session_"
_ID_BYTES = 6
_MOST_KEYS = 1_000
_LONGEST = timedelta(days=36_525)


class Access(StrEnum):
    """What somebody may act as. The first seven are roles on the chain."""

    ADMIN = "admin"
    ADMINISTRATOR = "administrator"
    SERVICER = "servicer"
    COMPLIANCE = "compliance"
    GUARDIAN = "guardian"
    DISTRICT = "district"
    UNIVERSITY = "university"
    AUDITOR = "auditor"
    """Sees everything and changes nothing."""
    HOLDER = "holder"
    """A wallet that has signed in: sees its own, and signs what it does by itself."""

    @property
    def role(self) -> Role:
        """The role on the chain. Raises KeyError for those that are none."""
        return Role[self.name]


OPERATORS = tuple(one for one in Access if one is not Access.HOLDER)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: ``id`` is ``key:ID`` or ``wallet:ADDRESS``."""

    id: str
    access: frozenset[Access]
    wallet: str | None = None

    def may(self, *any_of: Access) -> bool:
        """Whether it may act as one of these."""
        return not self.access.isdisjoint(any_of)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it stands, without its secret."""

    id: str
    name: str
    access: tuple[Access, ...]
    made_at: datetime
    made_by: str
    expires_at: datetime | None
    revoked_at: datetime | None


def make_key(
    database: Database,
    name: str,
    access_to: Iterable[Access],
    *,
    by: str,
    lasts: timedelta | None = None,
    within: Connection | None = None,
) -> tuple[Key, str]:
    """Another key for operators; returns it, and its secret, which cannot be asked for again.

    ``within``: as :meth:`Database.write <ledger.store.database.Database.write>` has it, as for the others here. Raises
    InputError for a key without a name, without or with the wrong roles, and for one that never is good.
    """
    wanted = tuple(dict.fromkeys(access_to))
    if not wanted or Access.HOLDER in wanted:
        raise InputError(
            "not the roles of a key",
            field="roles",
            expected=f"some of {', '.join(OPERATORS)}",
            found=", ".join(wanted) or "none",
            hint="holders sign in with their wallets",
        )
    if Access.AUDITOR in wanted and len(wanted) > 1:
        raise InputError("an auditor changes nothing", field="roles", expected="auditor alone", found=", ".join(wanted))
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise InputError(
            "not a key's name", field="name", expected="1 to 100 printable characters", found=ascii(name)[:100]
        )
    if lasts is not None and not timedelta(0) < lasts <= _LONGEST:
        raise InputError("no time for a key", field="lasts", expected="more than none, 100 years at most")
    id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(32)
    with database.write(within) as connection:
        if len(access.keys(connection)) >= _MOST_KEYS:
            raise InputError("there are too many keys", field="name", expected=f"at most {_MOST_KEYS}")
        now = database.now(connection)
        until = None if lasts is None else now + int(lasts.total_seconds() * 1000)
        access.add_key(
            connection, id, name=name, roles=wanted, secret_hash=_digest(secret), now=now, by=by, expires_at=until
        )
        return _found(connection, id), f"{_KEY}{id}_{secret}"


def keys(database: Database) -> list[Key]:
    """All of them, the oldest first, also those that are good for nothing any more."""
    with database.read() as connection:
        return [_key(one) for one in access.keys(connection)]


def rotate_key(
    database: Database, id: str, overlap: timedelta = timedelta(days=1), *, within: Connection | None = None
) -> tuple[Key, str]:
    """Another secret, which is returned this once; the old one is good for the time of ``overlap``.

    Raises InputError if it was revoked, and Unknown if there is no such key.
    """
    if not timedelta(0) <= overlap <= _LONGEST:
        raise InputError("no time for an old secret", field="overlap", expected="none to 100 years")
    secret = secrets.token_urlsafe(32)
    with database.write(within) as connection:
        known = _found(connection, id)
        if known.revoked_at is not None:
            raise InputError("the key was revoked", field="id", found=id, hint="make another one")
        until = database.now(connection) + int(overlap.total_seconds() * 1000)
        access.rotate_key(connection, id, _digest(secret), until)
    return known, f"{_KEY}{id}_{secret}"


def revoke_key(database: Database, id: str, *, within: Connection | None = None) -> Key:
    """It is good for nothing any more. Raises Unknown if there is no such key."""
    with database.write(within) as connection:
        _found(connection, id)
        access.revoke_key(connection, id, database.now(connection))
        return _found(connection, id)


def open_session(database: Database, wallet: str, lasts: timedelta) -> tuple[str, datetime]:
    """A wallet has signed in: what it shows from now on, and until when."""
    token = _SESSION + secrets.token_urlsafe(32)
    with database.write() as connection:
        now = database.now(connection)
        until = now + int(lasts.total_seconds() * 1000)
        access.add_session(connection, _digest(token), wallet, now, until)
    return token, _moment(until)


def end_session(database: Database, token: str) -> None:
    """A wallet signs out."""
    with database.write() as connection:
        access.end_session(connection, _digest(token))


def principal_of(database: Database, token: str) -> Principal | None:
    """Who shows this; None for what is no secret of ours, is too old, or was revoked."""
    with database.read() as connection:
        now = database.now(connection)
        if token.startswith(_SESSION):
            session = access.session(connection, _digest(token))
            if session is None or session.expires_at <= now:
                return None
            return Principal(f"wallet:{session.wallet}", frozenset({Access.HOLDER}), session.wallet)
        id, _, secret = token.removeprefix(_KEY).partition("_")
        known = access.key(connection, id) if token.startswith(_KEY) and len(id) == 2 * _ID_BYTES else None
    if known is None or known.revoked_at is not None or (known.expires_at is not None and known.expires_at <= now):
        return None
    given = _digest(secret)
    fits = hmac.compare_digest(given, known.secret_hash)
    old = now < known.old_until and hmac.compare_digest(given, known.old_secret_hash or b"")
    return Principal(f"key:{id}", frozenset(map(Access, known.roles))) if fits or old else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _found(connection: Connection, id: str) -> Key:
    known = access.key(connection, id)
    if known is None:
        raise Unknown("there is no such key", field="id", found=ascii(id)[:40])
    return _key(known)


def _key(one: access.ApiKey) -> Key:
    expires = None if one.expires_at is None else _moment(one.expires_at)
    revoked = None if one.revoked_at is None else _moment(one.revoked_at)
    return Key(one.id, one.name, tuple(map(Access, one.roles)), _moment(one.made_at), one.made_by, expires, revoked)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
