"""Keys: who shows one is who it was made for, until it is revoked; and its secret is shown once."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.app import create_app
from ledger.errors import InputError, Unknown
from ledger.services.access import Access, end_session, keys, make_key, open_session, principal_of
from ledger.services.access import revoke_key as revoke
from ledger.services.access import rotate_key as rotate
from ledger.services.audit import newest
from ledger.store.access_tables import api_keys, commands, sessions
from ledger.store.database import Database
from tests.api.stage import MANY, Stage
from tests.services.small import HOLDERS

SECRET = re.compile(r"crt_key_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


def asked(stage: Stage, path: str, body: Any = None, key: str = "k", who: str = "admin") -> Any:
    return stage.ask("POST", path, who, json=body, headers={"Idempotency-Key": key})


def status_of(stage: Stage, secret: str) -> int:
    return stage.client.get("/v1/series", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_key_is_made_rotated_and_revoked(stage: Stage) -> None:
    made = asked(stage, "/v1/keys", {"name": "desk", "roles": ["servicer"]}, "make")
    body = made.json()
    assert made.status_code == 201, body
    match = SECRET.fullmatch(body["secret"])
    assert match and match[1] == body["id"] and body["roles"] == ["servicer"]
    assert body["madeBy"] == f"key:{stage.tokens['admin'].split('_')[2]}"
    assert status_of(stage, body["secret"]) == 200
    turned = asked(stage, f"/v1/keys/{body['id']}/rotate", {"overlapHours": 1}, "turn").json()
    assert turned["secret"] != body["secret"] and SECRET.fullmatch(turned["secret"])
    assert [status_of(stage, one) for one in (body["secret"], turned["secret"])] == [200, 200]
    last = asked(stage, f"/v1/keys/{body['id']}/rotate", {"overlapHours": 0}, "turn-again").json()["secret"]
    assert [status_of(stage, one) for one in (body["secret"], turned["secret"], last)] == [401, 401, 200]
    revoked = asked(stage, f"/v1/keys/{body['id']}/revoke", key="revoke")
    assert revoked.status_code == 200 and revoked.json()["revokedAt"] is not None and "secret" not in revoked.json()
    assert status_of(stage, last) == 401
    again = asked(stage, f"/v1/keys/{body['id']}/rotate", {}, "too-late")
    assert again.status_code == 422 and again.json()["detail"] == "the key was revoked"


def test_the_same_request_gives_the_same_key_without_its_secret(stage: Stage) -> None:
    wanted = {"name": "twice", "roles": ["guardian", "compliance"]}
    first, again = (asked(stage, "/v1/keys", wanted, "same") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() | {"secret": None} == again.json()
    assert sum(one.name == "twice" for one in keys(stage.ledger.database)) == 1
    other = asked(stage, "/v1/keys", wanted | {"name": "other"}, "same")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    missing = stage.ask("POST", "/v1/keys", "admin", json=wanted)
    assert (missing.status_code, missing.json()["type"]) == (400, "/problems/idempotency-key-missing")


def test_many_at_once_are_one_key(stage: Stage) -> None:
    start = Barrier(6)

    def post(_: int) -> Any:
        start.wait()
        return asked(stage, "/v1/keys", {"name": "at once", "roles": ["guardian"]}, "at-once")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(post, range(6)))
    assert {one.status_code for one in answers} <= {201, 409}
    assert sum(one.status_code == 201 and one.json()["secret"] is not None for one in answers) == 1
    assert sum(one.name == "at once" for one in keys(stage.ledger.database)) == 1


def test_secrets_are_kept_nowhere(stage: Stage) -> None:
    secret = asked(stage, "/v1/keys", {"name": "kept", "roles": ["auditor"]}, "kept").json()["secret"]
    random = secret.split("_", 3)[3]
    with stage.ledger.database.read() as connection:
        rows = [*connection.execute(select(api_keys)), *connection.execute(select(commands))]
    assert random not in repr(rows) and random not in json.dumps(newest(stage.ledger.database, 50))


def test_a_key_is_good_for_a_year_unless_it_is_said_otherwise(stage: Stage) -> None:
    def until(name: str, **other: Any) -> str | None:
        made = asked(stage, "/v1/keys", {"name": name, "roles": ["auditor"], **other}, name.replace(" ", "-")).json()
        expires: str | None = made["expiresAt"]
        return expires

    left = datetime.fromisoformat(str(until("a year"))) - datetime.now(UTC)
    assert timedelta(days=364, hours=23) < left <= timedelta(days=365)
    assert until("for good", expiresAt=None) is None
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    found = datetime.fromisoformat(str(until("a day", expiresAt=tomorrow.isoformat())))
    assert abs(found - tomorrow) < timedelta(seconds=10)


def test_what_is_done_with_keys_is_an_operation_and_in_the_audit_log(stage: Stage) -> None:
    made = asked(stage, "/v1/keys", {"name": "logged", "roles": ["guardian"]}, "logged").json()
    (last,) = newest(stage.ledger.database, 1)
    assert (last["command"], last["result"]) == ("make_key", "done")
    assert last["detail"]["body"]["name"] == "logged"
    operation = stage.get(f"/v1/operations/{last['detail']['operation']}", "auditor")
    assert (operation["state"], operation["result"]["id"]) == ("done", made["id"])
    assert operation["result"]["secret"] is None


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"name": "x", "roles": ["holder"]}, "roles"),
        ({"name": "x", "roles": ["auditor", "servicer"]}, "roles"),
        ({"name": "x", "roles": []}, "roles"),
        ({"name": "x", "roles": ["king"]}, "roles.0"),
        ({"name": " ", "roles": ["servicer"]}, "name"),
        ({"name": "a\nb", "roles": ["servicer"]}, "name"),
        ({"name": "x", "roles": ["servicer"], "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"name": "x", "roles": ["servicer"], "expiresAt": "9999-01-01T00:00:00Z"}, "expiresAt"),
        ({"name": "x", "roles": ["servicer"], "expiresAt": "2030-01-01T00:00:00"}, "expiresAt"),
        ({"name": "x", "roles": ["servicer"], "secret": "mine"}, "secret"),
    ],
)
def test_what_is_no_key_is_refused(stage: Stage, wanted: Any, field: str) -> None:
    before = len(keys(stage.ledger.database))
    answer = asked(stage, "/v1/keys", wanted, f"refused {field} {len(str(wanted))}".replace(" ", "-"))
    assert answer.status_code == 422, answer.text
    assert field in [one["field"].removeprefix("body.") for one in answer.json()["errors"]], answer.text
    assert len(keys(stage.ledger.database)) == before


def test_an_unknown_key_is_not_found(stage: Stage) -> None:
    for path in ("rotate", "revoke"):
        answer = asked(stage, f"/v1/keys/0123456789ab/{path}", {} if path == "rotate" else None, f"unknown-{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_all_keys_in_pages(stage: Stage) -> None:
    for number in range(3):
        asked(stage, "/v1/keys", {"name": f"page {number}", "roles": ["guardian"]}, f"page-{number}")
    found, cursor = list[str](), ""
    while cursor is not None:
        page = stage.get(f"/v1/keys?limit=2{cursor and '&cursor=' + cursor}", "admin")
        assert len(page["data"]) <= 2
        found += [one["id"] for one in page["data"]]
        cursor = page["nextCursor"]
    assert found == [one.id for one in keys(stage.ledger.database)]


def test_a_revoked_key_is_refused_in_other_processes_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as what they remember is two seconds old."""
    made = asked(stage, "/v1/keys", {"name": "elsewhere", "roles": ["guardian"]}, "elsewhere").json()
    shown = {"Authorization": f"Bearer {made['secret']}"}
    with TestClient(create_app(stage.ledger, MANY, works=False)) as other:
        assert other.get("/v1/series", headers=shown).status_code == 200
        asked(stage, f"/v1/keys/{made['id']}/revoke", key="revoke-elsewhere")
        real = __import__("time").monotonic
        monkeypatch.setattr("api.service.time.monotonic", lambda: real() + 2.0)
        assert other.get("/v1/series", headers=shown).status_code == 401


def test_keys_and_sessions_on_both_databases(database: Database) -> None:
    key, secret = make_key(database, "one", [Access.SERVICER, Access.SERVICER, Access.GUARDIAN], by="test")
    found = principal_of(database, secret)
    assert found is not None and found.id == f"key:{key.id}"
    assert found.access == {Access.SERVICER, Access.GUARDIAN} and found.wallet is None
    for wrong in (secret[:-1], secret + "x", secret[:-1] + "!", "", "crt_key_", f"crt_key_{key.id}_", secret.upper()):
        assert principal_of(database, wrong) is None, wrong
    _, newer = rotate(database, key.id, timedelta(hours=1))
    assert [principal_of(database, one) is not None for one in (secret, newer)] == [True, True]
    _, newest_one = rotate(database, key.id, timedelta(0))
    alive = [principal_of(database, one) is not None for one in (secret, newer, newest_one)]
    assert alive == [False, False, True]
    first = revoke(database, key.id).revoked_at
    assert first is not None and revoke(database, key.id).revoked_at == first
    assert principal_of(database, newest_one) is None
    _, short = make_key(database, "short", [Access.AUDITOR], by="test", lasts=timedelta(microseconds=1))
    assert principal_of(database, short) is None
    with pytest.raises(Unknown):
        revoke(database, "0" * 12)
    with pytest.raises(InputError):
        make_key(database, "x", [Access.AUDITOR], by="test", lasts=timedelta(0))

    token, until = open_session(database, HOLDERS[0].address, timedelta(hours=1))
    session = principal_of(database, token)
    assert session is not None and session.wallet == HOLDERS[0].address and session.access == {Access.HOLDER}
    assert until - datetime.now(UTC) <= timedelta(hours=1)
    expired, _ = open_session(database, HOLDERS[1].address, timedelta(0))
    assert principal_of(database, expired) is None
    end_session(database, token)
    assert principal_of(database, token) is None
    with database.read() as connection:
        assert token.encode() not in b"".join(row.token_hash for row in connection.execute(select(sessions)))
