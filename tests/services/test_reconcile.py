"""Nothing differs after what the services did; and whatever is changed behind their back is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.signing import Transaction
from ledger.domain.daycount import date_of
from ledger.engine.operations import Operation, Outcome, Step
from ledger.errors import InputError, Reverted
from ledger.services import cash, collections, distribution, graduation_story, receipts
from ledger.services.acknowledging import acknowledge
from ledger.services.ledger import Ledger, open_local
from ledger.services.reconcile import Report, reconcile
from ledger.services.roles import Role
from ledger.services.series import Series
from ledger.services.story import Story
from ledger.store.database import Database, sqlite_url
from tests.attribution.repos import Repo
from tests.services.small import HOLDERS, active, small_case

BOB = HOLDERS[1].address
KINDS = {
    *(
        "account",
        "balance",
        "block",
        "books",
        "budget",
        "cash",
        "collection",
        "contributor",
        "epoch",
        "event",
        "holder",
    ),
    *("log", "operation", "owed", "receipt", "sender", "series", "spv", "standing", "transaction", "voucher"),
}


def word(number: int) -> bytes:
    """Letters alone tell lines apart: all digits count as one."""
    return bytes(97 + number // 26**place % 26 for place in range(4))


def play_series(ledger: Ledger) -> Series:
    """Moves, a freeze, a destroyed receipt, a distribution."""
    case = small_case()
    series, (one, two, _) = active(ledger, case, 100_000, 60_000, 40_000)
    parts = receipts.split(ledger, one, [30_000, 20_000])
    receipts.transfer(ledger, parts[0], BOB)
    receipts.merge(ledger, [parts[1]], one)
    receipts.freeze(ledger, [two], frozen=True, reason="for a test")
    period = case.periods[0]
    cash.mint(series, ledger.deployment.operator, 160_000)
    series.go_to(case.receivables[0].due)
    collections.collect(series, [(case.receivables[0].id, 160_000)])
    series.go_to(date_of(period.record_day))
    distribution.fix_record(series)
    receipts.transfer_units(ledger, one, parts[0], 5_000)
    series.go_to(date_of(period.payment_day))
    distribution.pay_all(series, distribution.fund(series).epoch)
    return series


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """All kinds of things on one chain, and in one database."""
    repo = Repo(tmp_path_factory.mktemp("repo"))
    repo.chain({"a.py": b"".join(b"def name_%s(argument): return argument\n" % word(one) for one in range(300))})
    with (
        open_local(start=small_case().terms.open_date - timedelta(days=1)) as made,
        pytest.MonkeyPatch.context() as patch,
    ):
        play_series(made)
        patch.setattr(graduation_story, "open_local", lambda: nullcontext(made))
        graduation_story.run_graduation(repo.path)
        yield made


def copied(ledger: Ledger, path: Path, *statements: str) -> Ledger:
    """The same ledger on a copy of its database, in which somebody has changed something behind its back."""
    source = ledger.database.engine.url.database
    assert source is not None
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(path)) as new:
        old.backup(new)
        for (name,) in new.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            new.execute(f"drop trigger {name}")
        for statement in statements:
            assert new.execute(statement).rowcount == 1, statement
        new.commit()
    return replace(ledger, database=Database(sqlite_url(path)))


def kinds(report: Report) -> set[str]:
    return {one.kind for one in report.differences}


def test_there_is_no_difference(ledger: Ledger) -> None:
    report = reconcile(ledger)
    assert report.differences == () and report.surplus == () and report.agree
    assert set(report.compared) == KINDS
    assert report.block_hash == ledger.node.block().hash
    assert report.document()["agree"] is True


def test_there_is_none_after_the_reference_case(crt01_story: Story) -> None:
    report = reconcile(crt01_story.series.ledger)
    assert report.differences == () and report.surplus == ()
    assert report.compared["epoch"] >= 4 and report.compared["operation"] > 50


def test_there_is_none_in_a_database_that_was_made_from_the_chain(ledger: Ledger, url: str) -> None:
    with Database(url) as database:
        report = reconcile(replace(ledger, database=database))
    assert report.differences == ()
    assert set(report.compared) == KINDS - {"operation", "sender", "transaction"}


_NOBODY = f"'0x{'11' * 20}'"
_LAST = "(block_number, log_index) = (select block_number, log_index from {0} order by 1 desc, 2 desc limit 1)"

PLANTED = {
    "owner": (f"update receipt set owner = {_NOBODY} where number = 2", {"receipt", "holder"}),
    "units": ("update receipt set units = units + 1 where number = 3", {"receipt", "series"}),
    "frozen": ("update receipt set frozen = 0 where number = 2", {"receipt"}),
    "lost receipt": ("delete from receipt where number = 3", {"series"}),
    "standing": (f"update standing set classes = 1023 where {_LAST.format('standing')}", {"standing"}),
    "block": ("update block set hash = zeroblob(32) where number = (select min(number) from block)", {"block"}),
    "time": ("update block set timestamp = 7 where number = (select min(number) from block)", {"block"}),
    "event": (f"update event set data = x'00' where {_LAST.format('event')}", {"event"}),
    "lost event": (f"delete from event where {_LAST.format('event')}", {"event"}),
    "another event": (
        "insert into event select block_number, log_index + 1000, tx_hash, contract, topics, data from event limit 1",
        {"event"},
    ),
    "collection": ("update collection set amount = amount - 1", {"collection"}),
    "payment": (f"update payment set amount = amount + 1 where place = 0 and {_LAST.format('payment')}", {"epoch"}),
    "state": (f"update spv_state set state = 4 where {_LAST.format('spv_state')}", {"spv"}),
    "spv": (f"update spv set spv = {_NOBODY}", {"spv"}),
    "root": (f"update batch set root = zeroblob(32) where {_LAST.format('batch')}", {"log"}),
    "size": (f"update batch set size = size + 1 where {_LAST.format('batch')}", {"log"}),
    "maintainer": (f"update repository set maintainer = {_NOBODY}", {"log"}),
    "person": (f"update binding set person = 99 where {_LAST.format('binding')}", {"contributor"}),
    "voucher": (
        f"update voucher_move set units = units + 1 where place = 0 and {_LAST.format('voucher_move')}",
        {"voucher"},
    ),
    "redemption": (f"update redemption set units = units + 1 where {_LAST.format('redemption')}", {"budget"}),
    "operation": (
        "update operation set state = 'refused', done_hash = null, error = '{}' where key = "
        "(select key from operation where state = 'done' and through is not null limit 1)",
        {"operation"},
    ),
    "never done": (
        "update operation set key = 'never' where key = "
        "(select key from operation where state = 'done' and through is not null limit 1)",
        {"operation"},
    ),
    "done elsewhere": (
        "update operation set done_hash = zeroblob(32) where key = "
        "(select key from operation where state = 'done' and through is null limit 1)",
        {"operation"},
    ),
    "done, and refused as if by another key": (
        "update operation set state = 'refused', done_hash = null, error = "
        """'{"reverted": "AlreadyExecuted", "arguments": {"id": 1}, "hint": null}' where key = """
        "(select key from operation where state = 'done' and through is not null limit 1)",
        {"operation"},
    ),
    "done alone, and refused": (
        "update operation set state = 'refused', done_hash = null, error = '{}' where key = "
        "(select key from operation where state = 'done' and through is null limit 1)",
        {"operation"},
    ),
    "wanted by nobody": (
        "update operation set transaction_id = null where transaction_id = (select transaction_id from operation "
        "where state = 'done' and through is null group by transaction_id having count(*) = 1 limit 1)",
        {"transaction"},
    ),
    "executed, and wanted by nobody": (
        "update operation set transaction_id = null where transaction_id = (select transaction_id from operation "
        "where state = 'done' and through is not null group by transaction_id having count(*) = 1 limit 1)",
        {"transaction"},
    ),
    "nonce": (
        "update account set next_nonce = next_nonce + 1 where next_nonce = (select max(next_nonce) from account)",
        {"sender"},
    ),
    "halted": (
        "update account set halted = 'restored' where next_nonce = (select max(next_nonce) from account)",
        {"sender"},
    ),
    "posting": (f"update posting set amount = '{7:078d}' where entry_id = 1 and place = 0", {"balance"}),
    "entry": ("update entry set block_hash = zeroblob(32) where id = 3", {"entry"}),
    "books": (
        f"update book_account set credits = '{10**9:078d}' where name = 'collections'",
        {"account", "balance", "books"},
    ),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_was_changed_is_found(ledger: Ledger, tmp_path: Path, what: str) -> None:
    statement, expected = PLANTED[what]
    other = copied(ledger, tmp_path / "copy", statement)
    with other.database:
        report = reconcile(other)
    assert expected <= kinds(report), report.differences
    assert all(one.expected != one.found and one.where for one in report.differences)


@pytest.mark.parametrize(("name", "kind"), [("provider", "owed"), ("programme", "budget"), ("payable", "account")])
def test_a_balance_that_was_changed_is_found_with_what_it_stands_for(
    ledger: Ledger, tmp_path: Path, name: str, kind: str
) -> None:
    source = ledger.database.engine.url.database
    assert source is not None
    with closing(sqlite3.connect(source)) as connection:
        asked = f"select id, debits from book_account where name like '{name}%' order by id desc limit 1"
        number, debits = connection.execute(asked).fetchone()
    changed = f"update book_account set debits = '{int(debits) + 1:078d}' where id = {number}"
    other = copied(ledger, tmp_path / "copy", changed)
    with other.database:
        report = reconcile(other)
    assert {kind, "balance", "books"} <= kinds(report)


def test_cash_that_somebody_sent_unasked_is_a_surplus(ledger: Ledger) -> None:
    series = Series.load(ledger, 1)
    step = Step(ledger.cash.address, ledger.cash.call_data("mint", series.spv.address, 7))
    ledger.operate(Role.ADMINISTRATOR, "cash.mint", step, key="donation")
    report = reconcile(ledger)
    assert report.agree and len(report.surplus) == 1
    (one,) = report.surplus
    assert int(one.found) - int(one.expected) == 7 and series.spv.address in one.where


def test_cash_that_is_missing_is_a_difference(ledger: Ledger, tmp_path: Path) -> None:
    """The books say more than is there."""
    source = ledger.database.engine.url.database
    assert source is not None
    series = Series.load(ledger, 1)
    of = f"owner = '{series.spv.address}' and name = 'cash'"
    with closing(sqlite3.connect(source)) as connection:
        (debits,) = connection.execute(f"select debits from book_account where {of}").fetchone()
    changed = f"update book_account set debits = '{int(debits) + 1:078d}' where {of}"
    other = copied(ledger, tmp_path / "copy", changed)
    with other.database:
        report = reconcile(other)
    (one,) = [one for one in report.differences if one.kind == "cash"]
    assert int(one.expected) > int(one.found)


def test_a_chain_that_goes_back_meanwhile_is_compared_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    node: Any = ledger.node
    real, seen = node.block, []

    def block(number: Any = "latest") -> Any:
        found = real(number)
        seen.append(number)
        # The first look back at the end finds another block there.
        return replace(found, hash=b"\1" * 32) if seen.count(number) == 2 and number == found.number else found

    monkeypatch.setattr(node, "block", block)
    assert reconcile(ledger).agree


def test_what_was_made_elsewhere_differs_until_somebody_knows_of_it(url: str) -> None:
    """On both databases: a direct transfer with the servicer's key, a refused operation that was done at last."""
    with open_local(database_url=url) as ledger:
        account, nobody = ledger.keyring[ledger.keys[Role.SERVICER]], f"0x{'11' * 20}"
        step = Step(ledger.cash.address, ledger.cash.call_data("transfer", nobody, 0))
        ledger.anyone("test", step, key="ours")
        assert reconcile(ledger).agree
        fees, nonce = ledger.node.fees(), ledger.node.nonce(account.address)
        given = (ledger.node.chain_id(), nonce, fees.priority_fee, fees.max_fee(), 100_000, step.to, 0, step.data)
        theirs = ledger.node.send_raw(account.sign_transaction(Transaction(*given)).raw)
        while ledger.sender.work():
            pass
        ledger.sender._look_at = 0.0  # the next look at idle accounts is due
        while ledger.sender.work():
            pass
        (one,) = reconcile(ledger).differences
        assert one.kind == "transaction" and one.where == f"account {account.address}, nonce {nonce}"
        assert theirs.hex() in one.found and ledger.cash.address in one.found and "crt acknowledge" in one.expected
        for bad in ("", "  ", "a\nb", "x" * 501):
            with pytest.raises(InputError, match="not a reason"):
                acknowledge(ledger.database, account.address, nonce, bad)
        for other in (nonce - 1, nonce + 1):  # an operation wanted the one, and the other is not there
            with pytest.raises(InputError, match="nothing to acknowledge"):
                acknowledge(ledger.database, account.address, other, "why not")
        _, said = acknowledge(ledger.database, account.address.lower(), nonce, " sent by hand ", who="ann")
        assert (said.who, said.why) == ("ann", "sent by hand")
        with pytest.raises(InputError, match="acknowledged already") as again:
            acknowledge(ledger.database, account.address, nonce, "again")
        assert again.value.found == "by ann: sent by hand"
        assert reconcile(ledger).agree


def test_an_operation_that_fails_and_is_asked_for_again_leaves_nothing_unwanted(url: str) -> None:
    """Its first transaction has no operation then, and has done nothing."""
    with open_local(database_url=url) as ledger:
        actor = ledger.keys[Role.ADMINISTRATOR]
        move = Step(ledger.cash.address, ledger.cash.call_data("burn", 7))
        wanted = [
            Operation("test", f"burn/{i}", actor, (move,), through=ledger.deployment.operator, gas=200_000)
            for i in range(2)
        ]
        assert all(isinstance(one, Reverted) for one in ledger.sender.submit_many(wanted))
        step = Step(ledger.cash.address, ledger.cash.call_data("mint", ledger.deployment.operator, 14))
        ledger.operate(Role.ADMINISTRATOR, "cash.mint", step, key="mint")
        allow = (ledger.cash.address, [move.data[:4]], Role.ADMINISTRATOR)
        step = Step(ledger.authority.address, ledger.authority.call_data("setTargetFunctionRole", *allow))
        ledger.act(ledger.keys[Role.ADMIN], "test.allow", step)
        assert all(isinstance(one, Outcome) for one in ledger.sender.submit_many(wanted))
        report = reconcile(ledger)
        assert report.differences == () and report.compared["transaction"] >= 3
