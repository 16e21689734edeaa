"""`crt deploy`: the contracts, on a network by its URL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.output import progress, say

__all__ = ["deploy"]

_DAY = 86_400


def deploy(
    members: Annotated[Path, typer.Argument(help="Who has which role (TOML): admin, administrator, servicer ...")],
    key: Annotated[
        str,
        typer.Option(
            "--as", help="The deployer, a wallet or key:FILE: an account that sends nothing else. It keeps no role."
        ),
    ],
    rpc: Annotated[str | None, typer.Option("--rpc", help="The node's URL. Also CRT_RPC.")] = None,
    out: Annotated[Path, typer.Option(help="Where to write the addresses (JSON).")] = Path("deployment.json"),
    currency: Annotated[str, typer.Option(help="The currency of the stand-in for settlement cash.")] = "CNY",
    window: Annotated[
        int, typer.Option(min=1, max=365, help="Days in which a programme's count can be challenged; for good.")
    ] = 7,
    delay: Annotated[
        int, typer.Option(min=1, max=365, help="Days in which the recovery of a wallet can be vetoed; for good.")
    ] = 14,
    first_nonce: Annotated[int, typer.Option(min=0, help="The deployer's nonce of the first contract.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,
) -> None:
    """Put the contracts on a network, and hand out the roles. Broken off, it goes on where it was when it is repeated.

    Example: crt deploy members.toml --rpc http://127.0.0.1:8545 --as key:deployer.key --out deployment.json
    """
    from dataclasses import asdict

    from ledger.cli.accounts import key_of
    from ledger.cli.configured import configured, flags
    from ledger.cli.context import sending
    from ledger.errors import InputError
    from ledger.services.founding import deploy_to, read_members

    settings = configured(flags({"rpc": rpc}))
    if (url := settings.text("rpc")) is None:
        raise InputError(
            "no node is named", field="--rpc", expected="a node's URL, by --rpc or CRT_RPC", found="nothing"
        )
    named = read_members(members)
    deployer = key_of(key)
    with progress(as_json) as tell:
        tell("deploy the contracts")
        made = deploy_to(
            url,
            deployer,
            named,
            out,
            currency=currency,
            challenge_window=window * _DAY,
            recovery_delay=delay * _DAY,
            first=first_nonce,
            database_url=settings.text("database"),
            sending=sending(settings),
        )
    lines = [f"{name:20} {value}" for name, value in asdict(made).items()]
    say(as_json, "deployment", {"file": str(out), **asdict(made)}, *lines, f"written to {out}")
