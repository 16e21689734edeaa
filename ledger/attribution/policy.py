"""A programme's policy: what never earns, what is capped, and what counts how much."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.attribution.exclude import Patterns
from ledger.attribution.rule import RULE
from ledger.errors import InputError

__all__ = ["Policy", "Weight"]

_EXCLUDE: Final = (
    ".crt/",  # claim files: see ledger.attribution.identity
    *("vendor/", "third_party/", "third-party/", "node_modules/", "bower_components/", "dist/"),
    *("*.lock", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum"),
    *("*.min.js", "*.min.css", "*.map", "*.svg", "*.ipynb", "*.pb.go", "*_pb2.py", "*_pb2_grpc.py"),
)
_BOTS: Final = ("*[bot]@*",)
_CONTRIBUTOR: Final = re.compile(r"0x[0-9a-fA-F]{64}")
_FULL: Final = 1_000


@dataclass(frozen=True, slots=True)
class Weight:
    """Lines at paths of a pattern (gitignore's) count ``thousandths`` of a line."""

    pattern: str
    thousandths: int


@dataclass(frozen=True, slots=True)
class Policy:
    """``exclude`` shapes the log; all else shapes points only, and may be changed without a new log.

    ``bots`` are patterns of addresses (``*`` is anything) or contributor ids. A cap of None is none.
    """

    exclude: tuple[str, ...] = _EXCLUDE
    bots: tuple[str, ...] = _BOTS
    merged_by_another: bool = False
    lines_per_day: int | None = None
    lines_per_merge: int | None = None
    weights: tuple[Weight, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Policy:
        """Read a policy file (TOML). Raises InputError that names the file and the field."""
        try:
            return cls.parse(path.read_text(encoding="utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("the policy can't be read", file=str(path), found=str(error)) from error

    @classmethod
    def parse(cls, text: str, name: str = "policy") -> Policy:
        """The same from the text of such a file."""
        try:
            found = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError("not a TOML file", file=name, found=str(error)) from error
        reader = _Reader(name, found)
        rule = reader.whole("rule", RULE, RULE)
        if rule != RULE:
            raise reader.wrong("rule", str(RULE), repr(rule))
        policy = cls(
            exclude=reader.patterns("exclude", reader.texts("exclude", _EXCLUDE)),
            bots=reader.texts("bots", _BOTS),
            merged_by_another=reader.flag("merged_by_another"),
            lines_per_day=reader.whole("lines_per_day"),
            lines_per_merge=reader.whole("lines_per_merge"),
            weights=tuple(reader.weights()),
        )
        reader.finish()
        for bot in policy.bots:
            if "*" not in bot and not _CONTRIBUTOR.fullmatch(bot):
                raise reader.wrong("bots", "a pattern with *, or a contributor id: a policy is published", repr(bot))
        return policy


class _Reader:
    def __init__(self, name: str, found: dict[str, Any]) -> None:
        self._name, self._left = name, dict(found)

    def wrong(self, field: str, expected: str, found: str) -> InputError:
        return InputError("the policy is not as expected", file=self._name, field=field, expected=expected, found=found)

    def texts(self, field: str, default: tuple[str, ...]) -> tuple[str, ...]:
        found = self._left.pop(field, list(default))
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.wrong(field, "a list of texts", repr(found))
        return tuple(found)

    def patterns(self, field: str, texts: tuple[str, ...]) -> tuple[str, ...]:
        """The texts, if they are gitignore's patterns."""
        try:
            Patterns(texts)
        except InputError as error:
            raise self.wrong(field, error.expected or "patterns", error.found or repr(texts)) from error
        return texts

    def flag(self, field: str) -> bool:
        found = self._left.pop(field, False)
        if not isinstance(found, bool):
            raise self.wrong(field, "true or false", repr(found))
        return found

    def whole(self, field: str, default: int | None = None, most: int = 2**31 - 1) -> int | None:
        found = self._left.pop(field, default)
        if found is not default and (type(found) is not int or not 0 <= found <= most):
            raise self.wrong(field, f"a whole number from 0 to {most}", repr(found))
        return found

    def weights(self) -> list[Weight]:
        found = self._left.pop("weights", [])
        if not isinstance(found, list):
            raise self.wrong("weights", "tables [[weights]] with path and weight", repr(found))
        weights = []
        for number, item in enumerate(found, 1):
            field = f"weights[{number}]"
            if not isinstance(item, dict) or set(item) != {"path", "weight"} or not isinstance(item["path"], str):
                raise self.wrong(field, "path and weight", repr(item))
            if type(item["weight"]) is not int or not 0 <= item["weight"] <= _FULL:
                raise self.wrong(f"{field}.weight", "thousandths from 0 to 1000", repr(item["weight"]))
            self.patterns(f"{field}.path", (item["path"],))
            weights.append(Weight(item["path"], item["weight"]))
        return weights

    def finish(self) -> None:
        if self._left:
            known = "rule, exclude, bots, merged_by_another, lines_per_day, lines_per_merge, weights"
            raise self.wrong(next(iter(self._left)), f"one of: {known}", "an unknown field")
