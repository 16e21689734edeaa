"""Filters: what is new since the last time that somebody asked. In memory, and forgotten when nobody asks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ledger.chain import rpcformat, rpcparams
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.rpcerrors import SERVER_ERROR, RpcFailure
from ledger.chain.rpcformat import data, quantity
from ledger.chain.rpcmethods import Method, find_logs
from ledger.chain.rpcparams import LogQuery
from ledger.errors import InputError

__all__ = ["Filters"]

_LIFETIME = 300.0  # seconds without a question, as geth
_MOST = 1_000


@dataclass
class _Filter:
    query: LogQuery | None  # None asks for blocks
    next: int  # the first block that has not been told
    asked: float


class Filters:
    """The filters of one node. Safe to use from several threads: each change is told once."""

    def __init__(self, node: EmbeddedNode, now: Callable[[], float] = time.monotonic) -> None:
        self._node, self._now = node, now
        self._filters: dict[int, _Filter] = {}

    def methods(self) -> Mapping[str, Method]:
        """The methods of these filters by their names in JSON-RPC."""
        return {
            "eth_newFilter": Method(self._new, (rpcparams.log_query,)),
            "eth_newBlockFilter": Method(self._new_of_blocks),
            "eth_getFilterChanges": Method(self._changes, (rpcparams.quantity,)),
            "eth_getFilterLogs": Method(self._logs, (rpcparams.quantity,)),
            "eth_uninstallFilter": Method(self._uninstall, (rpcparams.quantity,)),
        }

    def _new(self, _: EmbeddedNode, query: LogQuery) -> str:
        if query.block_hash is not None:
            raise InputError("a filter is about a range of blocks", expected="fromBlock and toBlock")
        return self._add(query)

    def _new_of_blocks(self, _: EmbeddedNode) -> str:
        return self._add(None)

    def _add(self, query: LogQuery | None) -> str:
        with self._node.reading():
            self._forget()
            if len(self._filters) >= _MOST:
                raise RpcFailure(SERVER_ERROR, f"too many filters: uninstall some of the {_MOST}")
            number = secrets.randbits(64)  # one from before a restart must not be another's by accident
            self._filters[number] = _Filter(query, self._node.block_number() + 1, self._now())
            return quantity(number)

    def _changes(self, _: EmbeddedNode, number: int) -> list[Any]:
        with self._node.reading() as blocks:
            found = self._find(number)
            head = self._node.block_number()
            first, found.next = found.next, head + 1
            if found.query is None:
                return [data(blocks.header(new).hash) for new in range(first, head + 1)]
            return self._told(_from(found.query, first))

    def _logs(self, _: EmbeddedNode, number: int) -> list[Any]:
        with self._node.reading():
            found = self._find(number)
            if found.query is None:
                raise RpcFailure(SERVER_ERROR, "filter not found: it is one of blocks")
            return self._told(found.query)

    def _told(self, query: LogQuery) -> list[Any]:
        return [rpcformat.log(log) for log in find_logs(self._node, query)]

    def _uninstall(self, _: EmbeddedNode, number: int) -> bool:
        with self._node.reading():
            return self._filters.pop(number, None) is not None

    def _find(self, number: int) -> _Filter:
        self._forget()
        found = self._filters.get(number)
        if found is None:
            raise RpcFailure(SERVER_ERROR, "filter not found")
        found.asked = self._now()
        return found

    def _forget(self) -> None:
        oldest = self._now() - _LIFETIME
        self._filters = {number: kept for number, kept in self._filters.items() if kept.asked >= oldest}


def _from(query: LogQuery, first: int) -> LogQuery:
    """What the query asks of the blocks from ``first`` on."""
    return replace(query, first=first if query.first == "latest" else max(int(query.first), first))
