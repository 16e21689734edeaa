"""`crt doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

from typing import Any

import typer

from ledger.cli.output import say

__all__ = ["doctor"]


def doctor(as_json: bool) -> None:
    """Look at the installation, the settings, the wallets, the network and the database. Ends with 1 if any fails.

    Nothing is changed, and no wallet is unlocked. `ok`, `warn` and `fail` begin each line; what to do follows.

    Example: crt doctor --network main
    """
    from ledger.cli.examining import Level, examine

    checks = list(examine())
    failed = sum(one.level is Level.FAIL for one in checks)
    documents: list[dict[str, Any]] = [
        {"name": one.name, "level": one.level.value, "found": one.found, "next": one.todo} for one in checks
    ]
    lines = [
        line
        for one in checks
        for line in (
            f"{one.level.value:4}  {one.name:12} {one.found}",
            *([f"{'':19}next: {one.todo}"] if one.todo else []),
        )
    ]
    say(as_json, "doctor", {"healthy": failed == 0, "checks": documents}, *lines)
    if failed:
        raise typer.Exit(1)
