"""Every way in which a file can be bad: which file, line and field, what was expected, what was found.

Each case changes one thing in the good files of examples/crt01, whose lines the expected numbers count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import InputError, RuleError
from ledger.services.inputs import Case, build_case, decode

CRT01 = Path(__file__).resolve().parents[2] / "examples" / "crt01"
T, R, S, C = "terms.toml", "rent-roll.csv", "subscriptions.csv", "collections.csv"


@dataclass(frozen=True)
class Bad:
    """``old`` becomes ``new`` in ``file``; the error is then as the rest says. Texts are parts of what it has."""

    name: str
    file: str
    old: str
    new: str
    line: int | None
    field: str | None
    expected: str
    found: str
    hint: str | None = None
    kind: type[InputError | RuleError] = InputError
    message: str = ""


FIRST = "CRT01-01-2025-02,星野大模型研究院,952,2025-02-01,CNY,35607081.27"
PAID = "2025-02-01,CRT01-01-2025-02,CNY,35607081.27"

BAD = [
    # --- terms.toml: tables and keys
    Bad("unknown key", T, "soft_cap", "softcap", 11, "series.softcap", "soft_cap", "'softcap'", '"soft_cap"'),
    Bad("unknown table", T, "[pool]", "[pools]", 35, "pools", "pool", "'pools'", '"pool"'),
    Bad("missing key", T, "claim_days = 365", "", 50, "unclaimed.claim_days", "key claim_days", "nothing"),
    Bad("missing table", T, '[calendar]\nutc_offset = "+08:00"\n', "", None, "calendar", "table calendar", "only series"),
    Bad("array of tables", T, "[calendar]", "[[calendar]]", 53, "calendar", "a table [calendar]", "a list"),
    Bad("not TOML", T, 'code = "CRT01"', 'code = "CRT01', 7, None, "TOML", "Illegal character"),
    Bad("key twice", T, 'currency = "CNY"', 'code = "X"', 9, None, "TOML", "overwrite"),
    Bad("frequency and dates", T, 'frequency = "quarterly"', 'frequency = "quarterly"\npayment_dates = [2026-01-02]', 17,
        "series.payment_dates", "either", "both"),
    Bad("no payment dates", T, 'frequency = "quarterly"', "", 6, "series.frequency", "either", "neither"),
    # --- terms.toml: types
    Bad("float amount", T, '"300,000,000.00"', "300000000.00", 10, "series.size", "in quotes", "a float: 300000000.0",
        "binary floating point"),
    Bad("integer amount", T, '"300,000,000.00"', "300000000", 10, "series.size", "in quotes", "an integer: 300000000"),
    Bad("boolean amount", T, '"300,000,000.00"', "true", 10, "series.size", "in quotes", "a boolean: True"),
    Bad("float rate", T, 'target_yield = "9%"', "target_yield = 0.09", 12, "series.target_yield", '"9%"', "a float: 0.09"),
    Bad("date in quotes", T, "2025-01-02", '"2025-01-02"', 14, "series.issue_date", "bare date", "text: '2025-01-02'",
        "without quotes"),
    Bad("date with time", T, "= 2025-01-02", "= 2025-01-02T00:00:00", 14, "series.issue_date", "bare date", "2025-01-02 00"),
    Bad("number in quotes", T, "arrears_limit = 2", 'arrears_limit = "2"', 47, "waterfall.arrears_limit", "whole number",
        "text: '2'"),
    Bad("boolean number", T, "arrears_limit = 2", "arrears_limit = true", 47, "waterfall.arrears_limit", "whole", "True"),
    Bad("negative number", T, "grace_days = 10", "grace_days = -1", 48, "waterfall.grace_days", "from 0", "-1"),
    Bad("text for array", T, '["CN", "HK"]', '"CN"', 33, "offering.jurisdictions", "array", "text: 'CN'"),
    Bad("empty array", T, '["CN", "HK"]', "[]", 33, "offering.jurisdictions", "at least one", "a list: []"),
    Bad("number for text", T, 'code = "CRT01"', "code = 1", 7, "series.code", "text in quotes", "an integer: 1"),
    # --- terms.toml: values
    Bad("sub-cent amount", T, "300,000,000.00", "300,000,000.001", 10, "series.size", "2 decimals", "300,000,000.001"),
    Bad("negative amount", T, "500,000.00", "-500,000.00", 43, "waterfall.fee_cap", "an amount in CNY", "-500,000.00"),
    Bad("misgrouped amount", T, "240,000,000.00", "24,0000,000.00", 11, "series.soft_cap", "1,234.50", "24,0000,000.00"),
    Bad("fine rate", T, '"0.5%"', '"0.00005%"', 42, "waterfall.fee_rate", "parts per million", "0.00005%"),
    Bad("bare rate", T, '"105%"', '"105"', 45, "waterfall.oc_trigger", "0.09", "'105'", "105%"),
    Bad("unknown currency", T, '"CNY"', '"RMB"', 9, "series.currency", "ISO-4217", "'RMB'"),
    Bad("unknown day count", T, "ACT/365F", "ACT/365", 13, "series.day_count", "ACT/ACT ISDA", "'ACT/365'", "ACT/365F"),
    Bad("unknown frequency", T, "quarterly", "quaterly", 16, "series.frequency", "semiannual", "quaterly", "quarterly"),
    Bad("unknown principal", T, '"bullet"', '"balloon"', 18, "series.principal", "pass-through", "'balloon'"),
    Bad("unknown class", T, '    "trust"', '    "trusts"', 24, "offering.classes", "bank-wealth", "'trusts'", '"trust"'),
    Bad("class twice", T, '    "trust"', '    "insurance"', 24, "offering.classes", "once", "'insurance'"),
    Bad("unknown jurisdiction", T, '"HK"]', '"hk"]', 33, "offering.jurisdictions", "ISO-3166", "'hk'", '"HK"'),
    Bad("bad offset", T, "+08:00", "8", 54, "calendar.utc_offset", "+08:00", "'8'"),
    Bad("absurd date", T, "maturity_date = 2026", "maturity_date = 0226", 15, "series.maturity_date", "2000 to 2199",
        "0226-01-02"),
    # --- terms.toml: what does not agree
    Bad("maturity before issue", T, "maturity_date = 2026", "maturity_date = 2024", 15, "series.maturity_date",
        "after issue_date, 2025-01-02", "2024-01-02", kind=RuleError),
    Bad("close before open", T, "open_date = 2024-12-16", "open_date = 2025-01-01", 23, "offering.close_date",
        "open_date, 2025-01-01", "2024-12-31", kind=RuleError),
    Bad("dates out of order", T, 'frequency = "quarterly"', "payment_dates = [2025-07-02, 2025-04-02, 2026-01-02]", 16,
        "series.payment_dates", "after 2025-07-02", "2025-04-02", kind=RuleError),
    Bad("falling targets", T, 'principal = "bullet"',
        'principal = "bullet"\nprincipal_targets = ["25%", "20%", "75%", "100%"]', 19, "series.principal_targets",
        "never fall", "25% before 20%", kind=RuleError),
    Bad("targets short of size", T, 'principal = "bullet"',
        'principal = "bullet"\nprincipal_targets = ["25%", "50%", "75%", "99%"]', 19, "series.principal_targets",
        "100%", "99%", kind=RuleError),
    Bad("soft cap above size", T, "240,000,000.00", "300,000,000.01", 11, "series.soft_cap", "300,000,000.00",
        "300,000,000.01", kind=RuleError),
    # --- rent-roll.csv
    Bad("unknown column", R, "machines,due", "machine,due", 1, "machine", "receivable,lessee,machines", "'machine'",
        '"machines"'),
    Bad("missing column", R, "receivable,lessee,machines,due,currency,amount\n", "receivable,lessee,machines,due,amount\n",
        1, "currency", "currency", "receivable,lessee,machines,due,amount"),
    Bad("duplicate column", R, "due,currency,amount\n", "due,currency,due\n", 1, "due", "amount", "due,currency,due"),
    Bad("too few fields", R, FIRST, "CRT01-01-2025-02,x,952,2025-02-01,CNY", 2, "amount", "6 fields", "5 fields"),
    Bad("too many fields", R, FIRST, "CRT01-01-2025-02,x,952,2025-02-01,CNY,35,607,081.27", 2, "amount", "6 fields",
        "8 fields", "in quotes"),
    Bad("blank line", R, FIRST, "\n" + FIRST, 2, None, "a row", "nothing"),
    Bad("open quote", R, FIRST, FIRST.replace("星野", '"星野'), 2, None, "RFC 4180", "unexpected end of data"),
    Bad("line after quoted newline", R, "啟川自動駕駛科技,6,2025-02-01", '"啟川\n科技",6,2025-02-01', 3, "lessee",
        "printable", "\\n"),
    Bad("zero machines", R, "啟川自動駕駛科技,6,2025-02-01", "啟川自動駕駛科技,0,2025-02-01", 3, "machines", "from 1", "'0'"),
    Bad("duplicate receivable", R, "CRT01-02-2025-02", "CRT01-01-2025-02", 3, "receivable", "line 2", "CRT01-01-2025-02"),
    Bad("duplicate but for case", R, "CRT01-02-2025-02", "crt01-01-2025-02", 3, "receivable", "line 2", "crt01-01-2025-02"),
    Bad("bad receivable id", R, "CRT01-02-2025-02", "CRT01 02", 3, "receivable", "ASCII", "'CRT01 02'"),
    Bad("blank lessee", R, "星野大模型研究院,952,2025-02-01", " ,952,2025-02-01", 2, "lessee", "a name", "' '"),
    Bad("bad date", R, "952,2025-02-01", "952,2025/02/01", 2, "due", "YYYY-MM-DD", "'2025/02/01'"),
    Bad("no such day", R, "952,2025-02-01", "952,2025-02-30", 2, "due", "YYYY-MM-DD", "'2025-02-30'"),
    Bad("rent after maturity", R, "952,2026-01-01", "952,2026-01-03", 101, "due", "not after 2026-01-02", "2026-01-03",
        kind=RuleError),
    Bad("rent on the cut-off", R, "952,2025-02-01", "952,2025-01-01", 2, "due", "after 2025-01-01", "2025-01-01",
        kind=RuleError),
    Bad("rent before the cut-off", R, "952,2025-02-01", "952,2024-12-01", 2, "due", "after 2025-01-01", "2024-12-01",
        kind=RuleError),
    Bad("other currency", R, "2025-02-01,CNY,35607081.27", "2025-02-01,USD,35607081.27", 2, "currency", "CNY", "'USD'"),
    Bad("sub-cent rent", R, "35607081.27", "35607081.275", 2, "amount", "2 decimals", "'35607081.275'"),
    Bad("negative rent", R, "35607081.27", "-35607081.27", 2, "amount", "an amount in CNY", "'-35607081.27'"),
    Bad("zero rent", R, "35607081.27", "0.00", 2, "amount", "above zero", "'0.00'"),
    Bad("full-width rent", R, "35607081.27", "３５６０７０８１.２７", 2, "amount", "1,234.50", "３５６０７０８１"),
    Bad("rent in floating point", R, "35607081.27", "3.5e7", 2, "amount", "1,234.50", "'3.5e7'"),
    Bad("huge rent", R, "35607081.27", "92233720368547758.08", 2, "amount", "92,233,720,368,547,758.07", "758.08"),
    Bad("huge pool", R, "35607081.27", "92233720368547758.07", 3, "amount", "in all", "up to here"),
    # --- subscriptions.csv
    Bad("unknown subscriber class", S, "bank-wealth", "bank-welth", 2, "class", "bank-wealth", "'bank-welth'", "bank-wealth"),
    Bad("class not admitted", S, "bank-wealth", "pension", 2, "class", "one of bank-wealth", "'pension'", kind=RuleError),
    Bad("jurisdiction not admitted", S, "corporate,HK", "corporate,SG", 7, "jurisdiction", "one of CN, HK", "'SG'",
        kind=RuleError),
    Bad("jurisdiction unknown", S, "corporate,HK", "corporate,Hongkong", 7, "jurisdiction", "ISO-3166", "'Hongkong'"),
    Bad("subscriber twice", S, "遠岸人壽資產管理", "江州銀行理財", 3, "subscriber", "line 2", "江州銀行理財"),
    Bad("over-subscribed by a cent", S, "0.01", "0.02", 8, "units", "300,000,000.00", "300,000,000.01", kind=RuleError,
        message="over-subscribed by 0.01"),
    Bad("zero units", S, "0.01", "0", 8, "units", "above zero", "'0'"),
    Bad("sub-cent units", S, "0.01", "0.001", 8, "units", "2 decimals", "'0.001'"),
    Bad("negative units", S, "0.01", "-0.01", 8, "units", "an amount in CNY", "'-0.01'"),
    # --- collections.csv
    Bad("unknown receivable", C, PAID, PAID.replace("-2025-02", "-2025-2"), 2, "receivable", "rent roll",
        "'CRT01-01-2025-2'", "did you mean"),
    Bad("collection in another currency", C, PAID, PAID.replace("CNY", "HKD"), 2, "currency", "CNY", "'HKD'"),
    Bad("collection before the issue", C, PAID, PAID.replace("2025-02-01,", "2025-01-01,"), 2, "date", "2025-01-02",
        "2025-01-01"),
    Bad("collection long after", C, PAID, PAID.replace("2025-02-01,", "2095-02-01,"), 2, "date", "2025-01-02 to 2035",
        "2095-02-01"),
    Bad("collection in an absurd year", C, PAID, PAID.replace("2025-02-01,", "0025-02-01,"), 2, "date", "2000 to 2199",
        "0025-02-01"),
    Bad("collection pasted twice", C, PAID, PAID + "\n" + PAID, 3, "receivable", "line 2", "'CRT01-01-2025-02'", "one row"),
    Bad("zero collection", C, PAID, PAID.replace("35607081.27", "0.00"), 2, "amount", "above zero", "'0.00'"),
    Bad("negative collection", C, PAID, PAID.replace("35607081.27", "-1.00"), 2, "amount", "an amount in CNY", "'-1.00'"),
    Bad("sub-cent collection", C, PAID, PAID.replace("35607081.27", "1.005"), 2, "amount", "2 decimals", "'1.005'"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_input_is_named(
    bad: Bad, crt01_files: dict[str, bytes], read_case: Callable[[dict[str, bytes]], Case]
) -> None:
    text = crt01_files[bad.file].decode()
    assert bad.old in text
    files = {**crt01_files, bad.file: text.replace(bad.old, bad.new, 1).encode()}
    with pytest.raises((InputError, RuleError)) as raised:
        read_case(files)
    error = raised.value
    assert type(error) is bad.kind, str(error)
    assert (error.file, error.line, error.field) == (bad.file, bad.line, bad.field), str(error)
    assert bad.expected in (error.expected or ""), str(error)
    assert bad.found in (error.found or ""), str(error)
    assert bad.hint is None or bad.hint in (error.hint or ""), str(error)
    assert bad.message in error.message


@pytest.mark.parametrize(
    ("change", "line", "message", "found", "hint"),
    [
        (lambda data: b"\xef\xbb\xbf" + data, 1, "byte-order mark", "UTF-8", "without byte-order mark"),
        (lambda data: data.decode().encode("utf-16"), 1, "byte-order mark", "UTF-16", "iconv -f UTF-16"),
        (lambda data: data.replace(b"\n", b"\r\n"), 1, "carriage returns", "CRLF", "tr -d"),
        (lambda data: data[:-1] + b"\r", -1, "carriage returns", "a carriage return", "tr -d"),
        (lambda data: data + b"\x00", -2, "NUL", "NUL at byte", "export"),
        (lambda data: b"", None, "empty", "nothing", None),
        (lambda data: b" \n\n", None, "empty", "only blanks", None),
        (lambda data: data + b"\xff\xff\xff", -2, "not UTF-8", "no encoding known here", "iconv"),
    ],
)
@pytest.mark.parametrize("file", [T, R, S, C])
def test_what_is_not_plain_utf8_is_refused(
    file: str,
    change: Callable[[bytes], bytes],
    line: int | None,
    message: str,
    found: str,
    hint: str | None,
    crt01_files: dict[str, bytes],
    read_case: Callable[[dict[str, bytes]], Case],
) -> None:
    good = crt01_files[file]
    with pytest.raises(InputError, match=message) as raised:
        read_case({**crt01_files, file: change(good)})
    error = raised.value
    last = good.count(b"\n")
    assert error.file == file
    assert error.line == {-1: last, -2: last + 1}.get(line or 0, line)
    assert error.expected
    assert found in (error.found or "")
    assert hint is None or hint in (error.hint or "")


@pytest.mark.parametrize(("file", "line"), [(T, 8), (R, 2), (S, 2)])
def test_a_gbk_file_is_named_as_one(
    file: str, line: int, crt01_files: dict[str, bytes], read_case: Callable[[dict[str, bytes]], Case]
) -> None:
    gbk = crt01_files[file].decode().encode("gbk")
    with pytest.raises(InputError, match="not UTF-8") as raised:
        read_case({**crt01_files, file: gbk})
    assert (raised.value.file, raised.value.line) == (file, line)
    assert "GBK" in (raised.value.found or "")
    assert "iconv -f GB18030 -t UTF-8" in (raised.value.hint or "")


@settings(deadline=None, max_examples=150)
@given(st.sampled_from([T, R, S, C]), st.floats(0, 1), st.integers(0, 3), st.binary(max_size=4))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(file: str, where: float, cut: int, put: bytes) -> None:
    files = {name: (CRT01 / name).read_bytes() for name in (T, R, S, C)}
    at = int(where * len(files[file]))
    files[file] = files[file][:at] + put + files[file][at + cut :]
    try:
        build_case(*(decode(name, data) for name, data in files.items()))
    except (InputError, RuleError) as error:
        assert error.file in files
        assert error.expected or error.found


@pytest.mark.parametrize("value", ["9" * 5_000, "0x" + "f" * 5_000, "[" * 5_000 + "]" * 5_000])
def test_monstrous_values_are_refused(
    value: str, crt01_files: dict[str, bytes], read_case: Callable[[dict[str, bytes]], Case]
) -> None:
    terms = crt01_files[T].replace(b'"300,000,000.00"', value.encode())
    with pytest.raises(InputError) as raised:
        read_case({**crt01_files, T: terms})
    assert raised.value.file == T
    assert len(str(raised.value)) < 500


def test_a_pool_one_cent_short_is_refused(
    crt01_files: dict[str, bytes], read_case: Callable[[dict[str, bytes]], Case]
) -> None:
    """A rent of 37,402,396.29 instead of .30 in each month: one fen off the first tenant's."""
    short = crt01_files[R].replace(b"35607081.27", b"35607081.26")
    with pytest.raises(RuleError, match="short by 1 minor unit") as raised:
        read_case({**crt01_files, R: short})
    error = raised.value
    assert (error.file, error.line, error.field) == (T, 10, "series.size")
    assert "299,999,999.99" in (error.expected or "")
    assert "300,000,000.00" in (error.found or "")
    assert "428,571,428.58" in (error.hint or "")


def test_rent_roll_without_rents(crt01_files: dict[str, bytes], read_case: Callable[[dict[str, bytes]], Case]) -> None:
    with pytest.raises(InputError, match="rent roll is empty"):
        read_case({**crt01_files, R: b"receivable,lessee,machines,due,currency,amount\n"})
