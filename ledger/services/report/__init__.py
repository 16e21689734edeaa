"""A case as one page: what an administrator, an investor and an auditor read, in a single file of HTML.

The page holds everything itself: styles, pictures and certificates. It loads nothing and runs nothing, so it can be
mailed, archived, printed, and opened years later. Texts from files are escaped; amounts are exact, to the minor unit.
"""

from __future__ import annotations

from pathlib import Path

from ledger.services.report.page import render
from ledger.services.story import Story

__all__ = ["render", "write"]


def write(story: Story, path: str | Path) -> Path:
    """Write the page of a story to a file, and return where it is. The file is whole or, on an error, not there."""
    target = Path(path)
    text = render(story)
    partial = target.with_name(f"{target.name}.part")
    partial.write_text(text, encoding="utf-8", newline="\n")
    return partial.replace(target)
