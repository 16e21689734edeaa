"""What a served ledger really answers, drawn: a series of 2,000.00 at 12 %, so 20.00 of coupon a month, over its life."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from ledger.cli.draw import lists
from ledger.cli.draw.cashflow import cash_flow
from ledger.cli.draw.certificate import certificate
from ledger.cli.draw.look import Look
from ledger.cli.draw.operation import operation, problem_lines
from ledger.cli.draw.preview import preview
from ledger.cli.draw.waterfall import flow_of, held_before, waterfall
from tests.api.stage import Stage, staged
from tests.services.small import HOLDERS

ALICE, BOB, _ = (account.address for account in HOLDERS)
LOOK = Look(100, names={ALICE: "愛麗絲"})
NETWORK = "embedded, chain 20250102"


def test_a_life_is_drawn_as_it_was() -> None:
    with staged() as stage:
        first = stage.get(f"/v1/receipts/{stage.receipts[0]}")
        picture = certificate(first, stage.get("/v1/series/1"), LOOK, network=NETWORK)
        assert "1,000.00" in picture and "愛麗絲" in picture and "12% a year" in picture and "nothing yet" in picture
        stage.series.go_to(date(2025, 2, 1))
        stage.done("/v1/series/1/distributions/record", "servicer")
        rent(stage, 1)
        recorded = stage.get("/v1/series/1/distributions/0")
        assert "not funded yet" in waterfall(recorded, LOOK)
        assert "recorded" in flow(stage, date(2025, 1, 31)) and "to be funded" in flow(stage, date(2025, 2, 1))
        asked = stage.ask("POST", "/v1/series/1/distributions?dryRun=true", "servicer").json()
        told = seen(stage, asked)
        assert "- epoch 0 is funded: 20.00 CNY are set aside for holders" in told
        fall = waterfall(asked["result"], LOOK)  # what it would be
        assert re.search(r"coupon of the period +20.00", fall) and "1,600.00 in, 1,600.00 out" in fall
        stage.done("/v1/series/1/distributions", "servicer")
        assert "unpaid of epoch 0: 20.00" in flow(stage, date(2025, 2, 1))
        told = seen(stage, stage.ask("POST", "/v1/series/1/payments?dryRun=true", "servicer", json={"epoch": 0}).json())
        assert "- epoch 0 is paid to 2 holders" in told
        assert re.search(r"愛麗絲 0x\S+ +\S+ +\+10.00", told) and told.count("+10.00") == 2
        done = stage.done("/v1/series/1/payments", "servicer", {"epoch": 0})
        shown = operation(done, LOOK, network=NETWORK)
        assert shown.startswith("done  pay_holders") and re.search(r"paid +20.00 CNY", shown)
        assert all(one["hash"] in shown for one in done["transactions"])
        for number in (2, 3):
            stage.series.go_to(date(2025, number + 1, 1))
            rent(stage, number)
            stage.done("/v1/series/1/payment-dates", "servicer", {"period": number - 1})
        all_of_it(stage)


def all_of_it(stage: Stage) -> None:
    """The whole life, when it is over."""
    found = stage.get("/v1/series/1/distributions")["data"]
    for one in found:
        assert flow_of(one["waterfall"], held_before(found, one)).adds_up
    last = waterfall(found[-1], LOOK, held=held_before(found, found[-1]))
    assert re.search(r"principal repaid +2,000.00", last) and "it adds up" in last
    shown = flow(stage, date(2025, 4, 1))
    assert [line.split()[-2:] for line in shown.split("\n")].count(["2,000.00", "redeemed"]) == 1
    assert "late" not in shown.replace(" late  ", "")  # all rent came: the word is in the legend alone
    codes = {"1": "SMALL"}
    payments = stage.get("/v1/payments")["data"]
    assert re.search(r"together +2,060.00", lists.payments(payments, LOOK, codes))  # 2,000.00 and 3 times 20.00
    drawn = [
        lists.series(stage.get("/v1/series")["data"], LOOK),
        lists.subscriptions(stage.get("/v1/subscriptions")["data"], LOOK, codes),
        lists.pool(stage.get("/v1/series/1/pool")["data"], LOOK),
        lists.collections(stage.get("/v1/series/1/collections")["data"], LOOK),
        lists.distributions(found, LOOK),
        lists.operations(stage.get("/v1/operations")["data"], LOOK),
    ]
    assert all("\n" in one and not one.startswith("no ") for one in drawn)
    problem = stage.ask("POST", "/v1/series/1/distributions?dryRun=true", "servicer").json()
    assert problem_lines(problem)[0] == problem["detail"]


def test_what_a_wallet_signs_is_drawn() -> None:
    with staged() as stage:
        receipt = stage.receipts[0]
        body = {"units": [{"amount": "100.00", "currency": "CNY"}]}
        prepared = stage.ask("POST", f"/v1/receipts/{receipt}/split", "holder", json=body).json()
        told = seen(stage, prepared)
        assert f"  split(tokenId={receipt}, units=[10000])" in told
        assert re.search(r"- 100.00 CNY go from receipt \S+ No. 1 into \S+ No. 3", told)
        assert "no balance is another then" in told  # it stays with its holder


def rent(stage: Stage, number: int) -> None:
    amount = {"amount": "1600.00", "currency": "CNY"}
    stage.done("/v1/cash", "administrator", {"account": stage.ledger.deployment.operator, "amount": amount})
    body = {"collections": [{"receivable": f"R{number}-SMALL", "amount": amount}]}
    stage.done("/v1/series/1/collections", "servicer", body)


def flow(stage: Stage, today: date) -> str:
    pool, found = stage.get("/v1/series/1/pool")["data"], stage.get("/v1/series/1/distributions")["data"]
    return cash_flow(stage.get("/v1/series/1"), pool, found, LOOK, today=today)


def seen(stage: Stage, document: dict[str, Any]) -> str:
    (network,) = stage.get("/v1/networks")["data"]
    series = stage.get("/v1/series")["data"]
    text = preview(document, LOOK, network=NETWORK, series=series, contracts=network["contracts"])
    assert not re.search(r"^- \w+\(", text, re.M), text  # each event has a sentence of its own
    return text
