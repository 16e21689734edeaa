"""The seam of signing: whoever can sign for one account, wherever its key is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ledger.chain.signing import SignedTransaction, Transaction

__all__ = ["Signer"]


class Signer(Protocol):
    """One account. Each method raises :class:`~ledger.errors.NotAllowed` if whoever holds the key says no."""

    @property
    def address(self) -> str:
        """The checksummed address."""

    def sign_transaction(self, tx: Transaction) -> SignedTransaction:
        """``tx`` as a signed type-2 transaction."""

    def sign_typed(
        self, domain: Mapping[str, Any], types: Mapping[str, Sequence[Mapping[str, str]]], message: Mapping[str, Any]
    ) -> bytes:
        """65 bytes ``r | s | v`` over an EIP-712 message; ``types`` without ``EIP712Domain``."""

    def sign_message(self, message: bytes) -> bytes:
        """65 bytes ``r | s | v`` over a plain message (EIP-191)."""
