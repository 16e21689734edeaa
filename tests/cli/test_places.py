"""Places that can't be had: ports, addresses, folders and files. Each is one message, and nothing is half made."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.services.ledger import open_local
from tests.command import crt, crt_without_privileges


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local chain that has been used."""
    path = tmp_path_factory.mktemp("used") / "crt-chain.db"
    open_local(path).close()
    return path.parent


@pytest.fixture
def folder(used: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(used, tmp_path / "copy"))


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


def told(done: object, *parts: str, code: int = 2) -> None:
    """One error that says what, where, what was expected and found, and what to do."""
    text = getattr(done, "stderr")  # noqa: B009
    assert getattr(done, "returncode") == code, text  # noqa: B009
    assert "Traceback" not in text and text.count("crt: ") == 1
    missing = [part for part in (*parts, "expected: ", "found: ", "next: ") if part not in text]
    assert not missing, (missing, text)


@pytest.mark.parametrize("command", ["node", "work"])
def test_a_port_that_is_taken(tmp_path: Path, folder: Path, taken: int, command: str) -> None:
    where = ("--listen", f"127.0.0.1:{taken}") if command == "work" else ("--port", str(taken), "--chain", "new.db")
    before = sorted(path.name for path in folder.iterdir())
    told(crt(command, *where, cwd=folder), f"127.0.0.1:{taken} is in use", "field: --")
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize(
    ("host", "said"),
    [("192.0.2.1", "is not on this machine"), ("no-such-host.invalid", "the host is not known")],
)
@pytest.mark.parametrize("command", ["node", "work"])
def test_a_host_that_is_not_this_machine(folder: Path, command: str, host: str, said: str) -> None:
    """192.0.2.0/24 is nobody's, by RFC 5737; names of .invalid are never known, by RFC 2606."""
    where = ("--listen", f"{host}:9464") if command == "work" else ("--host", host, "--chain", "new.db")
    told(crt(command, *where, cwd=folder), host, said)
    assert not (folder / "new.db").exists()


def test_the_monitor_listens_at_ipv6_too(used: Path) -> None:
    from ledger.chain.listening import listen
    from ledger.cli.monitor_server import serving
    from ledger.errors import InputError
    from tests.cli.test_work import get

    try:
        listener = listen("::1", 0)
    except InputError:
        pytest.skip("this machine has no IPv6 loopback")
    with open_local() as ledger, serving(ledger, listener) as url:
        assert url.startswith("http://[::1]:") and get(f"{url}/health/live")[0] == 200


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    told(crt("node", "--chain", "none/chain.db", cwd=tmp_path), "none/chain.db: the folder does not exist")
    told(crt("work", "--chain", "none/chain.db", cwd=tmp_path), "none/chain.db: there is no such chain")
    missing = {"CRT_DATABASE": "sqlite:///none/ledger.sqlite"}
    told(crt("store", "create", cwd=tmp_path, **missing), "none/ledger.sqlite: the folder does not exist")
    told(crt("audit", "show", cwd=tmp_path, **missing), "none/ledger.sqlite: there is no database of a ledger")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_where_a_file_should_be(tmp_path: Path) -> None:
    told(crt("node", "--chain", str(tmp_path)), f"{tmp_path}: a file is needed here")
    told(crt("store", "create", CRT_DATABASE=f"sqlite:///{tmp_path}"), f"{tmp_path}: a file is needed here")


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database\n" * 100)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("create table mine (x)")
    for name in ("notes.txt", "other.db"):
        file = tmp_path / name
        before = file.read_bytes()
        told(crt("node", "--port", "0", "--chain", name, cwd=tmp_path), f"{name}: the file is not a local chain")
        told(crt("work", "--chain", name, cwd=tmp_path), f"{name}: the file is not a local chain")
        for command in (("audit", "show"), ("store", "create"), ("store", "upgrade"), ("operations", "list")):
            told(crt(*command, cwd=tmp_path, CRT_DATABASE=f"sqlite:///{name}"), f"{name}: the ")
        assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "other.db"]


@pytest.mark.parametrize("name", ["missing.json", "text.json", "list.json", "deployment.json"])
def test_a_deployment_that_is_none(tmp_path: Path, name: str) -> None:
    """The last one is a folder."""
    (tmp_path / "text.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "deployment.json").mkdir()
    done = crt("work", "--rpc", "http://127.0.0.1:1", "--deployment", name, cwd=tmp_path)
    told(done, f"{name}: not a deployment file")


def test_a_folder_that_is_read_only(tmp_path: Path, folder: Path) -> None:
    tmp_path.chmod(0o755)
    folder.chmod(0o555)
    before = sorted(path.name for path in folder.iterdir())
    try:
        told(crt_without_privileges("node", "--chain", "new.db", cwd=folder), "new.db: the file can't be made")
        told(
            crt_without_privileges("node", "--chain", "crt-chain.db", "--port", "0", cwd=folder),
            "crt-chain.db: the folder can't be written to",
        )
        told(crt_without_privileges("audit", "show", cwd=folder), "sqlite: the folder can't be written to")
        done = crt_without_privileges("store", "create", cwd=folder, CRT_DATABASE="sqlite:///new.sqlite")
        told(done, "new.sqlite: the file can't be made")
        assert sorted(path.name for path in folder.iterdir()) == before
    finally:
        folder.chmod(0o755)


def test_a_file_that_is_read_only(folder: Path) -> None:
    for name, command in (("crt-chain.db", "work"), ("crt-chain.db.ledger.sqlite", "operations")):
        (folder / name).chmod(0o444)
        done = crt_without_privileges(command, *(["list"] if command == "operations" else []), cwd=folder)
        told(done, f"{name}: the file can't be written to")
        (folder / name).chmod(0o600)
    assert crt_without_privileges("operations", "list", cwd=folder).returncode == 0
