"""Commands in this process, on a chain in a file and a small git repository: a `crt` of its own costs seconds each."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ledger.cli.app import app
from ledger.errors import LedgerError

ANN, BOB = "ann@example.org", "bob@example.org"
SHARED = "shared_result = combine_everything(first_argument, second_argument)"
ANN_LINE = "def ann_function_ac(ann_argument_ac): return ann_compute_ac(ann_argument_ac)"
_NO_CHAIN = ("attribute",)


class Stage:
    """A directory with a repository, the keys of its authors, and a chain."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.repo = place / "repo"
        self.log = place / "repo.crtlog"
        self.chain = place / "chain.db"

    def git(self, *args: str, author: str = ANN, **environment: str) -> str:
        people = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Somebody"), ("EMAIL", author))
        }
        variables = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", **people, **environment}
        done = subprocess.run(
            ["git", "-C", str(self.repo), *args], env=variables, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, name: str, text: str, *, author: str = ANN, message: str = "change", sign: bool = False) -> str:
        (self.repo / name).parent.mkdir(parents=True, exist_ok=True)
        (self.repo / name).write_text(text, encoding="utf-8")
        self.git("add", name)
        self.git("commit", "-q", "-m", message, *(["-S"] if sign else []), author=author)
        return self.git("rev-parse", "HEAD")

    def write_repository(self) -> None:
        """30 lines of Ann's, signed by her SSH key; 10 of Bob's, who has none; one that they share."""
        self.repo.mkdir()
        self.git("init", "-q", "-b", "main")
        key = self.place / "ann_key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
        self.git("config", "gpg.format", "ssh")
        self.git("config", "user.signingkey", str(key))
        self.commit("ann.py", "".join(_line("ann", number) for number in range(30)), sign=True)
        self.commit("bob.py", "".join(_line("bob", number) for number in range(10)), author=BOB)
        self.commit("both.py", SHARED + "\n", message=f"both\n\nCo-authored-by: Bob <{BOB}>")

    def run(self, *args: str) -> dict[str, Any]:
        """The document that a command prints with --json; it must succeed."""
        result = self._invoke(*args, "--json")
        assert result.exit_code == 0, (args, result.output, result.exception)
        document: dict[str, Any] = json.loads(result.stdout)
        assert ANN not in result.stdout or args[1] == "attribute"
        return document

    def text(self, *args: str) -> str:
        """What a command prints for people; it must succeed."""
        result = self._invoke(*args)
        assert result.exit_code == 0, (args, result.output, result.exception)
        return result.stdout

    def fails(self, *args: str) -> LedgerError:
        """The error that a command ends with."""
        result = self._invoke(*args)
        assert isinstance(result.exception, LedgerError), (args, result.output, result.exception)
        assert result.stdout == ""
        return result.exception

    def _invoke(self, *args: str) -> Any:
        chain = [] if args[1] in _NO_CHAIN else ["--chain", str(self.chain)]
        return CliRunner().invoke(app, [*args, *chain])

    def anchored(self) -> None:
        """Attributed, and on chain as repository 1, maintained by dev:0."""
        self.write_repository()
        self.run("contrib", "attribute", str(self.repo), "--log", str(self.log), "--quiet")
        self.run("contrib", "anchor", str(self.log), "--name", "example/repo", "--as", "dev:0")

    def copy(self, name: str) -> Stage:
        """Another stage with the chain, and its database, as they are now."""
        copy = Stage(self.place / name)
        copy.place.mkdir()
        for file in ("chain.db", "chain.db.deployment.json", "chain.db.ledger.sqlite"):
            (copy.place / file).write_bytes((self.place / file).read_bytes())
        return copy

    def bound(self, name: str = "ann.json", address: str = ANN, wallet: str = "dev:1") -> dict[str, Any]:
        """A contributor bound to a wallet."""
        request = ("contrib", "bind", "request", str(self.log), address, "--git", str(self.repo), "--as", wallet)
        self.run(*request, "-o", str(self.place / name))
        return self.run(
            "contrib", "bind", "approve", str(self.place / name), "--git", str(self.repo), "--as", "dev:0"
        )  # fmt: skip

    def bob_is_bound(self) -> None:
        """Bob, to dev:2, by a claim file that he commits."""
        request = ("contrib", "bind", "request", str(self.log), BOB, "--git", str(self.repo), "--as", "dev:2")
        request = (*request, "--evidence", "commit", "-o", str(self.place / "bob.json"))
        self.fails(*request)
        (claim,) = self.repo.glob(".crt/claims/*.txt")
        self.commit(str(claim.relative_to(self.repo)), claim.read_text(), author=BOB)
        self.run(*request)
        self.run("contrib", "bind", "approve", str(self.place / "bob.json"), "--git", str(self.repo), "--as", "dev:0")


def _line(who: str, number: int) -> str:
    name = chr(ord("a") + number // 26) + chr(ord("a") + number % 26)
    return f"def {who}_function_{name}({who}_argument_{name}): return {who}_compute_{name}({who}_argument_{name})\n"
