"""`crt` as its user runs it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def crt(*args: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `crt` of this environment in ``cwd``, with these variables besides those that are set."""
    command = [sys.executable, "-c", "from ledger.cli import main; main()", *args]
    variables = {**os.environ, **environment}
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False, timeout=300)


def crt_without_privileges(*args: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same as a user who may only write what the modes of files say, which do not bind the administrator."""
    command = [sys.executable, "-c", "from ledger.cli import main; main()", *args]
    if os.geteuid() == 0:
        kept = "-dac_override,-dac_read_search,-fowner"
        command = ["setpriv", f"--bounding-set={kept}", f"--inh-caps={kept}", *command]
    variables = {**os.environ, **environment}
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False, timeout=300)
