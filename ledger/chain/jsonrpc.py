"""JSON-RPC 2.0 on an embedded chain: from the bytes of a request to those of its answer, however they travel."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import orjson

from ledger.chain import rpcdev, rpcmethods
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.rpcerrors import INTERNAL, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, RpcFailure, error_object
from ledger.chain.rpcfilters import Filters
from ledger.chain.rpcmethods import Method
from ledger.errors import InputError, LedgerError

__all__ = ["CLIENT", "JsonRpc", "refuse"]

CLIENT = "crt-node"
"""How ``web3_clientVersion`` begins."""

_BATCH = 1_000  # calls in one request, as geth

_logger = logging.getLogger(__name__)


class JsonRpc:
    """Answers requests about one node. Safe to use from several threads.

    A request is answered after it took effect: the block of a transaction is in the file before its hash is answered.
    """

    def __init__(self, node: EmbeddedNode) -> None:
        self._node = node
        python = ".".join(map(str, sys.version_info[:3]))
        client = f"{CLIENT}/{version('compute-receipt-ledger')}/{sys.platform}/python{python}"
        self._methods: dict[str, Method] = {
            "web3_clientVersion": Method(lambda node: client),
            **rpcmethods.METHODS,
            **rpcdev.METHODS,
            **Filters(node).methods(),
        }

    def answer(self, body: bytes) -> bytes | None:
        """The answer to a call or a batch of them; nothing when it holds notifications only."""
        try:
            # Not the standard library's: py-evm lifts Python's recursion limit, and deep nesting would end the process.
            request = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            return _encode(_error(None, RpcFailure(PARSE_ERROR, f"parse error: {error}")))
        if not isinstance(request, list):
            answer = self._one(request)
            return None if answer is None else _encode(answer)
        if not request:
            return refuse("empty batch")
        if len(request) > _BATCH:
            return refuse(f"batch too large: at most {_BATCH} calls")
        answers = [answer for answer in map(self._one, request) if answer is not None]
        return _encode(answers) if answers else None

    def _one(self, request: Any) -> dict[str, Any] | None:
        if not isinstance(request, Mapping):
            return _error(None, RpcFailure(INVALID_REQUEST, "invalid request"))
        number, method = request.get("id"), request.get("method")
        if not _is_id(number):
            return _error(None, RpcFailure(INVALID_REQUEST, "invalid request: the id is a string or a number"))
        if request.get("jsonrpc") != "2.0" or not isinstance(method, str):
            return _error(number, RpcFailure(INVALID_REQUEST, "invalid request"))
        try:
            answer = {"jsonrpc": "2.0", "id": number, "result": self._call(method, request.get("params", []))}
        except LedgerError as error:
            answer = _error(number, error)
        except Exception:  # a mistake in here must not leave the asker without an answer
            _logger.exception("%s failed", method)
            answer = _error(number, RpcFailure(INTERNAL, "internal error: the node's log has more"))
        return answer if "id" in request else None

    def _call(self, name: str, params: Any) -> Any:
        method = self._methods.get(name)
        if method is None:
            raise RpcFailure(METHOD_NOT_FOUND, f"the method {name[:80]} does not exist/is not available")
        if not isinstance(params, list):
            raise InputError("the parameters are an array", found=type(params).__name__)
        return method(self._node, params=params)


def refuse(why: str) -> bytes:
    """The answer to a request that is none."""
    return _encode(_error(None, RpcFailure(INVALID_REQUEST, why)))


def _is_id(value: Any) -> bool:
    return value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))


def _error(number: Any, error: LedgerError) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": error_object(error)}


def _encode(answer: Any) -> bytes:
    return orjson.dumps(answer)
