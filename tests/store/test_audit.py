"""The audit log: one chain whoever writes, whoever is killed, and no way to change it unnoticed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.hashchain import START, line_of, record_hash, verify
from ledger.errors import InputError
from ledger.services.audit import export, head, newest, recorded, refused, without_secrets
from ledger.store import audit
from ledger.store.database import Database

ROOT = Path(__file__).resolve().parents[2]
KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


def results(database: Database) -> list[tuple[str, str]]:
    return [(one["command"], one["result"]) for one in newest(database, 1_000)]


# --- One after the other ---------------------------------------------------------------------------------------------


def test_it_is_one_chain_whoever_writes(database: Database) -> None:
    assert head(database) == (0, START)

    def command(number: int) -> None:
        with recorded(database, "crt pay", {"n": number}, "台北"):
            pass

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(command, range(20)))
    assert verify(export(database)) == head(database)
    assert sorted(one["detail"]["n"] for one in newest(database, 100)) == list(range(20))


def test_a_record_says_who_did_what_with_which_result(database: Database) -> None:
    with recorded(database, "crt one", {"amount": "1.00"}, "os:alice") as note:
        note.acts_as("0xA")
        note.acts_as("0xA")
    with pytest.raises(InputError), recorded(database, "crt two", {}, "os:bob"):
        raise InputError("there is no such thing", found="0xB", hint="look elsewhere")
    with pytest.raises(ZeroDivisionError), recorded(database, "crt three", {}):
        raise ZeroDivisionError("secret in a foreign text")
    with pytest.raises(KeyboardInterrupt), recorded(database, "crt four", {}):
        raise KeyboardInterrupt
    refused(database, "crt five", {"x": 1}, InputError("before anything"))
    found = newest(database, 10)
    assert found[0]["detail"] == {"amount": "1.00", "accounts": ["0xA"]} and found[0]["actor"] == "os:alice"
    assert [one["result"] for one in found] == [
        "done",
        "InputError: there is no such thing",
        "ZeroDivisionError",
        "stopped",
        "InputError: before anything",
    ]
    assert found[2]["actor"].startswith("os:")
    assert verify(export(database)) == head(database) == (5, found[-1]["hash"])
    assert newest(database, 2) == found[-2:]


KILLED = """
import os, signal, sys
from ledger.services.audit import recorded
from ledger.store.database import Database
with Database(sys.argv[1]) as database:
    for number in range(3):
        with recorded(database, f"crt {number}", {"n": number}, "os:killed"):
            if number == 2:
                os.kill(os.getpid(), signal.SIGKILL)
"""


def test_who_is_killed_is_in_it_too(database: Database, url: str) -> None:
    died = subprocess.run(
        [sys.executable, "-c", KILLED, url], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, check=False
    )
    assert died.returncode == -signal.SIGKILL
    assert results(database) == [("crt 0", "done"), ("crt 1", "done")]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: _next(database), range(2)))
    found = newest(database, 10)
    killed = [one for one in found if one["result"].startswith("killed")]
    assert len(found) == 5 and len(killed) == 1
    assert (killed[0]["actor"], killed[0]["command"], killed[0]["detail"]["n"]) == ("os:killed", "crt 2", 2)
    assert killed[0]["at"] >= killed[0]["detail"]["began"]
    assert verify(export(database)) == head(database)


def _next(database: Database) -> None:
    with recorded(database, "crt next", {}):
        pass


# --- Checking a copy -------------------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
details = st.dictionaries(
    texts, st.one_of(texts, st.integers(), st.booleans(), st.lists(texts, max_size=2)), max_size=3
)
logs = st.lists(st.tuples(texts, texts, details, texts), min_size=1, max_size=6)


def chained(log: list[tuple[str, str, dict[str, Any], str]]) -> list[str]:
    lines, previous = [], START
    for seq, (actor, command, detail, result) in enumerate(log, 1):
        record = {"seq": seq, "at": seq, "actor": actor, "command": command, "detail": detail, "result": result}
        record |= {"previous": previous}
        record["hash"] = previous = record_hash(record)
        lines.append(line_of(record))
    return lines


@given(logs, st.data())
def test_any_change_of_a_copy_is_found_and_named(log: list[Any], data: st.DataObject) -> None:
    lines = chained(log)
    count, last = verify(lines)
    assert count == len(lines) and json.loads(lines[-1])["hash"] == last
    at = data.draw(st.integers(0, len(lines) - 1))
    what = data.draw(st.sampled_from(["field", "drop", "swap", "again", "cut", "rehash"]))
    changed, first = list(lines), at + 1
    if what == "field":
        record = json.loads(changed[at])
        name = data.draw(st.sampled_from(["seq", "at", "actor", "command", "result", "previous", "hash"]))
        record[name] = record[name] + 1 if isinstance(record[name], int) else record[name] + "x"
        changed[at] = line_of(record)
    elif what == "drop":
        del changed[at]
    elif what == "swap":
        other = data.draw(st.integers(0, len(lines) - 1))
        changed[at], changed[other] = changed[other], changed[at]
        first = min(at, other) + 1
    elif what == "again":
        changed.insert(at, changed[at])
        first = at + 2
    elif what == "cut":
        changed[at] = changed[at][: data.draw(st.integers(0, len(changed[at]) - 1))]
    else:
        record = json.loads(changed[at]) | {"result": "something else"}
        changed[at] = line_of(record | {"hash": record_hash(record)})
        first = at + 2 if json.loads(lines[at])["result"] != "something else" else len(lines) + 1
    if changed == lines:
        return
    if first > len(changed):
        # What is cut off at the end, or written anew there, shows by the hash that is kept elsewhere.
        assert verify(changed)[1] != last
        with pytest.raises(InputError, match="another end"):
            verify(changed, expect=last)
        return
    with pytest.raises(InputError) as refused:
        verify(changed)
    assert refused.value.line == first


@given(logs, st.data())
def test_any_hash_that_was_the_last_once_is_good(log: list[Any], data: st.DataObject) -> None:
    lines = chained(log)
    kept = json.loads(data.draw(st.sampled_from(lines)))["hash"]
    assert verify(lines, expect=kept) == verify(lines)
    with pytest.raises(InputError, match="another end"):
        verify(lines, expect=kept[::-1] if kept != kept[::-1] else "0")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "null",
        "1",
        '{"seq": 1}',
        "{" * 100_000,
        '{"seq":1,"previous":"","hash":"\\ud800","x":"\\ud800"}',
        "9" * 5_000,
    ],
)
def test_what_is_no_record_is_said(line: str) -> None:
    with pytest.raises(InputError) as refused:
        verify([line], file="copy.jsonl")
    assert (refused.value.file, refused.value.line) == ("copy.jsonl", 1)


def test_a_name_that_comes_twice_is_no_record() -> None:
    """Two readers might each take another one of them."""
    (line,) = chained([("a", "c", {}, "done")])
    twice = line.replace('"actor"', '"actor": "b", "actor"')
    assert json.loads(twice) == json.loads(line)
    with pytest.raises(InputError, match="not a record"):
        verify([twice])


def test_the_hash_is_that_of_the_plain_words() -> None:
    """Made with sha256sum of the text, as docs/reconcile.md has it."""
    record = {"seq": 1, "at": 2, "actor": "台", "command": "c", "detail": {"b": [1], "a": "x"}, "result": "done"}
    text = (
        '{"actor":"台","at":2,"command":"c","detail":{"a":"x","b":[1]},"previous":"'
        + START
        + '","result":"done","seq":1}'
    )
    run = subprocess.run(["sha256sum"], input=text.encode(), capture_output=True, check=True)
    assert record_hash(record | {"previous": START, "hash": "left out"}) == run.stdout.decode().split()[0]


# --- Secrets ---------------------------------------------------------------------------------------------------------


def test_what_may_be_a_secret_is_not_kept() -> None:
    given = {
        "who": KEY,
        "wallet": f" 0x{KEY} ",
        "many": [f"0x{KEY}", "dev:1"],
        "rpc": "https://user:pass@node.example:8545/v3/api-key?token=t",
        "url": "https://[bad/api-key",
        "path": Path("key.file"),
        "units": 0,
        "flag": True,
        "off": False,
        "nothing": None,
        "empty": [],
        "share": 1.5,
    }
    kept = without_secrets(given)
    text = json.dumps(kept)
    for secret in (KEY, "pass", "api-key", "token"):
        assert secret not in text
    assert kept["rpc"] == "https://node.example:8545" and kept["many"][1] == "dev:1"
    assert kept["units"] == 0 and kept["flag"] is True and kept["path"] == "key.file" and kept["share"] == "1.5"
    assert not {"off", "nothing", "empty"} & kept.keys()
    assert kept["who"] == without_secrets({"a": KEY})["a"] != kept["wallet"]


def test_nothing_is_ended_twice(database: Database) -> None:
    with database.write() as connection:
        for owner in ("x", "y"):
            values: Any = {"owner": owner, "at": 1, "actor": "a", "command": "c", "detail": {}}
            audit.begin(connection, **values, has_ended=lambda owner: True)
        audit.end(connection, "x", at=3, detail={}, result="done")
        assert [one["result"] for one in audit.records(connection)] == [audit._KILLED]
