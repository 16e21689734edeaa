"""Findings, why they are no fault, and the tables of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Explanations", "Finding", "Place", "Reason", "read", "summary", "table", "wrong"]

SEVERITIES = ("High", "Medium", "Low", "Informational", "Optimization")


@dataclass(frozen=True)
class Finding:
    """What slither says of one place: ``code`` are the expressions that it names there, ``text`` is all of it."""

    check: str
    impact: str
    confidence: str
    text: str
    file: str
    line: int
    contract: str
    function: str
    name: str
    code: tuple[str, ...]

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Finding | None:
        """None if nothing of it is in `src`: packages are not ours to explain."""
        ours = [one for one in raw["elements"] if one["source_mapping"]["filename_relative"].startswith("src/")]
        if not ours:
            return None
        first = ours[0]
        around = {one["type"]: one for one in _around(first)}
        return cls(
            check=raw["check"],
            impact=raw["impact"],
            confidence=raw["confidence"],
            text=raw["description"].strip(),
            file=first["source_mapping"]["filename_relative"],
            line=min(first["source_mapping"]["lines"], default=0),
            contract=around["contract"]["name"] if "contract" in around else "",
            function=around["function"]["name"] if "function" in around else "",
            name=first["name"] or "",
            code=tuple(sorted({one["name"] for one in ours if one["type"] == "node" and one["name"]})),
        )

    @property
    def where(self) -> str:
        names = dict.fromkeys((self.contract, self.function, self.name))
        return ".".join(name for name in names if name) if self.contract else self.file


def _around(element: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield element
    parent = element.get("type_specific_fields", {}).get("parent")
    if parent:
        yield from _around(parent)


def read(raw: Iterable[dict[str, Any]]) -> list[Finding]:
    """What concerns `src`, worst first."""
    found = [finding for one in raw if (finding := Finding.of(one))]
    return sorted(found, key=lambda one: (SEVERITIES.index(one.impact), one.check, one.file, one.line, one.text))


@dataclass(frozen=True)
class Place:
    """Fits a finding that has all that it names. ``code`` is all the code of a finding, so that one with more to it
    has to be looked at anew."""

    named: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, given: dict[str, Any]) -> Place:
        known = {"file": str, "contract": str, "function": str, "name": str, "code": list}
        bad = [key for key, value in given.items() if not isinstance(value, known.get(key, ()))]
        if bad:
            raise ValueError(f"a place has {', '.join(known)}; not so: {', '.join(bad)} of {given}")
        return cls(tuple((key, tuple(sorted(value)) if key == "code" else value) for key, value in given.items()))

    def fits(self, finding: Finding) -> bool:
        return all(getattr(finding, key) == value for key, value in self.named)


@dataclass(frozen=True)
class Reason:
    """Why findings of one detector are no fault, in these places or, without any, everywhere."""

    check: str
    why: str
    places: tuple[Place, ...]

    @classmethod
    def of(cls, given: dict[str, Any]) -> Reason:
        if not given.get("check") or not given.get("why") or given.keys() - {"check", "why", "where"}:
            raise ValueError(f"an explanation has a check, says why, and may say where: {given}")
        return cls(given["check"], given["why"], tuple(Place.of(one) for one in given.get("where", [{}])))

    def fits(self, finding: Finding) -> bool:
        return finding.check == self.check and any(place.fits(finding) for place in self.places)


class Explanations:
    """Of findings, and of what slither could not read: each `[[unread]]` has a `function` and says why."""

    def __init__(self, findings: list[dict[str, Any]], unread: list[dict[str, Any]]) -> None:
        self.reasons = [Reason.of(one) for one in findings]
        self.unread: dict[str, str] = {}
        for one in unread:
            if not one.get("function") or not one.get("why"):
                raise ValueError(f"what is unread has a function, and says why: {one}")
            self.unread[one["function"]] = one["why"]

    @classmethod
    def load(cls, file: Path) -> Explanations:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
        return cls(given.get("finding", []), given.get("unread", []))

    def reason(self, finding: Finding) -> Reason | None:
        """The first that fits; None if nobody says."""
        return next((one for one in self.reasons if one.fits(finding)), None)

    def idle(self, findings: list[Finding]) -> list[str]:
        """Places that no finding is in."""
        return [
            f"{reason.check} {dict(place.named)}"
            for reason in self.reasons
            for place in reason.places
            if not any(one.check == reason.check and place.fits(one) for one in findings)
        ]


def wrong(findings: list[Finding], unread: list[str], explanations: Explanations) -> list[str]:
    """Findings and unread functions that nobody explains, each whole, and explanations of what is not there."""
    return [
        *(
            f"nobody says why this is no fault: {one.check} ({one.impact}), {one.file}:{one.line}, {one.where}\n"
            f"{one.text}"
            for one in findings
            if not explanations.reason(one)
        ),
        *(f"slither can't read it, and nobody says why: {one}" for one in unread if one not in explanations.unread),
        *(f"explains no finding: {one}" for one in explanations.idle(findings)),
        *(f"slither reads it: {one}" for one in explanations.unread if one not in unread),
    ]


def summary(findings: list[Finding], unread: list[str], explanations: Explanations) -> str:
    """One line a detector: how much it found, and how much of it is explained."""
    rows = [("detector", "severity", "findings", "how explained")]
    for check in dict.fromkeys(one.check for one in findings):
        some = [one for one in findings if one.check == check]
        reasons = [explanations.reason(one) for one in some]
        told = len({one.why for one in reasons if one})
        how = f"{told} {'reason' if told == 1 else 'reasons'}"
        open_ = reasons.count(None)
        rows.append((check, some[0].impact, str(len(some)), f"{how}, {open_} not" if open_ else how))
    rows.append(("(unread)", "", str(len(unread)), f"{sum(one in explanations.unread for one in unread)} explained"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}".rstrip() for row in rows
    )


def table(findings: list[Finding], unread: list[str], explanations: Explanations) -> str:
    """Markdown: one row for each reason, with the places that it is given for."""
    rows = ["| detector | severity, confidence | findings | where | why it is no fault |", "|---|---|---:|---|---|"]
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        reason = explanations.reason(one)
        groups.setdefault((one.check, reason.why if reason else "**?**"), []).append(one)
    for (check, why), some in groups.items():
        where = ", ".join(f"`{name}`" for name in dict.fromkeys(one.where for one in some))
        rows.append(f"| {check} | {some[0].impact}, {some[0].confidence} | {len(some)} | {where} | {_cell(why)} |")
    if unread:
        rows += ["", "| not read | why |", "|---|---|"]
        rows += [f"| `{one}` | {_cell(explanations.unread.get(one, '**?**'))} |" for one in unread]
    return "\n".join(rows)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
