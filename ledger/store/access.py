"""Who may use the HTTP API: keys of operators, and wallets that have signed in. Secrets are kept as digests only.

Times are milliseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, select, update

from ledger.store.access_tables import api_keys, sessions, sign_in_nonces

__all__ = [
    "ApiKey",
    "Session",
    "add_key",
    "add_nonce",
    "add_session",
    "end_session",
    "key",
    "keys",
    "revoke_key",
    "rotate_key",
    "session",
    "use_nonce",
]


class ApiKey(NamedTuple):
    """``old_secret_hash`` is good up to ``old_until``."""

    id: str
    name: str
    roles: tuple[str, ...]
    secret_hash: bytes
    old_secret_hash: bytes | None
    old_until: int
    made_at: int
    made_by: str
    expires_at: int | None
    revoked_at: int | None


class Session(NamedTuple):
    """A wallet that has signed in."""

    wallet: str
    made_at: int
    expires_at: int


def add_key(
    connection: Connection,
    id: str,
    *,
    name: str,
    roles: Iterable[str],
    secret_hash: bytes,
    now: int,
    by: str,
    expires_at: int | None,
) -> None:
    """Another key."""
    values = {"name": name, "roles": " ".join(roles), "secret_hash": secret_hash, "made_at": now, "made_by": by}
    connection.execute(api_keys.insert().values(id=id, **values, expires_at=expires_at))


def key(connection: Connection, id: str) -> ApiKey | None:
    """One key, whatever became of it."""
    row = connection.execute(select(api_keys).where(api_keys.c.id == id)).one_or_none()
    return None if row is None else _key(row)


def keys(connection: Connection) -> list[ApiKey]:
    """All of them, the oldest first."""
    return [_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.made_at, api_keys.c.id))]


def rotate_key(connection: Connection, id: str, secret_hash: bytes, old_until: int) -> None:
    """Another secret; the one that there is is good for a while."""
    values = {"secret_hash": secret_hash, "old_secret_hash": api_keys.c.secret_hash, "old_until": old_until}
    connection.execute(update(api_keys).where(api_keys.c.id == id).values(**values))


def revoke_key(connection: Connection, id: str, now: int) -> None:
    """It is good for nothing any more. What was revoked stays revoked since then."""
    of = (api_keys.c.id == id) & api_keys.c.revoked_at.is_(None)
    connection.execute(update(api_keys).where(of).values(revoked_at=now))


def add_nonce(connection: Connection, nonce: str, now: int, expires_at: int) -> None:
    """Something for a wallet to sign; what has expired goes."""
    connection.execute(delete(sign_in_nonces).where(sign_in_nonces.c.expires_at <= now))
    connection.execute(sign_in_nonces.insert().values(nonce=nonce, expires_at=expires_at))


def use_nonce(connection: Connection, nonce: str, now: int) -> bool:
    """Whether it was given out, is not too old, and nobody has used it: nobody can after this."""
    gone = delete(sign_in_nonces).where(sign_in_nonces.c.nonce == nonce, sign_in_nonces.c.expires_at > now)
    return connection.execute(gone).rowcount == 1


def add_session(connection: Connection, token_hash: bytes, wallet: str, now: int, expires_at: int) -> None:
    """A wallet has signed in; what has expired goes."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    values = {"token_hash": token_hash, "wallet": wallet, "made_at": now, "expires_at": expires_at}
    connection.execute(sessions.insert().values(**values))


def session(connection: Connection, token_hash: bytes) -> Session | None:
    """Whose it is, if it has not ended; it may have expired."""
    columns = [sessions.c[name] for name in Session._fields]
    row = connection.execute(select(*columns).where(sessions.c.token_hash == token_hash)).one_or_none()
    return None if row is None else Session._make(row)


def end_session(connection: Connection, token_hash: bytes) -> None:
    """A wallet signs out."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def _key(row: Row[Any]) -> ApiKey:
    found = ApiKey._make(row)
    return found._replace(roles=tuple(str(found.roles).split()))
