"""Repositories for tests, written object by object without git: quick, and as odd as a test wants them."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import re
import subprocess
import zlib
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.attribution.attribute import attribute
from ledger.attribution.logfile import LogFile, Pinned
from ledger.attribution.policy import Policy
from tests.attribution.reference import Result, reference

ANN, BOB, CARL = "Ann <ann@example.org>", "Bob <bob@example.org>", "Carl <carl@example.org>"
START = 1_700_000_000  # 2023-11-14

File = bytes | tuple[str, bytes | str]  # content, or mode and content, or ("160000", oid)


class Repo:
    """A bare repository. ``main`` is the branch that HEAD names."""

    def __init__(self, path: Path, object_format: str = "sha1") -> None:
        self.path = path
        self._hash = object_format
        self._known: set[str] = set()
        self._clock = itertools.count(START, 60)
        for folder in ("objects/info", "objects/pack", "refs/heads", "info"):
            (path / folder).mkdir(parents=True)
        (path / "HEAD").write_text("ref: refs/heads/main\n")
        version = "0" if object_format == "sha1" else f"1\n[extensions]\n\tobjectformat = {object_format}"
        text = f"[core]\n\tbare = true\n\trepositoryformatversion = {version}\n"
        (path / "config").write_text(text)

    def write(self, kind: str, content: bytes) -> str:
        """Any object at all, be it malformed."""
        whole = f"{kind} {len(content)}\0".encode() + content
        oid = hashlib.new(self._hash, whole).hexdigest()
        if oid not in self._known:
            self._known.add(oid)
            file = self.loose(oid)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(zlib.compress(whole, 1))
        return oid

    def loose(self, oid: str) -> Path:
        """The file that holds an object."""
        return self.path / "objects" / oid[:2] / oid[2:]

    def tree(self, files: Mapping[str | bytes, File]) -> str:
        below: dict[bytes, dict[str | bytes, File]] = {}
        entries: list[tuple[bytes, bytes, str]] = []  # what to sort by, mode and name, oid
        for name, file in files.items():
            raw = os.fsencode(name)
            folder, slash, rest = raw.partition(b"/")
            if slash:
                below.setdefault(folder, {})[rest] = file
                continue
            mode, content = file if isinstance(file, tuple) else ("100644", file)
            oid = content if isinstance(content, str) else self.write("blob", content)
            entries.append((raw, f"{mode} ".encode() + raw, oid))
        entries += [(folder + b"/", b"40000 " + folder, self.tree(inner)) for folder, inner in below.items()]
        return self.write("tree", b"".join(entry + b"\0" + bytes.fromhex(oid) for _, entry, oid in sorted(entries)))

    def commit(
        self,
        files: Mapping[str | bytes, File],
        *parents: str,
        author: str | bytes = ANN,
        committer: str | bytes | None = None,
        message: str | bytes = "",
        date: str | None = None,
        extra: bytes = b"",
    ) -> str:
        """A commit of exactly these files; ``main`` is left where it is."""
        when = os.fsencode(date if date is not None else f"{next(self._clock)} +0000")
        lines = [b"tree " + self.tree(files).encode(), *(b"parent " + parent.encode() for parent in parents)]
        author = os.fsencode(author)
        lines += [b"author " + author + b" " + when]
        lines += [b"committer " + (author if committer is None else os.fsencode(committer)) + b" " + when]
        return self.write("commit", b"\n".join([*lines, *([extra] if extra else []), b"", os.fsencode(message)]))

    def chain(self, *trees: Mapping[str | bytes, File], author: str = ANN) -> list[str]:
        """Commits one after the other; ``main`` is the last."""
        oids: list[str] = []
        for files in trees:
            oids.append(self.commit(files, *oids[-1:], author=author))
        self.main(oids[-1])
        return oids

    def main(self, oid: str) -> str:
        """Let HEAD be this commit."""
        (self.path / "refs/heads/main").write_text(f"{oid}\n")
        return oid

    def git(self, *args: str, given: bytes = b"") -> str:
        return git(self.path, *args, given=given)


def git(path: Path, *args: str, given: bytes = b"") -> str:
    """What git prints, without the last newline."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    clean |= {f"GIT_{who}_{what}": "c@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(["git", "-C", str(path), *args], input=given, env=clean, capture_output=True, check=True)
    return os.fsdecode(done.stdout).removesuffix("\n")


@dataclass(frozen=True)
class Made:
    """What a log holds, taken out of its file."""

    entries: list[bytes]
    paths: list[bytes]
    pinned: list[Pinned]

    @property
    def root(self) -> bytes:
        return self.pinned[-1].root


def read(log: LogFile) -> Made:
    return Made(list(log.entries()), [record.path for record in log.records()], log.pinned())


def made(
    repo: Repo | Path,
    *heads: str,
    exclude: Sequence[str] = (),
    foreign: Set[bytes] = frozenset(),
    log: Path | None = None,
) -> Made:
    """Pin these heads one after the other (HEAD without any), here and in no other process."""
    path = repo.path if isinstance(repo, Repo) else repo
    with LogFile(log) as file:
        for head in heads or ("HEAD",):
            attribute(path, file, head, Policy(exclude=tuple(exclude)), foreign=foreign, processes=1)
        return read(file)


def agreed(
    repo: Repo | Path, *heads: str, exclude: Sequence[str] = (), foreign: Set[bytes] = frozenset()
) -> tuple[Made, Result]:
    """Both implementations, which must agree: entries, root, the paths of the lines."""
    path = repo.path if isinstance(repo, Repo) else repo
    found = made(repo, *heads, exclude=exclude, foreign=foreign)
    expected = reference(str(path), [pinned.oid for pinned in found.pinned], exclude=exclude, foreign=foreign)
    assert found.entries == expected.entries
    assert found.paths == expected.paths
    assert found.root == expected.root
    assert found.pinned[-1].positions == len(expected.positions)
    return found, expected


def shares(repo: Repo | Path, *heads: str, exclude: Sequence[str] = ()) -> dict[str, int]:
    """Thousandths of lines by address, from a log on which both implementations agree."""
    path = repo.path if isinstance(repo, Repo) else repo
    agreed(repo, *heads, exclude=exclude)
    found: dict[str, int] = {}
    with LogFile(None) as log:
        for head in heads or ("HEAD",):
            attribute(path, log, head, Policy(exclude=tuple(exclude)), processes=1)
        addresses = log.contributors()
        for record in log.records():
            address = os.fsdecode(addresses[record.contributor])
            found[address] = found.get(address, 0) + record.share
    return found


@contextmanager
def damaged(file: Path, content: bytes | None) -> Iterator[None]:
    """A file with other content, or without the file, for a while."""
    before = file.read_bytes()
    file.chmod(0o644)
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(before)


# A history that looks like one


_NOUNS = re.findall(
    r"\w+",
    "account balance bank batch branch buffer cache channel client code column command config context counter country "
    "cursor customer date delay device document domain driver edge entry error event factor field file filter folder "
    "format frame graph group handler header history image index invoice item job key label layer layout length level "
    "line link list lock log map margin mask member memory message method metric mode model module month name network "
    "node number object offset option order owner packet page parser part password path payment period plan pointer "
    "policy port prefix price process profile project queue rate reader record region report request result role route "
    "row rule sample scale schedule schema scope score script section segment sensor server session shape signal size "
    "slot socket source stack stage state status step stock store stream style subject symbol system table target task "
    "template term test text thread ticket time title token topic total trace tree type unit update user value vector "
    "version view volume week weight width window word worker year zone",
)
_VERBS = re.findall(
    r"\w+",
    "add apply build check clear close collect compare compute convert copy count create decode delete draw encode "
    "enter expand fetch fill find flush follow guess hide insert join keep list load lock make match measure merge "
    "move notify open parse patch pick plan print pull push raise read reduce refresh remove render reset resolve "
    "restore run save scan select send set show sort split start stop store strip swap sync take track turn unpack "
    "update use visit wait walk warn watch wrap write",
)


class _Writer:
    """Source text out of words: the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def noun(self) -> str:
        return self._random.choice(_NOUNS)

    def name(self) -> str:
        return f"{self._random.choice(_VERBS)}_{self.noun()}"

    def number(self) -> str:
        pick = self._random.randrange
        return self._random.choice([str(pick(100)), str(pick(10_000)), f"{pick(10)}.{pick(100)}", f"0x{pick(256):x}"])

    def sentence(self) -> str:
        some = [self._random.choice(_NOUNS + _VERBS) for _ in range(self._random.randrange(4, 11))]
        return " ".join(some).capitalize() + "."

    def call(self) -> str:
        return f"{self.name()}({', '.join(self.argument() for _ in range(self._random.randrange(1, 4)))})"

    def argument(self) -> str:
        kinds = [self.noun(), f"{self.noun()}={self.number()}", f'"{self.noun()}"', f"{self.noun()}.{self.noun()}"]
        return self._random.choice(kinds)

    def python(self) -> str:
        name, first, second = self.name(), self.noun(), self.noun()
        body = [f'    """{self.sentence()}"""']
        for _ in range(self._random.randrange(3, 9)):
            body += self._random.choice(
                [
                    [f"    {self.noun()} = {self.call()}"],
                    [f"    {self.noun()} = {first} + {self.noun()} * {self.number()}  # {self.sentence()}"],
                    [f"    if {first} > {self.number()}:", f"        return {self.call()}"],
                    [f"    for {self.noun()} in {self.call()}:", f"        {second}.{self.call()}"],
                    [f"    # {self.sentence()}", f"    {second}[{first}] = '{self.noun()} {self.noun()}'"],
                    [
                        f"    {self.noun()} = {self.name()}(",
                        f"        {first}={self.call()},",
                        f"        {second},",
                        "    )",
                    ],
                ]
            )
        return "\n".join([f"def {name}({first}, {second}={self.number()}):", *body, f"    return {second}", "", "", ""])

    def c(self) -> str:
        name, first, second = self.name(), self.noun(), self.noun()
        body = [f"\tint {second} = {self.call()};"]
        for _ in range(self._random.randrange(3, 9)):
            body += self._random.choice(
                [
                    [f"\t{self.noun()} = {self.call()}; /* {self.sentence()} */"],
                    [f"\tif ({first}->{self.noun()} < {self.number()}) {{", f"\t\t{self.call()};", "\t}"],
                    [f"\tconst char *{self.noun()} = {self.noun()}[{self.number()}]; // {self.sentence()}"],
                    [f"\twhile ({self.name()}({first}, &{second}))", f"\t\t{self.call()};"],
                ]
            )
        head = ["/*", f" * {self.sentence()}", " */", f"static int {name}(struct {self.noun()} *{first})", "{"]
        return "\n".join([*head, *body, f"\treturn {second};", "}", "", ""])

    def prose(self) -> str:
        lines = [f"{self.sentence()} See `{self.name()}` and {self.sentence().lower()}" for _ in range(4)]
        return "\n".join([f"## {self.sentence()}", "", *lines, ""])


_KINDS = {".py": _Writer.python, ".c": _Writer.c, ".md": _Writer.prose}


def lifelike(path: Path, seed: int = 1, commits: int = 30) -> Repo:
    """A history of a few people who write, change and delete Python, C and prose, with branches merged; at ``main``."""
    repo, write, pick = Repo(path), _Writer(seed), random.Random(seed)
    people = [ANN, BOB, CARL]
    files: dict[str | bytes, list[str]] = {}
    head: list[str] = []
    for number in range(commits):
        old = dict(files)
        for _ in range(pick.randrange(1, 4)):
            if not files or pick.random() < 0.3:
                suffix = pick.choice([".py", ".py", ".c", ".md"])
                folder = {".md": "docs", ".c": "src"}.get(suffix, pick.choice(["app", "app/core", "tests"]))
                name = f"{folder}/{write.name()}{suffix}"
            else:
                name = str(pick.choice(sorted(files, key=str)))
            blocks = list(files.get(name, []))
            if len(blocks) > 3 and pick.random() < 0.3:
                blocks.pop(pick.randrange(len(blocks)))
            for _ in range(pick.randrange(1, 4)):
                blocks.insert(pick.randrange(len(blocks) + 1), _KINDS[Path(name).suffix](write))
            files[name] = blocks
        author = pick.choice(people)
        made_of = {name: "".join(blocks).encode() for name, blocks in files.items()}
        if number > 3 and pick.random() < 0.3:  # on a branch, and merged
            side = repo.commit(made_of, head[-1], author=author, message="side")
            main = repo.commit({name: "".join(blocks).encode() for name, blocks in old.items()}, head[-1], author=ANN)
            head.append(repo.commit(made_of, main, side, author=ANN, message="merge"))
        else:
            head.append(repo.commit(made_of, *head[-1:], author=author, message=f"change {number}"))
    repo.main(head[-1])
    return repo
