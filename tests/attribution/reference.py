"""A plain reference of `docs/attribution.md`: one function for each sentence or two, sets and dicts, nothing clever.

It shares no code with the package and is written from the document alone. Where the document leaves a choice, the
comment says "chosen". It is slow, and good only to compare with.
"""

import hashlib
import heapq
import itertools
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from sha3 import keccak_256

WHITE = bytes([9, 10, 11, 12, 13, 32])
UNSEEN = re.compile(rb"\xc2\xa0|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xe2\x81[\x9f-\xa4]|\xe3\x80\x80|\xef\xbb\xbf")
BEFORE = re.compile(rb"^(?:(?!/\*).)*?\*/", re.DOTALL)
STARRED = re.compile(rb"^\s*\*(?:[\s*/].*)?$", re.DOTALL)
COMMENT = re.compile(
    rb"(?<![&$/.\\])#.*|(?<!http:)(?<!https:)//.*|/\*.*?(?:\*/|$)|<!--.*?(?:-->|$)|(?:^|(?<=\s))--(?=\s|$).*"
)
WORD = re.compile(rb"(?<![A-Za-z0-9_])[A-Za-z_][A-Za-z0-9_]*|[\x80-\xff]{3}")
NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
NUMBER = re.compile(rb"(?<![A-Za-z0-9_])\.?[0-9](?:[eEpP][+-]|[0-9A-Za-z_.])*|[0-9][0-9_.]*")
CO_AUTHOR = re.compile(rb"(?im)^co-authored-by:[^\n]*<([^<>\n]*)>[ \t\r]*$")


class Refused(Exception):
    """The rule refuses this repository or these heads."""


def keccak(data: bytes) -> bytes:
    return keccak_256(data).digest()


# Section 1: what is read


class Objects:
    """The objects of a repository, through one `git cat-file --batch`."""

    def __init__(self, repo: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        clean |= {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}
        clean |= {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}  # the first is news to git before 2.45
        shallow = ["git", "-C", repo, "rev-parse", "--is-shallow-repository"]
        if subprocess.run(shallow, env=clean, capture_output=True, check=True).stdout.strip() != b"false":
            raise Refused("a shallow repository")
        batch = ["git", "-C", repo, "cat-file", "--batch"]
        self.git = subprocess.Popen(batch, env=clean, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> "Objects":
        return self

    def __exit__(self, *exception: object) -> None:
        self.git.kill()
        self.git.communicate()

    def read(self, oid: str, kind: str) -> bytes:
        self.git.stdin.write(oid.encode() + b"\n")
        self.git.stdin.flush()
        answer = self.git.stdout.readline().decode().split()
        if len(answer) != 3 or answer[:2] != [oid, kind]:
            raise Refused(f"{oid} is not a {kind}")
        content = self.git.stdout.read(int(answer[2]))
        self.git.stdout.read(1)
        whole = f"{kind} {len(content)}\0".encode() + content
        if hashlib.new({40: "sha1", 64: "sha256"}[len(oid)], whole).hexdigest() != oid:
            raise Refused(f"{oid} is broken")
        return content

    def tree(self, oid: str) -> dict[bytes, tuple[int, str]]:
        """The mode and oid of each name in a tree. Chosen: modes are octal numbers, leading zeros count nothing."""
        content, entries, at = self.read(oid, "tree"), {}, 0
        while at < len(content):
            space, zero = content.index(b" ", at), content.index(b"\0", at)
            after = zero + 1 + len(oid) // 2
            entries[content[space + 1 : zero]] = int(content[at:space], 8), content[zero + 1 : after].hex()
            at = after
        return entries


class Commit:
    """A commit object: whole, and cut into what the rule uses. Chosen: a parent named twice counts twice."""

    def __init__(self, whole: bytes) -> None:
        header, _, self.message = whole.partition(b"\n\n")
        fields = [line.partition(b" ")[::2] for line in header.split(b"\n")]
        self.whole = whole
        self.tree = next(value.decode() for name, value in fields if name == b"tree")
        self.parents = [value.decode() for name, value in fields if name == b"parent"]
        self.author_line = next((value for name, value in fields if name == b"author"), b"")


def read_history(objects: Objects, heads: list[str]) -> dict[str, Commit]:
    """All commits reachable from the heads. Chosen: a head is a whole oid, and may be pinned twice."""
    commits: dict[str, Commit] = {}
    wanted = list(heads)
    while wanted:
        oid = wanted.pop()
        if oid not in commits:
            commits[oid] = Commit(objects.read(oid, "commit"))
            wanted += commits[oid].parents
    for earlier, later in itertools.pairwise(heads):
        if earlier not in reachable(commits, later, set()):
            raise Refused(f"{later} does not descend from {earlier}")
    return commits


def reachable(commits: dict[str, Commit], start: str, without: Set[str]) -> set[str]:
    """The commits reachable from `start`, itself included, not going into `without`."""
    found, wanted = set(), [start]
    while wanted:
        oid = wanted.pop()
        if oid not in found and oid not in without:
            found.add(oid)
            wanted += commits[oid].parents
    return found


# Section 2: landed order


def landed_order(commits: dict[str, Commit], heads: list[str]) -> list[str]:
    order: list[str] = []
    landed: set[str] = set()
    for head in heads:
        walk = [head] if head not in landed else []
        while walk and commits[walk[-1]].parents and commits[walk[-1]].parents[0] not in landed:
            walk.append(commits[walk[-1]].parents[0])
        for landing in reversed(walk):
            brought = reachable(commits, landing, landed)
            waits = {oid: set(commits[oid].parents) - landed for oid in brought}
            children = defaultdict(set)
            for oid in brought:
                for parent in waits[oid]:
                    children[parent].add(oid)
            ready = [oid for oid in brought if not waits[oid]]
            heapq.heapify(ready)
            while ready:
                oid = heapq.heappop(ready)
                order.append(oid)
                landed.add(oid)
                for child in children[oid]:
                    waits[child].remove(oid)
                    if not waits[child]:
                        heapq.heappush(ready, child)
    return order


# Section 3: blobs looked at


def is_regular(mode: int) -> bool:
    return mode & 0o170000 == 0o100000


def is_directory(mode: int) -> bool:
    return mode & 0o170000 == 0o040000


def looked_at(
    objects: Objects, tree: str, parents: list[str], folder: bytes = b""
) -> Iterator[tuple[bytes, str, list[str]]]:
    """Path and oid of each regular file that no parent has there, and the oids of the regular files parents have there.

    Chosen: a parent has a blob there only as a regular file, for merges too.
    """
    if tree in parents:
        return
    parent_entries = [objects.tree(parent) for parent in parents]
    for name, (mode, oid) in objects.tree(tree).items():
        there = [entries[name] for entries in parent_entries if name in entries]
        if is_directory(mode):
            below = [parent for parent_mode, parent in there if is_directory(parent_mode)]
            yield from looked_at(objects, oid, below, folder + name + b"/")
        elif is_regular(mode):
            replaced = [parent for parent_mode, parent in there if is_regular(parent_mode)]
            if oid not in replaced:
                yield folder + name, oid, replaced


def raw_lines(blob: bytes) -> list[bytes] | None:
    """The raw lines of a blob, or None if it is left out. Chosen: what follows the last byte 10 is a line too."""
    if b"\0" in blob[:8000] or len(blob) > 8_388_608:
        return None
    return [line for line in blob.split(b"\n") if len(line) <= 1000]


# Section 4: normal form


def unified(text: bytes) -> bytes:
    return NUMBER.sub(b"0", text).replace(b"'", b'"').replace(b"`", b'"')


def without_comments(line: bytes) -> bytes:
    rest = BEFORE.sub(b"", UNSEEN.sub(b"", line))
    return b"" if STARRED.match(rest) else COMMENT.sub(b"", rest)


def normal_form(line: bytes) -> tuple[bytes, set[bytes]] | None:
    """The key and the side pieces of a raw line, or None."""
    text = unified(without_comments(line))
    if len(WORD.findall(text)) < 2:
        return None
    pieces = [piece.translate(None, WHITE).strip(b'(){}[];\\"') for piece in text.split(b",")]
    key = max(pieces, key=len)  # of equally long ones the first
    pieces.remove(key)
    if len(key) < 8:
        return None
    return key, {piece for piece in pieces if len(piece) >= 8}


# Section 5: renames


def come_and_gone(lines: Iterable[bytes], predecessor: Iterable[bytes]) -> tuple[set[bytes], set[bytes]]:
    """The raw lines that are more often, and less often. Chosen: one of white only, or of a comment only, is not empty."""
    now, before = Counter(filter(None, lines)), Counter(filter(None, predecessor))
    return {line for line in now if now[line] > before[line]}, {line for line in before if now[line] < before[line]}


def bare(line: bytes) -> bytes:
    """What steps 1 to 3 leave of a raw line. Chosen: nothing of it, if all of it is a comment."""
    return unified(without_comments(line))


def marks(line: bytes) -> bytes:
    """Chosen: in their order, with repeats; those of a line without any are the same as those of another without any."""
    return re.sub(rb"[A-Za-z0-9_]", b"", bare(line).translate(None, WHITE))


def compared(come: set[bytes], gone: set[bytes]) -> tuple[set[bytes], set[bytes]]:
    in_come, in_gone = set(map(marks, come)), set(map(marks, gone))
    return {line for line in come if marks(line) in in_gone}, {line for line in gone if marks(line) in in_come}


def words_of(line: bytes) -> list[bytes]:
    return NAME.findall(bare(line))


def moved_words(come: set[bytes], gone: set[bytes]) -> set[bytes]:
    """The words that moved, or none unless they moved both ways.

    Chosen: "3 times more" is 3 occurrences more, not three times as many. A word twice in a line counts twice, and one in
    two different raw lines of which steps 1 to 3 leave the same twice.
    """
    in_come = Counter(word for line in come for word in words_of(line))
    in_gone = Counter(word for line in gone for word in words_of(line))
    more = {word for word in in_come if in_come[word] - in_gone[word] >= 3}
    less = {word for word in in_gone if in_gone[word] - in_come[word] >= 3}
    return more | less if more and less else set()


def form(line: bytes, moved: set[bytes]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The words and the gaps of a line."""
    words = tuple(b"" if word in moved else word for word in words_of(line))
    return words, tuple(gap.translate(None, WHITE) for gap in NAME.split(bare(line)))


def renamed_lines(lines: Iterable[bytes], predecessor: Iterable[bytes]) -> set[bytes]:
    """The raw lines that are renamed. Chosen: the 3 come and 3 gone lines are those before marks are looked at."""
    come, gone = come_and_gone(lines, predecessor)
    if len(come) < 3 or len(gone) < 3:
        return set()
    come, gone = compared(come, gone)
    moved = moved_words(come, gone)
    gone_forms = {form(line, moved) for line in gone if moved.intersection(words_of(line))}
    return {
        line
        for line in come
        if moved.intersection(words_of(line))
        and not moved.issuperset(words_of(line))
        and form(line, moved) in gone_forms
    }


# Section 6: whose it is

TOKEN = re.compile(rb"(?s)\*{2,}/|\*+|\[[!^]?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*\]|\\.|.")
CLASS_TOKEN = re.compile(rb"(?s)\[:[a-z]+:\]|\\.|.")
CLASSES = {
    b"[:space:]": rb"\s",
    b"[:alpha:]": b"a-zA-Z",
    b"[:digit:]": b"0-9",
    b"[:alnum:]": b"a-zA-Z0-9",
}  # chosen: only


class Pattern:
    """A pattern of gitignore(5), without its `!`, as a regular expression."""

    def __init__(self, pattern: bytes) -> None:
        self.only_directories = pattern.endswith(b"/")
        pattern = pattern.removesuffix(b"/")
        result = b"(?s)" if b"/" in pattern else b"(?s)(?:.*/)?"
        tokens = TOKEN.findall(pattern.removeprefix(b"/"))
        for index, token in enumerate(tokens):
            opens = index == 0 or tokens[index - 1].endswith(b"/")
            if token in (b"[", b"\\"):
                result = b"(?!)"  # gitignore(5): what is not closed never matches
                break
            if token.endswith(b"*/"):
                result += b"(?:.*/)?" if opens else b"[^/]*/"
            elif token.startswith(b"**") and opens and index == len(tokens) - 1:
                result += b".+"
            elif token.startswith(b"*"):
                result += b"[^/]*"
            elif token == b"?":
                result += b"[^/]"
            elif token.startswith(b"["):
                negated = token[1:2] in (b"!", b"^")
                result += b"(?!/)[" + b"^" * negated
                for part in CLASS_TOKEN.findall(token[1 + negated : -1]):
                    result += CLASSES.get(part) or (b"-" if part == b"-" else re.escape(part[-1:]))
                result += b"]"
            else:
                result += re.escape(token[-1:])
        try:
            self.regex = re.compile(result)
        except re.error:  # chosen: a range like [z-a] never matches
            self.regex = re.compile(b"(?!)")

    def matches(self, path: bytes) -> bool:
        """Whether it matches the path or a directory above it."""
        parts = path.split(b"/")
        candidates = [b"/".join(parts[:count]) for count in range(1, len(parts))]
        return any(map(self.regex.fullmatch, candidates if self.only_directories else [*candidates, path]))


def excluded_by_policy(patterns: Sequence[str], path: bytes) -> bool:
    """Chosen: the last pattern that matches the path or a directory above it decides, `!` or not."""
    excluded = False
    for pattern in (text.encode(errors="surrogateescape") for text in patterns):
        if pattern and not pattern.startswith(b"#") and Pattern(pattern.removeprefix(b"!")).matches(path):
            excluded = not pattern.startswith(b"!")
    return excluded


def read_attributes(lines: list[bytes]) -> list[tuple[Pattern, dict[bytes, bool]]]:
    """What a `.gitattributes` says of the two attributes. Chosen: a value other than `true` takes back."""
    result = []
    for line in lines:
        pattern, *states = line.split() or [b"#"]
        said = {}
        for state in states:
            name = state.lstrip(b"-!").partition(b"=")[0]
            if name in (b"linguist-vendored", b"linguist-generated"):
                said[name] = state in (name, name + b"=true")
        if said and not pattern.startswith((b"#", b'"', b"!", b"[attr]")):
            result.append((Pattern(pattern), said))
    return result


def excluded_by_attributes(attributes: list[tuple[Pattern, dict[bytes, bool]]], path: bytes) -> bool:
    now: dict[bytes, bool] = {}
    for pattern, said in attributes:
        if pattern.matches(path):
            now |= said
    return any(now.values())


def authors(commit: Commit) -> list[bytes]:
    address = commit.author_line.partition(b"<")[2].partition(b">")
    named = [address[0] if address[1] else b"", *CO_AUTHOR.findall(commit.message)]
    cleaned = [one.strip(WHITE).lower() for one in named]
    return list(dict.fromkeys(one for one in cleaned if one))[:100]


def shares(count: int) -> list[tuple[int, int]]:
    """From and share of each of so many authors."""
    sizes = [1000 // count] * count
    sizes[0] += 1000 - sum(sizes)
    return [(sum(sizes[:index]), size) for index, size in enumerate(sizes)]


# Section 7: the log


@dataclass
class Result:
    """The log of one repository, and what else can be compared."""

    entries: list[bytes] = field(default_factory=list)
    root: bytes = b""
    salt: bytes = b""
    positions: list[str] = field(default_factory=list)
    paths: list[bytes] = field(default_factory=list)
    hashes: set[bytes] = field(default_factory=set)


def merkle_root(entries: list[bytes]) -> bytes:
    if len(entries) <= 1:
        return keccak(b"\x00" + entries[0]) if entries else keccak(b"")
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return keccak(b"\x01" + merkle_root(entries[:half]) + merkle_root(entries[half:]))


def reference(repo: str, heads: list[str], *, exclude: Sequence[str] = (), foreign: Set[bytes] = frozenset()) -> Result:
    """Build the log of a repository for the pinned heads."""
    result = Result()
    attributes: list[tuple[Pattern, dict[bytes, bool]]] = []
    known_lines: set[bytes] = set()  # raw lines at lower positions: all their hashes are seen
    with Objects(repo) as objects:
        commits = read_history(objects, heads)
        result.positions = landed_order(commits, heads)
        if result.positions:
            result.salt = keccak(b"\x02" + commits[result.positions[0]].whole)
        for oid in result.positions:
            commit = commits[oid]
            trees = [commits[parent].tree for parent in commit.parents]
            blobs = sorted(looked_at(objects, commit.tree, trees))
            for path, blob, _ in blobs:
                if path == b".gitattributes":
                    lines = raw_lines(objects.read(blob, "blob"))
                    attributes = attributes if lines is None else read_attributes(lines)
            seen_here: set[bytes] = set()
            lines_here: set[bytes] = set()
            new_at: dict[bytes, bytes] = {}  # the smallest path, because the paths are sorted
            for path, blob, replaced in blobs:
                lines = raw_lines(objects.read(blob, "blob"))
                if lines is None:
                    continue
                predecessor = raw_lines(objects.read(replaced[0], "blob")) if replaced and len(trees) == 1 else None
                come, _ = come_and_gone(lines, predecessor or [])
                unknown = come - known_lines
                excluded = excluded_by_policy(exclude, path) or excluded_by_attributes(attributes, path)
                earning = unknown if len(trees) <= 1 and not excluded else set()
                if earning and predecessor is not None:
                    earning = earning - renamed_lines(lines, predecessor)
                for line in unknown:
                    if normal := normal_form(line):
                        key, *pieces = map(keccak, (normal[0], *normal[1]))
                        seen_here.update([key, *pieces])
                        if line in earning:
                            new_at.setdefault(key, path)
                lines_here |= come
            names = authors(commit)
            for line_hash in sorted((new_at.keys() - result.hashes) - foreign):
                for address, (start, share) in zip(names, shares(len(names)) if names else (), strict=True):
                    contributor = keccak(result.salt + address)
                    numbers = start.to_bytes(2, "big") + share.to_bytes(2, "big")
                    result.entries.append(line_hash + contributor + bytes.fromhex(oid).ljust(32, b"\0") + numbers)
                    result.paths.append(new_at[line_hash])
            result.hashes |= seen_here
            known_lines |= lines_here
    result.root = merkle_root(result.entries)
    return result


if __name__ == "__main__":
    head = subprocess.run(["git", "-C", sys.argv[1], "rev-parse", "HEAD"], capture_output=True, check=True, text=True)
    log = reference(sys.argv[1], [head.stdout.strip()])
    print(len(log.entries), log.root.hex())
