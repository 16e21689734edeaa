"""forge, as npm has installed it beside the contracts, or as FORGE names it."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["forge"]


def forge(contracts: Path) -> str:
    """Where it is."""
    return os.environ.get("FORGE") or str(next(contracts.glob("node_modules/@foundry-rs/forge-*-*/bin/forge")))
