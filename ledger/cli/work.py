"""`crt work`: the process that runs beside the API, or instead of it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from enum import StrEnum
from typing import Annotated

import typer

from ledger.cli.context import Context
from ledger.cli.node import until_stopped

__all__ = ["LogForm", "LogLevel", "work"]


class LogForm(StrEnum):
    """How logs are written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From which level on."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"


def work(
    context: Context,
    keys: Annotated[
        list[str] | None,
        typer.Option("--as", help="Whose operations to send: a wallet or key:FILE; again for each account."),
    ] = None,
    listen: Annotated[
        str, typer.Option(help="Where /metrics and /health are answered, as HOST:PORT; port 0 takes a free one.")
    ] = "127.0.0.1:9464",
    pause: Annotated[float, typer.Option(min=0.05, max=60, help="Seconds between looks at an idle chain.")] = 1.0,
    log_format: Annotated[LogForm, typer.Option(help="How logs are written to standard error.")] = LogForm.TEXT,
    log_level: Annotated[LogLevel, typer.Option(help="From which level on.")] = LogLevel.INFO,
) -> None:
    """Send what was accepted, follow the chain and deliver webhooks, until it is stopped.

    Several may run at once, on one machine or many: each account has one sender at a time, and the others stand by.

    Example: crt work --rpc http://127.0.0.1:8545 --deployment deployment.json --as key:operator.key
    """
    from ledger.chain import listening
    from ledger.cli.accounts import account
    from ledger.cli.logs import set_up
    from ledger.cli.monitor_server import serving
    from ledger.services.monitoring import Monitor
    from ledger.services.worker import Worker

    host, port = _place(listen)
    set_up(log_format.value, log_level.value)
    with ExitStack() as stack:
        stopped = stack.enter_context(until_stopped())
        listener = stack.enter_context(listening.listen(host, port, field="--listen"))
        ledger = stack.enter_context(context.ledger())
        for name in keys or ():
            account(ledger, name)
        worker = Worker(ledger, pause=pause)
        url = stack.enter_context(serving(Monitor(ledger, worker.jobs), listener))
        print(f"working for {len(ledger.keyring)} accounts; {url}/metrics and {url}/health/ready", flush=True)
        worker.run(stopped)
    print("stopped; what was accepted is stored, and is done by the next one", file=sys.stderr)


def _place(text: str) -> tuple[str, int]:
    from ledger.errors import InputError

    host, separator, port = text.rpartition(":")
    if not separator or not host or not port.isdigit() or int(port) > 65_535:
        raise InputError("not a place to listen at", field="--listen", expected="HOST:PORT", found=repr(text[:80]))
    return host.strip("[]"), int(port)
