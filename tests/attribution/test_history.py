"""Histories that are odd, damaged or forged: refused, or attributed as docs/attribution.md says, by two programs."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.attribution.attribute import attribute
from ledger.attribution.git import Repository
from ledger.attribution.logfile import LogFile
from ledger.attribution.points import score
from ledger.attribution.policy import Policy
from ledger.attribution.rule import keccak, line_hash
from ledger.errors import InputError
from tests.attribution.repos import ANN, BOB, CARL, Repo, agreed, damaged, git, lifelike, made, read, shares

ANN_AT, BOB_AT, CARL_AT = "ann@example.org", "bob@example.org", "carl@example.org"
ONE = b"first_line = value\n"
TWO = b"second_line = value\n"
THREE = b"third_line = value\n"
MORE = b"fourth_line = value\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def refused(path: Path, head: str = "HEAD") -> InputError:
    with LogFile(None) as log, pytest.raises(InputError) as caught:
        attribute(path, log, head, processes=1)
    assert str(path) in str(caught.value)
    return caught.value


# What is refused


def test_a_shallow_clone(repo: Repo, tmp_path: Path) -> None:
    repo.chain({"a": ONE}, {"a": ONE + TWO})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repo.path}", "shallow")
    error = refused(tmp_path / "shallow")
    assert "shallow" in error.message
    assert error.hint == "git fetch --unshallow"


def test_a_repository_without_commits(repo: Repo) -> None:
    error = refused(repo.path)
    assert (error.message, error.field, error.found) == ("there is no such commit", "head", "HEAD")


@pytest.mark.parametrize("head", ["", "nothing", "--all", "HEAD~9", "HEAD:a", "HEAD^{tree}", "HEAD..HEAD", "0" * 40])
def test_a_head_that_is_no_commit(repo: Repo, head: str) -> None:
    repo.chain({"a": ONE})
    assert refused(repo.path, head).message == "there is no such commit"


def test_what_is_not_a_repository(tmp_path: Path) -> None:
    assert refused(tmp_path).message == "not a git repository"
    assert refused(tmp_path / "none").message == "there is no such directory"
    (tmp_path / "file").write_text("no directory")
    assert refused(tmp_path / "file").message == "there is no such directory"


@pytest.mark.parametrize("damage", ["cut", "missing", "garbage", "empty"])
@pytest.mark.parametrize("kind", ["blob", "tree", "commit"])
def test_a_damaged_object(repo: Repo, tmp_path: Path, kind: str, damage: str) -> None:
    """Whatever is broken is refused, and what the log held stays as it was."""
    first, head = repo.chain(
        {"d/a": ONE * 50}, {"d/a": ONE * 50 + TWO, "d/b": os.urandom(500).hex().encode() + b" words"}
    )
    name = {"blob": f"{head}:d/b", "tree": f"{head}:d", "commit": head}[kind]
    file = repo.loose(repo.git("rev-parse", name))
    with LogFile(tmp_path / "log") as log:
        attribute(repo.path, log, first, processes=1)
        before = read(log)
        whole = file.read_bytes()
        content = {"cut": whole[: len(whole) // 2], "missing": None, "garbage": b"garbage", "empty": b""}[damage]
        with damaged(file, content), pytest.raises(InputError) as caught:
            attribute(repo.path, log, head, processes=1)
        assert str(repo.path) in str(caught.value)
        assert read(log) == before
        attribute(repo.path, log, head, processes=1)  # and once it is whole again, it goes on
        assert read(log) == made(repo, first, head)


UNCHECKED = pytest.mark.xfail(reason="git does not compare what it reads with its name, nor does the package")


@pytest.mark.parametrize(
    "kind", [pytest.param("blob", marks=UNCHECKED), pytest.param("tree", marks=UNCHECKED), "commit"]
)
def test_an_object_of_another_name(repo: Repo, kind: str) -> None:
    """A whole object in the place of another: its name is not its hash."""
    root, head = repo.chain({"d/a": ONE}, {"d/a": ONE + TWO})
    name = {"blob": f"{head}:d/a", "tree": f"{head}:d", "commit": head}[kind]
    other = {"blob": f"{root}:d/a", "tree": f"{root}:d", "commit": root}[kind]
    with damaged(repo.loose(repo.git("rev-parse", name)), repo.loose(repo.git("rev-parse", other)).read_bytes()):
        refused(repo.path, head)


def test_a_partial_clone(repo: Repo, tmp_path: Path) -> None:
    """Nothing is fetched behind the reader's back, whether the rest could be had or not."""
    repo.chain({"a": ONE}, {"a": ONE + TWO, "b": THREE})
    repo.git("config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{repo.path}", "partial")
    partial = tmp_path / "partial"
    for _ in range(2):
        before = sorted(partial.glob("objects/*/*"))
        refused(partial)
        assert sorted(partial.glob("objects/*/*")) == before
        if repo.path.exists():
            repo.path.rename(tmp_path / "gone")


def test_history_that_was_rewritten(repo: Repo, tmp_path: Path) -> None:
    root = repo.commit({"a": ONE})
    old = repo.commit({"a": ONE + TWO}, root)
    new = repo.commit({"a": ONE + THREE}, root)
    with LogFile(tmp_path / "log") as log:
        attribute(repo.path, log, old, processes=1)
        before = read(log)
        for head in (new, root):
            with pytest.raises(InputError, match="history was rewritten") as caught:
                attribute(repo.path, log, head, processes=1)
            assert (caught.value.field, caught.value.found) == ("head", head)
            assert read(log) == before
        attribute(repo.path, log, repo.commit({"a": ONE + THREE}, new, old), processes=1)  # but a merge has both


# What is read


def test_bare_or_not(repo: Repo, tmp_path: Path) -> None:
    repo.chain({"a": ONE}, {"a": ONE + TWO})
    git(tmp_path, "clone", "-q", f"file://{repo.path}", "clone")
    clone = tmp_path / "clone"
    assert made(clone) == made(clone / ".git") == made(repo)
    (clone / "below").mkdir()
    git(clone, "repack", "-adq")
    git(clone, "worktree", "add", "-q", "--detach", "../tree")
    assert made(tmp_path / "tree") == made(clone / "below") == made(repo)


def test_submodules_and_symbolic_links(repo: Repo) -> None:
    link = ("120000", b"linked_line = value")
    root = repo.commit({"sub": ("160000", "1" * 40), "link": link, "a": ONE})
    head = repo.commit({"sub": ("160000", "2" * 40), "link": TWO, "a": link}, root, author=BOB)
    last = repo.commit({"sub": THREE, "link": link, "a": ONE + MORE}, head, author=CARL)
    assert shares(repo, last) == {ANN_AT: 1000, BOB_AT: 1000, CARL_AT: 2000}


def test_a_file_that_is_a_link_for_a_while(repo: Repo) -> None:
    """The predecessor is what the parent has there as a regular file: of a link, none, and so nothing is a rename."""
    old = b"a = foo + one\nb = foo(two)\nc = foo[three]\n"
    root = repo.commit({"a": old})
    link = repo.commit({"a": ("120000", b"elsewhere")}, root)
    back = repo.commit({"a": old.replace(b"foo", b"bar") + ONE}, link, author=BOB)
    assert shares(repo, back) == {ANN_AT: 3000, BOB_AT: 4000}
    same = repo.commit({"a": old}, link, author=BOB)
    assert shares(repo, same) == {ANN_AT: 3000}


def test_mode_changes(repo: Repo) -> None:
    root = repo.commit({"a": ONE, "b": ("100664", TWO)}, author="nobody <>")
    head = repo.commit({"a": ("100755", ONE), "b": ("100644", TWO), "c/d": THREE}, root)
    last = repo.commit({"a/b": ONE, "c": THREE + MORE}, head, author=BOB)  # a file is a directory, and the other way
    assert shares(repo, last) == {ANN_AT: 1000, BOB_AT: 1000}


def test_names_that_are_not_text(repo: Repo) -> None:
    files = {
        b"\xff\xfe": ONE,
        b"tab\there": TWO,
        b"new\nline": THREE,
        'späße/ "q" \\'.encode(): MORE,
        b":100644 x": b"x_line = y",
    }
    head = repo.commit(files, author=b"\xe4\xf6 <\xfc@\xff>", message=b"\xff\nCo-authored-by: \xfe <\xfe\xff@x>")
    found, _ = agreed(repo, head)
    assert sorted(set(found.paths)) == sorted(files)
    with LogFile(None) as log:
        attribute(repo.path, log, head, processes=1)
        assert set(log.people()) == {b"\xfc@\xff", b"\xfe\xff@x"}


def test_contents_that_are_not_utf8(repo: Repo) -> None:
    latin = "größe = straße\nkurz = müde\n".encode("latin-1")
    head = repo.commit({"a": latin, "b": "größe = straße\n".encode(), "c": "天地玄黄 = 宇宙洪荒\n".encode()})
    assert shares(repo, head) == {ANN_AT: 4000}


def test_lines_and_files_that_are_too_long(repo: Repo) -> None:
    wide, narrow = b"wide = " + b"w" * 994, b"narrow = " + b"n" * 991
    assert (len(wide), len(narrow)) == (1001, 1000)
    big = b"in_big = value\n" * (8_388_608 // 15)
    files = {"a": wide + b"\n" + narrow + b"\n" + ONE, "big": big + b"\n" * 9, "fits": big.replace(b"big", b"fit")}
    files |= {
        "binary": b"in_binary = value\n" + b"." * 7981 + b"\0",
        "text": b"in_text = value\n" + b".\n" * 3992 + b"\0",
    }
    head = repo.commit(files)
    found, _ = agreed(repo, head)
    keys = {line_hash(line) for line in (narrow, b"first_line = value", b"in_fit = value", b"in_text = value")}
    assert {entry[:32] for entry in found.entries} == keys


def test_sha256(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo", "sha256")
    root = repo.commit({"a/b": ONE})
    head = repo.commit({"a/b": ONE + TWO}, root, author=BOB)
    repo.main(head)
    assert repo.git("rev-parse", "HEAD") == head
    found, _ = agreed(repo, root, head)
    assert [entry[64:96].hex() for entry in found.entries] == [root, head]


# Whose it is


def test_merges(repo: Repo) -> None:
    root = repo.commit({"a": ONE})
    left = repo.commit({"a": ONE, "l": TWO}, root)
    right = repo.commit({"a": ONE, "r": THREE}, root, author=BOB)
    merge = repo.commit({"a": ONE, "l": TWO, "r": THREE}, left, right, author=CARL)
    evil = repo.commit({"a": ONE + MORE, "l": TWO, "r": THREE}, left, right, author=CARL)
    assert shares(repo, merge) == {ANN_AT: 2000, BOB_AT: 1000}
    again = repo.commit({"a": ONE + MORE, "copy": MORE}, evil, author=BOB)
    assert shares(repo, again) == {ANN_AT: 2000, BOB_AT: 1000}  # what a merge brings is nobody's for good


def test_octopus_merges(repo: Repo) -> None:
    root = repo.commit({"a": ONE})
    sides = [
        repo.commit({"a": ONE, f"{n}": b"side_%d_%s = value\n" % (n, b"x" * n)}, root, author=BOB) for n in range(4)
    ]
    whole = {f"{n}": b"side_%d_%s = value\n" % (n, b"x" * n) for n in range(4)}
    head = repo.commit({"a": ONE + TWO, **whole}, root, *sides, author=CARL)
    later = repo.commit({"a": ONE + TWO + THREE, "b": TWO + THREE}, head, author=CARL)
    assert shares(repo, later) == {ANN_AT: 1000, BOB_AT: 4000, CARL_AT: 1000}  # for the third line alone


def test_a_merge_of_a_commit_with_its_own_parent_or_itself(repo: Repo) -> None:
    root = repo.commit({"a": ONE})
    side = repo.commit({"a": ONE, "b": TWO}, root, author=BOB)
    twice = repo.commit({"a": ONE, "b": TWO, "c": THREE}, side, side, author=CARL)
    assert shares(repo, twice, repo.commit({"a": MORE}, twice, root)) == {ANN_AT: 1000, BOB_AT: 1000}


def test_unrelated_histories(repo: Repo) -> None:
    root, other = repo.commit({"a": ONE}), repo.commit({"b": TWO + ONE}, author=BOB)
    more = repo.commit({"b": TWO + ONE + THREE}, other, author=BOB)
    head = repo.commit({"a": ONE, "b": TWO + ONE + THREE}, root, more, author=CARL)
    assert shares(repo, root, head) == {ANN_AT: 1000, BOB_AT: 2000}
    assert shares(repo, head) == {ANN_AT: 1000, BOB_AT: 2000}


def test_a_foxtrot_merge_as_the_next_head(repo: Repo) -> None:
    """A merge that has the pinned head as its second parent: what has landed stays where it is."""
    root = repo.commit({"a": ONE})
    pinned = repo.commit({"a": ONE, "b": TWO}, root)
    side = repo.commit({"a": ONE, "c": TWO + THREE}, root, author=BOB)
    head = repo.commit({"a": ONE, "b": TWO, "c": TWO + THREE}, side, pinned, author=BOB)
    assert shares(repo, pinned, head) == {ANN_AT: 2000, BOB_AT: 1000}
    assert shares(repo, head) == {ANN_AT: 1000, BOB_AT: 2000}


def test_replaced_commits_and_grafts_change_nothing(repo: Repo) -> None:
    root, head = repo.chain({"a": ONE}, {"a": ONE + TWO})
    before = made(repo)
    forged = repo.commit({"a": ONE + TWO + THREE}, author=BOB)
    repo.git("replace", head, forged)
    assert repo.git("log", "--format=%ae") == BOB_AT
    (repo.path / "info/grafts").write_text(f"{head}\n")
    assert made(repo) == before
    assert shares(repo) == {ANN_AT: 2000}
    assert [entry[64:84].hex() for entry in before.entries] == [root, head]


def test_git_variables_and_settings_change_nothing(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.chain({"a/b": ONE, "b": TWO}, {"a/b": THREE, "b": TWO + MORE, "z": ONE})
    before = made(repo)
    for name, value in [
        ("core.quotePath", "false"),
        ("core.bigFileThreshold", "1"),
        ("diff.renames", "copies"),
        ("diff.noprefix", "true"),
        ("diff.external", "false"),
        ("log.showRoot", "false"),
        ("diff.ignoreSubmodules", "all"),
        ("diff.relative", "true"),
        ("core.attributesFile", str(tmp_path / "attributes")),
    ]:
        repo.git("config", name, value)
    (tmp_path / "attributes").write_text("* binary\n")
    (repo.path / "info/attributes").write_text("* -diff\n")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("GIT_DIFF_OPTS", "-u0")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert made(repo) == before


def test_forged_dates(repo: Repo) -> None:
    """Dates play no part in whose a line is; the day is the committer's, and day 0 before 1970."""
    dates = ["4070908800 +0000", "1000000000 -1200", "-5 +0000", "0 +1400", "99999999999999999999 +0000", "never", ""]
    heads: list[str] = []
    for number, date in enumerate(dates):
        text = b"".join(b"line_%s = value\n" % (b"x" * (at + 1)) for at in range(number + 1))
        heads.append(repo.commit({"a": text}, *heads[-1:], author=[ANN, BOB][number % 2], date=date))
    assert shares(repo, heads[-1]) == {ANN_AT: 4000, BOB_AT: 3000}
    with LogFile(None) as log:
        attribute(repo.path, log, heads[-1], processes=1)
        days = [landing.day for _, landing in log.landings()]
    assert days[:4] == [4070908800 // 86400, 1000000000 // 86400, 0, 0]
    assert days[5:] == [0, 0]


def test_authors_without_an_address(repo: Repo) -> None:
    heads: list[str] = []
    for number, author in enumerate(["None <>", "White < \t>", "No brackets", "", "Two <a@x> <b@x>"]):
        heads.append(repo.commit({f"{number}": b"of_%s = value\n" % (b"x" * (number + 1))}, *heads[-1:], author=author))
    last = repo.commit({"z": b"of_xx = value\n" + ONE}, heads[-1])
    assert shares(repo, last) == {"a@x": 1000, ANN_AT: 1000}


def test_an_address_that_does_not_end(repo: Repo) -> None:
    assert shares(repo, repo.commit({"a": ONE}, author="Half <open@x")) == {}


def test_co_authors(repo: Repo) -> None:
    message = (
        "Title\n\nCo-authored-by: B <BOB@Example.ORG>\nco-authored-by: again <bob@example.org>\r\n"
        "CO-AUTHORED-BY: Carl < carl@example.org >\nCo-authored-by: Ann <ann@example.org>\nCo-authored-by: <>\n"
        "Not-Co-authored-by: x <x@x>\nCo-authored-by: y <y@y> and more\n"
    )
    head = repo.commit({"a": ONE}, author="Ann <Ann@Example.org>", message=message)
    assert shares(repo, head) == {ANN_AT: 334, BOB_AT: 333, CARL_AT: 333}
    found = made(repo, head)
    assert [int.from_bytes(entry[96:98], "big") for entry in found.entries] == [0, 334, 667]


def test_attributes_over_time(repo: Repo) -> None:
    """They hold from the commit that has them on, whatever an honest or other author writes later."""
    mark, unmark = b"lib/** linguist-vendored\n", b"lib/** -linguist-vendored\n"
    trees = [
        {"lib/a": ONE},
        {".gitattributes": mark, "lib/a": ONE + TWO},
        {".gitattributes": unmark, "lib/a": ONE + TWO + THREE},
        {"lib/a": MORE, "sub/.gitattributes": b"* linguist-generated\n", "sub/b": b"below_sub = value\n"},
        {".gitattributes": b"*.gen linguist-generated=true\n", "c.gen": b"made_by = nobody\n", "copy": TWO},
    ]
    heads = repo.chain(*trees)
    assert shares(repo) == {ANN_AT: 5000}
    found, _ = agreed(repo, *heads)
    assert found.paths == [b"lib/a", b"lib/a", *sorted(found.paths[2:4]), b".gitattributes"]
    assert sorted(found.paths[2:4]) == [b"lib/a", b"sub/b"]


@pytest.mark.parametrize(
    "pattern",
    [
        b"[a",
        b"a\\",
        b"***",
        b"/",
        b"//",
        b"\xff",
        b"[z-a]",
        b"\xc2\xa0a",
        b"a\x1c",
        b"**/",
        b"/**",
        b"a[]",
        b"[]",
        b"?\\",
    ],
)
def test_attributes_of_odd_patterns_stop_nothing(repo: Repo, pattern: bytes) -> None:
    """Whoever can change .gitattributes can't make a repository unreadable."""
    head = repo.commit({"b": ONE, "d/b": TWO, b"\xff": THREE, ".gitattributes": pattern + b" linguist-vendored\n"})
    agreed(repo, head)


def test_a_mailmap_moves_no_line(repo: Repo) -> None:
    heads = repo.chain({"a": ONE}, {"a": ONE, ".mailmap": b"Eve <eve@example.org> <ann@example.org>\n"})
    repo.git("config", "mailmap.file", ".mailmap")
    assert shares(repo, *heads).keys() == {ANN_AT}


def test_commit_headers_that_go_over_lines(repo: Repo) -> None:
    """A signature is no header of its own, nor is what another header holds an author."""
    extra = (
        b"gpgsig -----BEGIN\n author Eve <eve@x> 0 +0000\n parent " + b"1" * 40 + b"\n \n -----END\nencoding latin-1"
    )
    root = repo.commit({"a": ONE}, extra=extra, message="Co-authored-by: B <b@x>")
    assert shares(repo, root) == {ANN_AT: 500, "b@x": 500}


def test_a_commit_without_a_message_or_an_author(repo: Repo) -> None:
    tree = repo.tree({"a": ONE})
    head = repo.write("commit", f"tree {tree}\nauthor Ann <{ANN_AT}> 0 +0000\ncommitter C <c@x> 0 +0000\n".encode())
    assert shares(repo, head) == {ANN_AT: 1000}


def test_the_salt_and_the_first_commit(repo: Repo) -> None:
    (head,) = repo.chain({"a": ONE})
    whole = zlib.decompress(repo.loose(head).read_bytes()).partition(b"\0")[2]
    (entry,) = made(repo).entries
    assert entry[32:64] == keccak(keccak(b"\2" + whole) + ANN_AT.encode())


def test_registered_elsewhere(repo: Repo) -> None:
    root = repo.commit({"a": ONE + TWO})
    foreign = frozenset([keccak(b"first_line=value"), keccak(b"third_line=value")])
    head = repo.commit({"a": ONE + TWO + THREE + MORE}, root)
    found, _ = agreed(repo, root, head, foreign=foreign)
    assert {entry[:32] for entry in found.entries} == {keccak(b"second_line=value"), keccak(b"fourth_line=value")}


def test_an_empty_history(repo: Repo) -> None:
    root = repo.commit({})
    found, _ = agreed(repo, root, repo.commit({}, root))
    assert (found.entries, found.root, found.pinned[-1].positions) == ([], keccak(b""), 2)


def test_a_history_that_looks_like_one(tmp_path: Path) -> None:
    repo = lifelike(tmp_path / "repo", 7)
    first = repo.git("rev-parse", "HEAD~7")
    found, _ = agreed(repo, first, "HEAD", exclude=["docs/"])
    assert made(repo, exclude=["docs/"]).entries == found.entries
    assert len(found.entries) > 500


@pytest.mark.parametrize(
    ("make", "alone", "merged"),
    [
        (lambda repo, root: repo.commit({"a": ONE + TWO}, root, author=BOB), 0, 1000),
        (lambda repo, root: repo.commit({"a": ONE + TWO}, root, author=BOB, committer=ANN), 1000, 1000),
    ],
)
def test_points_of_who_lands_it(repo: Repo, make: Callable[[Repo, str], str], alone: int, merged: int) -> None:
    """A line merged by another, and one whose committer says so."""
    root = repo.commit({"a": ONE})
    side = make(repo, root)
    policy = Policy(merged_by_another=True)
    for head, expected in ((side, alone), (repo.commit({"a": ONE + TWO}, root, side, author=ANN), merged)):
        with LogFile(None) as log:
            attribute(repo.path, log, head, policy, processes=1)
            assert [one.points for one in score(log, policy)][1:] == [expected]


def test_reading_objects_ends_its_process(repo: Repo) -> None:
    """An iterator that is not read to its end leaves no process and no file open."""
    oid = repo.chain({"a": ONE})[0]
    objects = Repository(repo.path).objects([oid] * 10_000, "commit")
    assert next(objects)[0] == oid
    objects.close()


def test_what_nobody_sees_may_hide_the_end_of_a_comment(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.chain({"a": "#*\u200b/ alpha = beta_gamma\n".encode()})
    found, _ = agreed(repo)
    assert len(found.entries) == 1


@pytest.mark.parametrize("mode", ["100664", "101644", "107777", "1100644", "0100644"])
def test_modes_are_read_as_git_reads_them(mode: str, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.chain({"a": (mode, b"alpha = beta_gamma\n")})
    found, _ = agreed(repo)
    assert len(found.entries) == 1


def test_a_name_that_is_twice_in_a_tree_is_refused(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    entries = [
        b"100644 a\0" + bytes.fromhex(repo.write("blob", content)) for content in (b"one = two\n", b"three = 4\n")
    ]
    tree = repo.write("tree", b"".join(entries))
    person = b"A <a@x> 1 +0000"
    commit = repo.write("commit", f"tree {tree}\n".encode() + b"author " + person + b"\ncommitter " + person + b"\n\n")
    with LogFile(None) as log, pytest.raises(InputError, match="a name twice"):
        attribute(repo.path, log, commit, processes=1)
