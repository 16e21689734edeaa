"""The symbolic proofs still fit the contracts: `make prove` takes minutes, the compiler's front seconds."""

from __future__ import annotations

import tomllib
from pathlib import Path

import solcx

from scripts.compile_contracts import ACCEPTED_WARNINGS, SETTINGS, sources

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"


def test_proofs_compile_without_warnings() -> None:
    proofs = sorted(f"proofs/{path.name}" for path in (CONTRACTS / "proofs").glob("*.sol"))
    profile = tomllib.loads((CONTRACTS / "foundry.toml").read_text(encoding="utf-8"))["profile"]["proofs"]
    output = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": sources(proofs),
            "settings": {
                "evmVersion": SETTINGS["evmVersion"],
                # Packages go by their own names here, so what is left is what the proofs put in their place.
                "remappings": [line for line in profile["remappings"] if "node_modules" not in line],
                "outputSelection": {name: {"*": ["abi"]} for name in proofs},
            },
        },
        solc_binary=CONTRACTS / "bin" / "solc",
    )
    assert [e["formattedMessage"] for e in output.get("errors", []) if e["errorCode"] not in ACCEPTED_WARNINGS] == []
    for name in proofs:
        (contract,) = [made for made in output["contracts"][name] if made.endswith("Proof")]
        names = [entry["name"] for entry in output["contracts"][name][contract]["abi"] if entry["type"] == "function"]
        assert any(function.startswith("check_") for function in names), name
