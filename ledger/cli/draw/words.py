"""What an event of our contracts says, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Formatter
from typing import Any, Final

from ledger.cli.draw.look import Document, Look
from ledger.cli.draw.values import grouped, number_of
from ledger.cli.output import moment, printable, some
from ledger.domain.daycount import date_of
from ledger.domain.money import currency, format_amount

__all__ = ["SENTENCES", "SILENT", "STATES", "Words"]

STATES: Final = (*("None", "Draft", "Offering", "Active", "Matured", "Redeemed", "Failed", "Accelerated", "Defaulted"),)
"""The states of a series, as contracts number them."""

_NOBODY: Final = ("0", f"0x{0:040x}")
_SLOTS: Final = ("slot", "tokenId", "toTokenId", "fromTokenId")

SENTENCES: Final[Mapping[str, str]] = {
    # Kind of contract and event: its sentence. `{x}` is an argument, and after the colon stands what it is. What comes
    # from nobody is `made`, what goes to nobody is `ended`.
    "ComputeReceipt.Approval": "{owner:who} lets {approved:who} move receipt {tokenId:receipt}",
    "ComputeReceipt.ApprovalForAll": "{owner:who} {approved:lets|no longer lets} {operator:who} move all its receipts",
    "ComputeReceipt.ApprovalValue": "{operator:who} may move {value:units} out of receipt {tokenId:receipt}",
    "ComputeReceipt.ForcedTransfer": "compliance moves {units:units} of {from:who} to {to:who}: {reason:text}",
    "ComputeReceipt.HolderFrozen": "{holder:who} is {frozen:frozen|released}: {reason:text}",
    "ComputeReceipt.ReceiptFrozen": "receipt {tokenId:receipt} is {frozen:frozen|released}: {reason:text}",
    "ComputeReceipt.RecordFixed": "epoch {epoch} ends: who holds now is paid, for {units:units} in all",
    "ComputeReceipt.RecordKept": "{holder:who} is paid for receipt {tokenId:receipt} as it was at epoch {epoch}",
    "ComputeReceipt.RequirementSet": "who may receive receipts of series {slot} is set",
    "ComputeReceipt.SeriesOpened": "series {code:text} is opened, issued by {issuer:who}",
    "ComputeReceipt.SeriesPaused": "receipts of series {slot:series_code} {paused:stop moving|can move again}",
    "ComputeReceipt.SeriesRetired": "receipts of series {slot:series_code} are in redemption, and do not move any more",
    "ComputeReceipt.SeriesUnlocked": "receipts of series {slot:series_code} can move",
    "ComputeReceipt.StandingSet": "{holder:who} is registered as an investor, until {validUntil:time}",
    "ComputeReceipt.Transfer": "receipt {tokenId:receipt} goes from {from:who} to {to:who}",
    "ComputeReceipt.Transfer made": "receipt {tokenId:receipt} is made for {to:who}",
    "ComputeReceipt.Transfer ended": "receipt {tokenId:receipt} of {from:who} ends",
    "ComputeReceipt.TransferValue made": "{value:units} are issued in receipt {toTokenId:receipt}",
    "ComputeReceipt.TransferValue ended": "{value:units} of receipt {fromTokenId:receipt} end",
    "ComputeReceipt.TransferValue": "{value:units} go from receipt {fromTokenId:receipt} into {toTokenId:receipt}",
    "OperatorAccount.OperationFailed": "the operation {id} of {key:who} failed",
    "OperatorAccount.OperationSkipped": "the operation {id} was done before, and is not done again",
    "SettlementCash.Approval": "{spender:who} may take {value:cash_units} of {owner:who}",
    "SettlementCash.Transfer made": "{value:cash_units} are made for {to:who}",
    "SettlementCash.Transfer ended": "{value:cash_units} of {from:who} end",
    "SettlementCash.Transfer": "{value:cash_units} from {from:who} to {to:who}",
    "Spv.Activated": "{units:units} are issued; the originator gets {proceeds:units}",
    "Spv.Collected": "{amount:units} of rent arrive; of this receivable {total:units} of {face:units} are there",
    "Spv.DustKept": "{amount:units} of epoch {epoch} are left by rounding, and join the next distribution",
    "Spv.EpochClosed": "epoch {epoch} is closed: {unclaimed:units} that nobody claimed go to {to:who}",
    "Spv.FeesPaid": "{amount:units} of fees go to {to:who}",
    "Spv.Funded": "epoch {epoch} is funded: {amount:units} are set aside for holders",
    "Spv.Offered": "the offering begins; the pool is worth {presentValue:units}",
    "Spv.Paid": "epoch {epoch} is paid to {payments:count}",
    "Spv.RedemptionFunded": "{amount:units} of principal are set aside, in epoch {epoch}",
    "Spv.Refunded": "{holder:who} gets {units:units} back for receipt {tokenId:receipt}",
    "Spv.ResidualPaid": "{amount:units} of residual go to {to:who}",
    "Spv.ResidualSwept": "{amount:units} that came late are released to the originator",
    "Spv.StateChanged": "the series goes from {from:state} to {to:state}",
    "Spv.Subscribed": "{holder:who} buys {units:units}, as receipt {tokenId:receipt}",
    "SpvFactory.ReceivableReleased": "a receivable can be sold again",
    "SpvFactory.ReceivableSold": "a receivable of {face:units}, due {dueDay:day}, is sold to {spv:who}",
    "SpvFactory.SpvCreated": "series {code:text} is made, number {slot}, with the contract {spv}",
    "Vouchers.Closed": "programme {programme} is closed: {amount:units} of its cash go back to {issuer:who}",
    "Vouchers.Funded": "{from:who} pays {amount:units} of cash into programme {programme}",
    "Vouchers.ProgrammeOpened": "programme {programme} is opened by {issuer:who}",
    "Vouchers.ProviderSet": "programme {programme} {accepted:accepts|no longer accepts} {provider:who}",
    "Vouchers.Redeemed": "{holder:who} redeems {units} vouchers of programme {programme} at {provider:who}",
    "Vouchers.Reimbursed": "{provider:who} is paid {amount:units} of cash",
    "Vouchers.Revoked": "{units} vouchers of {holder:who} are revoked: {reason:text}",
    "Vouchers.TransferSingle made": "{to:who} gets {value} vouchers of programme {id}",
    "Vouchers.TransferSingle ended": "{value} vouchers of programme {id} of {from:who} end",
    "Vouchers.TransferSingle": "{value} vouchers of programme {id} go from {from:who} to {to:who}",
    "Claims.Bound": "{wallet:who} is bound to a contributor of repository {repo}, as person {person}",
    "Claims.Graduated": "person {person} graduates by {university:who}, for programme {programme}",
    "ContributionLog.Appended": "the log of repository {repo} grows to {size} entries",
    "ContributionLog.Registered": "repository {repo} is registered: {name:text}",
}

SILENT: Final = frozenset(
    {
        "ComputeReceipt.BatchMetadataUpdate",
        "ComputeReceipt.MetadataUpdate",
        "ComputeReceipt.SlotChanged",
        "OperatorAccount.OperationExecuted",
        "Vouchers.URI",
    }
)
"""What says nothing beside the event next to it."""


class Words(Formatter):
    """Sentences for a reader. Amounts of series that are not among these ``Series`` documents, and of cash that is not
    in these ``Change`` documents, are shown in the contract's own units."""

    def __init__(self, look: Look, series: Iterable[Document] = (), changes: Iterable[Document] = ()) -> None:
        self._look = look
        self._series = {str(one["id"]): one for one in series}
        self._issuers = {one["contract"]: one for one in self._series.values()}
        self._cash = {one["of"]: one for one in changes if one["asset"] == "cash"}
        self._event: Document = {}

    def of(self, event: Document) -> str | None:
        """The sentence of a ``Foreseen`` event; None for what says nothing by itself. Without a sentence of its own, it
        is shown as ``Name(argument=value)``."""
        name = f"{event['kind']}.{event['name']}"
        if name in SILENT:
            return None
        self._event, args = event, event["args"]
        givers, takers = (args.get("from"), args.get("fromTokenId")), (args.get("to"), args.get("toTokenId"))
        for suffix, ends in ((" made", givers), (" ended", takers)):
            if f"{name}{suffix}" in SENTENCES and any(end in _NOBODY for end in ends):
                name += suffix
        if name in SENTENCES and all(field in args for _, field, _, _ in self.parse(SENTENCES[name]) if field):
            return self.vformat(SENTENCES[name], (), args)
        return self.call(event["name"], args)

    def call(self, name: str, args: Document) -> str:
        """A call, an event or an error with its arguments: ``Name(argument=value)``."""
        return f"{printable(name)}({', '.join(f'{printable(key)}={self._any(one)}' for key, one in args.items())})"

    def who(self, address: str) -> str:
        """Whose address it is: a series' contract by its code, others by the address book."""
        known = self._issuers.get(address)
        return self._look.who(address) if known is None else f"the contract of {printable(known['code'])}"

    def format_field(self, value: Any, spec: str) -> str:
        """An argument as what the sentence says it is."""
        if "|" in spec:
            return spec.split("|")[0 if value else 1]
        shown: str = getattr(self, f"_{spec or 'any'}")(value)
        return shown

    def _any(self, value: Any) -> str:
        if isinstance(value, str):
            return printable(self._look.id(value) if value.startswith("0x") else value)
        if isinstance(value, list):
            return f"[{', '.join(map(self._any, value))}]"
        if isinstance(value, dict):
            return f"({', '.join(f'{printable(key)}={self._any(one)}' for key, one in value.items())})"
        return printable(str(value))

    def _who(self, value: str) -> str:
        return self.who(value)

    def _text(self, value: str) -> str:
        return printable(value)

    def _receipt(self, value: str) -> str:
        known = self._series.get(str(int(value) >> 64))
        return f"{printable(known['code'])} {number_of(value)}" if known else printable(value)

    def _series_code(self, value: str) -> str:
        known = self._series.get(value)
        return printable(known["code"]) if known else printable(value)

    def _units(self, value: str) -> str:
        known = self._of_event()
        if known is None:
            return f"{int(value):,} units"
        return f"{format_amount(int(value), currency(known['currency']))} {printable(known['currency'])}"

    def _cash_units(self, value: str) -> str:
        known = self._cash.get(self._event["contract"])
        if known is None:
            return f"{int(value):,} units of cash"
        decimals = len(known["amount"].partition(".")[2])
        whole, part = divmod(int(value), 10**decimals)
        digits = f"{whole}.{part:0{decimals}d}" if decimals else str(whole)
        return f"{grouped(digits)} {printable(known['code'] or 'of cash')}"

    def _state(self, value: str) -> str:
        return STATES[int(value)] if int(value) < len(STATES) else value

    def _day(self, value: str) -> str:
        return str(date_of(int(value)))

    def _time(self, value: str) -> str:
        return moment(min(int(value), _LAST))

    def _count(self, value: list[Any]) -> str:
        return some(len(value), "holder")

    def _of_event(self) -> Document | None:
        """The series that an event is about."""
        args = self._event["args"]
        issuer = self._issuers.get(args.get("spv", self._event["contract"]))
        if issuer is not None:
            return issuer
        slots = (str(int(args[name]) >> (0 if name == "slot" else 64)) for name in _SLOTS if name in args)
        return next((self._series[slot] for slot in slots if slot in self._series), None)


_LAST: Final = 253_402_300_799  # the last second of the year 9999
