"""A case as the contracts take it: ids, the pool's Merkle tree, and the terms as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.chain.codec import parse_type
from ledger.chain.merkle import MerkleTree
from ledger.chain.primitives import address_bytes, checksum, keccak
from ledger.domain.daycount import day_number
from ledger.domain.terms import Principal, Receivable, Terms, terms_digest_text
from ledger.services.inputs.case import Case
from ledger.services.ledger import Ledger

__all__ = [
    "CASH_DECIMALS",
    "Parties",
    "offering_of",
    "parties_of",
    "pool_tree",
    "receivable_id",
    "receivable_key",
    "rules_of",
    "terms_hash",
]

CASH_DECIMALS: Final = 6
"""Decimals of the cash tokens that SPVs pay in."""

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


def parties_of(ledger: Ledger, case: Case, parties: Parties, cash: str | None) -> dict[str, object]:
    """The contracts' ``Parties``: who takes part, the hash of the terms and the root of the pool."""
    addresses = {
        "cash": cash or ledger.cash.address,
        "originator": parties.originator,
        "feeRecipient": parties.fee_recipient,
        "unclaimedTo": parties.unclaimed_to,
        "valuationAgent": parties.valuation_agent,
    }
    return {
        "termsHash": terms_hash(case.terms),
        "poolRoot": pool_tree(parties.originator, case.receivables).root,
        **{name: checksum(address_bytes(address)) for name, address in addresses.items()},
    }


def offering_of(case: Case) -> dict[str, int]:
    """The contracts' ``OfferingTerms``: amounts in minor units, rates in ppm, days as day numbers."""
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


def rules_of(terms: Terms) -> dict[str, int | bool]:
    """The contracts' ``WaterfallTerms``; the time zone in seconds, the cash unit in units of the token."""
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
