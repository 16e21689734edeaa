"""Print how many requests a second the HTTP API answers, beside handlers that do next to nothing.

python -m bench.api            --receipts 100000 --clients 1 8 32 --seconds 3 --databases sqlite postgresql

Reads are of an index with so many receipts. Beside each stands a FastAPI handler, served in the same way, that answers
the same bytes: *ready* has them in memory, *document* has the object, and FastAPI writes it; neither looks anything up,
asks who is there, or limits anything. Writes are operations that are accepted, and not done; beside them stands a
handler that commits one row into the same database.

The clients are coroutines on bare sockets in this process, which keep their connections. They take a part of the
machine, so that requests a second are of both together; what a server needed of the processor for each request is its
own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import FastAPI, Header, Response
from sqlalchemy import text

from api.app import create_app
from api.service import Settings
from api.serving import server_of
from bench.indexing.chain import CONTRACTS, SLOT, SPV, Year
from bench.indexing.served import Served, node_of
from bench.local import cpu_of, database_urls
from ledger.engine.indexer import Indexer
from ledger.services import reading
from ledger.services.access import Access, make_key
from ledger.services.ledger import open_local
from ledger.store.database import Database
from tests.services.small import active, small_case

FIRST = (SLOT << 64) + 1
READS = {
    "50 receipts": f"/v1/receipts?series={SLOT}&limit=50",
    "one receipt": f"/v1/receipts/{FIRST}",
    "one series": f"/v1/series/{SLOT}",
    "100 holders": f"/v1/series/{SLOT}/holders?limit=100",
}
WRITE = f"/v1/receipts/{FIRST}/freeze"
_KEYS = count()


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run: requests a second, seconds of the middle and of the slowest of a hundred, processor seconds each."""

    rate: float
    p50: float
    p99: float
    cpu: float


# --- What is served ------------------------------------------------------------------------------------------------


def serve_ours(database: Database, listening: socket.socket) -> None:
    """The API over a database; what never changes of its series is that of a small one on an embedded chain."""
    case = small_case()
    with open_local(start=case.terms.open_date) as ledger:
        active(ledger, case, 100_000)
        settings = Settings(requests=10**9, anonymous=10**9)
        app = create_app(replace(ledger, database=database), settings, works=False)
        with ledger.reading() as connection:
            (made,) = reading.spvs(connection)
        catalogue = app.state.service.catalogue
        catalogue._known[SPV] = catalogue.of(made)
        server_of(app).run([listening])


def serve_bare(database: Database, bodies: dict[str, bytes], listening: socket.socket) -> None:
    """Handlers that answer these bodies, and one that commits a row."""
    app = FastAPI()
    documents = {name: json.loads(body) for name, body in bodies.items()}
    with database.write() as connection:
        connection.execute(text("create table bench_row (id varchar(64) primary key, body text)"))

    @app.get("/ready/{name}")
    async def ready(name: str) -> Response:
        return Response(bodies[name], media_type="application/json")

    @app.get("/document/{name}")
    def document(name: str) -> Any:
        return documents[name]

    @app.post("/row")
    def row(body: dict[str, str], idempotency_key: Annotated[str, Header()]) -> Any:
        with database.write() as connection:
            values = {"id": idempotency_key, "body": json.dumps(body)}
            connection.execute(text("insert into bench_row values (:id, :body)"), values)
        return body

    server_of(app).run([listening])


@contextmanager
def served(kind: str, url: str, bodies: Path) -> Iterator[tuple[int, int]]:
    """A server in a process of its own: its port, and the process."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        fd, port = listening.fileno(), listening.getsockname()[1]
        command = [sys.executable, "-m", "bench.api", "--serve", kind, url, str(bodies), str(fd)]
        process = subprocess.Popen(command, pass_fds=[fd])
        try:
            yield port, process.pid
        finally:
            process.terminate()
            process.wait()


# --- Who asks ------------------------------------------------------------------------------------------------------


def request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """The bytes of a request; a write has a key that was never used."""
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
    if method == "POST":
        head += (
            f"Idempotency-Key: bench-{next(_KEYS)}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        )
    return head.encode() + b"\r\n" + body


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: bytes) -> tuple[int, bytes]:
    """Status and body of one answer."""
    writer.write(raw)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


async def once(port: int, raw: bytes) -> tuple[int, bytes]:
    """One answer; the server may still be starting."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await ask(reader, writer, raw)
    finally:
        writer.close()


async def load(port: int, pid: int, asked: tuple[str, str, str, bytes], clients: int, seconds: float) -> Figures:
    """So many clients ask without a pause. Raises SystemExit if an answer is no success."""
    times: list[float] = []

    async def client(until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (begun := time.perf_counter()) < until:
            status, body = await ask(reader, writer, request(*asked))
            if status not in (200, 202):
                raise SystemExit(f"{asked[1]}: {status} {body[:300]!r}")
            times.append(time.perf_counter() - begun)
        writer.close()

    start, cpu = time.perf_counter(), cpu_of(pid)
    await asyncio.gather(*(client(start + seconds) for _ in range(clients)))
    took, cpu = time.perf_counter() - start, cpu_of(pid) - cpu
    times.sort()
    return Figures(len(times) / took, times[len(times) // 2], times[len(times) * 99 // 100], cpu / len(times))


# --- What is compared ----------------------------------------------------------------------------------------------


def compare(name: str, ours: Any, others: dict[str, Any], clients: Sequence[int], seconds: float) -> None:
    """Print a line for us, and one for each of the others, for each number of clients."""
    for number in clients:
        measured = {who: asyncio.run(load(*one, number, seconds)) for who, one in {"ours": ours, **others}.items()}
        mine = measured["ours"]
        for who, found in measured.items():
            ratios = "" if who == "ours" else f"{mine.rate / found.rate:>7.0%} {found.cpu / mine.cpu:>7.0%}"
            print(
                f"{name if who == 'ours' else '':<24}{who:<10}{number:>4}{found.rate:>9,.0f}{found.p50 * 1e3:>8.1f}"
                f"{found.p99 * 1e3:>8.1f}{found.cpu * 1e6:>9,.0f} {ratios}",
                flush=True,
            )


def bench(kind: str, url: str, served_chain: Served, home: Path, given: argparse.Namespace) -> None:
    with Database(url) as database:
        Indexer(database, node_of(served_chain), CONTRACTS, 1).sync()
        if not database.is_sqlite:
            with database.engine.connect() as connection:
                connection.connection.driver_connection.execute("commit; analyze")  # type: ignore[union-attr] # as its own upkeep does
        _, token = make_key(database, "bench", [Access.COMPLIANCE], by="bench")
    bodies = home / f"{kind}.json"
    with served("ours", url, bodies) as (port, pid):
        found = {}
        for name, path in READS.items():
            status, body = asyncio.run(once(port, request("GET", path, token)))
            if status != 200:
                raise SystemExit(f"{path}: {status} {body[:300]!r}")
            found[name] = body.decode()
        bodies.write_text(json.dumps(found))
        with served("bare", url, bodies) as (bare, other):
            asyncio.run(once(bare, request("GET", "/ready/one%20series", token)))
            for name, path in READS.items():
                place = name.replace(" ", "%20")
                others = {who: (bare, other, ("GET", f"/{who}/{place}", token, b"")) for who in ("ready", "document")}
                compare(f"{kind}, {name}", (port, pid, ("GET", path, token, b"")), others, given.clients, given.seconds)
            reason = b'{"reason":"bench"}'
            row = {"a row": (bare, other, ("POST", "/row", token, reason))}
            compare(f"{kind}, a write", (port, pid, ("POST", WRITE, token, reason)), row, given.clients, given.seconds)


def main(arguments: Sequence[str]) -> None:
    if arguments[:1] == ["--serve"]:
        kind, url, bodies, fd = arguments[1:]
        with socket.socket(fileno=int(fd)) as listening, Database(url) as database:
            if kind == "ours":
                serve_ours(database, listening)
            else:
                found = json.loads(Path(bodies).read_text())
                serve_bare(database, {name: body.encode() for name, body in found.items()}, listening)
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--receipts", type=int, default=100_000)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each line")
    parser.add_argument("--databases", nargs="*", default=["sqlite", "postgresql"])
    given = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="crt-bench-") as home, database_urls(given.databases) as urls:
        chain = Served(Path(home) / "chain", Year(given.receipts, 1).blocks())
        print(f"{given.receipts:,} receipts, {os.cpu_count()} cores\n")
        head = ("a second", "p50 ms", "p99 ms", "us each", "  ratio", "of cpu")
        print(f"{'':<24}{'':<10}{'':>4}{head[0]:>9}{head[1]:>8}{head[2]:>8}{head[3]:>9} {head[4]} {head[5]:>7}")
        for kind, url in urls.items():
            bench(kind, url, chain, Path(home), given)


if __name__ == "__main__":
    main(sys.argv[1:])
