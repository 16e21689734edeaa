"""The files of settings: where they are, what they say, and how they are changed.

The user's own is ``config.toml`` in ``crt`` in the folder that XDG has for settings; a project's is ``crt.toml`` in
the working directory, or the nearest above it. Paths in a file are relative to it.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from ledger.cli.config_values import file_layer
from ledger.cli.settings import Layer, Source, check_places
from ledger.errors import InputError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

__all__ = ["PROJECT", "change", "project_file", "read_file", "user_file"]

PROJECT: Final = "crt.toml"
_MOST: Final = 1_000_000  # bytes


def user_file() -> Path | None:
    """The user's own file, whether it is there or not; None for a user without a home."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(config):  # XDG: others are ignored
        return Path(config) / "crt" / "config.toml"
    try:
        return Path.home() / ".config" / "crt" / "config.toml"
    except RuntimeError:
        return None


def project_file(start: Path | None = None) -> Path | None:
    """The project's file: that of the folder, or of the nearest one above that has one."""
    here = (start or Path.cwd()).absolute()
    return next((folder / PROJECT for folder in (here, *here.parents) if (folder / PROJECT).is_file()), None)


def read_file(source: Source, path: Path) -> Layer:
    """What a file says; nothing if there is none. Raises InputError that names file and key."""
    document = _document(source, path)
    return Layer(source, file=path) if document is None else file_layer(document, source, path)


def change(source: Source, path: Path, edit: Callable[[TOMLDocument], None]) -> None:
    """Change a file, comments and order kept, or make it. It is the old one or the new one, whatever happens; the
    user's has mode 0600. Raises InputError if what it would say is wrong; then it is as it was."""
    import tomlkit

    path = path.resolve()  # a link stays one
    text = _text(source, path)
    document = tomlkit.document() if text is None else tomlkit.parse(text)
    edit(document)
    made = tomlkit.dumps(document)
    check_places(file_layer(tomllib.loads(made), source, path))
    mode = 0o600 if source is Source.USER else 0o644
    temporary = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(made)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        found = error.strerror or str(error)
        expected = "a folder that can be written to"
        raise InputError("the file can't be written", file=str(path), expected=expected, found=found) from None


def _document(source: Source, path: Path) -> dict[str, Any] | None:
    text = _text(source, path)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # The error names the place, and shows at most one sign of the text.
        raise InputError("not TOML", file=str(path), expected="name = value", found=str(error)) from None


def _text(source: Source, path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            _check_owner(source, path, found)
            return file.read(_MOST).decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "not UTF-8"
        raise InputError("the file can't be read", file=str(path), expected="a file of settings", found=said) from None


def _check_owner(source: Source, path: Path, found: os.stat_result) -> None:
    """A file says where transactions go: one of another user is not obeyed, nor one of the user's that others write."""
    own = os.geteuid() if hasattr(os, "geteuid") else found.st_uid
    foreign = found.st_uid not in (own, 0) and own != 0
    if foreign or (source is Source.USER and stat.S_IMODE(found.st_mode) & 0o022):
        raise InputError(
            "others can change what this file says",
            file=str(path),
            expected="a file of yours that nobody else can write",
            found=f"mode {stat.S_IMODE(found.st_mode):04o}, of user {found.st_uid}",
            hint=f"look at it, then: chmod 600 {path}" if not foreign else "make it yours, or work in another folder",
        )
