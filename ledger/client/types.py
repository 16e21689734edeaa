"""What is sent and answered: JSON documents, as they are on the wire.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, NotRequired, TypeAlias, TypedDict, TypeVar

__all__ = [
    "Accept",
    "Accepted",
    "Access",
    "Accounts",
    "Amount",
    "Append",
    "Appended",
    "Approval",
    "Approved",
    "Arrival",
    "Arrivals",
    "Attestation",
    "AuditHead",
    "AuditRecord",
    "Balance",
    "Batch",
    "Bind",
    "Binding",
    "Booked",
    "Bound",
    "Budget",
    "Cash",
    "Change",
    "Changed",
    "Claim",
    "ClaimProof",
    "Claimed",
    "Claims",
    "ClaimsFault",
    "Closed",
    "Collection",
    "ConsistencyProof",
    "Contributor",
    "DateDone",
    "Distribution",
    "DroppedFault",
    "Eligibility",
    "ElsewhereFault",
    "Entry",
    "Event",
    "EventBlock",
    "Explained",
    "Fault",
    "FeedReset",
    "Fetched",
    "Foreseen",
    "Founded",
    "Founding",
    "Frozen",
    "FrozenHolder",
    "Fund",
    "Funded",
    "GivenStanding",
    "Gone",
    "Graduation",
    "Happened",
    "Health",
    "Holder",
    "InclusionProof",
    "InvestorClass",
    "Issue",
    "Issued",
    "Key",
    "KeyRotation",
    "Line",
    "LineProof",
    "LogFault",
    "Made",
    "Merge",
    "Minting",
    "MissingFault",
    "MoveUnits",
    "Moved",
    "Network",
    "NewKey",
    "NewRepository",
    "NewWebhook",
    "NewestBlock",
    "Nonce",
    "OfPeriod",
    "OpenedProgramme",
    "Operation",
    "OperatorApproval",
    "Order",
    "OrderFault",
    "Page",
    "PaidOut",
    "Parties",
    "Paused",
    "Payment",
    "PaymentDay",
    "Permit",
    "Person",
    "Prepared",
    "Preview",
    "Problem",
    "Programme",
    "ProgrammeNow",
    "ProgrammeTerms",
    "Progress",
    "ProofFile",
    "Propose",
    "Proposed",
    "Provider",
    "RawTransaction",
    "Reason",
    "Receipt",
    "Receivable",
    "Recorded",
    "Recovery",
    "RecoveryProposal",
    "Redeem",
    "Redeemed",
    "Refunds",
    "Register",
    "Registered",
    "Reimburse",
    "Reimbursed",
    "Reimbursement",
    "RelayedTransaction",
    "Released",
    "Repository",
    "Requirement",
    "Revoke",
    "Revoked",
    "Root",
    "RootState",
    "Rotation",
    "Run",
    "RunningFault",
    "Seized",
    "Seizure",
    "Series",
    "SeriesDetails",
    "Session",
    "Several",
    "SeveralFrozen",
    "SignedMessage",
    "Split",
    "Standing",
    "State",
    "Subscribed",
    "Subscription",
    "TakenBack",
    "ToSign",
    "TotalFault",
    "Transaction",
    "Transfer",
    "TypedData",
    "TypedDomain",
    "TypedField",
    "TypedMessage",
    "Unsigned",
    "UpTo",
    "Valuation",
    "Verdict",
    "Version",
    "VoidEvents",
    "VoucherRedemption",
    "Wanted",
    "WantedKey",
    "WantedWebhook",
    "Waterfall",
    "Webhook",
    "WebhookChange",
    "WebhookReplay",
    "WebhookRotation",
    "WebhookSecret",
    "WebhookTest",
]

T = TypeVar("T")


class Accept(TypedDict):
    """Whether a provider is accepted."""

    provider: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    accepted: NotRequired[bool]
    """Whether it is accepted from now on."""


class Accepted(TypedDict):
    """A provider that is accepted, or not any more."""

    provider: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    accepted: NotRequired[bool]
    """Whether it is accepted from now on."""
    programme: str
    """A voucher programme, by its number."""


Access: TypeAlias = Literal[
    "admin", "administrator", "servicer", "compliance", "guardian", "district", "university", "auditor", "holder"
]
"""What somebody may act as. The first seven are roles on the chain."""


class Accounts(TypedDict):
    """The cash of a series, and what it stands for."""

    cash: Amount
    """All of it: the sum of the others."""
    subscriptions: Amount
    """Paid in by subscribers, before the issue or the refund."""
    collections: Amount
    """Rent since the last distribution."""
    reserve: Amount
    """The reserve."""
    sinking: Amount
    """Set aside for principal."""
    payable: Amount
    """Set aside for holders, and not paid to them yet."""
    fees: Amount
    """Set aside for the servicer."""
    residual: Amount
    """Released to the originator, and not fetched yet."""
    trapped: Amount
    """Kept back from the originator."""
    dust: Amount
    """Left by rounding: joins the next distribution."""


class Amount(TypedDict):
    """Money: a decimal string in major units, never more digits than the currency has, and the currency."""

    amount: str
    """In major units, as a decimal string."""
    currency: str
    """The currency, by its ISO 4217 code."""


class Append(TypedDict):
    """A batch, with its writer's signature."""

    number: str
    """How many came before it."""
    size: str
    """Entries of the log."""
    root: str
    """The root of the tree of all entries, the new ones included."""
    commit: str
    """Up to which commit the repository was read."""
    asOf: NotRequired[str]
    """The block up to which lines of other repositories were left out."""
    proof: list[str]
    """That the new tree begins with the present one (RFC 9162, 2.1.4)."""
    signer: str
    """The maintainer, or one of their writers."""
    signature: str
    """A signature after EIP-712: 65 bytes `r`, `s`, `v`, or what an ERC-1271 wallet takes as one."""


class Appended(TypedDict):
    """A log that went on."""

    repository: str
    """A repository, by its number."""
    number: str
    """How many, as decimal digits."""
    size: str
    """Entries of the log."""


class Approval(TypedDict):
    """Who may move a receipt, and how much of it."""

    spender: str | None
    """Who may; null, without `units`, for nobody any more who might move all."""
    units: NotRequired[Amount | None]
    """How much of it at most, 0 to take it back; the whole receipt, by one, if it is not given."""


class Approved(TypedDict):
    """Who may move a receipt from now on."""

    spender: str | None
    """Who may; null, without `units`, for nobody any more who might move all."""
    units: NotRequired[Amount | None]
    """How much of it at most, 0 to take it back; the whole receipt, by one, if it is not given."""
    receipt: str
    """A receipt, by its token id."""


class Arrival(TypedDict):
    """Rent that arrived for a receivable."""

    receivable: str
    """Its name, as the rent roll has it."""
    amount: Amount
    """How much of it, in the series' currency."""


class Arrivals(TypedDict):
    """Rent that arrived."""

    collections: list[Arrival]
    """A receivable may be there several times."""


class Attestation(TypedDict):
    """A graduation, with the signatures of university and person."""

    programme: str
    """A voucher programme, by its number."""
    day: str
    """Of graduation."""
    wallet: str
    """The person's, which agrees."""
    university: str
    """Whose word it is."""
    deadline: str
    """A time as RFC 3339 has it, in whole seconds."""
    signature: str
    """The university's."""
    consent: str
    """The wallet's, over the same."""


class AuditHead(TypedDict):
    """Where the log ends. Kept elsewhere, the hash proves that nothing before it was changed."""

    count: int
    """How many records there are."""
    hash: str
    """The hash of the last one."""


class AuditRecord(TypedDict):
    """One command, and what came of it."""

    seq: int
    """Its number, from 1 on without gaps."""
    at: str
    """When it ended."""
    actor: str
    """Who gave it: `key:ID`, `wallet:ADDRESS`, `os:USER` or `nobody`."""
    command: str
    """What it was."""
    detail: dict[str, Any]
    """How it was given, without secrets."""
    result: str
    """`done`, or why it has failed."""
    previous: str
    """The hash of the record before it."""
    hash: str
    """SHA-256 of this record and, by `previous`, of all before it."""


class Balance(TypedDict):
    """Vouchers that an account has."""

    programme: str
    """A voucher programme, by its number."""
    account: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    units: str
    """Vouchers."""


class Batch(TypedDict):
    """What one append changed: the log as it was from there on."""

    repository: str
    """A repository, by its number."""
    number: str
    """How many came before it."""
    size: str
    """Entries of the log."""
    root: str
    """The root of the tree of all entries (RFC 9162 with keccak-256)."""
    commit: str
    """A git commit, by its object id."""
    asOf: str
    """The block up to which lines of other repositories were left out."""
    signer: str
    """Who appended it: the maintainer, or one of their writers."""
    block: str
    """Its block."""


class Bind(TypedDict):
    """A contributor and a wallet, with the signatures of both sides."""

    contributor: str
    """A contributor, as the repository's log knows them."""
    wallet: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    evidence: str
    """The hash of what the maintainer checked."""
    deadline: str
    """A time as RFC 3339 has it, in whole seconds."""
    walletSignature: str
    """A signature after EIP-712: 65 bytes `r`, `s`, `v`, or what an ERC-1271 wallet takes as one."""
    maintainer: str
    """Who signed for the repository: its maintainer, or a writer."""
    maintainerSignature: str
    """A signature after EIP-712: 65 bytes `r`, `s`, `v`, or what an ERC-1271 wallet takes as one."""


class Binding(TypedDict):
    """A contributor of a repository is a person."""

    repository: str
    """A repository, by its number."""
    contributor: str
    """A contributor, as the repository's log knows them."""
    person: str
    """A person, by number."""
    wallet: str
    """The wallet that the person had then."""
    evidence: str
    """The hash of what the maintainer checked."""
    block: str
    """Since which block."""


class Booked(TypedDict):
    """Rent that is booked."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    booked: Amount
    """The sum of this request."""


class Bound(TypedDict):
    """Who a contributor is."""

    repository: str
    """A repository, by its number."""
    contributor: str
    """A contributor, as the repository's log knows them."""
    person: str
    """A person, by number."""


class Budget(TypedDict):
    """The money of a programme, and what it stands for."""

    cash: Cash
    """Paid in, less what went back to the issuer."""
    held: str
    """Vouchers that accounts have."""
    spent: str
    """Vouchers that were redeemed."""
    free: str
    """Vouchers that there is cash for, and that nobody has yet."""


class Cash(TypedDict):
    """Money of a token: as many digits as the token has, and its currency."""

    amount: str
    """In major units, as a decimal string."""
    currency: str
    """The code of the token's currency, or else the token's symbol."""


class Change(TypedDict):
    """By how much a balance would be more, or less."""

    holder: str
    """Whose balance; with `account`, the contract whose books they are."""
    account: str | None
    """The account in the journal; null for what the holder has on the chain."""
    asset: Literal["cash", "units", "vouchers", "money"]
    """`cash`: a token; `units`: of a series; `vouchers`: of a programme; `money`: in the books."""
    of: str
    """Which: a token's address, a series or a programme by its number, or a currency."""
    code: str | None
    """The token's symbol, or the series' code."""
    amount: str
    """By how much, as a decimal string, with a minus sign if it is less."""


class Changed(TypedDict):
    """A person whose record changed."""

    person: str
    """A person, by number."""


class Claim(TypedDict):
    """A leaf of the tree of claims: what a programme's root counts for a person."""

    person: str
    """A person, by number."""
    points: str
    """Of all their lines: thousandths of a line."""
    last: str
    """The index of their last line in the tree of lines."""


class ClaimProof(TypedDict):
    """A claim in a tree of claims."""

    claim: Claim
    index: str
    """How many, as decimal digits."""
    path: list[str]
    """Hashes of a proof, in its order."""


class Claimed(TypedDict):
    """What claims brought."""

    programme: str
    """A voucher programme, by its number."""
    units: str
    """Vouchers issued, to all of them. The rest stays claimable."""


class Claims(TypedDict):
    """Claims that stand beside each other, with the proof that the active root has them."""

    start: str
    """The index of the first one in the tree of claims."""
    claims: list[Claim]
    """All below one node of the tree: 1, 2, 4... of them, or those up to the last."""
    path: list[str]
    """From that node to the root (RFC 9162, 2.1.3)."""


class ClaimsFault(TypedDict):
    """Two claims that follow each other are not in the order of persons."""

    fault: Literal["claims"]
    """What is wrong."""
    first: ClaimProof
    second: ClaimProof


class Closed(TypedDict):
    """An epoch whose time to claim is over."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    epoch: int
    """An epoch of the series: its record dates, from 0."""
    unclaimed: Amount
    """What nobody had claimed, and went where the terms say."""


class Collection(TypedDict):
    """Rent that came in."""

    id: str
    """Its place in the chain, which is its alone."""
    block: str
    """The block that it is from."""
    time: str
    """The time of that block."""
    receivable: str
    """Keccak-256 of the name that the rent roll has for it."""
    amount: Amount


class ConsistencyProof(TypedDict):
    """That a log begins with what it was before (RFC 9162, 2.1.4)."""

    kind: Literal["consistency"]
    """What is proved, and how."""
    repository: str
    """A repository, by its number."""
    oldSize: str
    """Entries of the log that the proof is for."""
    size: str
    """Entries of the log that the proof is for."""
    path: list[str]
    """Hashes of a proof, in its order."""


class Contributor(TypedDict):
    """What somebody is known as in a repository's log."""

    repository: str
    """A repository, by its number."""
    contributor: str
    """A contributor, as the repository's log knows them."""


class DateDone(TypedDict):
    """A payment date that is through: record, funding, payments."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    epoch: int
    """An epoch of the series: its record dates, from 0."""
    paid: Amount
    """For this epoch, so far."""
    unpaid: Amount
    """For this epoch, still: to frozen holders, for frozen receipts, and as dust."""
    period: int
    """The period, from 0."""
    redemptionEpoch: int | None
    """What the principal was paid from, if it was repaid."""
    reconciled: bool
    """Whether chain, index and journal agreed after it."""


class Distribution(TypedDict):
    """A record date, and what its holders get. Block and time are those of the record."""

    id: str
    """Its place in the chain, which is its alone."""
    block: str
    """The block that it is from."""
    time: str
    """The time of that block."""
    series: str
    """A series, by its number (the ERC-3525 slot)."""
    epoch: int
    """An epoch of the series: its record dates, from 0."""
    kind: Literal["distribution", "redemption"]
    """`redemption`: the principal at the end, which retires the receipts."""
    state: Literal["recorded", "payable", "closed"]
    """`recorded`: not funded yet; `closed`: the time to claim is over."""
    period: int | None
    """The period, from 0; null until it is funded."""
    units: Amount
    """Face value of all receipts at the record."""
    amount: Amount | None
    """For the holders; null until it is funded."""
    paid: Amount
    """Of it, paid so far."""
    unpaid: Amount
    """Of it, still to be paid."""
    dust: Amount
    """Of it, left by rounding when all were paid."""
    unclaimed: Amount
    """Of it, sent elsewhere when the time to claim was over."""
    fundedAt: str | None
    """When it was funded."""
    waterfall: Waterfall | None
    """Of the run that funded it, which it may share with a redemption; null until then."""


class DroppedFault(TypedDict):
    """A line of the active root is gone, or less."""

    fault: Literal["dropped"]
    """What is wrong."""
    held: LineProof
    beside: list[LineProof]
    """The lines on both sides, or the one there is."""


class Eligibility(TypedDict):
    """Whether somebody may receive receipts of a series."""

    holder: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    series: str
    """A series, by its number (the ERC-3525 slot)."""
    eligible: bool
    """As of the newest block that the index has."""


class ElsewhereFault(TypedDict):
    """A line is counted by another programme's root that was proposed before."""

    fault: Literal["elsewhere"]
    """What is wrong."""
    mine: LineProof
    other: str
    """A root, by its number over all programmes."""
    theirs: LineProof
    beside: list[LineProof]
    """The lines on both sides, or the one there is."""


Entry = TypedDict("Entry", {"line": str, "contributor": str, "commit": str, "from": int, "share": int})
"""A part of a line that somebody wrote."""


class Event(TypedDict):
    """An event was added to the chain, or has left it with its block."""

    type: str
    """Kind, name, and `added` or `reverted`."""
    timestamp: str
    """The time of its block."""
    data: Happened


class EventBlock(TypedDict):
    """A block of the chain."""

    number: int
    """How many were before it."""
    hash: str
    """32 bytes."""


class Explained(TypedDict):
    """A kind of problem."""

    type: str
    """What `type` of such a problem is."""
    title: str
    status: int
    advice: str
    """What to do about it."""


Fault: TypeAlias = Literal["order", "running", "total", "log", "dropped", "elsewhere", "claims", "missing"]
"""What can be wrong with a root, in the order of the contract's enum."""


class FeedReset(TypedDict):
    """The index was made again, and is another one: what holds of it is added again."""

    type: Literal["feed.reset"]
    """This, and nothing else."""
    data: VoidEvents


class Fetched(TypedDict):
    """What an investor is paid."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    epochs: list[int]
    """For which epochs; each has a transaction of its own."""
    amount: Amount
    """For all of them together."""


class Foreseen(TypedDict):
    """An event that a contract would emit."""

    contract: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    kind: str
    """What kind of contract it is."""
    name: str
    """The event's name."""
    args: dict[str, Any]
    """Its arguments: integers as decimal strings, bytes as hexadecimal digits."""


class Founded(TypedDict):
    """A series whose pool is registered."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    contract: str
    """The contract that issues it."""
    presentValue: Amount
    """What the pool is worth by its terms: what the valuation agent is asked to attest."""


class Founding(TypedDict):
    """What a series is made of."""

    termSheet: str
    """A TOML file, with lines that end in LF."""
    rentRoll: str
    """A CSV file of all receivables, with lines that end in LF."""
    parties: Parties
    cashToken: NotRequired[str | None]
    """The token (ERC-20) in which it pays, the ledger's own by default."""


class Frozen(TypedDict):
    """A receipt that is frozen, or released."""

    receipt: str
    """A receipt, by its token id."""
    frozen: bool


class FrozenHolder(TypedDict):
    """A holder who is frozen, or released."""

    holder: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    frozen: bool


class Fund(TypedDict):
    """Cash for a programme."""

    amount: Cash


class Funded(TypedDict):
    """Cash that was paid in, or came back."""

    programme: str
    """A voucher programme, by its number."""
    amount: Cash


class GivenStanding(TypedDict):
    """What an investor is to compliance."""

    investorClass: InvestorClass
    """Which kind of investor."""
    jurisdiction: Literal[
        "CN",
        "HK",
        "MO",
        "TW",
        "SG",
        "JP",
        "KR",
        "US",
        "GB",
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
        "CH",
        "NO",
        "IS",
        "LI",
        "AU",
        "NZ",
        "CA",
        "AE",
        "SA",
        "QA",
        "KW",
        "BH",
        "OM",
        "MY",
        "TH",
        "ID",
        "PH",
        "VN",
        "IN",
        "BR",
    ]
    """A jurisdiction, by its ISO 3166-1 code."""
    validUntil: str
    """Up to and including this second; to be renewed before."""


class Gone(TypedDict):
    """A programme whose proposal is gone."""

    programme: str
    """A voucher programme, by its number."""


class Graduation(TypedDict):
    """A university's word that somebody graduated, to which they agreed."""

    programme: str
    """What they claim from."""
    university: str
    """Whose word it is."""
    day: str
    """Of graduation."""


class Happened(TypedDict):
    """An event of one of the ledger's contracts."""

    id: str
    """Of the message, the same however often it is read."""
    seq: int
    """Its number: ask for what comes after it."""
    reverts: int | None
    """Null if the event was added; else it has left the chain, and this message had added it."""
    block: EventBlock
    transaction: str
    """32 bytes."""
    logIndex: int
    """Its place in the block."""
    contract: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    kind: str
    """What the contract is."""
    name: str
    """The name of the event."""
    args: dict[str, Any]
    """Integers are decimal strings, bytes `0x` and hexadecimal digits, structs objects."""


class Health(TypedDict):
    """That the service answers."""

    status: str
    """`ok`."""


class Holder(TypedDict):
    """Who holds of a series, and how much."""

    holder: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    units: Amount
    """Face value of all receipts of the holder."""


class InclusionProof(TypedDict):
    """That an entry is in a log (RFC 9162, 2.1.3)."""

    kind: Literal["inclusion"]
    """What is proved, and how."""
    repository: str
    """A repository, by its number."""
    size: str
    """Entries of the log that the proof is for."""
    index: str
    """The number of the entry, from 0."""
    entry: Entry
    path: list[str]
    """Hashes of a proof, in its order."""


InvestorClass: TypeAlias = Literal[
    "bank-wealth",
    "insurance",
    "industry-fund",
    "securities",
    "trust",
    "corporate",
    "professional-individual",
    "bank",
    "public-fund",
    "private-fund",
    "pension",
    "futures",
    "sovereign",
    "foreign-institution",
]
"""Classes of investors that compliance can attest. The order is the order of the bits on chain: append only."""


class Issue(TypedDict):
    """Vouchers that a claim brought to an account."""

    programme: str
    """A voucher programme, by its number."""
    account: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    units: str
    """Vouchers."""
    block: str
    """Its block."""


class Issued(TypedDict):
    """A series that is issued."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    state: State
    units: Amount
    """Face value that was issued: what the originator was paid."""


class Key(TypedDict):
    """A key as it stands, without its secret."""

    id: str
    """Its name in lists; the secret has it in it."""
    name: str
    """What it is for."""
    roles: list[Access]
    """What it may act as."""
    madeAt: str
    """Since when there is it."""
    madeBy: str
    """Who made it."""
    expiresAt: str | None
    """Until when it is good; null: for as long as it is."""
    revokedAt: str | None
    """Since when it is good for nothing."""


class KeyRotation(TypedDict):
    """Another secret."""

    overlapHours: NotRequired[int]
    """Hours for which the old secret is good too."""


Line = TypedDict(
    "Line",
    {
        "line": str,
        "from": int,
        "share": int,
        "person": str,
        "repository": str,
        "index": str,
        "points": int,
        "previous": str,
        "running": str,
    },
)
"""A leaf of a tree of lines."""


class LineProof(TypedDict):
    """A line in a tree of lines."""

    line: Line
    index: str
    """How many, as decimal digits."""
    path: list[str]
    """Hashes of a proof, in its order."""


class LogFault(TypedDict):
    """A line is not what the repository's log says."""

    fault: Literal["log"]
    """What is wrong."""
    line: LineProof
    entry: Entry | None
    """What is in the log there; null when nothing has to be shown."""
    size: str
    """Entries of the log that the path is for."""
    path: list[str]
    """Hashes of a proof, in its order."""


class Made(TypedDict):
    """Receipts that are made."""

    receipts: list[str]


class Merge(TypedDict):
    """Which receipts to put into another one."""

    receipts: list[str]
    """They are gone afterwards."""


class Minting(TypedDict):
    """Cash that is made."""

    account: str
    """Who gets it: a subscriber, or the operator account."""
    amount: Amount
    """How much, in the currency of the chain's cash."""


class MissingFault(TypedDict):
    """Somebody has a line, and no claim."""

    fault: Literal["missing"]
    """What is wrong."""
    line: LineProof
    beside: list[ClaimProof]
    """The claims on both sides, or the one at the end."""


class MoveUnits(TypedDict):
    """To which receipt, and how much."""

    to: str
    """A receipt of the same series, of whoever is eligible."""
    units: Amount
    """Face value, in the series' currency."""


class Moved(TypedDict):
    """Receipts that are others afterwards."""

    receipts: list[str]
    """Those that have other units or another owner, or are gone."""


class Network(TypedDict):
    """A chain, and where the ledger's contracts are on it."""

    chainId: str
    """Its id (EIP-155)."""
    kind: Literal["embedded", "local", "rpc"]
    """`embedded`: it runs within this service; `local`: a node for tests, whose clock and coins are ours; `rpc`:
    any other.
    """
    genesis: str
    """The hash of its first block, which tells it from all others."""
    newest: NewestBlock | None
    """The newest block that answers know of."""
    confirmations: int
    """Blocks on top of a transaction's own until it is final."""
    contracts: dict[str, str]
    """Where each of the contracts is, by name."""


class NewKey(TypedDict):
    """A key with its secret."""

    id: str
    """Its name in lists; the secret has it in it."""
    name: str
    """What it is for."""
    roles: list[Access]
    """What it may act as."""
    madeAt: str
    """Since when there is it."""
    madeBy: str
    """Who made it."""
    expiresAt: str | None
    """Until when it is good; null: for as long as it is."""
    revokedAt: str | None
    """Since when it is good for nothing."""
    secret: NotRequired[str | None]
    """What is sent as `Authorization: Bearer`: shown this once, and null when the same request is sent again."""


class NewRepository(TypedDict):
    """A repository to register, whose log is empty at first."""

    genesis: str
    """The first commit of its history."""
    name: str
    """A name."""
    policy: NotRequired[str]
    """The policy file as it stands; it is published with it."""


class NewWebhook(TypedDict):
    """A receiver with its secret."""

    id: str
    """A receiver of webhooks, by its number."""
    url: str
    """Where messages are posted: `https`, to a public name or address, without user name and password."""
    events: list[str]
    """Which it gets: `*`, `Kind.*` or `Kind.Name`, by kinds of contracts and names of their events."""
    local: bool
    """Whether it may be on a private network: a receiver of the operator's, made by `crt`."""
    enabled: bool
    """Whether it is sent anything."""
    checkpoint: int
    """The number of the last message that it has."""
    behind: int
    """How many messages there are after it."""
    failures: int
    """How often in a row it has not taken one."""
    nextAt: str | None
    """Nothing is sent before, after failures."""
    lastAnswer: str | None
    """In words."""
    etag: str
    """Of what can be changed, for `If-Match`, as the header `ETag` has it."""
    secret: NotRequired[str | None]
    """What messages are signed with: shown this once, and null when the same request is sent again."""


class NewestBlock(TypedDict):
    """A block of the chain."""

    number: str
    """How many were before it."""
    hash: str
    """32 bytes."""
    timestamp: str
    """Its time."""


class Nonce(TypedDict):
    """What the text to sign has to hold."""

    nonce: str
    """For `Nonce`; good once."""
    domain: str
    """Who wants it signed, as it begins."""
    chainId: str
    """For `Chain ID`."""
    expiresAt: str
    """Until when it has to be signed and sent."""


class OfPeriod(TypedDict):
    """Which payment date."""

    period: int
    """The period, from 0."""


class OpenedProgramme(TypedDict):
    """A programme that was opened."""

    programme: str
    """A voucher programme, by its number."""


class Operation(TypedDict, Generic[T]):
    """Something that was asked for, done once."""

    id: str
    """Its number."""
    command: str
    """What was asked for."""
    state: Literal["accepted", "done", "failed"]
    """`accepted`: it will be done, or fail; the others are for good."""
    acceptedAt: str
    endedAt: str | None
    result: NotRequired[T | None]
    """What it made, when it is done. Of keys and webhooks: to who may see it."""
    problem: NotRequired[dict[str, Any] | None]
    """Why it has failed: a problem document (RFC 9457)."""
    transactions: list[Transaction]
    """What it did on the chain, when it has ended."""


class OperatorApproval(TypedDict):
    """Who may move all receipts of a holder."""

    operator: str
    """Who may, or may no longer."""
    approved: bool
    """Whether they may."""


class Order(TypedDict):
    """How much to buy, at par."""

    units: Amount
    """Face value, which is the price, in the series' currency."""
    permit: NotRequired[Permit | None]
    """Without it, an allowance is given first, in a transaction of its own."""


class OrderFault(TypedDict):
    """Two lines that follow each other are not in order, or overlap."""

    fault: Literal["order"]
    """What is wrong."""
    first: LineProof
    second: LineProof


class Page(TypedDict, Generic[T]):
    """A part of a list."""

    data: list[T]
    """The rows, in the order of the list."""
    nextCursor: str | None
    """Send it as `cursor` to get the next rows; null at the end of the list."""


class PaidOut(TypedDict):
    """Cash that went out, or was released."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    amount: Amount


class Parties(TypedDict):
    """Who takes part in a series beside its investors."""

    originator: str
    """Sells the rent; gets the proceeds and the residual."""
    feeRecipient: str
    """Gets the servicer's fees."""
    unclaimedTo: str
    """Gets what nobody claimed in time."""
    valuationAgent: str
    """Attests what the pool is worth."""


class Paused(TypedDict):
    """A series whose receipts move, or do not."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    paused: bool


class Payment(TypedDict):
    """Cash that went to a holder for units held at a record."""

    id: str
    """Its place in the chain, which is its alone."""
    block: str
    """The block that it is from."""
    time: str
    """The time of that block."""
    series: str
    """A series, by its number (the ERC-3525 slot)."""
    epoch: int
    """An epoch of the series: its record dates, from 0."""
    holder: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    units: Amount
    """Face value of the holder's receipts at the record that it is for."""
    amount: Amount
    """What was paid, rounded down once."""


class PaymentDay(TypedDict):
    """A period of a series, by the days that end it."""

    recordDate: str
    """Who holds when the record is fixed on it or later is paid."""
    paymentDate: str
    """From this day on it is paid."""


class Permit(TypedDict):
    """That the series may take the price, once (ERC-2612)."""

    deadline: str
    """As in the typed data that was signed."""
    signature: str
    """The wallet's, over the typed data: 65 bytes."""


class Person(TypedDict):
    """A person: one wallet at a time, and any number of contributors."""

    id: str
    """A person, by number."""
    wallet: str
    """The present one."""
    pastWallets: list[str]
    """Those before it, the oldest first."""
    contributors: list[Contributor]
    """What they are known as, in the order of binding."""
    graduation: Graduation | None
    """Null before graduation."""
    recovery: Recovery | None
    """Null when nothing is proposed."""


class Prepared(TypedDict, Generic[T]):
    """What a wallet has to sign, in this order, and what it does then."""

    transactions: list[Unsigned]
    preview: Preview[T]


class Preview(TypedDict, Generic[T]):
    """What a request would do if it were sent now. Nothing was done."""

    result: T
    """What the operation's result would be."""
    events: list[Foreseen]
    changes: list[Change]
    """Balances that would be others, by holder."""
    gas: str
    """Gas that all its transactions would use."""


class Problem(TypedDict):
    """What is wrong (RFC 9457)."""

    type: str
    """The kind of problem: a page of this service explains it."""
    title: str
    """The kind in words."""
    status: int
    """The status of the answer."""
    detail: str
    """What is wrong this time."""
    hint: NotRequired[str]
    """What to do next."""
    errors: NotRequired[list[dict[str, Any]]]
    """The values that are not as expected."""
    error: NotRequired[dict[str, Any]]
    """What a contract refused: its own error."""


class Programme(TypedDict):
    """A programme as it was opened, for good."""

    id: str
    """A voucher programme, by its number."""
    issuer: str
    """The district that opened it."""
    publisher: str
    """Who says what it counts."""
    cash: str
    """The token that its budget is in."""
    currency: str
    """The code of the token's currency, or its symbol."""
    unitValue: Cash
    """What a voucher is worth."""
    pointsPerUnit: str
    """Points for a voucher: thousandths of a line."""
    cap: str | None
    """Vouchers that one person gets at most; null: no limit."""
    expiresAt: str
    """The last second in which vouchers are issued, moved and redeemed."""
    transferable: bool
    """Whether holders may pass vouchers on."""
    policyHash: str
    """Keccak-256 of the policy that points are given by."""
    uri: str
    """Metadata of the token (ERC-1155)."""


class ProgrammeNow(TypedDict):
    """A programme as it stands."""

    id: str
    """A voucher programme, by its number."""
    issuer: str
    """The district that opened it."""
    publisher: str
    """Who says what it counts."""
    cash: str
    """The token that its budget is in."""
    currency: str
    """The code of the token's currency, or its symbol."""
    unitValue: Cash
    """What a voucher is worth."""
    pointsPerUnit: str
    """Points for a voucher: thousandths of a line."""
    cap: str | None
    """Vouchers that one person gets at most; null: no limit."""
    expiresAt: str
    """The last second in which vouchers are issued, moved and redeemed."""
    transferable: bool
    """Whether holders may pass vouchers on."""
    policyHash: str
    """Keccak-256 of the policy that points are given by."""
    uri: str
    """Metadata of the token (ERC-1155)."""
    budget: Budget


class ProgrammeTerms(TypedDict):
    """A programme's terms; they never change."""

    publisher: NotRequired[str | None]
    """Who says what it counts; the district by default."""
    cash: NotRequired[str | None]
    """The token of the budget; the ledger's own by default."""
    unitValue: Cash
    """What a voucher is worth."""
    pointsPerUnit: str
    """Points for a voucher: thousandths of a line."""
    cap: NotRequired[str | None]
    """Vouchers that one person gets at most; null: no limit."""
    expiresAt: str
    """A time as RFC 3339 has it, in whole seconds."""
    transferable: NotRequired[bool]
    """Whether holders may pass vouchers on."""
    policy: NotRequired[str]
    """The policy file as it stands; its hash goes on chain."""
    uri: NotRequired[str]
    """Metadata of the token (ERC-1155)."""
    providers: list[str]
    """Whom it accepts; more can be named later."""


class Progress(TypedDict):
    """Where a series is in its life now."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    state: State


class ProofFile(TypedDict):
    """A proof that an entry is in a log, in a file as `crt contrib prove` writes it."""

    kind: Literal["file"]
    """What is proved, and how."""
    content: str
    """Its bytes in base64."""


class Propose(TypedDict):
    """Two trees, by their roots and sizes. Publish the trees themselves, for everybody to check."""

    linesRoot: str
    """Of the tree of lines."""
    lines: str
    """Leaves of the tree of lines."""
    claimsRoot: str
    """Of the tree of claims."""
    claims: str
    """Leaves of the tree of claims."""


class Proposed(TypedDict):
    """A root that was proposed."""

    programme: str
    """A voucher programme, by its number."""
    root: str
    """A root, by its number over all programmes."""


class Provider(TypedDict):
    """Who takes a programme's vouchers."""

    provider: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    accepted: bool
    """Whether it is accepted now."""
    owed: Cash
    """What it has to get of this token, of all programmes."""


class RawTransaction(TypedDict):
    """A transaction that a wallet has signed."""

    raw: str
    """A signed EIP-1559 transaction that calls a contract of the ledger, as hexadecimal digits."""


class Reason(TypedDict):
    """Why."""

    reason: str
    """Why, for the record on the chain."""


class Receipt(TypedDict):
    """A certificate of face value in a series."""

    id: str
    """A receipt, by its token id."""
    series: str
    """A series, by its number (the ERC-3525 slot)."""
    owner: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    units: Amount
    """Its face value."""
    frozen: bool
    """Whether compliance has frozen it: it does not move, and is not paid."""
    since: str
    """The block from which on it is as it is."""


class Receivable(TypedDict):
    """A rent that was sold to a series."""

    id: str
    """Keccak-256 of the name that the rent roll has for it."""
    dueDate: str
    """When it has to be paid."""
    face: Amount
    """How much has to be paid."""
    collected: Amount
    """How much was paid so far."""
    released: bool
    """Whether the series failed, and it can be sold to another one."""


class Recorded(TypedDict):
    """A record that is fixed."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    epoch: int
    """An epoch of the series: its record dates, from 0."""


class Recovery(TypedDict):
    """A wallet that a university wants to give to somebody who lost theirs."""

    wallet: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    readyAt: str
    """From when on it can be theirs, unless the present one vetoes."""
    university: str
    """Whose word it is."""


class RecoveryProposal(TypedDict):
    """Another wallet for a person who lost theirs, with the signature of the new one."""

    wallet: str
    """The new one, which nobody had before."""
    deadline: str
    """A time as RFC 3339 has it, in whole seconds."""
    signature: str
    """A signature after EIP-712: 65 bytes `r`, `s`, `v`, or what an ERC-1271 wallet takes as one."""


class Redeem(TypedDict):
    """An invoice to pay in vouchers, with the signature of the other side."""

    holder: str
    """Whose vouchers pay it."""
    provider: str
    """Whose invoice it is."""
    units: str
    """Vouchers."""
    invoice: str
    """The provider's number of it."""
    deadline: str
    """A time as RFC 3339 has it, in whole seconds."""
    signature: str
    """The provider's if the holder sends it, else the holder's."""


class Redeemed(TypedDict):
    """Vouchers that paid an invoice."""

    programme: str
    """A voucher programme, by its number."""
    units: str
    """Vouchers."""
    value: Cash
    """What the provider gets for them."""


class Refunds(TypedDict):
    """What the subscribers of a failed series got back."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    refunded: Amount
    """All that was paid back so far."""
    left: Amount
    """Not paid back yet: receipts that are frozen, or whose holders are. Ask again later."""


class Register(TypedDict):
    """A page of the register, as it was after a block."""

    data: list[Holder]
    """The rows, in the order of the list."""
    nextCursor: str | None
    """Send it as `cursor` to get the next rows; null at the end of the list."""
    block: str
    """The block that it is of."""


class Registered(TypedDict):
    """A repository that is registered."""

    repository: str
    """A repository, by its number."""


class Reimburse(TypedDict):
    """Whom to pay, in which token."""

    provider: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    cash: NotRequired[str | None]
    """The token; the ledger's own by default."""


class Reimbursed(TypedDict):
    """Cash that was paid out."""

    provider: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    amount: Cash


class Reimbursement(TypedDict):
    """Cash that a provider got for vouchers."""

    provider: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    cash: str
    """The token."""
    amount: Cash
    block: str
    """Its block."""


class RelayedTransaction(TypedDict):
    """A transaction that is final, and has done what it says."""

    hash: str
    """32 bytes."""
    sender: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    block: str
    """The block that it is in."""


class Released(TypedDict):
    """Receivables of a failed series that can be sold again."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    released: int
    """How many, so far."""


class Repository(TypedDict):
    """A repository, and its log as it is now."""

    id: str
    """A repository, by its number."""
    name: str
    """As whoever registered it named it."""
    maintainer: str
    """Who appends to its log, now."""
    genesis: str
    """The first commit of its history."""
    rule: str
    """The number of the rules that lines are attributed by."""
    policyHash: str
    """Keccak-256 of the policy that was published with it."""
    head: Batch | None
    """The newest batch; null while there is none."""


class Requirement(TypedDict):
    """Who may receive receipts of a series."""

    classes: list[InvestorClass]
    """Classes of investors, of which one is enough."""
    jurisdictions: list[
        Literal[
            "CN",
            "HK",
            "MO",
            "TW",
            "SG",
            "JP",
            "KR",
            "US",
            "GB",
            "AT",
            "BE",
            "BG",
            "HR",
            "CY",
            "CZ",
            "DK",
            "EE",
            "FI",
            "FR",
            "DE",
            "GR",
            "HU",
            "IE",
            "IT",
            "LV",
            "LT",
            "LU",
            "MT",
            "NL",
            "PL",
            "PT",
            "RO",
            "SK",
            "SI",
            "ES",
            "SE",
            "CH",
            "NO",
            "IS",
            "LI",
            "AU",
            "NZ",
            "CA",
            "AE",
            "SA",
            "QA",
            "KW",
            "BH",
            "OM",
            "MY",
            "TH",
            "ID",
            "PH",
            "VN",
            "IN",
            "BR",
        ]
    ]
    """Where they are: one of these."""


class Revoke(TypedDict):
    """Vouchers to take back."""

    holder: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    units: str
    """Vouchers."""
    reason: str
    """Why, for the record on the chain."""


class Revoked(TypedDict):
    """Vouchers that were taken back."""

    programme: str
    """A voucher programme, by its number."""
    holder: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    units: str
    """Vouchers."""


class Root(TypedDict):
    """What a programme's publisher says that it counts."""

    id: str
    """A root, by its number over all programmes."""
    programme: str
    """A voucher programme, by its number."""
    linesRoot: str
    """Of the tree of lines."""
    claimsRoot: str
    """Of the tree of claims."""
    claimableFrom: str
    """Until then it can be challenged."""
    state: RootState
    """`active`: the one that is claimed by."""
    fault: Fault | None
    """What was proved to be wrong, if it is `fallen`."""
    reason: str | None
    """Why the guardian stopped it, if it is `stopped`."""


RootState: TypeAlias = Literal["proposed", "active", "past", "fallen", "stopped"]
"""Where a root is in its life."""


class Rotation(TypedDict):
    """Another wallet for a person, with the signatures of both wallets."""

    wallet: str
    """The new one, which nobody had before."""
    deadline: str
    """A time as RFC 3339 has it, in whole seconds."""
    oldSignature: str
    """A signature after EIP-712: 65 bytes `r`, `s`, `v`, or what an ERC-1271 wallet takes as one."""
    newSignature: str
    """A signature after EIP-712: 65 bytes `r`, `s`, `v`, or what an ERC-1271 wallet takes as one."""


class Run(TypedDict):
    """What holders were paid for an epoch, by this request and by others."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    epoch: int
    """An epoch of the series: its record dates, from 0."""
    paid: Amount
    """For this epoch, so far."""
    unpaid: Amount
    """For this epoch, still: to frozen holders, for frozen receipts, and as dust."""


class RunningFault(TypedDict):
    """A line's running points are not its points and those of the same person's line before it."""

    fault: Literal["running"]
    """What is wrong."""
    line: LineProof
    before: LineProof


class Seized(TypedDict):
    """A receipt that a forced transfer has made."""

    receipt: str
    """The new one."""
    source: str
    """The one that it was taken from."""


class Seizure(TypedDict):
    """What is moved against the owner's will, and why."""

    reason: str
    """Why, for the record on the chain."""
    to: str
    """Who gets it: somebody who may hold receipts of the series."""
    units: Amount
    """Face value that is moved out of the receipt."""


class Series(TypedDict):
    """One issue of receipts, and the contract (SPV) that holds its cash."""

    id: str
    """A series, by its number (the ERC-3525 slot)."""
    code: str
    """Its name in the market."""
    currency: str
    """ISO 4217."""
    state: State
    """Where it is in its life."""
    contract: str
    """The contract that issues it."""
    termsHash: str
    """Keccak-256 of its terms."""
    collected: Amount
    """Rent that has arrived since it began."""


class SeriesDetails(TypedDict):
    """A series with its terms and its money."""

    id: str
    """A series, by its number (the ERC-3525 slot)."""
    code: str
    """Its name in the market."""
    currency: str
    """ISO 4217."""
    state: State
    """Where it is in its life."""
    contract: str
    """The contract that issues it."""
    termsHash: str
    """Keccak-256 of its terms."""
    collected: Amount
    """Rent that has arrived since it began."""
    name: str
    """Its long name."""
    paused: bool
    """Whether its receipts are kept from moving."""
    size: Amount
    """Face value of all receipts that may be sold."""
    softCap: Amount
    """If less is sold by the close date, it fails."""
    sold: Amount
    """Face value that was sold, less what was refunded."""
    outstanding: Amount
    """Principal that is not repaid yet, nor set aside for repayment."""
    targetYield: str
    """Coupon a year: a target, paid out of what is collected."""
    advanceRate: str
    """Size over present value of the pool, at most."""
    discountRate: str
    """A year, effective: of the present value."""
    poolFace: Amount
    """Face value of all receivables together."""
    poolCount: int
    """How many receivables there are."""
    presentValue: Amount | None
    """Of the pool, as attested; null before the offering."""
    openDate: str
    """The first day of the offering."""
    closeDate: str
    """The last day of the offering."""
    issueDate: str
    """The first day on which it may be issued."""
    cutOffDate: str
    """The day of the present value."""
    periods: list[PaymentDay]
    """In their order, the last with the maturity date; those that the chain's node still knows."""
    utcOffset: int
    """Its days are in this time zone: minutes east of UTC."""
    requirement: Requirement
    """Who may receive its receipts."""
    parties: Parties
    cashToken: str
    """The token (ERC-20) in which it pays."""
    accounts: Accounts
    """As the journal has them."""


class Session(TypedDict):
    """A wallet that has signed in."""

    token: str
    """For `Authorization: Bearer`. A secret."""
    wallet: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    expiresAt: str
    """Until when it is good: hours, and never after the text is."""


class Several(TypedDict):
    """Several receipts, and why."""

    reason: str
    """Why, for the record on the chain."""
    receipts: list[str]
    """Their token ids."""


class SeveralFrozen(TypedDict):
    """Receipts that are frozen, or released."""

    receipts: list[str]
    frozen: bool


class SignedMessage(TypedDict):
    """A text of EIP-4361, and who signed it."""

    message: str
    """The text that was signed, to the letter."""
    signature: str
    """65 bytes `r`, `s`, `v` by the key of the account (EIP-191), with a low `s` and `v` 27 or 28; of an account
    that is a contract, whatever it takes (ERC-1271).
    """


class Split(TypedDict):
    """What to cut out of a receipt."""

    units: list[Amount]
    """The face value of each new receipt."""


class Standing(TypedDict):
    """What an investor is to compliance, as the chain has it."""

    holder: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    classes: list[InvestorClass]
    """Kinds of investors that it counts as."""
    jurisdictions: list[str]
    """Jurisdictions, by ISO 3166-1."""
    validUntil: str | None
    """Up to and including then; null if nothing was ever set."""
    frozen: bool
    """Whether it neither sends, nor receives, nor is paid."""
    reason: str | None
    """Why it was frozen, or released; null if it never was."""


State: TypeAlias = Literal["Draft", "Offering", "Active", "Accelerated", "Defaulted", "Matured", "Redeemed", "Failed"]
"""Life cycle of a series."""


class Subscribed(TypedDict):
    """A receipt that is bought."""

    receipt: str
    """The one that is made, unless others subscribe before."""
    units: Amount
    """Its face value, and what is paid."""


class Subscription(TypedDict):
    """Receipts that somebody bought at par in an offering."""

    id: str
    """Its place in the chain, which is its alone."""
    block: str
    """The block that it is from."""
    time: str
    """The time of that block."""
    series: str
    """A series, by its number (the ERC-3525 slot)."""
    holder: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    receipt: str
    """The receipt that was made."""
    units: Amount
    """Its face value, and what was paid."""


class TakenBack(TypedDict):
    """What an investor gets back."""

    series: str
    """A series, by its number (the ERC-3525 slot)."""
    receipts: list[str]
    """They are gone afterwards."""
    amount: Amount
    """What was paid for them."""


class ToSign(TypedDict):
    """What a wallet is asked to sign, and until when that is good."""

    typedData: TypedMessage
    deadline: str | None
    """Send it along with the signature. Null: good until something else is done."""


class TotalFault(TypedDict):
    """A claim is not what the person's last line says."""

    fault: Literal["total"]
    """What is wrong."""
    claim: ClaimProof
    last: LineProof


class Transaction(TypedDict):
    """A transaction on the chain that did a part of an operation."""

    hash: str
    """32 bytes."""
    block: str | None
    """Its block; null while it is in none."""
    state: Literal["open", "mined", "final"]
    """`open`: in no block yet; `final`: it cannot go with its block any more."""


class Transfer(TypedDict):
    """To whom, and how much."""

    to: str
    """Who receives it, and has to be eligible."""
    units: NotRequired[Amount | None]
    """How much of it, as a new receipt; the whole receipt if it is not given."""


class TypedData(TypedDict):
    """EIP-712 typed data, as wallets take it (`eth_signTypedData_v4`)."""

    types: dict[str, list[dict[str, str]]]
    """The fields of each struct."""
    primaryType: str
    """The struct that is signed."""
    domain: dict[str, Any]
    """What the signature is for."""
    message: dict[str, Any]
    """What is signed, integers as decimal digits: amounts in minor units, rates in ppm."""


class TypedDomain(TypedDict):
    """Where a signature is good."""

    name: str
    """What the contract calls it."""
    version: str
    """Of the messages."""
    chainId: int
    """The number of the chain."""
    verifyingContract: str
    """The contract that takes the signature."""


class TypedField(TypedDict):
    """A field of a struct."""

    name: str
    """Its name."""
    type: str
    """Its type."""


class TypedMessage(TypedDict):
    """A message as `eth_signTypedData_v4` takes it."""

    types: dict[str, list[TypedField]]
    """The structs, by name."""
    primaryType: str
    """The struct that the message is of."""
    domain: TypedDomain
    message: dict[str, Any]
    """Its values; integers as decimal digits."""


class Unsigned(TypedDict):
    """A transaction to be signed (EIP-1559, type 2), as wallets take it."""

    chainId: int
    """The chain that it is for."""
    nonce: int
    """The wallet's next nonce."""
    to: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    value: str
    """Coins that it moves: none."""
    data: str
    """The call."""
    gas: str
    """Its limit of gas."""
    maxFeePerGas: str
    """In wei."""
    maxPriorityFeePerGas: str
    """In wei."""
    type: NotRequired[Literal["0x2"]]
    """EIP-1559."""


class UpTo(TypedDict):
    """Which epochs to pay for."""

    epoch: int
    """The last of them; those before that are open are paid first."""


class Valuation(TypedDict):
    """What a valuation agent attests."""

    presentValue: Amount
    """Of the whole pool, on the cut-off date."""
    signature: str
    """The valuation agent's, over the typed data of the valuation."""


class Verdict(TypedDict):
    """Whether a proof holds."""

    holds: bool
    """Whether the log on chain is as the proof says."""
    batch: Batch | None
    """The log that it holds for; null if it does not hold."""
    why: str | None
    """Why it does not hold; null if it does."""


class Version(TypedDict):
    """What a receipt was, or is."""

    id: str
    """A receipt, by its token id."""
    series: str
    """A series, by its number (the ERC-3525 slot)."""
    owner: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    units: Amount
    """Its face value."""
    frozen: bool
    """Whether compliance has frozen it: it does not move, and is not paid."""
    since: str
    """The block from which on it is as it is."""
    until: str | None
    """The block that changed it; null for what it is now."""
    time: str
    """The time of the block from which on it was so."""


class VoidEvents(TypedDict):
    """From where on messages are void."""

    id: str
    """Of the message."""
    seq: int
    """Its number."""
    after: int
    """What was added by messages behind this one, and not reverted, is void."""


class VoucherRedemption(TypedDict):
    """Vouchers that paid a provider's invoice."""

    programme: str
    """A voucher programme, by its number."""
    holder: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    provider: str
    """An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling."""
    units: str
    """Vouchers."""
    value: Cash
    """What the provider gets for them."""
    invoice: str
    """Keccak-256 of the provider's invoice number, without white space around."""
    block: str
    """Its block."""


class Wanted(TypedDict):
    """Up to where."""

    epoch: NotRequired[int | None]
    """The last epoch to be paid for; the last one that is funded by default."""


class WantedKey(TypedDict):
    """A key to make."""

    name: str
    """What it is for."""
    roles: list[Access]
    """What it may act as; `auditor` stands alone, and `holder` is for wallets."""
    expiresAt: NotRequired[str | None]
    """Until when it is good; a year from now by default. Null: for as long as it is not revoked."""


class WantedWebhook(TypedDict):
    """A receiver to tell."""

    url: str
    """Where messages are posted: `https`, to a public name or address, without user name and password."""
    events: NotRequired[list[str]]
    """Which it gets: `*`, `Kind.*` or `Kind.Name`, by kinds of contracts and names of their events."""
    after: NotRequired[int | None]
    """Behind which message it begins; now, by default."""


class Waterfall(TypedDict):
    """What one run of the waterfall did, in its order."""

    available: Amount
    """Collections, trapped cash and dust: what there was."""
    fee: Amount
    """Set aside for the servicer."""
    coupon: Amount
    """Coupon of this period."""
    due: Amount
    """Coupon with what was carried forward."""
    paid: Amount
    """Of it, set aside for holders."""
    carriedForward: Amount
    """Of it, left for the next period."""
    fromReserve: Amount
    """Taken from the reserve for the coupon."""
    toReserve: Amount
    """Put into the reserve."""
    toSinking: Amount
    """Put into the sinking account for principal."""
    repaid: Amount
    """Principal set aside for holders."""
    residual: Amount
    """Released to the originator."""
    trapped: Amount
    """Kept back from the originator."""
    assets: Amount
    """What stands for the principal that is left: rent not due, and cash."""
    passed: bool
    """Whether the tests hold: reserve full, no arrears, enough assets."""
    done: bool
    """Whether all principal is repaid."""


class Webhook(TypedDict):
    """A receiver, and how far it is."""

    id: str
    """A receiver of webhooks, by its number."""
    url: str
    """Where messages are posted: `https`, to a public name or address, without user name and password."""
    events: list[str]
    """Which it gets: `*`, `Kind.*` or `Kind.Name`, by kinds of contracts and names of their events."""
    local: bool
    """Whether it may be on a private network: a receiver of the operator's, made by `crt`."""
    enabled: bool
    """Whether it is sent anything."""
    checkpoint: int
    """The number of the last message that it has."""
    behind: int
    """How many messages there are after it."""
    failures: int
    """How often in a row it has not taken one."""
    nextAt: str | None
    """Nothing is sent before, after failures."""
    lastAnswer: str | None
    """In words."""
    etag: str
    """Of what can be changed, for `If-Match`, as the header `ETag` has it."""


class WebhookChange(TypedDict):
    """What shall be otherwise; the rest stays."""

    url: NotRequired[str | None]
    """Where messages are posted from now on."""
    events: NotRequired[list[str] | None]
    """Which it gets from now on."""
    enabled: NotRequired[bool | None]
    """Whether it is sent anything."""


class WebhookReplay(TypedDict):
    """From where on to send again."""

    after: int
    """It gets what comes after the message of this number."""


class WebhookRotation(TypedDict):
    """Another secret."""

    overlapHours: NotRequired[int]
    """Hours for which messages are signed with both."""


class WebhookSecret(TypedDict):
    """What messages are signed with from now on."""

    secret: NotRequired[str | None]
    """What messages are signed with: shown this once, and null when the same request is sent again."""


class WebhookTest(TypedDict):
    """What came of a test message."""

    id: str
    """Of the message: `webhook-id`."""
    taken: bool
    """Whether the receiver has answered 2xx."""
    answer: str
    """Its status, or why there is none."""
