"""What a holder would have to sign: a service is rehearsed as the holder's, and its steps become transactions.

Nobody here has the holder's key. What is prepared is good as long as the wallet sends nothing else meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ledger.chain.signing import Transaction
from ledger.services.ledger import Ledger
from ledger.services.preview import Preview, preview

__all__ = ["Prepared", "prepare"]

T = TypeVar("T")

_MORE = 30_000  # gas: what a limit is above what was used, beside a half of it


@dataclass(frozen=True, slots=True)
class Prepared(Generic[T]):
    """``transactions`` are to be signed and sent in this order; ``preview`` is what they do then."""

    transactions: list[Transaction]
    preview: Preview[T]


def prepare(ledger: Ledger, wallet: str, service: Callable[[Ledger], T]) -> Prepared[T]:
    """What ``wallet`` has to sign so that ``service`` is done. Raises what the service raises: what a contract would
    refuse is not prepared."""
    shown = preview(ledger, service, {wallet})
    fees, nonce, chain = ledger.node.fees(), ledger.node.nonce(wallet), ledger.deployment.chain_id
    made = []
    for number, scene in enumerate(scene for scene in shown.scenes if scene.operation.actor == wallet):
        (step,) = scene.operation.steps
        # A refund is at most a fifth of what was used, and each call keeps back a 64th.
        gas = scene.gas + scene.gas // 2 + _MORE
        made.append(Transaction(chain, nonce + number, fees.priority_fee, fees.max_fee(), gas, step.to, 0, step.data))
    return Prepared(made, shown)
