"""What somebody asks the ledger to do over the network, each once: kept first, and done then, whoever is killed.

Commands run beside each other. Who needs one to be done before another one waits for it.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeAlias
from uuid import uuid4

import orjson
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ledger.engine.holding import has_ended, name_of_this_process
from ledger.engine.operations import Operation, Outcome, Sender
from ledger.errors import ChainError, InputError, LedgerError, Reverted, StoreError
from ledger.services.audit import note, without_secrets
from ledger.services.ledger import Ledger
from ledger.store import commands
from ledger.store.commands import Command, Sent, find, known, listed, open_of, transactions
from ledger.store.database import Database

__all__ = [
    "Command",
    "KeyReused",
    "Runner",
    "Sent",
    "UnderWay",
    "accept",
    "at_once",
    "digest",
    "find",
    "known",
    "listed",
    "open_of",
    "transactions",
]

_logger = logging.getLogger(__name__)

_LEASE = 30.0  # seconds after which another process takes up what one worked on that says nothing any more
_LOOK = 1.0  # seconds between looks for what others accepted
_SHORTEST, _LONGEST = 0.25, 60.0  # seconds until it is tried again, longer each time

Run: TypeAlias = Callable[[Ledger, Command], Any]
"""Does a command with a ledger, and returns what is kept of it: plain JSON."""


class UnderWay(ChainError):
    """A command waits for others than the ledger, and is taken up again."""


class KeyReused(InputError):
    """Something else was asked for under the same key."""


def digest(name: str, arguments: Any) -> bytes:
    """What is asked for, whatever the order in which its arguments were given."""
    return hashlib.sha256(orjson.dumps([name, arguments], option=orjson.OPT_SORT_KEYS)).digest()


def accept(database: Database, principal: str, key: str, name: str, arguments: Mapping[str, Any]) -> Command:
    """Keep a command; what this principal asked for under the same key before is returned as it stands now.

    Raises KeyReused if that was something else.
    """
    with database.write() as connection:
        return _kept(database, connection, principal, key, name, arguments)


def at_once(
    database: Database,
    principal: str,
    key: str,
    name: str,
    arguments: Mapping[str, Any],
    do: Callable[[Connection], Any],
) -> Command:
    """Do what is of the database alone in the transaction that keeps it, with its record in the audit log: all of it,
    or nothing. ``do`` returns what is kept of it: plain JSON, without secrets. Under the same key it is not done again.

    Raises KeyReused if something else was asked for under the key, and what ``do`` raises; of that nothing is kept.
    """
    with database.write() as connection:
        found = _kept(database, connection, principal, key, name, arguments)
        if found.state == "accepted":
            result = do(connection)
            commands.done(connection, found.id, result, [], database.now(connection))
            note(database, connection, name, {"operation": found.id, **without_secrets(arguments)}, actor=principal)
            found = found._replace(state="done", result=result)
        return found


def _kept(
    database: Database, connection: Connection, principal: str, key: str, name: str, arguments: Mapping[str, Any]
) -> Command:
    asked = digest(name, arguments)
    found = commands.accept(
        connection,
        id=f"op_{uuid4().hex}",
        principal=principal,
        idempotency_key=key,
        name=name,
        request_hash=asked,
        arguments=dict(arguments),
        now=database.now(connection),
    )
    if found.request_hash != asked:
        raise KeyReused(
            "something else was asked for under this key",
            field="Idempotency-Key",
            expected=f"the same request, {found.name}",
            found=name,
            hint="use a new key for each thing you want done",
        )
    return found


class Runner:
    """Does what was accepted, here or in another process. Any number of them may work on one database."""

    def __init__(
        self, ledger: Ledger, run: Run, explain: Callable[[LedgerError], Mapping[str, Any]], *, threads: int = 16
    ) -> None:
        """``run`` does a command; ``explain`` makes of an error what is kept: plain JSON."""
        self._ledger, self._run, self._explain, self._threads = ledger, run, explain, threads
        self._owner = name_of_this_process()
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self._tries: dict[str, int] = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Work in the background."""
        self._thread = threading.Thread(target=self._work, name="commands")
        self._thread.start()

    def wake(self) -> None:
        """Something was accepted."""
        self._woken.set()

    def stop(self) -> None:
        """End what is begun, and begin nothing more."""
        self._stopped.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        with ThreadPoolExecutor(self._threads, thread_name_prefix="command") as pool:
            while not self._stopped.is_set():
                self._woken.clear()
                try:
                    for one in self._claim():
                        pool.submit(self._do, one)
                except (LedgerError, SQLAlchemyError) as error:
                    _logger.warning("commands cannot be looked up: %s", type(error).__name__)
                self._woken.wait(_LOOK)

    def _claim(self) -> Sequence[Command]:
        """As many as there are threads that have nothing to do. Those that are being done stay ours."""
        with self._lock:
            running = list(self._running)
        database = self._ledger.database
        with database.read() as connection:
            if not commands.waiting(connection):
                return []
        with database.write() as connection:
            now = database.now(connection)
            until, room = now + int(_LEASE * 1000), self._threads - len(running)
            commands.lease(connection, self._owner, running, until)
            found = (
                commands.claim(connection, self._owner, now, until, has_ended=has_ended, but=running, limit=room)
                if room
                else []
            )
        with self._lock:
            self._running |= {one.id for one in found}
        return found

    def _do(self, command: Command) -> None:
        try:
            self._attempt(command)
        except Exception:
            # It stays accepted, and is taken up when the lease has ended.
            _logger.exception("a command could not be ended", extra={"command": command.id})
        finally:
            with self._lock:
                self._running.discard(command.id)
            self._woken.set()

    def _attempt(self, command: Command) -> None:
        noting = Noting(self._ledger.sender)
        try:
            result = self._run(replace(self._ledger, sender=noting), command)
            self._ledger.sync()  # whoever sees that it is done sees what it did
        except Exception as error:  # whatever it is, it is kept
            if _passes(error):
                self._later(command, error)
                return
            if not isinstance(error, LedgerError):
                _logger.exception("a command failed", extra={"command": command.id})
                error = LedgerError("the ledger has failed", hint="tell the operator the number of this operation")
            self._end(command, noting.keys, None, error)
        else:
            self._end(command, noting.keys, result, None)
        self._tries.pop(command.id, None)

    def _end(self, command: Command, keys: Sequence[str], result: Any, error: LedgerError | None) -> None:
        """What came of it, and the record in the audit log, together."""
        database = self._ledger.database
        with database.write() as connection:
            now = database.now(connection)
            if error is None:
                ended = commands.done(connection, command.id, result, keys, now)
            else:
                ended = commands.failed(connection, command.id, self._explain(error), keys, now)
            if ended:
                told = {"operation": command.id, **without_secrets(command.arguments)}
                note(database, connection, command.name, told, error, command.principal)

    def _later(self, command: Command, error: Exception) -> None:
        """It is under way, or node or database do not answer: it is taken up again."""
        tries = self._tries[command.id] = self._tries.get(command.id, 0) + 1
        pause = min(_LONGEST, _SHORTEST * 2.0 ** min(tries, 10))
        if not isinstance(error, UnderWay):
            extra = {"command": command.id, "error": type(error).__name__, "tries": tries, "pause": pause}
            _logger.warning("a command is tried again", extra=extra)
        database = self._ledger.database
        with database.write() as connection:
            commands.let_go(connection, command.id, database.now(connection) + int(pause * 1000))


def _passes(error: Exception) -> bool:
    """Whether it may go another time: nothing was refused."""
    if isinstance(error, Reverted):
        return False
    return isinstance(error, ChainError | StoreError | SQLAlchemyError)


class Noting:
    """A sender that notes the keys of what goes through it."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.keys: list[str] = []

    def submit(self, operation: Operation) -> Outcome:
        """See :class:`~ledger.engine.operations.Sender`, as the others here."""
        self._note(operation.key)
        return self._sender.submit(operation)

    def submit_many(self, wanted: Iterable[Operation]) -> list[Outcome | LedgerError]:
        given = list(wanted)
        for one in given:
            self._note(one.key)
        return self._sender.submit_many(given)

    def find(self, key: str) -> Outcome | None:
        found = self._sender.find(key)
        if found is not None:
            self._note(key)
        return found

    def work(self) -> bool:
        return self._sender.work()

    def close(self) -> None:
        """The sender belongs to others."""

    def _note(self, key: str) -> None:
        if key not in self.keys:
            self.keys.append(key)
