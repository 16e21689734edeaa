"""The mutation test's own parts: which mutants a source has, and what is said of their results."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.mutants.compiler import Compiler, DoesNotCompileError
from bench.mutants.operators import Mutant, fewer, mutants
from bench.mutants.plan import Plan, digest
from bench.mutants.results import Explanations, Result, append, read, table

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"

SOURCE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
interface Other { function one(uint256 a, uint256 b) external returns (bool); }
contract Sample {
    error Bad(uint256 a);
    event Moved(address from, address to);
    uint256 internal total; // a < b, total + 1: a comment — with a wide dash
    modifier only() { if (msg.sender == address(0)) revert Bad(1 + 2); _; }
    function move(address from, address to, uint256 a) external only returns (uint256) {
        if (a > 3 && from != to) total += a;
        emit Moved(from, to);
        for (uint256 i; i < a; ++i) { total = a /* < + */ * uint64(total); }
        string memory text = "a + b < c";
        if (bytes(text).length == 0) revert Bad(a);
        assembly ("memory-safe") { sstore(total.slot, add(mload(0x40), a)) }
        return total;
    }
    function pair(bool on) external view returns (bool, uint256) { return (!on, on ? total : 7); }
}
"""

EXPECTED = """
8:guard:1 | if (msg.sender == address(0)) revert Bad(1 + 2); | {}
9:modifier:1 | only | -
10:compare:1 | > | >=
10:logic:1 | && | ||
10:compare:2 | != | ==
10:drop:1 | total += a; | {}
10:step:1 | += | -=
11:drop:1 | emit Moved(from, to); | {}
11:swap:1 | from, to | to, from
12:compare:1 | < | <=
12:drop:1 | total = a /* < + */ * uint64(total); | {}
12:arithmetic:1 | * | /
12:cast:1 | uint64 | uint32
14:guard:1 | if (bytes(text).length == 0) revert Bad(a); | {}
15:drop:1 | sstore(total.slot, add(mload(0x40), a)) | -
15:assembly:1 | total.slot | add(total.slot, 1)
15:assembly:2 | add | sub
15:assembly:3 | 0x40 | 0x41
16:value:1 | total | uint256(0)
18:value:1 | !on | on
18:negate:1 | on | !(on)
18:constant:1 | 7 | 8
"""


@pytest.fixture(scope="module")
def found() -> list[Mutant]:
    compiler = Compiler(CONTRACTS / "node_modules")
    answer = compiler.compile({"src/Sample.sol": {"content": SOURCE}}, {"*": {"": ["ast"]}})
    compiler.close()
    return mutants("src/Sample.sol", SOURCE.encode(), answer["sources"]["src/Sample.sol"]["ast"])


def test_the_mutants_of_a_source(found: list[Mutant]) -> None:
    told = [f"{one.id.removeprefix('src/Sample.sol:')} | {one.before} | {one.after or '-'}" for one in found]
    assert told == EXPECTED.strip().split("\n")


def test_what_does_not_compile_is_said_and_does_no_harm() -> None:
    compiler = Compiler(CONTRACTS / "node_modules")
    wanted = {"*": {"": ["ast"]}}
    with pytest.raises(DoesNotCompileError, match="ParserError"):
        compiler.compile({"a.sol": {"content": "contract {"}}, wanted)
    assert compiler.compile({"a.sol": {"content": SOURCE}}, wanted)["sources"]
    compiler.close()


def test_a_mutant_is_one_change(found: list[Mutant]) -> None:
    one = next(one for one in found if one.id == "src/Sample.sol:12:compare:1")
    assert one.applied(SOURCE.encode()).decode() == SOURCE.replace("i < a; ++i", "i <= a; ++i")


def test_fewer_of_those_that_are_alike(found: list[Mutant]) -> None:
    left_out = {one.id.removeprefix("src/Sample.sol:") for one in set(found) - set(fewer(found))}
    assert left_out == {
        *("10:compare:2", "12:cast:1", "15:assembly:2", "15:assembly:3"),
        *("10:drop:1", "11:drop:1", "12:drop:1"),
    }


def _result(mutant: Mutant, status: str) -> Result:
    return Result(mutant.id, digest(SOURCE), mutant.before, mutant.after, status, "test/A.t.sol", 1.0)


def test_results_of_the_same_source_count(found: list[Mutant], tmp_path: Path) -> None:
    file = tmp_path / "build" / "mutants.jsonl"
    for status in ("survived", "killed"):
        append(file, _result(found[0], status))
    append(file, _result(found[1], "killed"))
    with file.open("a") as out:
        out.write('{"id": "src/Sample')
    digests = {"src/Sample.sol": digest(SOURCE)}
    assert {name: one.status for name, one in read(file, found, digests).items()} == {
        found[0].id: "killed",
        found[1].id: "killed",
    }
    assert read(file, found, {"src/Sample.sol": digest("another")}) == {}


def test_a_survivor_needs_an_explanation(found: list[Mutant]) -> None:
    results = {one.id: _result(one, "killed") for one in found}
    results[found[2].id] = _result(found[2], "survived")
    texts = {"src/Sample.sol": SOURCE}
    text, wrong = table(found, results, texts, Explanations([]))
    assert wrong == ["src/Sample.sol:10:compare:1: nobody says why it survives"]
    assert "| `src/Sample.sol` | 22 | 21 | 0 | 0 | 0 | 1 | 95.5% |" in text
    place = {"file": "src/Sample.sol", "before": ">", "after": ">="}
    for name in (place, {"id": found[2].id}, {**place, "code": "if (a > 3 && from != to) total += a;"}):
        text, wrong = table(found, results, texts, Explanations([{**name, "why": "Three is not given."}]))
        assert wrong == []
        assert "Three is not given." in text
    _, wrong = table(found, results, texts, Explanations([{**place, "code": "another", "why": "no"}]))
    assert len(wrong) == 2


def test_too_few_killed_and_not_run(found: list[Mutant]) -> None:
    results = {one.id: _result(one, "survived") for one in found[:2]}
    results |= {one.id: _result(one, "killed") for one in found[2:-1]}
    given = Explanations([{"id": one.id, "why": "so"} for one in found[:2]])
    _, wrong = table(found, results, {"src/Sample.sol": SOURCE}, given)
    assert wrong == ["src/Sample.sol: 90.5% are killed, less than 95%", "src/Sample.sol: 1 were not run"]


@pytest.mark.parametrize("given", [{"id": "a"}, {"why": "so"}, {"file": "a", "before": "b", "why": "so"}])
def test_an_explanation_is_whole(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="says why"):
        Explanations([given])


def test_what_sources_are_part_of() -> None:
    plan = Plan(CONTRACTS, Compiler(CONTRACTS / "node_modules"))
    assert [one.name for one in plan.containing("src/libraries/LogTree.sol")] == [
        "LogTreeHarness",
        "ContributionLog",
        "Claims",
    ]
    assert plan.untested == []
    assert not any("interfaces" in name for name in plan.texts)


def test_the_survivors_that_are_explained_are_of_sources_there_are() -> None:
    file = Path(__file__).resolve().parents[2] / "bench" / "mutants" / "survivors.toml"
    Explanations.load(file)
