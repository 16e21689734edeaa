"""What a shell completes: names that are at hand. Quick, and silent about whatever is wrong.

A node is never asked. What needs more than a look into a folder is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.services.storekeeping import Database

__all__ = ["accounts", "addresses", "colours", "networks", "receipts", "series", "settings", "wallets"]

_MOST = 500  # receipts


def colours(begun: str) -> list[str]:
    """When to have colours."""
    return _beginning(begun, ("auto", "always", "never"))


def settings(begun: str) -> list[str]:
    """The names of settings."""
    from ledger.cli.settings import SETTINGS

    return _beginning(begun, SETTINGS)


def networks(begun: str) -> list[str]:
    """The names of networks."""
    return _beginning(begun, _networks())


def wallets(begun: str) -> list[str]:
    """The names of wallets that can sign."""
    return _beginning(begun, _wallets(contacts=False))


def addresses(begun: str) -> list[str]:
    """The names of all wallets and contacts: whatever stands for an address."""
    return _beginning(begun, _wallets(contacts=True))


def accounts(begun: str) -> list[str]:
    """Who can act: wallets, and on local chains the roles."""
    roles = ("admin", "administrator", "servicer", "compliance", "guardian", "district", "university")
    return _beginning(begun, (*_wallets(contacts=False), *roles))


def series(called: typer.Context, begun: str) -> list[str]:
    """The codes of series, from the index."""
    return _beginning(begun, _series(called))


def receipts(called: typer.Context, begun: str) -> list[str]:
    """The ids of receipts, from the index."""
    return _beginning(begun, _receipts(called))


def _beginning(begun: str, names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name.startswith(begun)})


def _networks() -> list[str]:
    try:
        from ledger.cli.configured import layers

        return [name for layer in layers() for name in layer.networks]
    except Exception:  # noqa: BLE001 - a shell shows nothing then
        return []


def _wallets(*, contacts: bool) -> list[str]:
    try:
        from ledger.cli.configured import wallet_home
        from ledger.wallet.folder import Damaged, Folder, Kind

        found = [one for one in Folder(wallet_home()).all() if not isinstance(one, Damaged)]
        return [one.name for one in found if contacts or one.kind in (Kind.KEY, Kind.SIGNER)]
    except Exception:  # noqa: BLE001
        return []


def _series(called: typer.Context) -> list[str]:
    try:
        from ledger.services import reading

        with _database(called) as database, database.read() as connection:
            return [one.code for one in reading.spvs(connection)]
    except Exception:  # noqa: BLE001
        return []


def _receipts(called: typer.Context) -> list[str]:
    try:
        from ledger.services import reading

        with _database(called) as database, database.read() as connection:
            return [str(one.token_id) for one in reading.receipts_at(connection, limit=_MOST)]
    except Exception:  # noqa: BLE001
        return []


def _database(called: typer.Context) -> Database:
    """The database of the ledger that the line names so far. Nothing is made."""
    from ledger.cli.configured import configured, flags
    from ledger.services.storekeeping import open_database

    names = ("network", "chain", "rpc", "deployment", "api")
    found = configured(flags({name: called.params.get(name) for name in names}))
    place = found.path("deployment") or found.path("chain")
    if found.place == "api" or place is None:
        raise InputError("an API has no database here")
    return open_database(found.text("database"), place)
