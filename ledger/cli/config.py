"""`crt config`: which settings count, where each is from, and how the files are changed (docs/cli.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli import completing
from ledger.cli.config_values import shown, text_value
from ledger.cli.configured import configured, layers
from ledger.cli.options import local
from ledger.cli.output import say
from ledger.cli.settings import SETTINGS, Found, Kind, Setting, Source
from ledger.errors import InputError, Unknown

__all__ = ["Project", "app", "file_of"]

app = typer.Typer(
    help="Settings: which count, where they are from, and the files that hold them.", no_args_is_help=True
)

Project = Annotated[bool, typer.Option("--project", help="The project's crt.toml, instead of your own file.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="A setting.", autocompletion=completing.settings)]


@local(app, "explain", places=True)
def explain(as_json: bool) -> None:
    """Show each setting, its value, where it is from, and what it stands before. Secrets are not shown.

    Example: crt config explain --network main
    """
    found = configured()
    documents = [_document(one) for one in found.found.values()]
    place = {"place": found.place, "network": None if found.network is None else found.network.name}
    lines = [line for one in found.found.values() for line in _lines(one)]
    say(as_json, "config", {**place, "settings": documents}, *lines)


@local(app, "list")
def list_all(as_json: bool, project: Project = False) -> None:
    """Show what one file says: your own, or the project's.

    Example: crt config list
    """
    source, path = file_of(project)
    layer = next((one for one in layers() if one.source is source), None)
    values = {} if layer is None else {name: shown(SETTINGS[name], value) for name, value in layer.values.items()}
    networks = [] if layer is None else sorted(layer.networks)
    lines = [f"{name:14} {value}" for name, value in values.items()]
    lines += [f"{'network':14} {name}  (crt network show {name})" for name in networks]
    document = {"file": str(path), "settings": values, "networks": networks}
    say(as_json, "config-file", document, *(lines or [f"nothing is said in {path}"]))


@local(app, "path")
def path(as_json: bool) -> None:
    """Show which files are read, and whether they are there.

    Example: crt config path
    """
    from ledger.cli.config_files import PROJECT, project_file, user_file

    own, project = user_file(), project_file()
    said = "" if own is not None and own.is_file() else "  (not there yet)"
    lines = [
        f"user     {own or 'none: this user has no home'}{said}",
        f"project  {project or f'none: no {PROJECT} in this folder or above it'}",
    ]
    document = {"user": own and str(own), "project": project and str(project)}
    say(as_json, "config-path", document, *lines)


@local(app, "set")
def set_one(
    as_json: bool,
    name: _Name,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Numbers in digits; a path as from here.")],
    project: Project = False,
) -> None:
    """Keep a setting in your own file, or in the project's. Comments stay; secrets are refused.

    Example: crt config set most_fee 50
    """
    from ledger.cli.config_files import change

    setting = _setting(name)
    source, file = file_of(project)
    found = text_value(setting, value, source, "VALUE")
    if name == "network":
        from ledger.cli.settings import network

        network(layers({}), value)
    kept: str | int = found if isinstance(found, int) else str(found)
    if setting.kind is Kind.PATH:
        kept = _from(file, Path(str(found)))

    def edit(document: Any) -> None:
        document[name] = kept

    change(source, file, edit)
    say(as_json, "config-set", {"file": str(file), "name": name, "value": shown(setting, kept)}, *_kept(file, setting))


@local(app, "unset")
def unset(as_json: bool, name: _Name, project: Project = False) -> None:
    """Take a setting out of your own file, or out of the project's.

    Example: crt config unset most_fee
    """
    from ledger.cli.config_files import change

    setting = _setting(name)
    source, file = file_of(project)

    def edit(document: Any) -> None:
        if name not in document:
            raise Unknown(
                "it is not said there", file=str(file), field=name, expected="a setting of it", found="nothing"
            )
        del document[name]

    change(source, file, edit)
    say(as_json, "config-set", {"file": str(file), "name": name, "value": None}, *_kept(file, setting))


def file_of(project: bool) -> tuple[Source, Path]:
    """The file that is to be changed. Raises InputError for a user without a home."""
    from ledger.cli.config_files import PROJECT, project_file, user_file

    if project:
        return Source.PROJECT, project_file() or Path.cwd() / PROJECT
    if (own := user_file()) is None:
        expected = "a home, or a folder in XDG_CONFIG_HOME"
        raise InputError("this user has no file of settings", field="XDG_CONFIG_HOME", expected=expected, found="none")
    return Source.USER, own


def _from(file: Path, path: Path) -> str:
    """A path as a project's file has it: relative where it can be, so that others can use it; absolute otherwise."""
    absolute = path.absolute()
    if file.name == "crt.toml" and absolute.is_relative_to(file.parent):
        return str(absolute.relative_to(file.parent))
    return str(absolute)


def _setting(name: str) -> Setting:
    if (found := SETTINGS.get(name)) is None:
        expected = f"one of {', '.join(SETTINGS)}"
        raise InputError("nobody knows this setting", field="NAME", expected=expected, found=repr(name[:40]))
    return found


def _kept(file: Path, setting: Setting) -> list[str]:
    """What counts now: something else may stand before the file."""
    found = configured({}).found[setting.name]
    value = "nothing" if found.value is None else shown(setting, found.value)
    return [f"written to {file}", f"{setting.name} is {value}, by {found.place}"]


def _document(one: Found) -> dict[str, Any]:
    value = None if one.value is None else shown(one.setting, one.value)
    return {
        "name": one.setting.name,
        "value": value,
        "source": one.source.name.lower(),
        "place": one.place,
        "overrides": [{"place": place, "value": shown(one.setting, value)} for place, value in one.overrides],
    }


def _lines(one: Found) -> list[str]:
    value = "-" if one.value is None else shown(one.setting, one.value)
    others = [f"{'':14}   not {shown(one.setting, value)}, by {place}" for place, value in one.overrides]
    return [f"{one.setting.name:14} {value:32} {one.place}", *others]
