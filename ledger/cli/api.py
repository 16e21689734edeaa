"""`crt api`: the HTTP API, and who may use it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.context import Context
from ledger.cli.options import command
from ledger.cli.output import some
from ledger.cli.serve import serve

if TYPE_CHECKING:
    from ledger.services.access import Key

__all__ = ["app"]

app = typer.Typer(help="The HTTP API: serve it, and say who may use it.", no_args_is_help=True)
command(app, "serve")(serve)

_keys = typer.Typer(help="Keys of operators and auditors. Holders sign in with their wallets.", no_args_is_help=True)
app.add_typer(_keys, name="key")

_Id = Annotated[str, typer.Argument(metavar="ID", help="The key's id: 12 digits, in the middle of its secret.")]


@command(_keys, "make")
def make(
    context: Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    role: Annotated[list[str], typer.Option("--role", help="What it may act as: auditor, or a role; again for more.")],
    days: Annotated[
        int | None, typer.Option(min=1, max=36_525, help="For how long it is good. Default: always.")
    ] = None,
) -> None:
    """Make a key. It is shown this once.

    Example: crt api key make "payments desk" --role servicer
    """
    from ledger.services.access import make_key
    from ledger.services.audit import somebody

    lasts = None if days is None else timedelta(days=days)
    with context.database() as database:
        made, secret = make_key(database, name, _roles(role), by=somebody(), lasts=lasts)
    told = "it is not shown again; it goes with each request: Authorization: Bearer"
    context.say("api-key", {**_document(made), "secret": secret}, *_lines(made), f"secret {secret}", told)


@command(_keys, "list")
def list_all(context: Context) -> None:
    """Show all keys, also those that are good for nothing any more.

    Example: crt api key list
    """
    from ledger.services.access import keys

    with context.database() as database:
        found = keys(database)
    lines = [line for one in found for line in _lines(one)]
    context.say("api-keys", {"keys": [_document(one) for one in found]}, *(lines or ["no keys"]))


@command(_keys, "rotate")
def rotate(
    context: Context,
    id: _Id,
    hours: Annotated[int, typer.Option(min=0, max=24 * 90, help="How long the old secret is good too.")] = 24,
) -> None:
    """Make another secret for a key, which is shown this once; for some hours the old one is good too.

    Example: crt api key rotate 0123456789ab --hours 1
    """
    from ledger.services.access import rotate_key

    with context.database() as database:
        found, secret = rotate_key(database, id, timedelta(hours=hours))
    told = f"for {some(hours, 'hour')} the old one is good too" if hours else "the old one is good for nothing any more"
    context.say("api-key", {**_document(found), "secret": secret}, f"secret {secret}", told)


@command(_keys, "revoke")
def revoke(context: Context, id: _Id) -> None:
    """Make a key good for nothing, in all processes within 2 seconds.

    Example: crt api key revoke 0123456789ab
    """
    from ledger.services.access import revoke_key

    with context.database() as database:
        found = revoke_key(database, id)
    context.say("api-key", _document(found), *_lines(found))


def _roles(names: list[str]) -> list[Any]:
    from ledger.errors import InputError
    from ledger.services.access import OPERATORS, Access

    known = {one.value: one for one in Access}
    for name in names:
        if name not in known:
            raise InputError("not a role", field="--role", expected=", ".join(OPERATORS), found=ascii(name)[:40])
    return [known[name] for name in names]


def _document(one: Key) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "roles": list(one.access),
        "madeAt": one.made_at.isoformat(),
        "madeBy": one.made_by,
        "expiresAt": None if one.expires_at is None else one.expires_at.isoformat(),
        "revokedAt": None if one.revoked_at is None else one.revoked_at.isoformat(),
    }


def _lines(one: Key) -> list[str]:
    state = ""
    if one.revoked_at is not None:
        state = f", revoked {one.revoked_at:%Y-%m-%d %H:%M} UTC"
    elif one.expires_at is not None:
        state = f", up to {one.expires_at:%Y-%m-%d %H:%M} UTC"
    return [
        f"{one.id}  {one.name}  ({', '.join(one.access)})",
        f"   made {one.made_at:%Y-%m-%d} by {one.made_by}{state}",
    ]
