"""`crt network`: networks by name (docs/cli.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli import completing
from ledger.cli.asking import confirm
from ledger.cli.config import Project, file_of
from ledger.cli.config_values import check_network_name, shown, text_value
from ledger.cli.configured import configured, layers
from ledger.cli.networks import is_real
from ledger.cli.options import local
from ledger.cli.output import say, some
from ledger.cli.settings import NETWORK_ONLY, SETTINGS, Layer, Named, Settings, Source, Value, resolve
from ledger.cli.settings import network as named
from ledger.errors import InputError, Unknown

__all__ = ["app"]

app = typer.Typer(help="Networks by name: a local chain, a node with a deployment, or an API.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, - and _; at most 32.")]
_Known = Annotated[str, typer.Argument(metavar="NAME", help="A network.", autocompletion=completing.networks)]
_KNOWN = {**SETTINGS, **NETWORK_ONLY}


@local(app, "add")
def add(
    as_json: bool,
    name: _Name,
    chain: Annotated[Path | None, typer.Option(help="A local chain's file.")] = None,
    rpc: Annotated[str | None, typer.Option(help="A node's URL, with --deployment.")] = None,
    deployment: Annotated[Path | None, typer.Option(help="The file that crt deploy wrote.")] = None,
    api: Annotated[str | None, typer.Option(help="The URL of an API.")] = None,
    api_key_file: Annotated[Path | None, typer.Option(help="A file (0600) with the secret of an API's key.")] = None,
    who: Annotated[
        str | None,
        typer.Option("--as", help="Who acts there, or the wallet that signs in.", autocompletion=completing.accounts),
    ] = None,
    confirmations: Annotated[int | None, typer.Option(min=0, help="Blocks until something is final.")] = None,
    most_fee: Annotated[int | None, typer.Option(min=0, help="The most that is offered, in gwei per gas.")] = None,
    database: Annotated[str | None, typer.Option(help="The database's address, without a password.")] = None,
    test: Annotated[bool, typer.Option("--test", help="Nothing there has value: it is asked about once.")] = False,
    project: Project = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether the chain id is the right one.")] = False,
) -> None:
    """Give a network a name. It is asked for its chain id, which has to be confirmed, and is expected from then on.

    Example: crt network add main --rpc http://127.0.0.1:8545 --deployment deployment.json --confirmations 64
    """
    from ledger.cli.config_files import change
    from ledger.cli.network_probe import chain_id_of

    check_network_name(name)
    if any(name in layer.networks for layer in layers({})):
        raise InputError(
            "the name is taken",
            field="NAME",
            expected="a name that is free",
            found=name,
            hint=f"crt network remove {name}, or take another",
        )
    source, file = file_of(project)
    given: dict[str, Any] = {"chain": chain, "rpc": rpc, "deployment": deployment, "api": api, "as": who}
    given |= {"api_key_file": api_key_file, "confirmations": confirmations, "most_fee": most_fee, "database": database}
    values: dict[str, Value] = {
        key: text_value(SETTINGS[key], str(value), source, f"--{key.replace('_', '-')}")
        for key, value in given.items()
        if value is not None
    }
    values |= {key: value.absolute() for key, value in values.items() if isinstance(value, Path)}
    settings = _settings(name, {**values, "test": test}, Layer(source, file=file))
    chain_id = chain_id_of(settings)
    real = is_real(settings, chain_id)
    kind = "real: changes are asked about twice" if real else "a test: nothing there has value"
    confirm(f"{name} is chain {chain_id}, {kind}.", yes)
    kept = {**values, "chain_id": chain_id, **({"test": True} if test else {})}

    def edit(document: Any) -> None:
        import tomlkit

        networks = document.setdefault("networks", tomlkit.table(is_super_table=True))
        networks[name] = {key: _plain(value) for key, value in kept.items()}

    change(source, file, edit)
    made = named(layers({}), name)
    say(as_json, "network", _document(made), *_lines(made), f"written to {file}; use it: crt network use {name}")


@local(app, "list")
def list_all(as_json: bool) -> None:
    """Show all networks, and which is used.

    Example: crt network list
    """
    found = [Named(name, values, layer) for layer in layers() for name, values in sorted(layer.networks.items())]
    used = configured().network
    documents = [{**_document(one), "used": used is not None and one.name == used.name} for one in found]
    lines = [
        f"{'*' if document['used'] else ' '} {one.name:16} {_where(one)}"
        for one, document in zip(found, documents, strict=True)
    ]
    say(as_json, "networks", {"networks": documents}, *(lines or ["no networks: crt network add NAME adds one"]))


@local(app, "show")
def show(as_json: bool, name: _Known) -> None:
    """Show a network: where it is, its chain id, and what is set for it.

    Example: crt network show main
    """
    found = named(layers(), name)
    say(as_json, "network", _document(found), *_lines(found))


@local(app, "use")
def use(as_json: bool, name: _Known, project: Project = False) -> None:
    """Take a network wherever no other is named: `network` in your own file, or in the project's.

    Example: crt network use main
    """
    from ledger.cli.config_files import change

    found = named(layers(), name)
    source, file = file_of(project)

    def edit(document: Any) -> None:
        for place in ("chain", "rpc", "deployment", "api"):
            document.pop(place, None)
        document["network"] = name

    change(source, file, edit)
    now = configured()
    is_used = now.network is not None and now.network.name == name
    place = now.found["network" if now.network else {"node": "rpc"}.get(now.place, now.place)].place
    line = f"{name} is used from now on" if is_used else f"{name} is set in {file}, but {place} stands before it"
    say(as_json, "network", {**_document(found), "used": is_used}, line)


@local(app, "remove")
def remove(
    as_json: bool,
    name: _Known,
    project: Project = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a network. Nothing changes on it, and its files stay.

    Example: crt network remove main
    """
    from ledger.cli.config_files import change, read_file

    source, file = file_of(project)
    if name not in read_file(source, file).networks:
        raise Unknown(
            "there is no such network",
            file=str(file),
            field="NAME",
            expected="a network of this file",
            found=repr(name[:40]),
            hint="crt network list shows where each is; --project is for those of a project",
        )
    confirm(f"Forget the network {name} in {file}.", yes)

    def edit(document: Any) -> None:
        del document["networks"][name]
        if not document["networks"]:
            del document["networks"]
        if document.get("network") == name:
            del document["network"]

    address = read_file(source, file).networks[name].get("api")
    change(source, file, edit)
    if isinstance(address, str):
        from ledger.cli.sessions import end_all

        end_all(address)
    say(as_json, "network-removed", {"name": name, "file": str(file)}, f"{name} is forgotten")


@local(app, "logout", places=True)
def logout(
    as_json: bool,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Default: the one in use.", autocompletion=completing.networks),
    ] = None,
) -> None:
    """End the sessions of your wallets at an API, there and here. The next command that needs one signs in again.

    Example: crt network logout main
    """
    from ledger.cli.sessions import end_all

    values = configured().found["api"].value if name is None else named(layers(), name).values.get("api")
    if values is None:
        found = "a chain" if name is None else name
        raise InputError("one signs in to APIs alone", field="NAME", expected="a network with an API", found=found)
    ended, untold = end_all(str(values))
    lines = [f"{some(ended, 'session')} ended"]
    lines += [f"the API was not told of {untold}: they end by themselves, within hours"] if untold else []
    say(as_json, "network-logout", {"api": shown(SETTINGS["api"], values), "ended": ended, "untold": untold}, *lines)


def _settings(name: str, values: dict[str, Value], layer: Layer) -> Settings:
    """What would count if the network was used."""
    made = Layer(layer.source, {"network": name}, {name: values}, layer.file)
    return resolve([made])


def _plain(value: Value) -> str | int | bool:
    return str(value) if isinstance(value, Path) else value


def _where(one: Named) -> str:
    place = next((key for key in ("rpc", "api", "chain") if key in one.values), None)
    where = "nowhere" if place is None else shown(SETTINGS[place], one.values[place])
    test = ", test" if one.values.get("test") is True else ""
    scope = "project" if one.layer.source is Source.PROJECT else "user"
    return f"chain id {one.chain_id or 'not known'}{test}  {where}  ({scope})"


def _document(one: Named) -> dict[str, Any]:
    values = {key: value if type(value) is not str else shown(_KNOWN[key], value) for key, value in one.values.items()}
    plain = {key: _plain(value) for key, value in values.items() if key not in ("chain_id", "test")}
    return {
        "name": one.name,
        "chainId": one.chain_id,
        "test": one.values.get("test") is True,
        "file": str(one.layer.file),
        "settings": plain,
    }


def _lines(one: Named) -> list[str]:
    rows = [f"  {key:14} {shown(_KNOWN[key], value)}" for key, value in one.values.items()]
    return [f"{one.name}  ({one.layer.file})", *rows]
