"""Receipts, series and holders: what the index says, and the words of the contract.

The layout of a word is in ``contracts/src/types``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.chain.primitives import checksum
from ledger.services.reconcile.comparing import Comparison, View
from ledger.store import index, reconciling

__all__ = ["compare_holdings"]

_ADDRESS, _WORD64, _WORD32, _WORD40 = (1 << 160) - 1, (1 << 64) - 1, (1 << 32) - 1, (1 << 40) - 1
_UNITS_AT, _FROZEN_AT = 160, 255  # of a position
_COUNT_AT, _CLASSES_AT, _JURISDICTIONS_AT = 40, 112, 144  # of a holder


def compare_holdings(found: Comparison) -> None:
    """Owner, units and freeze of each receipt; units of each series; receipts and standing of each holder."""
    contract, connection = found.ledger.receipts, found.connection

    def receipts() -> Iterator[View]:
        for one in index.receipts_at(connection):
            yield View(contract, "positionOf", (one.token_id,), one)

    for known, word in found.views(receipts()):
        theirs = _position(word) if isinstance(word, int) else word
        found.same("receipt", f"receipt {known.slot}/{known.number}", (known.owner, known.units, known.frozen), theirs)

    units = reconciling.units_by_series(connection)
    for slot, word in found.views(View(contract, "seriesOf", (slot,), slot) for slot in units):
        theirs = word & _WORD64 if isinstance(word, int) else word
        found.same("series", f"series {slot}, units", units[slot], theirs)

    def holders() -> Iterator[View]:
        for one in reconciling.holders(connection):
            yield View(contract, "holderOf", (one.address,), one)

    for holder, word in found.views(holders()):
        found.same("holder", f"receipts of {holder.address}", holder.receipts, (word >> _COUNT_AT) & _WORD64)
        if holder.standing is not None:
            theirs = ((word >> _CLASSES_AT) & _WORD32, (word >> _JURISDICTIONS_AT) & _WORD64, word & _WORD40)
            found.same("standing", f"standing of {holder.address}", holder.standing, theirs)


def _position(word: int) -> tuple[Any, ...]:
    owner = checksum((word & _ADDRESS).to_bytes(20, "big"))
    return owner, (word >> _UNITS_AT) & _WORD64, bool(word >> _FROZEN_AT)
