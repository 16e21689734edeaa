"""`crt work` as a process: it does what others have accepted, and says how it is."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.services.ledger import open_local
from tests.command import ROOT, crt
from tests.services.test_monitoring import PLACE, mint


@contextmanager
def working(*args: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and where it tells how it is."""
    command = [sys.executable, "-c", "from ledger.cli import main; main()", "work", "--listen", "127.0.0.1:0", *args]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    try:
        said = process.stdout.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+)/metrics", said)
        assert found, said + process.stderr.read()
        yield process, found[1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def get(url: str, method: str = "GET") -> tuple[int, str]:
    asked = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_it_does_what_was_accepted_and_tells_how_it_is(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with open_local(path) as ledger:
        ledger.sender.accept([mint(ledger, "mint")])
    with working("--chain", str(path), "--pause", "0.05", "--log-format", "json", "--log-level", "debug") as (
        process,
        url,
    ):
        assert get(f"{url}/health/live") == (200, '{"live": true}\n')
        text = ""
        while 'state="waiting"} 0.0' not in text or "\ncrt_index_behind_blocks 0.0\n" not in text:
            assert process.poll() is None
            status, text = get(f"{url}/metrics")
            assert status == 200 and "\ncrt_up 1.0\n" in text
        assert get(f"{url}/health/ready")[0] == 200
        assert get(f"{url}/")[0] == 404 and get(f"{url}/metrics", "POST")[0] == 405
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        logs = [line for line in process.stderr.read().splitlines() if line.startswith("{")]
        assert all({"time", "level", "logger", "message"} <= json.loads(line).keys() for line in logs)
    with open_local(path) as ledger:
        assert ledger.cash.view(ledger.node, "balanceOf", PLACE) == 1


@pytest.mark.parametrize("place", ["9464", "127.0.0.1:", "127.0.0.1:70000", ":1"])
def test_a_place_that_is_none_is_refused(tmp_path: Path, place: str) -> None:
    path = tmp_path / "chain.db"
    open_local(path).close()
    done = crt("work", "--chain", str(path), "--listen", place)
    assert done.returncode == 2 and "HOST:PORT" in done.stderr and "Traceback" not in done.stderr
