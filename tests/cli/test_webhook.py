"""`crt webhook`, as it is typed, up to a message that `crt work` delivers to a real receiver."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ledger.services.ledger import open_local
from tests.cli.test_work import working
from tests.command import crt
from tests.services.test_monitoring import mint


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("webhook") / "chain.db"
    with open_local(path) as ledger:
        ledger.sender.submit(mint(ledger, "mint"))
        ledger.sync()
    return path


def asked(chain: Path, *args: str) -> dict[str, Any]:
    done = crt("webhook", *args, "--chain", str(chain), "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_receiver_gets_signed_messages_and_is_forgotten_in_the_end(chain: Path) -> None:
    got, enough = list[tuple[dict[str, str], bytes]](), threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()
            enough.set()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/hook"
        made = asked(chain, "add", url, "--local", "--event", "OperatorAccount.*", "--after", "0")
        secret = made["secret"]
        assert secret.startswith("whsec_") and made["events"] == ["OperatorAccount.*"] and made["behind"] > 0
        assert secret not in json.dumps(asked(chain, "list"))
        with working("--chain", str(chain), "--pause", "0.05") as (process, _):
            assert enough.wait(60)
            process.send_signal(signal.SIGTERM)  # what is begun is ended
            assert process.wait(60) == 0
        server.shutdown()
    headers, body = got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert f"v1,{expected}" in headers["webhook-signature"].split(" ")
    assert json.loads(body)["data"]["kind"] == "OperatorAccount"
    number = str(made["number"])
    (listed,) = asked(chain, "list")["webhooks"]
    assert listed["checkpoint"] > 0 and listed["enabled"]
    assert asked(chain, "rotate", number)["secret"] not in (secret, None)
    asked(chain, "disable", number)
    assert not asked(chain, "list")["webhooks"][0]["enabled"]
    asked(chain, "enable", number, "--after", "0")
    assert asked(chain, "list")["webhooks"][0]["checkpoint"] == 0
    asked(chain, "remove", number)
    assert asked(chain, "list")["webhooks"] == []
    records = crt("audit", "show", "--chain", str(chain)).stdout
    assert "crt webhook add" in records and secret not in records


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("add", "http://example.com/hook"), "https"),
        (("add", "https://127.0.0.1/hook"), "public"),
        (("add", "https://example.com/hook", "--event", "Spv.Nothing"), "Spv has no such event"),
        (("add", "https://example.com/hook", "--after", "999999"), "there is no such message"),
        (("rotate", "99"), "there is no such receiver"),
    ],
)
def test_mistakes_are_told(chain: Path, args: tuple[str, ...], said: str) -> None:
    done = crt("webhook", *args, "--chain", str(chain))
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
