"""A log of contributions, and the number that its repository has on a chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.attribution.logfile import LogFile
    from ledger.services.ledger import Ledger

__all__ = ["keep_repository", "kept_repository", "open_log", "policy_text", "repository_of"]


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
