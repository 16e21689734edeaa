"""docs/operations.md, done as it is written: a database of PostgreSQL, a node by its URL, keys in files."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.server import Server
from tests.cli.test_deploy import key_file
from tests.cli.test_work import get
from tests.command import ROOT, crt

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def under(heading: str) -> str:
    """What stands under a heading, up to the next one."""
    (found,) = re.findall(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##|\Z)", TEXT, flags=re.MULTILINE | re.DOTALL)
    return str(found)


def blocks(language: str, text: str = TEXT) -> list[str]:
    fenced = re.findall(r"^```(\w+)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [body for found, body in fenced if found == language]


def lines(*headings: str) -> list[str]:
    """The commands under these headings."""
    return [line for one in headings for body in blocks("sh", under(one)) for line in body.splitlines()]


def commands(*headings: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in lines(*headings) if line.startswith("crt ")]


@pytest.fixture
def admin(postgresql: str) -> Iterator[psycopg.Connection]:
    with closing(psycopg.connect(postgresql, autocommit=True)) as made:
        yield made
        for name in ("crt", "crt_before"):
            made.execute(f"drop database if exists {name} with (force)".encode())
        made.execute("drop role if exists crt")


@pytest.fixture
def database_url(postgresql: str, admin: psycopg.Connection) -> str:
    """The database, made by the statements of the document."""
    run_sql(admin, "2. The database")
    return make_url(postgresql).set(username="crt", database="crt").render_as_string(hide_password=False)


def run_sql(admin: psycopg.Connection, heading: str) -> None:
    (statements,) = blocks("sql", under(heading))
    for statement in statements.strip().splitlines():
        admin.execute(statement.encode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the files that the document names."""
    (members,) = blocks("toml")
    (tmp_path / "members.toml").write_text(members)
    for name, index in (("deployer", 6), ("administrator", 1), ("servicer", 2)):
        key_file(tmp_path, index).rename(tmp_path / f"{name}.key")
    return tmp_path


DEPLOY, START, API, WATCH = "Put the contracts there", "5. Start", "The HTTP API", "6. Watch"


def test_the_way_from_an_empty_database_to_a_ledger_that_agrees(folder: Path, database_url: str) -> None:
    with closing(EmbeddedNode()) as node, Server(node, port=0) as server:
        environment = {"CRT_DATABASE": database_url, "CRT_CONFIRMATIONS": "0", "CRT_RPC": server.url}
        environment["CRT_DEPLOYMENT"] = "deployment.json"
        ran = []
        for command in commands(DEPLOY, START, API, WATCH):
            ran.append(" ".join(command[:2]) if command[0] in ("api", "audit", "operations") else command[0])
            if command[0] == "work":
                works(command, folder, environment)
                continue
            if command[:2] == ["api", "serve"]:
                serves(command, folder, environment)
                continue
            done = crt(*command, cwd=folder, **environment)
            assert done.returncode == 0, (command, done.stderr)
            if ran[-1] == "audit verify":  # one is of a request without a key; the copy itself is none
                assert done.stdout.startswith("6 records, each as it was written")
    assert ran[:4] == ["deploy", "work", "api key", "api serve"]
    assert ran[4:] == ["reconcile", "audit export", "audit verify", "operations list", "operations list"]
    assert "/roles\n" in done.stdout


def test_the_service_is_one_that_systemd_takes_and_its_command_works(folder: Path, database_url: str) -> None:
    (unit,) = blocks("ini")
    found = configparser.ConfigParser(strict=True, interpolation=None)
    found.optionxform = str  # type: ignore[assignment]
    found.read_string(unit)
    service = dict(found["Service"])
    (environment,) = blocks("env")
    given = dict(line.split("=", 1) for line in environment.splitlines())
    assert given.keys() >= {"CRT_DATABASE", "CRT_RPC", "CRT_DEPLOYMENT", "CRT_CONFIRMATIONS"}
    program, *command = shlex.split(service["ExecStart"])
    assert program == "/opt/crt/venv/bin/crt" and command[0] == "work"
    assert given["CRT_DEPLOYMENT"].startswith(service["WorkingDirectory"] + "/")
    with closing(EmbeddedNode()) as node, Server(node, port=0) as server:
        changed = {"CRT_DATABASE": database_url, "CRT_RPC": server.url, "CRT_DEPLOYMENT": "deployment.json"}
        variables = {**given, **changed, "CRT_CONFIRMATIONS": "0"}
        (deploy,) = commands(DEPLOY)
        assert crt(*deploy, cwd=folder, **variables).returncode == 0
        works(command, folder, variables)
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        pytest.skip("no systemd here: the command ran, its unit was not looked at")
    file = folder / "crt-work.service"
    file.write_text(unit.replace(program, sys.executable))
    checked = subprocess.run([analyse, "verify", "--man=no", str(file)], capture_output=True, text=True, check=False)
    assert "crt-work.service" not in checked.stderr and checked.returncode == 0, checked.stderr


def test_it_is_installed_as_it_is_written(tmp_path: Path) -> None:
    """What the network would give is taken from this environment: the line with the locked dependencies alone."""
    git, venv, locked, *rest = lines("Install it on a server")[:5]
    assert "--require-hashes" in locked

    def run(line: str) -> str:
        text = line.replace("/opt/crt", str(tmp_path)).replace("REPOSITORY", str(ROOT))
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(shlex.split(text), capture_output=True, text=True, check=False, cwd=tmp_path, env=clean)
        assert done.returncode == 0, (line, done.stderr)
        return done.stdout

    run(git)
    run(venv)
    assert (tmp_path / "source" / "requirements" / "run.txt").is_file()
    (place,) = tmp_path.glob("venv/lib/python3*/site-packages")
    (place / "this-environment.pth").write_text(sysconfig.get_path("purelib") + "\n")
    said = [run(line) for line in rest]
    assert re.fullmatch(r"crt \d+\.\d+\.\d+\n", said[-1])
    code = "import ledger, sys; print(ledger.__file__)"
    assert run(f"{tmp_path}/venv/bin/python -c '{code}'").startswith(str(place))
    assert "programme 1" in run(
        f"{tmp_path}/venv/bin/crt voucher open --provider dev:9 --unit-value 5.00 --points-per-unit 1 "
        "--expires 2099-12-31 --as district"
    )


# --- Backups ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(folder: Path, admin: psycopg.Connection) -> Callable[..., str]:
    """Commands as they stand, with `crt` of this environment and the tools of the server's own version."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "crt"
    program.write_text(f"#!{sys.executable}\nfrom ledger.cli import main\nmain()\n")
    program.chmod(0o755)
    ((tools,),) = admin.execute("select setting from pg_config where name = 'BINDIR'").fetchall()
    path = os.pathsep.join([str(folder / "bin"), str(tools), os.environ["PATH"]])

    def run(heading: str, place: int, **variables: str) -> str:
        script = blocks("sh", under(heading))[place]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path, **variables}
        command = ["sh", "-e", "-c", script]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (script, done.stderr)
        return done.stdout

    return run


@pytest.mark.parametrize("kind", ["A SQLite file", "PostgreSQL"])
def test_a_backup_is_made_and_restored_as_it_is_written(
    folder: Path, shell: Callable[..., str], kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "A SQLite file" and shutil.which("sqlite3") is None:
        pytest.skip("sqlite3 is not installed")
    with closing(EmbeddedNode()) as node, Server(node, port=0) as server:
        environment = {"CRT_RPC": server.url, "CRT_DEPLOYMENT": "deployment.json"}
        if kind == "PostgreSQL":
            environment["CRT_DATABASE"] = request.getfixturevalue("database_url")

        def run(*command: str) -> str:
            done = crt(*command, cwd=folder, **environment)
            assert done.returncode == 0, (command, done.stderr)
            return done.stdout

        def kept() -> list[str]:
            found = json.loads(run("operations", "list", "--limit", "100", "--json"))
            return [one["key"] for one in found["operations"] if one["state"] == "done"]

        (deploy,) = commands(DEPLOY)
        run(*deploy)
        before = kept()
        backup = shell(kind, 0, **environment)
        assert ("ok\n" in backup) if kind == "A SQLite file" else ("TABLE DATA" in backup)
        (made,) = [path for path in folder.iterdir() if path.name in ("ledger.backup", "ledger.dump")]
        assert made.stat().st_mode & 0o777 == 0o600
        # What comes after the backup is lost with the database, and is on the chain.
        run("reconcile")
        run("store", "rebuild")
        if kind == "PostgreSQL":
            run_sql(request.getfixturevalue("admin"), kind)
        assert "the database is whole" in shell(kind, 1, **environment)
        assert kept() == before != []
        assert "no differences" in run("reconcile")
        commanded = [one["command"] for one in json.loads(run("audit", "show", "--json"))["records"]]
        assert commanded[0] == "crt deploy" and "crt store rebuild" not in commanded
        files = sorted(folder.glob("deployment.json.ledger.sqlite*"))
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)


def works(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Until it says that all is well; then it is stopped."""
    program = [sys.executable, "-c", "from ledger.cli import main; main()", *command, "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        program,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    with process.stdout, process.stderr:
        try:
            said = process.stdout.readline()
            url = re.search(r"(http://[\d.:]+)/metrics", said)
            assert url, said + process.stderr.read()
            while get(f"{url[1]}/health/ready")[0] != 200:
                assert process.poll() is None
            figures = get(f"{url[1]}/metrics")[1]
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
            logs = [json.loads(line) for line in process.stderr.read().splitlines() if line.startswith("{")]
        finally:
            process.kill()
            process.wait()
    assert not [line for line in logs if line["level"] not in ("debug", "info")]
    documented = set(re.findall(r"`(crt_\w+)", TEXT))
    assert documented and not [name for name in documented if f"# HELP {name} " not in figures]


def serves(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Until it answers; then it is stopped."""
    program = [sys.executable, "-c", "from ledger.cli import main; main()", *command, "--port", "0"]
    process = subprocess.Popen(
        program,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    with process.stdout, process.stderr:
        try:
            said = process.stdout.readline()
            url = re.match(r"listening on (http://[\d.:]+);", said)
            assert url, said + process.stderr.read()
            acts = process.stdout.readline().removeprefix("acts as ").strip().split(", ")
            assert {"administrator", "servicer"} <= set(acts)
            assert get(f"{url[1]}/health")[0] == 200 and get(f"{url[1]}/v1/series")[0] == 401
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
            assert process.stderr.read() == "stopped; what was accepted is stored, and is done by the next one\n"
        finally:
            process.kill()
            process.wait()


def test_the_keys_of_the_document_are_nobody_s() -> None:
    """Its addresses are those of public development keys, so that nobody sends anything to a stranger."""
    known = {dev_account(index).address for index in range(20)}
    assert set(re.findall(r"0x[0-9a-fA-F]{40}", TEXT)) <= known
