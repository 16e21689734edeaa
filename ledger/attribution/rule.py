"""Rule 1: which lines count, and what makes two lines the same. Sections 3 to 5 of ``docs/attribution.md``.

Everything works on many raw lines at once, joined by newlines, because a regular expression costs less over one long
text than over a thousand short ones. So `\\s` is spelled out without the newline here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
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

_COMMENT: Final = re.compile(
    rb"""(?m)(?:^|(?<=\s))\#(?![\[!]|[ \t\r\f\v]*
            (?:include|define|undef|if|ifdef|ifndef|elif|else|endif|pragma|error|import)\b).*
        |(?<!:)//.*
        |/\*.*?(?:\*/|$)
        |<!--.*?(?:-->|$)
        |(?:^|(?<=\s))--(?=\s|$).*
        |^[ \t\r\f\v]*\*(?:[ \t\r\f\v*/].*|$)""",
    re.VERBOSE,
)
_ANY_WORD: Final = rb"(?:[A-Za-z_][A-Za-z0-9_]*+|[\x80-\xff]{3})"
_TWO_WORDS: Final = re.compile(_ANY_WORD + rb".*?" + _ANY_WORD)
_NUMBER: Final = re.compile(rb"0[xX][0-9a-fA-F_]+|[0-9][0-9_.]*")
_NAME: Final = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)")
_WHITE: Final = b" \t\r\f\v"
_QUOTES: Final = bytes.maketrans(b"'`", b'""')
_ENDS: Final = b'(){}[];\\"'


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
    bare = _COMMENT.sub(b"", b"\n".join(raws))
    normal = _NUMBER.sub(b"0", bare).translate(_QUOTES, _WHITE).split(b"\n")
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


def line_hash(text: bytes) -> bytes | None:
    """The hash that stands for a line of source text, or nothing if it has no normal form."""
    for _, key, _ in normal_forms([text]):
        return keccak(key)
    return None


def renamed(
    come: Sequence[bytes],
    gone: Sequence[bytes],
    exact: Callable[[], tuple[Sequence[bytes], Sequence[bytes]]] | None = None,
) -> set[bytes]:
    """Those of the lines that came which are lines that went, but for a word that was replaced in three or more.

    ``come`` and ``gone`` may hold lines too many if ``exact`` tells, when it comes to that, which ones they really are.
    """
    if len(come) < _MIN_CHANGES or len(gone) < _MIN_CHANGES:
        return set()
    come_forms, gone_forms = _forms(come), _forms(gone)
    # Most changes have no two lines of the same frame: that is the whole work for them.
    frames = {frame for frame, _ in gone_forms}
    if sum(frame in frames for frame, _ in come_forms) < _MIN_CHANGES:
        return set()
    holes: dict[tuple[bytes, ...], set[bytes]] = defaultdict(set)
    for masked, word in _masked(gone_forms):
        holes[masked].add(word)
    pairs: dict[tuple[bytes, bytes], set[bytes]] = defaultdict(set)
    for (frame, form), raw in zip(come_forms, come, strict=True):
        if frame in frames:
            for masked, new in _masked([(frame, form)]):
                for old in holes.get(masked, ()):
                    if old != new:
                        pairs[old, new].add(raw)
    found = [raws for raws in pairs.values() if len(raws) >= _MIN_CHANGES]
    if found and exact is not None:
        return renamed(*exact())
    return set().union(*found)


def _forms(raws: Sequence[bytes]) -> list[tuple[bytes, tuple[bytes, ...]]]:
    """Of each line its frame (gaps only) and its form: gap, word, gap, word, ... gap."""
    text = _NUMBER.sub(b"0", _COMMENT.sub(b"", b"\n".join(raws))).translate(_QUOTES)
    found = []
    for line in text.split(b"\n"):
        parts = _NAME.split(line)
        parts[::2] = [gap.translate(None, _WHITE) for gap in parts[::2]]
        found.append((b"\n".join(parts[::2]), tuple(parts)))
    return found


def _masked(forms: Sequence[tuple[bytes, tuple[bytes, ...]]]) -> Iterator[tuple[tuple[bytes, ...], bytes]]:
    """Each form with one of its words left out wherever it stands, and that word."""
    for _, form in forms:
        words = form[1::2]
        distinct = set(words)
        if len(words) >= 2 and len(distinct) <= _MAX_WORDS:
            for word in distinct:
                yield tuple([b"" if part == word and at & 1 else part for at, part in enumerate(form)]), word
