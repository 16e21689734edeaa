"""What entries of a log are worth in a programme. Section 8 of ``docs/attribution.md``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.attribution.exclude import Patterns
from ledger.attribution.logfile import Landing, LogFile, Record
from ledger.attribution.policy import Policy

__all__ = ["Scored", "score"]

_FULL = 1_000


@dataclass(frozen=True, slots=True)
class Scored:
    """An entry and its points, thousandths of a line; ``why_not`` says why there are none."""

    record: Record
    points: int
    why_not: str = ""


def score(log: LogFile, policy: Policy) -> Iterator[Scored]:
    """Every entry with its points, in the order of the log."""
    bots = _bots(log, policy)
    people = log.people()
    ids = {contributor: people[address] for contributor, address in log.contributors().items()}
    weights = [(Patterns([weight.pattern]), weight.thousandths) for weight in policy.weights]
    weight_of: dict[bytes, int] = {}
    merged: Counter[tuple[bytes, int]] = Counter()
    daily: Counter[tuple[bytes, int]] = Counter()
    landings = log.landings()
    position, landing = next(landings, (0, None))
    for record in log.records():
        while position < record.position:
            position, landing = next(landings)
        assert landing is not None
        contributor = record.contributor
        in_merge, in_day = (contributor, landing.position), (contributor, landing.day)
        if contributor in bots:
            yield Scored(record, 0, "a bot")
        elif policy.merged_by_another and _landed_alone(landing, ids):
            yield Scored(record, 0, "not merged by another")
        elif policy.lines_per_merge is not None and merged[in_merge] >= policy.lines_per_merge:
            yield Scored(record, 0, "over the cap of a merge")
        elif policy.lines_per_day is not None and daily[in_day] >= policy.lines_per_day:
            yield Scored(record, 0, "over the cap of a day")
        else:
            if record.path not in weight_of:
                weight_of[record.path] = next((part for paths, part in weights if record.path in paths), _FULL)
            points = record.share * weight_of[record.path] // _FULL
            if points:
                merged[in_merge] += 1
                daily[in_day] += 1
            yield Scored(record, points, "" if points else "of no weight")


def _bots(log: LogFile, policy: Policy) -> set[bytes]:
    texts = (bot.lower() for bot in policy.bots if not bot.startswith("0x"))
    patterns = [re.compile(re.escape(text).replace(r"\*", ".*"), re.DOTALL) for text in texts]
    named = {bot.lower() for bot in policy.bots if bot.startswith("0x")}
    return {
        contributor
        for contributor, address in log.contributors().items()
        if f"0x{contributor.hex()}" in named
        or any(pattern.fullmatch(address.decode("utf-8", "surrogateescape")) for pattern in patterns)
    }


def _landed_alone(landing: Landing, ids: dict[bytes, int]) -> bool:
    """Whether one of a commit's own authors landed it."""
    if landing.merge:
        return any(author in landing.authors for author in landing.landing_authors)
    return ids.get(landing.committer) in landing.authors
