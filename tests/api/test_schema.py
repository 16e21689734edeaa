"""The document and the service agree: generated requests, good and bad, of every kind of principal."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.api.stage import Stage, staged

load_all_checks()

CASES = int(os.environ.get("API_CASES", "2"))  # for each route, each kind of principal, and each kind of request
WANTED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
PRINCIPALS = ("administrator", "compliance", "guardian", "auditor", "holder", None)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(works=False) as made:
        made.client.app.state.service.closing.set()  # type: ignore[attr-defined] # streams of events end at once
        yield made


@pytest.mark.parametrize("who", PRINCIPALS, ids=str)
def test_generated_requests_get_documented_answers(stage: Stage, who: str | None) -> None:
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", stage.client.app)
    checks = [CHECKS.get_one(name) for name in WANTED]
    seen: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            strategy = operation.as_strategy(generation_mode=mode)

            @seed(1)
            @settings(
                max_examples=CASES,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            )
            @given(case=strategy)
            def try_one(case: schemathesis.Case) -> None:
                headers = {} if who is None else {"Authorization": f"Bearer {stage.tokens[who]}"}
                answer = case.call(headers=headers)
                seen[answer.status_code] += 1
                case.validate_response(answer, checks=checks)

            with suppress(Unsatisfiable):  # nothing can be wrong where there is nothing to say
                try_one()
    print(who, dict(sorted(seen.items())))
    assert sum(seen.values()) > 0
