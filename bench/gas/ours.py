"""What the ledger's own transactions cost: the example's series on an embedded chain, each in a block of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.gas.terms import Terms, terms
from ledger.attribution.tree import Tree
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.node import full_receipt
from ledger.chain.primitives import keccak
from ledger.chain.signing import Account
from ledger.domain.terms import InvestorClass
from ledger.engine.operations import Step
from ledger.services import cash, collections, eligibility, issuance, subscribing
from ledger.services.inputs import load_case
from ledger.services.ledger import Ledger, fund_account, open_local
from ledger.services.receipts import transfer_units_to
from ledger.services.roles import Role

__all__ = ["BATCH", "ours", "spent"]

CASE = Path(__file__).resolve().parents[2] / "examples" / "crt01"
UNITS = 25_000_000_000  # of the first holder
SMALL = 1_000_00
BATCH = 100
LINES = 10_000
UNTIL = datetime(2035, 1, 1, tzinfo=UTC)
VALUE = "transferFrom(uint256,uint256,uint256)"
VALUE_TO = "transferFrom(uint256,address,uint256)"
WHOLE = "transferFrom(address,address,uint256)"


def spent(ledger: Ledger, who: Account, contract: Bound, function: str, *args: Any) -> int:
    """Gas used by a transaction that calls the contract, alone in its block."""
    outcome = ledger.act(who.address, f"gas.{function}", Step(contract.address, contract.call_data(function, *args)))
    return full_receipt(ledger.node, outcome.receipt).gas_used


def measured(ledger: Ledger, who: Account, contract: Bound, function: str, *args: Any) -> Terms:
    """The same, by what the gas is for."""
    found = terms(ledger, who.address, contract.address, contract.call_data(function, *args))
    gas = spent(ledger, who, contract, function, *args)
    if found.gas != gas:
        raise AssertionError(f"{function}: {found.gas} gas expected, {gas} used")
    return found


def ours() -> dict[str, Terms]:
    """All our works."""
    case = load_case(CASE / "terms.toml", CASE / "rent-roll.csv", None, None)
    with open_local(start=case.terms.open_date - timedelta(days=14)) as ledger:
        life = _Life(ledger, case)
        return {**life.receipts(), **life.payment_date(), **life.frozen(), **_anchored(ledger, life.first)}


class _Life:
    """The series up to its first payment: nearly all of it in one receipt, two others of a second holder."""

    def __init__(self, ledger: Ledger, case: Any) -> None:
        self.ledger, self.case = ledger, case
        agent = fund_account(ledger, dev_account(6))
        self.first, self.second = (fund_account(ledger, dev_account(index)) for index in (10, 11))
        originator, fees, unclaimed = (dev_account(index).address for index in (7, 8, 9))
        parties = issuance.Parties(originator, fees, unclaimed, agent.address)
        self.series = series = issuance.create(ledger, case, parties)
        issuance.register_pool(series, case.receivables)
        issuance.offer(series, case.present_value.minor, issuance.attest(series, case.present_value.minor, agent))
        series.go_to(case.terms.open_date)
        for holder in (self.first, self.second):
            self._admit(holder.address)
        self.big = self._subscribe(self.first, UNITS)
        self.small, self.other = (self._subscribe(self.second, SMALL) for _ in range(2))
        series.go_to(case.terms.issue_date)
        issuance.activate(series)

    def _admit(self, holder: str) -> None:
        """Admit a holder who has cash, as somebody has who was paid before."""
        eligibility.set_standing(self.ledger, holder, InvestorClass.INSURANCE, "CN", UNTIL)
        cash.mint(self.series, holder, 1)

    def _subscribe(self, holder: Account, units: int) -> int:
        cash.mint(self.series, holder.address, units)
        return subscribing.subscribe(self.series, holder, units)

    def _measured(self, who: Account, function: str, *args: Any) -> Terms:
        return measured(self.ledger, who, self.ledger.receipts, function, *args)

    def receipts(self) -> dict[str, Terms]:
        """Receipts that move."""
        first, second = self.first, self.second
        return {
            "transfer units between receipts": self._measured(first, VALUE, self.big, self.small, SMALL),
            "transfer units to a new receipt": self._measured(first, VALUE_TO, self.big, second.address, SMALL),
            "split off a receipt": self._measured(first, "split", self.big, [SMALL]),
            "transfer a receipt": self._measured(second, WHOLE, second.address, first.address, self.other),
        }

    def payment_date(self) -> dict[str, Terms]:
        """From fixing the record to the payment of all."""
        ledger, series, servicer = self.ledger, self.series, fund_account(self.ledger, dev_account(12))
        holders = [keccak(bytes([number]))[:20].hex() for number in range(BATCH)]
        tokens = []
        for holder in holders:
            self._admit(f"0x{holder}")
            tokens.append(transfer_units_to(ledger, self.big, f"0x{holder}", SMALL))
        spare = transfer_units_to(ledger, self.big, self.second.address, SMALL)
        granted = ledger.authority.call_data("grantRole", int(Role.SERVICER), servicer.address, 0)
        ledger.operate(Role.ADMIN, "gas.grant", Step(ledger.authority.address, granted))
        period = self.case.periods[0]
        series.go_to(_day(period.record_day))
        spv = series.spv
        rows = {"fix the record date": measured(ledger, servicer, spv, "fixRecord")}
        rows["transfer units, both first after a record date"] = self._measured(
            self.first, VALUE, self.big, spare, SMALL
        )
        series.go_to(_day(period.payment_day))
        due = [(item.id, item.face) for item in self.case.receivables if item.due <= _day(period.payment_day)]
        cash.mint(series, ledger.deployment.operator, sum(amount for _, amount in due))
        collections.collect(series, due)
        rows["fund the payment"] = measured(ledger, servicer, spv, "fund")
        rows["fix the record date, and fund"] = rows["fix the record date"] + rows["fund the payment"]
        rows["pay one holder, who asks"] = measured(ledger, self.second, spv, "pay", 0, [self.small])
        rows[f"pay {BATCH} holders, each"] = measured(ledger, servicer, spv, "pay", 0, tokens).each(BATCH)
        return rows

    def frozen(self) -> dict[str, Terms]:
        """While any holder is frozen, who gives units away is looked at."""
        eligibility.freeze_holder(self.ledger, dev_account(13).address, frozen=True, reason="gas")
        row = self._measured(self.first, VALUE, self.big, self.small, SMALL)
        return {"transfer units, while a holder is frozen": row}


def _day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


def _anchored(ledger: Ledger, writer: Account) -> dict[str, Terms]:
    """A batch appended to a log that has one already, with the proof that the log only grows."""
    log = ledger.contributions
    tree = Tree(keccak(number.to_bytes(4, "big")) for number in range(2 * LINES))
    start = Tree(keccak(number.to_bytes(4, "big")) for number in range(LINES))
    register = log.call_data("register", keccak(b"genesis"), 1, "gas", b"")
    outcome = ledger.act(writer.address, "gas.register", Step(log.address, register))
    repo = outcome.event(log, "Registered").args["repo"]
    used = Terms()
    for number, (size, root, proof) in enumerate(
        [(LINES, start.root, []), (2 * LINES, tree.root, tree.consistency(LINES))]
    ):
        batch = {"number": number, "size": size, "root": root, "head": keccak(bytes([number])), "asOf": 0}
        used = measured(ledger, writer, log, "append", repo, batch, proof, writer.address, b"")
    return {f"anchor a batch of {LINES:,} lines": used}
