"""What the errors of receipts and series say, and what to do next; others are in :mod:`ledger.cli.meanings`."""

from __future__ import annotations

from typing import Final

__all__ = ["RECEIPTS", "SERIES"]

RECEIPTS: Final = {
    "InsufficientUnits": (
        "the receipt has {available} minor units, {needed} are needed",
        "ask for less: crt receipt show {tokenId}",
    ),
    "InsufficientAllowance": (
        "{operator} may move {allowance} minor units of the receipt, {needed} are needed",
        "its owner approves more, or moves it",
    ),
    "FrozenReceipt": (
        "compliance has frozen receipt {tokenId}",
        "ask compliance why; it is paid and moves when it is released",
    ),
    "FrozenHolder": (
        "compliance has frozen {holder}",
        "ask compliance why; what is held back is paid after the release",
    ),
    "NotEligible": (
        "{holder} may not receive receipts of series {slot}",
        "compliance registers its class and jurisdiction, or renews what has run out",
    ),
    "NotAHolder": ("{holder} can hold nothing", "name an account that somebody has"),
    "EmptyRequirement": (
        "nobody could receive receipts by this requirement",
        "name at least one class and one jurisdiction",
    ),
    "SlotMismatch": ("the receipts are of different series: {fromSlot} and {toSlot}", "take receipts of one series"),
    "SameReceipt": ("receipt {tokenId} cannot be moved into itself", "name another receipt, or a holder"),
    "SeriesNotMovable": (
        "receipts of series {slot} do not move now (locked {locked}, paused {paused}, in redemption {retired})",
        "locked: wait for the issue; paused: until the administrator ends it; in redemption: they are only paid",
    ),
    "NotIssuer(slot, caller)": (
        "{caller} is not the issuer of series {slot}",
        "ask the series' own contract: crt series show",
    ),
    "ReceiverRefused": (
        "the contract {receiver} did not accept the receipt",
        "send it to an account that can hold receipts",
    ),
    "LengthMismatch": (
        "the lists are of different lengths: {first} and {second}",
        "give as many of the one as of the other",
    ),
    "OwnerMismatch": ("receipt {tokenId} is {owner}'s, not {expected}'s", "merge receipts of one holder"),
    "NoUnits": ("a new receipt would be worth nothing", "give each part more than zero"),
    "UnknownSeries": ("there is no series {slot}", "see crt series list"),
    "TooManySeries": (
        "there is room for {most} series, and they are all made",
        "deploy another ledger for the next ones",
    ),
    "PermitExpired": ("the permission was good until {deadline}", "its owner signs it anew"),
    "PermitInvalid": (
        "the permission is not signed by {owner}, or is for something else",
        "its owner signs it anew, with the nonce as it is now",
    ),
    "ERC721NonexistentToken": ("there is no receipt {tokenId}", "it was redeemed, or never made: crt receipt list"),
    "ERC721IncorrectOwner": (
        "receipt {tokenId} is {owner}'s, not {sender}'s",
        "its owner moves it: crt receipt show {tokenId}",
    ),
    "ERC721InsufficientApproval": (
        "{operator} may not move receipt {tokenId}",
        "act as its owner, with --as, or have the owner approve it",
    ),
    "ERC721InvalidApprover": ("{approver} may not approve this receipt", "its owner does"),
    "ERC721InvalidOperator": (
        "{operator} cannot be given this right",
        "name another account than the owner, and not nobody",
    ),
    "ERC721InvalidOwner": ("{owner} owns nothing", "name an account that somebody has"),
    "ERC721InvalidReceiver": ("{receiver} cannot receive receipts", "name an account that somebody has"),
    "ERC721InvalidSender": ("{sender} cannot give receipts", "act as the receipt's owner"),
}

SERIES: Final = {
    "WrongState": (
        "the series is {state}, and this is for another state",
        "see where it is in its life: crt series show",
    ),
    "TooEarly(today, day)": (
        "today is {today} where the series is; this is for {day} and later",
        "do it then; a local chain: crt chain advance DAYS",
    ),
    "TooLate": (
        "today is {today} where the series is; the last day for this was {day}",
        "see its dates: crt series show",
    ),
    "PoolIncomplete": (
        "{count} of {expectedCount} receivables are registered, worth {face} of {expectedFace} minor units",
        "register the rest of the rent roll",
    ),
    "DueOutsideTerm": (
        "the receivable {id} is due on {dueDay}, before the cut-off date or after the maturity date",
        "take it out of the rent roll, or correct its date",
    ),
    "UnknownReceivable": ("the series has no receivable {id}", "name it as the rent roll does"),
    "AdvanceExceeded": (
        "the issue of {size} minor units is more than the pool allows, {limit}",
        "issue less, or add receivables",
    ),
    "OverSubscribed": ("{left} minor units are left in the offering, {wanted} were asked for", "ask for less"),
    "NothingGiven(id)": ("an amount of zero", "give more than zero"),
    "NothingGiven(programme)": ("nothing is no amount", "give more than zero"),
    "NothingToPay(epoch)": ("nobody was to be paid for epoch {epoch}", "all are paid, or frozen: crt series show"),
    "RecordState": (
        "a record that is open: {open}; this needs the other",
        "fix the record once, and fund it before the next one",
    ),
    "NotFunded": ("epoch {epoch} is not funded", "fund it on its payment date, then pay"),
    "NothingToDistribute": ("there is no cash to give out in epoch {epoch}", "wait until rent has arrived"),
    "NotSold": (
        "{sold} minor units are sold, {needed} are needed to issue",
        "wait for the offering's close, or for more subscriptions",
    ),
    "NotFailed": (
        "today is {today}; the offering can still succeed until the day before {recordDay}",
        "it is issued, cancelled, or failed after that",
    ),
    "NotInPool": (
        "the receivables are not those of the pool {poolRoot}",
        "register the very rent roll that the series was made with",
    ),
    "ReceivableTaken": (
        "receivable {id} is sold already, to {spv}",
        "a receivable is sold once: take it out of the rent roll",
    ),
    "UnknownSpv": ("{spv} is no series of this ledger", "see crt series list"),
    "ValuationNotSigned": (
        "the valuation is not signed by {valuationAgent}",
        "have the agent of the terms sign it, for this series",
    ),
    "NotReleasable": (
        "a receivable is of a series that has not failed, or of none",
        "only those of a failed series can be released",
    ),
    "TermsUsed": (
        "these terms are those of {spv} already",
        "one term sheet makes one series: give it a code of its own",
    ),
    "WrongImplementation": (
        "the implementation {implementation} is made for the factory {factory}",
        "deploy both together: crt deploy",
    ),
    "SafeERC20FailedOperation": ("the cash token {token} refused to move", "ask its issuer why, and do it again"),
    "CloneArgumentsTooLong": ("the terms are longer than a contract may be", "give the series fewer periods"),
}
