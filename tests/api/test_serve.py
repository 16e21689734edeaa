"""`crt api serve` as a process: stopped, killed in the middle of posts, and started again."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

import pytest

from ledger.chain.devkeys import dev_account
from ledger.engine.keyring import Keyring
from ledger.services.ledger import open_local, open_remote
from ledger.services.roles import Role
from tests.api.reader import follow
from tests.cli.test_deploy import key_file
from tests.command import ROOT, crt
from tests.nodes import running_node
from tests.services.small import active, small_case

KILLS = int(os.environ.get("KILLS", 3))


@pytest.fixture
def chain(tmp_path: Path) -> tuple[Path, int]:
    """A chain with a series, and a receipt of it."""
    path, case = tmp_path / "chain.db", small_case()
    with open_local(path, start=case.terms.open_date) as ledger:
        _, (receipt, _) = active(ledger, case, 100_000, 100_000)
    return path, receipt


@contextmanager
def running(*args: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and where it listens."""
    command = [sys.executable, "-c", "from ledger.cli import main; main()", "api", "serve", "--port", "0", *args]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    with process.stdout, process.stderr:
        try:
            said = process.stdout.readline()
            found = re.match(r"listening on (http://127\.0\.0\.1:\d+);", said)
            assert found, said + process.stderr.read()
            yield process, found[1]
        finally:
            process.kill()
            process.wait()


def key(chain: Path, *roles: str) -> str:
    options = [part for role in roles for part in ("--role", role)]
    done = crt("api", "key", "make", "test", *options, "--chain", str(chain), "--json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["secret"])


def ask(url: str, method: str, path: str, token: str, body: Any = None, key: str = "") -> tuple[int, Any]:
    """Status and body of the answer. Raises OSError or HTTPException if there is none."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_what_was_accepted_is_done_once_whenever_it_is_killed(chain: tuple[Path, int]) -> None:
    """Four post without a pause; the process is killed among them and started again, and they repeat what has no answer
    under the same keys. In the end the chain has every one of them once."""
    path, receipt = chain
    token, numbers = key(path, "compliance"), count()
    accepted, waiting = dict[str, str](), SimpleQueue[str]()
    for kill in range(KILLS + 1):
        with running("--chain", str(path)) as (process, url):
            enough = threading.Event()

            def post(reason: str, url: str = url) -> bool:
                try:
                    status, body = ask(
                        url, "POST", f"/v1/receipts/{receipt}/freeze", token, {"reason": reason}, f"key-{reason}"
                    )
                except (OSError, http.client.HTTPException):
                    waiting.put(reason)
                    return False
                assert status == 202 or body["type"] == "/problems/in-flight", body
                if status == 202:
                    accepted[reason] = body["id"]
                else:
                    waiting.put(reason)
                return status == 202

            def go_on(enough: threading.Event = enough) -> None:
                for _ in range(5):
                    if not post(f"r{next(numbers)}"):
                        return
                enough.set()
                while post(f"r{next(numbers)}"):
                    pass

            again = [waiting.get() for _ in range(waiting.qsize())]
            for reason in again:
                assert post(reason)
            if kill == KILLS:
                break
            threads = [threading.Thread(target=go_on) for _ in range(4)]
            for thread in threads:
                thread.start()
            assert enough.wait(120)
            process.kill()
            for thread in threads:
                thread.join()
    assert waiting.empty() and len(accepted) >= 5 * KILLS
    with running("--chain", str(path)) as (process, url):
        for operation in accepted.values():
            while (found := ask(url, "GET", f"/v1/operations/{operation}", token)[1])["state"] == "accepted":
                assert process.poll() is None
            assert found["state"] == "done", found
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with open_local(path) as ledger:
        logs = ledger.node.logs(0, addresses=[ledger.receipts.address])
        frozen = Counter(one.args["reason"] for one in ledger.receipts.events(logs) if one.name == "ReceiptFrozen")
    assert frozen == Counter(accepted.keys())


def test_it_stops_when_it_is_told_also_while_somebody_follows(chain: tuple[Path, int]) -> None:
    path, _ = chain
    token = key(path, "auditor")
    with running("--chain", str(path)) as (process, url), follow(url, token) as messages:
        assert next(messages) == ("comment", "events")
        taken = crt("api", "serve", "--chain", str(path), "--port", str(urlsplit(url).port))
        assert taken.returncode != 0 and "Traceback" not in taken.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        for _ in messages:
            pass


@pytest.mark.parametrize("proxy", ["*", "proxy.example", "10.0.0.7/99", ""])
def test_a_proxy_is_named_by_its_address(chain: tuple[Path, int], proxy: str) -> None:
    done = crt("api", "serve", "--chain", str(chain[0]), "--port", "0", "--proxy", proxy)
    assert done.returncode == 2 and "--proxy" in done.stderr and "Traceback" not in done.stderr


def test_keys_on_the_command_line(chain: tuple[Path, int]) -> None:
    path, _ = chain
    options = ("--chain", str(path), "--json")
    made = json.loads(crt("api", "key", "make", "desk", "--role", "servicer", "--days", "2", *options).stdout)
    assert made["roles"] == ["servicer"] and made["expiresAt"] and made["madeBy"].startswith("os:")
    with running("--chain", str(path)) as (_, url):
        assert ask(url, "GET", "/v1/series", made["secret"])[0] == 200
        turned = json.loads(crt("api", "key", "rotate", made["id"], "--hours", "0", *options).stdout)
        newer = turned["secret"]
        assert newer != made["secret"] and ask(url, "GET", "/v1/series", newer)[0] == 200
        listed = crt("api", "key", "list", *options).stdout
        assert [one["id"] for one in json.loads(listed)["keys"]] == [made["id"]]
        assert newer not in listed and made["secret"] not in listed
        assert json.loads(crt("api", "key", "revoke", made["id"], *options).stdout)["revokedAt"]
        while ask(url, "GET", "/v1/series", newer)[0] == 200:
            pass  # it is remembered for two seconds
        assert ask(url, "GET", "/v1/series", made["secret"])[0] == 401
    for wrong in (("make", "x", "--role", "king"), ("make", "x", "--role", "holder"), ("revoke", "0" * 12)):
        done = crt("api", "key", *wrong, *options)
        assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    shown = crt("audit", "show", *options).stdout
    assert "crt api key make" in shown and made["secret"] not in shown and newer not in shown


def test_on_a_network_it_acts_by_the_keys_that_it_is_given(chain: tuple[Path, int], tmp_path: Path) -> None:
    """Which role an account has is what the chain says."""
    path, _ = chain
    deployment = Path(f"{path}.deployment.json")
    with open_local(path) as ledger:
        guardian = ledger.keys[Role.GUARDIAN]
    number = next(one for one in range(10) if dev_account(one).address == guardian)
    with running_node(path) as (_, rpc):
        with open_remote(rpc, deployment) as ledger:
            known = dict(ledger.keys)
            ledger.keys = {Role.GUARDIAN: known[Role.SERVICER], Role.FACTORY: known[Role.ADMIN]}
            ledger.take_roles()
            assert ledger.keys == known and known[Role.GUARDIAN] == guardian
            ledger.keyring = Keyring([dev_account(number)])
            ledger.take_roles()
            assert ledger.keys == {Role.GUARDIAN: guardian}
        place = ("--rpc", rpc, "--deployment", str(deployment))
        secret = json.loads(crt("api", "key", "make", "x", "--role", "guardian", *place, "--json").stdout)["secret"]
        with running(*place, "--as", f"key:{key_file(tmp_path, number)}") as (_, url):
            status, body = ask(url, "POST", "/v1/series/1/pause", secret, key="pause")
            assert status == 202, body
            while (found := ask(url, "GET", f"/v1/operations/{body['id']}", secret)[1])["state"] == "accepted":
                pass
            assert found["state"] == "done", found
            kind = ask(url, "GET", "/v1/networks", secret)[1]["data"][0]["kind"]
    assert kind == "local"


def test_the_example_is_served_in_the_middle_of_its_life(tmp_path: Path) -> None:
    """With a call that works as it is printed; and it is there once, however often it is started."""
    place, found = ("--chain", str(tmp_path / "chain.db"), "--seed"), list[Any]()
    for _ in range(2):
        with running(*place) as (process, url):
            assert process.stdout is not None
            (call,) = [line for line in (process.stdout.readline() for _ in range(2)) if line.startswith("try: curl ")]
            words = shlex.split(call)[1:]
            run = subprocess.run([words[0], "-s", *words[1:]], capture_output=True, text=True, check=True)
            found.append(json.loads(run.stdout)["data"])
            token = words[2].removeprefix("Authorization: Bearer ")
            events = ask(url, "GET", "/v1/events?limit=1000", token)[1]["data"]
            assert sum(one["type"] == "Spv.Funded.added" for one in events) == 2
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
    assert found[0] == found[1]
    (series,) = found[0]
    # 3 months of 37,402,396.30, then 3 in which the anchor tenant does not pay: README.md.
    assert (series["code"], series["state"]) == ("CRT01", "Active")
    assert series["collected"] == {"amount": "117593133.99", "currency": "CNY"}
