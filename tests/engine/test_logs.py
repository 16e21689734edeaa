"""What the engine logs: what somebody has to know, and nothing secret."""

from __future__ import annotations

import json
import logging

import pytest

from ledger.cli.logs import set_up
from ledger.errors import ChainError
from ledger.store.database import Database
from tests.engine.pool import Pool
from tests.engine.stage import ALICE, Stage, sender_of


def test_what_happens_to_a_transaction_is_told_without_its_bytes(
    pool: Pool, stage: Stage, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger("ledger").level
    set_up("json", "debug")
    try:
        pool.auto, sender = False, sender_of(database, pool, patience=0.05)
        sender.accept([stage.mint("slow")])
        while len(set(pool.sent)) < 2:
            sender.work()
        pool.auto = True
        sender.submit(stage.mint("slow"))
        pool.reorganise(1, keep=False)
        for _ in range(5):
            sender.work()
        pool.auto, sender._timeout = False, 0.02
        with pytest.raises(ChainError):
            sender.submit(stage.mint("overtaken"))
        pool.pool.clear()
        with Database() as other:
            sender_of(other, pool.node).submit(stage.mint("somebody else's"))
        pool.auto, sender._timeout = True, 30.0
        sender.submit(stage.mint("overtaken"))
    finally:
        logging.getLogger().handlers, level = before
        logging.getLogger("ledger").setLevel(level)
    text = capsys.readouterr().err
    logs = [json.loads(line) for line in text.splitlines()]
    said = {log["message"] for log in logs}
    assert "a transaction is sent with higher fees" in said
    assert "blocks with transactions of the account are gone: they are sent again" in said
    assert "the account is halted: the chain has transactions that are not known here" in said
    assert "the account goes on" in said
    assert {log["account"] for log in logs if "account" in log} == {ALICE.address}
    assert ALICE.secret().hex() not in text
    assert not [raw for raw in pool.sent if raw.hex() in text]
