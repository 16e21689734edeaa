"""Sends the messages of the feed to those who asked for them: in order, at least once, signed.

A receiver's checkpoint moves when it has answered 2xx, and not before. Killed in between, the message is sent again
under the same ``webhook-id``. One process at a time sends to a receiver, by a lease as accounts have.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import orjson

from ledger.engine import crash
from ledger.engine.holding import Holding, name_of_this_process
from ledger.engine.outbox import Event, Feed, Reset
from ledger.engine.posting import Answer, NotDelivered, post
from ledger.engine.standard_webhooks import headers
from ledger.errors import InputError
from ledger.store import webhooks
from ledger.store.accounts import Fenced
from ledger.store.database import Database
from ledger.store.webhooks import Webhook

__all__ = ["Deliveries", "Delivering", "send", "wants"]

_logger = logging.getLogger(__name__)

_PAGE = 100  # messages to one receiver in one round
_AT_ONCE = 8  # receivers
_DOUBLINGS = 30
_GONE = 410
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Delivering:
    """Seconds: for one message; after the first failure, twice as long after each further one; at most; and the lease,
    which is longer than a message may take."""

    timeout: float = 20.0
    pause: float = 5.0
    longest_pause: float = 6 * 3600.0
    lease: float = 60.0


class Deliveries:
    """To all receivers of one database."""

    def __init__(self, database: Database, contracts: Mapping[str, str], rules: Delivering | None = None) -> None:
        """``contracts``: kinds by address, as the indexer was given them."""
        self._database, self._feed = database, Feed(database, contracts)
        self._rules = rules or Delivering()
        self._owner = name_of_this_process()

    def run(self) -> bool:
        """One round: whoever can have messages now gets some, several receivers at a time. Says whether any moved."""
        with self._database.read() as connection:
            due = webhooks.known(connection, due=self._database.now(connection))
        if not due:
            return False
        with ThreadPoolExecutor(min(_AT_ONCE, len(due))) as threads:
            return any(list(threads.map(self._serve, due)))

    def _serve(self, webhook: Webhook) -> bool:
        holding = Holding(self._database, f"webhook {webhook.id}", self._owner, self._rules.lease)
        try:
            if holding.take() is None:
                return False
            with self._database.read() as connection:
                now, found = self._database.now(connection), webhooks.find(connection, webhook.id)
            if found is None or not found.enabled or found.next_at > now:
                return False  # another process was here meanwhile
            return self._send_page(holding, found)
        except Fenced:
            return False
        finally:
            holding.release()

    def _send_page(self, holding: Holding, webhook: Webhook) -> bool:
        has = webhook.checkpoint
        page = self._feed.read(has, _PAGE)
        wanted = [event for event in page if wants(webhook.events, event)]
        for event in wanted:
            if not self._send(holding, webhook.id, has, event):
                return event is not wanted[0]
            has = event.seq
        if page and page[-1] not in wanted[-1:]:
            with holding.write() as connection:
                webhooks.delivered(connection, webhook.id, has, page[-1].seq)
        return bool(page)

    def _send(self, holding: Holding, number: int, has: int, event: Event | Reset) -> bool:
        """Whether the receiver, which has all up to ``has``, has it now."""
        if holding.take() is None:
            return False
        with self._database.read() as connection:
            now, webhook = self._database.now(connection), webhooks.find(connection, number)
        if webhook is None or not webhook.enabled or webhook.checkpoint != has or not wants(webhook.events, event):
            return False  # it was changed meanwhile
        crash.point("webhook.sending")
        try:
            answer = send(webhook, event.id, event.document(), now, self._rules.timeout)
            said = f"{answer.status} for message {event.seq}"
        except (NotDelivered, InputError) as error:
            answer, said = Answer(0, None), f"message {event.seq} not delivered: {error}"
        crash.point("webhook.answered")
        done = 200 <= answer.status < 300
        with holding.write() as connection:
            if done:
                done = webhooks.delivered(connection, number, has, event.seq, said)
            elif answer.status == _GONE:
                webhooks.disable(connection, number, f"{said}: it wants no more")
            else:
                pause = self._pause(webhook.failures, answer.retry_after)
                _logger.warning("a webhook is not taken: %s", said, extra={"webhook": number, "pause": round(pause)})
                webhooks.failed(connection, number, said, holding.now(connection) + int(pause * 1000))
            crash.point("webhook.storing")
        return done

    def _pause(self, failures: int, asked: float | None) -> float:
        """Seconds until the next attempt: with chance in it, so that receivers who failed together do not come back
        together, and as long as was asked for, if that is at most a day."""
        longest = self._rules.longest_pause
        usual = min(self._rules.pause * 2.0 ** min(failures, _DOUBLINGS), longest)
        spread = usual * random.uniform(0.75, 1.25)  # noqa: S311 - nothing secret
        return max(spread, min(asked or 0.0, _DAY))


def send(webhook: Webhook, message_id: str, document: Mapping[str, Any], now: int, timeout: float) -> Answer:
    """One message, signed at ``now`` (milliseconds since 1970). Raises NotDelivered, and InputError for an address that
    is not allowed."""
    body = orjson.dumps(document)
    secrets = [webhook.secret]
    if webhook.old_secret is not None and now < webhook.old_until:
        secrets.append(webhook.old_secret)
    sent = {"Content-Type": "application/json", "User-Agent": "compute-receipt-ledger"}
    sent |= headers(secrets, message_id, now // 1000, body)
    return post(webhook.url, sent, body, timeout=timeout, local=webhook.local)


def wants(patterns: tuple[str, ...], event: Event | Reset) -> bool:
    """Whether one of the patterns is this event's: ``Kind.Name``, ``Kind.*`` or ``*``. A reset is for all."""
    if isinstance(event, Reset):
        return True
    return any(one in ("*", f"{event.kind}.*", f"{event.kind}.{event.name}") for one in patterns)
