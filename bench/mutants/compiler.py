"""solc in a process of its own that stays, since starting it takes as long as compiling a contract."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

from scripts.compile_contracts import SETTINGS

__all__ = ["DEPLOYED", "QUICK", "Compiler", "DoesNotCompileError", "Settings"]

Settings = dict[str, Any]

DEPLOYED: Settings = SETTINGS
# The same program in a tenth of the time, or, where the old code generator runs out of stack, in half of it.
QUICK: list[Settings] = [
    {**SETTINGS, "viaIR": False, "optimizer": {"enabled": False}},
    {
        **SETTINGS,
        "optimizer": {
            "enabled": True,
            "runs": 1,
            "details": {
                "inliner": False,
                "deduplicate": False,
                "cse": False,
                "constantOptimizer": False,
                "yulDetails": {"stackAllocation": True, "optimizerSteps": "dhfoDgvulfnjmuljmul:fDnTOcmu"},
            },
        },
    },
]

_SCRIPT = Path(__file__).with_name("compiler.js")
_QUESTIONS = 100  # after which it is started anew, since its memory only grows


class DoesNotCompileError(Exception):
    """What solc says against the sources."""


class Compiler:
    """Of the packages in a directory. Safe for threads, one question after the other."""

    def __init__(self, packages: Path) -> None:
        self._command = ["node", str(_SCRIPT), str((packages / "solc").resolve())]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._asked = 0

    def compile(
        self,
        sources: dict[str, dict[str, str]],
        wanted: dict[str, dict[str, list[str]]],
        settings: Settings = DEPLOYED,
    ) -> dict[str, dict[str, Any]]:
        """What solc gives for sources. Raises ``DoesNotCompileError``."""
        settings = {**settings, "outputSelection": wanted}
        answer = self._ask({"language": "Solidity", "sources": sources, "settings": settings})
        errors = [one["formattedMessage"] for one in answer.get("errors", []) if one["severity"] == "error"]
        if errors:
            raise DoesNotCompileError("\n".join(errors))
        return answer

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            if self._process is None or self._asked == _QUESTIONS:
                self.close()
                self._process = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
                )
                self._asked = 0
            self._asked += 1
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError(f"the compiler ended: {' '.join(self._command)}")
            answer: dict[str, Any] = json.loads(line)
            return answer
