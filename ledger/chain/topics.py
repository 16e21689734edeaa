"""Filters of logs: by contract, and by topic at each position."""

from __future__ import annotations

from collections.abc import Container, Sequence

from ledger.chain.node import Log, TopicFilter

__all__ = ["choices", "matches", "trim"]


def trim(topics: TopicFilter) -> TopicFilter:
    """The filter without ``None`` at its end."""
    while topics and topics[-1] is None:
        topics = topics[:-1]
    return topics


def choices(topics: TopicFilter) -> list[frozenset[bytes] | None]:
    """The filter as :func:`matches` takes it."""
    return [
        topic if topic is None else frozenset((topic,) if isinstance(topic, bytes) else topic) for topic in trim(topics)
    ]


def matches(log: Log, addresses: Container[str], topics: Sequence[Container[bytes] | None]) -> bool:
    """Whether a log is of one of these contracts, if any are named, and has at each position one of these topics."""
    if addresses and log.address not in addresses:
        return False
    if len(topics) > len(log.topics):
        return False
    return all(choice is None or topic in choice for choice, topic in zip(topics, log.topics, strict=False))
