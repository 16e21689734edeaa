"""Which ledger a command is about, and how it is opened; the variables ``CRT_*`` that are no options."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.cli.auditing import recording
from ledger.cli.output import progress, say
from ledger.cli.refusals import explained
from ledger.errors import InputError, Reverted

if TYPE_CHECKING:
    from ledger.services.ledger import Ledger, Sending
    from ledger.services.storekeeping import Database

__all__ = ["Context", "database_of_environment", "sending_of_environment"]


@dataclass(frozen=True, slots=True)
class Context:
    """Which chain a command is about, and how it answers."""

    chain: Path
    rpc: str | None
    deployment: Path | None
    as_json: bool

    @contextmanager
    def ledger(self, *, create: bool = False) -> Iterator[Ledger]:
        """The chain, opened; a local one is made if ``create`` and there is none. A refusal is explained."""
        with self._open(create) as ledger, recording(ledger.database):
            try:
                yield ledger
            except Reverted as error:
                raise explained(error, ledger.deployment.authority, local=self.rpc is None) from error

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The ledger's database alone, without the chain. Raises InputError if there is none yet."""
        with self.open_database() as found, recording(found):
            yield found

    @property
    def database_place(self) -> tuple[str | None, Path]:
        """The database's address, if one is set, and the file that it is beside otherwise."""
        return database_of_environment(), self.deployment or self.chain

    def open_database(self) -> Database:
        """The ledger's database, opened; see :meth:`database`."""
        from ledger.services.storekeeping import open_database

        return open_database(*self.database_place)

    def create_database(self) -> Database:
        """The same, made if there is none. Raises InputError where it would be beside nothing."""
        from ledger.services.storekeeping import open_database

        url, place = self.database_place
        if url is None and not place.is_file():
            raise InputError(
                "there is nothing that a database would be beside",
                file=str(place),
                expected="a deployment, or a local chain; or a database's address in CRT_DATABASE",
                found="nothing",
                hint="name the ledger's chain with --chain, or its deployment with --deployment",
            )
        return open_database(url, place, create=True)

    def _open(self, create: bool) -> Ledger:
        if self.rpc is not None:
            return self._open_remote(self.rpc)
        if self.deployment is not None:
            raise InputError(
                "a deployment goes with a node's address",
                field="--rpc",
                expected="a node's URL, by --rpc or CRT_RPC, beside --deployment or CRT_DEPLOYMENT",
                found="nothing",
            )
        return self._open_local(create)

    def _open_remote(self, rpc: str) -> Ledger:
        from ledger.services.ledger import open_remote

        if self.deployment is None:
            raise InputError(
                "where the contracts are is not said",
                field="--deployment",
                expected="the file that crt deploy wrote, by --deployment or CRT_DEPLOYMENT, beside --rpc or CRT_RPC",
                found="nothing",
            )
        return open_remote(
            rpc,
            self.deployment,
            database_url=database_of_environment(),
            sending=sending_of_environment(),
            new_database=False,
        )

    def _open_local(self, create: bool) -> Ledger:
        from ledger.services.ledger import open_local
        from ledger.services.storekeeping import deployment_beside

        url, is_there = database_of_environment(), self.chain.is_file()
        kept = deployment_beside(self.chain).is_file()
        if not is_there:
            self._check_new(create)
        # Whoever puts the contracts on a chain makes its database too, and nobody else does.
        new = create and not (is_there and kept)
        with progress(self.as_json or not new) as tell:
            tell(f"make a local chain with the contracts: {self.chain}")
            return open_local(self.chain, database_url=url, new_database=new)

    def _check_new(self, create: bool) -> None:
        """Raise InputError unless a local chain is to be made, and may be."""
        from ledger.services.storekeeping import deployment_beside, file_beside

        if not create:
            raise InputError(
                "there is no such chain",
                file=str(self.chain),
                field="--chain",
                expected="a local chain's file",
                found="nothing",
                hint="crt contrib anchor and crt voucher open make one; or name yours with --chain or CRT_CHAIN",
            )
        beside = deployment_beside(self.chain), file_beside(self.chain)
        if left := [str(path) for path in beside if path.exists()]:
            raise InputError(
                "what belongs to another chain is where a new one would be",
                file=str(self.chain),
                field="--chain",
                expected="the chain's file, or nothing of it",
                found=", ".join(left),
                hint="put the chain's file back; or, if it is gone for good, move these away or name another file",
            )

    def say(self, schema: str, document: dict[str, Any], *lines: str) -> None:
        """Print the answer."""
        say(self.as_json, schema, document, *lines)


def database_of_environment() -> str | None:
    """The address in ``CRT_DATABASE``; None if it is not set, and the database is a file beside the ledger's."""
    return os.environ.get("CRT_DATABASE") or None


def sending_of_environment() -> Sending:
    """How a network by its URL is used: ``CRT_CONFIRMATIONS`` blocks until something is final (0, for a chain of one's
    own that never goes back), ``CRT_MOST_FEE`` in gwei per gas at most. Raises InputError."""
    from ledger.services.ledger import Sending

    most = _whole("CRT_MOST_FEE")
    return Sending(confirmations=_whole("CRT_CONFIRMATIONS") or 0, most_fee=None if most is None else most * 10**9)


def _whole(variable: str) -> int | None:
    text = os.environ.get(variable)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InputError("not a number", field=variable, expected="0 or more, in digits", found=repr(text[:40]))
    return int(text)
