"""The ``evm_``, ``anvil_`` and ``hardhat_`` methods of local chains, on the embedded one: clock, blocks and coins."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.chain import rpcparams
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.rpcmethods import Method
from ledger.errors import InputError

__all__ = ["METHODS"]

_MOST_BLOCKS = 10_000  # in one request, which nothing else can interrupt


def _mine(node: EmbeddedNode, wanted: tuple[int | None, int]) -> str:
    time, blocks = wanted
    if blocks > _MOST_BLOCKS:
        raise InputError("too many blocks for one request", expected=f"at most {_MOST_BLOCKS}", found=str(blocks))
    with node.reading():
        if time is not None:
            node.set_time(time)
        node.mine(blocks)
    return "0x0"


def _set_balance(node: EmbeddedNode, who: str, wei: int) -> None:
    with node.reading():
        balance = node.balance(who)
        if wei < balance:
            raise InputError("a balance can only be raised here", expected=f"at least {balance}", found=str(wei))
        node.fund(who, wei)


def _set_balance_as_hardhat(node: EmbeddedNode, who: str, wei: int) -> bool:
    _set_balance(node, who, wei)
    return True


METHODS: Mapping[str, Method] = {
    "evm_setNextBlockTimestamp": Method(lambda node, time: node.set_time(time), (rpcparams.seconds,)),
    "evm_increaseTime": Method(lambda node, seconds: node.advance(seconds), (rpcparams.seconds,)),
    "evm_mine": Method(_mine, (), (rpcparams.time_and_blocks,)),
    "anvil_setBalance": Method(_set_balance, (rpcparams.address, rpcparams.quantity)),
    "hardhat_setBalance": Method(_set_balance_as_hardhat, (rpcparams.address, rpcparams.quantity)),
}
"""By their names in JSON-RPC."""
