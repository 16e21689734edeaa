"""`crt demo` as its user runs it, on the example and on other files."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.command import ROOT, crt

EXAMPLE = ROOT / "examples" / "crt01"


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """The example as it stands: the document, and the page."""
    page = tmp_path_factory.mktemp("report") / "crt01.html"
    run = crt("demo", "--json", "--report", str(page))
    assert run.returncode == 0, run.stderr
    assert "rent arrives" in run.stderr  # progress is shown while it works
    return json.loads(run.stdout), page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def on_time() -> dict[str, Any]:
    run = crt("demo", "--json", "--quiet", "--collections", str(EXAMPLE / "collections-on-time.csv"))
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return json.loads(run.stdout)


def test_rent_on_time_gives_the_published_figures(on_time: dict[str, Any]) -> None:
    # The reference case of the design: ACT/365F coupons of 90, 91, 92 and 92 days, and the XIRR of these flows.
    assert [item["paid"] for item in on_time["distributions"]] == [
        "6657534.24",
        "6731506.84",
        "6805479.45",
        "6805479.45",
    ]
    assert [item["due"] for item in on_time["distributions"]] == [item["paid"] for item in on_time["distributions"]]
    assert {item["carriedForward"] for item in on_time["distributions"]} == {"0.00"}
    assert on_time["redemption"]["amount"] == "300000000.00"
    assert on_time["xirr"] == "0.0930834594"


def test_pool_and_advance(late: tuple[dict[str, Any], str]) -> None:
    pool = late[0]["pool"]
    assert pool["presentValue"] == "428571428.68"  # 428,571,428.6833..., rounded down
    assert pool["face"] == "448828755.60"  # 12 rents of 37,402,396.30
    assert Decimal(pool["advance"]) == (Decimal("428571428.68") * 7 / 10).quantize(Decimal("0.01"), "ROUND_FLOOR")
    assert late[0]["series"]["units"] == "300000000.00"


def test_a_late_tenant_is_made_good(late: tuple[dict[str, Any], str]) -> None:
    first, second, third, fourth = late[0]["distributions"]
    assert first["carriedForward"] == "0.00"
    assert Decimal(second["paid"]) + Decimal(second["carriedForward"]) == Decimal("6731506.84")
    assert Decimal(second["carriedForward"]) > 0
    assert Decimal(third["due"]) == Decimal("6805479.45") + Decimal(second["carriedForward"])
    assert third["paid"] == third["due"]
    assert fourth["paid"] == "6805479.45"
    assert late[0]["series"]["state"] == "Redeemed"


def test_every_epoch_is_conserved_and_pro_rata(late: tuple[dict[str, Any], str]) -> None:
    for item in late[0]["distributions"]:
        amounts = [Decimal(payment["amount"]) for payment in item["payments"]]
        assert item["unclaimed"] == "0.00"
        assert sum(amounts) + Decimal(item["dust"]) == Decimal(item["paid"])
        assert 0 <= Decimal(item["dust"]) < Decimal("0.01") * len(amounts)
        for payment, amount in zip(item["payments"], amounts, strict=True):
            share = Decimal(item["paid"]) * Decimal(payment["units"]) / Decimal("300000000.00")
            assert 0 <= share - amount < Decimal("0.01")


def test_the_seller_between_record_and_payment_is_paid(late: tuple[dict[str, Any], str]) -> None:
    document = late[0]
    sale = document["sale"]
    first = {payment["holder"]: payment["units"] for payment in document["distributions"][0]["payments"]}
    second = {payment["holder"]: payment["units"] for payment in document["distributions"][1]["payments"]}
    assert document["distributions"][0]["recordDate"] <= sale["date"] < document["distributions"][0]["paymentDate"]
    assert Decimal(second[sale["seller"]]) == Decimal(first[sale["seller"]]) - Decimal(sale["units"])
    assert Decimal(second[sale["buyer"]]) == Decimal(first[sale["buyer"]]) + Decimal(sale["units"])


def test_cash_in_is_cash_out(late: tuple[dict[str, Any], str]) -> None:
    """All rent ends as coupon, principal, fees or residual; the last dust is swept to the residual."""
    document = late[0]
    rent = sum(Decimal(item["collected"]) for item in document["distributions"])
    paid = sum(Decimal(payment["amount"]) for item in document["distributions"] for payment in item["payments"])
    out = paid + Decimal(document["redemption"]["amount"]) + Decimal(document["fees"]) + Decimal(document["residual"])
    assert rent == out == Decimal("448828755.60")


def test_all_checks_hold(late: tuple[dict[str, Any], str]) -> None:
    assert len(late[0]["checks"]) > 50
    assert all(check["holds"] for check in late[0]["checks"])


def test_the_page_tells_the_same(late: tuple[dict[str, Any], str]) -> None:
    document, page = late
    for item in document["distributions"]:
        assert f"{Decimal(item['paid']):,}" in page
        assert f"{Decimal(item['residual']):,}" in page


def test_tables_tell_the_story() -> None:
    run = crt("demo", "--quiet")
    assert run.returncode == 0, run.stderr
    for figure in ("428,571,428.68", "372,491.45", "7,177,970.90", "300,000,000.00", "Redeemed", "checks hold"):
        assert figure in run.stdout


@pytest.mark.parametrize(
    ("option", "source", "change", "found"),
    [
        ("--rent-roll", "rent-roll.csv", ("35607081.27", "35607081.26"), ("terms.toml", "series.size")),
        ("--subscriptions", "subscriptions.csv", ("0.01", "0.02"), ("subscriptions.csv:8", "units")),
        ("--collections", "collections.csv", ("02-2025-02", "99-2025-02"), ("collections.csv:3", "receivable")),
        ("--terms", "terms.toml", ("soft_cap", "softcap"), ("terms.toml", "softcap")),
    ],
)
def test_bad_input_ends_with_2_and_deploys_nothing(
    tmp_path: Path, option: str, source: str, change: tuple[str, str], found: tuple[str, str]
) -> None:
    text = (EXAMPLE / source).read_text(encoding="utf-8")
    assert change[0] in text
    target = tmp_path / source
    target.write_text(text.replace(*change), encoding="utf-8")
    run = crt("demo", "--json", option, str(target))
    assert run.returncode == 2, run.stderr
    assert "deploy" not in run.stderr
    for part in (*found, "expected", "found"):
        assert part in run.stderr
    error = json.loads(run.stdout)["error"]
    assert {"message", "file", "field", "expected", "found"} <= set(error)


@pytest.mark.parametrize("name", [".", "a-file/page.html"])
def test_a_report_that_cannot_be_written_is_refused_first(tmp_path: Path, name: str) -> None:
    (tmp_path / "a-file").touch()
    run = crt("demo", "--report", str(tmp_path / name))
    assert run.returncode == 2
    assert "report can't be written" in run.stderr
    assert "deploy" not in run.stderr
    assert "Traceback" not in run.stderr


def test_a_report_does_not_overwrite_what_is_read(tmp_path: Path) -> None:
    terms = tmp_path / "terms.toml"
    terms.write_bytes((EXAMPLE / "terms.toml").read_bytes())
    run = crt("demo", "--terms", str(terms), "--report", str(terms))
    assert run.returncode == 2
    assert "a file that this run reads" in run.stderr
    assert terms.read_bytes() == (EXAMPLE / "terms.toml").read_bytes()


def test_files_that_are_not_named_are_those_beside_the_term_sheet(tmp_path: Path) -> None:
    (tmp_path / "terms.toml").write_bytes((EXAMPLE / "terms.toml").read_bytes())
    (tmp_path / "subscriptions.csv").write_text("nothing of ours\n", encoding="utf-8")
    run = crt("demo", "--terms", str(tmp_path / "terms.toml"))
    assert run.returncode == 2
    assert str(tmp_path / "subscriptions.csv") in run.stderr


def test_the_version_is_told() -> None:
    assert crt("--version").stdout == "crt 0.1.0\n"


def test_a_missing_file_is_named() -> None:
    run = crt("demo", "--terms", "no-such.toml")
    assert run.returncode == 2
    assert "no-such.toml" in run.stderr
    assert "Traceback" not in run.stderr


def test_usage_errors_end_with_2() -> None:
    run = crt("demo", "--no-such-option")
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
