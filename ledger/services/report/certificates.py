"""The receipts' own pictures, as the chain draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.services.certificate import decode
from ledger.services.story import Story

__all__ = ["Certificate", "certificates", "receipt_number"]


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
            name, image = decode(uri)
            number = receipt_number(token_id)
            title = name or f"{story.series.code} No. {number}"
            holder = story.names.get(address, address)
            found.append(Certificate(holder, title, number, token_id, units, image))
    return found


def receipt_number(token_id: int) -> int:
    """A receipt's number in its ledger: the series stands in the id's high bits."""
    return token_id & (1 << 64) - 1
