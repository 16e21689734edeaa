"""The story of contributions on histories that are not as usual."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import InputError
from ledger.services.graduation_story import run_graduation
from tests.attribution.repos import Repo


def test_a_history_too_short_for_a_voucher_is_told_so(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.chain({"a": b"".join(b"def name_%c(): return value_%c\n" % (letter, letter) for letter in b"abcdefgh")})
    with pytest.raises(InputError, match="as much as a voucher") as refused:
        run_graduation(repo.path)
    assert refused.value.found is not None and "8,000 points" in refused.value.found
