"""The reference case, carried through its life once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.services.inputs import load_case
from ledger.services.ledger import open_local
from ledger.services.story import Story, run_case

CRT01 = Path(__file__).resolve().parents[2] / "examples" / "crt01"


@pytest.fixture(scope="session")
def crt01_story() -> Iterator[Story]:
    """CRT01 with the year as it went, on a chain of its own. Tests read it and change nothing; it takes 13 s."""
    case = load_case(
        *(CRT01 / name for name in ("terms.toml", "rent-roll.csv", "subscriptions.csv", "collections.csv"))
    )
    with open_local(start=case.terms.open_date - timedelta(days=14)) as ledger:
        yield run_case(ledger, case)
