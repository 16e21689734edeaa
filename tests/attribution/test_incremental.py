"""Heads pinned one after the other: the same log as from scratch, by less reading, whatever goes wrong on the way."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.attribution import attribute as module
from ledger.attribution.attribute import attribute
from ledger.attribution.git import Change, Repository
from ledger.attribution.logfile import LogFile
from ledger.attribution.policy import Policy
from ledger.errors import InputError
from tests.attribution.reference import reference
from tests.attribution.repos import ANN, BOB, CARL, Made, Repo, lifelike, made, read
from tests.command import ROOT

# Histories that hypothesis makes up

WORDS = ["alpha", "beta", "gamma", "delta", "count", "total"]
PATHS = ["a.py", "d/b.c", "d/e/c", "vendor/v.py", ".gitattributes"]
LINES = [
    "{0} = {1} + {2}",
    "    {0}({1}, {2}={0})",
    "return {0} * 17  # {1}",
    "call_{0}_{1}(\n{2},\n)",
    "{0}, {1} = {1}_{0}, {2}_first",
    "# {0} {1}",
    "{0}\r",
    "",
]
MARKS = ["d/** linguist-vendored", "*.py linguist-generated", "*.py -linguist-generated", "/d/e linguist-vendored=true"]

words = st.sampled_from(WORDS)
lines = st.builds(lambda form, *some: form.format(*some), st.sampled_from(LINES), words, words, words)


@st.composite
def commits(draw: st.DrawFn) -> list[tuple[list[int], dict[str, str], str, str]]:
    """Parents as numbers of earlier commits, files, author and message; the last commit is the head."""
    history: list[tuple[list[int], dict[str, str], str, str]] = []
    for number in range(draw(st.integers(2, 9))):
        recent = st.integers(max(0, number - 4), number - 1)
        parents = draw(st.lists(recent, min_size=1, max_size=3, unique=True)) if number else []
        if number and draw(st.integers(0, 9)) == 9:
            parents = []  # another root
        files: dict[str, str] = {}
        for parent in reversed(parents):
            files |= history[parent][1]
        for _ in range(draw(st.integers(0, 3))):
            path = draw(st.sampled_from(PATHS))
            text = files.get(path, "")
            match draw(st.integers(0, 5)):
                case 0:
                    files.pop(path, None)
                case 1:
                    files[path] = text.replace(draw(words), draw(words))
                case 2:
                    files[path] = files.get(draw(st.sampled_from(PATHS)), text)
                case _:
                    some = st.sampled_from(MARKS) if path == ".gitattributes" else lines
                    files[path] = text + "".join(f"{line}\n" for line in draw(st.lists(some, max_size=6)))
        message = draw(st.sampled_from(["", "x\n\nCo-authored-by: Bob <bob@example.org>"]))
        history.append((parents, files, draw(st.sampled_from([ANN, BOB, CARL, "nobody <>"])), message))
    return history


def written(history: Sequence[tuple[list[int], dict[str, str], str, str]], path: Path) -> tuple[Repo, list[str]]:
    """The repository, and the first-parent chain of its head."""
    repo, oids = Repo(path), []
    for parents, files, author, message in history:
        contents = {name: text.encode() for name, text in files.items()}
        oids.append(repo.commit(contents, *(oids[parent] for parent in parents), author=author, message=message))
    chain, at = [oids[-1]], history[-1]
    while at[0]:
        chain.insert(0, oids[at[0][0]])
        at = history[at[0][0]]
    repo.main(oids[-1])
    return repo, chain


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=commits(), data=st.data())
def test_pinned_heads_make_no_difference(
    history: list[tuple[list[int], dict[str, str], str, str]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as place:
        repo, chain = written(history, Path(place) / "repo")
        between = data.draw(st.lists(st.sampled_from(chain), max_size=2, unique=True))
        heads = [*sorted(between, key=chain.index), chain[-1]]
        exclude = data.draw(st.sampled_from([(), ("vendor/",)]))
        whole = made(repo, chain[-1], exclude=exclude)
        pinned = made(repo, *heads, exclude=exclude)
        expected = reference(str(repo.path), heads, exclude=exclude)
        assert pinned.entries == whole.entries == expected.entries
        assert pinned.paths == whole.paths == expected.paths
        assert pinned.root == whole.root == expected.root
        assert len(expected.positions) == whole.pinned[-1].positions


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=commits(), data=st.data())
def test_heads_that_are_not_on_the_chain(
    history: list[tuple[list[int], dict[str, str], str, str]], data: st.DataObject
) -> None:
    """The log may be another then, but the same with both programs; heads that do not follow are refused."""
    with tempfile.TemporaryDirectory() as place:
        repo, chain = written(history, Path(place) / "repo")
        reachable = repo.git("rev-list", chain[-1]).split()
        heads = [data.draw(st.sampled_from(reachable)), chain[-1]]
        expected = reference(str(repo.path), heads)
        found = made(repo, *heads)
        assert (found.entries, found.paths, found.root) == (expected.entries, expected.paths, expected.root)


# What is read


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return lifelike(tmp_path_factory.mktemp("incremental") / "repo", 5)


@pytest.fixture(scope="module")
def whole(repo: Repo) -> Made:
    return made(repo)


class Spy:
    """What was read of a repository, by kind; a "change" is a commit whose changes were listed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, str]] = []
        original = Repository.objects

        def objects(repository: Repository, oids: Iterable[str], kind: str) -> Iterator[tuple[str, bytes | None]]:
            wanted = list(oids)
            self.asked += [(kind, oid) for oid in wanted]
            return original(repository, wanted, kind)

        original_changes = Repository.changes

        def changes(repository: Repository, oids: Iterable[str]) -> Iterator[Change]:
            wanted = list(oids)
            self.asked += [("change", oid) for oid in wanted]
            return original_changes(repository, wanted)

        monkeypatch.setattr(Repository, "objects", objects)
        monkeypatch.setattr(Repository, "changes", changes)

    def of(self, kind: str) -> list[str]:
        return [oid for found, oid in self.asked if found == kind]


def test_nothing_but_new_commits_is_read(repo: Repo, whole: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    base, head = repo.git("rev-parse", "HEAD~3", "HEAD").split()
    new = repo.git("rev-list", head, f"^{base}").split()
    with LogFile(None) as log:
        attribute(repo.path, log, base, processes=1)
        spy = Spy(monkeypatch)
        attribute(repo.path, log, head, processes=1)
        assert sorted(spy.of("commit")) == sorted(new)
        assert sorted(spy.of("change")) == sorted(new)
        changed = {
            row.split("\t")[1]: row.split()[3]
            for oid in new
            for row in repo.git("diff-tree", "-r", "-m", "--root", "--no-commit-id", oid).splitlines()
        }
        blobs = {repo.git("rev-parse", f"{oid}:{path}") for oid in new for path in changed if has(repo, oid, path)}
        before = {repo.git("rev-parse", f"{base}:{path}") for path in changed if has(repo, base, path)}
        assert set(spy.of("blob")) <= blobs | before
        assert len(spy.of("blob")) < 3 * len(new) * 3
        assert read(log).entries == whole.entries
        assert read(log).root == whole.root


def parents(repo: Repo, commit: str) -> list[str]:
    return repo.git("rev-parse", f"{commit}^@").split()


def has(repo: Repo, commit: str, path: str) -> bool:
    return bool(repo.git("ls-tree", commit, path))


def test_each_blob_is_read_once(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch)
    made(repo)
    commits = spy.of("commit")
    assert len(set(commits)) == int(repo.git("rev-list", "--count", "HEAD"))
    assert len(commits) == len(set(commits)) + 1  # the first again, for the salt
    assert sorted(spy.of("change")) == sorted(set(commits))
    assert len(spy.of("blob")) == len(set(spy.of("blob")))


def test_nothing_new_changes_nothing(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LogFile(tmp_path / "log") as log:
        pinned = attribute(repo.path, log, processes=1)
        before = read(log)
        spy = Spy(monkeypatch)
        assert attribute(repo.path, log, processes=1) == pinned
        assert spy.asked == []
        assert read(log) == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log"]


# What goes wrong


class BrokenOff(Exception):
    pass


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COMMITS", 5)
    monkeypatch.setattr(module, "_CHANGES", 5)


class Breaking:
    """`collect` that fails after so many parts, and counts the parts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int = 1000) -> None:
        self.most, self.done = most, 0
        self._collect = module.collect
        monkeypatch.setattr(module, "collect", self)

    def __call__(self, *args: object) -> None:
        if self.done == self.most:
            raise BrokenOff
        self._collect(*args)  # type: ignore[arg-type]
        self.done += 1


@pytest.mark.usefixtures("small_parts")
def test_a_run_that_was_broken_off_goes_on(
    repo: Repo, whole: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(monkeypatch, 3)
    with LogFile(tmp_path / "log") as log:
        for _ in range(2):  # the second gets no further
            with pytest.raises(BrokenOff):
                attribute(repo.path, log, processes=1)
            assert breaking.done == 3
            assert read(log) == Made([], [], [])
            assert log.get("salt") is None
        breaking.most = 1000
        attribute(repo.path, log, processes=1)
        assert read(log) == whole
    total = breaking.done
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log"]
    breaking.done = 0
    assert made(repo) == whole
    assert breaking.done == total  # so no part was done twice
    assert total > 3


@pytest.mark.usefixtures("small_parts")
def test_parts_of_another_head_or_policy_are_not_used(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(monkeypatch)
    expected = made(repo, exclude=("app/",))
    total = breaking.done
    breaking.most = 3
    with LogFile(tmp_path / "log") as log:
        for head, policy in (("HEAD~2", Policy()), ("HEAD", Policy(exclude=("docs/",)))):
            breaking.done = 0
            with pytest.raises(BrokenOff):
                attribute(repo.path, log, head, policy, processes=1)
            assert breaking.done == 3
        breaking.done, breaking.most = 0, 1000
        attribute(repo.path, log, policy=Policy(exclude=("app/",)), processes=1)
        assert breaking.done == total
        assert read(log) == expected


@pytest.mark.usefixtures("small_parts")
def test_a_log_is_as_it_was_after_a_run_that_failed(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if it fails while the log is written."""
    with LogFile(tmp_path / "log") as log:
        attribute(repo.path, log, "HEAD~4", processes=1)
        before = dump(tmp_path / "log")
        for name in ("add_hashes", "number_paths", "add_entries", "add_people", "add_commits", "pin", "set"):
            with monkeypatch.context() as patch:

                def fail(*_: object, name: str = name) -> None:
                    raise BrokenOff(name)

                patch.setattr(LogFile, name, fail)
                with pytest.raises(BrokenOff, match=name):
                    attribute(repo.path, log, processes=1)
            assert dump(tmp_path / "log") == before
        attribute(repo.path, log, processes=1)
        assert read(log).entries == made(repo).entries


def dump(file: Path) -> list[str]:
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return list(database.iterdump())
    finally:
        database.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from ledger.attribution import attribute as module
from ledger.attribution.logfile import LogFile

where, repository, log = sys.argv[1:]
module._COMMITS = module._CHANGES = 5
left = {"collect": 3, "pin": 0}[where]
place = LogFile if where == "pin" else module
real = getattr(place, where)

def killed(*args):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(*args)
    left -= 1

setattr(place, where, killed)
with LogFile(Path(log)) as file:
    module.attribute(repository, file, processes=1)
"""


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("where", ["collect", "pin"])
def test_a_run_that_was_killed_goes_on(
    repo: Repo, whole: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """While lines are collected, and while they are written into the log."""
    log = tmp_path / "log"
    command = [sys.executable, "-c", KILLED, where, str(repo.path), str(log)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    with LogFile(log) as file:
        assert read(file) == Made([], [], [])
        (parts,) = (tmp_path / "log.parts").iterdir()
        done = sum(re.fullmatch(r"\d+", part.name) is not None for part in parts.iterdir())
        breaking = Breaking(monkeypatch)
        attribute(repo.path, file, processes=1)
        assert read(file) == whole
        left, breaking.done = breaking.done, 0
        made(repo)
        assert done + left == breaking.done  # so no part was done twice
        assert done == 3 if where == "collect" else left == 0
    assert not (tmp_path / "log.parts").exists()


def test_exclusions_of_another_policy_are_refused(repo: Repo, tmp_path: Path) -> None:
    with LogFile(tmp_path / "log") as log:
        attribute(repo.path, log, "HEAD~1", Policy(exclude=("a/", "b")), processes=1)
        before = read(log)
        for exclude in ((), ("a/",), ("b", "a/"), ("a/", "b", "c")):
            for head in ("HEAD~1", "HEAD"):
                with pytest.raises(InputError, match="other exclusions") as caught:
                    attribute(repo.path, log, head, Policy(exclude=exclude), processes=1)
                assert (caught.value.field, caught.value.expected) == ("exclude", "a/, b")
                assert caught.value.file == str(tmp_path / "log")
                assert read(log) == before
        attribute(repo.path, log, "HEAD", Policy(exclude=("a/", "b"), merged_by_another=True), processes=1)


def test_another_repository_is_refused(repo: Repo, tmp_path: Path) -> None:
    other = Repo(tmp_path / "other")
    other.chain({"a": b"alpha = beta\n"})
    with LogFile(None) as log:
        attribute(repo.path, log, processes=1)
        with pytest.raises(InputError, match="another repository"):
            attribute(other.path, log, processes=1)


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    garbage, other = tmp_path / "garbage", tmp_path / "other"
    garbage.write_bytes(bytes(range(256)) * 64)
    database = sqlite3.connect(other)
    database.execute("CREATE TABLE something (name TEXT)")
    database.commit()
    database.close()
    for file in (garbage, other):
        with pytest.raises(InputError, match="not a log of contributions") as caught:
            LogFile(file)
        assert caught.value.file == str(file)
    assert garbage.read_bytes() == bytes(range(256)) * 64
    for missing in (tmp_path, tmp_path / "none" / "log"):
        with pytest.raises(InputError, match=r"a file is needed here|the folder does not exist"):
            LogFile(missing)
    with pytest.raises(InputError, match="there is no such log"):
        LogFile(tmp_path / "none", create=False)


def test_a_log_of_another_rule_is_refused(tmp_path: Path) -> None:
    with LogFile(tmp_path / "log") as log:
        log.set("rule", b"2")
    with pytest.raises(InputError, match="made in another way") as caught:
        LogFile(tmp_path / "log")
    assert str(caught.value.expected).startswith("a log of rule 1,")
    assert str(caught.value.found).startswith("rule 2,")


def test_a_log_that_is_cut_is_refused(repo: Repo, tmp_path: Path) -> None:
    file = tmp_path / "log"
    with LogFile(file) as log:
        attribute(repo.path, log, "HEAD~1", processes=1)
    content = file.read_bytes()
    for size in (100, 5000, len(content) // 2, len(content) - 4096):
        file.write_bytes(content[:size])
        with pytest.raises(InputError) as caught, LogFile(file) as log:
            attribute(repo.path, log, processes=1)
        assert str(file) in str(caught.value)


def test_a_script_that_does_not_guard_its_processes(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from ledger.attribution.work import pool_of\nwith pool_of(2) as pool:\n    pool.submit(abs, 1).result()\n"
    )
    done = subprocess.run([sys.executable, script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "if __name__ == '__main__':" in done.stderr
