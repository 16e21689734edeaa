"""`crt cash`: settlement cash of local chains, to try things with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import completing, doing
from ledger.cli.asked import asked
from ledger.cli.manners import Change
from ledger.cli.options import AsMaybe, operate

if TYPE_CHECKING:
    from ledger.client.types import Minting

__all__ = ["app"]

app = typer.Typer(help="Settlement cash of local chains, which is a stand-in for money.", no_args_is_help=True)


@operate(app, "mint")
def mint(
    context: Change,
    account: Annotated[
        str,
        typer.Argument(
            metavar="ACCOUNT",
            help="Who gets it: an account, or `operator`, the ledger's own, from which rent is booked.",
            autocompletion=completing.addresses,
        ),
    ],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as 1,000,000.00 or 100萬.")],
    who: AsMaybe = None,
    currency: Annotated[str, typer.Option(metavar="CODE", help="The currency of the chain's cash.")] = "CNY",
) -> None:
    """Make cash on a local chain, as a bank does when money arrives; in its currency. For administrators.

    Example: crt cash mint operator 112,207,188.90
    """
    with asked(context, operator=who) as api:
        whose = api.contracts["OperatorAccount"] if account == "operator" else api.address(account, "ACCOUNT")
        body: Minting = {"account": whose, "amount": api.amount(amount, currency, "AMOUNT")}
        doing.operate(api, api.client.mint_cash, body)
