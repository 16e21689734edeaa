"""Before something is changed: where, what, and whether it is meant.

A command that changes something is registered by :func:`ledger.cli.options.change` and gets a :class:`Change`. It
draws what would happen and goes on if :meth:`Change.agreed`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ledger.cli.asking import confirm
from ledger.cli.context import Context
from ledger.cli.networks import is_real, title, typed_name
from ledger.cli.settings import Source
from ledger.errors import InputError

__all__ = ["Change"]


@dataclass(frozen=True, slots=True)
class Change(Context):
    """The context of a command that changes something, and how it was asked to.

    ``yes``: without questions. ``dry_run``: show it, and do nothing. ``sign_only``: the file to which what is signed
    is written, instead of being sent. ``wait``: until it is final, or only until it is accepted; for ``timeout``
    seconds. ``full``: nothing of what is shown is shortened. ``key``: under which it is done once.
    """

    yes: bool = False
    dry_run: bool = False
    sign_only: Path | None = None
    wait: bool = True
    timeout: float = 60.0
    full: bool = False
    key: str | None = None

    def __post_init__(self) -> None:
        """Raise InputError for options that exclude each other, before anything is opened."""
        if self.dry_run and self.sign_only is not None:
            raise InputError(
                "nothing is signed in a dry run", field="--sign-only", expected="one of both", found="--dry-run too"
            )
        if self.sign_only is not None and self.sign_only.exists():
            expected = "a name that is free"
            raise InputError(
                "there is such a file already",
                file=str(self.sign_only),
                field="--sign-only",
                expected=expected,
                found="a file",
            )

    def agreed(self, chain_id: int, draw: Callable[[str], None] | None = None) -> bool:
        """Have ``draw`` print what would happen, and ask; False in a dry run, after which nothing is to be done.

        ``draw`` gets the network's name and chain id, and whether it is real, and shows that, too; without ``draw``, it
        is shown here.

        A real network is asked about twice, the second time by its name. ``--yes`` answers for scripts; on a real
        network only one that names it itself, by ``--network`` or ``--rpc``: a variable or a file that somebody left
        behind must not turn a script for a test into one that pays. Raises InputError if the answer is another one, or
        if nobody is there to answer.
        """
        real = is_real(self.settings, chain_id)
        where = f"{title(self.settings, chain_id)}{': real' if real else ''}"
        if draw is None:
            print(where, file=sys.stderr)
        else:
            draw(where)
        if self.dry_run:
            print("a dry run: nothing is done", file=sys.stderr)
            return False
        if real and self.yes and self.settings.place_source is not Source.FLAG:
            name = None if self.settings.network is None else self.settings.network.name
            expected = "--rpc URL, or --network NAME" if name is None else f"--network {name}"
            raise InputError(
                "a script that changes a real network names it",
                field="--yes",
                expected=f"--yes with {expected}",
                found=f"it only by {self.settings.found['network' if name else 'rpc'].place}",
                hint=f"add {expected}; on a terminal, leave --yes away and answer",
            )
        confirm("Do this?", self.yes)
        if real:
            name = typed_name(self.settings, chain_id)
            confirm("This network is real: what is done there stays done.", self.yes, name)
        return True
