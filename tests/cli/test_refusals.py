"""What contracts refuse, in words: each error of each contract, and the same over HTTP."""

from __future__ import annotations

from string import Formatter

import pytest

from ledger.chain.artifacts import Contract, contract_names
from ledger.cli.meanings import MEANING
from ledger.cli.refusals import _ROLES, explained
from ledger.errors import Reverted

ERRORS = {
    (error.name, tuple(error.inputs.fields)): name for name in contract_names() for error in Contract(name).errors
}
AUTHORITY = "0x8464135c8F25Da09e49BC8782676a84730C318bC"


def meaning(name: str, fields: tuple[str, ...]) -> tuple[str, str] | None:
    return MEANING.get(f"{name}({', '.join(fields)})") or MEANING.get(name)


@pytest.mark.parametrize(
    ("name", "fields"),
    sorted(one for one in ERRORS if one[0] not in _ROLES),  # who lacks a role is told which, and who grants it
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_each_error_of_the_contracts_has_words_and_a_hint(name: str, fields: tuple[str, ...]) -> None:
    found = meaning(name, fields)
    assert found is not None, f"{ERRORS[name, fields]}.{name} has no words in ledger/cli/meanings.py"
    for text in found:
        assert text
        assert {field for _, field, _, _ in Formatter().parse(text) if field is not None} <= set(fields)


def test_there_are_words_for_no_other_errors() -> None:
    names = {name for name, _ in ERRORS} | {f"{name}({', '.join(fields)})" for name, fields in ERRORS}
    assert set(MEANING) <= names


def say(name: str, **arguments: object) -> Reverted:
    return explained(Reverted(name, arguments), AUTHORITY, local=False)


@pytest.mark.parametrize(("today", "day"), [(20271, 20358), ("20271", "20358")])
def test_numbers_are_shown_as_what_they_are_also_as_digits(today: object, day: object) -> None:
    error = say("TooEarly", today=today, day=day)
    assert error.message == "today is 2025-07-02 where the series is; this is for 2025-09-27 and later (TooEarly)"
    assert say("TooEarly", **{"from": 1751418000}).message.startswith(
        "the wallet may still veto it, until 2025-07-02 01:00:00 UTC"
    )
    assert "is Matured" in say("WrongState", state=4).message
    assert "is Matured" in say("WrongState", state="4").message


@pytest.mark.parametrize("as_text", [False, True])
def test_who_lacks_a_role_is_told_which_also_over_http(as_text: bool) -> None:
    selector = Contract("Spv").function("fund").selector
    error = say("Unauthorized", caller=AUTHORITY, selector=f"0x{selector.hex()}" if as_text else selector)
    assert error.message == f"{AUTHORITY} does not have the role servicer, which Spv.fund needs (Unauthorized)"
    assert error.hint is not None and "grantRole(2, " in error.hint


def test_bytes_and_hostile_text_are_shown_harmlessly() -> None:
    assert f"0x{'ab' * 32}" in say("UnknownReceivable", id=b"\xab" * 32).message
    assert say("InvalidTerms", field="a\x1b[31m\nb").message == "the terms make no sense: a?[31m b (InvalidTerms)"


def test_what_is_not_known_stays_as_it_is() -> None:
    for error in (Reverted("NotOurs", {"x": 1}), Reverted("OverSubscribed", {"other": 1})):
        assert explained(error, AUTHORITY, local=False) is error
