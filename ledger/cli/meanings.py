"""What each error of the contracts says, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledger.cli.meanings_series import RECEIPTS, SERIES

__all__ = ["MEANING"]

# The name of an error, with its arguments where contracts have several of that name: what it says of its arguments, and
# what to do next. Who lacks a role is said in refusals.py.

_CONTRIBUTIONS: Final = {
    "NotWriter": ("{account} may not write for repository {repo}", "its maintainer does, or lets another account"),
    "WrongNumber": ("somebody appended to the log meanwhile", "do it again"),
    "NotYet": ("block {asOf} is still to come", "do it again when the chain has it"),
    "AlreadyBound": ("the contributor is bound already, to person {person}", "see crt contrib person {person}"),
    "WalletTaken": ("{wallet} is or was the wallet of person {person}", "take one that nobody had"),
    "NotSigned(account)": ("the signature is not {account}'s, or of something else", "ask for it anew"),
    "NotSigned(signer)": ("the signature is not {signer}'s, or of something else", "ask for it anew"),
    "SignatureExpired": ("the signature was good until {deadline}", "ask for it anew"),
    "SignatureInvalid": ("the signature is not {signer}'s", "ask for it anew"),
    "UnknownPerson": ("there is no person {person}", "people are numbered as they are bound: crt contrib bind"),
    "DelayedUniversity": (
        "{account} has its role with a delay of {delay} seconds, which a signature would evade",
        "a university acts without a delay",
    ),
    "FutureDay": ("the day of graduation is still to come", "attest it then; a local chain: crt chain advance DAYS"),
    "AlreadyGraduated": (
        "person {person} graduated already, for programme {programme}",
        "nothing is left to attest; see crt contrib person {person}",
    ),
    "AttestationUsed": ("this attestation was used before", "attest again a second later"),
    "WrongWallet": ("{wallet} is not the wallet of person {person} any more", "the university attests it anew"),
    "NotPublisher": ("{caller} is not the publisher of programme {programme}", "see crt voucher show {programme}"),
    "ProposalOpen": (
        "programme {programme} has a root that can still be challenged, until {from}",
        "publish the next one after that",
    ),
    "EmptyRoot": ("there is nothing to count", "anchor the logs, and bind contributors to wallets"),
    "NoRoot": ("programme {programme} has no root to claim by", "its publisher proposes one: crt contrib publish"),
    "UnknownProgramme": ("there is no programme {programme}", "open one: crt voucher open"),
    "Expired": ("programme {programme} ended on {expiry}", "return what is left: crt voucher close {programme}"),
    "NotExpired": ("programme {programme} lasts until {expiry}", "close it after that"),
    "NotIssuer": ("{caller} did not open programme {programme}", "see crt voucher show {programme}"),
    "NotAccepted": (
        "programme {programme} does not accept provider {provider}",
        "its district accepts it, or take another provider",
    ),
    "AlreadyInvoiced": ("this invoice of {provider} was paid before", "each invoice is paid once, ever"),
    "NothingToPay": ("there is nothing to pay out", "nothing is left to do; see what was paid"),
    "NothingGiven": ("nothing is no amount", "give more than zero"),
    "CashMismatch": ("the cash moved {received} units instead of {expected}", "take a token that keeps no fee"),
    "BudgetTooLarge": (
        "programme {programme}'s budget would be more than can be counted",
        "pay in less, or open another programme",
    ),
    "ERC20InsufficientBalance": (
        "{sender} has {balance} units of the cash, {needed} are needed",
        "pay cash in to that account first",
    ),
    "ERC20InsufficientAllowance": (
        "{spender} may not take that much cash",
        "the payer approves it first, for {needed} units",
    ),
    "ERC1155InsufficientBalance": (
        "{sender} has {balance} vouchers of programme {tokenId}, not {needed}",
        "see crt voucher show {tokenId} --holder {sender}",
    ),
    "InvalidTerms": ("the terms make no sense: {field}", "correct it in the term sheet, or the request"),
}

_CASH: Final = {
    "ERC20InvalidApprover": ("{approver} cannot approve", "act as the account that has the cash"),
    "ERC20InvalidReceiver": ("{receiver} cannot receive cash", "name an account that somebody has"),
    "ERC20InvalidSender": ("{sender} cannot send cash", "act as the account that has it"),
    "ERC20InvalidSpender": ("{spender} cannot be approved", "name an account that somebody has"),
    "ERC2612ExpiredSignature": ("the permission was good until {deadline}", "sign it anew"),
    "ERC2612InvalidSigner": (
        "the permission is signed by {signer}, not by {owner}",
        "sign it as {owner}, for this chain and this nonce",
    ),
    "InvalidAccountNonce": (
        "the signature has another nonce than {currentNonce}, which is {account}'s next",
        "sign it anew",
    ),
    "ECDSAInvalidSignature": ("the signature is none", "sign it anew"),
    "ECDSAInvalidSignatureLength": ("the signature has {length} bytes, not 65", "sign it anew"),
    "ECDSAInvalidSignatureS": (
        "the signature is not in its one allowed form",
        "sign it anew, with a wallet that writes the low form",
    ),
}

_PEOPLE: Final = {
    "NotWallet": ("{caller} is not the wallet of person {person}", "act as their wallet: crt contrib person {person}"),
    "NotAttested": (
        "the university {university} did not attest that person {person} graduated",
        "it attests it first: crt contrib graduate",
    ),
    "GraduationUsed": (
        "person {person} has claimed from programme {programme} already",
        "what was claimed stays: it cannot be taken back",
    ),
    "StillUniversity": ("{account} is a university, and takes its word back itself", "ask it to"),
    "NoRecovery": ("no recovery is proposed for person {person}", "a university proposes one first"),
    "TooManyRotations": (
        "person {person} has had as many wallets as can be counted",
        "stay with the one that they have",
    ),
    "TooEarly(from)": ("the wallet may still veto it, until {from}", "do it after that"),
    "NoProposal": (
        "programme {programme} has no root that can be challenged",
        "it counts already, or none is proposed: crt voucher show {programme}",
    ),
    "NotProven": ("this does not prove fault {fault}", "give the leaves and paths that show it"),
    "BadBatch": (
        "{count} claims from {start} on are no whole part of the tree",
        "take the batch as the API or crt contrib claim gives it",
    ),
    "BadProof": ("the proof does not lead to the root on the chain", "make it anew from the log as it is anchored now"),
    "NoTime": ("nobody could object in {challengeWindow} and {recoveryDelay} seconds", "deploy with longer ones"),
    "NotMaintainer": ("{caller} does not maintain repository {repo}", "its maintainer does it"),
    "NotOffered": ("repository {repo} was not offered to {caller}", "its maintainer offers it first"),
    "TooLarge": ("{size} entries are more than a log has room for", "begin another repository"),
    "NotClaims": ("{caller} may not issue vouchers", "they are issued by claims alone: crt contrib claim"),
    "NotParty": ("{caller} is neither the holder nor the provider", "one of the two sends it"),
    "NotTransferable": (
        "vouchers of programme {programme} cannot be passed on",
        "redeem them at a provider: crt voucher redeem",
    ),
    "ERC1155InvalidApprover": ("{approver} cannot approve", "act as the account that has the vouchers"),
    "ERC1155InvalidArrayLength": (
        "{idsLength} programmes and {valuesLength} amounts",
        "give as many of the one as of the other",
    ),
    "ERC1155InvalidOperator": ("{operator} cannot be approved", "name an account that somebody has"),
    "ERC1155InvalidReceiver": ("{receiver} cannot receive vouchers", "name an account that can hold them"),
    "ERC1155InvalidSender": ("{sender} cannot send vouchers", "act as the account that has them"),
    "ERC1155MissingApprovalForAll": (
        "{operator} may not move {owner}'s vouchers",
        "act as {owner}, or have it approve that",
    ),
}

_ACCOUNTS: Final = {
    "AlreadyExecuted": ("operation {id} was done before", "nothing is left to do: it is done once, ever"),
    "NoCalls": ("operation {id} would do nothing", "give it something to do"),
    "NoCode": ("there is no contract at {target}", "check the deployment: crt doctor"),
    "NotSelf": ("{caller} may not call this: the contract calls itself", "use the function for everybody"),
    "MustSchedule": (
        "{caller} has its role with a delay of {delay} seconds",
        "schedule it in the AccessManager, and do it after the delay",
    ),
    "AccessManagerAlreadyScheduled": ("operation {operationId} is scheduled already", "do it when its time has come"),
    "AccessManagerNotScheduled": ("operation {operationId} is not scheduled", "schedule it first"),
    "AccessManagerNotReady": ("the delay of operation {operationId} is not over", "do it after that"),
    "AccessManagerExpired": ("operation {operationId} was not done in time", "schedule it anew"),
    "AccessManagerBadConfirmation": ("only the account itself gives its role back", "act as that account"),
    "AccessManagerInvalidInitialAdmin": ("{initialAdmin} cannot be the admin", "name an account that somebody has"),
    "AccessManagerLockedFunction": ("the function {selector} is fixed in who may call it", "leave it as it is"),
    "AccessManagerLockedRole": ("role {roleId} is fixed", "leave it as it is"),
    "AccessManagerUnauthorizedAccount": ("{msgsender} does not have role {roleId}", "the admin grants it"),
    "AccessManagerUnauthorizedCall": (
        "{caller} may not call {selector} of {target}",
        "the admin grants the role for it",
    ),
    "AccessManagerUnauthorizedCancel": (
        "{msgsender} may not cancel what {caller} has scheduled",
        "who scheduled it does, or a guardian of its role",
    ),
    "AccessManagerUnauthorizedConsume": (
        "{target} may not use up a scheduled operation",
        "call the function of the contract that it is for",
    ),
    "AddressEmptyCode": ("there is no contract at {target}", "check the deployment: crt doctor"),
    "FailedCall": ("a call within failed, and did not say why", "rehearse its steps one by one"),
    "InsufficientBalance": ("the contract has {balance} coins, {needed} are needed", "send it no coins to pass on"),
    "FailedDeployment": ("the contract could not be made", "give it more gas, or do it again with a new code"),
    "ReentrancyGuardReentrantCall": (
        "a contract that was called called back",
        "take a cash token or receiver that does not",
    ),
    "SafeCastOverflowedUintDowncast": ("{value} does not fit into {bits} bits", "give less"),
    "StringsInsufficientHexLength": ("{value} does not fit into {length} digits", "give less"),
    "InvalidShortString": ("a text that is kept in one word is damaged", "check the deployment: crt doctor"),
    "StringTooLong": ("the text is longer than 31 bytes: {str}", "give a shorter one"),
    "MerkleProofInvalidMultiproof": (
        "the proof of the receivables has not the right form",
        "make it from the very rent roll of the series",
    ),
}

MEANING: Final[Mapping[str, tuple[str, str]]] = {
    **_CONTRIBUTIONS,
    **RECEIPTS,
    **SERIES,
    **_CASH,
    **_PEOPLE,
    **_ACCOUNTS,
}
