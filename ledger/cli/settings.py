"""The settings of `crt`, and which of several sources a value is taken from. Nothing here reads a file or a variable.

A flag wins over a variable, a variable over the project's file, that over the user's file, and that over the default.
Where the ledger is has several names (a network, a local chain's file, a node with a deployment, an API): the source
that wins says which of them counts, and what others say of where it is does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from ledger.errors import InputError, Unknown

__all__ = ["NETWORK_ONLY", "SETTINGS", "Found", "Kind", "Layer", "Named", "Setting", "Settings", "Source", "Value"]
__all__ += ["check_places", "network", "resolve"]

Value = str | int | Path | bool


class Source(IntEnum):
    """Where a value is from; the higher one wins."""

    DEFAULT = 0
    USER = 1
    PROJECT = 2
    ENVIRONMENT = 3
    FLAG = 4


class Kind(StrEnum):
    """What a value is."""

    TEXT = "text"
    PATH = "a path"
    URL = "an address, http:// or https://"
    DATABASE = "a database's address, without a password"
    WHOLE = "0 or more, in digits"
    COLOUR = "auto, always or never"
    FLAG = "true or false"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: ``name`` in files, ``variable`` in the environment."""

    name: str
    kind: Kind
    variable: str
    meaning: str
    default: Value | None = None
    own: bool = False
    """Only the user's own file has it, and no project's: it says where secrets are."""
    of_network: bool = True
    """Whether a network can have it."""

    @property
    def flag(self) -> str:
        """How it is typed: by a flag of its own, or by ``--set``."""
        has_one = self.name in _FLAGS
        return f"--{self.name.replace('_', '-')}" if has_one else f"--set {self.name}"


_FLAGS: Final = ("network", "chain", "rpc", "deployment", "api", "as", "colour")
_P, _U, _T = Kind.PATH, Kind.URL, Kind.TEXT

SETTINGS: Final[Mapping[str, Setting]] = {
    one.name: one
    for one in (
        Setting("network", _T, "CRT_NETWORK", "a network by its name", of_network=False),
        Setting("chain", _P, "CRT_CHAIN", "a local chain's file", Path("crt-chain.db")),
        Setting("rpc", _U, "CRT_RPC", "a node's URL"),
        Setting("deployment", _P, "CRT_DEPLOYMENT", "the file that crt deploy wrote"),
        Setting("api", _U, "CRT_API", "the URL of an API"),
        Setting("api_key_file", _P, "CRT_API_KEY_FILE", "a file (0600) with the secret of an API's key", own=True),
        Setting("as", _T, "CRT_AS", "who acts, where --as is not given"),
        Setting("confirmations", Kind.WHOLE, "CRT_CONFIRMATIONS", "blocks until something is final", 0),
        Setting("most_fee", Kind.WHOLE, "CRT_MOST_FEE", "the most that is offered, in gwei per gas"),
        Setting("database", Kind.DATABASE, "CRT_DATABASE", "the ledger's database, if it is no file beside it"),
        Setting("colour", Kind.COLOUR, "CRT_COLOUR", "whether text has colours", "auto", of_network=False),
        Setting("wallets", _P, "CRT_HOME", "the folder of wallets", own=True, of_network=False),
        Setting("password_file", _P, "CRT_PASSWORD_FILE", "a file (0600) with a wallet's password", own=True)
    )
}  # fmt: skip

NETWORK_ONLY: Final[Mapping[str, Setting]] = {
    one.name: one
    for one in (
        Setting("chain_id", Kind.WHOLE, "", "the chain's id, as it was confirmed"),
        Setting("test", Kind.FLAG, "", "nothing there has value", own=True),
    )
}
"""What only a network has."""

_PLACES: Final = {"network": "network", "chain": "chain", "rpc": "node", "deployment": "node", "api": "api"}
_KINDS: Final = {
    "network": "a network by name",
    "chain": "a local chain",
    "node": "a network by its node",
    "api": "an API",
}
_NETWORK_RULES: Final = "chain alone, rpc with deployment, or api alone"


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says: values by setting, and networks by name. ``file`` is the file that it is."""

    source: Source
    values: Mapping[str, Value] = field(default_factory=dict)
    networks: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    file: Path | None = None

    def place(self, setting: Setting) -> str:
        """Where in this source a setting stands, for people."""
        if self.source is Source.FLAG:
            return setting.flag
        if self.source is Source.ENVIRONMENT:
            return setting.variable
        return "default" if self.file is None else str(self.file)


@dataclass(frozen=True, slots=True)
class Named:
    """A network by name, and the layer that defines it."""

    name: str
    values: Mapping[str, Value]
    layer: Layer

    @property
    def chain_id(self) -> int | None:
        """The id that was confirmed when it was added; None if none was."""
        found = self.values.get("chain_id")
        return found if isinstance(found, int) else None

    @property
    def kind(self) -> str:
        """``chain``, ``node`` or ``api``. Raises InputError if that is not clear."""
        kinds = {_PLACES[name] for name in self.values if name in _PLACES}
        if len(kinds) != 1 or ("node" in kinds and not {"rpc", "deployment"} <= self.values.keys()):
            there = ", ".join(name for name in self.values if name in _PLACES) or "nothing"
            field, file = f"networks.{self.name}", str(self.layer.file)
            raise InputError(
                "where the network is is not clear", file=file, field=field, expected=_NETWORK_RULES, found=there
            )
        return kinds.pop()


@dataclass(frozen=True, slots=True)
class Found:
    """The value of a setting, where it is from, and what it stands before: places and values, the highest first.

    ``value`` is None if nobody says anything, or what is said is about another place than the one that counts.
    """

    setting: Setting
    value: Value | None
    source: Source
    place: str
    overrides: tuple[tuple[str, Value], ...] = ()


class _Candidate(NamedTuple):
    source: Source
    place: str
    value: Value
    of_network: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """What counts: each setting's value, and the network if it goes by a name."""

    found: Mapping[str, Found]
    place: str
    """Where the ledger is: ``chain``, ``node`` or ``api``."""
    place_source: Source
    """Who says so."""
    network: Named | None

    def text(self, name: str) -> str | None:
        """The value of a setting that is text or an address."""
        value = self.found[name].value
        return None if value is None else str(value)

    def path(self, name: str) -> Path | None:
        """The value of a setting that is a path."""
        value = self.found[name].value
        return value if isinstance(value, Path) else None

    def number(self, name: str) -> int | None:
        """The value of a setting that is a number."""
        value = self.found[name].value
        return value if isinstance(value, int) else None


def resolve(layers: Sequence[Layer]) -> Settings:
    """What counts of what all sources say. Raises InputError where one source names two places, or a name stands for
    none or two."""
    ordered = sorted(layers, key=lambda layer: layer.source, reverse=True)
    kind, chosen = _place(ordered)
    named = None
    if kind == "network":
        named = network(ordered, str(chosen.values["network"]), chosen)
        kind = named.kind
    found = {one.name: _found(one, ordered, kind, named, chosen) for one in SETTINGS.values()}
    _check_key(found, named)
    return Settings(found, kind, chosen.source, named)


def network(layers: Sequence[Layer], name: str, asks: Layer | None = None) -> Named:
    """The network of a name. Raises Unknown if there is none, and InputError if two files define it: what is typed to
    confirm a change is this name, so it must not depend on the folder."""
    defined = [layer for layer in layers if name in layer.networks]
    if len(defined) == 1:
        return Named(name, defined[0].networks[name], defined[0])
    field = "NAME" if asks is None else asks.place(SETTINGS["network"])
    if defined:
        raise InputError(
            "two files have a network of this name",
            field=field,
            expected="a name that stands for one network",
            found=f"{name} in {' and in '.join(str(layer.file) for layer in defined)}",
            hint=f"crt network remove {name} removes yours",
        )
    known = sorted({one for layer in layers for one in layer.networks})
    expected = f"one of {', '.join(known)}" if known else "a network that was added"
    hint = "crt network list shows all; crt network add adds one"
    raise Unknown("there is no such network", field=field, expected=expected, found=repr(name[:40]), hint=hint)


def check_places(layer: Layer) -> None:
    """Raise InputError for a source that names two places."""
    _place([layer])


def _place(ordered: Sequence[Layer]) -> tuple[str, Layer]:
    """Which kind of place counts, and who says so."""
    for layer in ordered:
        names = [name for name in _PLACES if name in layer.values]
        kinds = dict.fromkeys(_PLACES[name] for name in names)
        if len(kinds) > 1:
            first, other = (next(name for name in names if _PLACES[name] == kind) for kind in list(kinds)[:2])
            raise InputError(
                f"{_KINDS[_PLACES[first]]} or {_KINDS[_PLACES[other]]}, not both",
                file=None if layer.file is None else str(layer.file),
                field=first if layer.file else layer.place(SETTINGS[first]),
                expected=f"{first} alone" if layer.file else f"{layer.place(SETTINGS[first])} alone",
                found=f"{other if layer.file else layer.place(SETTINGS[other])} too",
                hint=f"crt config unset {first}, or unset {other}" if layer.file else None,
            )
        if kinds:
            return next(iter(kinds)), layer
    return "chain", Layer(Source.DEFAULT)


def _found(setting: Setting, ordered: Sequence[Layer], kind: str, named: Named | None, chosen: Layer) -> Found:
    name, candidates = setting.name, list(_candidates(setting, ordered, named, chosen))
    counting = candidates
    if name in _PLACES and name != "network":
        counts = _PLACES[name] == kind
        counting = [one for one in candidates if counts and (named is None or one.of_network)]
    if name == "network" and named is None:
        counting = []
    others = tuple((one.place, one.value) for one in candidates if one not in counting[:1])
    if counting:
        first = counting[0]
        return Found(setting, first.value, first.source, first.place, others)
    value = setting.default if name not in _PLACES or _PLACES[name] == kind else None
    return Found(setting, value, Source.DEFAULT, "default", others)


def _candidates(setting: Setting, ordered: Sequence[Layer], named: Named | None, chosen: Layer) -> Iterator[_Candidate]:
    """Each value that is said, the highest first: the network's is just below who names the network."""
    for layer in ordered:
        if setting.name in layer.values:
            yield _Candidate(layer.source, layer.place(setting), layer.values[setting.name], of_network=False)
        if named is not None and layer is chosen and setting.name in named.values:
            place = f"network {named.name} ({named.layer.file})"
            yield _Candidate(layer.source, place, named.values[setting.name], of_network=True)


def _check_key(found: Mapping[str, Found], named: Named | None) -> None:
    """A project's file comes with what somebody cloned: it must not send the user's key to an API of its choice."""
    api, key = found["api"], found["api_key_file"]
    from_project = api.source is Source.PROJECT or (named is not None and named.layer.source is Source.PROJECT)
    if api.value is not None and key.value is not None and from_project and key.source is Source.USER:
        raise InputError(
            "a project's file names the API, and your own file the key for it",
            field="api_key_file",
            expected="an API of your own file, of a variable or of a flag; or a key that is named there",
            found=f"the API of {api.place}",
            hint="if you trust that API: crt network add NAME --api URL --api-key-file FILE",
        )
