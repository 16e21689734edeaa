"""Messages that people sign after EIP-712: here with an account, or elsewhere, with a wallet that is shown them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.chain.abi import as_json
from ledger.chain.signer import Signer

__all__ = ["TypedData"]

_DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


@dataclass(frozen=True, slots=True)
class TypedData:
    """A message of one struct: its name, its fields, and the domain that it is good in."""

    domain: Mapping[str, Any]
    kind: str
    fields: Sequence[Mapping[str, str]]
    message: Mapping[str, Any]

    def sign(self, account: Signer) -> bytes:
        """65 bytes ``r | s | v``."""
        return account.sign_typed(self.domain, {self.kind: self.fields}, self.message)

    def document(self) -> dict[str, Any]:
        """As wallets take it (``eth_signTypedData_v4``); integers of the message as decimal digits."""
        return {
            "types": {"EIP712Domain": _DOMAIN, self.kind: [dict(field) for field in self.fields]},
            "primaryType": self.kind,
            "domain": dict(self.domain),
            "message": {name: as_json(value) for name, value in self.message.items()},
        }
