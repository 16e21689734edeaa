"""What people agree to by signing it, wherever their keys are, and what is done on chain with their signatures.

Each message says what is signed (:meth:`Binding.to_sign` and so on); each function takes the signatures, and an account
that sends them and pays. It can change nothing of what was signed. The contract interfaces ``IContributors`` and
``IGraduation`` say who has to sign what. All raise :class:`~ledger.errors.Reverted` for what the contracts refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from ledger.domain.daycount import date_of
from ledger.engine.operations import Outcome, Step
from ledger.services.ledger import Ledger, typed_fields
from ledger.services.roles import Role
from ledger.services.typed import TypedData

__all__ = [
    "VALID",
    "Attestation",
    "Binding",
    "Rotation",
    "annul_attestation",
    "bind",
    "cancel_recovery",
    "finish_recovery",
    "graduate",
    "propose_recovery",
    "revoke_attestation",
    "rotate",
]

VALID: Final = 7 * 86_400
"""Seconds for which a signature is good, if nothing else is said."""

_BINDING: Final = typed_fields("uint256 repo,bytes32 contributor,address wallet,bytes32 evidence,uint64 deadline")
_ROTATION: Final = typed_fields("uint64 person,address from,address to,uint8 rotation,uint64 deadline")
_ATTESTATION: Final = typed_fields(
    "uint64 person,address wallet,uint32 programme,uint32 day,uint64 deadline,address university"
)


@dataclass(frozen=True, slots=True)
class Binding:
    """That a contributor of a repository is who has the wallet: wallet and maintainer sign.

    ``evidence`` is the hash of what the maintainer checked, ``deadline`` the last second in which the signatures are
    good, here and below.
    """

    repo: int
    contributor: bytes
    wallet: str
    evidence: bytes
    deadline: int

    def to_sign(self, ledger: Ledger) -> TypedData:
        """What is signed."""
        return _typed(ledger, "Binding", _BINDING, asdict(self))


@dataclass(frozen=True, slots=True)
class Rotation:
    """That a person moves from a wallet to another one: both sign, or for a recovery the new one alone.

    ``rotation`` counts the wallets before.
    """

    person: int
    old: str
    new: str
    rotation: int
    deadline: int

    def to_sign(self, ledger: Ledger) -> TypedData:
        """What is signed."""
        message = dict(zip(("person", "from", "to", "rotation", "deadline"), asdict(self).values(), strict=True))
        return _typed(ledger, "Rotation", _ROTATION, message)


@dataclass(frozen=True, slots=True)
class Attestation:
    """That a person graduated: a university signs, and the person's wallet agrees. ``day`` counts from 1970."""

    person: int
    wallet: str
    programme: int
    day: int
    deadline: int
    university: str

    def to_sign(self, ledger: Ledger) -> TypedData:
        """What is signed."""
        return _typed(ledger, "Attestation", _ATTESTATION, asdict(self))


def bind(
    ledger: Ledger,
    binding: Binding,
    wallet_signature: bytes,
    maintainer: str,
    maintainer_signature: bytes,
    sender: str,
    *,
    key: str | None = None,
) -> int:
    """Bind a contributor on chain; returns the person's number. The maintainer may be one of their writers."""
    args = (asdict(binding), wallet_signature, maintainer, maintainer_signature)
    intent = f"contributions.bind {asdict(binding)}"
    outcome = _act(ledger, sender, "bind", "bind", args, key=key, intent=intent)
    return int(outcome.event(ledger.claims, "Bound").args["person"])


def rotate(
    ledger: Ledger,
    number: int,
    new: str,
    deadline: int,
    old_signature: bytes,
    new_signature: bytes,
    sender: str,
    *,
    key: str | None = None,
) -> None:
    """Give a person another wallet, by the signatures of both over the :class:`Rotation`."""
    args = (number, new, deadline, old_signature, new_signature)
    _act(ledger, sender, "rotate", "rotate", args, key=key, intent=f"contributions.rotate {number} {new}")


def propose_recovery(
    ledger: Ledger, number: int, new: str, deadline: int, signature: bytes, university: str, *, key: str | None = None
) -> None:
    """Propose, as a university, a wallet for a person who lost theirs; the new one has signed the :class:`Rotation`.

    It is theirs after the delay, unless the old one vetoes.
    """
    args = (number, new, deadline, signature)
    intent = f"contributions.recover {number} {new}"
    _act(ledger, university, "recover", "proposeRecovery", args, key=key, intent=intent)


def finish_recovery(ledger: Ledger, number: int, sender: str, *, key: str | None = None) -> None:
    """Give the person the proposed wallet, after the delay. Anyone sends it."""
    _act(ledger, sender, "recovered", "finishRecovery", (number,), key=key)


def cancel_recovery(ledger: Ledger, number: int, wallet: str, *, key: str | None = None) -> None:
    """The person's present wallet, which sends it, is against it."""
    _act(ledger, wallet, "not-recovered", "cancelRecovery", (number,), key=key)


def graduate(
    ledger: Ledger,
    attestation: Attestation,
    signature: bytes,
    consent: bytes,
    sender: str,
    *,
    key: str | None = None,
) -> None:
    """The person is a graduate on chain, by the university's signature and that of the person's wallet."""
    message = asdict(attestation)
    university = message.pop("university")
    intent = f"contributions.attest {attestation.person} {attestation.programme} {date_of(attestation.day)}"
    _act(ledger, sender, "attest", "attest", (message, university, signature, consent), key=key, intent=intent)


def revoke_attestation(ledger: Ledger, number: int, university: str, reason: str, *, key: str | None = None) -> None:
    """Take an attestation back, before anything was claimed by it."""
    _act(ledger, university, "revoke-attestation", "revokeAttestation", (number, reason), key=key)


def annul_attestation(ledger: Ledger, number: int, reason: str, *, key: str | None = None) -> None:
    """Take an attestation back whose university is none any more, before anything was claimed by it; the guardian."""
    step = Step(ledger.claims.address, ledger.claims.call_data("annulAttestation", number, reason))
    ledger.operate(Role.GUARDIAN, "contributions.annul-attestation", step, key=key)


def _act(
    ledger: Ledger, sender: str, kind: str, function: str, args: Sequence[Any], *, key: str | None, intent: str = ""
) -> Outcome:
    step = Step(ledger.claims.address, ledger.claims.call_data(function, *args))
    return ledger.act(sender, f"contributions.{kind}", step, key=key, intent=intent)


def _typed(ledger: Ledger, kind: str, fields: list[dict[str, str]], message: dict[str, Any]) -> TypedData:
    return TypedData(ledger.typed_domain(ledger.claims, "Contribution Claims"), kind, fields, message)
