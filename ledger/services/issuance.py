"""From a checked case to receipts in investors' hands: create, register, attest, offer, subscribe, activate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.chain.codec import parse_type
from ledger.chain.merkle import MerkleTree
from ledger.chain.primitives import address_bytes, keccak
from ledger.chain.signing import Account
from ledger.domain.daycount import day_number
from ledger.domain.terms import Principal, Receivable, Terms, class_mask, jurisdiction_mask, terms_digest_text
from ledger.engine.operations import Step
from ledger.errors import InputError
from ledger.services.deployment import role_calls
from ledger.services.inputs.case import Case
from ledger.services.ledger import Ledger
from ledger.services.roles import PER_SPV, Role
from ledger.services.series import Series

__all__ = [
    "Parties",
    "activate",
    "attest",
    "create",
    "offer",
    "pool_tree",
    "receivable_id",
    "receivable_key",
    "register_pool",
    "subscribe",
    "terms_hash",
]

CASH_DECIMALS: Final = 6
RECEIVABLES_AT_ONCE: Final = 150
"""Receivables registered in one transaction: about 8 million gas."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Addresses of those who take part in a series beside its investors."""

    originator: str
    fee_recipient: str
    unclaimed_to: str
    valuation_agent: str


def terms_hash(terms: Terms) -> bytes:
    """keccak-256 of the term sheet's canonical text."""
    return keccak(terms_digest_text(terms).encode())


def receivable_id(name: str) -> bytes:
    """The id of a receivable on chain, within its SPV."""
    return keccak(name.encode())


def receivable_key(originator: str, name: str) -> bytes:
    """What a receivable is known by over all SPVs; nothing in it could be told differently to a second one."""
    return keccak(address_bytes(originator).rjust(32, b"\0") + receivable_id(name))


def pool_tree(originator: str, receivables: Sequence[Receivable]) -> MerkleTree:
    """The Merkle tree over a pool, whose root the terms and the valuation carry."""
    leaves = [(receivable_key(originator, item.id), item.face, day_number(item.due)) for item in receivables]
    return MerkleTree([_LEAF.encode(leaf) for leaf in leaves])


def create(ledger: Ledger, case: Case, parties: Parties, *, cash: str | None = None) -> Series:
    """Make the SPV of a case and its series, open the SPV's functions to the roles, and let it take in collections.

    ``cash`` is the token in which it pays; the local stand-in by default. It has 6 decimals.
    """
    terms = case.terms
    if terms.currency.exponent > CASH_DECIMALS:
        raise InputError(
            "the cash token is coarser than the currency",
            field="series.currency",
            expected=f"a currency of at most {CASH_DECIMALS} decimals",
            found=f"{terms.currency.code} with {terms.currency.exponent}",
        )
    data = ledger.factory.call_data(
        "create",
        _parties(ledger, case, parties, cash),
        _offering(case),
        _rules(terms),
        [(item.record_day, item.payment_day, item.accrual, item.target, 0) for item in case.periods],
        (terms.code, terms.name, terms.currency.code, terms.currency.exponent),
        class_mask(terms.classes),
        jurisdiction_mask(terms.jurisdictions),
    )
    key = f"spv/{terms_hash(terms).hex()}"
    step = Step(ledger.factory.address, data)
    outcome = ledger.operate(Role.ADMINISTRATOR, "spv.create", step, key=f"{key}/create")
    made = outcome.event(ledger.factory, "SpvCreated").args
    opened = role_calls(ledger.authority, "Spv", made["spv"], PER_SPV)
    series = Series.load(ledger, made["slot"])
    steps = (
        Step(ledger.authority.address, ledger.authority.call_data("multicall", opened)),
        # Once and for this SPV alone: a key that could approve could send the account's cash to itself.
        Step(series.cash.address, series.cash.call_data("approve", made["spv"], 2**256 - 1)),
    )
    ledger.operate(Role.ADMIN, "spv.roles", *steps, key=f"{key}/roles")
    return series


def register_pool(series: Series, receivables: Sequence[Receivable]) -> None:
    """Sell the receivables to the SPV; refused if one of them is sold already."""
    ledger, originator = series.ledger, series.view("terms").parties.originator
    booked = [(receivable_id(item.id), item.face, day_number(item.due)) for item in receivables]
    tree = pool_tree(originator, receivables)
    for start in range(0, len(booked), RECEIVABLES_AT_ONCE):
        proof = tree.multi_proof(range(start, min(start + RECEIVABLES_AT_ONCE, len(booked))))
        items = [booked[index] for index in proof.indices]
        data = ledger.factory.call_data("register", series.spv.address, items, proof.proof, proof.flags)
        key = f"{series.spv.address}/register/{start}"
        ledger.operate(Role.ADMINISTRATOR, "pool.register", Step(ledger.factory.address, data), key=key)


def attest(series: Series, present_value: int, agent: Account) -> bytes:
    """The valuation agent's EIP-712 signature over the pool's present value in minor units."""
    ledger = series.ledger
    parties, offering, _ = series.view("terms")
    domain = {
        "name": "Compute Receipt SPVs",
        "version": "1",
        "chainId": ledger.node.chain_id(),
        "verifyingContract": ledger.factory.address,
    }
    message = {
        "spv": series.spv.address,
        "poolRoot": parties.poolRoot,
        "presentValue": present_value,
        "discountRate": offering.discountRate,
        "cutOffDay": offering.cutOffDay,
    }
    return agent.sign_typed(domain, _VALUATION, message)


def offer(series: Series, present_value: int, signature: bytes) -> None:
    """Open the offering on an attested present value."""
    ledger = series.ledger
    data = ledger.factory.call_data("offer", series.spv.address, present_value, signature)
    key = f"{series.spv.address}/offer"
    ledger.operate(Role.ADMINISTRATOR, "spv.offer", Step(ledger.factory.address, data), key=key)


def subscribe(series: Series, investor: Account, units: int, *, key: str | None = None) -> int:
    """Buy units at par with the investor's cash, by permit, in one transaction; returns the receipt's token id."""
    ledger, spv = series.ledger, series.spv
    deadline = ledger.node.block().timestamp + 3600
    domain = series.cash.view(ledger.node, "eip712Domain")
    message = {
        "owner": investor.address,
        "spender": spv.address,
        "value": units * series.cash_unit,
        "nonce": series.cash.view(ledger.node, "nonces", investor.address),
        "deadline": deadline,
    }
    signature = investor.sign_typed(
        {
            "name": domain.name,
            "version": domain.version,
            "chainId": domain.chainId,
            "verifyingContract": domain.verifyingContract,
        },
        _PERMIT,
        message,
    )
    r, s, v = signature[:32], signature[32:64], signature[64]
    data = spv.call_data("subscribeWithPermit", units, deadline, v, r, s)
    outcome = ledger.act(investor.address, "spv.subscribe", Step(spv.address, data), key=key)
    token_id: int = outcome.event(spv, "Subscribed").args["tokenId"]
    return token_id


def activate(series: Series) -> int:
    """Issue: pay the proceeds to the originator and let the receipts move. Returns the units sold."""
    step = Step(series.spv.address, series.spv.call_data("activate"))
    outcome = series.ledger.operate(Role.ADMINISTRATOR, "spv.activate", step, key=f"{series.spv.address}/activate")
    units: int = outcome.event(series.spv, "Activated").args["units"]
    return units


# --- Terms as the contracts take them ---------------------------------------------------------------------------------

_LEAF = parse_type(
    {
        "type": "tuple",
        "components": [
            {"name": "key", "type": "bytes32"},
            {"name": "face", "type": "uint64"},
            {"name": "dueDay", "type": "uint32"},
        ],
    }
)

_VALUATION = {
    "Valuation": [
        {"name": "spv", "type": "address"},
        {"name": "poolRoot", "type": "bytes32"},
        {"name": "presentValue", "type": "uint64"},
        {"name": "discountRate", "type": "uint32"},
        {"name": "cutOffDay", "type": "uint32"},
    ]
}

_PERMIT = {
    "Permit": [
        {"name": "owner", "type": "address"},
        {"name": "spender", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ]
}


def _parties(ledger: Ledger, case: Case, parties: Parties, cash: str | None) -> dict[str, object]:
    return {
        "termsHash": terms_hash(case.terms),
        "poolRoot": pool_tree(parties.originator, case.receivables).root,
        "cash": cash or ledger.cash.address,
        "originator": parties.originator,
        "feeRecipient": parties.fee_recipient,
        "unclaimedTo": parties.unclaimed_to,
        "valuationAgent": parties.valuation_agent,
    }


def _offering(case: Case) -> dict[str, int]:
    terms = case.terms
    return {
        "softCap": terms.soft_cap,
        "poolFace": sum(item.face for item in case.receivables),
        "poolCount": len(case.receivables),
        "advanceRate": terms.advance_rate,
        "discountRate": terms.discount_rate,
        "cutOffDay": day_number(terms.cut_off_date),
        "openDay": day_number(terms.open_date),
        "closeDay": day_number(terms.close_date),
        "issueDay": day_number(terms.issue_date),
    }


def _rules(terms: Terms) -> dict[str, int | bool]:
    return {
        "couponRate": terms.target_yield,
        "basis": terms.day_count.basis,
        "feeRate": terms.fee_rate,
        "ocTrigger": terms.oc_trigger,
        "ocDefault": terms.oc_default,
        "utcOffset": terms.utc_offset * 60,
        "claimDays": terms.claim_days,
        "graceDays": terms.grace_days,
        "arrearsLimit": terms.arrears_limit,
        "bullet": terms.principal is Principal.BULLET,
        "feeCap": terms.fee_cap,
        "reserveTarget": terms.reserve_target,
        "size": terms.size,
        "cashUnit": 10 ** (CASH_DECIMALS - terms.currency.exponent),
    }
