"""Compile the contracts through py-solc-x, and write ABI and bytecode to `contracts/artifacts/`.

    python scripts/compile_contracts.py            write the artifacts
    python scripts/compile_contracts.py --check    fail if they differ from what the sources give

The compiler is the npm package `solc` behind `contracts/bin/solc`. Settings are those of `contracts/foundry.toml`.
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"
ARTIFACTS = CONTRACTS / "artifacts"

# Everything that is deployed; OpenZeppelin's AccessManager among it, as it is.
DEPLOYED = {
    "Certificate": "src/Certificate.sol",
    "Claims": "src/Claims.sol",
    "ComputeReceipt": "src/ComputeReceipt.sol",
    "ContributionLog": "src/ContributionLog.sol",
    "OperatorAccount": "src/OperatorAccount.sol",
    "SettlementCash": "src/SettlementCash.sol",
    "Spv": "src/Spv.sol",
    "SpvFactory": "src/SpvFactory.sol",
    "Vouchers": "src/Vouchers.sol",
    "AccessManager": "@openzeppelin/contracts/access/manager/AccessManager.sol",
}

SETTINGS = {
    "evmVersion": "prague",
    "optimizer": {"enabled": True, "runs": 1_000_000},
    "viaIR": True,
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "outputSelection": {
        source: {name: ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}
        for name, source in DEPLOYED.items()
    },
}

# Transient storage is used for OpenZeppelin's re-entrancy guard alone, which clears it at the end of each call.
ACCEPTED_WARNINGS = {"2394"}

_IMPORT = re.compile(r"""^\s*import\s[^;]*?["']([^"']+)["']\s*;""", re.MULTILINE | re.DOTALL)


def sources(wanted: Iterable[str], root: Path = CONTRACTS) -> dict[str, dict[str, str]]:
    """Sources and all that they import, by the names that solc knows them by; packages are in ``node_modules``."""
    found: dict[str, dict[str, str]] = {}
    waiting = sorted(wanted)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        text = path_of(name, root).read_text(encoding="utf-8")
        found[name] = {"content": text}
        for target in _IMPORT.findall(text):
            local = target.startswith(".")
            waiting.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) if local else target)
    return dict(sorted(found.items()))


def path_of(name: str, root: Path = CONTRACTS) -> Path:
    """Where the source is that solc knows by a name."""
    return root / ("node_modules" if name.startswith("@") else "") / name


def compile_all() -> dict[str, str]:
    """Each deployed contract's artifact as the text of its file. A compiler warning is an error."""
    import solcx  # not above: the environment of the static analysis does not have it

    output: dict[str, Any] = solcx.compile_standard(
        {"language": "Solidity", "sources": sources(DEPLOYED.values()), "settings": SETTINGS},
        solc_binary=CONTRACTS / "bin" / "solc",
        allow_empty=False,
    )
    warnings = [
        error["formattedMessage"]
        for error in output.get("errors", [])
        if error["severity"] != "info" and error["errorCode"] not in ACCEPTED_WARNINGS
    ]
    if warnings:
        raise SystemExit("\n".join(warnings))
    artifacts = {}
    for name, source in DEPLOYED.items():
        contract = output["contracts"][source][name]
        artifact = {
            "contractName": name,
            "abi": contract["abi"],
            "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
            "deployedBytecode": "0x" + contract["evm"]["deployedBytecode"]["object"],
        }
        artifacts[f"{name}.json"] = json.dumps(artifact, indent=1) + "\n"
    return artifacts


def main() -> int:
    artifacts = compile_all()
    if "--check" in sys.argv[1:]:
        stale = [name for name, text in artifacts.items() if _read(ARTIFACTS / name) != text]
        if stale:
            print(f"stale: {', '.join(stale)}; run scripts/compile_contracts.py", file=sys.stderr)
            return 1
        print(f"{len(artifacts)} artifacts are what the sources give")
        return 0
    ARTIFACTS.mkdir(exist_ok=True)
    for name, text in artifacts.items():
        (ARTIFACTS / name).write_text(text, encoding="utf-8")
        size = (len(json.loads(text)["deployedBytecode"]) - 2) // 2
        print(f"{name:24}{size:>8,} bytes of code")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    raise SystemExit(main())
