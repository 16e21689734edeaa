"""What slither reads: the compiler's syntax trees of `contracts/src`, in a file that crytic-compile loads.

Slither needs trees and no bytecode, and solc makes these in seconds. One construct is written differently in them:
slither 0.11.6 looks for the library of `x.f(a)` by the type that it thinks `x` has, and gives up on the rest of a
function where it finds none. It gives a sum the type of its left side, so that it misses `SafeCast` in
`(small + large).toUint64()`; and of two `using ... for *` among a contract's bases it forgets one, so that it misses
`TransientSlot`. solc knows which function is meant, and `expand` writes `L.f(x, a)`, which is the same.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.compile_contracts import ACCEPTED_WARNINGS, SETTINGS, path_of
from scripts.compile_contracts import sources as with_imports

__all__ = ["compiled", "expand", "export", "sources", "version"]

Tree = dict[str, Any]


def sources(root: Path) -> dict[str, Path]:
    """All of `src` and what it imports, by the names that solc knows them by; packages are in `node_modules`."""
    ours = [file.relative_to(root).as_posix() for file in (root / "src").rglob("*.sol")]
    return {name: path_of(name, root) for name in with_imports(ours, root)}


def compiled(solc: Path, files: dict[str, Path]) -> dict[str, Tree]:
    """The tree of each file. A compiler warning is an error."""
    asked = {
        "language": "Solidity",
        "sources": {name: {"content": file.read_text(encoding="utf-8")} for name, file in files.items()},
        "settings": {"evmVersion": SETTINGS["evmVersion"], "outputSelection": {"*": {"": ["ast"]}}},
    }
    ran = subprocess.run(
        [solc, "--standard-json"], input=json.dumps(asked), capture_output=True, encoding="utf-8", check=True
    )
    answer = json.loads(ran.stdout)
    wrong = [
        error["formattedMessage"]
        for error in answer.get("errors", [])
        if error["severity"] != "info" and error.get("errorCode") not in ACCEPTED_WARNINGS
    ]
    if wrong:
        raise SystemExit("\n".join(wrong))
    return {name: source["ast"] for name, source in answer["sources"].items()}


def version(solc: Path) -> str:
    """As in 0.8.37; some faults are the compiler's, so that slither asks."""
    told = subprocess.run([solc, "--version"], capture_output=True, encoding="utf-8", check=True).stdout
    found = re.search(r"Version: (\d+\.\d+\.\d+)", told)
    if not found:
        raise SystemExit(f"{solc} does not say its version: {told}")
    return found[1]


def expand(trees: dict[str, Tree]) -> int:
    """Writes the calls of functions that a contract attaches by `using L for` as calls of `L`, and says how many.

    Only in the file of the `using`, where `L` has a name. What is attached `global` slither finds by itself."""
    libraries = {
        function["id"]: library
        for tree in trees.values()
        for library in _nodes(tree, "ContractDefinition")
        if library["contractKind"] == "library"
        for function in _nodes(library, "FunctionDefinition")
    }
    count = 0
    for tree in trees.values():
        named = {
            using["libraryName"]["referencedDeclaration"]: using["libraryName"]["name"]
            for using in _nodes(tree, "UsingForDirective")
            if "libraryName" in using and not using.get("global")
        }
        for call in list(_nodes(tree, "FunctionCall")):
            member = call["expression"]
            if member["nodeType"] != "MemberAccess" or not _attached(member) or call["names"]:
                continue
            library = libraries.get(member.get("referencedDeclaration"))
            if library and library["id"] in named:
                call["arguments"] = [member["expression"], *call["arguments"]]
                member["expression"] = _identifier(library, named[library["id"]], member["expression"]["src"])
                member["argumentTypes"] = [one["typeDescriptions"] for one in call["arguments"]]
                count += 1
    return count


def _nodes(tree: Any, kind: str) -> Iterator[Tree]:
    """Inner ones first, so that a call in a call is written before the other one moves it."""
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for one in inner:
        yield from _nodes(one, kind)
    if isinstance(tree, dict) and tree.get("nodeType") == kind:
        yield tree


def _attached(member: Tree) -> bool:
    return "attached_to" in (member["typeDescriptions"].get("typeIdentifier") or "")


def _identifier(library: Tree, name: str, place: str) -> Tree:
    kind = {
        "typeIdentifier": f"t_type$_t_contract$_{library['name']}_${library['id']}_$",
        "typeString": f"type(library {library['name']})",
    }
    return {
        "id": -1,
        "name": name,
        "nodeType": "Identifier",
        "overloadedDeclarations": [],
        "referencedDeclaration": library["id"],
        "src": place,
        "typeDescriptions": kind,
    }


def export(root: Path, version: str, files: dict[str, Path], trees: dict[str, Tree]) -> dict[str, Any]:
    """The trees as crytic-compile's own format has them (version 0.0.2), without bytecode."""
    names = {
        name: {
            "absolute": str(file),
            "used": name,
            "short": file.relative_to(root).as_posix(),
            "relative": file.relative_to(root).as_posix(),
        }
        for name, file in files.items()
    }
    units = {}
    for name, tree in trees.items():
        contract = {
            "abi": [],
            **dict.fromkeys(("bin", "bin-runtime", "srcmap", "srcmap-runtime"), ""),
            "libraries": {},
            "filenames": names[name],
            "is_dependency": name.startswith("@"),
        }
        contracts = {one["name"]: contract for one in _nodes(tree, "ContractDefinition")}
        units[names[name]["relative"]] = {"ast": tree, "contracts": contracts}
    return {
        "compilation_units": {
            "contracts": {
                "compiler": {"compiler": "solc", "version": version, "optimized": True},
                "source_units": units,
                "filenames": list(names.values()),
            }
        },
        "package": None,
        "working_dir": str(root),
        "type": 1,
        "unit_tests": [],
        "crytic_version": "0.0.2",
    }
