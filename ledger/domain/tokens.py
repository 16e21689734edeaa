"""Cash that is a token: read and written as people do, kept in units of the token."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.amounts import typed_amount
from ledger.domain.money import Currency
from ledger.errors import InputError

__all__ = ["Money"]


@dataclass(frozen=True, slots=True)
class Money:
    """A token: the code of its currency, how many digits that has, and how many the token has."""

    code: str
    exponent: int
    decimals: int

    def read(self, text: str, field: str) -> int:
        """An amount of more than nothing. Raises InputError that names the field."""
        try:
            found = typed_amount(text, Currency(self.code, self.exponent))
        except InputError as error:
            error.field = field
            raise
        if found == 0:
            raise InputError("nothing is no amount", field=field, expected="more than 0", found=repr(text))
        return found * int(10 ** (self.decimals - self.exponent))

    def show(self, amount: int) -> str:
        """With thousands apart, and the currency."""
        whole, part = self._parts(amount)
        return f"{whole:,}{part} {self.code}"

    def plain(self, amount: int) -> str:
        """For machines: a decimal."""
        whole, part = self._parts(amount)
        return f"{whole}{part}"

    def _parts(self, amount: int) -> tuple[int, str]:
        whole, rest = divmod(amount, 10**self.decimals)
        digits = f"{rest:0{self.decimals}d}".rstrip("0").ljust(self.exponent, "0")
        return whole, f".{digits}" if digits else ""
