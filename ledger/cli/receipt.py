"""`crt receipt`: receipts, and what their holders do with them (docs/cli.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli import completing
from ledger.cli.asked import asked
from ledger.cli.context import Context
from ledger.cli.doing import operate as operate_on
from ledger.cli.doing import sign
from ledger.cli.manners import Change
from ledger.cli.options import All, As, AsMaybe, Full, Limit, change, command, operate

__all__ = ["Receipt", "app"]

app = typer.Typer(help="Receipts: see, split, merge, transfer and freeze them.", no_args_is_help=True)

Receipt = Annotated[
    str,
    typer.Argument(
        metavar="RECEIPT",
        help="A receipt: its id, or SERIES/NUMBER, such as CRT01/1.",
        autocompletion=completing.receipts,
    ),
]
_Units = Annotated[
    list[str], typer.Argument(metavar="AMOUNT...", help="Face value in the series' currency: 1,000.00, 3億, 2.5萬.")
]
_Receipts = Annotated[
    list[str],
    typer.Argument(metavar="RECEIPT...", help="Ids, or SERIES/NUMBER.", autocompletion=completing.receipts),
]
_Reason = Annotated[str, typer.Option("--reason", help="Why; everybody can read it on the chain.")]
_To = Annotated[
    str, typer.Argument(metavar="TO", help="An address, a wallet or a contact.", autocompletion=completing.addresses)
]


@command(app, "list")
def list_all(
    context: Context,
    series: Annotated[
        str | None, typer.Option(help="Only of this series: its code or number.", autocompletion=completing.series)
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help="Only of this holder: a name or an address.", autocompletion=completing.addresses)
    ] = None,
    limit: Limit = 50,
    everything: All = False,
    full: Full = False,
    who: AsMaybe = None,
) -> None:
    """List receipts with their holders and face value: over an API your own, else those of all.

    Example: crt receipt list --series CRT01
    """
    with asked(context) as api:
        slot = None if series is None else api.series(series, "--series")["id"]
        of = None if owner is None else api.address(owner, "--owner")
        rows, more = api.rows(api.client.list_receipts, limit, everything, series=slot, owner=of)

        def text() -> str:
            from ledger.cli.draw.lists import receipts

            return receipts(rows, api.look(full=full), api.codes)

        api.say_rows("receipts", rows, more, text)


@command(app, "show")
def show(
    context: Context,
    receipt: Receipt,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the certificate's picture there.")] = None,
    full: Full = False,
    who: AsMaybe = None,
) -> None:
    """Show a receipt as its certificate, with what its holder was paid for the series; or write its picture.

    Example: crt receipt show CRT01/1
    """
    with asked(context) as api:
        found = api.client.get_receipt(api.receipt(receipt))
        if svg is not None:
            from ledger.cli.files import write_new

            write_new(svg, api.client.get_certificate(found["id"]).encode())
        document: dict[str, Any] = {**found, **({} if svg is None else {"picture": str(svg)})}

        def text() -> str:
            from ledger.cli.draw.certificate import certificate

            of = api.client.get_series(found["series"])
            paid, _ = api.rows(api.client.list_payments, 1, True, series=found["series"], holder=found["owner"])
            drawn = certificate(found, of, api.look(full=full), network=api.network, payments=paid)
            return drawn if svg is None else f"{drawn}\nits picture is written to {svg}"

        api.say("receipt", document, text)


@command(app, "history")
def history(
    context: Context,
    receipt: Receipt,
    limit: Limit = 100,
    everything: All = False,
    full: Full = False,
    who: AsMaybe = None,
) -> None:
    """Show all that a receipt ever was, the oldest first: holder, face value, frozen or not, from which block on.

    Example: crt receipt history CRT01/1
    """
    with asked(context) as api:
        token = api.receipt(receipt)
        rows, more = api.rows(lambda **page: api.client.list_versions(token, **page), limit, everything)

        def text() -> str:
            from ledger.cli.draw.lists import versions

            return versions(rows, api.look(full=full))

        api.say_rows("receipt-history", rows, more, text)


@change(app, "split")
def split(context: Change, receipt: Receipt, units: _Units, who: As) -> None:
    """Cut new receipts out of a receipt of yours, one of each amount; the rest stays in it. Amounts are face value.

    Example: crt receipt split CRT01/1 100,000.00 2.5萬 --as alice
    """
    with asked(context, holder=who) as api:
        token = api.receipt(receipt)
        code = api.client.get_receipt(token)["units"]["currency"]
        wanted = [api.amount(one, code, "AMOUNT") for one in units]
        sign(api, who, api.client.split_receipt(token, {"units": wanted}))


@change(app, "merge")
def merge(
    context: Change,
    receipt: Receipt,
    others: Annotated[
        list[str], typer.Argument(metavar="OTHER...", help="They go into it.", autocompletion=completing.receipts)
    ],
    who: As,
) -> None:
    """Put other receipts of yours, of the same series, into one; they are gone then.

    Example: crt receipt merge CRT01/1 CRT01/8 CRT01/9 --as alice
    """
    with asked(context, holder=who) as api:
        gone = [api.receipt(one, "OTHER") for one in others]
        sign(api, who, api.client.merge_receipts(api.receipt(receipt), {"receipts": gone}))


@change(app, "transfer")
def transfer(
    context: Change,
    receipt: Receipt,
    to: _To,
    who: As,
    units: Annotated[
        str | None, typer.Option("--units", metavar="AMOUNT", help="Only so much face value, as a new receipt.")
    ] = None,
) -> None:
    """Give a receipt of yours to somebody who may hold it, or a part of it, in the series' currency.

    Example: crt receipt transfer CRT01/1 bank --units 50,000.00 --as alice
    """
    with asked(context, holder=who) as api:
        token, receiver = api.receipt(receipt), api.address(to, "TO")
        body: Any = {"to": receiver}
        if units is not None:
            body["units"] = api.amount(units, api.client.get_receipt(token)["units"]["currency"], "--units")
        sign(api, who, api.client.transfer_receipt(token, body))


@change(app, "move")
def move(
    context: Change,
    receipt: Receipt,
    to: Annotated[
        str,
        typer.Argument(metavar="TO-RECEIPT", help="A receipt of the same series.", autocompletion=completing.receipts),
    ],
    units: Annotated[str, typer.Argument(metavar="AMOUNT", help="Face value in the series' currency.")],
    who: As,
) -> None:
    """Move face value from a receipt of yours to another receipt of the same series, whoever holds that.

    Example: crt receipt move CRT01/1 CRT01/2 1,000.00 --as alice
    """
    with asked(context, holder=who) as api:
        source, target = api.receipt(receipt), api.receipt(to, "TO-RECEIPT")
        wanted = api.amount(units, api.client.get_receipt(source)["units"]["currency"], "AMOUNT")
        sign(api, who, api.client.move_units(source, {"to": target, "units": wanted}))


@operate(app, "freeze")
def freeze(context: Change, receipts: _Receipts, reason: _Reason, who: AsMaybe = None) -> None:
    """Freeze receipts, all or none of them: they do not move, and are not paid, until they are released. Compliance.

    Example: crt receipt freeze CRT01/1 CRT01/2 --reason "court order 12/2026" --as compliance
    """
    with asked(context, operator=who) as api:
        ids = [api.receipt(one) for one in receipts]
        operate_on(api, api.client.freeze_receipts, {"receipts": ids, "reason": reason})


@operate(app, "release")
def release(context: Change, receipts: _Receipts, reason: _Reason, who: AsMaybe = None) -> None:
    """Release frozen receipts, all or none of them. Compliance.

    Example: crt receipt release CRT01/1 CRT01/2 --reason "order lifted" --as compliance
    """
    with asked(context, operator=who) as api:
        ids = [api.receipt(one) for one in receipts]
        operate_on(api, api.client.release_receipts, {"receipts": ids, "reason": reason})


@operate(app, "forced-transfer")
def forced_transfer(
    context: Change,
    receipt: Receipt,
    to: _To,
    units: Annotated[str, typer.Argument(metavar="AMOUNT", help="Face value in the series' currency.")],
    reason: _Reason,
    who: AsMaybe = None,
) -> None:
    """Move face value out of a receipt against its owner's will, to somebody who may hold it. Compliance.

    Example: crt receipt forced-transfer CRT01/1 bank 1,000.00 --reason "judgement 7/2026" --as compliance
    """
    with asked(context, operator=who) as api:
        token, receiver = api.receipt(receipt), api.address(to, "TO")
        wanted = api.amount(units, api.client.get_receipt(token)["units"]["currency"], "AMOUNT")
        operate_on(api, api.client.force_transfer, token, {"to": receiver, "units": wanted, "reason": reason})
