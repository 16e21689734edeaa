"""Values as they are in requests and answers.

Amounts are decimal strings with their currency; identifiers and large integers are strings of digits, since many
readers of JSON cut numbers at 53 bits; times are RFC 3339 in UTC; bytes are ``0x`` and hexadecimal digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from ledger.chain.primitives import address_bytes, checksum
from ledger.domain.money import Currency, currency, decimal_string, parse_amount
from ledger.errors import InputError

__all__ = [
    "Address",
    "Amount",
    "Document",
    "Hash",
    "Number",
    "ReceiptId",
    "SeriesId",
    "Text",
    "moment",
    "money",
]


class Document(BaseModel):
    """What is read or answered: names in camel case, and none that is not known."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=False)


def _digits(bits: int) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if not isinstance(value, str) or not re.fullmatch(r"0|[1-9][0-9]{0,77}", value) or int(value) >> bits:
            raise ValueError(f"a string of decimal digits, less than 2**{bits}")
        return int(value)

    return read


def _number(bits: int, what: str, example: str) -> Any:
    schema = {"type": "string", "pattern": "^(0|[1-9][0-9]{0,77})$", "description": what, "examples": [example]}
    return (BeforeValidator(_digits(bits)), PlainSerializer(str, return_type=str), WithJsonSchema(schema))


Number: TypeAlias = Annotated[int, *_number(256, "An integer, as decimal digits.", "300")]
SeriesId: TypeAlias = Annotated[int, *_number(63, "A series, by its number (the ERC-3525 slot).", "1")]
ReceiptId: TypeAlias = Annotated[int, *_number(127, "A receipt, by its token id.", "18446744073709551617")]
ProgrammeId: TypeAlias = Annotated[int, *_number(63, "A voucher programme, by its number.", "1")]
RepositoryId: TypeAlias = Annotated[int, *_number(63, "A repository, by its number.", "1")]
PersonId: TypeAlias = Annotated[int, *_number(63, "A person, by number.", "1")]


def _address(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("an address: 0x and 40 hexadecimal digits")
    try:
        return checksum(address_bytes(value))
    except InputError:
        raise ValueError("an address: 0x and 40 hexadecimal digits, spelt as EIP-55 has it or all small") from None


_ADDRESS = {
    "type": "string",
    "pattern": "^0x[0-9a-fA-F]{40}$",
    "description": "An account, as `0x` and 40 hexadecimal digits; answers have the EIP-55 spelling.",
    "examples": ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
}
Address: TypeAlias = Annotated[str, BeforeValidator(_address), WithJsonSchema(_ADDRESS)]

Hash: TypeAlias = Annotated[
    str,
    Field(pattern="^0x[0-9a-f]{64}$", description="32 bytes.", examples=["0x" + "ab" * 32]),
]


def _text(value: str) -> str:
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("text without NUL and half characters")
    return value


Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_text)]
"""What somebody writes: a reason, a name."""


class Amount(Document):
    """Money: a decimal string in major units, never more digits than the currency has, and the currency."""

    amount: Annotated[
        str,
        Field(
            pattern=r"^(0|[1-9][0-9]{0,18})(\.[0-9]{1,3})?$",
            description="In major units, as a decimal string.",
            examples=["300000000.00"],
        ),
    ]
    currency: Annotated[
        str, Field(pattern="^[A-Z]{3}$", description="The currency, by its ISO 4217 code.", examples=["CNY"])
    ]

    def minor(self, expected: Currency, field: str = "amount") -> int:
        """In minor units. Raises InputError for another currency, and for more digits than it has."""
        if self.currency != expected.code:
            raise InputError("another currency", field=f"{field}.currency", expected=expected.code, found=self.currency)
        try:
            return parse_amount(self.amount, expected)
        except InputError as error:
            error.field = f"{field}.amount"
            raise

    @property
    def known_currency(self) -> Currency:
        """The currency. Raises InputError for one that is none."""
        return currency(self.currency)


def money(minor: int, of: Currency) -> Amount:
    """Minor units as they are answered."""
    return Amount(amount=decimal_string(minor, of), currency=of.code)


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as they are answered."""
    return datetime.fromtimestamp(seconds, UTC)
