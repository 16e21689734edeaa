"""A small series that is issued, as `crt` meets it: on a chain in a file, or behind a server of the HTTP API."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import pytest

from api.serving import serving
from ledger.chain.listening import listen
from ledger.cli import main
from ledger.services import cash, collections, distribution
from ledger.services.access import OPERATORS, Access, make_key
from ledger.services.ledger import Ledger, open_local
from ledger.services.series import Series
from tests.api.stage import MANY
from tests.services.small import HOLDERS, RENT, active, offered, small_case

ALICE, BOB, CAROL = (account.address for account in HOLDERS)
FIRST = 1 << 64  # ids of the series' receipts begin here


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its one JSON document."""
        return json.loads(self.out)


@dataclass
class Net:
    """A folder with a chain, or the server of one; ``crt`` runs there. Alice and Bob have 1,000.00 each, in the receipts
    SMALL/1 and SMALL/2, and Carol has nothing."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    served: Ledger | None = None

    def crt(self, *args: str) -> Said:
        """`crt` in this process: starting one takes most of a command's time."""
        before, out, err = signal.getsignal(signal.SIGINT), io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["crt", *args])
            for name, value in {"CRT_HOME": str(self.folder / "home"), **self.variables}.items():
                patch.setenv(name, value)
            code: Any = 0
            try:
                main()
            except SystemExit as ended:
                code = ended.code
            finally:
                signal.signal(signal.SIGINT, before)
        return Said(int(code or 0), out.getvalue(), err.getvalue())

    def does(self, *args: str) -> Any:
        """The document of a command that has to succeed."""
        done = self.crt(*args, "--json")
        assert done.code == 0, (args, done)
        return done.document

    def fails(self, *args: str, code: int) -> Any:
        """The error of a command that has to end so."""
        done = self.crt(*args, "--json")
        assert done.code == code, (args, done)
        assert done.document["schema"] == "crt-error/1"
        return done.document["error"]

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger itself, between commands."""
        if self.served is not None:
            yield self.served
        else:
            with open_local(self.folder / "crt-chain.db") as ledger:
                yield ledger

    def owns(self, token: int) -> str:
        """Who has a receipt, as the contract says it."""
        with self.ledger() as ledger:
            return str(ledger.receipts.view(ledger.node, "ownerOf", token))

    def units(self, token: int) -> int:
        """Its face value, as the contract says it."""
        with self.ledger() as ledger:
            return int(ledger.receipts.view(ledger.node, "balanceOf(uint256)", token))

    def coupon(self) -> None:
        """The first rent is there, the record is fixed, and 10.00 of coupon are set aside for each 1,000.00."""
        with self.ledger() as ledger:
            series = Series.load(ledger, 1)
            series.go_to(date(2025, 2, 1))
            cash.mint(series, ledger.deployment.operator, RENT)
            collections.collect(series, [("R1-SMALL", RENT)], key="rent")
            distribution.fix_record(series)
            distribution.fund(series)
            ledger.sync()


def make(folder: Path, *, issued: bool = True) -> Path:
    """The folder of such a chain, with the keys of its holders; or in the days of the offering, with 500.00 of cash for
    each holder."""
    case = small_case()
    with open_local(folder / "crt-chain.db", start=case.terms.open_date) as ledger:
        if issued:
            active(ledger, case, 100_000, 100_000)
        else:
            series = offered(ledger, case)
            for holder in HOLDERS:
                cash.mint(series, holder.address, 50_000)
        ledger.sync()
    for name, account in zip(("alice", "bob", "carol"), HOLDERS, strict=True):
        (folder / f"{name}.key").touch(mode=0o600)
        (folder / f"{name}.key").write_text(account.secret().hex())
    return folder


@contextmanager
def net(kind: str, of: Path, folder: Path) -> Iterator[Net]:
    """A copy of a folder: ``inside``, or behind a ``server``."""
    shutil.copytree(of, folder)
    if kind == "inside":
        yield Net(folder)
        return
    with open_local(folder / "crt-chain.db") as ledger:
        access = [one for one in OPERATORS if one is not Access.AUDITOR]
        _, secret = make_key(ledger.database, "desk", access, by="test")
        key = folder / "desk.key"
        key.touch(mode=0o600)
        key.write_text(f"{secret}\n")
        with serving(ledger, listen("127.0.0.1", 0), Event(), settings=MANY) as url:
            config = {"XDG_CONFIG_HOME": str(folder / "config"), "PATH": os.environ["PATH"]}
            yield Net(folder, {"CRT_API": url, "CRT_API_KEY_FILE": str(key), **config}, ledger)
