"""What the ledger's transactions cost, against what they cost when the snapshot was made."""

from __future__ import annotations

import json
from pathlib import Path

from bench.gas.ours import ours

SNAPSHOT = Path(__file__).resolve().parents[1] / "bench" / "gas" / "snapshot.json"


def test_no_work_costs_more_than_before() -> None:
    """By more than one in a hundred. Who makes one cheaper, or has a reason: python -m bench.gas --snapshot."""
    before = {row["work"]: row["gas"] for row in json.loads(SNAPSHOT.read_text())}
    now = {work: gas for work, _, gas in ours()}
    assert now.keys() == before.keys()
    dearer = {work: (before[work], gas) for work, gas in now.items() if gas > before[work] * 1.01}
    assert dearer == {}
