"""Results that are kept as they come, a line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["append", "read"]


def append(file: Path, record: dict[str, Any]) -> None:
    """Add one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(record) + "\n")


def read(file: Path) -> Iterator[Any]:
    """All there are; a line that was cut off counts for nothing."""
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        try:
            yield json.loads(line)
        except ValueError:
            continue
