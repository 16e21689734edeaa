"""`crt reconcile`, `crt audit` and `crt store` as they are called."""

from __future__ import annotations

import io
import json
import shutil
import signal
import sqlite3
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from ledger.cli import main

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain with a programme, and two commands in its audit log, of which the second failed."""
    folder = tmp_path_factory.mktemp("begun")
    terms = ("--provider", "dev:9", "--unit-value", "5.00", "--points-per-unit", "100000", "--expires", "2099-12-31")
    assert run(folder, "voucher", "open", *terms, "--as", "district")[0] == 0
    assert run(folder, "voucher", "fund", "7", "1.00", "--as", KEY)[0] == 2
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(begun, tmp_path / "chain"))


def said(folder: Path, *args: str) -> tuple[int, str]:
    """`crt` in this process, since starting one takes most of a command's time: exit code and standard output."""
    before, out = signal.getsignal(signal.SIGINT), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(io.StringIO()):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["crt", *args])
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        finally:
            signal.signal(signal.SIGINT, before)
    return int(code or 0), out.getvalue()


def run(folder: Path, *args: str) -> tuple[int, Any]:
    code, text = said(folder, *args, "--json")
    return code, json.loads(text)


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "crt-chain.db.ledger.sqlite")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_every_command_is_in_the_audit_log_and_no_key_is(folder: Path) -> None:
    assert run(folder, "reconcile")[0] == 0
    _, shown = run(folder, "audit", "show")
    found = [(one["command"], one["result"]) for one in shown["records"]]
    assert found[0] == ("crt voucher open", "done") and found[2:] == [("crt reconcile", "done")]
    assert found[1][0] == "crt voucher fund" and found[1][1].startswith("InputError: a private key")
    assert shown["records"][0]["detail"]["accounts"][0].startswith("0x")
    assert KEY.removeprefix("0x") not in json.dumps(shown)
    for path in folder.iterdir():
        assert KEY.removeprefix("0x").encode() not in path.read_bytes()


def test_a_copy_is_checked_without_anything_else(folder: Path, tmp_path: Path) -> None:
    code, exported = run(folder, "audit", "export", "copy.jsonl")
    assert (code, exported["count"]) == (0, 2)
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    copy = empty / "copy.jsonl"
    shutil.copy(folder / "copy.jsonl", copy)
    code, checked = run(empty, "audit", "verify", "copy.jsonl", "--expect", exported["head"])
    assert (code, checked["count"], checked["head"]) == (0, 2, exported["head"])
    assert [path.name for path in empty.iterdir()] == ["copy.jsonl"]

    lines = copy.read_text(encoding="utf-8").splitlines(keepends=True)
    copy.write_text("".join(lines[:1]), encoding="utf-8")
    assert run(empty, "audit", "verify", "copy.jsonl")[0] == 0
    code, told = run(empty, "audit", "verify", "copy.jsonl", "--expect", exported["head"])
    assert code == 2 and "another end" in told["error"]["message"]

    copy.write_text(lines[0] + lines[1].replace("crt voucher fund", "crt voucher find"), encoding="utf-8")
    code, told = run(empty, "audit", "verify", "copy.jsonl")
    assert code == 2 and (told["error"]["file"], told["error"]["line"]) == ("copy.jsonl", 2)
    assert run(empty, "audit", "verify", "none.jsonl")[0] == 2


def test_differences_are_listed_and_are_no_success(folder: Path) -> None:
    assert run(folder, "reconcile")[1]["agree"] is True
    change(folder, "update programme set unit_value = '1', publisher = issuer", "delete from event where log_index = 0")
    code, report = run(folder, "reconcile")
    assert code == 7 and report["agree"] is False
    assert {one["kind"] for one in report["differences"]} == {"event"}
    code, plain = said(folder, "reconcile")
    assert code == 7 and "  chain  0x" in plain and f"{len(report['differences'])} difference" in plain
    _, shown = run(folder, "audit", "show", "--last", "1")
    assert shown["records"][0]["result"] == f"{len(report['differences'])} differences".replace(
        "1 differences", "1 difference"
    )


def test_a_rebuild_repairs_the_index(folder: Path) -> None:
    change(folder, "delete from event", "delete from programme")
    assert run(folder, "reconcile")[0] == 7
    code, told = run(folder, "store", "rebuild")
    assert code == 0 and told["block"]["number"] > 0
    assert run(folder, "reconcile")[1]["differences"] == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("drop trigger audit_no_delete", "nothing keeps rows of audit from delete"),
        ("drop index ix_outbox_state_to_block", "the tables are not as they were made"),
        ("update outbox set first = 5", "the feed goes on with message 5 where 1 was expected"),
    ],
)
def test_what_is_wrong_with_a_database_is_said(folder: Path, statement: str, fault: str) -> None:
    assert run(folder, "reconcile")[0] == 0
    assert run(folder, "store", "check") == (
        0,
        {"schema": "crt-store-check/1", "version": "0001", "whole": True, "faults": []},
    )
    change(folder, statement)
    code, told = run(folder, "store", "check")
    assert code == 1 and told["faults"][0].startswith(fault)


def test_a_log_that_was_changed_is_said(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "crt-chain.db.ledger.sqlite")) as connection:
        (made,) = connection.execute("select sql from sqlite_master where name = 'audit_no_update'").fetchone()
    change(folder, "drop trigger audit_no_update", "update audit set actor = 'os:nobody' where seq = 2", made)
    code, told = run(folder, "store", "check")
    assert code == 1 and told["faults"] == ["audit log, record 2: the record was changed"]


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(folder: Path) -> None:
    assert run(folder, "store", "upgrade")[1] == {"schema": "crt-store-upgrade/1", "version": "0001", "before": None}


def test_tables_of_a_version_that_nobody_knows_are_left_alone(folder: Path) -> None:
    change(folder, "update alembic_version set version_num = '9999'")
    for command in (("reconcile",), ("store", "check"), ("audit", "show")):
        code, told = run(folder, *command)
        assert code == 1 and "crt store upgrade" in told["error"]["hint"]
    code, told = run(folder, "store", "upgrade")
    assert code == 1 and "does not know" in told["error"]["message"]


@pytest.mark.parametrize(
    "command", [("store", "check"), ("store", "upgrade"), ("audit", "show"), ("audit", "export", "x")]
)
def test_where_there_is_no_database_none_is_made(tmp_path: Path, command: tuple[str, ...]) -> None:
    code, told = run(tmp_path, *command)
    assert code == 2 and "no database" in told["error"]["message"] and list(tmp_path.iterdir()) == []
