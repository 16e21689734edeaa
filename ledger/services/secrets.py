"""What looks like a secret, and how it is shown instead."""

from __future__ import annotations

import hashlib
import re

__all__ = ["has_key", "without_keys"]

# An address has 40 digits and a key has 64: one with a digit too many or too few gives the key away as well. What is
# longer than two keys is data.
_KEY = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{48,128}(?![0-9a-fA-F])")


def has_key(text: str) -> bool:
    """Whether something in it may be a private key."""
    return _KEY.search(text) is not None


def without_keys(text: str) -> str:
    """The text, with the SHA-256 of what may be a private key in its place."""
    return _KEY.sub(lambda found: f"sha256:{hashlib.sha256(found[0].encode()).hexdigest()}", text)
