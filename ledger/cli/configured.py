"""The settings that count for the command that runs: of its flags, of variables, of files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from ledger.cli.config_values import text_value
from ledger.cli.settings import SETTINGS, Layer, Settings, Source, Value, resolve
from ledger.errors import InputError

__all__ = ["chain_file", "configured", "flags", "layers", "using", "wallet_home"]

_flags: ContextVar[Mapping[str, Value] | None] = ContextVar("flags", default=None)


def configured(typed: Mapping[str, Value] | None = None) -> Settings:
    """What counts now, with these flags instead of those of the command that runs. Raises InputError for a setting that
    is wrong, wherever it is said."""
    return resolve(layers(typed))


def layers(typed: Mapping[str, Value] | None = None) -> list[Layer]:
    """What each source says, flags first. Raises InputError."""
    return [Layer(Source.FLAG, (_flags.get() or {}) if typed is None else typed), environment(os.environ), *_files()]


@contextmanager
def using(typed: Mapping[str, Value]) -> Iterator[None]:
    """A command with these flags runs."""
    token = _flags.set(typed)
    try:
        yield
    finally:
        _flags.reset(token)


def flags(typed: Mapping[str, str | None], more: Sequence[str] = ()) -> dict[str, Value]:
    """The flags that were typed, by setting: their own, and ``NAME=VALUE`` of ``--set``. Raises InputError."""
    found = {
        name: text_value(SETTINGS[name], text, Source.FLAG, SETTINGS[name].flag)
        for name, text in typed.items()
        if text is not None
    }
    for pair in more:
        name, separator, text = pair.partition("=")
        if not separator or name not in SETTINGS:
            expected = f"NAME=VALUE, with one of {', '.join(SETTINGS)}"
            raise InputError("not a setting", field="--set", expected=expected, found="another name, or no =")
        if name in found:
            raise InputError("said twice", field="--set", expected=f"{name} once", found="twice")
        found[name] = text_value(SETTINGS[name], text, Source.FLAG, f"--set {name}")
    return found


def environment(variables: Mapping[str, str]) -> Layer:
    """What variables say; an empty one says nothing. ``NO_COLOR`` and ``FORCE_COLOR`` are those of other programs."""
    found = {
        one.name: text_value(one, text, Source.ENVIRONMENT, one.variable)
        for one in SETTINGS.values()
        if (text := variables.get(one.variable))
    }
    if "colour" not in found and (variables.get("NO_COLOR") or variables.get("FORCE_COLOR")):
        found["colour"] = "never" if variables.get("NO_COLOR") else "always"
    return Layer(Source.ENVIRONMENT, found)


def wallet_home() -> Path:
    """The folder of wallets."""
    from ledger.wallet.files import home

    named = configured().path("wallets")
    return home() if named is None else named.absolute()


def _files() -> Iterator[Layer]:
    from ledger.cli.config_files import project_file, read_file, user_file

    if (project := project_file()) is not None:
        yield read_file(Source.PROJECT, project)
    if (own := user_file()) is not None:
        yield read_file(Source.USER, own)


def chain_file(typed: Path | None) -> Path:
    """The local chain's file that is meant, also where the ledger is elsewhere."""
    if typed is not None:
        return typed
    found = configured().found["chain"]
    chosen = [found.value, *(value for _, value in found.overrides), found.setting.default]
    return next(one for one in chosen if isinstance(one, Path))
