"""A copy of the contracts with forge's output, in which artifacts are replaced by mutants."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from bench.foundry import forge
from bench.mutants.compiler import Compiler
from bench.mutants.plan import Artifact

__all__ = ["Workshop"]

# forge asks the compiler for the ABI of everything, twice in every run: the same question has the same answer.
_REMEMBERING = """#!/bin/sh
here=$(dirname "$0")
case "$*" in *--version*) exec cat "$here/version" ;; esac
asked=$(mktemp "$here/cache/asked.XXXXXX")
cat > "$asked"
answer="$here/cache/$(sha256sum < "$asked" | cut -c1-64)"
[ -f "$answer" ] || { "$here/compiler" --standard-json < "$asked" > "$asked.new" && mv "$asked.new" "$answer"; }
rm "$asked"
exec cat "$answer"
"""

# `vm.getCode` reads what a single test file was not compiled with from the output directory; quick code is larger.
_READABLE = """[profile.default]
fs_permissions = [{ access = "read", path = "../build/forge" }]
code_size_limit = 10_000_000
"""


class Workshop:
    """Nothing outside ``home`` is written. Sources are copied anew; what was compiled is kept for the next run."""

    def __init__(self, home: Path, contracts: Path, left_out: frozenset[str] = frozenset()) -> None:
        self.home, self.root = home, home / "contracts"
        self.compiler = Compiler(contracts / "node_modules")
        self._out = home / "build" / "forge"
        self._forge = forge(contracts)
        self._broken: dict[tuple[str, bool], list[str]] = {}
        self._seconds: dict[str, float] = {}
        self._installed: dict[Path, str] = {}
        self._copy(contracts, left_out)

    def _copy(self, contracts: Path, left_out: frozenset[str]) -> None:
        (self.root / "bin" / "cache").mkdir(parents=True, exist_ok=True)
        for part in ("src", "test"):
            shutil.rmtree(self.root / part, ignore_errors=True)
            shutil.copytree(contracts / part, self.root / part, ignore=shutil.ignore_patterns(*left_out))
        modules = self.root / "node_modules"
        if not modules.is_symlink():
            modules.symlink_to((contracts / "node_modules").resolve())
        settings = (contracts / "foundry.toml").read_text()
        (self.root / "foundry.toml").write_text(settings.replace("[profile.default]\n", _READABLE, 1))
        compiler, remembering = self.root / "bin" / "compiler", self.root / "bin" / "solc"
        shutil.copy2(contracts / "bin" / "solc", compiler)
        version = subprocess.run([compiler, "--version"], capture_output=True, check=True)
        (self.root / "bin" / "version").write_bytes(version.stdout)
        remembering.write_text(_REMEMBERING)
        remembering.chmod(0o755)

    def another(self, home: Path) -> Workshop:
        """The same again, for another worker."""
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.home, home, symlinks=True)
        made = object.__new__(Workshop)
        made.__dict__.update(self.__dict__)
        made.home, made.root, made._out = home, home / "contracts", home / "build" / "forge"
        made.compiler = Compiler(self.root / "node_modules")
        made._installed = {}
        return made

    # --- Running -----------------------------------------------------------------------------------------------------

    def deploys(self, test: str) -> bool:
        """Whether a test file fails with what is installed: few cases are enough if that cannot be deployed."""
        if not self._usable(test):
            return False
        code, _ = self._run(test, None, "--fail-fast", *self._without_broken(test, quick=False), few=True)
        return code != 0

    def _usable(self, test: str) -> bool:
        """Not if it fails before any test is run."""
        return all(name.startswith(("test", "invariant")) for name in self._broken.get((test, False), []))

    def _without_broken(self, test: str, quick: bool) -> list[str]:
        names = self._broken.get((test, quick), [])
        return ["--no-match-test", "|".join(f"^{name}\\b" for name in names)] if names else []

    def warm(self, tests: list[str]) -> None:
        """Compile all that these test files need; from then on nothing is compiled, and nothing written over."""
        for test in tests:
            self._run(test, None, "--fail-fast", few=True)

    def measure(self, tests: list[str], quick: bool) -> dict[str, list[str]]:
        """Run each on the contracts as they are. Returns the tests that fail: they can say nothing of mutants."""
        for test in tests:
            began = time.monotonic()
            _, output = self._run(test, None, "--json")
            self._seconds[test] = time.monotonic() - began
            self._broken[test, quick] = _failing(output)
        return {test: self._broken[test, quick] for test in tests if self._broken[test, quick]}

    def seconds(self, test: str) -> float:
        """What a test file took on the contracts as they are."""
        return self._seconds.get(test, 0)

    def passes(self, test: str, quick: bool) -> bool | None:
        """Whether all tests of a file pass; None if they take too long."""
        shutil.rmtree(self.home / "build" / "forge-failures", ignore_errors=True)
        code, output = self._run(
            test, max(120, 8 * self._seconds.get(test, 60)), "--fail-fast", *self._without_broken(test, quick)
        )
        if any(file.read_text() != text for file, text in self._installed.items()):
            raise RuntimeError(f"forge has compiled {test} again, and written over the mutant")
        if code and ("[FAIL" not in output or "vm.getCode" in output):
            raise RuntimeError(f"forge failed otherwise:\n{output[-2000:]}")
        return None if code is None else code == 0

    def _run(self, test: str, limit: float | None, *flags: str, few: bool = False) -> tuple[int | None, str]:
        command = [self._forge, "test", "--match-path", test, "--threads", "1", *flags]
        cases = {"FOUNDRY_FUZZ_RUNS": "1", "FOUNDRY_INVARIANT_RUNS": "1"} if few else {}
        process = subprocess.Popen(
            command,
            cwd=self.root,
            env={**os.environ, **cases},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None, ""
        return process.returncode, output

    # --- Artifacts ---------------------------------------------------------------------------------------------------

    def install(self, artifact: Artifact, bytecode: str) -> None:
        """Let tests deploy this bytecode, whatever profile they would take the contract from."""
        for file in self._files(artifact):
            content = json.loads(file.read_text()) if file.exists() else {"abi": []}
            content["bytecode"] = {"object": bytecode, "sourceMap": "", "linkReferences": {}}
            text = json.dumps(content)
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
            self._installed[file] = text

    def _files(self, artifact: Artifact) -> list[Path]:
        """One for each profile that compiled it; of a contract that no test imports there may be none yet."""
        cache = json.loads((self.home / "build" / "forge-cache" / "solidity-files-cache.json").read_text())
        profiles = cache["files"].get(artifact.source, {}).get("artifacts", {}).get(artifact.name, {})
        paths = [one["path"] for found in profiles.values() for one in found.values()]
        return [self._out / path for path in paths or [f"{Path(artifact.source).name}/{artifact.name}.json"]]


def _failing(output: str) -> list[str]:
    start = output.find("{")
    try:
        suites = json.loads(output[start:])
    except ValueError:
        raise RuntimeError(f"forge did not run:\n{output[-3000:]}") from None
    results = [item for suite in suites.values() for item in suite["test_results"].items()]
    return sorted({name.split("(")[0] for name, result in results if result["status"] == "Failure"})
