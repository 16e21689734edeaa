"""What is told to those who watch: every figure against a situation that was made by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ledger.chain.devkeys import dev_account
from ledger.chain.node import Unreachable
from ledger.engine.operations import Operation, Step
from ledger.services.ledger import Ledger, open_local
from ledger.services.monitoring import LedgerCollector, health
from ledger.services.roles import Role
from ledger.store import accounts

PLACE = dev_account(15).address


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_local() as opened:
        opened.sync()
        yield opened


def mint(ledger: Ledger, key: str) -> Operation:
    step = Step(ledger.cash.address, ledger.cash.call_data("mint", PLACE, 1))
    return Operation("test.mint", key, ledger.keys[Role.ADMINISTRATOR], (step,), through=ledger.deployment.operator)


def scraped(ledger: Ledger) -> dict[tuple[str, ...], float]:
    """Values by name and labels, as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(LedgerCollector(ledger))
    text = generate_latest(registry).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_waits_is_counted_and_is_done_with_when_it_is_done(ledger: Ledger) -> None:
    actor, before = ledger.keys[Role.ADMINISTRATOR], scraped(ledger)
    ledger.sender.accept([mint(ledger, f"mint/{number}") for number in range(3)])
    waiting = scraped(ledger)
    assert waiting["crt_operations_accepted",] == before["crt_operations_accepted",] + 3
    while ledger.sender.work():
        pass
    done = scraped(ledger)
    assert waiting["crt_operations", actor, "waiting"] - done["crt_operations", actor, "waiting"] == 3
    assert done["crt_account_oldest_seconds", actor] == 0 <= waiting["crt_account_oldest_seconds", actor]
    assert done["crt_account_open_transactions", actor] == 0
    assert done["crt_node_block",] == ledger.node.block_number() > waiting["crt_node_block",]
    blocks = done["crt_node_block",] - waiting["crt_node_block",]
    assert done["crt_index_behind_blocks",] - waiting["crt_index_behind_blocks",] == blocks
    ledger.sync()
    assert scraped(ledger)["crt_index_behind_blocks",] == 0
    assert done["crt_account_coins_wei", actor] == float(ledger.node.balance(actor))


def test_an_account_that_stands_still_is_said_by_figure_and_by_health(ledger: Ledger) -> None:
    actor = ledger.keys[Role.ADMINISTRATOR]
    ledger.sender.submit(mint(ledger, "mint"))
    ledger.sync()
    assert health(ledger).is_ready and scraped(ledger)["crt_account_halted", actor] == 0
    with ledger.database.write() as connection:
        accounts.halt(connection, actor, "something unknown was sent")
    assert scraped(ledger)["crt_account_halted", actor] == 1
    found = health(ledger)
    assert not found.is_ready
    assert found.parts == {
        "database": "ok",
        "node": "ok",
        "index": "ok",
        "accounts": f"{actor}: something unknown was sent",
    }


def test_an_index_that_is_far_behind_is_not_ready(ledger: Ledger) -> None:
    assert health(ledger).is_ready
    ledger.node.mine(11)  # type: ignore[attr-defined] - a local chain
    assert health(ledger).parts["index"] == "11 blocks behind"


def test_a_node_that_does_not_answer_is_said_and_scraping_goes_on(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise Unreachable("no answer from the node")

    monkeypatch.setattr(ledger.node, "block", gone)
    assert scraped(ledger) == {("crt_up",): 0}
    found = health(ledger)
    assert (found.parts["database"], found.parts["node"]) == ("ok", "no answer from the node")


def test_a_database_that_does_not_answer_is_said(ledger: Ledger) -> None:
    with ledger.database.write() as connection:
        connection.exec_driver_sql("alter table operation rename to elsewhere")
    assert scraped(ledger) == {("crt_up",): 0}
    assert health(ledger).parts["database"].startswith("does not answer")
