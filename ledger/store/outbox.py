"""The feed of events: messages numbered from 1 on, without gaps, for whoever follows what happens.

Each event of the index is *added* by one message; if its block goes, another message has it *reverted*, the newest
first. Both are stored in the database transaction that changes the index.

A reader never skips a message. Numbers are not drawn from a sequence, of which a later one may be seen before an
earlier one: they are counted on from the last one by who has locked the index until that transaction ends. So the next
number is only given when all before it can be read, and a reader that has seen one has seen all before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from ledger.store.index_tables import blocks, contracts, events
from ledger.store.outbox_tables import gone_events, outbox

__all__ = ["Added", "Message", "Reset", "Reverted", "added", "end", "messages", "reverted"]

_TOGETHER = 1_000  # events in one row, about: what a reader has to step over to begin in the middle


@dataclass(frozen=True, slots=True)
class Added:
    """An event was added: ``event`` is its row. ``kind`` of its contract, if the index found that by itself."""

    seq: int
    kind: str | None
    block_hash: bytes
    timestamp: int
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reverted(Added):
    """An event was taken back that the message ``reverts`` had added."""

    reverts: int


@dataclass(frozen=True, slots=True)
class Reset:
    """What was added behind ``after``, and not reverted, is void: what holds of it is added again."""

    seq: int
    after: int


Message = Added | Reset


def added(connection: Connection, first: int, last: int) -> None:
    """The events of these blocks are in the index now, in this transaction.

    What the feed has of them already stays as it is, so that an index that is made again from the chain says nothing
    twice. If the index has something else there, the feed is reset to before.
    """
    known = select(outbox).where(outbox.c.state == "added", outbox.c.to_block >= first).order_by(outbox.c.first)
    for row in connection.execute(known).all():
        if _count(connection, first, min(row.from_block - 1, last)):
            _reset(connection, row)
            break
        if row.to_block > last:
            return
        first = row.from_block
        if not _is_there(connection, row):
            _reset(connection, row)
            break
        first = row.to_block + 1
    _append(connection, first, last)


def reverted(connection: Connection, above: int) -> None:
    """The events of blocks above a number are about to leave the index, in this transaction."""
    going = select(outbox).where(outbox.c.state == "added", outbox.c.to_block > above)
    rows = connection.execute(going.order_by(outbox.c.first.desc())).all()
    unknown = [row for row in rows if not _is_there(connection, row)]
    if unknown:
        # The index is being made again, and has not come so far.
        _reset(connection, unknown[-1])
        _append(connection, unknown[-1].from_block, above)
        rows = [row for row in rows if row.first < unknown[-1].first]
    start = number = end(connection) + 1
    for row in rows:
        gone = [one._mapping for one in connection.execute(_events(max(row.from_block, above + 1), row.to_block))]
        stays = row.length - len(gone)
        values = [
            {**one, "seq": row.first + stays + place, "reverted": number + len(gone) - 1 - place}
            for place, one in enumerate(gone)
        ]
        connection.execute(gone_events.insert(), values)
        _split(connection, row, stays, above)
        number += len(gone)
    if rows:
        connection.execute(outbox.insert().values(first=start, length=number - start, state="reverted"))


def end(connection: Connection) -> int:
    """The number of the newest message; 0 if there is none."""
    last = select(outbox.c.first + outbox.c.length - 1).order_by(outbox.c.first.desc()).limit(1)
    return connection.execute(last).scalar_one_or_none() or 0


def messages(connection: Connection, after: int, limit: int) -> list[Message]:
    """At most so many messages that come after a number, in their order; void ones are left out. While the index is
    being made again, they end where it does."""
    found: list[Message] = []
    told = outbox.c.state != "void"
    begins = select(func.max(outbox.c.first)).where(told, outbox.c.first <= after + 1).scalar_subquery()
    asked = select(outbox).where(told, outbox.c.first >= func.coalesce(begins, 0)).order_by(outbox.c.first)
    for row in connection.execute(asked.limit(limit + 1)).all():
        skip = max(after + 1 - row.first, 0)
        count = min(row.length - skip, limit - len(found))
        if count > 0:
            read = list(_read(connection, row, skip, count))
            if len(read) < count:
                break
            found += read
    return found


def _append(connection: Connection, first: int, last: int) -> None:
    """Add the events of these blocks."""
    there = select(events.c.block_number, func.count()).where(events.c.block_number.between(first, last))
    by_block = connection.execute(there.group_by(events.c.block_number).order_by(events.c.block_number))
    number, rows = end(connection) + 1, list[dict[str, Any]]()
    for block, count in by_block:
        if not rows or rows[-1]["length"] >= _TOGETHER:
            rows.append({"first": number, "length": 0, "state": "added", "from_block": block})
        rows[-1]["length"] += count
        rows[-1]["to_block"] = block
        number += count
    for row in rows:
        row["to_hash"] = _hash(connection, row["to_block"])
    if rows:
        connection.execute(outbox.insert(), rows)


def _split(connection: Connection, row: Any, stays: int, above: int) -> None:
    """The messages of a row are gone, but for the first ones."""
    this = update(outbox).where(outbox.c.first == row.first)
    if not stays:
        connection.execute(this.values(state="gone"))
        return
    last = select(func.max(events.c.block_number)).where(events.c.block_number.between(row.from_block, above))
    to_block = connection.execute(last).scalar_one()
    connection.execute(this.values(length=stays, to_block=to_block, to_hash=_hash(connection, to_block)))
    rest = {"first": row.first + stays, "length": row.length - stays, "state": "gone"}
    connection.execute(outbox.insert().values(**rest))


def _reset(connection: Connection, row: Any) -> None:
    """What was added by a row, and since, is void."""
    void = update(outbox).where(outbox.c.state == "added", outbox.c.first >= row.first)
    connection.execute(void.values(state="void"))
    told = {"first": end(connection) + 1, "length": 1, "state": "reset", "after": row.first - 1}
    connection.execute(outbox.insert().values(**told))


def _is_there(connection: Connection, row: Any) -> bool:
    """Whether the index has the events that a row has added."""
    if _count(connection, row.from_block, row.to_block) != row.length:
        return False
    found: bool = _hash(connection, row.to_block) == row.to_hash
    return found


def _count(connection: Connection, first: int, last: int) -> int:
    """How many events these blocks have."""
    there = select(func.count()).where(events.c.block_number.between(first, last))
    return int(connection.execute(there).scalar_one())


def _hash(connection: Connection, block: int) -> bytes | None:
    return connection.execute(select(blocks.c.hash).where(blocks.c.number == block)).scalar_one_or_none()


def _read(connection: Connection, row: Any, skip: int, count: int) -> Iterator[Message]:
    begin = row.first + skip
    if row.state == "reset":
        yield Reset(row.first, row.after)
    elif row.state == "added":
        asked = _events(row.from_block, row.to_block).offset(skip).limit(count)
        for seq, one in enumerate(connection.execute(asked), begin):
            yield Added(seq, *_content(one._mapping))
    elif row.state == "gone":
        gone = select(gone_events).where(gone_events.c.seq.between(begin, begin + count - 1))
        for one in connection.execute(gone.order_by(gone_events.c.seq)):
            yield Added(one.seq, *_content(one._mapping))
    else:
        back = select(gone_events).where(gone_events.c.reverted.between(begin, begin + count - 1))
        for one in connection.execute(back.order_by(gone_events.c.reverted)):
            yield Reverted(one.reverted, *_content(one._mapping), one.seq)


def _events(first: int, last: int) -> Select[Any]:
    """Events of blocks, in their order, with what ``gone_event`` keeps of their block and contract."""
    joined = events.join(blocks, blocks.c.number == events.c.block_number)
    joined = joined.outerjoin(contracts, contracts.c.address == events.c.contract)
    besides = (blocks.c.hash.label("block_hash"), blocks.c.timestamp, contracts.c.kind)
    asked = select(*besides, *events.c).select_from(joined).where(events.c.block_number.between(first, last))
    return asked.order_by(events.c.block_number, events.c.log_index)


_OWN: Sequence[str] = tuple(one.name for one in events.c)


def _content(row: Any) -> tuple[str | None, bytes, int, dict[str, Any]]:
    return row["kind"], row["block_hash"], row["timestamp"], {name: row[name] for name in _OWN}
