"""Which ledger a command is about, and how it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.cli import networks
from ledger.cli.auditing import recording
from ledger.cli.output import progress, say
from ledger.cli.refusals import explained
from ledger.cli.settings import SETTINGS, Settings
from ledger.errors import InputError, Reverted

if TYPE_CHECKING:
    from ledger.services.ledger import Ledger, Sending
    from ledger.services.storekeeping import Database

__all__ = ["Context", "sending"]


@dataclass(frozen=True, slots=True)
class Context:
    """Which ledger a command is about, and how it answers."""

    settings: Settings
    as_json: bool

    @property
    def chain(self) -> Path:
        """The local chain's file; what it would be, if the ledger is elsewhere."""
        found = self.settings.path("chain") or SETTINGS["chain"].default
        assert isinstance(found, Path)
        return found

    @property
    def rpc(self) -> str | None:
        """The node's URL; None for a local chain."""
        return self.settings.text("rpc")

    @property
    def deployment(self) -> Path | None:
        """Where the contracts are on the node's chain."""
        return self.settings.path("deployment")

    @contextmanager
    def ledger(self, *, create: bool = False) -> Iterator[Ledger]:
        """The chain, opened; a local one is made if ``create`` and there is none. A refusal is explained."""
        with self._open(create) as ledger, recording(ledger.database):
            networks.check(self.settings, ledger.deployment.chain_id)
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
        self._refuse_api()
        return self.settings.text("database"), self.deployment or self.chain

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

    def _refuse_api(self) -> None:
        if self.settings.place == "api":
            raise InputError(
                "this command works on the ledger itself, not through its API",
                field=self.settings.found["api"].place,
                expected="a local chain, or a node with a deployment",
                found="an API",
                hint="name one with --chain, --rpc and --deployment, or --network",
            )

    def _open(self, create: bool) -> Ledger:
        self._refuse_api()
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
            database_url=self.settings.text("database"),
            sending=sending(self.settings),
            new_database=False,
        )

    def _open_local(self, create: bool) -> Ledger:
        from ledger.services.ledger import open_local
        from ledger.services.storekeeping import deployment_beside

        url, is_there = self.settings.text("database"), self.chain.is_file()
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


def sending(settings: Settings) -> Sending:
    """How a network by its URL is used."""
    from ledger.services.ledger import Sending

    most = settings.number("most_fee")
    return Sending(confirmations=settings.number("confirmations") or 0, most_fee=None if most is None else most * 10**9)
