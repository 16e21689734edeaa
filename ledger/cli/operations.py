"""`crt operations`: what was asked for, and what came of it, as the database has it."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ledger.cli.accounts import plain_address
from ledger.cli.context import Context
from ledger.cli.options import AsMaybe, command
from ledger.cli.output import moment, printable, some
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from ledger.services.operations import Record

__all__ = ["app"]

app = typer.Typer(
    help="Operations: what was asked for, its transactions, and what became of it; read from the database alone.",
    no_args_is_help=True,
)

_State = Literal["waiting", "out", "done", "refused"]
_GWEI = 10**9
_PATIENCE = 10.0  # seconds for what is done meanwhile


@command(app, "list")
def list_newest(
    context: Context,
    account: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Of this account alone: its address.")] = None,
    state: Annotated[
        _State | None,
        typer.Option(help="Only: waiting for a transaction, out in one that is not mined, done, refused."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many of the newest.")] = 20,
) -> None:
    """List the newest operations, the last one at the end.

    Example: crt operations list --state refused --limit 50
    """
    from ledger.services import operations

    actor = None if account is None else plain_address(account, "--account")
    with context.database() as database:
        found = operations.newest(database, limit, account=actor, state=state)
    lines = [line for one in found for line in _short(one)]
    context.say("operations", {"operations": [_brief(one) for one in found]}, *(lines or ["no operations"]))


@command(app, "show")
def show(
    context: Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The operation's key, as list shows it; or op_... .")],
    who: AsMaybe = None,
) -> None:
    """Show all that is stored of an operation: its calls, transaction, attempts with their fees, block and error.

    Fees are in wei per gas in JSON, in gwei in text. What commands that change something print as op_... is what the
    API calls an operation: its state, its transactions, and what came of it.

    Example: crt operations show district/1
    """
    if key.startswith("op_"):
        _show_asked(context, key)
        return
    from ledger.services import operations

    with context.database() as database:
        found = operations.find(database, key)
    context.say("operation", _whole(found), *_lines(found))


def _brief(one: Record) -> dict[str, Any]:
    from ledger.services.operations import reason, state_of

    operation, tx = one.operation, one.transaction
    return {
        "key": operation.key,
        "kind": operation.kind,
        "account": operation.actor,
        "acceptedAt": one.accepted_at,
        "state": state_of(one),
        "nonce": None if tx is None else tx.nonce,
        "block": None if tx is None else tx.block_number,
        "transaction": None if operation.done_hash is None else f"0x{operation.done_hash.hex()}",
        "error": reason(one),
    }


def _whole(one: Record) -> dict[str, Any]:
    operation, tx = one.operation, one.transaction
    document = _brief(one) | {
        "intent": operation.intent,
        "through": operation.through,
        "steps": [{"to": to, "data": f"0x{data.hex()}"} for to, data in operation.steps],
        "gas": operation.gas,
    }
    if tx is None:
        return document | {"sent": None}
    attempts = [
        {
            "hash": f"0x{one.hash.hex()}",
            "maxFee": one.max_fee,
            "priorityFee": one.priority_fee,
            "madeAt": one.made_at,
            "cancels": one.cancels,
            "foundOnChain": not one.raw,
        }
        for one in tx.attempts
    ]
    mined = {
        "hash": None if tx.mined_hash is None else f"0x{tx.mined_hash.hex()}",
        "blockNumber": tx.block_number,
        "blockHash": None if tx.block_hash is None else f"0x{tx.block_hash.hex()}",
    }
    sent = {"nonce": tx.nonce, "to": tx.to, "gasLimit": tx.gas, "state": tx.state, **mined, "attempts": attempts}
    return document | {"sent": sent}


def _show_asked(context: Context, number: str) -> None:
    from ledger.cli.asked import asked
    from ledger.cli.inside import resume

    with asked(context) as api:
        found = api.client.get_operation(number)
        if found["state"] == "accepted" and api.ledger is not None:
            resume(api.client)  # nobody else does it, unless crt work or crt api serve runs
            with suppress(LedgerError):  # it is shown, whatever it is
                found = api.client.wait(found, _PATIENCE)
            found = api.client.get_operation(number)

        def text() -> str:
            from ledger.cli.draw.operation import operation

            return operation(found, api.look(), network=api.network)

        api.say("api-operation", found, text)


def _short(one: Record) -> list[str]:
    """Two lines of a list: the key stands at the end of the first one, as long as it is."""
    brief = _brief(one)
    more = [f"{name} {brief[name]}" for name in ("nonce", "block") if brief[name] is not None]
    error = [] if brief["error"] is None else [printable(brief["error"].split("\n", 1)[0])]
    return [
        f"{moment(one.accepted_at // 1000)}  {brief['state']:8} {printable(brief['key'])}",
        f"   {', '.join([brief['account'], *more, *error])}",
    ]


def _lines(one: Record) -> list[str]:
    from ledger.services.operations import reason, state_of

    operation, error = one.operation, reason(one)
    calls = [
        f"call      {to or 'a new contract'}  0x{data.hex()[:8]}, {len(data)} bytes" for to, data in operation.steps
    ]
    return [
        f"key       {printable(operation.key)}",
        f"kind      {printable(operation.kind)}",
        f"account   {operation.actor}" + (f" through {operation.through}" if operation.through else ""),
        f"accepted  {moment(one.accepted_at // 1000)}",
        f"intent    {printable(operation.intent)}",
        *calls,
        f"state     {state_of(one)}",
        *([] if error is None else [f"error     {printable(error)}"]),
        *_sent(one),
    ]


def _sent(one: Record) -> list[str]:
    tx = one.transaction
    if tx is None:
        return ["sent      nothing"]
    where = (
        "in no block yet"
        if tx.block_number is None
        else f"in block {tx.block_number}, 0x{(tx.block_hash or b'').hex()}"
    )
    return [
        f"sent      nonce {tx.nonce}, at most {tx.gas:,} gas, {some(len(tx.attempts), 'attempt')}; {where}, {tx.state}",
        *(
            f"  0x{attempt.hash.hex()}"
            + (f"  {_fees(attempt.max_fee, attempt.priority_fee)}" if attempt.raw else "  found on the chain")
            + (f", {moment(attempt.made_at // 1000)}" if attempt.raw else "")
            + (", spends the nonce for nothing" if attempt.cancels else "")
            + ("  <- mined" if attempt.hash == tx.mined_hash else "")
            for attempt in tx.attempts
        ),
    ]


def _fees(most: int, priority: int) -> str:
    return f"at most {_gwei(most)} gwei, {_gwei(priority)} of it to the block's maker"


def _gwei(wei: int) -> str:
    return f"{Decimal(wei) / _GWEI:,f}"
