"""From a checked case to an issue: create, register, attest, offer, activate; `subscribing` is what investors do.

And the other way out: cancel or fail, refund, release the receivables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.primitives import ZERO_ADDRESS, keccak
from ledger.chain.signer import Signer
from ledger.domain.daycount import day_number
from ledger.domain.investors import InvestorClass
from ledger.domain.terms import Receivable, class_mask, jurisdiction_mask
from ledger.engine.operations import Outcome, Step
from ledger.errors import InputError
from ledger.services.deployment import role_calls
from ledger.services.encoding import (
    CASH_DECIMALS,
    Parties,
    offering_of,
    parties_of,
    pool_tree,
    receivable_id,
    receivable_key,
    rules_of,
    terms_hash,
)
from ledger.services.inputs.case import Case
from ledger.services.ledger import Ledger
from ledger.services.roles import PER_SPV, Role
from ledger.services.series import Series
from ledger.store import index, index_series

__all__ = [
    "Parties",
    "activate",
    "attest",
    "cancel",
    "create",
    "fail",
    "offer",
    "refund",
    "refund_all",
    "register_pool",
    "release",
    "set_requirement",
    "valuation",
]

RECEIVABLES_AT_ONCE: Final = 150
"""Receivables registered in one transaction: about 8 million gas."""
RELEASES_AT_ONCE: Final = 300
"""Receivables released in one transaction: each costs a storage word cleared and a look at its SPV."""
REFUNDS_AT_ONCE: Final = 100
"""Receipts refunded in one transaction: each is destroyed, and its holder paid."""
NO_LIMIT: Final = 2**256 - 1

_T = TypeVar("_T")


def create(ledger: Ledger, case: Case, parties: Parties, *, cash: str | None = None) -> Series:
    """Make the SPV of a case and its series, open the SPV's functions to the roles, and let it take in collections.

    ``cash`` is the token in which it pays; the local stand-in by default. It has 6 decimals. If the term sheet has its
    SPV already, what a broken-off attempt left out is done. Raises InputError if that SPV is one of other parties.
    """
    terms = case.terms
    if terms.currency.exponent > CASH_DECIMALS:
        raise InputError(
            "the cash token is coarser than the currency",
            field="series.currency",
            expected=f"a currency of at most {CASH_DECIMALS} decimals",
            found=f"{terms.currency.code} with {terms.currency.exponent}",
        )
    key, given = f"spv/{terms_hash(terms).hex()}", parties_of(ledger, case, parties, cash)
    made = ledger.factory.view(ledger.node, "spvOf", terms_hash(terms))
    if made == ZERO_ADDRESS:
        data = ledger.factory.call_data(
            "create",
            given,
            offering_of(case),
            rules_of(terms),
            [(item.record_day, item.payment_day, item.accrual, item.target, 0) for item in case.periods],
            (terms.code, terms.name, terms.currency.code, terms.currency.exponent),
            class_mask(terms.classes),
            jurisdiction_mask(terms.jurisdictions),
        )
        step = Step(ledger.factory.address, data)
        outcome = ledger.operate(Role.ADMINISTRATOR, "spv.create", step, key=f"{key}/create")
        made = outcome.event(ledger.factory, "SpvCreated").args["spv"]
    series = Series.load(ledger, Bound(Contract("Spv"), made).view(ledger.node, "status").slot)
    _check_parties(series, given)
    if not _opened(series):
        steps = (
            Step(
                ledger.authority.address,
                ledger.authority.call_data("multicall", role_calls(ledger.authority, "Spv", made, PER_SPV)),
            ),
            # Once and for this SPV alone: a key that could approve could send the account's cash to itself.
            Step(series.cash.address, series.cash.call_data("approve", made, NO_LIMIT)),
        )
        ledger.operate(Role.ADMIN, "spv.roles", *steps, key=f"{key}/roles")
    return series


def _check_parties(series: Series, given: dict[str, object]) -> None:
    found = series.view("terms").parties
    for name, expected in given.items():
        if getattr(found, name) != expected:
            raise InputError(
                f"the term sheet has its SPV already, {series.spv.address}, and that is of others",
                field=name,
                expected=_shown(getattr(found, name)),
                found=_shown(expected),
            )


def _shown(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _opened(series: Series) -> bool:
    """Whether the SPV's functions were given to the roles: one operation does it for all, and the approval with it.

    One function that is not the admin's alone tells; what an admin changed since is left as it is.
    """
    ledger, interface = series.ledger, series.spv.contract
    selectors = (interface.function(name).selector for names in PER_SPV.values() for name in names)
    return any(
        ledger.authority.view(ledger.node, "getTargetFunctionRole", series.spv.address, selector) != Role.ADMIN
        for selector in selectors
    )


def register_pool(series: Series, receivables: Sequence[Receivable]) -> None:
    """Sell the receivables to the SPV; refused if one is sold to another. What it has already is passed over."""
    ledger, originator = series.ledger, series.view("terms").parties.originator
    booked = [(receivable_id(item.id), item.face, day_number(item.due)) for item in receivables]
    tree = pool_tree(originator, receivables)
    for start, batch in _batches(receivables, RECEIVABLES_AT_ONCE):
        if all(_buyer(ledger, originator, item) == series.spv.address for item in batch):
            continue
        proof = tree.multi_proof(range(start, start + len(batch)))
        items = [booked[index] for index in proof.indices]
        data = ledger.factory.call_data("register", series.spv.address, items, proof.proof, proof.flags)
        key = f"{series.spv.address}/register/{start}"
        ledger.operate(Role.ADMINISTRATOR, "pool.register", Step(ledger.factory.address, data), key=key)


def _buyer(ledger: Ledger, originator: str, item: Receivable) -> str:
    found: str = ledger.factory.view(ledger.node, "soldTo", receivable_key(originator, item.id))
    return found


def _batches(items: Sequence[_T], size: int) -> Iterator[tuple[int, Sequence[_T]]]:
    """Parts of at most ``size``, each with the place where it begins."""
    return ((start, items[start : start + size]) for start in range(0, len(items), size))


def attest(series: Series, present_value: int, agent: Signer) -> bytes:
    """The valuation agent's EIP-712 signature over the pool's present value in minor units."""
    parties, offering, _ = series.view("terms")
    data = valuation(series.ledger, series.spv.address, parties, offering, present_value)
    return agent.sign_typed(data["domain"], _VALUATION, data["message"])


def valuation(ledger: Ledger, spv: str, parties: Any, offering: Any, present_value: int) -> dict[str, Any]:
    """What the valuation agent signs: EIP-712 typed data over the present value of an SPV's pool in minor units.

    ``parties`` and ``offering`` are the contract's own terms.
    """
    return {
        "types": _VALUATION,
        "primaryType": "Valuation",
        "domain": ledger.typed_domain(ledger.factory, "Compute Receipt SPVs"),
        "message": {
            "spv": spv,
            "poolRoot": parties.poolRoot,
            "presentValue": present_value,
            "discountRate": offering.discountRate,
            "cutOffDay": offering.cutOffDay,
        },
    }


def offer(series: Series, present_value: int, signature: bytes, *, key: str | None = None) -> None:
    """Open the offering on an attested present value."""
    ledger = series.ledger
    data = ledger.factory.call_data("offer", series.spv.address, present_value, signature)
    key = key or f"{series.spv.address}/offer"
    ledger.operate(Role.ADMINISTRATOR, "spv.offer", Step(ledger.factory.address, data), key=key)


def activate(series: Series) -> int:
    """Issue: pay the proceeds to the originator and let the receipts move. Returns the units sold."""
    step = Step(series.spv.address, series.spv.call_data("activate"))
    outcome = series.ledger.operate(Role.ADMINISTRATOR, "spv.activate", step, key=f"{series.spv.address}/activate")
    units: int = outcome.event(series.spv, "Activated").args["units"]
    return units


def set_requirement(
    series: Series, classes: Iterable[InvestorClass], jurisdictions: Iterable[str], *, key: str | None = None
) -> None:
    """Change who may receive receipts of the series from now on; who holds some keeps them. Compliance does it."""
    receipts = series.ledger.receipts
    data = receipts.call_data("setRequirement", series.slot, class_mask(classes), jurisdiction_mask(jurisdictions))
    series.ledger.operate(Role.COMPLIANCE, "series.requirement", Step(receipts.address, data), key=key)


# --- When there is no issue -------------------------------------------------------------------------------------------


def cancel(series: Series) -> None:
    """Give up before the issue: the series has failed, and subscribers can be refunded."""
    step = Step(series.spv.address, series.spv.call_data("cancel"))
    series.ledger.operate(Role.ADMINISTRATOR, "spv.cancel", step, key=f"{series.spv.address}/cancel")


def fail(series: Series, *, by: str | None = None) -> None:
    """Declare failed what missed its soft cap, or was not issued before its first record day. Anybody may: ``by`` is
    who does, the servicer by default."""
    step, key = Step(series.spv.address, series.spv.call_data("fail")), f"{series.spv.address}/fail"
    who = by or series.ledger.account(Role.SERVICER)
    series.ledger.act(who, "spv.fail", step, key=key if by is None else None)


def refund(
    series: Series, token_ids: Sequence[int], *, by: str | None = None, key: str | None = None
) -> list[tuple[int, str, int]]:
    """Pay subscribers of a failed series back at par, and destroy their receipts. Anybody may: ``by`` is who does, the
    servicer by default.

    Returns token id, holder and units of those that were refunded. Frozen receipts, receipts of frozen holders and
    those that were refunded before are passed over.
    """
    refunded = []
    for _, batch in _batches(token_ids, REFUNDS_AT_ONCE):
        outcome = _batch(series.ledger, "spv.refund", series.spv, series.spv.call_data("refund", batch), key, by)
        events = (event.args for event in outcome.events(series.spv) if event.name == "Refunded")
        refunded += [(args["tokenId"], args["holder"], args["units"]) for args in events]
    return refunded


def refund_all(series: Series, *, key: str | None = None) -> None:
    """:func:`refund` all subscribers who are not refunded yet. Interrupted, it is repeated under the same ``key``."""
    with series.ledger.reading() as connection:
        left = [one.token_id for one in index.receipts_at(connection, slot=series.slot)]
    refund(series, left, key=key)


def release(series: Series, *, key: str | None = None) -> None:
    """Let the receivables of a failed series be sold again. Anybody may. Those that were released are passed over."""
    ledger = series.ledger
    with ledger.reading() as connection:
        gone = index_series.released(connection, series.spv.address)
        left = [one.key for one in index_series.receivables(connection, series.spv.address) if one.key not in gone]
    for _, batch in _batches(left, RELEASES_AT_ONCE):
        _batch(ledger, "pool.release", ledger.factory, ledger.factory.call_data("release", batch), key)


def _batch(ledger: Ledger, kind: str, contract: Bound, data: bytes, key: str | None, by: str | None = None) -> Outcome:
    """One of several calls that anybody may make. Who repeats them finds some done, and makes others of what is left:
    so each has a key of its own, by what it does."""
    key = None if key is None else f"{key}/{keccak(data).hex()}"
    return ledger.act(by or ledger.account(Role.SERVICER), kind, Step(contract.address, data), key=key)


# --- What is signed ---------------------------------------------------------------------------------------------------

_VALUATION = {
    "Valuation": [
        {"name": "spv", "type": "address"},
        {"name": "poolRoot", "type": "bytes32"},
        {"name": "presentValue", "type": "uint64"},
        {"name": "discountRate", "type": "uint32"},
        {"name": "cutOffDay", "type": "uint32"},
    ]
}
