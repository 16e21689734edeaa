"""Generated lives: the rules in Python and the contracts agree on every figure of every step.

``DIFFERENTIAL_LIVES`` is how many lives each test generates; thousands are for a long night.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from ledger.domain.terms import Principal

from .lives import lives
from .play import play
from .stage import Stage

common = settings(
    max_examples=int(os.environ.get("DIFFERENTIAL_LIVES", "14")),
    deadline=None,
    print_blob=True,
    phases=set(Phase) - {Phase.explain},  # it traces every line of the chain
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("principal", Principal, ids=lambda item: item.value)
@common
@given(data=st.data())
def test_both_worlds_agree(stage: Stage, principal: Principal, data: st.DataObject) -> None:
    life = data.draw(lives(principal), label="life")
    both = play(stage, life)
    model = both.reference.model
    event(f"ends {model.state.value}")
    event(f"{len(model.distributions)} distributions")
