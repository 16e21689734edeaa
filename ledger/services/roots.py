"""What programmes count, as the contracts take it: roots proposed and stopped, and claims by them, each with its proof.

Whoever has the trees makes these proofs (:class:`~ledger.attribution.counted.Counted`); nothing here needs them.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.attribution.counted import Claim
from ledger.chain.primitives import ZERO_ADDRESS
from ledger.engine.operations import Step
from ledger.services.ledger import Ledger
from ledger.services.roles import Role

__all__ = ["Claim", "claim", "propose", "stop"]


def propose(
    ledger: Ledger,
    number: int,
    publisher: str,
    lines_root: bytes,
    lines: int,
    claims_root: bytes,
    claims: int,
    *,
    key: str | None = None,
) -> int:
    """Propose a programme's next root; returns its number. It can be claimed by after the challenge window."""
    args = (number, lines_root, lines, claims_root, claims)
    step = Step(ledger.claims.address, ledger.claims.call_data("propose", *args))
    outcome = ledger.act(publisher, "contributions.publish", step, key=key)
    return int(outcome.event(ledger.claims, "RootProposed").args["number"])


def stop(ledger: Ledger, number: int, reason: str, *, key: str | None = None) -> None:
    """Stop a programme's proposal that can still be challenged, for a reason that is published; the guardian."""
    step = Step(ledger.claims.address, ledger.claims.call_data("stop", number, reason))
    ledger.operate(Role.GUARDIAN, "contributions.stop", step, key=key)


def claim(
    ledger: Ledger,
    number: int,
    start: int,
    claims: Sequence[Claim],
    path: Sequence[bytes],
    sender: str,
    *,
    key: str | None = None,
) -> int:
    """Claim for those of these persons who graduated; returns the units issued. Anyone may send it.

    The claims are all that the active root has from ``start`` on below one node of the tree of claims; ``path`` leads
    from there to the root.
    """
    words = [one.word() for one in claims]
    step = Step(ledger.claims.address, ledger.claims.call_data("claim", number, start, words, list(path)))
    outcome = ledger.act(sender, "vouchers.claim", step, key=key)
    return sum(
        event.args["value"]
        for event in outcome.events(ledger.vouchers)
        if event.name == "TransferSingle" and event.args["from"] == ZERO_ADDRESS
    )
