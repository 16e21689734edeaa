"""`crt webhook`: who is told of what happens (docs/events.md)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.context import Context
from ledger.cli.options import command
from ledger.cli.output import some

if TYPE_CHECKING:
    from ledger.services.webhooks import Receiver

__all__ = ["app"]

app = typer.Typer(help="Webhooks: who is told of what happens, signed.", no_args_is_help=True)

_Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="The receiver's number.")]
_After = Annotated[
    int | None, typer.Option(min=0, help="Send what comes after this message of the feed; 0 sends all there ever was.")
]


@command(app, "add")
def add(
    context: Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where messages are posted: https, and public.")],
    events: Annotated[
        list[str] | None, typer.Option("--event", help="Kind.Name, Kind.* or *; again for others. Default: all.")
    ] = None,
    after: _After = None,
    local: Annotated[
        bool, typer.Option("--local", help="Allow http and private addresses: a receiver of yours.")
    ] = False,
) -> None:
    """Tell a receiver of events, from now on or from a message on. Its secret is shown this once.

    Example: crt webhook add https://example.com/ledger --event 'Spv.*'
    """
    from ledger.services import webhooks

    with context.ledger() as ledger:
        made, secret = webhooks.add(ledger, url, events or ("*",), after=after, local=local)
    context.say(
        "webhook",
        {**_document(made), "secret": secret},
        *_lines(made),
        f"secret {secret}",
        "it is not shown again: the receiver checks signatures with it",
    )


@command(app, "list")
def list_all(context: Context) -> None:
    """Show all receivers, and how far each is.

    Example: crt webhook list
    """
    from ledger.services import webhooks

    with context.ledger() as ledger:
        found = webhooks.receivers(ledger)
    lines = [line for one in found for line in _lines(one)]
    context.say("webhooks", {"webhooks": [_document(one) for one in found]}, *(lines or ["no receivers"]))


@command(app, "rotate")
def rotate(
    context: Context,
    number: _Number,
    hours: Annotated[int, typer.Option(min=0, max=24 * 90, help="How long both secrets sign.")] = 24,
) -> None:
    """Make a new secret, which is shown this once; for some hours messages are signed with the old one too.

    Example: crt webhook rotate 1 --hours 48
    """
    from ledger.services import webhooks

    with context.ledger() as ledger:
        secret = webhooks.rotate(ledger, number, timedelta(hours=hours))
    told = f"for {some(hours, 'hour')} the old one signs too" if hours else "the old one signs no more"
    context.say("webhook-secret", {"number": number, "secret": secret}, f"secret {secret}", told)


@command(app, "enable")
def enable(context: Context, number: _Number, after: _After = None) -> None:
    """Send to a receiver again, at once: from where it was, or again from a message on.

    Example: crt webhook enable 1 --after 1206
    """
    from ledger.services import webhooks

    with context.ledger() as ledger:
        webhooks.enable(ledger, number, after=after)
    context.say("webhook-enabled", {"number": number}, f"receiver {number} gets its messages again")


@command(app, "disable")
def disable(context: Context, number: _Number) -> None:
    """Send nothing to a receiver until it is enabled again.

    Example: crt webhook disable 1
    """
    from ledger.services import webhooks

    with context.ledger() as ledger:
        webhooks.disable(ledger, number)
    context.say("webhook-disabled", {"number": number}, f"receiver {number} gets nothing for now")


@command(app, "remove")
def remove(context: Context, number: _Number) -> None:
    """Forget a receiver, and its secrets.

    Example: crt webhook remove 1
    """
    from ledger.services import webhooks

    with context.ledger() as ledger:
        webhooks.remove(ledger, number)
    context.say("webhook-removed", {"number": number}, f"receiver {number} is forgotten")


def _document(one: Receiver) -> dict[str, Any]:
    return {
        "number": one.id,
        "url": one.url,
        "events": list(one.events),
        "local": one.local,
        "enabled": one.enabled,
        "checkpoint": one.checkpoint,
        "behind": one.behind,
        "failures": one.failures,
        "nextAt": None if one.next_at is None else one.next_at.isoformat(),
        "lastAnswer": one.last_answer,
    }


def _lines(one: Receiver) -> list[str]:
    state = "enabled" if one.enabled else "disabled"
    lines = [
        f"{one.id}  {one.url}  {state}",
        f"   {' '.join(one.events)}; has message {one.checkpoint}, {some(one.behind, 'message')} behind",
    ]
    return lines if one.last_answer is None else [*lines, f"   {one.last_answer}"]
