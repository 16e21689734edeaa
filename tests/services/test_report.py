"""The page of a case: complete in itself, exact, and safe whatever the files say."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.domain.money import currency
from ledger.domain.waterfall import State
from ledger.services import report
from ledger.services.distribution import Payment
from ledger.services.report import figures, svg, tables
from ledger.services.report.certificates import certificates
from ledger.services.story import Check, Story

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)></svg></style>&amp; \u202e{{ 7 * 7 }}"
VOID = {"meta", "img", "rect", "line", "br"}


class Page(HTMLParser):
    """What a browser would see: elements with attributes, and texts. Refuses elements that are not closed."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def amounts(self) -> set[str]:
        """Every amount that stands in the page as a text of its own or in a sentence."""
        return set(re.findall(r"(?<![\d.,])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\d,])", "\n".join(self.texts)))


@pytest.fixture(scope="session")
def page(crt01_story: Story) -> Page:
    return Page(report.render(crt01_story))


@pytest.fixture
def failed(crt01_story: Story) -> Story:
    """CRT01 as it would be told if only its first subscriber had come."""
    story = crt01_story
    return replace(
        story,
        case=replace(story.case, subscriptions=story.case.subscriptions[:1]),
        receipts=story.receipts[:1],
        issued_on=None,
        sale=None,
        distributions=[],
        redemption=(),
        redeemed_on=None,
        refunded=story.receipts[0][2],
        residuals=[],
        fees=0,
        state=State.FAILED,
        checks=[Check("state as in the reference model", "Failed", "Failed")],
        certificates={},
    )


def fen(amount: int) -> str:
    """Independent of ledger.domain.money."""
    digits = f"{amount:03d}"
    whole, groups = digits[:-2], []
    while len(whole) > 3:
        whole, groups = whole[:-3], [whole[-3:], *groups]
    return ",".join([whole, *groups]) + "." + digits[-2:]


def amounts_of(story: Story) -> Iterator[int]:
    yield story.case.terms.size
    yield story.case.present_value.minor
    yield story.fees
    for _, _, units in story.receipts:
        yield units
    for item in story.distributions:
        outcome, accounts = item.funding.outcome, item.funding.accounts
        yield item.collected
        for name in ("fee", "coupon", "due", "paid", "fromReserve", "toReserve", "toSinking", "repaid", "residual"):
            yield getattr(outcome, name)
        yield outcome.trapped
        for name in ("reserve", "sinking", "principal", "arrears"):
            yield getattr(accounts, name)
        for payment in item.payments:
            yield payment.amount
    for payment in story.redemption:
        yield payment.amount
    for _, residual in story.residuals:
        yield residual
    for check in story.checks:
        yield from (value for value in (check.expected, check.found) if isinstance(value, int))
    if story.sale:
        yield story.sale.units


def test_loads_nothing_and_runs_nothing(page: Page) -> None:
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "form", "base", "video", "audio", "use", "a:href"}
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("src", "href", "xlink:href", "srcset", "data", "action"):
                assert value is not None and value.startswith(("data:image/svg+xml;base64,", "#")), (tag, name)
    policy = [attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_names_nothing_outside(crt01_story: Story) -> None:
    source = report.render(crt01_story)
    assert "http://" not in source and "https://" not in source
    assert "url(" not in source and "@import" not in source


def test_shows_every_amount(crt01_story: Story, page: Page) -> None:
    missing = {fen(amount) for amount in amounts_of(crt01_story) if amount} - page.amounts
    assert missing == set()


@pytest.mark.parametrize(
    "figure",
    [
        "448,828,755.60",  # face of the pool
        "428,571,428.68",  # its present value
        "300,000,000.07",  # what may be issued against it
        "0.07",  # headroom
        "6,657,534.24",  # first coupon
        "6,359,015.39",  # what was there for the second
        "372,491.45",  # carried forward
        "7,177,970.90",  # due on the third date
        "225,000,000.00",  # sinking account before maturity
        "326,999,999.87",  # all that holders got
        "9.3054%",  # XIRR: a little below that of the year without a delay
    ],
)
def test_reference_figures(page: Page, figure: str) -> None:
    assert figure in "\n".join(page.texts)


def test_pictures_have_names(page: Page) -> None:
    for tag, attributes in page.elements:
        if tag == "img":
            assert attributes["alt"]
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or (attributes["role"], bool(attributes["aria-label"])) == (
                "img",
                True,
            )
    assert ("html", {"lang": "en"}) in page.elements


def test_is_the_same_for_the_same_story(crt01_story: Story) -> None:
    assert report.render(crt01_story) == report.render(crt01_story)


def test_escapes_every_text_from_outside(crt01_story: Story) -> None:
    story, case = crt01_story, crt01_story.case
    hostile = replace(
        story,
        case=replace(
            case,
            terms=replace(case.terms, code=HOSTILE, name=HOSTILE, originator=HOSTILE),
            receivables=tuple(replace(item, lessee=HOSTILE) for item in case.receivables),
            subscriptions=tuple(replace(item, subscriber=HOSTILE, jurisdiction=HOSTILE) for item in case.subscriptions),
        ),
        names=dict.fromkeys(story.names, HOSTILE),
        checks=[replace(check, name=HOSTILE) for check in story.checks],
        certificates={holder: _certificate(HOSTILE, "data:image/svg+xml;base64,PHN2Zy8+") for holder in story.names},
    )
    source = report.render(hostile)
    assert "<script" not in source and "<img src=x" not in source and "49" not in re.findall(r"\u202e(\d+)", source)
    tags = [tag for tag, _ in Page(source).elements]
    assert "script" not in tags and tags.count("img") == len(story.receipts)
    assert source.count("</style>") == 1


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "javascript:alert(1)",
        "https://example.org/1.json",
        "data:application/json;base64,***",
        "data:application/json;base64,W10=",
        "data:application/json;base64,/w==",
    ],
)
def test_leaves_out_a_certificate_of_another_kind(crt01_story: Story, uri: str) -> None:
    holder = crt01_story.receipts[0][0]
    (found,) = certificates(replace(crt01_story, certificates={holder: uri}))
    assert found.image is None and found.title == "CRT01 No. 1"


@pytest.mark.parametrize(
    "image",
    [
        "https://example.org/1.svg",
        "data:text/html;base64,PHN2Zy8+",
        "data:image/svg+xml;base64,PGh0bWw+",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "data:image/svg+xml;base64,!",
        None,
        7,
    ],
)
def test_leaves_out_a_picture_of_another_kind(crt01_story: Story, image: object) -> None:
    holder = crt01_story.receipts[0][0]
    story = replace(crt01_story, certificates={holder: _certificate("A", image)})
    assert [item.image for item in certificates(story)] == [None]
    assert "not a picture that can be shown" in report.render(story)


def test_failed_offering(failed: Story) -> None:
    page = Page(report.render(failed))
    text = "\n".join(page.texts)
    assert "The offering failed" in text and "100,000,000.00" in page.amounts and "240,000,000.00" in page.amounts
    assert "Waterfall" not in text and "Distributions" not in text
    assert not [tag for tag, _ in page.elements if tag == "img"]


def test_nobody_came(failed: Story) -> None:
    nobody = replace(failed, receipts=[], refunded=0, checks=[], case=replace(failed.case, subscriptions=()))
    text = "\n".join(Page(report.render(nobody)).texts)
    assert "Nobody subscribed." in text and "Nothing was compared." in text


def test_says_first_what_does_not_hold(crt01_story: Story) -> None:
    checks = [*crt01_story.checks, Check("cash is there", 500, 499)]
    text = "\n".join(Page(report.render(replace(crt01_story, checks=checks))).texts)
    assert f"1 of {len(checks)} checks do not hold" in text and "4.99" in text and "differs" in text


@pytest.mark.parametrize("state", [State.ACTIVE, State.ACCELERATED, State.DEFAULTED])
def test_unfinished_story(crt01_story: Story, state: State) -> None:
    cut = replace(
        crt01_story, distributions=crt01_story.distributions[:2], redemption=(), redeemed_on=None, state=state
    )
    text = "\n".join(Page(report.render(cut)).texts)
    assert state.value in text and "not redeemed" in text and "this has not been made good" in text
    assert "300,000,000.00 of principal is outstanding" in text.replace("\n", "")


def test_nothing_left_in_a_waterfall(crt01_story: Story) -> None:
    steps = figures.steps(crt01_story)
    assert [step.sources for step in steps] == [step.uses for step in steps]
    assert [step.dust for step in steps] == [2, 4, 2, 3]
    assert (steps[2].arrears_paid, steps[2].coupon_paid) == (37_249_145, 680_547_945)
    assert (steps[3].from_reserve, steps[3].from_sinking) == (100_000_000, 22_500_000_000)


def test_matrix_adds_up(crt01_story: Story) -> None:
    story = crt01_story
    holders, steps = figures.holders(story), figures.steps(story)
    blocks = tables.payment_blocks(holders, steps, story.redeemed_on, story.case.terms.currency)
    sums = [cell for block in blocks for cell in block.rows[-1].cells]
    assert sums[-1] == sum(sums[:-1]) == figures.total_paid(story) == 32_699_999_987


def test_wide_tables_are_cut_into_blocks(crt01_story: Story) -> None:
    steps = [replace(step, number=number) for number, step in enumerate(figures.steps(crt01_story) * 15, 1)]
    blocks = tables.statement_blocks(steps, currency("CNY"))
    assert sum(len(block.columns) for block in blocks) == 61 and max(len(block.columns) for block in blocks) <= 8
    assert {len(row.cells) for block in blocks for row in block.rows if row.kind != "head"} <= {
        len(block.columns) for block in blocks
    }


def test_currency_without_decimals(crt01_story: Story) -> None:
    yen = currency("JPY")
    case = replace(crt01_story.case, terms=replace(crt01_story.case.terms, currency=yen))
    amounts = Page(report.render(replace(crt01_story, case=case))).amounts
    assert "30,000,000,000" in amounts and "300,000,000.00" not in amounts


def test_months_tell_late_rent(crt01_story: Story) -> None:
    case = crt01_story.case
    found = {item.first: item for item in figures.months(case.receivables, case.collections)}
    may, july = found[date(2025, 5, 1)], found[date(2025, 7, 1)]
    assert may.due == 3_740_239_630 and may.collected < may.due // 10 and may.late == 0
    # All of the anchor's May to July rent came after July's first; its July rent did so in August.
    assert july.late == 2 * 3_560_708_127
    assert sum(item.due for item in found.values()) == sum(item.collected for item in found.values())


def test_lessees_wait_for_the_late_one(crt01_story: Story) -> None:
    first, *others = figures.lessees(crt01_story.case.receivables, crt01_story.case.collections)
    assert (first.machines, first.rents, first.open, first.delay) == (952, 12, 0, 75)
    assert {item.delay for item in others} == {0}


def test_no_yield_without_an_issue(failed: Story) -> None:
    assert figures.yield_of(failed) is None


@pytest.mark.parametrize("top", [1, 3, 7, 10, 99, 12_345, 300_000_000_00, 2**63])
def test_ticks_are_few_and_reach_the_top(top: int) -> None:
    found = svg.ticks(top)
    assert found[0] == 0 and found[-1] >= top and found[-2] < top and 2 <= len(found) <= 6
    assert len({b - a for a, b in pairwise(found)}) == 1


@pytest.mark.parametrize(
    ("minor", "code", "shown"),
    [
        (665_753_424, "CNY", "665.8萬"),
        (30_000_000_000, "CNY", "3億"),
        (665_753_424, "USD", "6.658m"),
        (50_000, "JPY", "5萬"),
        (9_999, "JPY", "9,999"),
        (1, "CNY", "0.01"),
        (0, "USD", "0"),
    ],
)
def test_short_amounts(minor: int, code: str, shown: str) -> None:
    assert svg.short_amount(minor, currency(code)) == shown


def test_unclaimed_money_is_not_called_dust(crt01_story: Story) -> None:
    first = crt01_story.distributions[0]
    story = replace(
        crt01_story, distributions=[replace(first, payments=first.payments[1:]), *crt01_story.distributions[1:]]
    )
    text = "\n".join(Page(report.render(story)).texts)
    assert "Dust and unclaimed" in text and "not claimed or left by rounding" in text


def test_holder_without_a_name(crt01_story: Story) -> None:
    stranger = Payment(0, "0x" + "1" * 40, 1, 12_345)
    first = crt01_story.distributions[0]
    item = replace(first, payments=(*first.payments, stranger))
    page = Page(report.render(replace(crt01_story, distributions=[item, *crt01_story.distributions[1:]])))
    assert "123.45" in page.amounts


def test_reads_the_story_only(crt01_story: Story) -> None:
    """No chain is asked: a series that can do nothing but say who it is will do."""
    series: Any = SimpleNamespace(code=crt01_story.series.code, spv=SimpleNamespace(address="0x" + "2" * 40))
    assert "0x" + "2" * 40 in report.render(replace(crt01_story, series=series))


def test_writes_the_page(crt01_story: Story, tmp_path: Path) -> None:
    path = report.write(crt01_story, tmp_path / "crt01.html")
    assert path.read_text(encoding="utf-8") == report.render(crt01_story)
    assert [item.name for item in tmp_path.iterdir()] == ["crt01.html"]


def _certificate(name: str, image: object) -> str:
    content = json.dumps({"name": name, "image": image}).encode()
    return "data:application/json;base64," + base64.b64encode(content).decode()
