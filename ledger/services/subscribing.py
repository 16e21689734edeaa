"""What investors do in an offering: buy receipts at par, and get their money back if there is no issue."""

from __future__ import annotations

from ledger.chain.signer import Signer
from ledger.domain.waterfall import State
from ledger.engine.operations import Outcome, Step
from ledger.errors import RuleError
from ledger.services import issuance, receipts
from ledger.services.ledger import typed_fields
from ledger.services.series import Series
from ledger.services.typed import TypedData

__all__ = ["permit", "permit_ends", "subscribe", "subscribe_allowed", "subscribe_permitted", "take_back"]

_DAY = 86_400


def permit_ends(series: Series) -> int:
    """Until when a permit is good by default (Unix seconds): the close day's last second, where the series is."""
    _, offering, rules = series.view("terms")
    return int((offering.closeDay + 1) * _DAY - rules.utcOffset - 1)


def permit(series: Series, investor: str, units: int, deadline: int) -> TypedData:
    """What an investor signs (ERC-2612), so that the SPV may take the price of ``units`` of their cash, once and until
    ``deadline`` (Unix seconds). Raises what the node raises; a token without permits reverts."""
    node = series.ledger.node
    domain = series.cash.view(node, "eip712Domain")
    message = {
        "owner": investor,
        "spender": series.spv.address,
        "value": units * series.cash_unit,
        "nonce": series.cash.view(node, "nonces", investor),
        "deadline": deadline,
    }
    return TypedData({name: getattr(domain, name) for name in _DOMAIN}, "Permit", _PERMIT, message)


def subscribe(series: Series, investor: Signer, units: int, *, key: str | None = None) -> int:
    """Buy units at par with the investor's cash, by permit, in one transaction; returns the receipt's token id.

    A subscription whose key was used before is the one that was made then. The permit holds until the offering ends.
    """
    intent = f"subscribe {series.spv.address} {investor.address} {units}"
    if key is not None and (done := series.ledger.sender.find(key)) is not None:
        return _token_of(series, done.expect(intent))
    deadline = permit_ends(series)
    signature = permit(series, investor.address, units, deadline).sign(investor)
    return subscribe_permitted(series, investor.address, units, deadline, signature, key=key, intent=intent)


def subscribe_permitted(
    series: Series,
    investor: str,
    units: int,
    deadline: int,
    signature: bytes,
    *,
    key: str | None = None,
    intent: str = "",
) -> int:
    """The same with a permit that the investor has signed: 65 bytes."""
    r, s, v = signature[:32], signature[32:64], signature[64]
    data = series.spv.call_data("subscribeWithPermit", units, deadline, v, r, s)
    step = Step(series.spv.address, data)
    return _token_of(series, series.ledger.act(investor, "spv.subscribe", step, key=key, intent=intent))


def subscribe_allowed(series: Series, investor: str, units: int) -> int:
    """The same in two transactions, for tokens without permits: an allowance of the price, unless there is one already,
    and the subscription."""
    ledger, price = series.ledger, units * series.cash_unit
    if series.cash.view(ledger.node, "allowance", investor, series.spv.address) < price:
        allow = series.cash.call_data("approve", series.spv.address, price)
        ledger.act(investor, "cash.approve", Step(series.cash.address, allow))
    step = Step(series.spv.address, series.spv.call_data("subscribe", units))
    return _token_of(series, ledger.act(investor, "spv.subscribe", step))


def take_back(series: Series, investor: str) -> list[tuple[int, str, int]]:
    """Get back at par, done by the investor, what they paid for a series that has failed; returns what
    :func:`issuance.refund <ledger.services.issuance.refund>` does. A series that is still offered is declared failed
    before, which the contract refuses while it is not due. Raises RuleError if there is nothing to get back."""
    if series.state() is State.OFFERING:
        issuance.fail(series, by=investor)
    own = [one.token_id for one in receipts.receipts_of(series.ledger, series.slot, investor)]
    refunded = issuance.refund(series, own, by=investor)
    if not refunded:
        raise RuleError(
            "there is nothing to get back",
            expected="receipts of the investor's that are not frozen",
            found=f"{len(own)} receipts",
        )
    return refunded


def _token_of(series: Series, outcome: Outcome) -> int:
    token_id: int = outcome.event(series.spv, "Subscribed").args["tokenId"]
    return token_id


_DOMAIN = ("name", "version", "chainId", "verifyingContract")
_PERMIT = typed_fields("address owner,address spender,uint256 value,uint256 nonce,uint256 deadline")
