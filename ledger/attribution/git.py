"""Reading a repository through the `git` command line: objects as they are, nothing replaced, grafted or fetched.

All but names is read through an empty repository beside it that has the same objects. So what is configured in the
repository, its attributes and a work tree with other ones, changes nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from ledger.attribution.rule import MAX_BLOB
from ledger.errors import InputError, SetupError

__all__ = ["Change", "Repository"]

_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CHUNK: Final = 1 << 20
_PIPE: Final = 1 << 18
_OPTIONS: Final = ("-c", "core.commitGraph=false")
_MIN_GIT: Final = (2, 30)


@dataclass(frozen=True, slots=True)
class Change:
    """A regular file's blob that a commit has at a path, and no parent; ``before`` is the first parent's that has one.

    ``merged`` says that it has several parents.
    """

    commit: str
    path: bytes
    oid: str
    before: str | None
    merged: bool


class Repository:
    """One repository, bare or not. Raises InputError if there is none, or a shallow one; SetupError without git."""

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_GRAFT_FILE": os.devnull,
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",  # the same, for a git that does not know the one before
            "GIT_OPTIONAL_LOCKS": "0",
            "LC_ALL": "C",
        }
        self._check_version()
        if not Path(path).is_dir():
            raise self.refused("there is no such directory", expected="a git repository", found="nothing")
        asked = ("--is-shallow-repository", "--show-object-format", "--git-path", "objects")
        answer = self._run("rev-parse", *asked, what="not a git repository").removesuffix("\n")
        shallow, object_format, objects = answer.split("\n", 2)
        if shallow == "true":
            raise self.refused(
                "the repository is shallow: lines of what is cut off would count as new",
                expected="the whole history",
                found="a shallow clone",
                hint="git fetch --unshallow",
            )
        self.oid_bytes = 32 if object_format == "sha256" else 20
        empty = _empty_repository(object_format)
        weakref.finalize(self, shutil.rmtree, empty, ignore_errors=True)
        self._objects_env = self.env | {
            "GIT_DIR": empty,
            "GIT_OBJECT_DIRECTORY": str(Path(path, objects).resolve()),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
        }

    def resolve(self, revision: str) -> str:
        """The oid of the commit that ``revision`` names."""
        answer = self._run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", what=None
        ).strip()
        if not _OID.fullmatch(answer):
            raise self.refused(
                "there is no such commit", field="head", expected="a branch, tag or commit", found=revision or "nothing"
            )
        return answer

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether ``new`` is ``old`` or has it in its history."""
        return self._read("merge-base", "--is-ancestor", old, new).returncode == 0

    def ancestry(self, head: str, base: str | None) -> list[str]:
        """All commits in the history of ``head`` and not of ``base``, in no order that means anything."""
        done = self._read("rev-list", head, *([f"^{base}"] if base else []))
        if done.returncode != 0:
            raise self.refused(
                "the history can't be read", expected="a whole git repository", found=_last_line(done.stderr)
            )
        return done.stdout.decode().split()

    def commits(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The commit objects, whole, in the order asked for."""
        for oid, content in self.objects(oids, "commit"):
            if content is None:
                raise self._missing("commit", oid)
            yield oid, content

    def objects(self, oids: Iterable[str], kind: str) -> Iterator[tuple[str, bytes | None]]:
        """Objects of one kind in the order asked for; None for one of more than ``MAX_BLOB`` bytes.

        Raises InputError for a missing or broken one. The process ends when the iterator is closed.
        """
        with tempfile.TemporaryFile() as asked:
            count = 0
            for oid in oids:
                asked.write(oid.encode("utf-8", "surrogateescape") + b"\n")
                count += 1
            if not count:
                return
            with self._stream(asked, "cat-file", "--batch", "--buffer") as (git, complaints):
                assert git.stdout is not None
                for _ in range(count):
                    yield self._object(git.stdout, kind, complaints)

    @contextmanager
    def _stream(self, asked: IO[bytes], *args: str) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
        """A process that is asked all at once, and what it complains of. It ends with the context."""
        asked.seek(0)
        with (
            tempfile.TemporaryFile() as complaints,
            subprocess.Popen(  # noqa: S603
                ["git", *_OPTIONS, *args],  # noqa: S607
                stdin=asked,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=self._objects_env,
                bufsize=_PIPE,
                pipesize=_PIPE,
            ) as git,
        ):
            try:
                yield git, complaints
            finally:
                git.kill()

    def _object(self, stream: IO[bytes], kind: str, complaints: IO[bytes]) -> tuple[str, bytes | None]:
        head = stream.readline().split()
        if len(head) != 3:
            if head[1:] == [b"missing"]:
                raise self._missing(kind, head[0].decode())
            complaints.seek(0)
            raise self._broken(complaints.read().decode(errors="replace"))
        oid, found, size = head[0].decode(), head[1].decode(), int(head[2])
        if found != kind:
            raise self._broken(f"{oid} is a {found}, not a {kind}")
        if size > MAX_BLOB and kind == "blob":
            left = size + 1
            while left:
                left -= len(stream.read(min(left, _CHUNK)) or self._cut(oid))
            return oid, None
        content = stream.read(size)
        if not stream.read(1):
            self._cut(oid)
        return oid, content

    def _cut(self, oid: str) -> bytes:
        raise self._broken(f"object {oid} ends early")

    def changes(self, commits: Iterable[str]) -> Iterator[Change]:
        """What each of the commits brings: with several parents, what none of them has. In the order of commits."""
        args = ("--stdin", "-r", "-c", "--raw", "-z", "--root", "--no-renames", "--no-abbrev")
        done = self._read("diff-tree", *args, given="".join(f"{oid}\n" for oid in commits).encode())
        if done.returncode != 0:
            raise self._broken(done.stderr.decode(errors="replace"))
        yield from _parse_changes(done.stdout)

    def _read(self, *args: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Of the objects alone."""
        command = ["git", *_OPTIONS, *args]
        return subprocess.run(command, input=given, capture_output=True, env=self._objects_env, check=False)  # noqa: S603

    def _run(self, *args: str, what: str | None) -> str:
        """What git prints of the repository itself; if it fails, an error that begins with ``what``, or nothing."""
        command = ["git", "-C", self.path, *args]
        done = subprocess.run(command, capture_output=True, env=self.env, check=False)  # noqa: S603
        if done.returncode != 0:
            if what is None:
                return ""
            raise self.refused(what, expected="a whole git repository", found=_last_line(done.stderr))
        return done.stdout.decode(errors="surrogateescape")

    def _check_version(self) -> None:
        try:
            found = subprocess.run(["git", "version"], capture_output=True, check=True).stdout.decode()  # noqa: S607
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetupError(f"the git command can't be run: {error}", hint="install git 2.30 or newer") from error
        numbers = tuple(int(number) for number in re.findall(r"\d+", found)[:2])
        if numbers < _MIN_GIT:
            raise SetupError(f"{found.strip()} is too old", hint="install git 2.30 or newer")

    def _missing(self, kind: str, oid: str) -> InputError:
        return self.refused(
            f"the repository lacks a {kind} of its own history",
            field=oid,
            expected="every object of the history",
            found="a partial clone, or a damaged one",
            hint="clone it anew, whole",
        )

    def _broken(self, found: str) -> InputError:
        return self.refused(
            "the repository can't be read",
            expected="whole objects",
            found=_last_line(found.encode()),
            hint="git fsck",
        )

    def refused(self, message: str, **details: str) -> InputError:
        """The error that says what is wrong with this repository."""
        return InputError(message, file=self.path, **details)  # type: ignore[arg-type]


def _empty_repository(object_format: str) -> str:
    """One without objects, references, attributes or settings of its own."""
    place = tempfile.mkdtemp()
    for name in ("objects", "refs"):
        Path(place, name).mkdir()
    Path(place, "HEAD").write_text("ref: refs/heads/none\n")
    extensions = f"[core]\nrepositoryformatversion = 1\nbare = true\n[extensions]\nobjectformat = {object_format}\n"
    Path(place, "config").write_text(extensions)
    return place


def _last_line(text: bytes) -> str:
    lines = text.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "nothing"


def _parse_changes(raw: bytes) -> Iterator[Change]:
    """`git diff-tree -c --raw -z`: a commit, then for each path a word of modes and oids, and the path."""
    fields = iter(raw.split(b"\0"))
    commit = ""
    for field in fields:
        if not field:
            continue
        if not field.startswith(b":"):
            commit = field.decode()
            continue
        path = next(fields)
        parents = len(field) - len(field.lstrip(b":"))
        words = field[parents:].split(b" ")
        mode, oid = words[parents], words[2 * parents + 1]
        had = [words[parents + 1 + at] for at in range(parents) if words[at].startswith(b"100")]
        if mode.startswith(b"100") and oid not in had:
            yield Change(commit, path, oid.decode(), had[0].decode() if had else None, parents > 1)
