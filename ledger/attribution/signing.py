"""Signing a statement with the key that git signs commits with, by the programs that git uses for it.

What they ask for (a passphrase, a touch of the key) they ask on the terminal, or where the user's agent does.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pysequoia import Sig

from ledger.attribution.git import Repository
from ledger.attribution.signatures import OpenPgpKey, ssh_signer
from ledger.errors import InputError, SetupError

__all__ = ["NAMESPACE", "Signed", "sign"]

NAMESPACE: Final = "crt-binding"
_LITERAL: Final = re.compile(r"(?:key::)?((?:ssh|ecdsa|sk)-[a-z0-9-]+(?:@openssh\.com)? .+)")
_ADDRESS: Final = re.compile(r"\S*@\S*")
# A comment in gpg's configuration would be in the evidence, and may be anything.
_PLAIN_ARMOR: Final = ("--armor", "--no-comments", "--no-emit-version")


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement's signature, in armor; for ``gpg`` also the public key, with the addresses that it names."""

    kind: Literal["ssh", "gpg"]
    signature: str
    public_key: str = ""


def sign(repository: str | Path, statement: bytes, *, key: str | None = None) -> Signed:
    """Sign with git's configured key (``gpg.format``, ``user.signingkey``), or the one given.

    ``key`` is the path of an SSH key, or an SSH public key as it stands if an agent has the private half, or whatever
    names a key for gpg. Raises InputError with the next step if there is no key or it can't sign; SetupError if the
    program is missing. Statements other than those of :func:`ledger.attribution.identity.statement` are signed too.
    """
    repo = Repository(repository)
    key_format = _setting(repo, "gpg.format") or "openpgp"
    key = key or _setting(repo, "user.signingkey")
    if not key:
        raise _no_key("user.signingkey", "a key that signed commits of yours", "nothing")
    # Beside git's own setting, a key given may tell by itself what it is.
    if key_format == "ssh" or _LITERAL.fullmatch(key) or Path(os.path.expanduser(key)).is_file():
        return _sign_ssh(repo, statement, key)
    if key_format == "openpgp":
        return _sign_gpg(repo, statement, key)
    raise _no_key("gpg.format", "ssh or openpgp", key_format)


def _sign_ssh(repo: Repository, statement: bytes, key: str) -> Signed:
    program = _setting(repo, "gpg.ssh.program", path=True) or "ssh-keygen"
    literal = _LITERAL.fullmatch(key)
    file = Path(os.path.expanduser(key)).absolute()
    if not literal and not file.is_file():
        raise _no_key("user.signingkey", "the path of an SSH key", "no such file")
    with tempfile.TemporaryDirectory() as place:
        if literal:
            file = Path(place, "key.pub")
            file.write_text(literal[1] + "\n", encoding="utf-8")
        message = Path(place, "statement")
        message.write_bytes(statement)
        # From a file, not from a pipe: so a passphrase can be asked for on the terminal.
        _call([program, "-Y", "sign", "-n", NAMESPACE, "-f", str(file), str(message)], repo.env)
        try:
            signature = Path(place, "statement.sig").read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            raise _no_key("gpg.ssh.program", "a program that signs as ssh-keygen does", "no signature") from None
    ssh_signer(statement, signature, NAMESPACE)
    return Signed("ssh", signature)


def _sign_gpg(repo: Repository, statement: bytes, key: str) -> Signed:
    program = _setting(repo, "gpg.openpgp.program", path=True) or _setting(repo, "gpg.program", path=True) or "gpg"
    with tempfile.TemporaryDirectory() as place:
        message = Path(place, "statement")
        message.write_bytes(statement)
        signing = ["--detach-sign", *_PLAIN_ARMOR, f"--local-user={key}", "--output=-", "--", str(message)]
        signature = _call([program, *signing], repo.env)
    try:
        made = Sig.from_bytes(signature.encode())
        name = made.issuer_fingerprint or made.issuer_key_id
    except RuntimeError:
        name = None
    if name is None:
        raise _no_key("gpg.program", "a program that signs as gpg does", "no signature")
    public_key = _call(
        [program, "--export", *_PLAIN_ARMOR, "--export-options=no-export-attributes", "--", name], repo.env
    )
    OpenPgpKey(public_key).check(statement, signature)
    return Signed("gpg", signature, public_key)


def _setting(repo: Repository, name: str, *, path: bool = False) -> str:
    """A value of git's configuration, as it holds in this repository; empty if there is none."""
    kind = ["--type=path"] if path else []
    command = ["git", "-C", repo.path, "config", *kind, "--get", name]
    done = subprocess.run(command, env=repo.env, capture_output=True, check=False)  # noqa: S603
    return done.stdout.decode(errors="replace").rstrip("\n") if done.returncode == 0 else ""


def _call(command: list[str], environment: Mapping[str, str]) -> str:
    """What a signing program prints. Standard input stays the terminal's, if there is one."""
    try:
        done = subprocess.run(command, env=environment, capture_output=True, stdin=None, check=False)  # noqa: S603
    except OSError as error:
        raise SetupError(
            f"{Path(command[0]).name} can't be run: {error.strerror}", hint="install it, or commit the claim file"
        ) from None
    if done.returncode != 0:
        raise _no_key("user.signingkey", "a key that can sign", _last_line(done.stderr))
    return done.stdout.decode(errors="replace")


def _last_line(text: bytes) -> str:
    """The last line of a complaint, without what may be an address of mail."""
    lines = _ADDRESS.sub("...", text.decode(errors="replace")).strip().splitlines()
    return lines[-1].strip() if lines else "nothing"


def _no_key(field: str, expected: str, found: str) -> InputError:
    return InputError(
        "git has no key that can sign here",
        field=field,
        expected=expected,
        found=found,
        hint="git config gpg.format ssh; git config user.signingkey PATH_OF_THE_KEY; "
        "or, without a key, commit the claim file: .crt/claims/CONTRIBUTOR.txt, holding the statement as it stands",
    )
