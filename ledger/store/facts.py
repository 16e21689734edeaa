"""What contracts have answered that never changes, so that they are asked once.

An answer is kept with the hash of the block that the contract is from: if that goes, it is asked for again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, select

from ledger.store.index_tables import blocks
from ledger.store.sql import insert_new
from ledger.store.tables import facts

__all__ = ["block_hash", "keep", "known"]


def block_hash(connection: Connection, number: int | None) -> bytes | None:
    """The hash of a block that the index keeps, of the first one by default; None if it keeps none."""
    asked = select(blocks.c.hash).order_by(blocks.c.number).limit(1)
    found = connection.execute(asked if number is None else asked.where(blocks.c.number == number)).scalar_one_or_none()
    return None if found is None else bytes(found)


def known(connection: Connection, contract: str, since: bytes) -> dict[str, bytes]:
    """What a contract that is there since a block has answered, by what was asked; nothing if that is not kept."""
    asked = select(facts.c.answers).where(facts.c.contract == contract, facts.c.since == since)
    found = connection.execute(asked).scalar_one_or_none()
    return {} if found is None else {call: bytes.fromhex(answer) for call, answer in json.loads(found).items()}


def keep(connection: Connection, contract: str, since: bytes, answers: Mapping[str, bytes]) -> None:
    """Keep it, unless somebody else did meanwhile."""
    text = json.dumps({call: answer.hex() for call, answer in answers.items()})
    insert_new(connection, facts, [{"contract": contract, "since": since, "answers": text}])
