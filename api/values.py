"""Values as they are in requests and answers.

Amounts are decimal strings with their currency; identifiers and large integers are strings of digits, since many
readers of JSON cut numbers at 53 bits; times are RFC 3339 in UTC; bytes are ``0x`` and hexadecimal digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from ledger.chain.primitives import address_bytes, checksum
from ledger.domain.daycount import date_of, day_number
from ledger.domain.investors import JURISDICTIONS
from ledger.domain.money import PPM, Currency, currency, decimal_string, parse_amount
from ledger.domain.tokens import Money
from ledger.errors import InputError

__all__ = [
    "Address",
    "Amount",
    "Cash",
    "Commit",
    "Count",
    "Document",
    "Hash",
    "Jurisdiction",
    "Moment",
    "Number",
    "Path32",
    "PersonId",
    "Plain",
    "ProgrammeId",
    "Rate",
    "Reason",
    "ReceiptId",
    "RepositoryId",
    "SeriesId",
    "Signature",
    "Text",
    "Units",
    "WebhookId",
    "cash",
    "day",
    "moment",
    "money",
    "parsed",
    "rate",
    "raw",
    "text",
]


class Document(BaseModel):
    """What is read or answered: names in camel case, and none that is not known."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=False)


def _digits(bits: int) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and not value >> bits:
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


def _within_series(value: int) -> int:
    if value >> 63 & 1:  # the number within the series takes 64 bits on chain, and 63 in the database
        raise ValueError("a receipt's token id")
    return value


ReceiptId: TypeAlias = Annotated[
    int, AfterValidator(_within_series), *_number(127, "A receipt, by its token id.", "18446744073709551617")
]
ProgrammeId: TypeAlias = Annotated[int, *_number(63, "A voucher programme, by its number.", "1")]
RepositoryId: TypeAlias = Annotated[int, *_number(63, "A repository, by its number.", "1")]
Units: TypeAlias = Annotated[int, *_number(63, "Vouchers.", "40")]
Count: TypeAlias = Annotated[int, *_number(63, "How many, as decimal digits.", "300")]
PersonId: TypeAlias = Annotated[int, *_number(63, "A person, by number.", "1")]
WebhookId: TypeAlias = Annotated[int, *_number(31, "A receiver of webhooks, by its number.", "1")]


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
Path32: TypeAlias = Annotated[list[Hash], Field(max_length=64, description="Hashes of a proof, in its order.")]
Signature: TypeAlias = Annotated[
    str,
    Field(
        pattern="^0x([0-9a-fA-F]{2}){1,4096}$",
        description="A signature after EIP-712: 65 bytes `r`, `s`, `v`, or what an ERC-1271 wallet takes as one.",
        examples=["0x" + "ab" * 65],
    ),
]
Commit: TypeAlias = Annotated[
    str,
    Field(
        pattern="^([0-9a-f]{40}|[0-9a-f]{64})$",
        description="A git commit, by its object id.",
        examples=["b6fc06b4e8a9b7a3c8b6a0a1f6b0c5f4d1e2a3b4"],
    ),
]


def raw(text: str) -> bytes:
    """The bytes of a hash or a signature."""
    return bytes.fromhex(text.removeprefix("0x"))


def text(value: str) -> str:
    """A validator: what both databases keep as it is."""
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("text without NUL and half characters")
    return value


Plain: TypeAlias = Annotated[str, AfterValidator(text)]
"""Text that can be kept as it is; how long says the field."""

Text: TypeAlias = Annotated[Plain, Field(min_length=1, max_length=500)]
"""What somebody writes: a reason, a name."""


class Reason(Document):
    """Why."""

    reason: Annotated[Text, Field(description="Why, for the record on the chain.", examples=["court order 12/2026"])]


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if _MOMENT.fullmatch(value) else None
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.microsecond or not 0 <= value.timestamp() < 2**40:
        raise ValueError("a time from 1970 on as RFC 3339 has it, in whole seconds, such as 2026-12-31T23:59:59Z")
    return value


_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)

Moment: TypeAlias = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "A time as RFC 3339 has it, in whole seconds.",
            "examples": ["2026-12-31T23:59:59Z"],
        }
    ),
]

Rate: TypeAlias = Annotated[
    str,
    Field(
        pattern=r"^(0|[1-9][0-9]*)(\.[0-9]{1,6})?$",
        description="A rate as a decimal string: `0.09` is 9 %.",
        examples=["0.09"],
    ),
]


def _jurisdiction(value: str) -> str:
    if value not in JURISDICTIONS:
        raise ValueError(f"one of {', '.join(JURISDICTIONS)}")
    return value


Jurisdiction: TypeAlias = Annotated[
    str,
    AfterValidator(_jurisdiction),
    WithJsonSchema(
        {
            "type": "string",
            "enum": list(JURISDICTIONS),
            "description": "A jurisdiction, by its ISO 3166-1 code.",
            "examples": ["CN"],
        }
    ),
]


class Amount(Document):
    """Money: a decimal string in major units, never more digits than the currency has, and the currency."""

    amount: Annotated[
        str,
        Field(
            pattern=r"^(0|[1-9][0-9]{0,19})(\.[0-9]{1,3})?$",
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
        return parsed(self.amount, expected, f"{field}.amount")

    def positive(self, expected: Currency, field: str = "amount") -> int:
        """As :meth:`minor`. Raises InputError for zero, too."""
        found = self.minor(expected, field)
        if found == 0:
            raise InputError(
                "the amount is zero", field=f"{field}.amount", expected="more than zero", found=self.amount
            )
        return found

    @property
    def known_currency(self) -> Currency:
        """The currency. Raises InputError for one that is none."""
        return currency(self.currency)


def parsed(amount: str, of: Currency, field: str) -> int:
    """A decimal string in major units, in minor units. Raises InputError."""
    try:
        return parse_amount(amount, of)
    except InputError as error:
        error.field = field
        # What is read in files may have commas between thousands; here it may not.
        error.expected = None if error.expected is None else re.sub(r"(?<=\d),(?=\d{3})", "", error.expected)
        raise


def money(minor: int, of: Currency) -> Amount:
    """Minor units as they are answered."""
    return Amount(amount=decimal_string(minor, of), currency=of.code)


class Cash(Document):
    """Money of a token: as many digits as the token has, and its currency."""

    amount: Annotated[
        str,
        Field(
            pattern=r"^(0|[1-9][0-9]{0,77})(\.[0-9]{1,255})?$",
            description="In major units, as a decimal string.",
            examples=["100.00"],
        ),
    ]
    currency: Annotated[
        Plain,
        Field(
            max_length=20, description="The code of the token's currency, or else the token's symbol.", examples=["CNY"]
        ),
    ]

    def units(self, of: Money, field: str) -> int:
        """In units of the token, more than none. Raises InputError for another currency, and for more digits than that
        has."""
        if self.currency != of.code:
            raise InputError("another currency", field=f"{field}.currency", expected=of.code, found=self.currency)
        return of.read(self.amount, f"{field}.amount")


def cash(units: int, of: Money) -> Cash:
    """Units of a token as they are answered."""
    return Cash(amount=of.plain(units), currency=of.code)


_LAST = 253_402_300_799  # the last second of the year 9999


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as they are answered; what is later than the year 9999 is its end."""
    return datetime.fromtimestamp(min(seconds, _LAST), UTC)


def day(number: int) -> date:
    """A day by its number from 1970, as it is answered; what is later than the year 9999 is its end."""
    return date_of(min(number, _LAST_DAY))


def rate(ppm: int) -> str:
    """Parts per million as they are answered."""
    whole, part = divmod(ppm, PPM)
    return f"{whole}.{part:06d}".rstrip("0").rstrip(".")


_LAST_DAY = day_number(date.max)
