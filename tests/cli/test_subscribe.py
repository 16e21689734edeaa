"""`crt subscribe` and `crt take-back`, on a chain and over the API."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.client.calls.investing import InvestingCalls
from ledger.services import cash, issuance
from ledger.services.series import Series
from tests.cli.net import ALICE, FIRST, Net

AS_ALICE = ("--as", "key:alice.key", "--yes")


def money(net: Net) -> int:
    """Alice's, as the token has it."""
    with net.ledger() as ledger:
        return cash.balance(Series.load(ledger, 1), ALICE)


@pytest.mark.parametrize(("options", "transactions"), [((), 2), (("--permit",), 1)], ids=["allowance", "permit"])
def test_a_subscription(open_net: Net, options: tuple[str, ...], transactions: int) -> None:
    shown = open_net.does("subscribe", "SMALL", "120", *options, *AS_ALICE, "--dry-run")
    assert shown["preview"]["result"] == {"receipt": str(FIRST + 1), "units": {"amount": "120.00", "currency": "CNY"}}
    assert money(open_net) == 50_000
    done = open_net.does("subscribe", "SMALL", "120", *options, *AS_ALICE)
    assert len(done["transactions"]) == transactions and all(one["block"] for one in done["transactions"])
    assert (open_net.owns(FIRST + 1), open_net.units(FIRST + 1), money(open_net)) == (ALICE, 12_000, 38_000)


def test_what_cannot_be_bought_is_not_signed(open_net: Net) -> None:
    much = open_net.fails("subscribe", "SMALL", "3,000.01", *AS_ALICE, code=6)
    assert "(OverSubscribed)" in much["message"]
    poor = open_net.fails("subscribe", "SMALL", "500.01", *AS_ALICE, code=6)
    assert "(ERC20InsufficientBalance)" in poor["message"]
    assert open_net.fails("subscribe", "SMALL", "USD 1.00", *AS_ALICE, code=2)["field"] == "AMOUNT"
    early = open_net.fails("take-back", "SMALL", *AS_ALICE, code=6)
    assert "(NotFailed)" in early["message"]


def test_what_was_paid_for_a_cancelled_series_is_taken_back(open_net: Net) -> None:
    open_net.does("subscribe", "SMALL", "100.00", *AS_ALICE)
    with open_net.ledger() as ledger:
        issuance.cancel(Series.load(ledger, 1))
    done = open_net.does("take-back", "SMALL", *AS_ALICE)
    assert done["result"]["amount"] == {"amount": "100.00", "currency": "CNY"} and money(open_net) == 50_000


@pytest.mark.parametrize("field", ["value", "spender", "verifyingContract", "chainId", "primaryType"])
@pytest.mark.parametrize("open_net", ["server"], indirect=True)
def test_a_permit_for_something_else_is_not_signed(open_net: Net, field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that lies: whatever it has signed of the wallet's cash would be its own."""
    true = InvestingCalls.get_permit_to_sign

    def lying(self: InvestingCalls, *args: Any, **kwargs: Any) -> Any:
        found: Any = true(self, *args, **kwargs)
        data = found["typedData"]
        where = next(part for part in (data["message"], data["domain"], data) if field in part)
        where[field] = {"value": "500000000", "chainId": 1, "primaryType": "Order"}.get(field, "0x" + "11" * 20)
        return found

    monkeypatch.setattr(InvestingCalls, "get_permit_to_sign", lying)
    error = open_net.fails("subscribe", "SMALL", "120", "--permit", *AS_ALICE, code=2)
    assert error["field"] == field and "is not signed" in error["message"] and money(open_net) == 50_000


@pytest.mark.parametrize("change", [{"value": "1"}, {"chainId": 1}, {"to": "0x" + "11" * 20}], ids=str)
@pytest.mark.parametrize("open_net", ["server"], indirect=True)
def test_a_transaction_for_something_else_is_not_signed(
    open_net: Net, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = InvestingCalls.subscribe_series

    def lying(self: InvestingCalls, *args: Any, **kwargs: Any) -> Any:
        found: Any = true(self, *args, **kwargs)
        found["transactions"][1] |= change
        return found

    monkeypatch.setattr(InvestingCalls, "subscribe_series", lying)
    error = open_net.fails("subscribe", "SMALL", "120", *AS_ALICE, code=2)
    assert "is not signed" in error["message"] and money(open_net) == 50_000


def test_a_fee_above_the_settings_is_not_offered(open_net: Net) -> None:
    error = open_net.fails("subscribe", "SMALL", "1.00", *AS_ALICE, "--set", "most_fee=0", code=2)
    assert "most_fee" in error["message"]
