"""Rule 1: which lines count, and what makes two lines the same. Sections 3 to 5 of ``docs/attribution.md``.

Everything works on many raw lines at once, joined by newlines, because a regular expression costs less over one long
text than over a thousand short ones. So `\\s` is spelled out without the newline here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from tiny_keccak import keccak256 as keccak

__all__ = [
    "MAX_BLOB",
    "MAX_LINE",
    "MIN_RENAMED",
    "RULE",
    "bare",
    "is_text",
    "keccak",
    "line_hash",
    "normal_forms",
    "renamed",
    "without_comment_lines",
]

RULE: Final = 1
MAX_BLOB: Final = 8_388_608
MAX_LINE: Final = 1_000
_BINARY_WITHIN: Final = 8_000
_MIN_KEY: Final = 8
MIN_RENAMED: Final = 3
_MIN_MOVES: Final = 3

# The rule's expressions for comments and numbers, arranged so that the search for a match is one for its first byte.
# What goes before comments is seen to by `_UNSEEN` and `_opened`.
_COMMENT: Final = re.compile(
    rb"""(?m)[#/<-](?:
        (?<=\#)(?<![&$/.\\]\#).*
        |(?<=/)(?:/(?<!http://)(?<!https://).*|\*.*?(?:\*/|$))
        |(?<=<)!--.*?(?:-->|$)
        |(?<=-)-(?<!\S--)(?=\s|$).*)""",
    re.VERBOSE,
)
_UNSEEN: Final = re.compile(rb"\xc2\xa0|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xe2\x81[\x9f-\xa4]|\xe3\x80\x80|\xef\xbb\xbf")
_ANY_WORD: Final = rb"(?:(?<![A-Za-z0-9_])[A-Za-z_][A-Za-z0-9_]*+|[\x80-\xff]{3})"
_TWO_WORDS: Final = re.compile(_ANY_WORD + rb".*?" + _ANY_WORD)
_NUMBER: Final = re.compile(
    rb"""[.0-9](?:
        (?<=\.)(?<![A-Za-z0-9_]\.)[0-9][0-9A-Za-z_.]*+(?:(?<=[eEpP])[+-][0-9A-Za-z_.]*+)*+
        |(?<=[0-9])(?<![A-Za-z0-9_][0-9])[0-9A-Za-z_.]*+(?:(?<=[eEpP])[+-][0-9A-Za-z_.]*+)*+
        |(?<=[0-9])[0-9_.]*+)""",
    re.VERBOSE,
)
_NAME: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_NAMES: Final = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)")
_WHITE: Final = b" \t\r\f\v"
_NO_MARKS: Final = _WHITE + b"0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_QUOTES: Final = bytes.maketrans(b"'`", b'""')
_ENDS: Final = b'(){}[];\\"'


def is_text(blob: bytes) -> bool:
    """Whether a blob has lines at all."""
    return len(blob) <= MAX_BLOB and b"\0" not in blob[:_BINARY_WITHIN]


def bare(raws: Collection[bytes]) -> list[bytes]:
    """What steps 1 to 3 of the normal form leave of each raw line."""
    return _NUMBER.sub(b"0", _without_comments(raws)).translate(_QUOTES).split(b"\n") if raws else []


def without_comment_lines(raws: Collection[bytes]) -> list[bytes]:
    """The raw lines without those of which :func:`bare` leaves nothing, as far as that can be told by a `#` before all.

    A few of these stay, so that :func:`renamed` finds the same.
    """
    # What nobody sees can be between `*` and `/`.
    found = [raw for raw in raws if not raw.startswith(b"#") or b"*/" in raw or not raw.isascii()]
    return found + [b"#"] * min(len(raws) - len(found), MIN_RENAMED)


def normal_forms(lines: Collection[bytes]) -> Iterator[tuple[bytes, bytes, list[bytes]]]:
    """Each :func:`bare` line that has a normal form, its key and its side pieces."""
    two_words = _TWO_WORDS.search
    for line, text in zip(lines, b"\n".join(lines).translate(None, _WHITE).split(b"\n"), strict=bool(lines)):
        if len(text) < _MIN_KEY or two_words(line) is None:
            continue
        if b"," not in text:
            key = text.strip(_ENDS)
            if len(key) >= _MIN_KEY:
                yield line, key, []
            continue
        pieces = [piece.strip(_ENDS) for piece in text.split(b",")]
        key = max(pieces, key=len)
        if len(key) >= _MIN_KEY:
            yield line, key, [piece for piece in pieces if len(piece) >= _MIN_KEY and piece != key]


def _without_comments(raws: Iterable[bytes]) -> bytes:
    """The lines, joined, without what nobody sees and without comments."""
    text = b"\n".join(raws)
    if not text.isascii():
        text = _UNSEEN.sub(b"", text)
    if b"*" in text:
        text = b"\n".join([_opened(line) if b"*" in line else line for line in text.split(b"\n")])
    return _COMMENT.sub(b"", text)


def _opened(line: bytes) -> bytes:
    """The line without what belongs to a block comment from before: up to `*/`, or all of it if it begins with `*`."""
    end = line.find(b"*/")
    if end >= 0 and b"/*" not in line[: end + 1]:
        line = line[end + 2 :]
    rest = line.lstrip(_WHITE)
    starred = rest.startswith(b"*") and rest[1:2] in (b"", b" ", b"\t", b"\r", b"\f", b"\v", b"*", b"/")
    return b"" if starred else line


def line_hash(text: bytes) -> bytes | None:
    """The hash that stands for a line of source text, or nothing if it has no normal form."""
    for _, key, _ in normal_forms(bare([text])):
        return keccak(key)
    return None


def renamed(come: Sequence[bytes], gone: Sequence[bytes]) -> set[bytes]:
    """The lines that came and that are lines which went but for words that moved. Section 5.

    Both are :func:`bare` lines, one for each different raw line that came or went; where there are fewer than
    ``MIN_RENAMED`` of either nothing is a rename.
    """
    if min(len(come), len(gone)) < MIN_RENAMED:
        return set()
    come_marks, gone_marks = _marks(come), _marks(gone)
    shared = set(come_marks).intersection(gone_marks)
    old = [line for mark, line in zip(gone_marks, gone, strict=True) if mark in shared]
    words = _NAME.findall(b"\n".join(old))
    if len(words) - len(set(words)) < _MIN_MOVES - 1:  # none is there so often that it could have gone
        return set()
    new = [line for mark, line in zip(come_marks, come, strict=True) if mark in shared]
    before, after = Counter(words), Counter(_NAME.findall(b"\n".join(new)))
    went = {word for word, count in before.items() if count - after.get(word, 0) >= _MIN_MOVES}
    if not went:
        return set()
    came = {word for word, count in after.items() if count - before.get(word, 0) >= _MIN_MOVES}
    if not came:
        return set()
    known = {form for form, _ in _forms(old, went | came)}
    return {line for form, line in _forms(new, went | came) if form in known}


def _marks(lines: Sequence[bytes]) -> list[bytes]:
    """What is neither word, number nor white in each line."""
    return b"\n".join(lines).translate(None, _NO_MARKS).split(b"\n")


def _forms(lines: Iterable[bytes], moved: set[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The form of each line in which words moved and others did not, and the line."""
    for line in lines:
        parts = _NAMES.split(line)  # gaps and words by turns
        if not moved.isdisjoint(parts):
            form = b"\n".join([b"" if part in moved else part for part in parts])
            if _NAME.search(form) is not None:
                yield form.translate(None, _WHITE), line
