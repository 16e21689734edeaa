"""`crt node`: a local chain for other programs."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.configured import chain_file
from ledger.cli.output import progress

if TYPE_CHECKING:
    from ledger.chain.embedded import EmbeddedNode

__all__ = ["node", "until_stopped"]

_ACCOUNTS = 10  # that are shown, of those that a new chain gives coins


def node(
    chain: Annotated[
        Path | None, typer.Option("--chain", help="The chain's file; made if there is none. Also CRT_CHAIN.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Where to listen; 0 takes a free port.")] = 8545,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Another name under which the node may be asked, if it is not only for this machine."),
    ] = None,
) -> None:
    """Serve a local chain as Ethereum JSON-RPC, so that cast, wallets and other programs can use it.

    The file is this command's alone until it stops, at Ctrl-C; what was answered is in it.

    Example: crt node --chain crt-chain.db --port 8545
    """
    file = chain_file(chain)
    with until_stopped() as stopped:
        from ledger.chain.listening import listen
        from ledger.chain.server import Server, is_loopback

        with ExitStack() as stack:
            listener = stack.enter_context(listen(host, port, field="--host, --port"))
            with progress(quiet=not sys.stderr.isatty()) as tell:
                tell("open the chain")
                from ledger.chain.embedded import EmbeddedNode

                opened = stack.enter_context(closing(EmbeddedNode(file)))
            server = stack.enter_context(Server(opened, host=host, names=allow_host or (), listener=listener))
            print("\n".join(_lines(opened, file, server.url)), flush=True)
            if not is_loopback(host):
                print("crt: other machines can reach this chain, and its keys are public", file=sys.stderr, flush=True)
            stopped.wait()
    print(f"stopped; the chain is in {file}")


def _lines(opened: EmbeddedNode, chain: Path, url: str) -> Iterator[str]:
    from ledger.chain.devkeys import dev_account
    from ledger.services.storekeeping import deployment_beside

    yield f"listening on {url}"
    yield f"chain id {opened.chain_id()}, at block {opened.block_number()}"
    yield f"file {chain.resolve()}"
    deployment = deployment_beside(chain)
    if deployment.is_file():
        yield f"contracts {deployment.resolve()}"
        yield f"name it: crt network add NAME --rpc {url} --deployment {shlex.quote(str(deployment.resolve()))}"
    else:
        yield "contracts: none yet"
    yield "accounts with coins; their keys are public, so never use them where anything has value:"
    for index in range(_ACCOUNTS):
        yield f"  {index} {dev_account(index).address}" + ("  (pays out coins)" if index == 0 else "")
    yield f"try: cast block-number --rpc-url {url}"
    yield "stop: Ctrl-C"


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, instead of ending the process in the middle of something."""
    stopped = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: stopped.set())
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
