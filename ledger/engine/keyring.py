"""The accounts that this process can sign for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.chain.primitives import address_bytes
from ledger.chain.signer import Signer
from ledger.errors import InputError

__all__ = ["Keyring"]


class Keyring:
    """Accounts by address in any spelling."""

    def __init__(self, accounts: Iterable[Signer] = ()) -> None:
        self._accounts = {address_bytes(account.address): account for account in accounts}

    def add(self, account: Signer) -> Signer:
        """Keep an account; returns it."""
        self._accounts[address_bytes(account.address)] = account
        return account

    def __getitem__(self, address: str) -> Signer:
        try:
            return self._accounts[address_bytes(address)]
        except KeyError:
            raise InputError(
                "there is no key for the account", expected="an account of this key ring", found=address
            ) from None

    def __contains__(self, address: str) -> bool:
        return address_bytes(address) in self._accounts

    def __len__(self) -> int:
        return len(self._accounts)

    def __iter__(self) -> Iterator[Signer]:
        return iter(list(self._accounts.values()))
