"""`crt acknowledge`: somebody knows of a transaction that no operation wanted."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.context import Context
from ledger.cli.output import moment

__all__ = ["acknowledge"]


def acknowledge(
    context: Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account that sent it.")],
    nonce: Annotated[int, typer.Argument(metavar="NONCE", min=0, max=2**63 - 1, help="The transaction's nonce.")],
    reason: Annotated[str, typer.Option(help="What it was, and why nothing is left to do.")],
) -> None:
    """Acknowledge a transaction that no operation wanted: it is no difference any more, and the alarm ends.

    `crt reconcile` lists such transactions. Find out first who made it: perhaps somebody else has the account's key.

    Example: crt acknowledge 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 17 --reason 'sent by hand on 3 May'
    """
    from ledger.services.acknowledging import acknowledge as say_so

    with context.database() as database:
        found, said = say_so(database, account, nonce, reason)
    tx_hash = None if found.mined_hash is None else f"0x{found.mined_hash.hex()}"
    document = {"account": found.account, "nonce": nonce, "transaction": tx_hash, "who": said.who, "why": said.why}
    told = f"nonce {nonce} of {found.account} is acknowledged by {said.who}, {moment(said.at // 1000)}: {said.why}"
    context.say("acknowledge", {**document, "at": said.at // 1000}, told)
