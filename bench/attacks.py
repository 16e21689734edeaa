"""What attackers earn under rule 1 of attribution: section 9 of docs/attribution.md.

Each known attack is played on a clone of a repository, attributed on top of its history, and counted: the lines that
git says the attacker added, the lines that they earn, and their points under a programme's policy if they land the
attack alone, and if another party merges it. The repository itself is only read.

    python -m bench.attacks [REPOSITORY] [--other REPOSITORY]
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import string
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.attribution import rule
from ledger.attribution.attribute import attribute
from ledger.attribution.logfile import LogFile
from ledger.attribution.points import score
from ledger.attribution.policy import Policy

__all__ = ["ATTACKS", "Attack", "Honest", "Row", "Scene", "markdown", "play_all"]

ROOT: Final = Path(__file__).resolve().parent.parent
POLICY: Final = ROOT / "examples" / "contributions" / "policy.toml"

Changes = Mapping[bytes, bytes | None]  # content by path, None to delete
Files = dict[bytes, bytes]

_DOMAIN: Final = "attack.invalid"
_ATTACKER: Final = f"attacker@{_DOMAIN}"
_PARTNERS: Final = (f"second@{_DOMAIN}", f"third@{_DOMAIN}")
_MAINTAINER: Final = "maintainer@honest.invalid"
_OTHER_PERSON: Final = "other@honest.invalid"
_MANY: Final = 1_000  # lines of an attack that makes them up
_MOST_FILES: Final = 2_000
_MOST_BYTES: Final = 8_388_608
_DAY: Final = 86_400

_CODE: Final = {b"py", b"c", b"h", b"cc", b"cpp", b"hpp", b"js", b"ts", b"go", b"rs", b"java", b"rb", b"sol", b"sh"}
_COMMENT_MARK: Final = {
    **dict.fromkeys((b"py", b"sh", b"rb", b"toml", b"yml", b"yaml", b"cfg", b"pl", b"txt"), b"#"),
    **dict.fromkeys((b"c", b"h", b"cc", b"cpp", b"hpp", b"js", b"ts", b"go", b"rs", b"java", b"sol"), b"//"),
    **dict.fromkeys((b"sql", b"lua", b"hs"), b"--"),
}
_KEYWORDS: Final = frozenset(
    b"and as assert async await break case catch class const continue def default del do elif else enum except export "
    b"extends extern False final finally fn for from func function global if impl import in int interface is lambda "
    b"let long match mut new None nonlocal not null or package pass private protected public raise return self short "
    b"static struct super switch this throw True true false try type typedef unsigned use using var void while with "
    b"yield".split()
)


# The place where attacks happen


class Scene:
    """A clone of a repository to add commits to, and what stands in its files."""

    def __init__(self, repository: Path, other: Path | None, work: Path) -> None:
        self.work = work
        self.clone = work / "clone"
        _run("git", "clone", "--quiet", "--bare", "--shared", "--no-tags", str(repository.resolve()), str(self.clone))
        self.head = self.git("rev-parse", "--verify", "HEAD^{commit}").strip()
        self.files = _files(self.clone, self.head)
        self.date = int(self.git("log", "-1", "--format=%ct", self.head)) + _DAY
        self.other = self._other(other)
        self.other_head = self.commit([self.other], parent=None, who=_OTHER_PERSON)
        self._branches = 0

    def git(self, *args: str, given: bytes = b"", **environment: str) -> str:
        return _run("git", "-C", str(self.clone), *args, given=given, **environment)

    def code(self) -> Files:
        """The files of source code; all files if there are none."""
        found = {path: text for path, text in self.files.items() if _suffix(path) in _CODE}
        return found or self.files

    def _other(self, repository: Path | None) -> Files:
        """The files of another repository; without one these files with every word replaced by another."""
        if repository is not None:
            head = _run("git", "-C", str(repository), "rev-parse", "HEAD").strip()
            found = _files(repository, head)
            return {b"other/" + path: text for path, text in found.items()}
        words = _Words("other")
        return {b"other/" + path: _replaced_words(text, words.instead_of) for path, text in self.files.items()}

    def commit(
        self,
        steps: Iterable[Changes],
        parent: str | None,
        who: str | Sequence[str] = _ATTACKER,
        committer: str | None = None,
        message: str = "",
    ) -> str:
        """One commit for each step, by these people in turn; the oid of the last."""
        people = [who] if isinstance(who, str) else list(who)
        stream = bytearray()
        count = 0
        for count, step in enumerate(steps, 1):
            author = people[(count - 1) % len(people)]
            text = message.encode()
            stream += f"commit refs/attack\nmark :{count}\nauthor {author} <{author}> {self.date} +0000\n".encode()
            stream += (
                f"committer x <{committer or author}> {self.date} +0000\ndata {len(text)}\n".encode() + text + b"\n"
            )
            if count > 1:
                stream += f"from :{count - 1}\n".encode()
            elif parent is not None:
                stream += f"from {parent}\n".encode()
            for path, content in step.items():
                name = b'"' + path.replace(b"\\", rb"\\").replace(b'"', rb"\"").replace(b"\n", rb"\n") + b'"'
                if content is None:
                    stream += b"D " + name + b"\n"
                else:
                    stream += b"M 100644 inline " + name + f"\ndata {len(content)}\n".encode() + content + b"\n"
        if not count:
            assert parent is not None
            return parent
        self.git("update-ref", "-d", "refs/attack")
        marks = self.work / "marks"
        self.git("fast-import", "--quiet", f"--export-marks={marks}", given=bytes(stream))
        return dict(line.split() for line in marks.read_text().splitlines())[f":{count}"]

    def merge(self, main: str, side: str, *, tree_of: str | None = None, who: str = _MAINTAINER) -> str:
        """A merge that has the tree of ``side``, or of another commit."""
        person = {"NAME": who, "EMAIL": who, "DATE": f"{self.date} +0000"}
        names = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in person.items()}
        tree = f"{tree_of or side}^{{tree}}"
        return self.git("commit-tree", tree, "-p", main, "-p", side, "-m", "merge", **names).strip()

    def added(self, base: str, tip: str) -> int:
        """The lines that the attacker added, by git's count."""
        args = ("--numstat", "--format=", "--no-renames", "--no-merges", f"--author=@{_DOMAIN}>", f"{base}..{tip}")
        rows = (line.split("\t") for line in self.git("log", *args).splitlines() if line)
        return sum(int(row[0]) for row in rows if row[0] != "-")


def _run(*command: str, given: bytes = b"", **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, **environment}
    done = subprocess.run(command, input=given, env=clean, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip()}")
    return os.fsdecode(done.stdout)


def _files(repository: Path, commit: str) -> Files:
    """The text files of a commit."""
    rows = os.fsencode(_run("git", "-C", str(repository), "ls-tree", "-r", "-z", commit)).split(b"\0")[:-1]
    found = [(path, info.split()[2]) for info, path in (row.split(b"\t", 1) for row in rows) if info.startswith(b"100")]
    found = found[:: -(-len(found) // _MOST_FILES) or 1]
    asked = b"".join(oid + b"\n" for _, oid in found)
    answer = os.fsencode(_run("git", "-C", str(repository), "cat-file", "--batch", given=asked))
    files, at = {}, 0
    for path, _ in found:
        start = answer.index(b"\n", at) + 1
        size = int(answer[at : start - 1].split()[2])
        content = answer[start : start + size]
        at = start + size + 1
        if content and b"\0" not in content[:8000] and len(content) <= _MOST_BYTES:
            files[path] = content
    return files


def _suffix(path: bytes) -> bytes:
    return path.rpartition(b"/")[2].rpartition(b".")[2].lower()


class _Words:
    """Random words; the same for the same seed."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self._instead: dict[bytes, bytes] = {}

    def word(self) -> bytes:
        return "".join(self.random.choices(string.ascii_lowercase, k=self.random.randrange(3, 9))).encode()

    def some(self, least: int, most: int) -> bytes:
        return b" ".join(self.word() for _ in range(self.random.randrange(least, most + 1)))

    def instead_of(self, word: bytes) -> bytes:
        return self._instead.setdefault(word, self.word())


_NAME: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")


def _replaced_words(text: bytes, new: Callable[[bytes], bytes]) -> bytes:
    return _NAME.sub(lambda match: new(match[0]) if len(match[0]) > 2 and match[0] not in _KEYWORDS else match[0], text)


# The attacks. Each gives what the attacker began with on the main line, the attacker's last commit, and the hashes
# of other registered repositories.


@dataclass(frozen=True)
class Played:
    base: str
    tip: str
    foreign: bool = False  # whether the other repository is registered


@dataclass(frozen=True)
class Attack:
    """``most`` is what it may earn at most, if that was promised."""

    name: str
    play: Callable[[Scene], Played]
    most: int | None = None


ATTACKS: Final[list[Attack]] = []


def _attack(name: str, most: int | None = None) -> Callable[[Callable[[Scene], Iterable[Changes]]], None]:
    """An attack that is a list of commits on top of the head."""

    def add(steps: Callable[[Scene], Iterable[Changes]]) -> None:
        ATTACKS.append(Attack(name, lambda scene: Played(scene.head, scene.commit(steps(scene), scene.head)), most))

    return add


def _each(name: str, most: int | None = None) -> Callable[[Callable[[Scene, bytes, bytes, _Words], bytes]], None]:
    """An attack that changes each file in one commit."""

    def add(change: Callable[[Scene, bytes, bytes, _Words], bytes]) -> None:
        @_attack(name, most)
        def steps(scene: Scene) -> Iterable[Changes]:
            words = _Words(name)
            yield {path: change(scene, path, text, words) for path, text in scene.files.items()}

    return add


def _lines(text: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Each line of a text, changed."""
    return b"\n".join([change(line) if line.strip() else line for line in text.split(b"\n")])


@_each("re-indent, and more white space within lines", 0)
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    def wider(line: bytes) -> bytes:
        bare = line.lstrip()
        return b"\t" + line[: len(line) - len(bare)] * 2 + bare.replace(b" ", b"  ").replace(b"=  ", b"= \t ")

    return _lines(text, wider)


@_each("CRLF line ends", 0)
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@_attack("delete all files, and add them again", 0)
def _(scene: Scene) -> Iterable[Changes]:
    yield dict.fromkeys(scene.files)
    yield scene.files


@_attack("copy all files into another directory", 0)
def _(scene: Scene) -> Iterable[Changes]:
    yield {b"copied/" + path: text for path, text in scene.files.items()}


def _out_of_vendor(scene: Scene) -> Played:
    base = scene.commit([{b"vendor/" + path: text for path, text in scene.other.items()}], scene.head, _MAINTAINER)
    return Played(base, scene.commit([{b"src/" + path: text for path, text in scene.other.items()}], base))


ATTACKS.append(Attack("copy an excluded `vendor/` into `src/`", _out_of_vendor, 0))


@_each("shuffle definitions", 0)
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    blocks = re.split(rb"\n(?=\S)", text.rstrip(b"\n"))
    words.random.shuffle(blocks)
    return b"\n".join(blocks) + b"\n"


@_each("quote churn", 0)
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return text.translate(bytes.maketrans(b"'\"`", b'"\'"'))


@_each("comments, appended to lines", 0)
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    mark = _COMMENT_MARK.get(_suffix(path))
    if mark is None:
        return text
    return _lines(text, lambda line: line + b"  " + mark + b" " + words.some(3, 8))


@_each("comments, as lines of their own", 0)
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    mark = _COMMENT_MARK.get(_suffix(path))
    if mark is None:
        return text
    return _lines(text, lambda line: b"    " + mark + b" " + words.some(3, 8) + b"\n" + line)


_LITERAL: Final = re.compile(rb"(?<![\w.])[0-9]+(?:\.[0-9]+)?(?![\w]|\.\w)")


@_each("other whole numbers", 0)
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return _LITERAL.sub(lambda match: b"%d" % words.random.randrange(10**6), text)


@_each("other numbers, hexadecimal", 0)
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return _LITERAL.sub(lambda match: b"0x%x" % words.random.randrange(10**6), text)


@_each("other numbers, with fractions", 0)
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return _LITERAL.sub(lambda match: b"%.3f" % (words.random.random() * 1000), text)


@_attack("1,000 numbered lines", 5)
def _(scene: Scene) -> Iterable[Changes]:
    yield {b"src/numbered.py": b"".join(b"value_%d = function(%d)\n" % (n, n) for n in range(_MANY))}


@_attack("1,000 lines of five templates, numbers and places vary", 5)
def _(scene: Scene) -> Iterable[Changes]:
    number = _Words("templates").random.randrange
    templates = (
        b"register_entry(%d, 'entry', %d.5)",
        b"    table[%d] = lookup(0x%x)",
        b"assert compute_it(%d) == %d",
        b"if limit_reached(%d): return_code = -%d",
        b"call_template_%d(argument_%d)",
    )
    lines = [templates[number(5)] % (number(10**6), number(10**6)) for _ in range(_MANY)]
    yield {b"src/templates.py": b" " * number(9) + b"\n".join(b" " * number(9) + line for line in lines) + b"\n"}


@_attack("1,000 lines of one template, one of 200 words varies")
def _(scene: Scene) -> Iterable[Changes]:
    words = _Words("list")
    some = [words.word() for _ in range(200)]
    yield {b"src/varying.py": b"".join(b"register(%s, %d)\n" % (words.random.choice(some), n) for n in range(_MANY))}


def _made_up(words: _Words) -> bytes:
    lines = [b"%s_%s = %s(%s.%s)" % tuple(words.word() for _ in range(5)) for _ in range(_MANY)]
    return b"\n".join(lines) + b"\n"


@_attack("1,000 lines of random identifiers")
def _(scene: Scene) -> Iterable[Changes]:
    yield {b"src/made_up.py": _made_up(_Words("identifiers"))}


@_attack("1,000 lines of random prose")
def _(scene: Scene) -> Iterable[Changes]:
    words = _Words("prose")
    yield {b"src/prose.py": b"".join(b'"""%s."""\n' % words.some(5, 12) for _ in range(_MANY))}


def _split_at_commas(line: bytes) -> bytes:
    indent = line[: len(line) - len(line.lstrip())] + b"    "
    return re.sub(rb",[ \t]+(?=\S)", b",\n" + indent, line)


@_each("reflow: a line for each argument")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return _lines(text, _split_at_commas)


@_each("reflow: joined where a line ends with a comma")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return re.sub(rb",[ \t\r]*\n[ \t]*(?=\S)", b", ", text)


@_each("reflow: a line for each argument, and one for each bracket")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    def explode(line: bytes) -> bytes:
        indent = line[: len(line) - len(line.lstrip())]
        line = re.sub(rb"\((?=[^)])", b"(\n    " + indent, line)
        return re.sub(rb",[ \t]+(?=\S)", b",\n    " + indent, line)

    return _lines(text, explode)


def _frequent(files: Files) -> list[bytes]:
    names = Counter(name for text in files.values() for name in _NAME.findall(text))
    common = sorted(names, key=lambda name: (-names[name], name))
    return [name for name in common if len(name) > 2 and name not in _KEYWORDS][:20]


def _renamings(scene: Scene) -> Iterator[tuple[Files, Files]]:
    """The changed files before and after each of twenty renames."""
    now, words = scene.code(), _Words("rename")
    for name in _frequent(now):
        new = b"renamed_" + words.word()
        pattern = re.compile(rb"(?<![A-Za-z0-9_])" + name + rb"(?![A-Za-z0-9_])")
        changed = {path: pattern.sub(new, text) for path, text in now.items() if pattern.search(text)}
        yield {path: now[path] for path in changed}, changed
        now = now | changed


@_attack("rename: 20 identifiers, a commit each")
def _(scene: Scene) -> Iterable[Changes]:
    return (after for _, after in _renamings(scene))


@_attack("rename: 20 identifiers, each with files deleted, and then added")
def _(scene: Scene) -> Iterable[Changes]:
    for before, after in _renamings(scene):
        yield dict.fromkeys(before)
        yield after


@_attack("rename: 20 identifiers, all in one commit")
def _(scene: Scene) -> Iterable[Changes]:
    yield {path: text for _, after in _renamings(scene) for path, text in after.items()}


@_attack("rename: one identifier, and the files too")
def _(scene: Scene) -> Iterable[Changes]:
    before, after = next(_renamings(scene))
    yield {**dict.fromkeys(before), **{b"moved/" + path: text for path, text in after.items()}}


def _pasted(*, registered: bool) -> Callable[[Scene], Played]:
    return lambda scene: Played(scene.head, scene.commit([scene.other], scene.head), registered)


ATTACKS.append(Attack("paste another repository that is registered", _pasted(registered=True), 0))
ATTACKS.append(Attack("paste another repository that is not", _pasted(registered=False)))


# Variants that were found by trying to get around the rule


@_each("comments with no white space before `#`")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    if _COMMENT_MARK.get(_suffix(path)) != b"#":
        return text
    return _lines(text, lambda line: line + b"# " + words.some(3, 8))


@_each("comments that begin as a directive does: `# if`, `#!`")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    if _COMMENT_MARK.get(_suffix(path)) != b"#":
        return text
    return _lines(text, lambda line: line + words.random.choice([b" # if ", b" #! ", b" #[ "]) + words.some(3, 8))


@_each("comments from the end of a line into the next: `/*`, `*/`")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    if _COMMENT_MARK.get(_suffix(path)) != b"//":
        return text
    return b"/* " + _lines(text, lambda line: words.some(2, 4) + b" */ " + line + b" /* ") + b" */\n"


@_each("white space within words: lines of one word get two")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    def halve(line: bytes) -> bytes:
        found = _NAME.findall(line)
        return line.replace(found[0], found[0][:4] + b" " + found[0][4:]) if len(found) == 1 else line

    return _lines(text, halve)


@_each("comments made lines")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return re.sub(rb"(?m)^([ \t]*)(?:#+|//+|\*)[ \t]+(?=\w)", rb"\1", text)


@_each("a zero-width space at the end of each line")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return _lines(text, lambda line: line + "\u200b".encode())


@_each("letters that look alike: the Cyrillic ones for a, e, o")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    for latin, cyrillic in (("a", "\u0430"), ("e", "\u0435"), ("o", "\u043e")):
        text = text.replace(latin.encode(), cyrillic.encode())
    return text


@_each("numbers in other notations: `1e3`, `0b1`, `.5`, `-7`")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return _LITERAL.sub(lambda match: words.random.choice([b"1e3", b"0b1", b".5", b"-7"]), text)


@_each("code that does nothing: `; 0` after each line")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    if _suffix(path) not in _CODE:
        return text
    return _lines(text, lambda line: line + b"; 0" if re.search(rb"[\w)]\s*;?$", line) else line)


@_each("neighbouring arguments swapped")
def _(scene: Scene, path: bytes, text: bytes, words: _Words) -> bytes:
    return _lines(text, lambda line: re.sub(rb"(?<=[(\[])([^(),\[\]]+), ([^(),\[\]]+)(?=[)\],])", rb"\2, \1", line))


def _minified(scene: Scene) -> Played:
    code = b"\n".join(text for path, text in scene.other.items() if _suffix(path) in _CODE)
    lines = [line.strip() for line in code.split(b"\n") if line.strip()][:_MANY]
    long = b"".join(b"; ".join(lines[at : at + 100]).ljust(1_001) + b"\n" for at in range(0, len(lines), 100))
    base = scene.commit([{b"src/bundle.js": long}], scene.head, _MAINTAINER)
    return Played(base, scene.commit([{b"src/bundle.js": b"\n".join(lines) + b"\n"}], base))


def _encoded(scene: Scene) -> Played:
    text = b"\n".join(scene.other.values()).decode(errors="replace")
    lines = "\n".join([line for line in text.split("\n") if line.strip()][:_MANY]) + "\n"
    base = scene.commit([{b"src/encoded.txt": lines.encode("utf-16")}], scene.head, _MAINTAINER)
    return Played(base, scene.commit([{b"src/encoded.txt": lines.encode()}], base))


def _stolen(scene: Scene) -> Played:
    """What waits in another branch for the same merge, copied on an older commit that has a smaller oid."""
    work: Files = {b"src/honest.py": _made_up(_Words("honest"))}
    honest = scene.commit([work], scene.head, _OTHER_PERSON)
    develop = scene.merge(scene.head, honest)
    for number in range(100):
        copied = scene.commit([work], scene.head, message=f"try {number}")
        if copied < honest:
            break
    return Played(scene.head, scene.merge(develop, copied))


def _together(scene: Scene) -> Played:
    words = _Words("three")
    steps = [{b"src/by_%d.py" % number: _made_up(words)} for number in range(3)]
    return Played(scene.head, scene.commit(steps, scene.head, [_ATTACKER, *_PARTNERS]))


def _under_a_false_name(scene: Scene) -> Played:
    steps = [{b"src/false.py": _made_up(_Words("false"))}]
    return Played(scene.head, scene.commit(steps, scene.head, committer=_MAINTAINER))


ATTACKS += [
    Attack("break a file of very long lines (each over 1,000 bytes) into lines", _minified),
    Attack("a text of UTF-16 written as UTF-8", _encoded),
    Attack("copy what another has in the same merge (into a branch like `develop`)", _stolen),
    Attack("3,000 random lines, by three addresses of one person", _together),
    Attack("1,000 random lines, another's name as the committer's", _under_a_false_name),
]


# What they earn


@dataclass(frozen=True)
class Row:
    """``alone`` and ``merged`` are points, in lines."""

    attack: Attack
    added: int
    earned: int
    alone: float
    merged: float


@dataclass(frozen=True)
class Honest:
    """Lines that a history without attacks has by rule 1, with and without exclusions, and the different lines."""

    kept: int
    kept_without_exclusions: int
    plain: int

    @property
    def share(self) -> float:
        """How much the rule keeps; exclusions are the programme's."""
        return self.kept_without_exclusions / self.plain if self.plain else 1.0


def play_all(
    repository: Path,
    other: Path | None = None,
    attacks: Sequence[Attack] = ATTACKS,
    policy: Policy | None = None,
    tell: Callable[[str], None] = lambda _: None,
    processes: int | None = None,
    alone: bool = True,
) -> tuple[list[Row], Honest]:
    """Every attack on a clone of the repository, and how much of its honest history the rule keeps.

    ``alone`` False leaves out what attackers get that land their attack themselves.
    """
    policy = policy or Policy.load(POLICY)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        work = Path(name)
        scene = Scene(repository, other, work)
        base = work / "base.log"
        with LogFile(base) as log:
            attribute(scene.clone, log, scene.head, policy, processes=processes)
            kept = _count(log)
        with LogFile(None) as log:
            attribute(scene.clone, log, scene.head, Policy(exclude=()), processes=processes)
            found = Honest(kept, _count(log), len(_plain_lines(scene.clone, scene.head)))
        registered = stack.enter_context(LogFile(None))
        attribute(scene.clone, registered, scene.other_head, policy, processes=processes)
        rows = []
        for attack in attacks:
            tell(attack.name)
            rows.append(_play(scene, attack, base, registered, policy, processes, alone))
        return rows, found


def _count(log: LogFile) -> int:
    """Lines, however many share them."""
    return sum(entry[96:98] == bytes(2) for entry in log.entries())


def _play(
    scene: Scene,
    attack: Attack,
    base: Path,
    registered: Container[bytes],
    policy: Policy,
    processes: int | None,
    alone: bool,
) -> Row:
    played = attack.play(scene)
    foreign = registered if played.foreign else frozenset()
    file = scene.work / "attack.log"
    earned, points = [], []
    for head in (*([played.tip] if alone else []), scene.merge(played.base, played.tip)):
        shutil.copyfile(base, file)
        with LogFile(file) as log:
            attribute(scene.clone, log, head, policy, foreign=foreign, processes=processes)
            theirs = {one for one, address in log.contributors().items() if address.endswith(f"@{_DOMAIN}".encode())}
            scored = [one for one in score(log, policy) if one.record.contributor in theirs]
            earned.append(sum(one.record.share for one in scored) // 1000)
            points.append(sum(one.points for one in scored) / 1000)
    return Row(attack, scene.added(played.base, played.tip), max(earned), points[0] if alone else 0, points[-1])


def _plain_lines(repository: Path, head: str) -> set[bytes]:
    """The different lines of all that was ever in a history; of the rule only what makes a line count at all."""
    listed = _run("git", "-C", str(repository), "rev-list", "--objects", head).splitlines()
    asked = "".join(f"{line.split()[0]}\n" for line in listed).encode()
    raws: set[bytes] = set()
    for content in _blobs(repository, asked):
        raws.update(raw for raw in content.split(b"\n") if len(raw) <= 1000)
    found = set()
    for text in rule.bare(raws):
        line = text.translate(None, rule._WHITE).rstrip(b",;")
        if len(line) >= 8 and rule._TWO_WORDS.search(text):
            found.add(line)
    return found


def _blobs(repository: Path, asked: bytes) -> Iterator[bytes]:
    """Those of the objects that are text files."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answer:
        given.write(asked)
        given.seek(0)
        command = ["git", "-C", str(repository), "cat-file", "--batch", "--buffer"]
        subprocess.run(command, stdin=given, stdout=answer, check=True)
        answer.seek(0)
        while head := answer.readline().split():
            content = answer.read(int(head[2]) + 1)[:-1]
            if head[1] == b"blob" and b"\0" not in content[:8000] and len(content) <= _MOST_BYTES:
                yield content


def markdown(rows: Sequence[Row], found: Honest) -> str:
    """The table as section 9 of docs/attribution.md has it."""
    lines = [
        "| attack | lines added | lines earned | promised | points, landed alone | points, merged by another |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        promised = "" if row.attack.most is None else f"<= {row.attack.most}" if row.attack.most else "0"
        numbers = f"{row.added:,} | {row.earned:,} | {promised} | {row.alone:,.0f} | {row.merged:,.0f}"
        lines.append(f"| {row.attack.name} | {numbers} |")
    kept = f"{found.kept_without_exclusions:,} ({found.share:.1%}), {found.kept:,} with the policy's exclusions"
    lines += ["", f"Honest lines: of {found.plain:,} different ones the rule keeps {kept}."]
    return "\n".join(lines)


def main() -> None:
    """Print the table for a repository."""
    parser = argparse.ArgumentParser(description="What attackers earn under rule 1 of attribution.")
    parser.add_argument("repository", nargs="?", type=Path, default=ROOT)
    parser.add_argument("--other", type=Path, help="a repository to paste; without one: this one with other words")
    args = parser.parse_args()
    rows, found = play_all(args.repository, args.other, tell=lambda text: print(text, file=sys.stderr))
    print(markdown(rows, found))


if __name__ == "__main__":
    main()
