"""`crt subscribe`, `crt claim`, `crt take-back`: what investors do with a series themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.asked import Asked, asked
from ledger.cli.doing import sign
from ledger.cli.manners import Change
from ledger.cli.options import As
from ledger.cli.series_of import SeriesArgument
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.chain.signer import Signer
    from ledger.client.types import Permit, Prepared, Subscribed

__all__ = ["claim", "subscribe", "take_back"]


def subscribe(
    context: Change,
    series: SeriesArgument,
    units: Annotated[
        str, typer.Argument(metavar="AMOUNT", help="Face value, which is the price: 1,000.00, 3億, 2.5萬.")
    ],
    who: As,
    permit: Annotated[
        bool, typer.Option("--permit", help="Allow the price by a signed message, not by a transaction of its own.")
    ] = False,
) -> None:
    """Buy a receipt in an offering, at par, with cash of the wallet. The amount is in the series' currency.

    Example: crt subscribe CRT01 1,000,000.00 --as alice
    """
    with asked(context, holder=who) as api:
        found = api.series(series)
        wanted = api.amount(units, found["currency"], "AMOUNT")
        prepared = api.client.subscribe_series(found["id"], {"units": wanted})

        def permitted(signer: Signer) -> Prepared[Subscribed]:
            signed = _permit(api, signer, found, wanted["amount"], _price(api, prepared))
            return api.client.subscribe_series(found["id"], {"units": wanted, "permit": signed})

        sign(api, who, prepared, permitted if permit else None)


def claim(
    context: Change,
    series: SeriesArgument,
    who: As,
    epoch: Annotated[
        int | None, typer.Option(min=0, help="Up to this epoch. Default: the last one that is funded.")
    ] = None,
) -> None:
    """Fetch what is due to a wallet: coupons, and the principal when the series is redeemed, which ends its receipts.

    Nobody is paid twice, whoever else is paying.

    Example: crt claim CRT01 --as alice
    """
    with asked(context, holder=who) as api:
        sign(api, who, api.client.claim_payments(api.series(series)["id"], {} if epoch is None else {"epoch": epoch}))


def take_back(context: Change, series: SeriesArgument, who: As) -> None:
    """Get back what a wallet paid for a series that has failed or was cancelled; its receipts end.

    Example: crt take-back CRT01 --as alice
    """
    with asked(context, holder=who) as api:
        sign(api, who, api.client.take_back_subscriptions(api.series(series)["id"]))


def _price(api: Asked, prepared: Prepared[Any]) -> int:
    """In units of the cash, as the preview has it: what a permit may be for."""
    changes = prepared["preview"]["changes"]
    paid = [
        one["amount"] for one in changes if (one["holder"], one["asset"], one["account"]) == (api.wallet, "cash", None)
    ]
    return -int(paid[0].replace(".", "")) if len(paid) == 1 else 0


def _permit(api: Asked, signer: Signer, series: Any, units: str, price: int) -> Permit:
    """A permit for the price. Raises InputError for a message that allows anything else: a signature of it is money."""
    asked_for = api.client.get_permit_to_sign(series["id"], units=units)
    data = asked_for["typedData"]
    domain, message = dict(data["domain"]), data["message"]
    token = api.client.get_series(series["id"])["cashToken"]
    facts = {
        "primaryType": (data["primaryType"], "Permit"),
        "chainId": (str(domain.get("chainId")), str(api.chain_id)),
        "verifyingContract": (domain.get("verifyingContract"), token),
        "owner": (message.get("owner"), api.wallet),
        "spender": (message.get("spender"), series["contract"]),
        "value": (str(message.get("value")), str(price)),
    }
    for name, (found, expected) in facts.items():
        if found != expected:
            what = "what is to be signed is not signed: the permit is for something else"
            raise InputError(what, field=name, expected=expected, found=str(found)[:80])
    assert asked_for["deadline"] is not None
    types: Any = {name: fields for name, fields in data["types"].items() if name != "EIP712Domain"}
    signature = signer.sign_typed(domain, types, message)
    return {"deadline": asked_for["deadline"], "signature": f"0x{signature.hex()}"}
