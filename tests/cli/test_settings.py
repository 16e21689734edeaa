"""Which of several sources a setting is taken from: for each setting and each set of sources."""

from __future__ import annotations

from itertools import chain, combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.cli.settings import SETTINGS, Kind, Layer, Setting, Source, Value, resolve
from ledger.errors import InputError, Unknown

# From the one that wins to the one that does not, by hand.
ORDER = [Source.FLAG, Source.ENVIRONMENT, Source.PROJECT, Source.USER]
SUBSETS = list(chain.from_iterable(combinations(ORDER, size) for size in range(len(ORDER) + 1)))
PLACES = {"network", "chain", "rpc", "deployment", "api"}


def value(setting: Setting, source: Source) -> Value:
    if setting.kind is Kind.PATH:
        return Path(source.name)
    return source.value if setting.kind is Kind.WHOLE else f"of-{source.name.lower()}"


def layer(source: Source, values: dict[str, Value], networks: dict[str, dict[str, Value]] | None = None) -> Layer:
    file = Path(f"{source.name}.toml") if source in (Source.PROJECT, Source.USER) else None
    return Layer(source, values, networks or {}, file)


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "network"])
@pytest.mark.parametrize("sources", SUBSETS, ids=lambda some: "+".join(one.name for one in some) or "none")
def test_the_first_source_that_says_something_wins(name: str, sources: tuple[Source, ...]) -> None:
    setting = SETTINGS[name]
    found = resolve([layer(one, {name: value(setting, one)}) for one in reversed(sources)]).found[name]
    if not sources:
        assert (found.value, found.source) == (setting.default, Source.DEFAULT)
        return
    assert (found.value, found.source) == (value(setting, sources[0]), sources[0])
    assert [one for _, one in found.overrides] == [value(setting, one) for one in sources[1:]]


@pytest.mark.parametrize("sources", SUBSETS[1:], ids=lambda some: "+".join(one.name for one in some))
def test_networks_by_name(sources: tuple[Source, ...]) -> None:
    known: dict[str, dict[str, Value]] = {f"of-{one.name.lower()}": {"chain": Path(one.name)} for one in ORDER}
    layers = [layer(one, {"network": value(SETTINGS["network"], one)}) for one in sources if one is not Source.USER]
    layers.append(layer(Source.USER, {"network": "of-user"} if Source.USER in sources else {}, known))
    found = resolve(layers)
    assert found.network is not None and found.network.name == f"of-{sources[0].name.lower()}"
    assert found.path("chain") == Path(sources[0].name) and found.place == "chain"


@given(
    said=st.dictionaries(
        st.sampled_from(ORDER), st.sets(st.sampled_from(sorted(set(SETTINGS) - {"network"}))), max_size=4
    )
)
def test_together_they_are_what_they_are_alone(said: dict[Source, set[str]]) -> None:
    """But for places, of which one counts: the one that the first source names that names any."""
    layers = [layer(one, {name: value(SETTINGS[name], one) for name in names}) for one, names in said.items()]
    kinds = [{"node" if n in ("rpc", "deployment") else n for n in said.get(one, set()) & PLACES} for one in ORDER]
    first: set[str] = next((found for found in kinds if found), {"chain"})
    key = {one for one in ORDER if "api_key_file" in said.get(one, set())}
    api = [one for one in ORDER if "api" in said.get(one, set())]
    if len(first) > 1:
        with pytest.raises(InputError, match="not both"):
            resolve(layers)
        return
    if first == {"api"} and api[0] is Source.PROJECT and key == {Source.USER}:
        with pytest.raises(InputError, match="your own file the key"):
            resolve(layers)
        return
    found = resolve(layers)
    assert {found.place} == first
    for name, setting in SETTINGS.items():
        sources = [one for one in ORDER if name in said.get(one, set())]
        counts = name not in PLACES or {"node" if name in ("rpc", "deployment") else name} == first
        expected = (value(setting, sources[0]) if sources else setting.default) if counts else None
        assert found.found[name].value == expected, name


NETWORK: dict[str, Value] = {"rpc": "http://n:1", "deployment": Path("n.json"), "confirmations": 64, "as": "treasury"}


def test_what_a_network_says_is_just_below_who_names_it() -> None:
    user = layer(Source.USER, {"network": "main", "confirmations": 1, "most_fee": 2}, {"main": NETWORK})
    found = resolve([user])
    assert (found.number("confirmations"), found.text("as"), found.number("most_fee")) == (1, "treasury", 2)
    assert found.text("rpc") == "http://n:1" and found.path("chain") is None
    typed = resolve([user, layer(Source.FLAG, {"network": "main"})])
    assert (typed.number("confirmations"), typed.place_source) == (64, Source.FLAG)
    assert resolve([user, layer(Source.ENVIRONMENT, {"confirmations": 9})]).number("confirmations") == 9


def test_a_place_that_is_typed_leaves_nothing_of_the_network() -> None:
    user = layer(Source.USER, {"network": "main"}, {"main": NETWORK})
    found = resolve([user, layer(Source.FLAG, {"chain": Path("own.db")})])
    assert found.network is None and found.path("chain") == Path("own.db") and found.text("rpc") is None
    assert (found.number("confirmations"), found.text("as")) == (0, None)
    assert [one for _, one in found.found["network"].overrides] == ["main"]


def test_a_node_that_is_typed_takes_the_deployment_of_a_variable() -> None:
    """As `crt` has always done."""
    found = resolve(
        [
            layer(Source.FLAG, {"rpc": "http://a"}),
            layer(Source.ENVIRONMENT, {"rpc": "http://b", "deployment": Path("d.json")}),
        ]
    )
    assert (found.text("rpc"), found.path("deployment")) == ("http://a", Path("d.json"))


def test_names_of_networks_that_stand_for_none_or_two() -> None:
    user = layer(Source.USER, {"network": "main"}, {"main": NETWORK})
    project = layer(Source.PROJECT, {}, {"main": {"rpc": "http://other", "deployment": Path("other.json")}})
    with pytest.raises(InputError, match="two files have a network of this name") as told:
        resolve([user, project])
    assert "USER.toml" in str(told.value) and "PROJECT.toml" in str(told.value)
    with pytest.raises(Unknown, match="no such network") as unknown:
        resolve([user, layer(Source.FLAG, {"network": "mian"})])
    assert unknown.value.field == "--network" and "main" in str(unknown.value.expected)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"rpc": "http://n:1"},
        {"deployment": Path("d.json")},
        {"chain": Path("c.db"), "rpc": "http://n:1", "deployment": Path("d.json")},
        {"api": "http://a", "chain": Path("c.db")},
    ],
)
def test_a_network_that_is_nowhere_or_at_two_places(values: dict[str, Value]) -> None:
    with pytest.raises(InputError, match="not clear") as told:
        resolve([layer(Source.USER, {"network": "main"}, {"main": values})])
    assert told.value.field == "networks.main"


def test_no_project_sends_the_user_s_key_to_its_api() -> None:
    key = layer(Source.USER, {"api_key_file": Path("api.key")})
    for project in (
        layer(Source.PROJECT, {"api": "https://evil.example"}),
        layer(Source.PROJECT, {"network": "main"}, {"main": {"api": "https://evil.example"}}),
    ):
        with pytest.raises(InputError, match="names the API") as told:
            resolve([key, project])
        assert told.value.field == "api_key_file" and "crt network add" in str(told.value.hint)
        named = resolve([key, project, layer(Source.FLAG, {"api_key_file": Path("other.key")})])
        assert named.path("api_key_file") == Path("other.key")
