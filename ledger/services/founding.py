"""The first step on a network by its URL: put the contracts there, for members whom a file names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ledger.chain.networks import Network
from ledger.chain.primitives import address_bytes, checksum
from ledger.chain.signer import Signer
from ledger.engine.keyring import Keyring
from ledger.engine.outgoing import Sending
from ledger.engine.sender import DurableSender
from ledger.errors import InputError
from ledger.services.audit import recorded, without_secrets
from ledger.services.deployment import Deployment, deploy
from ledger.services.inputs.text import read
from ledger.services.inputs.tomlfile import TomlFile, parse_toml
from ledger.services.roles import Role
from ledger.services.storekeeping import file_beside
from ledger.store.database import Database, sqlite_url

__all__ = ["deploy_to", "read_members"]

Members = dict[Role, list[str]]

_NAMES = {role.name.lower(): role for role in Role if role is not Role.FACTORY}


def deploy_to(
    url: str,
    deployer: Signer,
    members: Members,
    out: Path,
    *,
    currency: str,
    challenge_window: int,
    recovery_delay: int,
    first: int = 0,
    database_url: str | None = None,
    sending: Sending | None = None,
) -> Deployment:
    """Deploy all contracts to the network at ``url``, and write where they are to ``out``.

    ``first`` is the deployer's nonce of the first contract. What was broken off goes on where it was when it is called
    again with the same; a whole deployment is found as it is. The rest is as in
    :func:`~ledger.services.deployment.deploy`. Raises what that raises, and InputError if ``out`` is of another
    deployment.
    """
    known = Deployment.load(out) if out.exists() else None
    node = Network("rpc", url=url).open()
    try:
        if not out.parent.is_dir():
            raise InputError(
                "the folder does not exist",
                file=str(out),
                field="--out",
                expected="a folder that is there",
                found="none",
            )
        detail = without_secrets({"rpc": url, "out": out, "currency": currency, "accounts": [deployer.address]})
        beside = sqlite_url(file_beside(out))
        with Database(database_url or beside) as database, recorded(database, "crt deploy", detail):
            sender = DurableSender(database, node, Keyring([deployer]), sending=sending)
            try:
                made = deploy(
                    node,
                    sender,
                    deployer.address,
                    members,
                    currency=currency,
                    challenge_window=challenge_window,
                    recovery_delay=recovery_delay,
                    first=first,
                )
            finally:
                sender.close()
        made.check(node)
    finally:
        node.close()
    if known is None:
        made.save(out)
    elif known.authority != made.authority or known.genesis != made.genesis:
        raise InputError(
            "the file is of another deployment",
            file=str(out),
            field="authority",
            expected=made.authority,
            found=known.authority,
            hint="name another file for this one",
        )
    return known or made


def read_members(path: Path) -> Members:
    """Who has which role, from a TOML file: ``administrator = ["0x...", ...]``. Raises InputError."""
    file = parse_toml(read(path))
    members = {_role(file, name): _addresses(file, name, value) for name, value in file.values.items()}
    if not members.get(Role.ADMIN):
        raise InputError(
            "nobody is named for admin",
            file=file.name,
            field="admin",
            expected='admin = ["0x..."], who hands out roles: a multi-signature wallet',
            found="nothing",
        )
    return members


def _role(file: TomlFile, name: str) -> Role:
    if name not in _NAMES:
        raise InputError(
            "there is no such role", file=file.name, line=file.line(name), expected=", ".join(_NAMES), found=name
        )
    return _NAMES[name]


def _addresses(file: TomlFile, name: str, value: object) -> list[str]:
    given: Sequence[object] = value if isinstance(value, list) else [value]
    found: list[str] = []
    for one in given:
        try:
            address = checksum(address_bytes(one if isinstance(one, str) else repr(one)))
        except InputError as error:
            error.file, error.line, error.field = file.name, file.line(name), name
            raise
        if address in found:
            raise InputError("named twice", file=file.name, line=file.line(name), field=name, found=address)
        found.append(address)
    return found
