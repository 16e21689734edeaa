"""`crt events`: the feed of what has happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ledger.cli.asked import asked
from ledger.cli.context import Context
from ledger.cli.options import All, AsMaybe, Full, Limit

if TYPE_CHECKING:
    from ledger.cli.asked import Asked

__all__ = ["events"]

_LOOK: Final = 1.0  # seconds between looks for what is new


def events(
    context: Context,
    after: Annotated[int, typer.Option(min=0, help="Behind this message, by its number; 0: from the first one.")] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what happens, until Ctrl-C.")] = False,
    full: Full = False,
    limit: Limit = 100,
    everything: All = False,
    who: AsMaybe = None,
) -> None:
    """Show what has happened, in its order: each message with its number, time (UTC), block and what it says.

    With --json one document; with --follow a line of JSON for each message, as docs/events.md has it.

    Example: crt events --after 40 --limit 20
    """
    from ledger.cli.draw.happened import happened

    with asked(context) as api:
        if follow:
            _follow(api, after, full=full)
            return
        rows, more = api.rows(api.client.list_events, limit, everything, after=after)

        def draw() -> str:
            return "\n".join(happened(rows, api.look(full=full), api.all_series)) or "nothing has happened yet"

        api.say_rows("events", rows, more, draw)


def _follow(api: Asked, after: int, *, full: bool) -> None:
    """Print messages as they come, until it is stopped."""
    from ledger.cli.draw.happened import happened
    from ledger.cli.node import until_stopped

    look = api.look(full=full)
    with until_stopped() as stopped:
        while True:
            for one in api.client.rows(api.client.list_events, after=after):
                after = one["data"]["seq"]
                if api.context.as_json:
                    print(json.dumps(one, ensure_ascii=False), flush=True)
                else:
                    print("".join(f"{text}\n" for text in happened([one], look, api.all_series)), end="", flush=True)
            if stopped.wait(_LOOK):
                return
