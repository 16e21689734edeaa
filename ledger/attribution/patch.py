"""What `git diff-tree --stdin -p -U0` prints, cut into what each commit changes in each regular file.

Which of several right differences git finds plays no part: lines that are more often in the new blob than in the old
one, or less often, are the same in all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["PATCH", "Patch", "parse_patches"]

PATCH: Final = (
    *("diff-tree", "--stdin", "-r", "--root", "-p", "-U0", "--full-index", "--no-renames", "--no-color"),
    *("--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--diff-filter=d"),
)
_OID_LINE: Final = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_ADDED: Final = re.compile(rb"\n\+(.*)")
_REMOVED: Final = re.compile(rb"\n-(.*)")
_QUOTED: Final = re.compile(rb'\\([abtnvfr"\\]|[0-3][0-7]{2})')
_ESCAPES: Final = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))
_EMPTY: Final = frozenset((b"",))


@dataclass(frozen=True, slots=True)
class Patch:
    """A regular file's blob that a commit has at a path, and its parent has not.

    ``come`` are the different lines, none of them empty, that the blob has more often than the parent's blob there,
    ``gone`` those that it has less often; both none if git takes one of the two for binary.
    """

    commit: str
    path: bytes
    oid: str
    binary: bool
    come: set[bytes]
    gone: set[bytes]


def parse_patches(chunks: Iterable[bytes]) -> Iterator[Patch]:
    """The patches in what git prints, in its order."""
    rest, commit = b"\n", ""
    for chunk in chunks:
        *sections, rest = (rest + chunk).split(b"\ndiff --git ")
        for section in sections:
            if (patch := _parse(commit, section)) is not None:
                yield patch
            commit = _next_commit(section) or commit
    if (patch := _parse(commit, rest.removesuffix(b"\n"))) is not None:
        yield patch


def _next_commit(section: bytes) -> str | None:
    """The commit that the next section is of, if another one begins after this section."""
    line = section[section.rfind(b"\n") + 1 :]
    return line.decode() if _OID_LINE.fullmatch(line) else None


def _parse(commit: str, section: bytes) -> Patch | None:
    """Nothing if it is no change of a regular file's content."""
    head, _, body = section.partition(b"\n@@ ")
    paths, *lines = head.split(b"\n")
    oid, mode, binary = b"", b"", False
    for line in lines:
        if line.startswith(b"index "):
            oids, _, same_mode = line[6:].partition(b" ")
            oid, mode = oids.partition(b"..")[2], same_mode or mode
        elif line.startswith((b"new file mode ", b"new mode ")):
            mode = line.rpartition(b" ")[2]
        elif line.startswith(b"Binary files "):
            binary = True
    if not oid or not mode.startswith(b"100"):
        return None
    come, gone = _differing(_ADDED.findall(body), _REMOVED.findall(body))
    return Patch(commit, _path(paths), oid.decode(), binary, come, gone)


def _differing(added: list[bytes], removed: list[bytes]) -> tuple[set[bytes], set[bytes]]:
    more, less = set(added), set(removed)
    shared = more & less
    come, gone = more - less, less - more
    if shared and (len(more) < len(added) or len(less) < len(removed)):
        plus, minus = Counter(added), Counter(removed)
        come.update([line for line in shared if plus[line] > minus[line]])
        gone.update([line for line in shared if plus[line] < minus[line]])
    return come - _EMPTY, gone - _EMPTY


def _path(paths: bytes) -> bytes:
    """The path in `a/path b/path`, where both are the same and may be quoted."""
    path = paths[: len(paths) // 2]
    if path.startswith(b'"'):
        path = _QUOTED.sub(_unquoted, path[1:-1])
    return path[2:]


def _unquoted(match: re.Match[bytes]) -> bytes:
    found = match[1]
    return bytes([int(found, 8) if len(found) == 3 else _ESCAPES[found[0]]])
