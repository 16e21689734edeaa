"""What the events of contributions and vouchers mean for the tables of the index, as in ``projections``."""

from __future__ import annotations

from typing import Any

from ledger.chain.node import Log
from ledger.chain.primitives import ZERO_ADDRESS, keccak
from ledger.engine.projections import plain, says
from ledger.engine.rows import Projection
from ledger.store import index_tables as tables

__all__: list[str] = []

# --- Contributions ---------------------------------------------------------------------------------------------------


@says("ContributionLog", "Registered")
def _registered(
    to_rows: Projection, log: Log, repo: int, maintainer: str, genesis: bytes, rule: int, name: str, policy: bytes
) -> None:
    to_rows.add(tables.repositories, log, repo, maintainer, genesis, plain(name), rule, keccak(policy))


@says("ContributionLog", "HandedOver")
def _handed_over(to_rows: Projection, log: Log, repo: int, from_: str, to: str) -> None:
    to_rows.add(tables.maintainers, log, repo, to)


@says("ContributionLog", "Appended")
def _appended(
    to_rows: Projection,
    log: Log,
    repo: int,
    number: int,
    size: int,
    root: bytes,
    head: bytes,
    as_of: int,
    signer: str,
) -> None:
    to_rows.add(tables.batches, log, repo, number, size, root, head, as_of, signer)


@says("Claims", "Bound")
def _bound(
    to_rows: Projection, log: Log, person: int, repo: int, contributor: bytes, wallet: str, evidence: bytes
) -> None:
    to_rows.add(tables.bindings, log, person, repo, contributor, wallet, evidence)


@says("Claims", "Rotated")
def _rotated(to_rows: Projection, log: Log, person: int, from_: str, to: str) -> None:
    to_rows.add(tables.rotations, log, person, from_, to)


@says("Claims", "RecoveryProposed")
def _recovery_proposed(to_rows: Projection, log: Log, person: int, to: str, from_: int, university: str) -> None:
    to_rows.add(tables.recoveries, log, person, to, from_, university)


@says("Claims", "RecoveryCancelled")
def _recovery_cancelled(to_rows: Projection, log: Log, person: int, to: str) -> None:
    to_rows.add(tables.recoveries, log, person, to, None, None)


@says("Claims", "Graduated")
def _graduated(to_rows: Projection, log: Log, person: int, programme: int, university: str, day: int) -> None:
    to_rows.add(tables.graduations, log, person, programme, university, day)


@says("Claims", "GraduationRevoked")
@says("Claims", "GraduationAnnulled")
def _taken_back(to_rows: Projection, log: Log, person: int, programme: int, university: str, reason: str) -> None:
    to_rows.add(tables.graduations, log, person, programme, university, None)


@says("Claims", "RootProposed")
def _root_proposed(
    to_rows: Projection, log: Log, programme: int, number: int, lines_root: bytes, claims_root: bytes, from_: int
) -> None:
    to_rows.add(tables.roots, log, programme, number, lines_root, claims_root, from_)


@says("Claims", "RootFallen")
def _root_fallen(to_rows: Projection, log: Log, programme: int, lines_root: bytes, fault: int, challenger: str) -> None:
    to_rows.add(tables.fallen_roots, log, programme, lines_root, fault, None)


@says("Claims", "RootStopped")
def _root_stopped(to_rows: Projection, log: Log, programme: int, lines_root: bytes, reason: str) -> None:
    to_rows.add(tables.fallen_roots, log, programme, lines_root, None, plain(reason))


# --- Vouchers --------------------------------------------------------------------------------------------------------


@says("Vouchers", "ProgrammeOpened")
def _programme_opened(to_rows: Projection, log: Log, programme: int, issuer: str, publisher: str, terms: Any) -> None:
    rules = terms.unitValue, terms.pointsPerUnit, terms.cap, terms.expiry, terms.transferable, terms.policyHash
    to_rows.add(tables.programmes, log, programme, issuer, publisher, terms.cash, *rules, plain(terms.uri))


@says("Vouchers", "ProviderSet")
def _provider_set(to_rows: Projection, log: Log, programme: int, provider: str, accepted: bool) -> None:
    to_rows.add(tables.providers, log, programme, provider, accepted)


@says("Vouchers", "TransferSingle")
def _transfer_single(to_rows: Projection, log: Log, operator: str, from_: str, to: str, id: int, value: int) -> None:
    _transfer_batch(to_rows, log, operator, from_, to, [id], [value])
    if from_ == ZERO_ADDRESS != to:
        to_rows.add(tables.issues, log, id, to, value)


@says("Vouchers", "TransferBatch")
def _transfer_batch(
    to_rows: Projection, log: Log, operator: str, from_: str, to: str, ids: list[int], values: list[int]
) -> None:
    sides = [(account, sign) for account, sign in ((from_, -1), (to, 1)) if account != ZERO_ADDRESS]
    pairs = zip(ids, values, strict=True)
    rows = [(programme, account, sign * units) for programme, units in pairs for account, sign in sides]
    to_rows.add_several(tables.voucher_moves, log, rows)


@says("Vouchers", "Redeemed")
def _redeemed(
    to_rows: Projection,
    log: Log,
    programme: int,
    holder: str,
    provider: str,
    units: int,
    value: int,
    invoice: bytes,
) -> None:
    to_rows.add(tables.redemptions, log, programme, holder, provider, units, value, invoice)


@says("Vouchers", "Reimbursed")
def _reimbursed(to_rows: Projection, log: Log, provider: str, cash: str, amount: int) -> None:
    to_rows.add(tables.reimbursements, log, provider, cash, amount)
