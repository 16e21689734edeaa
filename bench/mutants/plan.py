"""What is mutated, which contracts a source is part of, and which tests deploy those."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.mutants.compiler import DEPLOYED, QUICK, Compiler, DoesNotCompileError, Settings
from bench.mutants.operators import Mutant, fewer, mutants
from scripts.compile_contracts import sources

__all__ = ["Artifact", "Plan", "digest"]

_DEPLOYED = re.compile(r'"(\w+\.sol):(\w+)"')


@dataclass(frozen=True, order=True)
class Artifact:
    """A contract that tests make from its artifact; ``source`` is where it is."""

    name: str
    source: str


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass
class Plan:
    """Of a directory with `src` and `test`."""

    root: Path
    compiler: Compiler
    every: bool = False
    _originals: dict[tuple[Artifact, bool], tuple[str, Settings]] = field(default_factory=dict)

    @cached_property
    def tests(self) -> dict[str, set[Artifact]]:
        """Test files, and what each makes from artifacts, itself or by what it imports."""
        files = sorted((self.root / "test").glob("*.t.sol"))
        where = {file.name: file for name in ("src", "test/utils") for file in (self.root / name).rglob("*.sol")}
        found = {}
        for file in files:
            name = f"test/{file.name}"
            texts = [one["content"] for one in sources([name], self.root).values()]
            asked = {match.groups() for text in texts for match in _DEPLOYED.finditer(text)}
            found[name] = {
                Artifact(contract, where[source].relative_to(self.root).as_posix())
                for source, contract in asked
                if source in where
            }
        return found

    @cached_property
    def artifacts(self) -> dict[Artifact, dict[str, dict[str, str]]]:
        """With all that each is compiled from."""
        return {one: sources([one.source], self.root) for one in sorted(set().union(*self.tests.values()))}

    def containing(self, source: str) -> list[Artifact]:
        """The contracts that a source is part of, those first that compile fastest."""
        found = [one for one, parts in self.artifacts.items() if source in parts]
        return sorted(found, key=lambda one: sum(len(part["content"]) for part in self.artifacts[one].values()))

    def testing(self, artifact: Artifact) -> list[str]:
        return [test for test, made in self.tests.items() if artifact in made]

    @cached_property
    def texts(self) -> dict[str, str]:
        """The sources that are mutated: all in `src` that are not interfaces and are part of something deployed."""
        parts = {name: part["content"] for parts in self.artifacts.values() for name, part in parts.items()}
        return {
            name: text for name, text in sorted(parts.items()) if name.startswith("src/") and "/interfaces/" not in name
        }

    @cached_property
    def untested(self) -> list[str]:
        """Sources that no contract contains which a test deploys."""
        files = (file.relative_to(self.root).as_posix() for file in (self.root / "src").rglob("*.sol"))
        return sorted(name for name in files if "/interfaces/" not in name and name not in self.texts)

    @cached_property
    def mutants(self) -> list[Mutant]:
        """Of all sources; fewer of those that are alike, unless `every` one is wanted."""
        given = sources(self.texts, self.root)
        trees = self.compiler.compile(given, {name: {"": ["ast"]} for name in self.texts})["sources"]
        found = {name: mutants(name, text.encode(), trees[name]["ast"]) for name, text in self.texts.items()}
        return [one for some in found.values() for one in (some if self.every else fewer(some))]

    def original(self, artifact: Artifact, quick: bool) -> str:
        """Its bytecode as it is: as deployed, or with the settings that compile it fastest."""
        return self._original(artifact, quick)[0]

    def mutated(self, artifact: Artifact, mutant: Mutant, compiler: Compiler, quick: bool) -> str:
        """Its bytecode with a mutant; raises ``DoesNotCompileError`` if that does not compile."""
        text = mutant.applied(self.texts[mutant.file].encode()).decode()
        given = {**self.artifacts[artifact], mutant.file: {"content": text}}
        _, settings = self._original(artifact, quick)
        return _bytecode(artifact, given, compiler, settings)

    def _original(self, artifact: Artifact, quick: bool) -> tuple[str, Settings]:
        """The bytecode, and the first settings with which it compiles."""
        key = artifact, quick
        for settings in (*QUICK, DEPLOYED) if quick else (DEPLOYED,):
            if key in self._originals:
                break
            try:
                made = _bytecode(artifact, self.artifacts[artifact], self.compiler, settings)
            except DoesNotCompileError:
                if settings is DEPLOYED:
                    raise
            else:
                self._originals[key] = made, settings
        return self._originals[key]


def _bytecode(artifact: Artifact, given: dict[str, dict[str, str]], compiler: Compiler, settings: Settings) -> str:
    answer = compiler.compile(given, {artifact.source: {artifact.name: ["evm.bytecode.object"]}}, settings)
    return "0x" + str(answer["contracts"][artifact.source][artifact.name]["evm"]["bytecode"]["object"])
