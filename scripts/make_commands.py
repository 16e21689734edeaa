"""Write docs/commands.md: every command of `crt`, with its arguments and options, as its `--help` says it.

Run it after a command has changed: .venv/bin/python scripts/make_commands.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import typer.main

from ledger.cli.app import app

DOCUMENT: Final = Path(__file__).resolve().parent.parent / "docs" / "commands.md"

_HEAD: Final = """# The commands of `crt`

Made by scripts/make_commands.py from what `crt COMMAND --help` says. [cli.md](cli.md) has what they have in common.
"""
_SHARED: Final = {
    "a ledger": ("receipt list", "network chain rpc deployment api colour set json"),
    "a change": ("receipt split", "yes dry-run wait timeout full"),
    "an operator": ("receipt freeze", "sign-only key"),
}
"""What many commands have is said once: options by name, as a command has them."""


def made() -> str:
    """The document."""
    root: Any = typer.main.get_command(app)
    found = dict(_commands(root, "crt"))
    common = _common(found)
    parts = [_HEAD]
    for name, options in common.items():
        parts += [f"## Options of {name}", _table(options)]
    group = ""
    for path, command in found.items():
        first = " ".join(path.split()[:2])
        if first != group:
            group = first
            parts.append(f"## `{group}`")
            if path != group:
                parts.append(_sentence(root.commands[group.split()[1]].help))
        parts += _section(path, command, common)
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Each command that can be run, by its path, a group that is one itself among them."""
    for name, one in sorted(group.commands.items()):
        inner = f"{path} {name}"
        children = getattr(one, "commands", None)
        if children is None or one.invoke_without_command:
            yield inner, one
        if children is not None:
            yield from _commands(one, inner)


def _common(found: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The options that many commands have."""
    common = {}
    for kind, (example, names) in _SHARED.items():
        options = _options(found[f"crt {example}"])
        wanted = {f"--{name}" for name in names.split()}
        common[kind] = {key: text for key, text in options.items() if key.split("`")[0] in wanted}
    return common


def _section(path: str, command: Any, common: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    usage = " ".join([path, *(_named(one) for one in arguments)])
    yield f"### `{usage}`"
    text, _, example = (command.help or "").partition("Example: ")
    yield _sentence(text)
    if example:
        yield f"    {example.strip()}"
    options = _options(command)
    held = [name for name, of in common.items() if of and of.items() <= options.items()]
    own = {_named(one): one.help for one in arguments if one.help}
    covered = {key for name in held for key in common[name]}
    own |= {key: text for key, text in options.items() if key not in covered}
    if own:
        yield _table(own)
    if held:
        yield f"And the options of {', of '.join(held)}."


def _options(command: Any) -> dict[str, str]:
    found = {}
    for one in command.params:
        if one.param_type_name == "option" and not one.hidden and one.name != "help":
            found["`, `".join((*one.opts, *one.secondary_opts))] = _said(one)
    return found


def _said(option: Any) -> str:
    text = _sentence(option.help or "")
    if option.required:
        return f"{text} It has to be given."
    default = option.default
    plain = isinstance(default, (int, float, str)) and not isinstance(default, bool) and default != ""
    return f"{text} [{getattr(default, 'value', default)}]" if plain else text


def _named(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return str(name) if argument.required else f"[{name}]"


def _sentence(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", re.sub(r"\n\s*\n", "\n", text.replace("\b", ""))).strip()


def _table(rows: Mapping[str, str]) -> str:
    def cell(text: str) -> str:
        return text.replace("|", "\\|")

    lines = [f"| `{name}` | {cell(text)} |" for name, text in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines])


if __name__ == "__main__":
    DOCUMENT.write_text(made(), encoding="utf-8")
