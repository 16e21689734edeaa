"""The picture of a receipt, as the chain draws it."""

from __future__ import annotations

import base64
import binascii
import json

from ledger.services.ledger import Ledger
from ledger.store.index import IndexedBlock

__all__ = ["Certificates", "decode"]

_JSON = "data:application/json;base64,"
_SVG = "data:image/svg+xml;base64,"
_MOST = 256  # pictures that are remembered, of some 10,000 bytes each


class Certificates:
    """The pictures of a ledger's receipts, each asked of the chain once for a block. Safe for threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[tuple[int, bytes], bytes] = {}

    def of(self, token_id: int, block: IndexedBlock) -> bytes | None:
        """The SVG picture of a receipt after a block; None if the contract gives none. Raises what the node raises, and
        Reverted if there is no such receipt."""
        place = token_id, block.hash
        known = self._known.get(place)
        if known is None:
            uri = self._ledger.receipts.view(self._ledger.node, "tokenURI", token_id, block=block.number)
            _, image = decode(uri)
            if image is None:
                return None
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[place] = base64.b64decode(image.removeprefix(_SVG))
        return known


def decode(uri: str) -> tuple[str | None, str | None]:
    """Name and picture in a certificate's data URI; the picture as a data URI of an SVG. What is not as the contract
    writes it is left out, not trusted."""
    if not uri.startswith(_JSON):
        return None, None
    try:
        content = json.loads(base64.b64decode(uri[len(_JSON) :], validate=True))
    except (binascii.Error, ValueError):
        return None, None
    if not isinstance(content, dict):
        return None, None
    name, image = content.get("name"), content.get("image")
    return name if isinstance(name, str) else None, image if _is_picture(image) else None


def _is_picture(image: object) -> bool:
    if not isinstance(image, str) or not image.startswith(_SVG):
        return False
    try:
        return base64.b64decode(image[len(_SVG) :], validate=True).lstrip().startswith(b"<svg")
    except binascii.Error:
        return False
