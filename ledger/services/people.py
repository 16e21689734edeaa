"""Who the contributors are: binding to wallets, changing wallets, and graduations, where the keys that sign are here.

With signatures that were made elsewhere it is :mod:`ledger.services.agreements`, which does all of this on chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.chain.primitives import address_bytes, checksum
from ledger.chain.signer import Signer
from ledger.domain.daycount import day_number
from ledger.errors import InputError
from ledger.services import agreements
from ledger.services.agreements import (
    Attestation,
    Binding,
    Rotation,
    annul_attestation,
    finish_recovery,
    revoke_attestation,
)
from ledger.services.ledger import Ledger
from ledger.store import index_people

__all__ = [
    "Attestation",
    "Binding",
    "Person",
    "annul_attestation",
    "attest",
    "bind",
    "cancel_recovery",
    "contributors_of",
    "finish_recovery",
    "graduate",
    "person",
    "person_of",
    "propose_recovery",
    "revoke_attestation",
    "rotate",
    "sign_attestation",
    "sign_binding",
]

_ADDRESS_BITS: Final = 160


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the chain knows them. ``programme`` is 0 before graduation; ``day`` counts from 1970."""

    number: int
    wallet: str
    day: int
    programme: int
    rotations: int


def person(ledger: Ledger, number: int) -> Person:
    """A person by number. Raises Reverted, UnknownPerson, if there is none."""
    word = ledger.claims.view(ledger.node, "personAt", number)
    wallet = f"0x{word & ((1 << _ADDRESS_BITS) - 1):040x}"
    rest = word >> _ADDRESS_BITS
    return Person(
        number, checksum(address_bytes(wallet)), rest & 0xFFFFFFFF, rest >> 32 & 0xFFFFFFFF, rest >> 64 & 0xFF
    )


def past_wallets(ledger: Ledger, number: int) -> list[str]:
    """The wallets that a person had before, the oldest first."""
    with ledger.reading() as connection:
        return index_people.wallets(connection, number)[:-1]


def contributors_of(ledger: Ledger, number: int) -> list[tuple[int, bytes]]:
    """The contributors that a person is, by repository and id, in the order in which they were bound."""
    with ledger.reading() as connection:
        return [(one.repo, one.contributor) for one in index_people.bindings(connection, person=number)]


def person_of(ledger: Ledger, wallet: str) -> Person:
    """The person who has, or had, a wallet. Raises InputError if nobody does."""
    number = ledger.claims.view(ledger.node, "personOf", wallet)
    if not number:
        raise InputError(
            "the wallet is bound to nobody", field="wallet", found=wallet, hint="bind it first: crt contrib bind"
        )
    return person(ledger, number)


def sign_binding(
    ledger: Ledger, repo: int, contributor: bytes, wallet: Signer, evidence: bytes, *, deadline: int | None = None
) -> tuple[Binding, bytes]:
    """The wallet's half of a binding: what it says, and the wallet's signature. ``evidence`` is its 32-byte digest."""
    binding = Binding(repo, contributor, wallet.address, evidence, deadline or _deadline(ledger))
    return binding, binding.to_sign(ledger).sign(wallet)


def bind(
    ledger: Ledger,
    binding: Binding,
    wallet_signature: bytes,
    maintainer: Signer,
    *,
    relayer: str | None = None,
    key: str | None = None,
) -> int:
    """The maintainer's half: bind the contributor on chain; returns the person's number.

    Check the evidence before (:mod:`ledger.attribution.identity`): the maintainer's signature says that it is good.
    """
    signature = binding.to_sign(ledger).sign(maintainer)
    sender = relayer or maintainer.address
    return agreements.bind(ledger, binding, wallet_signature, maintainer.address, signature, sender, key=key)


def rotate(
    ledger: Ledger, number: int, old: Signer, new: Signer, *, relayer: str | None = None, key: str | None = None
) -> None:
    """Give a person another wallet. Both sign."""
    rotation = _rotation(ledger, number, new)
    theirs, next_ = (rotation.to_sign(ledger).sign(account) for account in (old, new))
    sender = relayer or old.address
    agreements.rotate(ledger, number, new.address, rotation.deadline, theirs, next_, sender, key=key)


def propose_recovery(ledger: Ledger, number: int, new: Signer, university: str, *, key: str | None = None) -> None:
    """Propose a wallet for a person who lost theirs. It is theirs after the delay, unless the old one vetoes."""
    rotation = _rotation(ledger, number, new)
    signature = rotation.to_sign(ledger).sign(new)
    agreements.propose_recovery(ledger, number, new.address, rotation.deadline, signature, university, key=key)


def cancel_recovery(ledger: Ledger, number: int, *, key: str | None = None) -> None:
    """The person's present wallet is against it."""
    agreements.cancel_recovery(ledger, number, person(ledger, number).wallet, key=key)


def sign_attestation(
    ledger: Ledger, number: int, programme: int, day: date, university: Signer
) -> tuple[Attestation, bytes]:
    """The university's half: its word that a person graduated on ``day``, and may claim from ``programme``."""
    wallet = person(ledger, number).wallet
    attestation = Attestation(number, wallet, programme, day_number(day), _deadline(ledger), university.address)
    return attestation, attestation.to_sign(ledger).sign(university)


def graduate(
    ledger: Ledger,
    attestation: Attestation,
    signature: bytes,
    wallet: Signer,
    *,
    relayer: str | None = None,
    key: str | None = None,
) -> None:
    """The person's half: their wallet agrees, and they are a graduate on chain. Nobody is without that."""
    consent = attestation.to_sign(ledger).sign(wallet)
    agreements.graduate(ledger, attestation, signature, consent, relayer or wallet.address, key=key)


def attest(
    ledger: Ledger,
    number: int,
    programme: int,
    day: date,
    university: Signer,
    *,
    wallet: Signer | None = None,
    relayer: str | None = None,
    key: str | None = None,
) -> None:
    """Both halves, where both keys are: the wallet's is looked for in the key ring if it is not given."""
    attestation, signature = sign_attestation(ledger, number, programme, day, university)
    own = wallet or ledger.keyring[attestation.wallet]
    graduate(ledger, attestation, signature, own, relayer=relayer or university.address, key=key)


def _rotation(ledger: Ledger, number: int, new: Signer) -> Rotation:
    known = person(ledger, number)
    return Rotation(number, known.wallet, new.address, known.rotations, _deadline(ledger))


def _deadline(ledger: Ledger) -> int:
    return ledger.node.block().timestamp + agreements.VALID
