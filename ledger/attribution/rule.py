"""Rule 1: which lines count, and what makes two lines the same. Sections 3 to 5 of ``docs/attribution.md``.

Everything works on many raw lines at once, joined by newlines, because a regular expression costs less over one long
text than over a thousand short ones. So `\\s` is spelled out without the newline here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from sha3 import keccak_256  # type: ignore[import-not-found,import-untyped,unused-ignore]

__all__ = ["MAX_BLOB", "MAX_LINE", "RULE", "is_text", "keccak", "line_hash", "normal_forms", "renamed"]

RULE: Final = 1
MAX_BLOB: Final = 8_388_608
MAX_LINE: Final = 1_000
_BINARY_WITHIN: Final = 8_000
_MIN_KEY: Final = 8
_MIN_CHANGES: Final = 3
_MAX_WORDS: Final = 64

# The rule's expression, arranged so that the search for a match is one for its first byte. What goes before it is seen
# to by `_visible` and `_opened`.
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
_NUMBER: Final = re.compile(rb"(?<![A-Za-z0-9_])\.?[0-9](?:[eEpP][+-]|[0-9A-Za-z_.])*|[0-9][0-9_.]*")
_NAME: Final = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)")
_WHITE: Final = b" \t\r\f\v"
_QUOTES: Final = bytes.maketrans(b"'`", b'""')
_ENDS: Final = b'(){}[];\\"'
_TWO_NAMES: Final = 5  # with the gaps before, between and after
_NO_MARKS: Final = _WHITE + b"0123456789._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TO_END: Final = re.compile(rb"[#/<-].*")
_SIGNED: Final = re.compile(rb"[eEpP][+-]")


def keccak(data: bytes) -> bytes:
    """Keccak-256 as Ethereum has it."""
    digest: bytes = keccak_256(data).digest()
    return digest


def is_text(blob: bytes) -> bool:
    """Whether a blob has lines at all."""
    return len(blob) <= MAX_BLOB and b"\0" not in blob[:_BINARY_WITHIN]


def normal_forms(raws: Sequence[bytes]) -> Iterator[tuple[bytes, bytes, list[bytes]]]:
    """Of each raw line that has a normal form: itself, its key and its side pieces."""
    if not raws:
        return
    bare = _NUMBER.sub(b"0", _without_comments(raws))
    normal = bare.translate(_QUOTES, _WHITE).split(b"\n")
    two_words = _TWO_WORDS.search
    for raw, line, text in zip(raws, bare.split(b"\n"), normal, strict=True):
        if len(text) < _MIN_KEY or two_words(line) is None:
            continue
        if b"," not in text:
            key = text.strip(_ENDS)
            if len(key) >= _MIN_KEY:
                yield raw, key, []
            continue
        pieces = [piece.strip(_ENDS) for piece in text.split(b",")]
        key = max(pieces, key=len)
        if len(key) >= _MIN_KEY:
            yield raw, key, [piece for piece in pieces if len(piece) >= _MIN_KEY and piece != key]


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
    for _, key, _ in normal_forms([text]):
        return keccak(key)
    return None


def renamed(
    come: set[bytes], gone: set[bytes], exact: Callable[[], tuple[set[bytes], set[bytes]]] | None = None
) -> set[bytes]:
    """Those of the lines that came which are lines that went, but for a word that was replaced in three or more.

    ``come`` and ``gone`` may hold lines too many if ``exact`` tells, when it comes to that, which ones they really are.
    """
    if len(come) < _MIN_CHANGES or len(gone) < _MIN_CHANGES:
        return set()
    # Most changes have no three lines whose punctuation is that of lines that went: that is the whole work for them.
    come_marks, gone_marks = _marks(come), _marks(gone)
    shared = set(come_marks).intersection(gone_marks)
    come_lines = [raw for mark, raw in zip(come_marks, come, strict=True) if mark in shared]
    if len(come_lines) < _MIN_CHANGES:
        return set()
    gone_lines = [raw for mark, raw in zip(gone_marks, gone, strict=True) if mark in shared]
    holes: dict[bytes, set[bytes]] = defaultdict(set)
    for masked, word, _ in _masked(gone_lines):
        holes[masked].add(word)
    pairs: dict[tuple[bytes, bytes], set[bytes]] = defaultdict(set)
    for masked, new, raw in _masked(come_lines):
        for old in holes.get(masked, ()):
            if old != new:
                pairs[old, new].add(raw)
    found = [raws for raws in pairs.values() if len(raws) >= _MIN_CHANGES]
    if found and exact is not None:
        return renamed(*exact())
    return set().union(*found)


def _marks(raws: Iterable[bytes]) -> list[bytes]:
    """Of each line what its form has besides words, white and numbers, up to where a comment could begin.

    Lines of the same form but for words have the same marks. So comments that other text may follow, and numbers with
    a sign in them, go first.
    """
    text = b"\n".join(raws)
    if b"*/" in text or b"-->" in text or not text.isascii() or _SIGNED.search(text):
        text = _NUMBER.sub(b"0", _without_comments(raws))
    return _TO_END.sub(b"", text.translate(_QUOTES, _NO_MARKS)).split(b"\n")


def _masked(raws: Sequence[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Each line's form with one of its words left out wherever it stands, that word, and the line; for each word."""
    text = _NUMBER.sub(b"0", _without_comments(raws)).translate(_QUOTES)
    for raw, line in zip(raws, text.split(b"\n"), strict=True):
        parts = _NAME.split(line)  # gaps and words by turns
        distinct = set(parts[1::2])
        if len(parts) >= _TWO_NAMES and len(distinct) <= _MAX_WORDS:
            form = b"\n".join(parts).translate(None, _WHITE)
            for word in distinct:
                yield form.replace(b"\n%b\n" % word, b"\n\n"), word, raw
