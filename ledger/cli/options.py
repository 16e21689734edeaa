"""Options that many commands have, those of every command on a ledger, and those of every one that changes it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli import completing
from ledger.cli.auditing import audited
from ledger.cli.configured import configured, flags, using
from ledger.cli.context import Context
from ledger.cli.settings import Settings
from ledger.errors import InputError

__all__ = [
    "All",
    "As",
    "AsMaybe",
    "Full",
    "Json",
    "Limit",
    "LogArgument",
    "PolicyOption",
    "RepositoryOption",
    "change",
    "command",
    "local",
    "operate",
]

_WHO = "Who does it: a role such as district, dev:N (local chains), a wallet, or key:FILE (0600)."
As = Annotated[str, typer.Option("--as", help=_WHO, autocompletion=completing.accounts)]
AsMaybe = Annotated[str | None, typer.Option("--as", help=f"{_WHO} Also CRT_AS.", autocompletion=completing.accounts)]
"""The same, of a command that goes on if nobody says who."""
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Full = Annotated[bool, typer.Option("--full", help="Addresses and hashes as long as they are.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")]
All = Annotated[bool, typer.Option("--all", help="All that there are, whatever --limit says.")]
LogArgument = Annotated[Path, typer.Argument(metavar="LOG", help="A log made by `crt contrib attribute`.")]
PolicyOption = Annotated[Path | None, typer.Option("--policy", help="The programme's policy (TOML).")]
RepositoryOption = Annotated[
    int | None, typer.Option("--repository", min=1, help="The repository's number on chain. Default: the log knows it.")
]


def _setting(name: str, help: str, metavar: str, names: Callable[[str], list[str]] | None = None) -> Any:
    option = typer.Option(f"--{name}", metavar=metavar, help=help, autocompletion=names)
    return Annotated[str | None, option]


_SETTINGS: dict[str, Any] = {
    "network": _setting("network", "A network by its name. Also CRT_NETWORK.", "NAME", completing.networks),
    "chain": _setting("chain", "A local chain's file, crt-chain.db by default. Also CRT_CHAIN.", "FILE"),
    "rpc": _setting("rpc", "A node's URL, instead of a local chain. Also CRT_RPC.", "URL"),
    "deployment": _setting("deployment", "With --rpc: where its contracts are (JSON). Also CRT_DEPLOYMENT.", "FILE"),
    "api": _setting("api", "The URL of an API, instead of a chain. Also CRT_API.", "URL"),
    "colour": _setting(
        "colour", "Colours: auto, always or never. Also CRT_COLOUR, NO_COLOR.", "WHEN", completing.colours
    ),
}
_Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Another setting, for this command; again for more."),
]
_CHANGE: dict[str, tuple[Any, Any]] = {
    "yes": (Annotated[bool, typer.Option("--yes", help="Do not ask. A real network has to be named, too.")], False),
    "dry_run": (Annotated[bool, typer.Option("--dry-run", help="Show what would happen, and do nothing.")], False),
    "sign_only": (
        Annotated[
            Path | None,
            typer.Option("--sign-only", metavar="FILE", help="Sign, and write it to this file instead of sending it."),
        ],
        None,
    ),
    "wait": (
        Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is done, or only until it is accepted.")],
        True,
    ),
    "timeout": (Annotated[float, typer.Option(min=0, max=86_400, help="For how many seconds to wait.")], 60.0),
    "full": (
        Annotated[bool, typer.Option("--full", help="Whole addresses, and the accounts of the books too.")],
        False,
    ),
}
_OPERATE: dict[str, tuple[Any, Any]] = _CHANGE | {
    "sign_only": (
        Annotated[
            Path | None,
            typer.Option(
                "--sign-only",
                metavar="FILE",
                help="Refused here: the ledger signs what operators ask for, under an operation id.",
            ),
        ],
        None,
    ),
    "key": (
        Annotated[
            str | None,
            typer.Option(
                "--key", help="A name for this request: under the same one it is done once. Default: a new one."
            ),
        ],
        None,
    ),
}

_Command = Callable[..., None]


def command(group: typer.Typer, name: str) -> Callable[[_Command], _Command]:
    """A command on a ledger: its function gets a :class:`Context`; the options that say which ledger join its own.

    A parameter of the type ``As`` or ``AsMaybe`` that is not typed is what the settings say; ``As`` must be said.
    """

    def made(settings: Settings, given: dict[str, Any], as_json: bool) -> Context:
        return Context(settings, as_json)

    return _registering(group, name, made, {})


def change(group: typer.Typer, name: str) -> Callable[[_Command], _Command]:
    """A command that changes a ledger: its function gets a :class:`~ledger.cli.manners.Change`; ``--yes``,
    ``--dry-run``, ``--sign-only``, ``--wait/--no-wait``, ``--timeout`` and ``--full`` join its options, too. It has a
    parameter ``As``."""
    return _registering(group, name, _changing(_CHANGE), _CHANGE)


def operate(group: typer.Typer, name: str) -> Callable[[_Command], _Command]:
    """A command that has the ledger do something for an operator: as :func:`change`, with ``--key`` beside. Nothing is
    signed here, so ``--sign-only`` is refused. It has a parameter ``AsMaybe``: without it, on a local chain
    whoever has the role does it, over an API whoever has the key."""
    return _registering(group, name, _changing(_OPERATE), _OPERATE)


def _changing(more: Mapping[str, Any]) -> Callable[[Settings, dict[str, Any], bool], Context]:
    def made(settings: Settings, given: dict[str, Any], as_json: bool) -> Context:
        from ledger.cli.manners import Change

        if "key" in more and given["sign_only"] is not None:
            raise InputError(
                "what operators ask for is signed by the ledger itself, under an operation id",
                field="--sign-only",
                expected="a command of holders, or none",
                found="a command of operators",
                hint="--dry-run shows what it would do; --key makes it safe to repeat",
            )
        return Change(settings, as_json, **{key: given.pop(key) for key in more})

    return made


def local(group: typer.Typer, name: str, *, places: bool = False) -> Callable[[_Command], _Command]:
    """A command that need not open a ledger: its function gets ``as_json``. ``--colour`` joins its options, and with
    ``places`` all that say which ledger; no setting is read before it asks for one, so that it can tell which is wrong.
    """
    names = _SETTINGS if places else {"colour": _SETTINGS["colour"]}

    def register(function: _Command) -> _Command:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

        def run(as_json: bool, more_settings: list[str] | None = None, **given: Any) -> None:
            with using(flags({key: given.pop(key) for key in names}, more_settings or ())):
                function(as_json, **given)

        more = {"more_settings": (_Set, None)} if places else {}
        options = {**{key: (kind, None) for key, kind in names.items()}, **more, **_JSON}
        _install(group, name, function, run, [*own, *_common(options)])
        return function

    return register


_JSON: dict[str, tuple[Any, Any]] = {"as_json": (Json, False)}


def _registering(
    group: typer.Typer,
    name: str,
    made: Callable[[Settings, dict[str, Any], bool], Context],
    more: Mapping[str, tuple[Any, Any]],
) -> Callable[[_Command], _Command]:
    def register(function: _Command) -> _Command:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        who = next((one.name for one in own if one.annotation in (As, AsMaybe)), None)
        must = any(one.annotation == As for one in own)
        own = [one.replace(annotation=AsMaybe, default=None) if one.name == who else one for one in own]

        def run(called: typer.Context, more_settings: list[str] | None, as_json: bool, **given: Any) -> None:
            typed = {key: given.pop(key) for key in _SETTINGS}
            found = flags(typed, more_settings or ())
            if who is not None and given[who] is not None:
                found["as"] = given[who]
            with using(found):
                settings = configured()
                context = made(settings, given, as_json)
                if who is not None:
                    given[who] = _acting(settings) if must else settings.text("as")
                with audited(called, {**given, **_place(settings)}, context.open_database):
                    function(context, **given)

        options = {key: (kind, None) for key, kind in _SETTINGS.items()} | {"more_settings": (_Set, None), **_JSON}
        called = inspect.Parameter("called", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        _install(group, name, function, run, [called, *own, *_common(more), *_common(options)])
        return function

    return register


def _common(options: Mapping[str, tuple[Any, Any]]) -> list[inspect.Parameter]:
    return [
        inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
        for key, (kind, default) in options.items()
    ]


def _install(group: typer.Typer, name: str, function: _Command, run: Any, parameters: list[inspect.Parameter]) -> None:
    """Register ``run`` under the name and the help of ``function``, with these parameters."""
    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    run.__signature__ = inspect.Signature(parameters)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__doc__ = function.__doc__
    group.command(name)(run)


def _acting(settings: Settings) -> str:
    found = settings.text("as")
    if found is None:
        raise InputError(
            "who does it is not said",
            field="--as",
            expected="a role (local chains), dev:N, a wallet, or key:FILE",
            found="nothing",
            hint="or say it once for all: crt config set as NAME",
        )
    return found


def _place(settings: Settings) -> dict[str, str | None]:
    """Which ledger it is, for the audit log."""
    names = ("network", "chain", "rpc", "deployment", "api")
    return {name: settings.text(name) for name in names if settings.found[name].value is not None}
