"""The API that a command asks: of a server, or within this process where the ledger is a chain; the same calls.

with asked(context) as api:                    # reads
    rows, more = api.rows(api.client.list_receipts, limit, everything, series=1)
with asked(context, operator=who) as api:      # what the ledger does: ledger.cli.doing.operate
with asked(context, holder=who) as api:        # what a wallet signs: ledger.cli.doing.sign
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ledger.cli import networks
from ledger.cli.accounts import holder as signer_of
from ledger.cli.accounts import looked_up
from ledger.cli.context import Context
from ledger.cli.refusals import explained
from ledger.cli.settings import Source
from ledger.errors import InputError, NotAllowed, Reverted, Unknown

if TYPE_CHECKING:
    from ledger.chain.signer import Signer
    from ledger.cli.draw.look import Look
    from ledger.client.client import Client
    from ledger.client.types import Amount, Network, Page
    from ledger.services.ledger import Ledger

__all__ = ["Asked", "asked"]

_MOST = 1_000  # rows of a page


@dataclass
class Asked:
    """An API, and what helps to ask it. ``wallet`` is the holder's address who asks, None for others."""

    context: Context
    client: Client
    chain_id: int
    wallet: str | None = None
    ledger: Ledger | None = field(default=None, repr=False)
    """The one that answers, if that is within this process."""

    @property
    def network(self) -> str:
        """The network's name, and its chain id."""
        return networks.title(self.context.settings, self.chain_id)

    @cached_property
    def contracts(self) -> Mapping[str, str]:
        """The ledger's contracts, by name."""
        if self.ledger is not None:
            return self.ledger.deployment.contracts
        return self.client.list_networks()["data"][0]["contracts"]

    @cached_property
    def all_series(self) -> list[Any]:
        """All ``Series`` documents."""
        return list(self.client.rows(self.client.list_series, limit=_MOST))

    def may_call(self, address: str) -> bool:
        """Whether a holder's transaction may call it: a contract of the ledger or of a series, or a series' cash."""
        if address in self.contracts.values():
            return True
        series = (self.client.get_series(one["id"]) for one in self.all_series)
        return any(address in (one["contract"], one["cashToken"]) for one in series)

    @property
    def codes(self) -> dict[str, str]:
        """The codes of series, by their ids."""
        return {one["id"]: one["code"] for one in self.all_series}

    def series(self, text: str, field: str = "SERIES") -> Any:
        """The ``Series`` document of a number or a code. Raises Unknown."""
        found = [one for one in self.all_series if text in (one["id"], one["code"])]
        if not found:
            known = ", ".join(one["code"] for one in self.all_series[:8]) or "none yet"
            hint = "crt series list shows all"
            raise Unknown("there is no such series", field=field, expected=known, found=repr(text[:40]), hint=hint)
        return found[0]

    def receipt(self, text: str, field: str = "RECEIPT") -> str:
        """The id of a receipt: as it is, or by its series and number, such as ``CRT01/3``. Raises InputError."""
        code, separator, number = text.rpartition("/")
        if text.isascii() and text.isdigit():
            return text
        if separator and number.isascii() and number.isdigit() and int(number) >> 63 == 0:
            return str(int(self.series(code, field)["id"]) << 64 | int(number))
        expected = "its id, as crt receipt list shows it, or SERIES/NUMBER"
        raise InputError("not a receipt", field=field, expected=expected, found=repr(text[:80]))

    def address(self, name: str, field: str) -> str:
        """Whose name it is: an address, a wallet or a contact, key:FILE; on local chains dev:N and roles, too."""
        return looked_up(self.ledger, name, field)

    def amount(self, text: str, code: str, field: str) -> Amount:
        """An amount in a currency, as people type it. Raises InputError."""
        from ledger.domain.amounts import typed_amount
        from ledger.domain.money import currency, decimal_string

        of = currency(code)
        try:
            return {"amount": decimal_string(typed_amount(text, of), of), "currency": code}
        except InputError as error:
            error.field = field
            raise

    def signer(self, name: str) -> Signer:
        """Who signs for the holder; whoever has the key is asked now. Raises InputError and NotAllowed."""
        from ledger.cli.auditing import acts_as

        if name.startswith("0x"):
            expected = "a wallet, key:FILE, or another name of a key"
            raise InputError("an address alone signs nothing", field="--as", expected=expected, found=name)
        found = signer_of(self.ledger, name)
        acts_as(found.address)
        return found

    def rows(
        self, ask: Callable[..., Page[Any]], limit: int, everything: bool = False, **filters: Any
    ) -> tuple[list[Any], bool]:
        """So many rows of a list, or all, and whether there are more."""
        found: list[Any] = []
        cursor: str | None = None
        while True:
            size = _MOST if everything else min(_MOST, limit - len(found))
            page = ask(**filters, limit=size, cursor=cursor)
            found += page["data"]
            cursor = page["nextCursor"]
            if cursor is None or (not everything and len(found) >= limit):
                return found, cursor is not None

    def look(self, *, full: bool = False) -> Look:
        """How things are shown, with the names of the address book, and of the ledger's contracts."""
        from ledger.cli.draw.look import look_of
        from ledger.cli.output import terminal
        from ledger.cli.passwords import folder
        from ledger.wallet.folder import Damaged

        contracts = {address: name for name, address in self.contracts.items()}
        book = {one.address: one.name for one in folder().all() if not isinstance(one, Damaged)}
        return look_of(terminal(), full=full, names=contracts | book)

    def say(self, schema: str, document: Mapping[str, Any], draw: Callable[[], str]) -> None:
        """Print a document, or what ``draw`` makes of it."""
        as_json = self.context.as_json
        self.context.say(schema, dict(document), *([] if as_json else [draw()]))

    def say_rows(self, schema: str, rows: list[Any], more: bool, draw: Callable[[], str]) -> None:
        """Print what :meth:`rows` gave."""
        tail = "\nthere are more: --all, or --limit" if more else ""
        self.say(schema, {"data": rows, "more": more}, lambda: f"{draw()}{tail}")


@contextmanager
def asked(context: Context, *, holder: str | None = None, operator: str | None = None) -> Iterator[Asked]:
    """The API of the network that is meant.

    ``holder``: whose wallet asks, and will sign. ``operator``: who has the roles, where this process has the keys; over
    HTTP the API's key says it. For reads it takes neither: then whoever has the database sees all of it, and over HTTP
    one asks with the key, or as the wallet that ``--as`` names. A refusal of a contract is explained.
    """
    if context.settings.place == "api":
        with _over_http(context, holder) as found:
            yield found
        return
    from ledger.cli.inside import inside

    with context.ledger() as ledger:
        wallet = None if holder is None else looked_up(ledger, holder)
        with inside(ledger, wallet, operator) as client:
            yield Asked(context, client, ledger.deployment.chain_id, wallet, ledger)


@contextmanager
def _over_http(context: Context, holder: str | None) -> Iterator[Asked]:
    from ledger.client.http import connect

    settings = context.settings
    url, who = str(settings.text("api")), holder or settings.text("as")
    key = settings.path("api_key_file")
    if holder is None and key is not None and settings.found["as"].source is Source.FLAG:
        key = None if _is_wallet(who) else key
    with connect(url, _secret(key) if key is not None and holder is None else None) as client:
        wallet = None
        if holder is None and key is not None:
            found = _served(client)
        else:
            if who is None:
                raise InputError(
                    "who asks is not said",
                    field="--as",
                    expected="a wallet that signs in, or an API's key in a file: --set api_key_file=FILE",
                    found="nothing",
                    hint="or say it once for all: crt config set as NAME",
                )
            wallet, found = _sign_in(client, url, who)
        networks.check(settings, int(found["chainId"]))
        made = Asked(context, client, int(found["chainId"]), wallet)
        made.contracts = found["contracts"]
        try:
            yield made
        except Reverted as error:
            raise explained(error, found["contracts"]["AccessManager"], local=False) from error


def _is_wallet(who: str | None) -> bool:
    from ledger.cli.passwords import folder

    return who is not None and (who.startswith("key:") or folder().find(who) is not None)


def _secret(file: Any) -> str:
    from ledger.wallet.files import read_private

    return read_private(file, "api_key_file", "the API's key", most=1_000).strip()


def _served(client: Client) -> Network:
    """What the service serves. Raises NotAllowed if it does not know who asks."""
    return client.list_networks()["data"][0]


def _sign_in(client: Client, url: str, who: str) -> tuple[str, Network]:
    """Be a wallet's session, the one that is there or a new one; gives the wallet's address, and what is served."""
    from ledger.cli import sessions
    from ledger.client.http import Http, sign_in

    address = looked_up(None, who)
    assert isinstance(client.transport, Http)
    if (token := sessions.find(url, address)) is not None:
        client.transport.show(token)
        try:
            return address, _served(client)
        except NotAllowed:  # the service has forgotten it
            sessions.drop(url, address)
    signer = signer_of(None, who)
    sessions.keep(url, sign_in(client, signer.address, lambda text: signer.sign_message(text.encode())))
    return address, _served(client)
