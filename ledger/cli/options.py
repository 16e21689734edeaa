"""Options that many commands have, and those of every command on a ledger."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.auditing import audited
from ledger.cli.context import Context
from ledger.errors import InputError

__all__ = ["As", "ChainOption", "LogArgument", "PolicyOption", "RepositoryOption", "command"]

As = Annotated[
    str,
    typer.Option(
        "--as", help="Who does it: a role such as district, dev:N (local chains), a wallet, or key:FILE (0600)."
    ),
]
ChainOption = Annotated[Path, typer.Option("--chain", envvar="CRT_CHAIN", help="A local chain's file.")]
LogArgument = Annotated[Path, typer.Argument(metavar="LOG", help="A log made by `crt contrib attribute`.")]
PolicyOption = Annotated[Path | None, typer.Option("--policy", help="The programme's policy (TOML).")]
RepositoryOption = Annotated[
    int | None, typer.Option("--repository", min=1, help="The repository's number on chain. Default: the log knows it.")
]
_Rpc = Annotated[str | None, typer.Option("--rpc", envvar="CRT_RPC", help="A node's URL, instead of a local chain.")]
_Deployment = Annotated[
    Path | None,
    typer.Option("--deployment", envvar="CRT_DEPLOYMENT", help="With --rpc: where its contracts are (JSON)."),
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
_CHAIN_OPTIONS: dict[str, Any] = {
    "chain": (ChainOption, Path("crt-chain.db")),
    "rpc": (_Rpc, None),
    "deployment": (_Deployment, None),
    "as_json": (_Json, False),
}


def command(group: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command on a chain: its function gets a :class:`Context`, its options are joined by those of the chain."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

        def run(
            called: typer.Context, chain: Path, rpc: str | None, deployment: Path | None, as_json: bool, **given: Any
        ) -> None:
            rpc, deployment = _wanted(called, rpc, deployment)
            context = Context(chain, rpc, deployment, as_json)
            place = {"deployment": deployment, "rpc": rpc} if rpc or deployment else {"chain": chain}
            with audited(called, {**given, **place}, context.open_database):
                function(context, **given)

        common = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
            for key, (kind, default) in _CHAIN_OPTIONS.items()
        ]
        called = inspect.Parameter("called", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        parameters = [called, *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own), *common]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        run.__doc__ = function.__doc__
        group.command(name)(run)
        return function

    return register


def _wanted(called: typer.Context, rpc: str | None, deployment: Path | None) -> tuple[str | None, Path | None]:
    """The node and the deployment that are meant: what is typed wins over what variables say, ``--chain`` too."""
    typed = {name for name in _CHAIN_OPTIONS if _source(called, name) == "COMMANDLINE"}
    if "chain" not in typed:
        return rpc, deployment
    if other := sorted(typed & {"rpc", "deployment"}):
        raise InputError(
            "a local chain or a network, not both", field="--chain", expected="--chain alone", found=f"--{other[0]} too"
        )
    return None, None


def _source(called: typer.Context, name: str) -> str:
    source = called.get_parameter_source(name)
    return "" if source is None else source.name
