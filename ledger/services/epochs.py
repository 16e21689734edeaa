"""The epochs of a series as the index has them: each is a record date, and what its holders get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ledger.services.reading import Distribution, Place, Record, Spv, accounts, closings, distributions, dust, records

__all__ = ["Epoch", "epochs"]


@dataclass(frozen=True, slots=True)
class Epoch:
    """Amounts in minor units. ``units`` are those at the record.

    A distribution's ``amount`` is for the holders of its record; one that repaid all has a second epoch, which is the
    ``redemption``. ``amount`` and ``period`` are None until it is funded, ``funded_at`` and ``outcome`` too, which the
    redemption shares with the distribution that funded it.
    """

    at: Place
    number: int
    units: int
    redemption: bool
    period: int | None
    amount: int | None
    unpaid: int
    dust: int
    unclaimed: int
    closed: bool
    funded_at: Place | None
    outcome: dict[str, Any] | None

    @property
    def paid(self) -> int:
        """What holders were paid."""
        return (self.amount or 0) - self.unpaid - self.dust - self.unclaimed


def epochs(
    connection: Connection,
    spv: Spv,
    *,
    number: int | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Epoch]:
    """All of a series, or the one of a number, in their order and in pages."""
    funded = {one.epoch: one for one in distributions(connection, spv.address)}
    left = accounts(connection, spv.address)
    unclaimed = {one.epoch: one.unclaimed for one in closings(connection, spv.address)}
    found = records(connection, spv.slot, epoch=number, after=after, limit=limit)

    def made(one: Record) -> Epoch:
        by, redemption = _funded(funded, one.epoch)
        amount = None if by is None else by.outcome["repaid"] if redemption else by.amount
        return Epoch(
            at=one.at,
            number=one.epoch,
            units=one.units,
            redemption=redemption,
            period=None if by is None else by.period,
            amount=amount,
            unpaid=left.get(f"payable {one.epoch}", 0),
            dust=dust(connection, spv.address, one.epoch),
            unclaimed=unclaimed.get(one.epoch, 0),
            closed=one.epoch in unclaimed,
            funded_at=None if by is None else by.at,
            outcome=None if by is None else by.outcome,
        )

    return [made(one) for one in found]


def _funded(funded: dict[int, Distribution], epoch: int) -> tuple[Distribution | None, bool]:
    """The distribution that funded an epoch, and whether as its redemption: that is the epoch after its own."""
    if epoch in funded:
        return funded[epoch], False
    before = funded.get(epoch - 1)
    return (before, True) if before is not None and before.outcome["done"] else (None, False)
