"""The plain reference of docs/attribution.md against values worked out by hand."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from sha3 import keccak_256

from tests.attribution.reference import (
    Pattern,
    Refused,
    Result,
    excluded_by_attributes,
    excluded_by_policy,
    merkle_root,
    normal_form,
    read_attributes,
    reference,
    renamed_lines,
)

ANN, BOB = "Ann <ann@example.org>", "Bob <bob@example.org>"


def keccak(data: bytes) -> bytes:
    return keccak_256(data).digest()


class Repo:
    """A repository of commits made by hand."""

    def __init__(self, path: Path, object_format: str = "sha1") -> None:
        self.path = str(path)
        subprocess.run(["git", "init", "-q", "--bare", f"--object-format={object_format}", self.path], check=True)

    def git(self, *args: str, stdin: bytes = b"", **environment: str) -> str:
        command = ["git", "-C", self.path, *args]
        variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | environment
        return subprocess.run(command, input=stdin, env=variables, capture_output=True, check=True).stdout.decode()[:-1]

    def commit(self, files: dict, *parents: str, author: str = ANN, message: str = "", time: int = 0) -> str:
        """A commit of these files: bytes, or (mode, bytes)."""
        index = ""
        for path, content in files.items():
            mode, content = content if isinstance(content, tuple) else ("100644", content)
            index += f"{mode} {self.git('hash-object', '-w', '--stdin', stdin=content)}\t{path}\n"
        scratch = {"GIT_INDEX_FILE": f"{self.path}/scratch"}
        self.git("read-tree", "--empty", **scratch)
        self.git("update-index", "--index-info", stdin=index.encode(), **scratch)
        lines = [f"tree {self.git('write-tree', **scratch)}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {author} {time} +0000", "committer C <c@example.org> 0 +0000", "", message]
        return self.git("hash-object", "-t", "commit", "-w", "--stdin", stdin="\n".join(lines).encode())

    def log(self, *heads: str, **options: object) -> Result:
        return reference(self.path, list(heads), **options)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def owners(log: Result, *addresses: str) -> dict[str, set[bytes]]:
    """The line hashes of each address."""
    by = {keccak(log.salt + address.encode()): address for address in addresses}
    found: dict[str, set[bytes]] = {address: set() for address in addresses}
    for entry in log.entries:
        found[by[entry[32:64]]].add(entry[:32])
    return found


def hashes(*keys: bytes) -> set[bytes]:
    return {keccak(key) for key in keys}


@pytest.mark.parametrize(
    ("line", "key", "sides"),
    [
        (b"  return  total_sum;", b"returntotal_sum", set()),
        (b"x = first_value  # why", b"x=first_value", set()),
        (b"#include <stdio.h>", None, set()),
        (b"define a&#123; MAX", b"definea&#0;MAX", set()),
        (b"# defined as usual here", None, set()),
        (b"total = one_thing# why not", b"total=one_thing", set()),
        (b'url = "http://some.where"', b'url="http://some.where', set()),
        (b"call(); // then more words", None, set()),  # one word is left
        (b"int a; /* one */ int b_value;", b"inta;intb_value", set()),
        (b"int value; /* no end", b"intvalue", set()),
        (b"<!-- a comment --> some text", b"sometext", set()),
        (b"select some_thing -- why", b"selectsome_thing", set()),
        (b"git log --oneline", b"gitlog--oneline", set()),
        (b" * a line of a comment", None, set()),
        (b"*pointer = some_value;", b"*pointer=some_value", set()),
        (b"limit = 0xFFp + 1_000.5 - 1e-3 + v12", b"limit=0+0-0+v0", set()),
        (b"say 'hello' `you`", b'say"hello""you', set()),  # quotes go from the ends
        (b"f(first_thing, second_one, x)", b"f(first_thing", {b"second_one"}),
        (b"same_len = 1, some_len = 2", b"same_len=0", {b"some_len=0"}),
        (b"ab = cd1", None, set()),  # 6 bytes
        (b"abc = def", None, set()),  # 7 bytes
        (b"abcd = def", b"abcd=def", set()),
        ("天地".encode() + b"!!", "天地".encode() + b"!!", set()),
        ("天".encode() + b"!!!!!!!!", None, set()),
        (b"word \t\r\v\f other", b"wordother", set()),
        (b"", None, set()),
    ],
)
def test_normal_forms(line: bytes, key: bytes | None, sides: set[bytes]) -> None:
    assert normal_form(line) == (None if key is None else (key, sides))


def test_entries_to_the_byte(repo: Repo) -> None:
    head = repo.commit({"a": b"alpha = beta\ngamma = delta\nalpha  =  beta\n"}, message="Co-Authored-By: B <B@x>")
    log = repo.log(head)
    whole = subprocess.run(["git", "-C", repo.path, "cat-file", "commit", head], capture_output=True, check=True).stdout
    salt = keccak(b"\x02" + whole)
    oid = bytes.fromhex(head) + bytes(12)
    ann, bob = keccak(salt + b"ann@example.org"), keccak(salt + b"b@x")
    first, second = b"\x00\x00\x01\xf4", b"\x01\xf4\x01\xf4"
    expected = []
    for line in sorted(hashes(b"alpha=beta", b"gamma=delta")):
        expected += [line + ann + oid + first, line + bob + oid + second]
    one, two, three, four = (keccak(b"\0" + entry) for entry in expected)
    root = keccak(b"\1" + keccak(b"\1" + one + two) + keccak(b"\1" + three + four))
    assert (log.entries, log.root, log.salt, log.positions) == (expected, root, salt, [head])
    assert log.paths == [b"a"] * 4
    assert log.hashes == hashes(b"alpha=beta", b"gamma=delta")


def test_merkle_roots() -> None:
    leaves = [keccak(b"\0" + bytes([index])) for index in range(5)]
    left, right = keccak(b"\1" + leaves[0] + leaves[1]), keccak(b"\1" + leaves[2] + leaves[3])
    assert merkle_root([]) == keccak(b"")
    assert merkle_root([b"\0"]) == leaves[0]
    assert merkle_root([b"\0", b"\1", b"\2"]) == keccak(b"\1" + left + leaves[2])
    four = keccak(b"\1" + left + right)
    assert merkle_root([b"\0", b"\1", b"\2", b"\3", b"\4"]) == keccak(b"\1" + four + leaves[4])


def test_landed_order_with_merges_and_pinned_heads(repo: Repo) -> None:
    """Side commits land with their merge, behind what the first parents had, whatever their oids and dates."""
    for time in range(6):  # other oids each time
        root = repo.commit({}, time=time)
        main = repo.commit({}, root, message="main", time=time)
        side = repo.commit({}, root, message="side")
        later = repo.commit({}, side, message="later")
        other = repo.commit({}, root, message="other")
        inner = repo.commit({}, later, other, message="inner")
        merge = repo.commit({}, main, inner, message="merge")
        open_at_start = {side: later, other: None}
        expected, ready = [root, main], sorted(open_at_start)
        while ready:
            expected.append(ready.pop(0))
            ready = sorted([*ready, *filter(None, [open_at_start.get(expected[-1])])])
        expected += [inner, merge]
        assert repo.log(merge).positions == expected
        assert repo.log(root, main, merge).positions == expected
        # pinned off the first parents of the next: what has landed stays where it is
        start = [root, side, later]
        assert repo.log(later, merge).positions == [*start, main, other, inner, merge]


def test_octopus_and_unrelated_histories(repo: Repo) -> None:
    one, two = repo.commit({"a": b"from_one = value\n"}), repo.commit({"b": b"from_two = value\n"}, author=BOB)
    left = repo.commit({"a": b"from_one = value\n", "l": b"left_line = value\n"}, one)
    right = repo.commit({"a": b"from_one = value\n", "r": b"right_line = value\n"}, one, author=BOB)
    everything = {"a": b"from_one = value\n", "b": b"from_two = value\n", "l": b"left_line = value\n"}
    everything |= {"r": b"right_line = value\n", "m": b"merge_line = value\n"}
    head = repo.commit(everything, left, two, right)
    log = repo.log(head)
    assert log.positions == [one, left, *sorted([two, right]), head]
    assert owners(log, "ann@example.org", "bob@example.org") == {
        "ann@example.org": hashes(b"from_one=value", b"left_line=value"),
        "bob@example.org": hashes(b"from_two=value", b"right_line=value"),
    }
    assert keccak(b"merge_line=value") in log.hashes


def test_what_a_merge_brings_is_nobodys_for_good(repo: Repo) -> None:
    root = repo.commit({"a": b"start = value\n"})
    left = repo.commit({"a": b"start = value\nleft = value\n"}, root)
    right = repo.commit({"a": b"start = value\nright = value\n"}, root)
    merge = repo.commit({"a": b"left = value\nright = value\nevil = value\n"}, left, right)
    later = repo.commit({"b": b"evil = value\nright = value\nhonest = value\n"}, merge, author=BOB)
    log = repo.log(later)
    assert owners(log, "ann@example.org", "bob@example.org") == {
        "ann@example.org": hashes(b"start=value", b"left=value", b"right=value"),
        "bob@example.org": hashes(b"honest=value"),
    }


def test_shares_of_co_authors(repo: Repo) -> None:
    message = (
        "Title\n\nCo-authored-by: Bob < BOB@Example.org >  \r\nCO-AUTHORED-BY: again <bob@example.org>\n"
        "Co-authored-by: empty <>\n Co-authored-by: indented <no@x>\nCo-authored-by: more <no@x> text\n"
        "Co-authored-by: two <no@x> <carl@x>\nco-authored-by: me <ann@example.org>"
    )
    head = repo.commit({"a": b"alpha = beta\n"}, message=message)
    log = repo.log(head)
    parts = [
        (entry[32:64], int.from_bytes(entry[96:98], "big"), int.from_bytes(entry[98:], "big")) for entry in log.entries
    ]
    who = [keccak(log.salt + address) for address in (b"ann@example.org", b"bob@example.org", b"carl@x")]
    assert parts == [(who[0], 0, 334), (who[1], 334, 333), (who[2], 667, 333)]


def test_more_than_a_hundred_authors(repo: Repo) -> None:
    head = repo.commit({"a": b"alpha = beta\n"}, message="\n".join(f"Co-authored-by: N <{n}@x>" for n in range(150)))
    log = repo.log(head)
    assert len(log.entries) == 100
    assert log.entries[-1][32:64] == keccak(log.salt + b"98@x")
    assert {entry[98:] for entry in log.entries} == {b"\0\x0a"}


def test_an_empty_address_is_nobody(repo: Repo) -> None:
    root = repo.commit({"a": b"alpha = beta\n"}, author="Nobody <>")
    both = repo.commit({"a": b"gamma = delta\n"}, root, author="Nobody < >", message="Co-authored-by: B <b@x>")
    again = repo.commit({"c": b"alpha = beta\n"}, both)
    log = repo.log(again)
    assert owners(log, "b@x") == {"b@x": hashes(b"gamma=delta")}
    assert log.entries[0][96:] == b"\x00\x00\x03\xe8"


def test_renamed_lines_are_nobodys(repo: Repo) -> None:
    old = b"total = count + one\nprint(count, total)\nreturn count * two\nlast_line = count(here)\n"
    new = b"total = number + one\nprint(number, total)\nreturn number * two\nlast_line = number(here, there)\n"
    root = repo.commit({"a": old})
    log = repo.log(repo.commit({"a": new}, root, author=BOB))
    assert owners(log, "ann@example.org", "bob@example.org")["bob@example.org"] == hashes(b"last_line=number(here")
    # in a file of another name the same lines earn, and one such occurrence is enough
    log = repo.log(repo.commit({"a": new, "b": new.splitlines(True)[0]}, root, author=BOB))
    assert owners(log, "ann@example.org", "bob@example.org")["bob@example.org"] == hashes(
        b"total=number+one", b"last_line=number(here"
    )
    assert set(log.paths[4:]) == {b"a", b"b"}


FOO = [b"a = foo + 1", b"b = foo(x)", b"c = foo[y]"]
BAR = [b"a = bar + 1", b"b = bar(x)", b"c = bar[y]"]
TWO_FOO, TWO_BAR = [b"a = foo + foo", b"b = foo(x)"], [b"a = bar + bar", b"b = bar(x)"]  # three times, in two lines


@pytest.mark.parametrize(
    ("new", "old", "renamed"),
    [
        # bar is 3 times more, foo 3 times less; a, b, c, x and y did not move
        pytest.param(BAR, FOO, BAR, id="one word"),
        pytest.param([*BAR, b"more = bar"], FOO, BAR, id="another line with the new word"),  # marks `=`: not compared
        pytest.param(
            [b"a = bar + z", b"b = bar(z)", b"c = bar[z]"],  # bar and z 3 more, foo and x 3 less
            [b"a = foo + x", b"b = foo(x)", b"c = foo[x]"],
            [b"a = bar + z", b"b = bar(z)", b"c = bar[z]"],
            id="two words in each line",
        ),
        pytest.param(
            [b"a = bar + foo", b"b = bar(foo)", b"c = bar[foo]"],  # foo and bar 3 times each before and after
            [b"a = foo + bar", b"b = foo(bar)", b"c = foo[bar]"],
            [],
            id="a swap earns: nothing moved",
        ),
        pytest.param([b"a = bar + 1", b"b = one(x)", b"c = two[y]"], FOO, [], id="moved one way only"),  # foo
        pytest.param(  # foo, 4 times and then once; of the first line the same is left, but nothing came in the place of foo
            [b"a = foo + 2", b"b = one(x)", b"c = two[y]", b"d = six - e"],
            [*FOO, b"d = foo - e"],
            [],
            id="moved one way only, and a form that stays",
        ),
        pytest.param([*TWO_BAR, b"one"], [*TWO_FOO, b"two"], TWO_BAR, id="3 come, and 3 go"),
        pytest.param(TWO_BAR, [*TWO_FOO, b"two"], [], id="2 come"),
        pytest.param([*TWO_BAR, b"one"], TWO_FOO, [], id="2 go"),
        pytest.param(TWO_BAR * 2, [*TWO_FOO, b"two"], [], id="2 different ones come"),
        pytest.param([*TWO_BAR, b"one"], [*TWO_FOO, b"two", b"one"], [], id="one is there as often as before: 2 come"),
        pytest.param([*TWO_BAR, b"one", b"one"], [*TWO_FOO, b"two", b"one"], TWO_BAR, id="one is there more often"),
        pytest.param([*TWO_BAR, b""], [*TWO_FOO, b"two"], [], id="empty lines do not come"),
        pytest.param([*TWO_BAR, b"one"], [*TWO_FOO, b""], [], id="nor go"),
        pytest.param([*TWO_BAR, b" "], [*TWO_FOO, b"#"], TWO_BAR, id="lines of white, or of a comment, come and go"),
        pytest.param(
            [*BAR, b"bar(bar)", b"bar(d)"],
            [*FOO, b"foo(foo)", b"foo(d)"],
            [*BAR, b"bar(d)"],
            id="a line all of whose words moved earns",
        ),
        # of the marks `=+` there are two with foo and two with bar, and `:` and `;` are on one side each
        pytest.param(
            [b"a = bar + 1", b"b = bar + x", b"c; bar"],
            [b"a = foo + 1", b"b = foo + x", b"c: foo"],
            [],
            id="only lines compared count",
        ),
        pytest.param(
            [b"a = bar + 1", b"b = bar + x", b"c; bar", b"d = bar + 2"],
            [b"a = foo + 1", b"b = foo + x", b"c: foo", b"d = foo + 3"],
            [b"a = bar + 1", b"b = bar + x", b"d = bar + 2"],
            id="only lines compared are renamed",
        ),
        pytest.param(
            [b"  a=bar + 22 # other", b"b = bar\t( 'x' )", b"c = bar[`y`] // foo foo foo"],
            [b"a = foo + 0x1 // one", b'b = foo("x")', b'/* bar */ c = foo["y"]'],
            [b"  a=bar + 22 # other", b"b = bar\t( 'x' )", b"c = bar[`y`] // foo foo foo"],
            id="white, numbers, quotes and comments play no part",
        ),
        pytest.param([b"a # bar", b"b # bar", b"c # bar"], [b"a # foo", b"b # foo", b"c # foo"], [], id="in comments"),
        pytest.param(
            [*BAR, b"d e = bar", b"fg = bar", b"h = bar"],
            [*FOO, b"de = foo", b"f g = foo", b"h=foo"],
            [*BAR, b"h = bar"],
            id="other words for other white",
        ),
        # the same marks `=-=` in other gaps
        pytest.param([*BAR, b"d - bar = e ="], [*FOO, b"d - foo == e"], BAR, id="other gaps"),
        # foo is 4 times in what goes, once in what comes; g is new. Then twice in what comes: only 2 less
        pytest.param([*BAR, b"d = foo - g"], [*FOO, b"d = foo - e"], BAR, id="4 and 1 are 3 less"),
        pytest.param([*BAR, b"d = foo - foo"], [*FOO, b"d = foo - e"], [], id="4 and 2 are 2 less"),
        pytest.param([*BAR, b"d = foo - e"], [*FOO, b"d = e - e"], [], id="3 and 1 are 2 less, not 3 times less"),
        # `a = foo + 0` and `a = bar + 0` three times each: two different raw lines that are bare the same count twice
        pytest.param(
            [b"a = bar + 1", b"a = bar + 2", b"a = bar + 3"],
            [b"a = foo + 1", b"a = foo + 2", b"a = foo + 3"],
            [b"a = bar + 1", b"a = bar + 2", b"a = bar + 3"],
            id="raw lines that differ in numbers only",
        ),
    ],
)
def test_the_rule_of_renames(new: list[bytes], old: list[bytes], renamed: list[bytes]) -> None:
    """In all of them `foo` is to be `bar`. The marks of what stays the same in a line are `=+`, `=()`, `=[]`."""
    assert renamed_lines(new, old) == set(renamed)


def test_the_predecessor_is_what_the_parent_has(repo: Repo) -> None:
    """Ann has 3 lines to begin with; Bob earns 3 if his are no renames. What landed last plays no part."""
    old = b"a = foo + one\nb = foo(two)\nc = foo[three]\n"
    new = old.replace(b"foo", b"bar")
    other = b"first of other lines\nsecond of other lines\nthird of other lines\n"  # without marks: not compared

    def earned(head: str, *before: str) -> tuple[int, int]:
        found = owners(repo.log(*before, head), "ann@example.org", "bob@example.org")
        return len(found["ann@example.org"]), len(found["bob@example.org"])

    root = repo.commit({"a": old})
    back = repo.commit({"a": new}, root, author=BOB)
    assert earned(back) == (3, 0)
    assert earned(back, root) == (3, 0)  # though it was pinned before
    assert earned(repo.commit({"b": new}, root, author=BOB)) == (3, 3)  # at another path
    gone = repo.commit({}, root)
    assert earned(repo.commit({"a": new}, gone, author=BOB)) == (3, 3)  # the parent has none
    for left_out in (b"\0" + old, old + b"." * 8_388_608):
        binary = repo.commit({"a": left_out}, root)
        assert earned(repo.commit({"a": new}, binary, author=BOB)) == (3, 3)
    # on a side branch, which lands after main: first main has other lines there, then the ones that Bob's look like
    main = repo.commit({"a": other}, root)
    side = repo.commit({"a": new}, root, author=BOB)
    assert earned(repo.commit({"a": other}, main, side)) == (6, 0)
    root = repo.commit({"a": other})
    main = repo.commit({"a": old}, root)
    side = repo.commit({"a": new}, root, author=BOB)
    assert earned(repo.commit({"a": old}, main, side)) == (6, 3)


def test_vendored_copies_earn_nothing(repo: Repo) -> None:
    root = repo.commit({"vendor/lib.c": b"vendored = line\n", "own.c": b"my_own = line\n"})
    copy = repo.commit({"vendor/lib.c": b"vendored = line\n", "own.c": b"my_own = line\nvendored = line\n"}, root)
    assert len(repo.log(copy).entries) == 2
    for patterns in (["vendor/"], ["/vendor"], ["lib.*"], ["vendor/**"], ["**/lib.c"], ["*", "!own.c"]):
        log = repo.log(copy, exclude=patterns)
        assert owners(log, "ann@example.org") == {"ann@example.org": hashes(b"my_own=line")}
        assert log.hashes == hashes(b"vendored=line", b"my_own=line")
    assert repo.log(copy, exclude=["*"]).root == keccak(b"")


def test_gitattributes_of_the_landed_order(repo: Repo) -> None:
    """They hold from the commit that has them on, until others are looked at, even when deleted."""
    root = repo.commit({"lib/a": b"line_one = value\n"})
    marks = {".gitattributes": b"lib/** linguist-vendored\n"}
    two = repo.commit(marks | {"lib/a": b"line_two = value\n"}, root)
    three = repo.commit({"lib/a": b"line_three = value\n"}, two)
    four = repo.commit({".gitattributes": b"\0", "lib/a": b"line_four = value\n"}, three)
    five = repo.commit({".gitattributes": b"lib/** -linguist-vendored\n", "lib/a": b"line_five = value\n"}, four)
    log = repo.log(five)  # of the .gitattributes, `/*` begins a comment: no line has two words
    assert owners(log, "ann@example.org") == {"ann@example.org": hashes(b"line_one=value", b"line_five=value")}


def test_attributes_are_taken_back_one_by_one() -> None:
    text = (
        b"*.gen linguist-generated=true\nlib/* linguist-vendored text\n*.gen -linguist-vendored\n# *.c linguist-vendored\n"
        b'/lib/mine !linguist-vendored\n[attr]v linguist-vendored\n"a b" linguist-vendored\n!x linguist-vendored\n'
        b"/y linguist-vendored=false linguist-generated\n/y linguist-generated=false\n/z linguist-vendored=yes\n"
    )
    attributes = read_attributes(text.split(b"\n"))
    paths = [b"a.gen", b"lib/a", b"lib/a.gen", b"lib/mine", b"lib/b/c", b"x", b"y", b"z", b"b.c"]
    found = [path for path in paths if excluded_by_attributes(attributes, path)]
    assert found == [b"a.gen", b"lib/a", b"lib/a.gen", b"lib/b/c"]


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (b"foo", [b"foo", b"a/foo", b"foo/a", b"a/foo/b"], [b"foobar", b"afoo"]),
        (b"/foo", [b"foo", b"foo/a"], [b"a/foo"]),
        (b"foo/", [b"foo/a", b"a/foo/b"], [b"foo", b"a/foo"]),
        (b"a/foo", [b"a/foo", b"a/foo/b"], [b"b/a/foo"]),
        (b"*.py", [b"x.py", b"a/x.py", b".py"], [b"x.pyc"]),
        (b"a/*.py", [b"a/x.py"], [b"a/b/x.py"]),
        (b"a?c", [b"abc"], [b"a/c", b"ac"]),
        (b"[a-c]x", [b"ax", b"d/bx"], [b"dx", b"-x"]),
        (b"[!a-c]x", [b"dx"], [b"ax", b"a"]),
        (b"a[]/-]b", [b"a]b", b"a-b"], [b"a/b"]),
        (b"a[[:space:]]b", [b"a b"], [b"asb"]),
        (b"**/foo", [b"foo", b"a/b/foo"], [b"afoo"]),
        (b"foo/**", [b"foo/a", b"foo/a/b"], [b"foo", b"a/foo/b"]),
        (b"a/**/b", [b"a/b", b"a/x/y/b"], [b"ab", b"a/xb"]),
        (b"a**b/c", [b"axxb/c"], [b"a/b/c"]),
        (b"\\!foo\\*", [b"!foo*"], [b"!foox", b"foo"]),
        (b"[a", [], [b"[a", b"a"]),
    ],
)
def test_patterns(pattern: bytes, yes: list[bytes], no: list[bytes]) -> None:
    assert [path for path in [*yes, *no] if Pattern(pattern).matches(path)] == yes


def test_the_last_pattern_of_a_policy_decides() -> None:
    assert excluded_by_policy(["*.c", "!/mine.c"], b"other.c")
    assert not excluded_by_policy(["*.c", "!/mine.c"], b"mine.c")
    assert excluded_by_policy(["!/mine.c", "*.c"], b"mine.c")


def test_what_is_not_looked_at(repo: Repo) -> None:
    files = {
        "link": ("120000", b"linked = value"),
        "binary": b"in_binary = value\n" + b"." * 7981 + b"\0",
        "nearly": b"in_nearly = value\n" + b".\n" * 3991 + b"\0",
        "big": b"in_big = value\n" * 559241,  # 8,388,615 bytes
        "wide": b"in_wide = value" + b"." * 986 + b"\nin_narrow = value" + b"." * 983,
    }
    log = repo.log(repo.commit(files))
    assert log.hashes == hashes(b"in_nearly=value", b"in_narrow=value" + b"." * 983)
    root = repo.commit({"a": b"alpha = beta\n"}, author="Nobody <>")
    mode = repo.commit({"a": ("100755", b"alpha = beta\n")}, root)
    assert (repo.log(mode).entries, len(repo.log(mode).hashes)) == ([], 1)


def test_side_pieces_and_foreign_lines(repo: Repo) -> None:
    root = repo.commit({"a": b"call(first_argument, second_one)\nother = line\n"})
    split = repo.commit({"a": b"second_one\nsecond_one or\nsecond_one ;;[ {}\n"}, root, author=BOB)
    late = repo.commit({"b": b"( second_one and_more, second_one )\nthen second_one\n"}, split, author=BOB)
    log = repo.log(late, foreign=hashes(b"other=line"))
    assert owners(log, "ann@example.org", "bob@example.org") == {
        "ann@example.org": hashes(b"call(first_argument"),
        "bob@example.org": hashes(b"second_oneor", b"second_oneand_more", b"thensecond_one"),
    }
    assert keccak(b"second_one") in log.hashes


def test_sha256(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo", "sha256")
    head = repo.commit({"deep/er/a": b"alpha = beta\n"})
    log = repo.log(head)
    assert [entry[64:96].hex() for entry in log.entries] == [head]


def test_refusals(repo: Repo, tmp_path: Path) -> None:
    root = repo.commit({"a": b"alpha = beta\n"})
    one, two = repo.commit({}, root, message="1"), repo.commit({}, root, message="2")
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"x")
    missing = repo.commit({}, root, "1" * 40)
    for heads in ([one, two], [one, root], [blob], [missing], ["HEAD"], [one[:10]]):
        with pytest.raises(Refused):
            repo.log(*heads)
    repo.git("update-ref", "refs/heads/one", one)
    shallow = str(tmp_path / "shallow")
    repo.git("clone", "-q", "--bare", "--depth=1", "--branch=one", f"file://{repo.path}", shallow)
    with pytest.raises(Refused):
        reference(shallow, [one])
    assert repo.log().root == keccak(b"")
