"""Which paths earn nothing: the programme's patterns, and the repository's own ``.gitattributes``, which may only add.

Patterns are gitignore's. Paths are bytes to git; what is not UTF-8 in them is kept apart by surrogates.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from pathspec import GitIgnoreSpec

from ledger.attribution.rule import MAX_LINE
from ledger.errors import InputError

__all__ = ["ATTRIBUTES", "Excluded", "Patterns"]

ATTRIBUTES: Final = b".gitattributes"
_LABELS: Final = (b"linguist-vendored", b"linguist-generated")


class Patterns:
    """A list of gitignore patterns, without negation: what one of them matches, it contains."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Raises InputError for a pattern that can't be read, or would say something else than it seems to."""
        for pattern in patterns:
            if pattern != pattern.strip() or not pattern or pattern.startswith(("!", "#")):
                raise InputError(
                    "a path pattern can't be read",
                    expected="a pattern as in .gitignore, without `!`, `#` or white space around it",
                    found=repr(pattern),
                )
        try:
            self._spec = GitIgnoreSpec.from_lines(patterns)
        except (ValueError, re.error) as error:
            raise InputError(
                "a path pattern can't be read", expected="patterns as in .gitignore", found=str(error)
            ) from error

    def __contains__(self, path: bytes) -> bool:
        return self._spec.match_file(_text(path))


class Excluded:
    """Whether a path was excluded at a position. ``attributes`` are the versions of the file, by position."""

    def __init__(self, policy: Sequence[str], attributes: Sequence[tuple[int, bytes]]) -> None:
        self._policy = Patterns(policy)
        self._by_policy: dict[bytes, bool] = {}
        self._positions = [position for position, _ in attributes]
        self._rules = [_rules(content) for _, content in attributes]

    def __call__(self, path: bytes, position: int) -> bool:
        """The same answer for the same history, whatever comes after ``position``."""
        found = self._by_policy.get(path)
        if found is None:
            found = self._by_policy[path] = path in self._policy
        if found or not self._positions:
            return found
        version = bisect_right(self._positions, position) - 1
        return version >= 0 and any(_holds(rules, path) for rules in self._rules[version])


def _rules(content: bytes) -> tuple[tuple[tuple[Patterns, bool], ...], ...]:
    """For each label its patterns and whether they set it, the last first."""
    found: dict[bytes, list[tuple[Patterns, bool]]] = {label: [] for label in _LABELS}
    for line in content.split(b"\n"):
        words = line.split() if len(line) <= MAX_LINE else []
        if not words or words[0].startswith((b"#", b'"', b"!", b"[attr]")):
            continue
        for word in words[1:]:
            label, _, value = word.lstrip(b"-!").partition(b"=")
            if label in found and (pattern := _pattern(words[0])) is not None:
                found[label].append((pattern, word == label or value == b"true"))
    return tuple(tuple(reversed(rules)) for rules in found.values() if rules)


@lru_cache(maxsize=4096)
def _pattern(pattern: bytes) -> Patterns | None:
    """None for what is no pattern: it matches nothing, and must not make a history unreadable for good."""
    try:
        return Patterns([_text(pattern)])
    except InputError:
        return None


def _holds(rules: tuple[tuple[Patterns, bool], ...], path: bytes) -> bool:
    return next((sets for pattern, sets in rules if path in pattern), False)


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
