"""Voucher programmes: opened and funded by a district, claimed by graduates, redeemed at providers, reimbursed.

Amounts of cash are in units of the programme's token; units are vouchers, points thousandths of a line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ledger.attribution.counted import Counted
from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.primitives import ZERO_ADDRESS, address_bytes, checksum, keccak
from ledger.chain.signer import Signer
from ledger.engine.operations import Outcome, Step
from ledger.errors import InputError
from ledger.services import roots
from ledger.services.ledger import Ledger, typed_fields
from ledger.services.typed import TypedData
from ledger.store import index_vouchers

__all__ = [
    "CLAIMS_AT_ONCE",
    "Programme",
    "Redemption",
    "Roots",
    "Terms",
    "active_root",
    "claim",
    "claim_all",
    "close",
    "fund",
    "invoice_id",
    "open_programme",
    "programme",
    "providers_of",
    "publish",
    "redeem",
    "redeem_signed",
    "reimburse",
    "revoke",
    "roots_of",
    "set_provider",
    "units_of",
]

CLAIMS_AT_ONCE: Final = 512
"""Claims paid in one transaction: a power of two, about 15 million gas the first time."""

_REDEMPTION: Final = typed_fields(
    "uint32 programme,address holder,address provider,uint64 units,bytes32 invoice,uint64 deadline"
)
_VALID: Final = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Terms:
    """What a programme promises. ``unit_value`` is cash per voucher, ``cap`` vouchers per person (0: none).

    ``expiry`` is the last second (Unix time) in which vouchers are issued and redeemed.
    """

    publisher: str
    cash: str
    unit_value: int
    points_per_unit: int
    expiry: int
    cap: int = 0
    transferable: bool = False
    policy: str = ""
    uri: str = ""

    def message(self) -> dict[str, Any]:
        """As the contract takes it; of the policy's text only the hash."""
        return {
            "publisher": self.publisher,
            "cash": self.cash,
            "unitValue": self.unit_value,
            "pointsPerUnit": self.points_per_unit,
            "cap": self.cap,
            "expiry": self.expiry,
            "transferable": self.transferable,
            "policyHash": keccak(self.policy.encode()),
            "uri": self.uri,
        }


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme as it stands. Of the budget ``cash``, ``held`` vouchers are with holders and ``spent`` redeemed."""

    number: int
    issuer: str
    terms: Any
    cash: int
    held: int
    spent: int
    free: int


@dataclass(frozen=True, slots=True)
class Roots:
    """Numbers of the roots by which a programme is claimed now, and which can still be challenged; 0: none."""

    active: int
    proposed: int


@dataclass(frozen=True, slots=True)
class Redemption:
    """What holder and provider agree to: one of them signs it, the other one sends it. ``invoice`` as
    :func:`invoice_id` makes it; ``deadline`` is the last second in which the signature is good."""

    programme: int
    holder: str
    provider: str
    units: int
    invoice: bytes
    deadline: int

    def to_sign(self, ledger: Ledger) -> TypedData:
        """What is signed."""
        domain = ledger.typed_domain(ledger.vouchers, "Model Vouchers")
        return TypedData(domain, "Redemption", _REDEMPTION, asdict(self))


def programme(ledger: Ledger, number: int) -> Programme:
    """A programme by number. Raises InputError if there is none."""
    issuer = ledger.vouchers.view(ledger.node, "issuerOf", number)
    if issuer == ZERO_ADDRESS:
        raise InputError("there is no such programme", field="programme", found=str(number))
    cash, held, spent = ledger.vouchers.view(ledger.node, "budgetOf", number)
    free = ledger.vouchers.view(ledger.node, "freeUnits", number)
    return Programme(number, issuer, ledger.vouchers.view(ledger.node, "programme", number), cash, held, spent, free)


def open_programme(
    ledger: Ledger, district: str, terms: Terms, providers: Sequence[str], *, key: str | None = None
) -> int:
    """Open a programme; returns its number. The district is its issuer."""
    outcome = _act(ledger, district, "open", "open", (terms.message(), list(providers)), key=key)
    return int(outcome.event(ledger.vouchers, "ProgrammeOpened").args["programme"])


def set_provider(ledger: Ledger, number: int, provider: str, accepted: bool = True, *, key: str | None = None) -> None:
    """Accept a provider, or no longer."""
    _act(ledger, programme(ledger, number).issuer, "provider", "setProvider", (number, provider, accepted), key=key)


def fund(ledger: Ledger, number: int, payer: str, amount: int, *, key: str | None = None) -> None:
    """Pay cash into a programme's budget."""
    token = Bound(Contract("SettlementCash"), programme(ledger, number).terms.cash)
    done = key is not None and ledger.sender.find(key) is not None  # and the allowance is used up since
    if not done and token.view(ledger.node, "allowance", payer, ledger.vouchers.address) < amount:
        step = Step(token.address, token.call_data("approve", ledger.vouchers.address, amount))
        ledger.act(payer, "vouchers.approve", step, key=None if key is None else f"{key}/approve")
    _act(ledger, payer, "fund", "fund", (number, amount), key=key)


def publish(ledger: Ledger, number: int, publisher: str, counted: Counted, *, key: str | None = None) -> int:
    """Propose what a programme counts; returns the root's number. It can be claimed by after the challenge window."""
    lines, claims = counted.lines_tree, counted.claims_tree
    return roots.propose(ledger, number, publisher, lines.root, len(lines), claims.root, len(claims), key=key)


def roots_of(ledger: Ledger, number: int) -> Roots:
    """Which roots a programme has now."""
    return Roots(*ledger.claims.view(ledger.node, "rootsOf", number))


def active_root(ledger: Ledger, number: int) -> Any:
    """The root by which a programme is claimed. Raises InputError if there is none yet."""
    now = roots_of(ledger, number)
    if not now.active:
        found, hint = "none", "its publisher proposes one: crt contrib publish"
        if now.proposed:
            until = datetime.fromtimestamp(ledger.claims.view(ledger.node, "rootAt", now.proposed)[5], UTC)
            found = f"one that can be challenged until {until:%Y-%m-%d %H:%M:%S} UTC"
            hint = "claim after that; a local chain: crt chain advance 8"
        message = "the programme has no root to claim by"
        raise InputError(message, field="programme", expected="a root", found=found, hint=hint)
    return ledger.claims.view(ledger.node, "rootAt", now.active)


def claim(ledger: Ledger, number: int, counted: Counted, person: int, sender: str, *, key: str | None = None) -> int:
    """Claim what one person has coming; returns the units issued. Anyone may send it."""
    found = counted.claim_of(person)
    if found is None:
        raise InputError("nothing is counted for this person", field="person", found=str(person))
    return _claim(ledger, number, counted, found[0], 1, sender, key)


def claim_all(ledger: Ledger, number: int, counted: Counted, sender: str, *, key: str | None = None) -> int:
    """Claim for everybody who graduated, in batches; returns the units issued. With a key it resumes."""
    issued = 0
    for start in range(0, len(counted.claims), CLAIMS_AT_ONCE):
        size = min(CLAIMS_AT_ONCE, len(counted.claims) - start)
        issued += _claim(ledger, number, counted, start, size, sender, None if key is None else f"{key}/{start}")
    return issued


def _claim(ledger: Ledger, number: int, counted: Counted, start: int, size: int, sender: str, key: str | None) -> int:
    if key is None or ledger.sender.find(key) is None:  # the root may be another one since
        root = active_root(ledger, number)
        if root.claimsRoot != counted.claims_tree.root:
            raise InputError(
                "the claims are not those of the active root",
                field="claims",
                expected=f"0x{root.claimsRoot.hex()}",
                found=f"0x{counted.claims_tree.root.hex()}",
                hint="count again what the publisher counted, or wait for the next root",
            )
    claims, path = counted.claims[start : start + size], counted.claims_path(start, size)
    return roots.claim(ledger, number, start, claims, path, sender, key=key)


def units_of(ledger: Ledger, number: int, holder: str) -> int:
    """Vouchers of a programme that an account has."""
    with ledger.reading() as connection:
        return index_vouchers.balance(connection, number, checksum(address_bytes(holder)))


def providers_of(ledger: Ledger, number: int) -> list[str]:
    """The providers that a programme accepts now, in the order in which they were first named."""
    with ledger.reading() as connection:
        return [name for name, accepted in index_vouchers.providers(connection, number).items() if accepted]


def invoice_id(text: str) -> bytes:
    """The 32 bytes by which the chain knows a provider's invoice number: white space around it plays no part.

    Raises InputError for an empty one.
    """
    invoice = unicodedata.normalize("NFC", text).strip()
    if not invoice:
        raise InputError("an invoice has a number", field="invoice", expected="the provider's", found=repr(text))
    return keccak(invoice.encode())


def redeem(
    ledger: Ledger,
    number: int,
    holder: Signer,
    provider: Signer,
    units: int,
    invoice: str,
    *,
    key: str | None = None,
) -> int:
    """Redeem vouchers for a provider's invoice; returns the cash that the provider is owed for it.

    The provider signs the invoice, the holder sends it.
    """
    deadline = ledger.node.block().timestamp + _VALID
    redemption = Redemption(number, holder.address, provider.address, units, invoice_id(invoice), deadline)
    signature = redemption.to_sign(ledger).sign(provider)
    intent = f"vouchers.redeem {number} {holder.address} {provider.address} {units} {invoice}"
    return redeem_signed(ledger, redemption, signature, holder.address, key=key, intent=intent)


def redeem_signed(
    ledger: Ledger, redemption: Redemption, signature: bytes, sender: str, *, key: str | None = None, intent: str = ""
) -> int:
    """The same when one of holder and provider has signed, wherever that was, and the other one sends it."""
    args = (asdict(redemption), signature)
    outcome = _act(ledger, sender, "redeem", "redeem", args, key=key, intent=intent)
    return int(outcome.event(ledger.vouchers, "Redeemed").args["value"])


def reimburse(ledger: Ledger, provider: str, cash: str, sender: str, *, key: str | None = None) -> int:
    """Pay a provider what it is owed in a token; returns the amount. Anyone may send it."""
    outcome = _act(ledger, sender, "reimburse", "reimburse", (provider, cash), key=key)
    return int(outcome.event(ledger.vouchers, "Reimbursed").args["amount"])


def revoke(ledger: Ledger, number: int, holder: str, units: int, reason: str, *, key: str | None = None) -> None:
    """Take vouchers back, for a reason that is published. The issuer signs."""
    _act(ledger, programme(ledger, number).issuer, "revoke", "revoke", (number, holder, units, reason), key=key)


def close(ledger: Ledger, number: int, sender: str, *, key: str | None = None) -> int:
    """After expiry: return what was not spent to the issuer; returns the amount. Anyone may send it."""
    outcome = _act(ledger, sender, "close", "close", (number,), key=key)
    return int(outcome.event(ledger.vouchers, "Closed").args["amount"])


def _act(
    ledger: Ledger, sender: str, kind: str, function: str, args: Sequence[Any], *, key: str | None, intent: str = ""
) -> Outcome:
    step = Step(ledger.vouchers.address, ledger.vouchers.call_data(function, *args))
    return ledger.act(sender, f"vouchers.{kind}", step, key=key, intent=intent)
