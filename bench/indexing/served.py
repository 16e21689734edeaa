"""Prepared blocks in a file, and a node that gives out of it the bytes that a JSON-RPC endpoint would send."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from bench.indexing.chain import CONTRACTS, SPV, Block
from ledger.chain.rpc import RpcNode
from ledger.chain.transport import RpcError


class Served:
    """The answers of one endpoint, byte by byte; the blocks are on disk, so that they take no memory here."""

    def __init__(self, path: Path, blocks: Iterable[Block]) -> None:
        self.events = 0
        self._headers: list[bytes] = []
        self._ends, self._counts = [0], [0]
        with path.open("wb") as file:
            for block in blocks:
                file.write(b"".join(log + b"," for log in block.logs))
                self.events += len(block.logs)
                self._headers.append(block.header)
                self._ends.append(file.tell())
                self._counts.append(self.events)
        self._file = os.open(path, os.O_RDONLY)
        self.head = len(self._headers)

    def answer(self, method: str, params: Sequence[Any]) -> bytes:
        """What the endpoint sends for one call."""
        if method == "eth_chainId":
            result = b'"0x1"'
        elif method == "eth_blockNumber":
            result = b'"0x%x"' % self.head
        elif method == "eth_getBlockByNumber":
            number = self.head if params[0] == "latest" else int(params[0], 16)
            result = self._headers[number - 1]
        elif method == "eth_getLogs":
            first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
            start, end = self._ends[first - 1], self._ends[last]
            result = self._of(params[0]["address"], b"[" + os.pread(self._file, end - start - 1, start) + b"]")
        else:
            raise RpcError(method, {"code": -32601, "message": "not here"})
        return b'{"jsonrpc":"2.0","id":1,"result":' + result + b"}"

    @staticmethod
    def _of(addresses: Sequence[str], logs: bytes) -> bytes:
        """Only those of these contracts; who asks for all of them gets the bytes as they are."""
        asked = {one.lower() for one in addresses}
        if asked == {one.lower() for one in (*CONTRACTS, SPV)}:
            return logs
        return orjson.dumps([log for log in orjson.loads(logs) if log["address"] in asked])

    def events_to(self, block: int) -> int:
        """How many events the blocks up to this one have."""
        return self._counts[block]


class Wire:
    """In the place of the connection: the same bytes, and read the same way."""

    shown = "bench"

    def __init__(self, served: Served) -> None:
        self._served = served

    def request(self, method: str, *params: Any) -> Any:
        return orjson.loads(self._served.answer(method, params))["result"]

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        answers = [self._served.answer(method, params) for method, params in calls]
        return [one["result"] for one in orjson.loads(b"[" + b",".join(answers) + b"]")]

    def close(self) -> None:
        pass


def node_of(served: Served) -> RpcNode:
    node = RpcNode("http://127.0.0.1")
    node._transport = Wire(served)  # type: ignore[assignment]
    return node
