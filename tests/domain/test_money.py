"""Amounts and rates: read exactly or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.money import (
    MAX_AMOUNT,
    MAX_RATE,
    currency,
    decimal_string,
    format_amount,
    format_rate,
    parse_amount,
    parse_rate,
)
from ledger.errors import InputError

CNY, JPY, KWD = currency("CNY"), currency("JPY"), currency("KWD")


@pytest.mark.parametrize(
    ("code", "exponent"),
    [("CNY", 2), ("USD", 2), ("EUR", 2), ("HKD", 2), ("SGD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BHD", 3)],
)
def test_exponents_are_those_of_iso_4217(code: str, exponent: int) -> None:
    assert currency(code).exponent == exponent


@pytest.mark.parametrize("code", ["cny", "RMB", "", "XXX"])
def test_unknown_currency(code: str) -> None:
    with pytest.raises(InputError) as raised:
        currency(code)
    assert raised.value.found == repr(code)


@pytest.mark.parametrize(
    ("text", "unit", "minor"),
    [
        ("300,000,000.00", CNY, 30_000_000_000),
        ("300000000.00", CNY, 30_000_000_000),
        ("300000000", CNY, 30_000_000_000),
        ("37,402,396.30", CNY, 3_740_239_630),
        ("0.01", CNY, 1),
        ("0", CNY, 0),
        ("1.5", CNY, 150),
        ("1,000", JPY, 1_000),
        ("12.345", KWD, 12_345),
        ("92,233,720,368,547,758.07", CNY, 2**63 - 1),
    ],
)
def test_amounts_that_are_read(text: str, unit: object, minor: int) -> None:
    assert parse_amount(text, unit) == minor  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.001", "finer than the minor unit"),
        ("1.000", "finer than the minor unit"),
        ("-1.00", "negative"),
        ("(1.00)", "negative"),
        ("1e6", "floating-point"),
        ("1.5E+3", "floating-point"),
        ("NaN", "floating-point"),
        ("", "blank"),
        ("   ", "blank"),
        (" 1.00", "blanks around"),
        ("1.00\n", "blanks around"),
        ("１００.00", "full-width"),
        ("1，000.00", "full-width"),
        ("٣٠٠", "not plain digits"),
        ("1,00,000.00", "thousands"),
        ("3000,000.00", "thousands"),
        (",100", "thousands"),
        ("300,000,00", "thousands"),
        ("0,100.00", "thousands"),
        ("007", "not an amount"),
        ("1.", "not an amount"),
        (".50", "not an amount"),
        ("+1.00", "not an amount"),
        ("1_000", "not an amount"),
        ("CNY 1.00", "not an amount"),
        ("92,233,720,368,547,758.08", "too large"),
        ("9" * 5_000, "too large"),
    ],
)
def test_amounts_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        parse_amount(text, CNY)
    assert raised.value.expected
    assert raised.value.found is not None
    assert len(raised.value.found) < 80


def test_yen_have_no_decimals() -> None:
    with pytest.raises(InputError, match="finer") as raised:
        parse_amount("100.0", JPY)
    assert "no decimals" in (raised.value.expected or "")


def test_amounts_as_text() -> None:
    assert format_amount(123_456, CNY) == "1,234.56"
    assert decimal_string(123_456, CNY) == "1234.56"
    assert format_amount(-5, CNY) == "-0.05"
    assert decimal_string(-123_456, CNY) == "-1234.56"
    assert format_amount(1_234_567, JPY) == "1,234,567"
    assert decimal_string(7, KWD) == "0.007"


@given(st.integers(0, MAX_AMOUNT), st.sampled_from([CNY, JPY, KWD]))
def test_what_is_written_is_read_back(minor: int, unit: object) -> None:
    assert parse_amount(format_amount(minor, unit), unit) == minor  # type: ignore[arg-type]
    assert parse_amount(decimal_string(minor, unit), unit) == minor  # type: ignore[arg-type]


@given(st.text(alphabet="0123456789.,-+eE ０１", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        minor = parse_amount(text, CNY)
    except InputError:
        return
    assert decimal_string(minor, CNY).startswith(text.replace(",", ""))


@pytest.mark.parametrize(
    ("text", "ppm"),
    [
        ("9%", 90_000),
        ("9 %", 90_000),
        ("0.09", 90_000),
        ("0.5%", 5_000),
        ("105%", 1_050_000),
        ("1.05", 1_050_000),
        ("0.0001%", 1),
        ("0.000001", 1),
        ("0.0900000000", 90_000),
        ("0%", 0),
        ("1000%", MAX_RATE),
    ],
)
def test_rates_that_are_read(text: str, ppm: int) -> None:
    assert parse_rate(text) == ppm


@pytest.mark.parametrize(
    "text", ["9", "0", "", "%", "-1%", "9%%", "0.0000001", "0.00001%", "1e-2", "９%", "1000.0001%"]
)
def test_rates_that_are_refused(text: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_rate(text)
    assert raised.value.expected and raised.value.found is not None


@given(st.integers(0, MAX_RATE))
def test_rates_are_read_back(ppm: int) -> None:
    assert parse_rate(format_rate(ppm)) == ppm
