"""What commands on a chain have in common: which chain, who acts, how it is said."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.auditing import audited, recording
from ledger.cli.output import progress, say
from ledger.cli.refusals import explained
from ledger.errors import InputError, Reverted

if TYPE_CHECKING:
    from ledger.attribution.logfile import LogFile
    from ledger.services.ledger import Ledger, Sending
    from ledger.services.storekeeping import Database

__all__ = [
    "As",
    "Context",
    "LogArgument",
    "PolicyOption",
    "RepositoryOption",
    "command",
    "json_of",
    "keep_repository",
    "kept_repository",
    "open_log",
    "policy_text",
    "repository_of",
    "sending_of_environment",
    "write_new",
]

_CHAIN = "crt-chain.db"

As = Annotated[
    str, typer.Option("--as", help="Who does it: a role such as district, dev:N (local chains), or key:FILE (0600).")
]
LogArgument = Annotated[Path, typer.Argument(metavar="LOG", help="A log made by `crt contrib attribute`.")]
PolicyOption = Annotated[Path | None, typer.Option("--policy", help="The programme's policy (TOML).")]
RepositoryOption = Annotated[
    int | None, typer.Option("--repository", min=1, help="The repository's number on chain. Default: the log knows it.")
]
_CHAIN_OPTIONS: dict[str, Any] = {
    "chain": (Annotated[Path, typer.Option("--chain", envvar="CRT_CHAIN", help="A local chain's file.")], Path(_CHAIN)),
    "rpc": (Annotated[str | None, typer.Option("--rpc", help="A node's URL, instead of a local chain.")], None),
    "deployment": (
        Annotated[Path | None, typer.Option("--deployment", help="With --rpc: where its contracts are (JSON).")],
        None,
    ),
    "as_json": (Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")], False),
}


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
                raise explained(error) from error

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The ledger's database alone, without the chain. Raises InputError if there is none yet."""
        with self.open_database() as found, recording(found):
            yield found

    def expected_database(self) -> tuple[str | None, Path]:
        """Its address, if one is set, and the file that it is beside otherwise. Raises InputError if there is none."""
        from ledger.services.storekeeping import file_beside

        url, place = os.environ.get("CRT_DATABASE"), self.deployment or self.chain
        if url is None and not file_beside(place).is_file():
            raise InputError(
                "there is no database of a ledger",
                file=str(file_beside(place)),
                expected="this file, or an address in CRT_DATABASE",
                found="nothing",
                hint="name the ledger's chain with --chain, or its deployment with --deployment",
            )
        return url, place

    def open_database(self) -> Database:
        """The same, opened. Raises what :meth:`expected_database` and opening do."""
        from ledger.services.storekeeping import open_database

        return open_database(*self.expected_database())

    def _open(self, create: bool) -> Ledger:
        from ledger.services.ledger import open_local, open_remote

        if self.rpc is not None:
            if self.deployment is None:
                raise InputError(
                    "where the contracts are is not said", field="--deployment", expected="with --rpc, a JSON file"
                )
            return open_remote(
                self.rpc,
                self.deployment,
                database_url=os.environ.get("CRT_DATABASE"),
                sending=sending_of_environment(),
            )
        if self.deployment is not None:
            raise InputError("--deployment goes with --rpc", field="--rpc", expected="a node's URL", found="nothing")
        if self.chain.is_file():
            return open_local(self.chain, database_url=os.environ.get("CRT_DATABASE"))
        if not create:
            raise InputError(
                "there is no such chain",
                file=str(self.chain),
                field="--chain",
                expected="a local chain's file",
                found="nothing",
                hint="crt contrib anchor and crt voucher open make one; or name yours with --chain or CRT_CHAIN",
            )
        with progress(self.as_json) as tell:
            tell(f"make a local chain with the contracts: {self.chain}")
            return open_local(self.chain, database_url=os.environ.get("CRT_DATABASE"))

    def say(self, schema: str, document: dict[str, Any], *lines: str) -> None:
        """Print the answer."""
        say(self.as_json, schema, document, *lines)


def command(group: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command on a chain: its function gets a :class:`Context`, its options are joined by those of the chain."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

        def run(
            called: typer.Context, chain: Path, rpc: str | None, deployment: Path | None, as_json: bool, **given: Any
        ) -> None:
            context = Context(chain, rpc, deployment, as_json)
            place = {"deployment": deployment, "rpc": rpc} if rpc or deployment else {"chain": chain}
            with audited(called, {**given, **place}, context.open_database):
                function(context, **given)

        common = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
            for key, (kind, default) in _CHAIN_OPTIONS.items()
        ]
        called = inspect.Parameter("called", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        parameters = [called, *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own), *common]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        run.__doc__ = function.__doc__
        group.command(name)(run)
        return function

    return register


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


@contextmanager
def open_log(path: Path) -> Iterator[LogFile]:
    """A log that holds something. Raises InputError for a file that does not."""
    from ledger.attribution.logfile import LogFile

    if path.is_file() and path.stat().st_size == 0:
        raise InputError("not a log of contributions", file=str(path), found="an empty file")
    with LogFile(path, create=False) as log:
        _ = log.salt
        yield log


def repository_of(ledger: Ledger, log: LogFile, number: int | None) -> int:
    """The number of a log's repository on this chain: the one given, or the one kept in the log.

    Raises InputError if it has none here, or the number is another repository's.
    """
    from ledger.services.contributions import genesis_of

    found = number if number is not None else kept_repository(ledger, log)
    if found is None:
        raise InputError(
            "the log was not anchored on this chain",
            file=str(log.path),
            field="--repository",
            hint="crt contrib anchor LOG --as ACCOUNT; or name the number it has",
        )
    expected, genesis = (log.get("genesis") or b"").decode(), genesis_of(ledger, found)
    if genesis != expected:
        raise InputError(
            f"repository {found} has another history than this log",
            file=str(log.path),
            field="--repository",
            expected=f"first commit {expected}",
            found=f"first commit {genesis}",
            hint="name the number of the log's repository; on a new chain, anchor the log anew",
        )
    return found


def kept_repository(ledger: Ledger, log: LogFile) -> int | None:
    """The number that is kept in the log for this chain and contract."""
    found: int | None = json.loads(log.get("repository") or b"{}").get(_place(ledger))
    return found


def keep_repository(ledger: Ledger, log: LogFile, number: int) -> None:
    """Keep the number for this chain and contract in the log."""
    kept = json.loads(log.get("repository") or b"{}")
    log.set("repository", json.dumps(kept | {_place(ledger): number}).encode())


def _place(ledger: Ledger) -> str:
    # The block of the deployment tells a local chain from the one before it in its place.
    block = ledger.node.block(ledger.deployment.block).hash.hex()
    return f"{ledger.deployment.chain_id}/{block}/{ledger.deployment.contributions.lower()}"


def policy_text(path: Path | None) -> str:
    """The text of a policy file, which is read too: mistakes in it are told. Nothing without one."""
    from ledger.attribution.policy import Policy

    if path is None:
        return ""
    Policy.load(path)
    return path.read_text(encoding="utf-8")


def json_of(path: Path, schema: str, made_by: str) -> dict[str, Any]:
    """A JSON document that another command wrote. Raises InputError for anything else."""
    expected = f"crt-{schema}/1, as {made_by} writes it"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("the file can't be read", file=str(path), expected=expected, found=str(error)) from None
    if not isinstance(found, dict) or found.get("schema") != f"crt-{schema}/1":
        named = repr(found.get("schema")) if isinstance(found, dict) else type(found).__name__
        raise InputError("not such a document", file=str(path), expected=expected, found=named)
    return found


def check_chain(ledger: Ledger, found: Mapping[str, Any], path: Path, what: str) -> None:
    """Raise InputError unless a document names this chain and its claims contract."""
    for name, here in (("chainId", ledger.deployment.chain_id), ("contract", ledger.claims.address)):
        if found.get(name) != here:
            raise InputError(
                f"the {what} is for another chain",
                file=str(path),
                field=name,
                expected=str(here),
                found=str(found.get(name))[:80],
            )


def write_new(path: Path, content: bytes) -> None:
    """Write a file, all or nothing. Raises InputError."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        raise InputError("the file can't be written", file=str(path), found=error.strerror or str(error)) from None
