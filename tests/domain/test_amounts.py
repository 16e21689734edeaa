"""Amounts as people type them: read as meant, or refused with both readings."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.amounts import typed_amount
from ledger.domain.money import MAX_AMOUNT, Currency, currency, decimal_string, format_amount
from ledger.domain.tokens import Money
from ledger.errors import InputError

CNY, JPY, KWD = currency("CNY"), currency("JPY"), currency("KWD")
CURRENCIES = st.sampled_from([CNY, JPY, KWD])
AMOUNTS = st.one_of(st.integers(0, MAX_AMOUNT), st.integers(0, 10**8))
WIDE = str.maketrans("0123456789,.", "０１２３４５６７８９，．")


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("300,000,000.00", 30_000_000_000),
        ("300000000", 30_000_000_000),
        ("3億", 30_000_000_000),
        ("3亿", 30_000_000_000),
        ("1.5億", 15_000_000_000),
        ("0.5億", 5_000_000_000),
        ("2.5萬", 2_500_000),
        ("2.5万", 2_500_000),
        ("1,000萬", 1_000_000_000),
        ("1.23456萬", 1_234_560),
        ("3億5000萬", 35_000_000_000),
        ("3億5萬", 30_005_000_000),
        ("2萬5000", 2_500_000),
        ("1_000_000", 100_000_000),
        ("1_000.5", 100_050),
        ("1.5", 150),
        ("１，０００．５０", 100_050),
        ("３億", 30_000_000_000),
        ("３００", 30_000),
        (" 5 ", 500),
        ("CNY 5", 500),
        ("5 CNY", 500),
        ("5cny", 500),
        ("CNY3億", 30_000_000_000),
        ("0", 0),
        ("92,233,720,368,547,758.07", 2**63 - 1),
    ],
)
def test_what_is_read(text: str, fen: int) -> None:
    assert typed_amount(text, CNY) == fen


@pytest.mark.parametrize(
    ("text", "unit", "one", "other"),
    [
        ("1,5", CNY, "15.00", "1.50"),
        ("1,50", CNY, "150.00", "1.50"),
        ("0,5", CNY, "5.00", "0.50"),
        ("1.234", CNY, "1,234.00", "1.234"),
        ("1.234.567", CNY, "1,234,567.00", "1,234.567"),
        ("1,23,456", CNY, "123,456.00", "123.456"),
        ("1.234,56", CNY, "123,456.00", "1,234.56"),
        ("3000,000", CNY, "3,000,000.00", "3,000.000"),
        ("12.345", JPY, "12,345", "12.345"),
        ("1,234", KWD, "1,234.000", "1.234"),
        ("3億5", CNY, "300,000,005.00", "350,000,000.00"),
        ("3億5000", CNY, "300,005,000.00", "350,000,000.00"),
        ("2萬5", CNY, "20,005.00", "25,000.00"),
        ("3億5000萬5", CNY, "350,000,005.00", "350,005,000.00"),
        ("1.000萬", CNY, "10,000.00", "10,000,000.00"),
        ("2.125億", CNY, "212,500,000.00", "212,500,000,000.00"),
    ],
)
def test_what_can_be_read_in_two_ways_is_told_so(text: str, unit: Currency, one: str, other: str) -> None:
    with pytest.raises(InputError, match="in two ways") as told:
        typed_amount(text, unit)
    assert told.value.expected == f"{one} or {other} {unit.code}, written like this"
    assert told.value.found == repr(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1e6", "floating-point"),
        ("1.5E3", "floating-point"),
        ("nan", "floating-point"),
        ("-5", "negative"),
        ("-3億", "not an amount"),
        ("(5)", "negative"),
        ("+5", "not an amount"),
        (".5", "not an amount"),
        ("5.", "not an amount"),
        ("", "blank"),
        ("  ", "blank"),
        ("007", "not an amount"),
        ("1 000", "not an amount"),
        ("1_0", "not an amount"),
        ("1,000_000", "not an amount"),
        ("1__000", "not an amount"),
        ("5k", "not an amount"),
        ("3M", "not an amount"),
        ("¥5", "not plain digits"),
        ("1.5555", "finer than the minor unit"),
        ("0.0000001萬", "finer than the minor unit"),
        ("3億50000萬", "not an amount"),
        ("3億5,000萬", "not an amount"),
        ("1.5億5000萬", "not an amount"),
        ("3億5000.5萬", "not an amount"),
        ("5萬3億", "not an amount"),
        ("10,00萬", "not an amount"),
        ("億", "not an amount"),
        ("3億億", "not an amount"),
        ("3萬萬", "not an amount"),
        ("5 USD", "another currency"),
        ("JPY 5", "another currency"),
        ("CNY 5 CNY", "said twice"),
        ("99999999999億", "too large"),
        ("9" * 5_000, "too large"),
        ("٣", "not plain digits"),
        ("²", "not plain digits"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as told:
        typed_amount(text, CNY)
    assert told.value.expected and told.value.found is not None and len(told.value.found) < 80


@given(AMOUNTS, CURRENCIES)
def test_every_amount_that_we_print_is_read_back(minor: int, unit: Currency) -> None:
    for text in (format_amount(minor, unit), decimal_string(minor, unit)):
        assert typed_amount(text, unit) == minor
        assert typed_amount(f"{text} {unit.code}", unit) == minor
        assert typed_amount(f"{unit.code} {text}", unit) == minor
        assert typed_amount(text.translate(WIDE), unit) == minor
    assert typed_amount(format_amount(minor, unit).replace(",", "_"), unit) == minor


@given(st.integers(0, MAX_AMOUNT), st.sampled_from(["CNY", "units", "TWD"]), st.sampled_from([2, 6, 18]))
def test_so_is_what_we_print_of_a_token(minor: int, code: str, decimals: int) -> None:
    money = Money(code, 2, decimals)
    units = (minor or 1) * 10 ** (decimals - 2)
    assert money.read(money.show(units), "AMOUNT") == units == money.read(money.plain(units), "AMOUNT")


@given(high=st.integers(1, 9_999), low=st.integers(1, 9_999))
def test_units_are_added_up(high: int, low: int) -> None:
    assert typed_amount(f"{high}億{low}萬", JPY) == high * 100_000_000 + low * 10_000


@given(st.text(alphabet="0123456789０９,.，．_ 億万-+eCNY", max_size=14), CURRENCIES)
def test_whatever_is_read_is_what_decimal_arithmetic_says(text: str, unit: Currency) -> None:
    try:
        minor = typed_amount(text, unit)
    except InputError as error:
        assert error.expected and error.found is not None
        return
    plain = text.replace("０", "0").replace("９", "9").replace("，", "").replace("．", ".").replace("億", "亿")
    factor = Decimal(1)
    if plain.strip(" CNY").endswith(("亿", "万")) and sum(plain.count(sign) for sign in "亿万") == 1:
        factor = Decimal(10**8 if "亿" in plain else 10**4)
    elif set(plain) & set("亿万"):
        return
    number = Decimal("".join(char for char in plain if char in "0123456789."))
    assert minor == number * factor * unit.scale
