"""`crt tx`: transactions that were signed before, by ``--sign-only``; shown, and sent from any machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.asked import Asked, asked
from ledger.cli.doing import agreed, send, sent_text
from ledger.cli.manners import Change
from ledger.cli.options import AsMaybe, Full, change, local
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.chain.raw import Signed

__all__ = ["app"]

app = typer.Typer(help="Signed transactions in a file: see what they do, and send them.", no_args_is_help=True)

_File = Annotated[Path, typer.Argument(metavar="FILE", help="As --sign-only wrote it.")]


@local(app, "show")
def show(as_json: bool, file: _File, full: Full = False) -> None:
    """Show the transactions of a file, and what they did when they were tried out. Nobody is asked.

    Example: crt tx show split.json
    """
    from ledger.cli.draw.look import look_of
    from ledger.cli.output import say, terminal
    from ledger.cli.signed_files import drawn, prepared, read

    found, signed = read(file)
    document = {name: found[name] for name in ("chainId", "sender")} | prepared(found, signed)
    say(
        as_json,
        "signed-transactions",
        document,
        *([] if as_json else [drawn(found, signed, look_of(terminal(), full=full))]),
    )


@change(app, "send")
def send_file(context: Change, file: _File, who: AsMaybe = None) -> None:
    """Send the transactions of a file, in their order, if they are for this network and were not sent yet.

    On a chain anybody may. Over an API it takes the wallet that signed, or an administrator's key.

    Example: crt tx send split.json --network main
    """
    from ledger.cli.signed_files import prepared, read

    if context.sign_only is not None:
        raise InputError("it is signed already", field="--sign-only", expected="no --sign-only", found=str(file))
    found, signed = read(file)
    with_key = context.settings.place == "api" and context.settings.path("api_key_file") is not None
    with asked(context, holder=None if with_key else who or found["sender"]) as api:
        _check(api, file, signed)
        if agreed(api, prepared(found, signed)):
            sent = send(api, [bytes.fromhex(raw[2:]) for raw in found["transactions"]])
            result = found["preview"]["result"]
            api.say("sent", {"transactions": sent, "result": result}, lambda: sent_text(api, sent, result))


def _check(api: Asked, file: Path, signed: list[Signed]) -> None:
    """Raise InputError for another chain, and, where the chain can be asked, for numbers that are not the next ones.
    An API is handed each under its hash: what was sent is not sent again."""
    first = signed[0]
    if first.tx.chain_id != api.chain_id:
        expected, found = f"chain id {api.chain_id}", f"chain id {first.tx.chain_id}"
        raise InputError("they are for another chain", file=str(file), expected=expected, found=found)
    if api.ledger is None:
        return
    mined = [one for one in signed if api.ledger.node.receipt(one.hash) is not None]
    if len(mined) == len(signed):
        raise InputError("they were sent before, and are done", file=str(file), found=f"0x{mined[-1].hash.hex()}")
    following, next_nonce = signed[len(mined)], api.ledger.node.nonce(first.sender)
    if following.tx.nonce != next_nonce:
        raise InputError(
            "the wallet has sent something else meanwhile" if following.tx.nonce < next_nonce else "others come first",
            file=str(file),
            field="nonce",
            expected=str(next_nonce),
            found=str(following.tx.nonce),
            hint="have it signed again" if following.tx.nonce < next_nonce else "send what was signed before",
        )
