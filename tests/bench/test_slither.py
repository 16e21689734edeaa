"""How findings of the static analysis are explained, without slither: it is in an environment of its own."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace as Fake
from typing import Any

import pytest

from bench.slither.analysis import unread
from bench.slither.explanations import Explanations, Finding, read, summary, table, wrong
from bench.slither.sources import compiled, expand, export, sources, version

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
SOLC = CONTRACTS / "bin" / "solc"
EXPLANATIONS = CONTRACTS.parent / "bench" / "slither" / "findings.toml"


def _element(kind: str, name: str, file: str = "src/Till.sol", parent: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": kind,
        "name": name,
        "source_mapping": {"filename_relative": file, "lines": [12, 13]},
        "type_specific_fields": {"parent": parent} if parent else {},
    }


def _raw(check: str, impact: str, *elements: dict[str, Any]) -> dict[str, Any]:
    return {
        "check": check,
        "impact": impact,
        "confidence": "Medium",
        "description": f"{check} was found\n",
        "elements": list(elements),
    }


TILL = _element("contract", "Till")
PAY = _element("function", "pay", parent=TILL)
SEND = _element("node", "token.transfer(to,sum)", parent=PAY)
BOOK = _element("node", "paid = sum", parent=PAY)

TIME = _raw("timestamp", "Low", _element("function", "close", parent=TILL), _element("node", "day > last"))
REENTRANCY = _raw("reentrancy-no-eth", "Medium", PAY, SEND, BOOK, _element("node", "lib", "node_modules/@o/Lib.sol"))
LOCAL = _raw("uninitialized-local", "Medium", _element("variable", "sum", parent=PAY))
PACKAGE = _raw("assembly", "Informational", _element("function", "add", "node_modules/@openzeppelin/Math.sol"))
PRAGMA = _raw(
    "pragma", "Informational", _element("pragma", "^0.8.20", "node_modules/@o/A.sol"), _element("pragma", "0.8")
)

REASONS: list[dict[str, Any]] = [
    {"check": "timestamp", "why": "Days."},
    {
        "check": "reentrancy-no-eth",
        "why": "The token is | trusted.",
        "where": [{"contract": "Till", "function": "pay", "code": ["token.transfer(to,sum)", "paid = sum"]}],
    },
    {"check": "uninitialized-local", "why": "Zero.", "where": [{"function": "pay", "name": "sum"}]},
]


def _findings() -> list[Finding]:
    return read([TIME, PACKAGE, LOCAL, REENTRANCY])


def test_findings_are_of_src_and_the_worst_comes_first() -> None:
    assert [(one.check, one.where, one.line) for one in _findings()] == [
        ("reentrancy-no-eth", "Till.pay", 12),
        ("uninitialized-local", "Till.pay.sum", 12),
        ("timestamp", "Till.close", 12),
    ]
    assert _findings()[0].code == ("paid = sum", "token.transfer(to,sum)")
    assert [(one.file, one.where) for one in read([PRAGMA])] == [("src/Till.sol", "src/Till.sol")]


def test_all_explained() -> None:
    assert wrong(_findings(), [], Explanations(REASONS, [])) == []


def test_a_finding_that_nobody_explains_is_told_whole() -> None:
    (told,) = wrong(_findings(), [], Explanations(REASONS[:2], []))
    assert told == (
        "nobody says why this is no fault: uninitialized-local (Medium), src/Till.sol:12, Till.pay.sum\n"
        "uninitialized-local was found"
    )


def test_a_function_that_does_more_has_to_be_explained_anew() -> None:
    more = _raw("reentrancy-no-eth", "Medium", PAY, SEND, BOOK, _element("node", "owed = 0", parent=PAY))
    told = wrong(read([TIME, LOCAL, more]), [], Explanations(REASONS, []))
    assert [one.split(":")[0] for one in told] == ["nobody says why this is no fault", "explains no finding"]


@pytest.mark.parametrize(
    "place",
    [
        {"function": "take"},
        {"contract": "Other"},
        {"file": "src/Other.sol"},
        {"name": "pay2"},
        {"code": ["paid = sum"]},
        {"code": []},
    ],
)
def test_each_thing_that_a_place_names_has_to_be_so(place: dict[str, Any]) -> None:
    explanations = Explanations([{"check": "reentrancy-no-eth", "why": "-", "where": [place]}], [])
    (finding,) = read([REENTRANCY])
    assert explanations.reason(finding) is None
    assert [one.split(" ", 1)[0] for one in explanations.idle([finding])] == ["reentrancy-no-eth"]


def test_an_explanation_of_nothing_is_stale_also_in_one_place_of_several() -> None:
    given = {"check": "timestamp", "why": "Days.", "where": [{"function": "close"}, {"function": "open"}]}
    told = wrong(read([TIME]), [], Explanations([given], []))
    assert told == ["explains no finding: timestamp {'function': 'open'}"]
    assert wrong(read([]), [], Explanations(REASONS[:1], [])) == ["explains no finding: timestamp {}"]


def test_what_is_unread_has_to_be_named_and_to_be_so() -> None:
    explanations = Explanations([], [{"function": "Spv.fund", "why": "Too hard."}])
    assert wrong([], ["Spv.fund"], explanations) == []
    assert wrong([], ["Spv.pay"], explanations) == [
        "slither can't read it, and nobody says why: Spv.pay",
        "slither reads it: Spv.fund",
    ]


@pytest.mark.parametrize(
    ("findings", "unread"),
    [
        ([{"check": "timestamp"}], []),
        ([{"why": "Days."}], []),
        ([{"check": "timestamp", "why": "Days.", "function": "pay"}], []),
        ([{"check": "timestamp", "why": "Days.", "where": [{"functions": "pay"}]}], []),
        ([{"check": "timestamp", "why": "Days.", "where": [{"code": "paid = sum"}]}], []),
        ([], [{"function": "Spv.fund"}]),
        ([], [{"why": "Too hard."}]),
    ],
)
def test_explanations_that_say_too_little(findings: list[dict[str, Any]], unread: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"explanation|place|unread"):
        Explanations(findings, unread)


def test_our_explanations_can_be_read() -> None:
    assert len(Explanations.load(EXPLANATIONS).reasons) > 10


def test_summary() -> None:
    assert summary(_findings(), ["Spv.fund"], Explanations(REASONS[1:], [])).splitlines() == [
        "detector             severity  findings  how explained",
        "reentrancy-no-eth    Medium           1  1 reason",
        "uninitialized-local  Medium           1  1 reason",
        "timestamp            Low              1  0 reasons, 1 not",
        "(unread)                              1  0 explained",
    ]


def test_table_has_a_row_for_each_reason() -> None:
    again = _raw("timestamp", "Low", _element("function", "open", parent=TILL))
    told = table(read([TIME, again, REENTRANCY, LOCAL]), ["Spv.fund"], Explanations(REASONS[:2], []))
    assert told.splitlines() == [
        "| detector | severity, confidence | findings | where | why it is no fault |",
        "|---|---|---:|---|---|",
        "| reentrancy-no-eth | Medium, Medium | 1 | `Till.pay` | The token is \\| trusted. |",
        "| uninitialized-local | Medium, Medium | 1 | `Till.pay.sum` | **?** |",
        "| timestamp | Low, Medium | 2 | `Till.close`, `Till.open` | Days. |",
        "",
        "| not read | why |",
        "|---|---|",
        "| `Spv.fund` | **?** |",
    ]


def test_what_has_an_expression_without_operations_is_unread() -> None:
    till, lib = Fake(name="Till"), Fake(name="Lib")
    functions = [
        Fake(contract_declarer=till, name="pay", nodes=[Fake(expression="a = 1", irs=["a := 1"])]),
        Fake(contract_declarer=till, name="close", nodes=[Fake(expression=None, irs=[]), Fake(expression="x", irs=[])]),
        Fake(contract_declarer=lib, name="inherited", nodes=[Fake(expression="x", irs=[])]),
    ]
    contracts = [
        Fake(name="Till", is_incorrectly_constructed=True, functions_and_modifiers=functions),
        Fake(name="Sum", is_incorrectly_constructed=False, functions_and_modifiers=functions[:1]),
        Fake(name="Lib", is_incorrectly_constructed=True, functions_and_modifiers=functions),
    ]
    for contract, package in zip(contracts, (False, False, True), strict=True):
        contract.is_from_dependency = lambda package=package: package
    assert unread(Fake(contracts=contracts)) == {"Till", "Till.close", "Lib.inherited"}


SAMPLE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
library Narrow {
    function narrow(uint256 value, uint256 most) internal pure returns (uint64) { return uint64(value % most); }
    function twice(uint64 value) internal pure returns (uint256) { return value * 2; }
}
contract Sum {
    using Narrow for uint256;
    using Narrow for uint64;
    uint64 public sum;
    function add(uint256 more) external returns (uint256) {
        sum = (sum + more).narrow(7);
        return (sum + more).narrow(9).twice();
    }
}
contract Direct {
    uint64 public sum;
    function add(uint256 more) external returns (uint256) {
        sum = Narrow.narrow(sum + more, 7);
        return Narrow.twice(Narrow.narrow((sum + more), 9));
    }
}
"""


def _shape(tree: Any) -> Any:
    """A tree without places, ids and what else is of one text only."""
    if isinstance(tree, list):
        return [_shape(one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    kept = ("nodeType", "nodes", "body", "statements", "expression", "arguments", "memberName", "name", "rightHandSide")
    if tree.get("nodeType") == "TupleExpression":
        return _shape(tree["components"][0])
    return {key: _shape(tree[key]) for key in kept if key in tree}


def _sample(folder: Path, text: str) -> dict[str, Path]:
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "Sample.sol").write_text(text, encoding="utf-8")
    return sources(folder)


def test_attached_calls_are_written_as_calls_of_the_library(tmp_path: Path) -> None:
    files = _sample(tmp_path, SAMPLE)
    trees = compiled(SOLC, files)
    assert expand(trees) == 3
    contracts = {one.get("name"): one for one in trees["src/Sample.sol"]["nodes"]}
    functions = [_shape(contracts[name]["nodes"][-1]) for name in ("Sum", "Direct")]
    assert functions[0] == functions[1]
    told = export(tmp_path, version(SOLC), files, trees)["compilation_units"]["contracts"]
    assert told["compiler"]["version"] == "0.8.37"
    assert list(told["source_units"]["src/Sample.sol"]["contracts"]) == ["Narrow", "Sum", "Direct"]
    assert json.loads(json.dumps(told)) == told


def test_a_compiler_warning_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="SPDX"):
        compiled(SOLC, _sample(tmp_path, "pragma solidity 0.8.37;\ncontract C {}\n"))


def test_sources_are_src_and_what_it_imports() -> None:
    names = sources(CONTRACTS)
    assert {"src/Spv.sol", "src/types/Series.sol", "@openzeppelin/contracts/utils/math/SafeCast.sol"} <= names.keys()
    assert not [name for name in names if not name.startswith(("src/", "@openzeppelin/"))]
    assert all(file.exists() for file in names.values())
