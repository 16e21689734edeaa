"""Who the contributors are: binding to wallets, changing wallets, and graduations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from ledger.chain.primitives import address_bytes, checksum
from ledger.chain.signer import Signer
from ledger.domain.daycount import date_of, day_number
from ledger.engine.operations import Step
from ledger.errors import InputError
from ledger.services.ledger import Ledger, typed_fields
from ledger.services.roles import Role
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

_DOMAIN: Final = "Contribution Claims"
_VALID: Final = 7 * 86_400  # seconds for which a signature is good, if nothing else is said
_ADDRESS_BITS: Final = 160


_TYPES: Final[dict[str, list[dict[str, str]]]] = {
    "Binding": typed_fields("uint256 repo,bytes32 contributor,address wallet,bytes32 evidence,uint64 deadline"),
    "Rotation": typed_fields("uint64 person,address from,address to,uint8 rotation,uint64 deadline"),
    "Attestation": typed_fields(
        "uint64 person,address wallet,uint32 programme,uint32 day,uint64 deadline,address university"
    ),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the chain knows them. ``programme`` is 0 before graduation; ``day`` counts from 1970."""

    number: int
    wallet: str
    day: int
    programme: int
    rotations: int


@dataclass(frozen=True, slots=True)
class Binding:
    """What wallet and maintainer sign: that a contributor of a repository is who has the wallet."""

    repo: int
    contributor: bytes
    wallet: str
    evidence: bytes
    deadline: int

    def message(self) -> dict[str, Any]:
        """As the contract and EIP-712 take it."""
        return {name: getattr(self, name) for name in ("repo", "contributor", "wallet", "evidence", "deadline")}


@dataclass(frozen=True, slots=True)
class Attestation:
    """What a university signs, and the person's wallet agrees to. ``day`` counts from 1970."""

    person: int
    wallet: str
    programme: int
    day: int
    deadline: int
    university: str

    def message(self) -> dict[str, Any]:
        """As EIP-712 takes it; the contract takes the university beside it."""
        return asdict(self)


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
    return binding, _sign(ledger, "Binding", binding.message(), wallet)


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
    signature = _sign(ledger, "Binding", binding.message(), maintainer)
    args = (binding.message(), wallet_signature, maintainer.address, signature)
    intent = f"contributions.bind {binding.message()}"
    outcome = _act(ledger, relayer or maintainer.address, "bind", "bind", args, key=key, intent=intent)
    return int(outcome.event(ledger.claims, "Bound").args["person"])


def rotate(
    ledger: Ledger, number: int, old: Signer, new: Signer, *, relayer: str | None = None, key: str | None = None
) -> None:
    """Give a person another wallet. Both sign."""
    known, deadline = person(ledger, number), _deadline(ledger)
    message = _rotation(known, new, deadline)
    signatures = [_sign(ledger, "Rotation", message, account) for account in (old, new)]
    args = (number, new.address, deadline, *signatures)
    intent = f"contributions.rotate {number} {new.address}"
    _act(ledger, relayer or old.address, "rotate", "rotate", args, key=key, intent=intent)


def propose_recovery(ledger: Ledger, number: int, new: Signer, university: str, *, key: str | None = None) -> None:
    """Propose a wallet for a person who lost theirs. It is theirs after the delay, unless the old one vetoes."""
    deadline = _deadline(ledger)
    signature = _sign(ledger, "Rotation", _rotation(person(ledger, number), new, deadline), new)
    args = (number, new.address, deadline, signature)
    intent = f"contributions.recover {number} {new.address}"
    _act(ledger, university, "recover", "proposeRecovery", args, key=key, intent=intent)


def finish_recovery(ledger: Ledger, number: int, sender: str, *, key: str | None = None) -> None:
    """Give the person the proposed wallet, after the delay. Anyone sends it."""
    _act(ledger, sender, "recovered", "finishRecovery", (number,), key=key)


def cancel_recovery(ledger: Ledger, number: int, *, key: str | None = None) -> None:
    """The person's present wallet is against it."""
    _act(ledger, person(ledger, number).wallet, "not-recovered", "cancelRecovery", (number,), key=key)


def sign_attestation(
    ledger: Ledger, number: int, programme: int, day: date, university: Signer
) -> tuple[Attestation, bytes]:
    """The university's half: its word that a person graduated on ``day``, and may claim from ``programme``."""
    wallet = person(ledger, number).wallet
    attestation = Attestation(number, wallet, programme, day_number(day), _deadline(ledger), university.address)
    return attestation, _sign(ledger, "Attestation", attestation.message(), university)


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
    message = attestation.message()
    consent = _sign(ledger, "Attestation", message, wallet)
    university = message.pop("university")
    intent = f"contributions.attest {attestation.person} {attestation.programme} {date_of(attestation.day)}"
    args = (message, university, signature, consent)
    _act(ledger, relayer or wallet.address, "attest", "attest", args, key=key, intent=intent)


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


def revoke_attestation(ledger: Ledger, number: int, university: str, reason: str, *, key: str | None = None) -> None:
    """Take an attestation back, before anything was claimed by it."""
    _act(ledger, university, "revoke-attestation", "revokeAttestation", (number, reason), key=key)


def annul_attestation(ledger: Ledger, number: int, reason: str, *, key: str | None = None) -> None:
    """Take an attestation back whose university is none any more, before anything was claimed by it; the guardian."""
    step = Step(ledger.claims.address, ledger.claims.call_data("annulAttestation", number, reason))
    ledger.operate(Role.GUARDIAN, "contributions.annul-attestation", step, key=key)


def _rotation(known: Person, new: Signer, deadline: int) -> dict[str, Any]:
    return {
        "person": known.number,
        "from": known.wallet,
        "to": new.address,
        "rotation": known.rotations,
        "deadline": deadline,
    }


def _act(
    ledger: Ledger, sender: str, kind: str, function: str, args: Sequence[Any], *, key: str | None, intent: str = ""
) -> Any:
    step = Step(ledger.claims.address, ledger.claims.call_data(function, *args))
    return ledger.act(sender, f"contributions.{kind}", step, key=key, intent=intent)


def _sign(ledger: Ledger, kind: str, message: Mapping[str, Any], account: Signer) -> bytes:
    return account.sign_typed(ledger.typed_domain(ledger.claims, _DOMAIN), {kind: _TYPES[kind]}, message)


def _deadline(ledger: Ledger) -> int:
    return ledger.node.block().timestamp + _VALID
