"""The receipts' own pictures, as the chain draws them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.services.story import Story

__all__ = ["Certificate", "certificates", "receipt_number"]

_JSON = "data:application/json;base64,"
_SVG = "data:image/svg+xml;base64,"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. ``image`` is a data URI of an SVG picture; a picture of any other kind is left out as None."""

    holder: str
    title: str
    number: int
    token_id: int
    units: int
    image: str | None


def certificates(story: Story) -> Sequence[Certificate]:
    """The certificates of a story, in the order of subscription."""
    found = []
    for address, token_id, units in story.receipts:
        uri = story.certificates.get(address)
        if uri is not None:
            name, image = _decode(uri)
            number = receipt_number(token_id)
            title = name or f"{story.series.code} No. {number}"
            holder = story.names.get(address, address)
            found.append(Certificate(holder, title, number, token_id, units, image))
    return found


def receipt_number(token_id: int) -> int:
    """A receipt's number in its ledger: the series stands in the id's high bits."""
    return token_id & (1 << 64) - 1


def _decode(uri: str) -> tuple[str | None, str | None]:
    """Name and picture in a certificate's data URI. What is not as the contract writes it is left out, not trusted."""
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
