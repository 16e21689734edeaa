"""`crt api serve`: the HTTP API, in one process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.context import Context
from ledger.cli.node import until_stopped
from ledger.cli.output import progress
from ledger.cli.work import LogForm, LogLevel
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.services.ledger import Ledger
    from ledger.services.story import Story

__all__ = ["serve"]

_DATES = 2  # payment dates of the example that are over
_BANK, _BOUGHT = 17, 100_000_000  # the development account of who joins then, and what it buys: 1,000,000.00


def serve(
    context: Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Where to listen; 0 takes a free port.")] = 8000,
    domain: Annotated[
        str | None, typer.Option(help="What wallets sign in to, as HOST or HOST:PORT. Default: the address above.")
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="Pages of which browsers may read answers: https://HOST; again for more."),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(help="The address of a proxy that says in X-Forwarded-For who asks; again for more."),
    ] = None,
    keys: Annotated[
        list[str] | None, typer.Option("--as", help="Whose operations to send, as key:FILE; again for each account.")
    ] = None,
    no_work: Annotated[bool, typer.Option("--no-work", help="Take and answer only: another process works.")] = False,
    seed: Annotated[
        bool, typer.Option("--seed", help="With a local chain: put the example CRT01 there, and make a key for a day.")
    ] = False,
    log_format: Annotated[LogForm, typer.Option(help="How logs are written to standard error.")] = LogForm.TEXT,
    log_level: Annotated[LogLevel, typer.Option(help="From which level on.")] = LogLevel.INFO,
) -> None:
    """Serve the HTTP API, send what was accepted, follow the chain and deliver webhooks, until it is stopped.

    Operators' requests are done by the accounts that it has the keys of: those of a local chain, or --as. Keys for
    those who ask are made by `crt api key`. It speaks HTTP: for other machines, put a proxy with TLS before it.

    Example: crt api serve --rpc http://127.0.0.1:8545 --deployment deployment.json --as key:servicer.key
    """
    from api.service import Settings
    from api.serving import serving
    from ledger.chain import listening
    from ledger.chain.server import is_loopback
    from ledger.cli.accounts import account
    from ledger.cli.logs import set_up

    if seed and context.rpc is not None:
        raise InputError("the example is for local chains", field="--seed", expected="no --rpc", found="--rpc")
    proxies = [_address(one) for one in proxy or ()]
    set_up(log_format.value, log_level.value)
    with ExitStack() as stack:
        stopped = stack.enter_context(until_stopped())
        listener = stack.enter_context(listening.listen(host, port, field="--port"))
        if seed:
            _seed(context)
        ledger = stack.enter_context(context.ledger())
        for name in keys or ():
            account(ledger, name)
        ledger.take_roles()
        ledger.sync()
        if not no_work:
            stack.enter_context(_working(ledger, stopped))
        settings = Settings(origins=tuple(origin or ()))
        url = stack.enter_context(
            serving(
                *(ledger, listener, stopped),
                domain=domain,
                settings=settings,
                proxies=proxies,
                works=not no_work,
            )
        )
        print("\n".join(_lines(ledger, url, seed)), flush=True)
        if not is_loopback(host):
            print("crt: other machines can reach this without TLS: what they send can be read", file=sys.stderr)
        stopped.wait()
    print("stopped; what was accepted is stored, and is done by the next one", file=sys.stderr)


def _address(text: str) -> str:
    """The address of a machine, or of a network. Raises InputError for anything else: `*` would be everybody."""
    try:
        return str(ip_network(text) if "/" in text else ip_address(text))
    except ValueError:
        raise InputError(
            "not an address", field="--proxy", expected="such as 10.0.0.7, or 10.0.0.0/24", found=text
        ) from None


@contextmanager
def _working(ledger: Ledger, stopped: threading.Event) -> Iterator[None]:
    """What `crt work` does is done meanwhile. Raises what nobody has foreseen, after ``stopped`` was set for it."""
    from ledger.services.worker import Worker

    failed: list[BaseException] = []

    def run() -> None:
        try:
            Worker(ledger).run(stopped)
        except BaseException as error:  # noqa: BLE001 - raised below
            failed.append(error)

    thread = threading.Thread(target=run, name="worker")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
    if failed:
        raise failed[0]


def _seed(context: Context) -> None:
    """The example, in the middle of its life, on a chain without series. Raises InputError if it was broken off."""
    from ledger.cli.demo import example
    from ledger.services import reading
    from ledger.services.inputs.case import load_case
    from ledger.services.ledger import open_local
    from ledger.services.story import run_case

    case = load_case(*map(example, ("terms.toml", "rent-roll.csv", "subscriptions.csv", "collections.csv")))
    with progress(quiet=False) as tell:
        if not context.chain.is_file():
            tell(f"make a local chain with the contracts: {context.chain}")
            start = case.terms.open_date - timedelta(days=14)  # the example is played in its own time
            open_local(context.chain, start=start, database_url=context.database_place[0]).close()
        with context.ledger() as ledger:
            with ledger.reading() as connection:
                known = {one.code: one for one in reading.spvs(connection)}
                there = known.get(case.terms.code)
                over = 0 if there is None else len(reading.distributions(connection, there.address))
            if there is not None and over < _DATES:
                raise InputError(
                    "the example on this chain was broken off",
                    field="--chain",
                    hint="remove the chain's files, and start again",
                )
            if not known:
                _join(ledger, run_case(ledger, case, tell, dates=_DATES))


def _join(ledger: Ledger, story: Story) -> None:
    """An investor that no ledger signs for buys of the largest one, and the next payment date comes."""
    from ledger.chain.devkeys import dev_account
    from ledger.domain.daycount import date_of
    from ledger.domain.investors import InvestorClass
    from ledger.services import eligibility, receipts

    case, bank, (_, largest, _) = story.case, dev_account(_BANK).address, max(story.receipts, key=lambda one: one[2])
    until = datetime.combine(case.terms.maturity_date + timedelta(days=3 * 366), datetime.min.time(), UTC)
    eligibility.set_standing(ledger, bank, InvestorClass.CORPORATE, "HK", until)
    receipts.transfer_units_to(ledger, largest, bank, _BOUGHT)
    story.series.go_to(date_of(case.periods[_DATES].payment_day))


def _lines(ledger: Ledger, url: str, seed: bool) -> Iterator[str]:
    from ledger.services.access import OPERATORS, Access, make_key

    roles = ", ".join(sorted(role.name.lower() for role in ledger.keys)) or "nobody: operators' requests fail here"
    yield f"listening on {url}; the document is {url}/v1/openapi.json"
    yield f"acts as {roles}"
    if seed:
        access = [one for one in OPERATORS if one is not Access.AUDITOR]
        _, secret = make_key(ledger.database, "example", access, by="crt api serve --seed", lasts=timedelta(days=1))
        yield f"try: curl -H 'Authorization: Bearer {secret}' {url}/v1/series"
    else:
        yield "make a key: crt api key make NAME --role ROLE"
    yield f"name it: crt network add NAME --api {url} --api-key-file FILE"
    yield "stop: Ctrl-C"
