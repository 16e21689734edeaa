"""The audit log over HTTP is the one of the ledger: the same records, and a copy that can be checked anywhere."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest

from ledger.domain.hashchain import verify
from ledger.errors import InputError
from ledger.services import audit
from tests.api.stage import Stage


@pytest.fixture
def filled(stage: Stage) -> Stage:
    for number in range(7):
        with audit.recorded(stage.ledger.database, "crt test", {"number": number, "name": "算力"}, actor="os:test"):
            pass
    return stage


def test_all_records_in_pages_newest_first(filled: Stage) -> None:
    count, head = audit.head(filled.ledger.database)
    found, cursor = list[dict[str, object]](), ""
    while cursor is not None:
        page = filled.get(f"/v1/audit?limit=3{cursor and '&cursor=' + cursor}", "auditor")
        found += page["data"]
        cursor = page["nextCursor"]
    assert [one["seq"] for one in found] == list(range(count, 0, -1))
    assert found[0]["hash"] == head and found[0]["detail"] == {"number": 6, "name": "算力"}
    assert all(one["previous"] == older["hash"] for one, older in pairwise(found))
    stored = audit.newest(filled.ledger.database, 1)[0]
    assert datetime.fromisoformat(str(found[0]["at"])).timestamp() * 1000 == stored["at"]


def test_the_copy_can_be_checked(filled: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.services.audit._PAGE", 3)
    head = filled.get("/v1/audit/head", "admin")
    answer = filled.ask("GET", "/v1/audit/export", "auditor")
    assert answer.headers["content-type"] == "application/jsonl"
    lines = answer.text.splitlines()
    assert verify(lines, expect=head["hash"]) == (head["count"], head["hash"])
    assert lines == list(audit.export(filled.ledger.database))
    with pytest.raises(InputError):
        verify([line.replace("crt test", "crt best") for line in lines])


def test_a_cursor_of_another_list_is_none(filled: Stage) -> None:
    other = filled.get("/v1/keys?limit=1", "admin")["nextCursor"]
    assert filled.get(f"/v1/audit?cursor={other}", "auditor", 422)["errors"][0]["field"] == "cursor"
