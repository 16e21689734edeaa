"""Who may hold: investor classes and jurisdictions, each a bit in a set on chain.

The positions are given here once and for all. They are written on chain, so the lists grow at their ends and
nowhere else: 32 classes and 64 jurisdictions at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final

from ledger.errors import RuleError

__all__ = ["JURISDICTIONS", "InvestorClass", "class_mask", "jurisdiction_bit", "jurisdiction_mask"]


class InvestorClass(Enum):
    """Classes of investors that compliance can attest. The order is the order of the bits on chain: append only."""

    BANK_WEALTH = "bank-wealth"
    INSURANCE = "insurance"
    INDUSTRY_FUND = "industry-fund"
    SECURITIES = "securities"
    TRUST = "trust"
    CORPORATE = "corporate"
    PROFESSIONAL_INDIVIDUAL = "professional-individual"
    BANK = "bank"
    PUBLIC_FUND = "public-fund"
    PRIVATE_FUND = "private-fund"
    PENSION = "pension"
    FUTURES = "futures"
    SOVEREIGN = "sovereign"
    FOREIGN_INSTITUTION = "foreign-institution"

    @property
    def bit(self) -> int:
        """Position in the 32-bit set of classes on chain."""
        return _CLASS_BITS[self]


_CLASS_BITS: Final = {item: bit for bit, item in enumerate(InvestorClass)}

# ISO 3166-1 alpha-2 in the order of the bits of the 64-bit set on chain: append only, 64 at most.
JURISDICTIONS: Final[tuple[str, ...]] = (
    *("CN", "HK", "MO", "TW", "SG", "JP", "KR", "US", "GB"),
    *("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE"),
    *("IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE"),
    *("CH", "NO", "IS", "LI", "AU", "NZ", "CA", "AE", "SA", "QA", "KW", "BH", "OM"),
    *("MY", "TH", "ID", "PH", "VN", "IN", "BR"),
)

_JURISDICTION_BITS: Final = {code: bit for bit, code in enumerate(JURISDICTIONS)}


def class_mask(classes: Iterable[InvestorClass]) -> int:
    """The bit set of investor classes as it stands on chain."""
    return sum(1 << item.bit for item in set(classes))


def jurisdiction_bit(code: str) -> int:
    """Position of a jurisdiction in the bit set on chain. Raises RuleError if it has none."""
    if code not in _JURISDICTION_BITS:
        raise RuleError(
            "jurisdiction has no place in the register",
            field="jurisdiction",
            expected=f"one of {', '.join(JURISDICTIONS)}",
            found=repr(code),
        )
    return _JURISDICTION_BITS[code]


def jurisdiction_mask(codes: Iterable[str]) -> int:
    """The bit set of jurisdictions as it stands on chain. Raises RuleError for one that has no bit."""
    return sum(1 << jurisdiction_bit(code) for code in set(codes))
