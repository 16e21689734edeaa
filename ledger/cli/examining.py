"""What `crt doctor` looks at on this machine; :mod:`ledger.cli.examining_ledger` looks at the ledger."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from ledger.cli.settings import SETTINGS, Settings, Source
from ledger.errors import LedgerError

__all__ = ["Check", "Level", "examine", "failed"]

_OTHERS: Final = ("CRT_CRASH",)
"""Variables that are no settings: this one is for tests."""


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, on one line, and what to do."""

    name: str
    level: Level
    found: str
    todo: str | None = None


def failed(name: str, error: LedgerError, level: Level = Level.FAIL) -> Check:
    """What an error says, on one line."""
    file, field, expected = (getattr(error, name, None) for name in ("file", "field", "expected"))
    place = f"{file}: " if file else ""
    todo = error.hint or (f"expected {expected}" if expected else None)
    return Check(name, level, f"{place}{error.message}{f' ({field})' if field else ''}", todo)


def examine() -> Iterator[Check]:
    """All checks, those first on which others rest. Raises nothing that what is looked at raises."""
    yield _python()
    yield _artifacts()
    yield from _files()
    yield from _variables()
    yield _completion()
    from ledger.cli.configured import configured

    try:
        settings = configured()
    except LedgerError as error:
        yield failed("settings", error)
        return
    yield from _wallets()
    yield from _secrets(settings)
    from ledger.cli.examining_ledger import examine_ledger

    yield from examine_ledger(settings)


def _python() -> Check:
    from importlib.metadata import version

    return Check("versions", Level.OK, f"crt {version('compute-receipt-ledger')}, Python {sys.version.split()[0]}")


def _artifacts() -> Check:
    from ledger.chain.artifacts import Contract, contract_names

    try:
        names = contract_names()
        for name in names:
            Contract(name)
    except LedgerError as error:
        return failed("contracts", error)
    if not names:
        return Check(
            "contracts", Level.FAIL, "there are none", "install the package again; from a clone: make contracts"
        )
    return Check("contracts", Level.OK, f"{len(names)} compiled contracts")


def _files() -> Iterator[Check]:
    from ledger.cli.config_files import project_file, read_file, user_file

    for name, source, path in (
        ("your file", Source.USER, user_file()),
        ("project", Source.PROJECT, project_file()),
    ):
        if path is None or not path.is_file():
            yield Check(name, Level.OK, "none")
            continue
        try:
            layer = read_file(source, path)
        except LedgerError as error:
            yield failed(name, error)
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if source is Source.USER and mode & 0o077:
            yield Check(name, Level.WARN, f"{path}: others can read it, mode {mode:04o}", f"chmod 600 {path}")
        else:
            said = f"{len(layer.values)} settings, {len(layer.networks)} networks"
            yield Check(name, Level.OK, f"{path}: {said}")


def _variables() -> Iterator[Check]:
    known = {one.variable for one in SETTINGS.values()}
    for name in sorted(os.environ):
        if name.startswith("CRT_") and name not in known and name not in _OTHERS:
            yield Check("variables", Level.WARN, f"{name} is no setting", f"one of {', '.join(sorted(known))}")


def _wallets() -> Iterator[Check]:
    from ledger.cli.configured import wallet_home
    from ledger.wallet.folder import Damaged, Folder

    try:
        home = wallet_home()
    except LedgerError as error:
        yield failed("wallets", error)
        return
    folders = [path for path in (home, home / "wallets") if path.exists()]
    for path in folders:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            yield Check("wallets", Level.FAIL, f"{path}: others may enter, mode {mode:04o}", f"chmod 700 {path}")
    found = list(Folder(home).all())
    for one in found:
        if isinstance(one, Damaged):
            yield failed("wallets", one.error)
    yield Check("wallets", Level.OK, f"{home}: {len(found)} wallets and contacts" if folders else f"none in {home}")


def _secrets(settings: Settings) -> Iterator[Check]:
    """The files that settings name can be read, and by nobody else."""
    from ledger.cli.accounts import key_of
    from ledger.cli.passwords import folder
    from ledger.wallet.files import read_private

    for name in ("api_key_file", "password_file"):
        if (path := settings.path(name)) is not None:
            try:
                read_private(path, settings.found[name].place, "the secret")
                yield Check("keys", Level.OK, f"{path} can be read, by nobody else")
            except LedgerError as error:
                yield failed("keys", error)
    who = settings.text("as")
    if who is None:
        return
    try:
        if who.startswith("key:"):
            key_of(who, settings.found["as"].place)
        known = folder().find(who) is not None or who.startswith(("key:", "dev:"))
        yield Check("keys", Level.OK, f"acts as {who}{'' if known else ', a role'}, by {settings.found['as'].place}")
    except LedgerError as error:
        yield failed("keys", error)


def _completion() -> Check:
    """Whether the shell of this user knows of it: what `crt completion` prints is found where shells look."""
    shell = Path(os.environ.get("SHELL", "")).name
    places = {
        "bash": (".bashrc", ".bash_profile", ".bash_completion"),
        "zsh": (".zshrc", ".zfunc/_crt"),
        "fish": (".config/fish/completions/crt.fish", ".config/fish/config.fish"),
    }
    if shell not in places:
        return Check("completion", Level.OK, f"there is none for {shell or 'no shell'}")
    try:
        home = Path.home()
        texts = [path.read_text(errors="replace") for name in places[shell] if (path := home / name).is_file()]
    except (OSError, RuntimeError):
        texts = []
    if any("crt completion" in text or "_CRT_COMPLETE" in text or ".crt-completion" in text for text in texts):
        return Check("completion", Level.OK, f"{shell} knows it")
    return Check(
        "completion", Level.WARN, f"{shell} does not know it", f"crt completion {shell}: docs/cli.md says where to"
    )
