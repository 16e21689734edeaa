"""Slither's run, in its own environment: every detector of every severity, and what it could not read.

Findings are as `slither --json` writes them. Neither a comment nor a file can hide one: `slither-disable`, a triage
database and a configuration are not asked.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

from bench.slither.sources import compiled, expand, export, sources, version

__all__ = ["analyse", "unread"]


class _Heard(logging.Handler):
    """What slither warns of while it reads."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = " ".join(record.getMessage().split())
        # Which functions these are, `unread` says by their names.
        if not told.startswith("Impossible to generate IR"):
            self.lines.append(told)


def analyse(root: Path, solc: Path, build: Path) -> dict[str, Any]:
    """Of the contracts in ``root``: `findings`, what is `unread`, the `checks` that were made, and how long it took."""
    # Here and not above: only this function needs slither, which the environment of the tests doesn't have.
    from slither import Slither  # type: ignore[import-not-found]
    from slither.__main__ import get_detectors_and_printers  # type: ignore[import-not-found]

    begin = time.monotonic()
    files = sources(root)
    trees = compiled(solc, files)
    expanded = expand(trees)
    build.mkdir(parents=True, exist_ok=True)
    # The name is how crytic-compile knows its own format.
    target = build / "contracts_export.json"
    target.write_text(json.dumps(export(root, version(solc), files, trees)), encoding="utf-8")
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    slither = Slither(str(target), show_ignored_findings=True, triage_database="")
    detectors, _ = get_detectors_and_printers()
    for detector in detectors:
        slither.register_detector(detector)
    logging.getLogger("Detectors").setLevel(logging.WARNING)
    findings = [finding for some in slither.run_detectors() for finding in some]
    return {
        "findings": findings,
        "unread": sorted(unread(slither) | set(heard.lines)),
        "checks": sorted(detector.ARGUMENT for detector in detectors),
        "expanded": expanded,
        "seconds": round(time.monotonic() - begin, 1),
    }


def unread(slither: Any) -> set[str]:
    """Functions in which an expression has no operations, so that no detector sees what it does; and the contracts with
    one, by their names alone, since slither then follows no data through any of their functions."""
    ours = [contract for contract in slither.contracts if not contract.is_from_dependency()]
    functions = {
        f"{function.contract_declarer.name}.{function.name}"
        for contract in ours
        for function in contract.functions_and_modifiers
        if any(node.expression and not node.irs for node in function.nodes)
    }
    return functions | {contract.name for contract in ours if contract.is_incorrectly_constructed}
