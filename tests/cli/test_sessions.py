"""Signing in to an API with a wallet happens by itself; the session is in a file of one's own until it ends."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ledger.client.http import connect
from ledger.errors import NotAllowed
from ledger.services.access import end_session
from tests.cli.net import ALICE, BOB, Net

pytestmark = pytest.mark.parametrize("net", ["server"], indirect=True)
LIST = ("receipt", "list", "--as", "key:alice.key")


def file(net: Net) -> Path:
    return net.folder / "config" / "crt" / "sessions.json"


def sessions(net: Net) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file(net).read_text())["sessions"]
    return found


def test_a_wallet_signs_in_once_and_sees_its_own(net: Net) -> None:
    assert len(net.does("receipt", "list")["data"]) == 2 and not file(net).exists()  # with the key of the desk
    said = net.crt(*LIST)
    (one,) = sessions(net)
    assert said.code == 0 and "together" not in said.out and ALICE[-6:] in said.out
    assert stat.S_IMODE(file(net).stat().st_mode) == 0o600 and one["wallet"] == ALICE
    again = net.crt(*LIST)
    assert sessions(net) == [one] and again.out == said.out
    assert one["token"] not in said.out + said.err + again.err
    net.does("receipt", "list", "--as", "key:bob.key")
    assert [one["wallet"] for one in sessions(net)] == [ALICE, BOB]
    others = net.fails("receipt", "show", "SMALL/2", "--as", "key:alice.key", code=2)
    assert "there is no receipt" in others["message"]


def test_a_session_that_the_service_has_forgotten_is_made_anew(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.service._REMEMBERED", 0.0)
    net.does(*LIST)
    (old,) = sessions(net)
    assert net.served is not None
    end_session(net.served.database, old["token"])
    net.does(*LIST)
    (new,) = sessions(net)
    assert new["token"] != old["token"]


def test_logging_out_ends_it_there_and_here(net: Net) -> None:
    net.does(*LIST)
    (one,) = sessions(net)
    said = net.does("network", "logout")
    assert (said["ended"], said["untold"]) == (1, 0) and sessions(net) == []
    with connect(one["url"], one["token"]) as client, pytest.raises(NotAllowed):
        client.list_receipts()
    assert net.does("network", "logout")["ended"] == 0


def test_removing_a_network_ends_its_sessions(net: Net) -> None:
    url = net.variables.pop("CRT_API")
    net.does("network", "add", "bank", "--api", url, "--yes")
    net.does(*LIST, "--network", "bank")
    assert len(sessions(net)) == 1
    net.does("network", "remove", "bank", "--yes")
    assert sessions(net) == []


def test_a_file_that_others_can_read_is_not_used(net: Net) -> None:
    net.does(*LIST)
    file(net).chmod(0o644)
    error = net.fails(*LIST, code=2)
    assert error["found"] == "mode 0644" and error["file"] == str(file(net))
    file(net).chmod(0o600)
    file(net).write_text("[]")
    assert net.fails(*LIST, code=2)["expected"] == "crt-sessions/1"


def test_whoever_has_neither_wallet_nor_key_is_told(net: Net) -> None:
    net.variables.pop("CRT_API_KEY_FILE")
    assert net.fails("receipt", "list", code=2)["field"] == "--as"
    refused = net.fails("receipt", "freeze", "SMALL/1", "--reason", "x", "--yes", "--as", "key:alice.key", code=4)
    assert "compliance" in refused["message"]
