"""Transactions that holders have signed by themselves: handed to the chain, and followed until they are final.

The ledger adds nothing and keeps no key: it checks that a transaction is for this chain, calls one of our contracts,
and is signed by whom it is said to be. Handing it over again does no harm: a chain takes these bytes once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from ledger.chain.node import CallRequest, DevNode, Mined, Refusal, Refused, stands
from ledger.chain.raw import Signed, read_transaction
from ledger.engine.results import why_failed
from ledger.errors import InputError
from ledger.services.commands import UnderWay
from ledger.services.ledger import Ledger, give_coins
from ledger.store.index import known_contracts

__all__ = ["Relayed", "check", "check_payable", "relay"]

PATIENCE = timedelta(days=1)
"""For which a transaction is offered to the chain."""

_AHEAD = 16  # transactions of a wallet that may wait for each other

_BEHIND = timedelta(minutes=1)  # in which one node may not know yet what another one has mined

_TAKEN = "another transaction of the wallet took its place"
_ANEW = "have it prepared anew, and sign that"

_LATER = (Refusal.ALREADY_KNOWN, Refusal.NONCE_TOO_LOW, Refusal.UNDERPRICED, Refusal.NONCE_TOO_HIGH)


@dataclass(frozen=True, slots=True)
class Relayed:
    """A transaction that is final."""

    signed: Signed
    mined: Mined


def check(
    ledger: Ledger, connection: Connection, raw: bytes, wallet: str | None = None, tokens: Collection[str] = ()
) -> Signed:
    """What somebody wants to have sent. Raises InputError unless it is a transaction for this chain that calls one of
    the ledger's contracts, or of the ``tokens`` in which its series pay, moves no coins, and is signed by ``wallet`` if
    that is given."""
    signed = read_transaction(raw)
    tx = signed.tx
    if tx.chain_id != ledger.deployment.chain_id:
        raise InputError(
            "the transaction is for another chain",
            field="raw",
            expected=f"chain id {ledger.deployment.chain_id}",
            found=str(tx.chain_id),
        )
    if wallet is not None and signed.sender != wallet:
        raise InputError("another wallet has signed it", field="raw", expected=wallet, found=signed.sender)
    ours = {*ledger.deployment.kinds, ledger.deployment.cash, *tokens, *known_contracts(connection)}
    if tx.to is None or tx.to not in ours:
        raise InputError(
            "the transaction calls no contract of the ledger",
            field="raw",
            expected="a call of one of its contracts",
            found=str(tx.to),
            hint="send others by a node of your own",
        )
    if tx.value:
        raise InputError("the transaction moves coins", field="raw", expected="a value of 0", found=str(tx.value))
    return signed


def check_payable(ledger: Ledger, signed: Signed) -> None:
    """Raises InputError unless the chain could take it by what its wallet has now. What was mined already passes.

    Wallets of a local chain get their coins when it is sent."""
    tx, node = signed.tx, ledger.node
    mined = node.nonce(signed.sender)
    if tx.nonce < mined:
        if node.receipt(signed.hash) is None:
            raise InputError(_TAKEN, field="raw", expected=f"nonce {mined}", found=f"nonce {tx.nonce}", hint=_ANEW)
        return
    if tx.nonce > mined + _AHEAD:
        raise InputError(
            "too many transactions of the wallet would have to come before it",
            field="raw",
            expected=f"nonce {mined} to {mined + _AHEAD}",
            found=f"nonce {tx.nonce}",
            hint="send those before it first",
        )
    base_fee = node.fees().base_fee
    if tx.max_fee < base_fee:
        raise InputError(
            "it offers less than a block takes now",
            field="raw",
            expected=f"a maxFeePerGas of {base_fee} or more",
            found=str(tx.max_fee),
            hint=_ANEW,
        )
    if tx.gas < signed.least_gas:
        raise InputError(
            "its gas does not even carry its data",
            field="raw",
            expected=f"a gas limit of {signed.least_gas} or more",
            found=str(tx.gas),
            hint=_ANEW,
        )
    costs = tx.gas * tx.max_fee
    if not isinstance(node, DevNode) and (has := node.balance(signed.sender)) < costs:
        raise InputError(
            "the wallet cannot pay for its gas",
            field="raw",
            expected=f"{costs} wei or more",
            found=f"{has} wei",
            hint=f"send coins to {signed.sender}, or sign with a smaller gas limit or fee",
        )


def relay(ledger: Ledger, raw: bytes, *, since: timedelta) -> Relayed:
    """Hand a transaction over, or see what became of it. Raises UnderWay until it is final: ask again.

    ``since``: for how long it has been asked for. Raises Reverted for what a contract has refused, and what the node
    raises; InputError, for good, when another transaction took its place, the chain does not take it, or it is
    in no block after a day.
    """
    signed = read_transaction(raw)
    mined = ledger.node.receipt(signed.hash)
    if mined is None:
        refusal = _offer(ledger, signed, raw)
        spent = since > _BEHIND and ledger.node.nonce(signed.sender) > signed.tx.nonce
        mined = ledger.node.receipt(signed.hash)  # after the nonce: whatever had that is in a block by now
    if mined is None:
        if spent:
            raise _refused(_TAKEN, refusal)
        if since > PATIENCE:
            hint = "a node may still have it: sign another one with its nonce, and it is never done"
            raise _refused("it was offered for a day", refusal, hint)
        raise UnderWay("the transaction is in no block yet")
    if ledger.node.block_number() - mined.block_number < ledger.confirmations or not stands(
        ledger.node, mined.block_number, mined.block_hash
    ):
        raise UnderWay("the transaction is not final yet")
    if mined.status != 1:
        tx = signed.tx
        raise why_failed(ledger.node, CallRequest(tx.to, tx.data, signed.sender, gas=tx.gas), mined)
    return Relayed(signed, mined)


def _offer(ledger: Ledger, signed: Signed, raw: bytes) -> Refused | None:
    """Hand it over. Gives why it is not taken now, if it may be later or is there already; raises why it never will."""
    if isinstance(ledger.node, DevNode) and ledger.node.balance(signed.sender) < signed.tx.gas * signed.tx.max_fee:
        give_coins(ledger.node, signed.sender)  # a local chain's are nobody's
    try:
        ledger.node.send_raw(raw)
    except Refused as refusal:
        if refusal.reason not in _LATER:
            raise _refused("the chain does not take it", refusal) from refusal
        return refusal
    return None


def _refused(why: str, refusal: Refused | None, hint: str | None = None) -> InputError:
    found = None if refusal is None else refusal.message
    return InputError(f"the transaction was not sent: {why}", field="raw", found=found, hint=hint)
