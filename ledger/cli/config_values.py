"""What is said of a setting, as text or in TOML, becomes its value; what is wrong is told with file and key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ledger.cli.settings import NETWORK_ONLY, SETTINGS, Kind, Layer, Setting, Source, Value
from ledger.errors import InputError

__all__ = ["NAME", "check_network_name", "file_layer", "shown", "text_value"]

NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_COLOURS: Final = ("auto", "always", "never")
_SECRET_NAMES: Final = re.compile(r"secret|password$|passphrase|mnemonic|private|(?:^|_)key$|token|seed|words")
_API_SECRET: Final = re.compile(r"crt_(?:key|session)_\w+")
_MOST: Final = 2**63  # of a number
_IN_A_FILE: Final = "its file of mode 0600, by name: api_key_file, password_file, or a wallet"


def text_value(setting: Setting, text: str, source: Source, field: str) -> Value:
    """The value of a flag or of a variable. Raises InputError."""
    if setting.kind is Kind.WHOLE:
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise InputError("not a number", field=field, expected=setting.kind.value, found=repr(text[:40]))
        return int(text)
    return _read(setting, text, source, None, field)


def file_layer(document: Mapping[str, Any], source: Source, file: Path) -> Layer:
    """What a file says. Raises InputError for names that nobody knows, for values of another kind, and for secrets."""
    networks = document.get("networks", {})
    if not isinstance(networks, dict):
        raise _wrong(file, "networks", "tables: [networks.NAME]", networks)
    values = {
        name: _of_file(name, value, SETTINGS, source, file, name)
        for name, value in document.items()
        if name != "networks"
    }
    return Layer(source, values, {name: _network(name, one, source, file) for name, one in networks.items()}, file)


def check_network_name(name: str, field: str = "NAME", file: Path | None = None) -> str:
    """The name. Raises InputError for what is none."""
    if not NAME.fullmatch(name):
        expected = "a small letter, then at most 31 small letters, digits, - or _"
        place = None if file is None else str(file)
        raise InputError("not a name for a network", file=place, field=field, expected=expected, found=repr(name[:40]))
    return name


def shown(setting: Setting, value: Value) -> str:
    """A value for people: of an address no more than scheme, host and port, since the rest may be a key."""
    if setting.kind in (Kind.URL, Kind.DATABASE):
        try:
            parts = urlsplit(str(value))
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return "an address"
        more = "/..." if setting.kind is Kind.URL and (parts.path.strip("/") or parts.query) else ""
        path = parts.path if setting.kind is Kind.DATABASE else more
        return f"{parts.scheme}://{parts.hostname or ''}{port}{path}"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _network(name: str, table: Any, source: Source, file: Path) -> dict[str, Value]:
    field = f"networks.{name}"
    check_network_name(name, field, file)
    if not isinstance(table, dict):
        raise _wrong(file, field, "a table: [networks.NAME]", table)
    known = {one.name: one for one in SETTINGS.values() if one.of_network} | dict(NETWORK_ONLY)
    return {key: _of_file(key, value, known, source, file, f"{field}.{key}") for key, value in table.items()}


def _of_file(name: str, value: Any, known: Mapping[str, Setting], source: Source, file: Path, field: str) -> Value:
    setting = known.get(name)
    if setting is None:
        if _SECRET_NAMES.search(name.lower()):
            raise _secret(file, field)
        expected = ", ".join(sorted(known))
        raise InputError(
            "nobody knows this setting", file=str(file), field=field, expected=expected, found=repr(name[:40])
        )
    if setting.own and source is Source.PROJECT:
        raise InputError(
            "only your own file may say this: a project's comes with what is cloned",
            file=str(file),
            field=field,
            expected="it in your own file",
            found="it in a project's",
            hint="crt config path shows where your own is",
        )
    if setting.kind is Kind.FLAG and isinstance(value, bool):
        return value
    if setting.kind is Kind.WHOLE and type(value) is int and 0 <= value < _MOST:
        return value
    if setting.kind in (Kind.WHOLE, Kind.FLAG) or not isinstance(value, str):
        raise _wrong(file, field, setting.kind.value, value)
    return _read(setting, value, source, file, field)


def _read(setting: Setting, text: str, source: Source, file: Path | None, field: str) -> Value:
    place = None if file is None else str(file)
    if not text or not text.isprintable():
        found = "nothing" if not text else "signs that are not shown"
        raise InputError("not a value", file=place, field=field, expected=setting.kind.value, found=found)
    _refuse_secret(setting, text, source, file, field)
    if setting.kind is Kind.PATH:
        path = Path(text).expanduser()
        return path if file is None else file.parent / path
    if setting.kind is Kind.COLOUR and text not in _COLOURS:
        raise InputError("not a choice", file=place, field=field, expected=setting.kind.value, found=repr(text[:40]))
    if setting.kind is Kind.URL and not _is_address(text):
        # The text may hold a key.
        raise InputError("not an address", file=place, field=field, expected=setting.kind.value, found="something else")
    return text


def _refuse_secret(setting: Setting, text: str, source: Source, file: Path | None, field: str) -> None:
    """Raise InputError, without repeating it, for what is a secret, or holds one, where others could read it."""
    from ledger.services.secrets import has_key

    is_address = setting.kind in (Kind.URL, Kind.DATABASE)
    if _API_SECRET.search(text) or (has_key(text) and not (is_address and source is not Source.PROJECT)):
        raise _secret(file, field)
    if not is_address or "@" not in text:
        return
    has_password = bool(re.search(r"//[^/@]*:[^/]*@", text)) or "password=" in text
    if setting.kind is Kind.DATABASE and has_password and source is not Source.ENVIRONMENT:
        raise InputError(
            "a database's password is neither in a file of settings nor on the command line",
            file=None if file is None else str(file),
            field=field,
            expected=setting.kind.value,
            found="a password, not shown",
            hint="put it into ~/.pgpass (0600), or into PGPASSWORD",
        )
    if setting.kind is Kind.URL and has_password and source is Source.PROJECT:
        raise _secret(file, field)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port >= 0)
    except ValueError:
        return False


def _secret(file: Path | None, field: str) -> InputError:
    return InputError(
        "a secret is no setting",
        file=None if file is None else str(file),
        field=field,
        expected=_IN_A_FILE,
        found="what looks like a secret, not shown",
        hint="take it out, and better take another: files of settings are copied and shown",
    )


def _wrong(file: Path, field: str, expected: str, value: object) -> InputError:
    names = {bool: "true or false", int: "a number", float: "a number with decimals", str: "text", list: "a list"}
    found = names.get(type(value), "a table" if isinstance(value, dict) else "something else")
    return InputError("the value is of another kind", file=str(file), field=field, expected=expected, found=found)
