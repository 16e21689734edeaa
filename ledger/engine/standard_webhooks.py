"""Signatures of Standard Webhooks 1.0.0 (standardwebhooks.com): HMAC-SHA256 over ``id.timestamp.body``."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from ledger.errors import InputError

__all__ = ["headers", "new_secret", "signature"]

_PREFIX = "whsec_"
_BYTES = 32
_FEWEST, _MOST = 24, 64


def new_secret() -> str:
    """A secret for one receiver, of 32 random bytes."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """``v1,`` and the signature in base64; ``timestamp`` in seconds since 1970 UTC.

    Raises :class:`~ledger.errors.InputError`, which does not repeat it, for a secret that is none.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), content, hashlib.sha256)).decode()


def headers(of: Iterable[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message, signed with each of the secrets."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message_id, timestamp, body) for secret in of),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _FEWEST <= len(key) <= _MOST:
        # Raised outside the handler, so that no traceback shows the secret.
        raise InputError(
            "not a secret of a webhook", expected=f"{_PREFIX} and {_FEWEST} to {_MOST} bytes in base64", found="another"
        )
    return key
