"""Results, one JSON line each, and the table of them with why survivors are no fault."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import lines
from bench.mutants.operators import Mutant

__all__ = ["Explanations", "Result", "append", "read", "table"]

LEAST = 0.95


@dataclass(frozen=True)
class Result:
    """``status`` is killed, time-out, survived, same bytecode or stillborn; ``text`` is the digest of the source."""

    id: str
    text: str
    before: str
    after: str
    status: str
    by: str
    seconds: float

    @property
    def killed(self) -> bool:
        return self.status in ("killed", "time-out")


def append(file: Path, result: Result) -> None:
    lines.append(file, asdict(result))


def read(file: Path, wanted: Iterable[Mutant], digests: dict[str, str]) -> dict[str, Result]:
    """The last result of each mutant whose source is still the same."""
    known = {one.id: one for one in wanted}
    found = {}
    for record in lines.read(file):
        try:
            result = Result(**record)
        except TypeError:
            continue
        mutant = known.get(result.id)
        same = mutant and (result.before, result.after) == (mutant.before, mutant.after)
        if mutant and same and result.text == digests[mutant.file]:
            found[result.id] = result
    return found


class Explanations:
    """Why survivors are no fault: each names a mutant by `id`, or by `file`, `before` and `after`, and `code`, the line
    it is in, where these are not enough. Line numbers move, so that an `id` is for those that have no other name."""

    def __init__(self, given: list[dict[str, Any]]) -> None:
        self._given = given
        for one in given:
            if not one.get("why") or not ("id" in one or {"file", "before", "after"} <= one.keys()):
                raise ValueError(f"a survivor's explanation has an id, or file, before and after, and says why: {one}")

    @classmethod
    def load(cls, file: Path) -> Explanations:
        return cls(tomllib.loads(file.read_text(encoding="utf-8")).get("survivor", []) if file.exists() else [])

    def why(self, mutant: Mutant, code: str) -> str | None:
        """None if nobody says."""
        told = {"id": mutant.id, "file": mutant.file, "before": mutant.before, "after": mutant.after, "code": code}
        for one in self._given:
            if all(told[key] == value for key, value in one.items() if key != "why"):
                return str(one["why"])
        return None

    def idle(self, mutants: Iterable[tuple[Mutant, str]]) -> list[dict[str, Any]]:
        """Those that explain none of these."""
        survivors = list(mutants)
        return [one for one in self._given if not any(Explanations([one]).why(*each) for each in survivors)]


def table(
    mutants: list[Mutant], results: dict[str, Result], texts: dict[str, str], explanations: Explanations
) -> tuple[str, list[str]]:
    """Markdown, and what is wrong: survivors that nobody explains, sources with too few killed, what was not run."""
    by_file: dict[str, list[Mutant]] = defaultdict(list)
    for one in mutants:
        by_file[one.file].append(one)
    rows = [
        "| source | mutants | killed | timed out | same bytecode | not compiled | survivors | killed, of what counts |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    wrong: list[str] = []
    survivors: list[tuple[Mutant, str]] = []
    for file, some in by_file.items():
        count = Counter(results[one.id].status if one.id in results else "not run" for one in some)
        killed = count["killed"] + count["time-out"]
        share = killed / (killed + count["survived"]) if killed + count["survived"] else 1
        rows.append(
            f"| `{file}` | {len(some)} | {killed} | {count['time-out']} | {count['same bytecode']} "
            f"| {count['stillborn']} | {count['survived']} | {share:.1%} |"
        )
        if share < LEAST:
            wrong.append(f"{file}: {share:.1%} are killed, less than {LEAST:.0%}")
        if count["not run"]:
            wrong.append(f"{file}: {count['not run']} were not run")
        source = texts[file].split("\n")
        survivors += [
            (one, source[one.line - 1].strip())
            for one in some
            if one.id in results and results[one.id].status == "survived"
        ]
    rows += ["", *_survivors(survivors, explanations)]
    wrong += [f"{one.id}: nobody says why it survives" for one, code in survivors if not explanations.why(one, code)]
    wrong += [f"explains no survivor: {one}" for one in explanations.idle(survivors)]
    return "\n".join(rows), wrong


def _survivors(survivors: list[tuple[Mutant, str]], explanations: Explanations) -> Iterator[str]:
    if survivors:
        yield from ("| survivor | in | before | after | why |", "|---|---|---|---|---|")
    for one, code in survivors:
        cells = [_code(code), _code(one.before), _code(one.after)]
        yield f"| {one.file}:{one.line} | {' | '.join(cells)} | {explanations.why(one, code) or '**?**'} |"


def _code(text: str) -> str:
    short = " ".join(text.split()).replace("|", "\\|")
    return f"`{short}`" if short else "(nothing)"
