"""The ABI and bytecode of our contracts.

One file per contract, ``<Name>.json`` with ``contractName``, ``abi``, ``bytecode`` and ``deployedBytecode``. They are
looked for in ``ledger/contracts/artifacts`` (where a wheel puts them) and then in ``contracts/artifacts`` beside the
package (where a checkout has them). Tests and other tools name a directory of their own.

    spv = Contract("Spv")
    spv.function("declare").encode(coupon, when)        calldata
    spv.encode("transferFrom", 1, owner, 500)           calldata for the overload that takes these
    spv.function("approve(uint256,address,uint256)")    the overload of this signature
    spv.event("Declared").decode(log)                   a DecodedEvent
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from ledger.chain.abi import DecodedEvent, Error, Event, Function, Signature, encode_arguments
from ledger.chain.codec import TupleType
from ledger.chain.node import Log
from ledger.errors import InputError, SetupError

_S = TypeVar("_S", bound=Signature)

__all__ = ["Contract", "artifact_directory", "contract_names"]

_PACKAGE = Path(__file__).resolve().parent.parent


def artifact_directory() -> Path:
    """Where the artifacts are. Raises :class:`SetupError` when they are in neither place."""
    places = (_PACKAGE / "contracts" / "artifacts", _PACKAGE.parent / "contracts" / "artifacts")
    for place in places:
        if place.is_dir():
            return place
    raise SetupError("the contracts' artifacts are missing", hint="compile them, or install the package from its wheel")


def contract_names(directory: Path | None = None) -> list[str]:
    """The names of all contracts that have an artifact, sorted."""
    return sorted(path.stem for path in (directory or artifact_directory()).glob("*.json"))


class Contract:
    """One contract's interface and code, wherever it is deployed.

    Parsed once per process and file: making another ``Contract("Spv")`` costs nothing.
    """

    __slots__ = ("_events_by_topic", "_parsed", "abi", "bytecode", "deployed_bytecode", "name")

    def __init__(self, name: str, *, directory: Path | None = None) -> None:
        """Raises :class:`SetupError` when there is no artifact of this name or it cannot be read."""
        self._adopt(_load(name, directory or artifact_directory()))

    @classmethod
    def from_artifact(cls, artifact: Mapping[str, Any]) -> Contract:
        """A contract from an artifact that is already read, or from ``{"contractName": ..., "abi": [...]}``."""
        self = cls.__new__(cls)
        self._adopt(_Parsed(artifact))
        return self

    def _adopt(self, parsed: _Parsed) -> None:
        self._parsed = parsed
        self.name, self.abi = parsed.name, parsed.abi
        self.bytecode, self.deployed_bytecode = parsed.bytecode, parsed.deployed_bytecode
        self._events_by_topic = {event.topic: event for event in parsed.events if not event.anonymous}

    @property
    def functions(self) -> Sequence[Function]:
        """All functions, overloads included."""
        return self._parsed.functions

    @property
    def events(self) -> Sequence[Event]:
        """All events."""
        return self._parsed.events

    @property
    def errors(self) -> Sequence[Error]:
        """All custom errors."""
        return self._parsed.errors

    def function(self, key: str, *args: Any, arity: int | None = None) -> Function:
        """The function of a name or of a full signature.

        Several of one name are told apart by ``arity``, or by ``args``: the one overload that takes these values.
        Raises :class:`InputError` naming the candidates when there is none or more than one.
        """
        found = _named(self._parsed.functions, key)
        if len(found) > 1 and arity is not None:
            found = [function for function in found if len(function.inputs.items) == arity]
        if len(found) > 1 and args:
            found = [function for function in found if function.inputs.fits(args)]
        return self._only(found, "function", key, self._parsed.functions)

    def encode(self, key: str, *args: Any) -> bytes:
        """Calldata for the function of this name or signature that takes ``args``."""
        named = _named(self._parsed.functions, key)
        function = named[0] if len(named) == 1 else self.function(key, *args, arity=len(args))
        return function.encode(*args)

    def event(self, key: str) -> Event:
        """The event of a name or of a full signature. Raises :class:`InputError`."""
        return self._only(_named(self._parsed.events, key), "event", key, self._parsed.events)

    def error(self, key: str) -> Error:
        """The custom error of a name or of a full signature. Raises :class:`InputError`."""
        return self._only(_named(self._parsed.errors, key), "error", key, self._parsed.errors)

    def decode_event(self, log: Log) -> DecodedEvent | None:
        """The event in ``log``, or ``None`` if it is none of this contract's."""
        event = self._events_by_topic.get(log.topics[0]) if log.topics else None
        return None if event is None else event.decode(log)

    def decode_events(self, logs: Iterable[Log]) -> Iterator[DecodedEvent]:
        """Those of ``logs`` that are this contract's events, by topic; the caller picks the addresses."""
        for log in logs:
            event = self.decode_event(log)
            if event is not None:
                yield event

    def creation(self, *args: Any) -> bytes:
        """What a transaction without ``to`` carries: bytecode and constructor arguments.

        Raises :class:`InputError` for arguments that do not fit, and for an interface, which has no bytecode.
        """
        if not self.bytecode:
            raise InputError(f"{self.name} is an interface or abstract: it has no bytecode to deploy")
        return self.bytecode + encode_arguments(f"the constructor of {self.name}", self._parsed.constructor, args)

    def _only(self, found: Sequence[_S], kind: str, key: str, all_of: Sequence[_S]) -> _S:
        if len(found) == 1:
            return found[0]
        candidates = _named(all_of, key.partition("(")[0]) or list(all_of)
        raise InputError(
            f"{self.name} has no {kind} {key} that fits" if not found else f"{key} is ambiguous in {self.name}",
            expected="one of " + "; ".join(sorted(candidate.text for candidate in candidates)[:12]),
            found=key,
        )

    def __repr__(self) -> str:
        return f"Contract({self.name})"


class _Parsed:
    """What an artifact says, taken apart once."""

    def __init__(self, artifact: Mapping[str, Any]) -> None:
        self.name: str = artifact["contractName"]
        self.abi: list[dict[str, Any]] = artifact["abi"]
        self.bytecode = _code(artifact.get("bytecode"))
        self.deployed_bytecode = _code(artifact.get("deployedBytecode"))
        self.functions = [Function(entry) for entry in self._of("function")]
        self.events = [Event(entry) for entry in self._of("event")]
        self.errors = [Error(entry) for entry in self._of("error")]
        constructor = next(iter(self._of("constructor")), {"name": "constructor", "inputs": []})
        self.constructor: TupleType = Function({**constructor, "name": "constructor"}).inputs

    def _of(self, kind: str) -> list[dict[str, Any]]:
        return [entry for entry in self.abi if entry["type"] == kind]


@cache
def _load(name: str, directory: Path) -> _Parsed:
    path = directory / f"{name}.json"
    try:
        return _Parsed(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise SetupError(
            f"there is no artifact of a contract {name}", hint="known are: " + ", ".join(contract_names(directory))
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"the artifact {path.name} cannot be read: {error}", hint="compile the contracts again"
        ) from error


def _named(entries: Sequence[_S], key: str) -> list[_S]:
    if "(" in key:
        key = key.replace(" ", "")
        return [entry for entry in entries if entry.text == key]
    return [entry for entry in entries if entry.name == key]


def _code(text: object) -> bytes:
    # Unlinked bytecode has placeholders in it; our contracts link no libraries, so failing here is right.
    return bytes.fromhex(str(text or "").removeprefix("0x"))
