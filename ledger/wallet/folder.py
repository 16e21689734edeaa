"""The wallets of a user: one file each in one folder, and names for addresses of others beside them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from ledger.chain.primitives import address_bytes, checksum
from ledger.errors import InputError, LedgerError
from ledger.wallet import files, keystore

__all__ = ["Damaged", "Folder", "Kind", "Wallet", "check_name"]

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SCHEMA: Final = "crt-wallet/1"
_MOST: Final = 100_000  # bytes of a file


class Kind(StrEnum):
    """What a name stands for."""

    KEY = "key"
    """A key under a password."""
    WATCH = "watch"
    """An address of one's own whose key is elsewhere."""
    CONTACT = "contact"
    """An address of somebody else."""
    SIGNER = "signer"
    """An address that a program signs for."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """A name and its address. ``program`` is what a SIGNER starts."""

    name: str
    kind: Kind
    address: str
    program: tuple[str, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The file: a keystore in V3 for a KEY."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that is no wallet, and why."""

    name: str
    error: InputError


def check_name(name: str, field: str = "NAME") -> str:
    """The name. Raises InputError for what could not be a file everywhere, or be taken for an address."""
    if not _NAME.fullmatch(name):
        found = repr(name) if len(name) <= 40 else f"{len(name)} characters"
        expected = "a small letter, then at most 31 small letters, digits, - or _"
        raise InputError("not a name for a wallet", field=field, expected=expected, found=found)
    return name


class Folder:
    """The files in ``path``, of mode 0600 in folders of mode 0700. Reading makes nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = path / "wallets"

    def file_of(self, name: str) -> Path:
        """Where a wallet is, or would be."""
        return self._files / f"{check_name(name)}.json"

    def has(self, name: str) -> bool:
        """Whether there is a file of this name, a damaged one too."""
        return os.path.exists(self.file_of(name))  # False, too, where this user may not look

    def find(self, name: str) -> Wallet | None:
        """The wallet of this name, None if there is none. Raises InputError for a damaged file."""
        return self._read(name) if _NAME.fullmatch(name) and self.has(name) else None

    def get(self, name: str, field: str = "NAME") -> Wallet:
        """The same. Raises InputError if there is none."""
        if (found := self.find(check_name(name, field))) is not None:
            return found
        hint, expected = "crt wallet list shows all; crt wallet new makes one", "a wallet's name"
        raise InputError("there is no such wallet", field=field, expected=expected, found=repr(name), hint=hint)

    def all(self) -> Iterator[Wallet | Damaged]:
        """All of them by name, the damaged too. What has another name than ours is not looked at."""
        for path in sorted(self._files.glob("*.json")):
            if _NAME.fullmatch(path.stem):
                try:
                    yield self._read(path.stem)
                except InputError as error:
                    yield Damaged(path.stem, error)

    def check_free(self, name: str) -> None:
        """Raise InputError unless a wallet of this name can be made."""
        if self.has(name):
            hint = "take another name, or give that one another: crt wallet rename"
            raise InputError("the name is taken", field="NAME", expected="a name that is free", found=name, hint=hint)

    def add_key(self, name: str, encrypted: str) -> Wallet:
        """Keep a keystore, as :func:`ledger.wallet.keystore.encrypt` gives it. Raises InputError for a name that is
        taken."""
        return self._add(name, encrypted)

    def add_address(self, name: str, kind: Kind, address: str, program: tuple[str, ...] = ()) -> Wallet:
        """Keep an address. Raises InputError for a wrong checksum, and for a name that is taken."""
        document = {"schema": _SCHEMA, "kind": kind.value, "address": checksum(address_bytes(address))}
        if program:
            document |= {"program": list(program)}  # type: ignore[dict-item]
        return self._add(name, json.dumps(document, indent=2, ensure_ascii=False) + "\n")

    def rename(self, old: str, new: str) -> Wallet:
        """Give a wallet another name. Raises InputError for one that is taken."""
        self.get(old)
        with files.locked(self._made()):
            self.check_free(new)
            files.move(self.file_of(old), self.file_of(new))
        return self._read(new)

    def remove(self, name: str) -> None:
        """Remove a wallet's file for good, a damaged one too. Raises InputError if there is none."""
        with files.locked(self._made()):
            if not self.has(name):
                self.get(name)
            files.remove(self.file_of(name))

    def _add(self, name: str, text: str) -> Wallet:
        check_name(name)
        with files.locked(self._made()):
            self.check_free(name)
            files.write_new(self.file_of(name), text)
        return self._read(name)

    def _made(self) -> Path:
        files.private_folder(self.path)
        return files.private_folder(self._files)

    def _read(self, name: str) -> Wallet:
        path = self.file_of(name)
        try:
            document = json.loads(files.read_private(path, None, "the wallet", _MOST))
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise _foreign(path, "no object in JSON")
        if keystore.is_keystore(document):
            return Wallet(name, Kind.KEY, keystore.address_of(document, str(path)), document=document)
        if document.get("schema") != _SCHEMA or document.get("kind") not in ("watch", "contact", "signer"):
            raise _foreign(path, "a file of something else, or of a newer version")
        try:
            address = checksum(address_bytes(document.get("address", "")))
        except LedgerError:
            raise _foreign(path, "an address that is none") from None
        kind, program = Kind(document["kind"]), document.get("program", [])
        is_command = isinstance(program, list) and all(isinstance(part, str) for part in program)
        if not is_command or bool(program) != (kind is Kind.SIGNER):
            raise _foreign(path, "a program that is none")
        return Wallet(name, kind, address, tuple(program), document)


def _foreign(path: Path, found: str) -> InputError:
    return InputError(
        "the file is damaged, or no wallet",
        file=str(path),
        expected=f"a V3 keystore, or {_SCHEMA}",
        found=found,
        hint="it was left as it is; take a copy of it, or move it away and import the wallet again",
    )
