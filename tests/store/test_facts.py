"""What contracts have answered is kept with the block that they are from."""

from __future__ import annotations

from sqlalchemy import insert

from ledger.store import facts
from ledger.store.database import Database
from ledger.store.index_tables import blocks

SPV = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ONE, OTHER = b"\1" * 32, b"\2" * 32


def test_answers_are_of_a_contract_and_the_block_that_it_is_from(database: Database) -> None:
    with database.write() as connection:
        facts.keep(connection, SPV, ONE, {"call": b"\0answer", "none": b""})
        facts.keep(connection, SPV, ONE, {"call": b"another"})
    with database.read() as connection:
        assert facts.known(connection, SPV, ONE) == {"call": b"\0answer", "none": b""}
        assert facts.known(connection, SPV, OTHER) == {}


def test_blocks_by_number_and_the_first_one(database: Database) -> None:
    with database.write() as connection:
        assert facts.block_hash(connection, None) is None
        rows = [{"number": 7, "hash": OTHER, "timestamp": 2}, {"number": 3, "hash": ONE, "timestamp": 1}]
        connection.execute(insert(blocks), rows)
        found = [facts.block_hash(connection, number) for number in (None, 3, 7, 5)]
    assert found == [ONE, ONE, OTHER, None]
