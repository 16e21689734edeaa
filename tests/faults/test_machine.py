"""Whatever happens, in whatever order: in the end each operation was done once, and the database knows it.

``MACHINES=1000`` tries so many histories on each database instead of a few, each other ones; ``-s`` shows what they
were made of.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select, update

from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import Refusal
from ledger.chain.primitives import keccak
from ledger.engine import crash, outgoing
from ledger.engine.operations import Operation
from ledger.engine.sender import DurableSender
from ledger.errors import ChainError, InputError
from ledger.store import operations
from ledger.store.database import Database
from ledger.store.tables import accounts, attempts
from tests.engine.pool import Pool
from tests.engine.stage import Stage, sender_of
from tests.faults.audit import differences
from tests.faults.backups import Backup
from tests.faults.driver import wanted
from tests.faults.test_kill import points
from tests.store import databases

_MACHINES = os.environ.get("MACHINES")
_ROUNDS = 100  # of work, until what is not settled by then never is
_NUMBERS = st.integers(0, 10**6)  # picks one of what there is


class Killed(BaseException):
    """The process ends here."""


class Servers(RuleBasedStateMachine):
    """Two servers on one database, a chain that misbehaves, and somebody else who has the key."""

    def __init__(self, node: EmbeddedNode, stage: Stage, postgresql: str | None, met: Counter[str]) -> None:
        super().__init__()
        self.mark, self.stage, self.met = node.snapshot(), stage, met
        self.pool, self.made = Pool(node), ExitStack()
        url = None if postgresql is None else self.made.enter_context(databases.server_one(postgresql))
        self.database = Database(url)
        self.backup = Backup(self.database.engine.url.render_as_string(hide_password=False))
        self.made.callback(self.backup.close)
        self.made.callback(self.database.close)
        self.known: dict[str, Operation] = {}
        self.fails: set[str] = set()
        self.elsewhere: list[str] = []
        self.kept: set[str] | None = None  # what was known when the backup was made, if there is one
        self.since: set[str] = set()  # what was asked for after it
        self.lost: set[str] = set()  # what a restored database does not know of
        self.may_refuse = False
        self.sending = {"confirmations": 0}
        self.kill: tuple[str, int] | None = None
        self.plot: tuple[int, Callable[[], Any]] | None = None
        self.pool.before = self._before
        self.crashing = patch.object(crash, "point", self._at)
        self.crashing.start()

    @initialize(confirmations=st.sampled_from([0, 0, 2, 6]), in_flight=st.integers(1, 4), together=st.integers(1, 3))
    def begin(self, confirmations: int, in_flight: int, together: int) -> None:
        self.sending = {"confirmations": confirmations, "in_flight": in_flight, "together": together}
        self.senders = [self._sender(0.0), self._sender(0.0)]
        self.accept([(True, False), (False, False)])
        self._round(0)

    # --- What clients do ---------------------------------------------------------------------------------------------

    @rule(kinds=st.lists(st.tuples(st.booleans(), st.sampled_from([False, False, True])), min_size=1, max_size=4))
    def accept(self, kinds: list[tuple[bool, bool]]) -> None:
        keys = [f"key {len(self.known) + i}" for i in range(len(kinds))]
        self.fails |= {key for key, (_, fails) in zip(keys, kinds, strict=True) if fails}
        self.known |= {key: wanted(self.stage, key, *kind) for key, kind in zip(keys, kinds, strict=True)}
        self._accept(keys)

    @rule(number=_NUMBERS)
    def accept_again(self, number: int) -> None:
        self._accept([self._one_of(list(self.known), number)])

    @rule(number=_NUMBERS)
    def accept_with_another_intent(self, number: int) -> None:
        key = self._one_of(list(self.known), number)
        with self.database.read() as connection:
            is_known = bool(operations.find(connection, [key]))
        if is_known:
            with pytest.raises(InputError, match="another operation was done under this key"):
                self.senders[0].accept([self.stage.mint(key, 2)])

    # --- What servers do ---------------------------------------------------------------------------------------------

    @rule(who=st.integers(0, 1), takes=st.booleans(), rounds=st.integers(1, 4))
    def work(self, who: int, takes: bool, rounds: int) -> None:
        if takes:
            self._expire()
        for _ in range(rounds):
            self._round(who)

    @rule(who=st.integers(0, 1), patience=st.sampled_from([0.0, 60.0]))
    def start_again(self, who: int, patience: float) -> None:
        self._expire()
        self.senders[who] = self._sender(patience)

    @rule(point=st.sampled_from(points()), nth=st.sampled_from([1, 1, 2]), who=st.integers(0, 1))
    def killed(self, point: str, nth: int, who: int) -> None:
        """Somewhere on the way of what is asked for now, or of what is on its way already."""
        self.accept([(True, False)])
        self.kill = (point, nth)
        self.work(who, takes=True, rounds=3)

    @rule(who=st.integers(0, 1), seed=_NUMBERS, rate=st.sampled_from([0.1, 0.3]))
    def work_in_trouble(self, who: int, seed: int, rate: float) -> None:
        self.pool.trouble(seed, rate)
        self.work(who, takes=False, rounds=5)
        self.pool.trouble(0, 0)

    # --- What chains do ----------------------------------------------------------------------------------------------

    @rule(auto=st.booleans())
    def hold(self, auto: bool) -> None:
        self.pool.auto = auto

    @rule(most=st.integers(1, 5))
    def mine(self, most: int) -> None:
        self.met["mined"] += self.pool.mine(most)
        self.pool.empty_block()

    @rule(number=_NUMBERS)
    def drop(self, number: int) -> None:
        if self.pool.pool:
            self.met["dropped"] += 1
            del self.pool.pool[self._one_of(list(self.pool.pool), number)]

    @rule(depth=st.integers(1, 6), keep=st.booleans())
    def reorganise(self, depth: int, keep: bool) -> None:
        """With confirmations, never deeper than that, and to a chain that is longer."""
        enough = self.sending["confirmations"]
        self.met["reorganised"] += 1
        self.pool.reorganise(min(depth, enough or depth), keep=keep)
        for _ in range(enough and depth):
            self.pool.empty_block()

    @precondition(lambda self: self.sending["confirmations"] > 0)
    @rule(number=_NUMBERS)
    def replay(self, number: int) -> None:
        """Bytes that were in a pool once are there again."""
        if self.pool.taken:
            self.met["replayed"] += 1
            self.pool._take(self._one_of(self.pool.taken, number))

    @rule(reason=st.sampled_from([None, None, *Refusal]), part=st.integers(1, 3))
    def refuse(self, reason: Refusal | None, part: int) -> None:
        """Some bytes are not taken."""
        if reason in (Refusal.ALREADY_KNOWN, Refusal.NONCE_TOO_LOW):
            reason = None  # these say that it was taken, or another: see `Pool`
        self.may_refuse |= reason is not None
        self.pool.refuse = lambda raw: reason if keccak(raw)[0] % part == 0 else None

    @rule()
    def send_elsewhere(self) -> None:
        """Somebody else sends from this account."""
        self.met["sent elsewhere"] += 1
        self.elsewhere.append(f"elsewhere {len(self.elsewhere)}")
        self.pool._mark()
        self.pool.node.send_raw(self.stage.elsewhere(self.pool.node, self.elsewhere[-1]))
        self.pool.mine(0)  # forgets what has a nonce that is spent

    @rule(
        after=st.integers(0, 12),
        what=st.one_of(
            st.builds(lambda *args: ("reorganise", *args), st.integers(1, 6), st.booleans()),
            st.sampled_from([("work",), ("mine", 9), ("send_elsewhere",), ("hold", False)]),
        ),
        who=st.integers(0, 1),
    )
    def meanwhile(self, after: int, what: tuple[Any, ...], who: int) -> None:
        """In the middle of a round something happens, or the other server takes the account."""
        name, *args = what if what != ("work",) else ("work", 1 - who, True, 1)
        self.plot = (after, partial(getattr(self, name), *args))
        self.work(who, takes=True, rounds=2)
        self.plot = None

    # --- What administrators do --------------------------------------------------------------------------------------

    @rule()
    def back_up(self) -> None:
        self.database.engine.dispose()
        self.backup.make()
        self.kept, self.since = set(self.known), set()

    @precondition(lambda self: self.kept is not None)
    @rule(mined=st.booleans(), asked_again=st.booleans())
    def restore(self, mined: bool, asked_again: bool) -> None:
        """With all servers stopped, and nothing pending that the database does not know of."""
        if mined:
            self.pool.mine()
        self.pool.pool.clear()
        self.pool.taken.clear()
        self.met["restored"] += 1
        self.database.engine.dispose()
        self.backup.restore()
        self.lost |= self.since
        self._expire()
        self.senders = [self._sender(0.0), self._sender(0.0)]
        if asked_again:
            self._accept(sorted(self.since))
        self.accept([(True, False)])
        self._round(0)

    # --- The end -----------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if hasattr(self, "senders"):
                self._settle()
                self._check()
        finally:
            self.crashing.stop()
            self.made.close()
            self.pool.node.revert(self.mark)

    def _settle(self) -> None:
        """From here on all goes well."""
        self.pool.auto, self.pool.refuse, self.kill = True, lambda raw: None, None
        self.pool.mine()
        self._expire()
        sender = self.senders[0] = self._sender(0.0)
        self.accept([(True, False)])
        for _ in range(_ROUNDS):
            with self.database.read() as connection:
                if not operations.actors(connection):
                    return
            if not sender.work():
                self.pool.empty_block()
        raise AssertionError(f"it does not settle: {differences(self.database, self.pool.node)}")

    def _check(self) -> None:
        node = self.pool.node
        self.met["histories"] += 1
        self.met["accepted"] += len(self.known)
        self.met["sent"] += len(self.pool.sent)
        self.met["done"] += sum(self.stage.done(node, key) for key in self.known)
        with self.database.read() as connection:
            each = select(func.count()).select_from(attempts).group_by(attempts.c.transaction_id)
            self.met["bumped"] += sum(number - 1 for (number,) in connection.execute(each))
        assert differences(self.database, node) == []
        with self.database.read() as connection:
            found = operations.find(connection, list(self.known))
        for key in self.known:
            state, done = found[key].state if key in found else "lost", self.stage.done(node, key)
            error = str(found[key].error) if state == "refused" else ""
            case = (key, state, done, error)
            if key in self.fails:
                assert state == "refused" or key in self.lost, case
            elif key in self.lost:
                assert done == 1 if state == "done" else done <= 1, case
            else:
                assert (state, done) == ("done", 1) or (
                    (state, done) == ("refused", 0) and self.may_refuse and ("'refused'" in error or "no node" in error)
                ), case
        assert all(self.stage.done(node, key) <= 1 for key in self.elsewhere)

    # --- Means -------------------------------------------------------------------------------------------------------

    def _sender(self, patience: float) -> DurableSender:
        return sender_of(self.database, self.pool, patience=patience, **self.sending)

    def _accept(self, keys: Sequence[str]) -> None:
        self.since |= set(keys)
        wanted = [self.known[key] for key in keys]
        try:
            self.senders[0].accept(wanted)
        except Killed:
            self.met["killed"] += 1
            self.senders[0] = self._sender(0.0)
            self.senders[0].accept(wanted)

    def _round(self, who: int) -> None:
        try:
            with suppress(ChainError):
                self.senders[who].work()
        except Killed:
            self.met["killed"] += 1
            self._expire()  # others notice that the process has ended
            self.senders[who] = self._sender(0.0)

    def _expire(self) -> None:
        with self.database.write() as connection:
            connection.execute(update(accounts).values(lease_until=0))

    def _one_of(self, values: Sequence[Any], number: int) -> Any:
        return values[number % len(values)]

    def _before(self, method: str) -> None:
        if self.plot is not None:
            left, happens = self.plot
            self.plot = (left - 1, happens) if left else None
            if not left:
                happens()

    def _at(self, point: str) -> None:
        if self.kill is not None and self.kill[0] == point:
            left = self.kill[1] - 1
            self.kill = (point, left) if left else None
            if not left:
                raise Killed(point)


_MEETS = {"accepted", "bumped", "done", "dropped", "killed", "mined", "reorganised", "restored", "sent"}


@pytest.mark.parametrize(("kind", "histories"), [("sqlite", 25), ("postgresql", 8)])
def test_whatever_happens(
    request: pytest.FixtureRequest,
    chain: tuple[EmbeddedNode, Stage],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    histories: int,
) -> None:
    met: Counter[str] = Counter()
    server = request.getfixturevalue("postgresql") if kind == "postgresql" else None
    monkeypatch.setattr(outgoing, "_SOON", 0.0)  # what is refused is tried again in the next round
    how = settings(
        max_examples=int(_MACHINES or histories),
        stateful_step_count=25,
        derandomize=_MACHINES is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(lambda: Servers(*chain, server, met), settings=how)
    print(kind, dict(sorted(met.items())))
    if _MACHINES or kind == "sqlite":
        assert not _MEETS - met.keys(), met
