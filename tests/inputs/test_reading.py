"""Good files: what is read from them, and where."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ledger.domain.terms import Frequency, InvestorClass, Principal
from ledger.errors import InputError
from ledger.services.inputs import Case, Document, decode, load_case, read
from ledger.services.inputs.csvfile import rows
from ledger.services.inputs.fields import did_you_mean
from ledger.services.inputs.tomlfile import parse_toml

ReadCase = Callable[[dict[str, bytes]], Case]


def test_crt01_files_are_what_the_script_makes(crt01_dir: Path) -> None:
    path = crt01_dir.parents[1] / "scripts" / "make_crt01.py"
    spec = importlib.util.spec_from_file_location("make_crt01", path)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    made = {name: text.encode() for name, text in script.files().items()}
    assert {path.name: path.read_bytes() for path in crt01_dir.glob("*.[ct]*")} == made


def test_crt01_is_read(crt01_dir: Path) -> None:
    case = load_case(
        crt01_dir / "terms.toml",
        crt01_dir / "rent-roll.csv",
        crt01_dir / "subscriptions.csv",
        crt01_dir / "collections.csv",
    )
    terms = case.terms
    assert (terms.code, terms.currency.code, terms.size, terms.soft_cap) == (
        "CRT01",
        "CNY",
        30_000_000_000,
        24_000_000_000,
    )
    assert (terms.target_yield, terms.advance_rate, terms.fee_rate, terms.oc_trigger) == (
        90_000,
        700_000,
        5_000,
        1_050_000,
    )
    assert terms.payment_dates == (date(2025, 4, 2), date(2025, 7, 2), date(2025, 10, 2), date(2026, 1, 2))
    assert (terms.frequency, terms.principal, terms.utc_offset) == (Frequency.QUARTERLY, Principal.BULLET, 480)
    assert InvestorClass.INSURANCE in terms.classes and terms.jurisdictions == {"CN", "HK"}
    assert case.present_value.minor == 42_857_142_868
    assert case.subscribed == 30_000_000_000
    assert len(case.receivables) == len(case.collections) == 108
    assert (case.receivables[0].line, case.receivables[-1].line, case.subscriptions[-1].line) == (2, 109, 8)


def test_crt01_rents_are_level_and_whole(crt01_dir: Path) -> None:
    case = load_case(crt01_dir / "terms.toml", crt01_dir / "rent-roll.csv")
    months: dict[date, int] = {}
    machines: dict[date, int] = {}
    for rent in case.receivables:
        months[rent.due] = months.get(rent.due, 0) + rent.face
        machines[rent.due] = machines.get(rent.due, 0) + rent.machines
    days = [*(date(2025, month, 1) for month in range(2, 13)), date(2026, 1, 1)]
    assert months == dict.fromkeys(days, 3_740_239_630)
    assert machines == dict.fromkeys(days, 1_000)
    assert case.subscriptions == case.collections == ()


@pytest.mark.parametrize(("name", "late"), [("collections.csv", 3), ("collections-on-time.csv", 0)])
def test_crt01_collections_are_the_rents(crt01_dir: Path, name: str, late: int) -> None:
    case = load_case(crt01_dir / "terms.toml", crt01_dir / "rent-roll.csv", None, crt01_dir / name)
    rents = {rent.id: rent for rent in case.receivables}
    assert {(entry.receivable, entry.amount) for entry in case.collections} == {(r.id, r.face) for r in rents.values()}
    delayed = [entry for entry in case.collections if entry.day != rents[entry.receivable].due]
    assert len(delayed) == late
    assert all(rents[entry.receivable].machines == 952 and date(2025, 7, 2) < entry.day for entry in delayed)


def test_below_the_soft_cap_is_an_outcome_and_no_error(crt01_files: dict[str, bytes], read_case: ReadCase) -> None:
    few = b"subscriber,class,jurisdiction,units\nA,trust,CN,1.00\n"
    assert read_case({**crt01_files, "subscriptions.csv": few}).subscribed == 100
    nobody = b"subscriber,class,jurisdiction,units\n"
    assert read_case({**crt01_files, "subscriptions.csv": nobody}).subscribed == 0


def test_columns_in_any_order_and_quoted_amounts(crt01_files: dict[str, bytes], read_case: ReadCase) -> None:
    orders = b'units,class,subscriber,jurisdiction\n"1,000.50",trust,"A, B and ""C""",HK\n'
    (order,) = read_case({**crt01_files, "subscriptions.csv": orders}).subscriptions
    assert (order.subscriber, order.units, order.jurisdiction) == ('A, B and "C"', 100_050, "HK")


def test_parts_and_surplus_of_a_rent_are_facts(crt01_files: dict[str, bytes], read_case: ReadCase) -> None:
    paid = "date,receivable,currency,amount\n" + "2025-02-01,CRT01-01-2025-02,CNY,99999999.00\n"
    paid += "2025-02-01,CRT01-01-2025-02,CNY,1.00\n2025-02-02,CRT01-01-2025-02,CNY,1.00\n"
    assert len(read_case({**crt01_files, "collections.csv": paid.encode()}).collections) == 3


def test_listed_payment_dates_and_targets(crt01_files: dict[str, bytes], read_case: ReadCase) -> None:
    text = crt01_files["terms.toml"].decode()
    text = text.replace(
        'frequency = "quarterly"',
        'payment_dates = [\n  2025-05-02,  # short\n  2026-01-02,\n]\nprincipal_targets = ["30%", "1.0"]',
    )
    terms = read_case({**crt01_files, "terms.toml": text.encode()}).terms
    assert terms.frequency is None
    assert terms.payment_dates == (date(2025, 5, 2), date(2026, 1, 2))
    assert terms.principal_targets == (300_000, 1_000_000)


def test_rows_know_the_line_on_which_they_begin() -> None:
    document = Document("x.csv", 'a,b\n1,"two\nlines"\n3,4\n"5\n\n",6\n7,8\n')
    assert [(row.line, row["a"]) for row in rows(document, ("a", "b"))] == [(2, "1"), (4, "3"), (5, "5\n\n"), (8, "7")]


def test_toml_lines_through_strings_arrays_and_comments() -> None:
    text = '''# top = 1
first = "a # no comment"   # but this is
text = """
[not.a.table]
fake = 1
"""
raw = \'\'\'x
also = "fake" \'\'\'
[one]   # a table
list = [
  "a]", # ]
  [1, 2],
]
inner = { deep = 1, "x" = "}" }
'quoted key' = 2
a.b."c" = 3
[one.two]
last = "\\"" # "
[[many]]
n = 1
[[many]]
n = 2
'''
    file = parse_toml(Document("x.toml", text))
    assert file.lines == {
        "first": 2, "text": 3, "raw": 7, "one": 9, "one.list": 10, "one.inner": 14, "one.quoted key": 15,
        "one.a.b.c": 16, "one.a.b": 16, "one.a": 16, "one.two": 17, "one.two.last": 18, "many": 19, "many.n": 20,
    }  # fmt: skip
    assert file.line("one.inner.deep") == 14
    assert file.line("nowhere") is None


def test_unfinished_toml_names_the_last_line() -> None:
    with pytest.raises(InputError) as raised:
        parse_toml(Document("x.toml", "a = [1,\n2,\n"))
    assert raised.value.line == 3


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read") as raised:
        read(tmp_path / "no.toml")
    assert raised.value.file == str(tmp_path / "no.toml")
    with pytest.raises(InputError, match="can't be read"):
        read(tmp_path)


def test_a_large_file_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.services.inputs.text.MAX_BYTES", 3)
    with pytest.raises(InputError, match="too large"):
        decode("x", b"abcd")


def test_error_reads_as_a_place_and_what_to_do() -> None:
    with pytest.raises(InputError) as raised:
        decode("rent-roll.csv", b"a,b\r\n")
    assert str(raised.value) == (
        "rent-roll.csv:1: file has carriage returns\n"
        "  expected: UTF-8 text without byte-order mark, lines ending in LF\n"
        "  found: CRLF line ends (Windows)\n"
        "  next: convert the line ends: tr -d '\\r' < rent-roll.csv > converted"
    )


def test_did_you_mean() -> None:
    assert did_you_mean("recievable", ["receivable", "amount"]) == 'did you mean "receivable"?'
    assert did_you_mean("zzz", ["receivable"]) is None
