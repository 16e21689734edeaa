"""What is told to those who watch: every figure against a situation that was made by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ledger.chain.devkeys import dev_account
from ledger.chain.node import Unreachable
from ledger.chain.signing import Transaction
from ledger.engine.operations import Operation, Step
from ledger.services import monitoring, webhooks
from ledger.services.acknowledging import acknowledge
from ledger.services.jobs import Job
from ledger.services.ledger import Ledger, open_local
from ledger.services.metrics import LedgerCollector
from ledger.services.monitoring import Health, Monitor
from ledger.services.roles import Role
from ledger.store import accounts
from ledger.store import webhooks as stored_webhooks

PLACE = dev_account(15).address


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_local() as opened:
        opened.sync()
        yield opened


def mint(ledger: Ledger, key: str) -> Operation:
    step = Step(ledger.cash.address, ledger.cash.call_data("mint", PLACE, 1))
    return Operation("test.mint", key, ledger.keys[Role.ADMINISTRATOR], (step,), through=ledger.deployment.operator)


def health(ledger: Ledger, *jobs: Job) -> Health:
    return Monitor(ledger, jobs).health()


def scraped(ledger: Ledger, *jobs: Job) -> dict[tuple[str, ...], float]:
    """Values by name and labels, as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(LedgerCollector(Monitor(ledger, jobs)))
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
        "jobs": "ok",
    }


def test_an_index_that_is_far_behind_is_not_ready(ledger: Ledger) -> None:
    assert health(ledger).is_ready
    ledger.node.mine(11)  # type: ignore[attr-defined] - a local chain
    assert health(ledger).parts["index"] == "11 blocks behind"


def up(found: dict[tuple[str, ...], float]) -> tuple[float, float, float]:
    """All, the database, the node."""
    return found["crt_up",], found["crt_database_up",], found["crt_node_up",]


def test_a_node_that_does_not_answer_is_said_and_scraping_goes_on(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise Unreachable("no answer from the node")

    before = scraped(ledger)
    monkeypatch.setattr(ledger.node, "block", gone)
    found = scraped(ledger)
    assert up(before) == (1, 1, 1) and up(found) == (0, 1, 0)
    assert found["crt_operations_accepted",] == before["crt_operations_accepted",] > 0
    assert ("crt_node_block",) not in found and ("crt_index_behind_blocks",) not in found
    parts = health(ledger).parts
    assert (parts["database"], parts["node"], parts["index"]) == ("ok", "no answer from the node", "not known")


def test_a_database_that_does_not_answer_is_said(ledger: Ledger) -> None:
    with ledger.database.write() as connection:
        connection.exec_driver_sql("alter table operation rename to elsewhere")
    found = scraped(ledger)
    assert up(found) == (0, 0, 1) and found["crt_node_block",] == ledger.node.block_number()
    assert not [key for key in found if key[0] == "crt_operations"]
    parts = health(ledger).parts
    assert parts["database"].startswith("does not answer") and parts["node"] == "ok"
    assert parts["index"] == parts["accounts"] == "not known"


@pytest.mark.parametrize(("what", "expected"), [("node", (0, 1, 0)), ("database", (0, 0, 1))])
def test_who_never_answers_is_asked_once_and_not_waited_for(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, what: str, expected: tuple[float, float, float]
) -> None:
    monkeypatch.setattr(monitoring, "_PATIENCE", 0.3)
    answers, asked = threading.Event(), list[int]()
    name = "block" if what == "node" else "now"
    answer = getattr(getattr(ledger, what), name)

    def later(*args: Any) -> Any:
        asked.append(1)
        assert answers.wait(60)
        return answer(*args)

    monkeypatch.setattr(getattr(ledger, what), name, later)
    registry, monitor = CollectorRegistry(), Monitor(ledger)
    registry.register(LedgerCollector(monitor))
    for _ in range(2):
        text = generate_latest(registry).decode()
        assert f"\ncrt_database_up {expected[1]:.1f}\n" in text and f"\ncrt_node_up {expected[2]:.1f}\n" in text
    assert monitor.health().parts[what] == "does not answer within 0.3 s" and len(asked) == 1
    answers.set()
    while not monitor.health().is_ready:
        pass
    assert "\ncrt_up 1.0\n" in generate_latest(registry).decode()


def test_whose_key_this_process_has_is_told(ledger: Ledger) -> None:
    ledger.sender.submit(mint(ledger, "mint"))
    actor, other = ledger.keys[Role.ADMINISTRATOR], ledger.keys[Role.SERVICER]
    step = Step(ledger.cash.address, ledger.cash.call_data("transfer", PLACE, 0))
    ledger.sender.accept([Operation("test", "theirs", PLACE, (step,))])
    found = scraped(ledger)
    assert found["crt_account_key", actor] == found["crt_account_key", other] == 1
    assert found["crt_account_key", PLACE] == 0 and found["crt_operations", PLACE, "waiting"] == 1


def test_what_was_made_elsewhere_is_counted_until_somebody_knows_of_it(ledger: Ledger) -> None:
    account = ledger.keyring[ledger.keys[Role.ADMINISTRATOR]]
    ledger.sender.submit(mint(ledger, "mint"))
    assert scraped(ledger)["crt_account_unknown_transactions", account.address] == 0
    fees, nonce = ledger.node.fees(), ledger.node.nonce(account.address)
    given = (ledger.node.chain_id(), nonce, fees.priority_fee, fees.max_fee(), 100_000, PLACE, 0, b"")
    ledger.node.send_raw(account.sign_transaction(Transaction(*given)).raw)
    ledger.sender._look_at = 0.0  # the next look at idle accounts is due
    while ledger.sender.work():
        pass
    assert scraped(ledger)["crt_account_unknown_transactions", account.address] == 1
    acknowledge(ledger.database, account.address, nonce, "a test")
    assert scraped(ledger)["crt_account_unknown_transactions", account.address] == 0


def test_how_old_the_oldest_event_is_that_a_receiver_does_not_have() -> None:
    """Of those that it wants: what the deployment brought is a thousand seconds older."""
    with open_local(start=date(2025, 1, 1)) as ledger:
        since = ledger.node.block().timestamp + 1_000
        for number in range(2):
            ledger.node.set_time(since + number)  # type: ignore[attr-defined] - a local chain
            ledger.sender.submit(mint(ledger, f"mint/{number}"))
        ledger.sync()
        wants, _ = webhooks.add(
            ledger, "http://127.0.0.1:9/", ["OperatorAccount.OperationExecuted"], after=0, local=True
        )
        has_all, _ = webhooks.add(ledger, "http://127.0.0.1:9/", local=True)
        with ledger.database.write() as connection:
            stored_webhooks.failed(connection, wants.id, "500", 0)
            stored_webhooks.failed(connection, wants.id, "500", 0)
        least = time.time() - since
        found = scraped(ledger)
        assert least - 1 <= found["crt_webhook_oldest_seconds", str(wants.id)] <= time.time() - since
        assert found["crt_webhook_oldest_seconds", str(has_all.id)] == 0
        assert found["crt_webhook_failures", str(wants.id)] == 2 and found["crt_webhook_failures", str(has_all.id)] == 0
        assert found["crt_webhook_behind_events", str(has_all.id)] == 0
