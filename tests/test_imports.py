"""The directions in which imports run (docs/architecture.md)."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# What each part may import of ours, beside itself and errors.py.
ALLOWED = {
    "ledger.domain": set(),
    "ledger.attribution": set(),
    "ledger.chain": set(),
    "ledger.wallet": {"ledger.chain"},
    "ledger.store": {"ledger.domain"},
    "ledger.engine": {"ledger.store", "ledger.chain", "ledger.domain"},
    "ledger.services": {"ledger.engine", "ledger.attribution", "ledger.store", "ledger.chain", "ledger.domain"},
    "ledger.client": set(),
    "ledger.cli": {
        "ledger.services",
        "ledger.client",
        "ledger.wallet",
        "ledger.attribution",
        "ledger.domain",
        "ledger.chain",
    },
    "api": {"ledger.services", "ledger.client", "ledger.domain", "ledger.chain"},
    "scripts": {"ledger.cli", "ledger.services", "ledger.domain", "ledger.chain"},
}
# Everything may import these, and they import nothing of ours but each other.
SHARED = {"ledger", "ledger.__init__", "ledger.errors", "ledger.sqlitefile"}
# What a module may import beside that.
MORE = {
    "ledger.cli.serve": {"api"},  # `crt api serve`, and only when it is run: a test below
    "ledger.cli.inside": {"api"},  # a command that asks it, where the ledger is a chain: only then
    "scripts.make_client": {"api"},
}

MODULES = sorted(path for part in ("ledger", "api", "scripts") for path in (ROOT / part).rglob("*.py"))


def part_of(module: str) -> str | None:
    """The part that a module is in; None for what is not ours. A part of the ledger that is not listed is its own."""
    head = ".".join(module.split(".")[: 2 if module.startswith("ledger.") else 1])
    return head if head in ALLOWED or (head.startswith("ledger.") and head not in SHARED) else None


def imports(source: str, module: str) -> list[str]:
    """Absolute names of all modules that a source imports, those of `from package import module` among them."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module.split(".")[: -node.level]) if node.level else ""
            name = ".".join(piece for piece in (base, node.module) if piece)
            found += [name, *(f"{name}.{alias.name}" for alias in node.names)]
    return found


def forbidden(source: str, module: str) -> set[str]:
    own = part_of(module)
    others = {part_of(name) for name in imports(source, module)} - {None, own}
    return {part for part in others if part not in ALLOWED.get(own, set()) | MORE.get(module, set())}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    assert module in SHARED or part_of(module) in ALLOWED, "a part that is not listed in ALLOWED"
    assert forbidden(path.read_text(encoding="utf-8"), module) == set()


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("ledger.domain.money", "from ledger.chain import node", {"ledger.chain"}),
        ("ledger.chain.rpc", "import ledger.domain.money", {"ledger.domain"}),
        ("ledger.engine.sender", "def f():\n    from ledger.services.series import Series", {"ledger.services"}),
        ("ledger.services.series", "import ledger.cli.app", {"ledger.cli"}),
        ("ledger.domain.money", "from ..chain import node", {"ledger.chain"}),
        ("ledger.cli.work", "from api.serving import serving", {"api"}),
        ("ledger.cli.serve", "from api.serving import serving", set()),
        ("ledger.services.series", "from ledger.engine.sender import DirectSender", set()),
        ("ledger.services.series", "from ledger.errors import InputError\nimport ledger", set()),
        ("ledger.services.series", "from ledger.newpart import thing", {"ledger.newpart"}),
        ("ledger.newpart.thing", "from ledger.domain import money", {"ledger.domain"}),
        ("ledger.errors", "from ledger.domain import money", {"ledger.domain"}),
        ("scripts.make", "from ledger.engine.sender import DirectSender\nimport ledger.services", {"ledger.engine"}),
        ("scripts.make", "def f():\n    from ledger.store import journal", {"ledger.store"}),
    ],
)
def test_the_check_sees_what_it_has_to(module: str, source: str, found: set[str]) -> None:
    assert forbidden(source, module) == found


def test_the_command_line_does_without_the_api_until_it_is_served() -> None:
    run = (
        "import sys, ledger.cli.app; print([name for name in sys.modules if name.split('.')[0] in ('api', 'fastapi')])"
    )
    done = subprocess.run([sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_domain_has_no_clock_and_no_io() -> None:
    for path in (ROOT / "ledger" / "domain").rglob("*.py"):
        names = imports(path.read_text(encoding="utf-8"), "ledger.domain.x")
        for name in ("time", "os", "io", "pathlib", "socket", "sqlite3", "random", "subprocess", "web3"):
            assert not any(found == name or found.startswith(name + ".") for found in names), (path.name, name)
