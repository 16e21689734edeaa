"""Sessions: what signing in to an API with a wallet gave. Kept in a file of mode 0600 beside the settings, and never
shown: who has a session may ask as the wallet until it ends, but signs nothing with it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from ledger.cli.config_files import user_file
from ledger.errors import InputError, LedgerError, NotAllowed

if TYPE_CHECKING:
    from ledger.client.types import Session

__all__ = ["drop", "end_all", "find", "keep", "of"]

_SCHEMA: Final = "crt-sessions/1"
_PATIENCE: Final = 5.0  # seconds for an API that is told that a session ends
_SPARE: Final = timedelta(minutes=1)  # before its end in which a session is not begun with


def find(url: str, wallet: str) -> str | None:
    """The token of a wallet at an API, None if it has to sign in. Raises InputError for a file that others may read."""
    now = datetime.now(UTC) + _SPARE
    found = [one for one in of(url) if one["wallet"] == wallet and datetime.fromisoformat(one["expiresAt"]) > now]
    return None if not found else str(found[-1]["token"])


def of(url: str) -> list[dict[str, Any]]:
    """All sessions at an API, those that have ended too."""
    return [one for one in _read() if one["url"] == url]


def keep(url: str, session: Session) -> None:
    """Remember a session; what has ended is forgotten. A user without a home has it for this command alone."""
    made = {"url": url, **{name: session[name] for name in ("wallet", "token", "expiresAt")}}
    now = datetime.now(UTC)
    rest = [one for one in _read() if (one["url"], one["wallet"]) != (url, made["wallet"])]
    _write([*(one for one in rest if datetime.fromisoformat(one["expiresAt"]) > now), made])


def drop(url: str, wallet: str | None = None) -> int:
    """Forget the sessions at an API, or a wallet's there; says how many they were."""
    found = _read()
    rest = [one for one in found if one["url"] != url or wallet not in (None, one["wallet"])]
    if len(rest) != len(found):
        _write(rest)
    return len(found) - len(rest)


def end_all(url: str) -> tuple[int, int]:
    """End the sessions at an API, there too; says how many they were, and of how many the API could not be told."""
    from ledger.client.client import Client
    from ledger.client.http import Http

    found, untold = of(url), 0
    for one in found:
        try:
            with Client(Http(url, one["token"], timeout=_PATIENCE), patience=0.0) as client:
                client.end_own_session()
        except NotAllowed:  # it had ended
            pass
        except LedgerError:
            untold += 1
    drop(url)
    return len(found), untold


def _file() -> Path | None:
    own = user_file()
    return None if own is None else own.with_name("sessions.json")


def _read() -> list[dict[str, Any]]:
    from ledger.wallet.files import read_private

    file = _file()
    if file is None or not file.exists():
        return []
    try:
        document = json.loads(read_private(file, None, "sessions", most=1_000_000))
        if document["schema"] != _SCHEMA:
            raise ValueError
        return [dict(one) for one in document["sessions"]]
    except (ValueError, LookupError, TypeError):
        hint = "remove it: wallets sign in again"
        raise InputError(
            "not a file of sessions", file=str(file), expected=_SCHEMA, found="others", hint=hint
        ) from None


def _write(sessions: list[dict[str, Any]]) -> None:
    file = _file()
    if file is None:
        return
    temporary = file.with_name(f".{file.name}.{token_hex(8)}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as written:
                json.dump({"schema": _SCHEMA, "sessions": sessions}, written, indent=2)
            os.replace(temporary, file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        found = error.strerror or str(error)
        raise LedgerError(f"the session can't be kept in {file}: {found}", hint="make its folder writable") from None
