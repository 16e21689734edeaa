"""Documents as the API answers them, made by hand: a series of 1,000.00 with two payment dates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PICTURES = Path(__file__).parent / "pictures"
ANN, BOB = "0xBcd4042DE499D14e55001CcbB24a551F3b954096", "0x71bE63f3384f5fb98995898A86B02Fb2426c5788"
SPV, RECEIPTS = "0xbD2e71Fc7122b85B42441bfCd82aFD86224540d2", "0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F"
CASH, NOBODY = "0xC6bA8C3233eCF65B761049ef63466945c362EdD2", "0x" + "00" * 20
NAMES = {ANN: "江州銀行理財"}
NETWORK = "laptop, chain 20250102"
FIRST, SECOND = str((1 << 64) + 1), str((1 << 64) + 2)


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def series(**other: Any) -> dict[str, Any]:
    found = {
        "id": "1",
        "code": "T1",
        "currency": "CNY",
        "state": "Active",
        "contract": SPV,
        "termsHash": "0x" + "ab" * 32,
        "collected": cny("800.00"),
        "name": "東嶼智算 A100",
        "paused": False,
        "targetYield": "0.0825",
        "issueDate": "2025-01-02",
        "utcOffset": 480,
        "periods": [
            {"recordDate": "2025-03-28", "paymentDate": "2025-04-02"},
            {"recordDate": "2025-06-27", "paymentDate": "2025-07-02"},
        ],
    }
    return found | other


def receipt(**other: Any) -> dict[str, Any]:
    found = {"id": FIRST, "series": "1", "owner": ANN, "units": cny("600.00"), "frozen": False, "since": "9"}
    return found | other


def payment(amount: str, **other: Any) -> dict[str, Any]:
    place = {"id": "50-0", "block": "50", "time": "2025-04-02T01:00:00Z"}
    return place | {"series": "1", "epoch": 0, "holder": ANN, "units": cny("600.00"), "amount": cny(amount)} | other


def waterfall(**figures: Any) -> dict[str, Any]:
    names = ("available", "fee", "coupon", "due", "paid", "carriedForward", "fromReserve", "toReserve", "toSinking")
    steps: dict[str, Any] = {name: cny("0.00") for name in (*names, "repaid", "residual", "trapped", "assets")}
    steps |= {"passed": True, "done": False}
    return steps | {name: cny(value) if isinstance(value, str) else value for name, value in figures.items()}


def distribution(epoch: int = 0, **other: Any) -> dict[str, Any]:
    """The first payment date: of 500.00, 5.00 fees, 20.00 coupon, 50.00 reserve, 400.00 sinking, 25.00 residual."""
    first = waterfall(
        available="500.00",
        fee="5.00",
        coupon="20.00",
        due="20.00",
        paid="20.00",
        toReserve="50.00",
        toSinking="400.00",
        residual="25.00",
        assets="1450.00",
    )
    place = {"id": f"4{epoch}-0", "block": f"4{epoch}", "time": "2025-03-28T01:00:00Z"}
    found = {
        "series": "1",
        "epoch": epoch,
        "kind": "distribution",
        "state": "payable",
        "period": epoch,
        "units": cny("1000.00"),
        "amount": cny("20.00"),
        "paid": cny("19.99"),
        "unpaid": cny("0.00"),
        "dust": cny("0.01"),
        "unclaimed": cny("0.00"),
        "fundedAt": "2025-04-02T01:00:00Z",
        "waterfall": first,
    }
    return place | found | other


def last(**other: Any) -> dict[str, Any]:
    """The second and last one, which has the 450.00 of reserve and sinking account, too. Of 750.00 in all: 3.00 fees,
    18.00 coupon, so that 2.00 of 20.00 are carried forward, and 729.00 principal."""
    steps = waterfall(
        available="300.00", fee="3.00", coupon="20.00", due="20.00", paid="18.00", carriedForward="2.00", repaid="729.00",
        passed=False,
    )  # fmt: skip
    given = {"amount": cny("747.00"), "paid": cny("700.00"), "unpaid": cny("47.00"), "dust": cny("0.00")}
    return distribution(1, fundedAt="2025-07-02T01:00:00Z", waterfall=steps) | given | other


def rent(due: str, face: str, came: str, **other: Any) -> dict[str, Any]:
    found = {"id": "0x" + due.replace("-", "") * 8, "dueDate": due, "face": cny(face), "collected": cny(came)}
    return found | {"released": False} | other


POOL = [
    rent("2025-02-01", "250.00", "250.00"),
    rent("2025-04-01", "250.00", "255.00"),
    rent("2025-05-01", "250.00", "50.00"),
    rent("2025-07-01", "250.00", "0.00"),
]
# It arrives as follows: all of the first date, 5.00 on top; of the second date, 50.00 of the 500.00 so far.

SPLIT = {
    "result": {"receipts": [SECOND]},
    "events": [
        {"contract": RECEIPTS, "kind": "ComputeReceipt", "name": "Transfer", "args": {"from": NOBODY, "to": ANN, "tokenId": SECOND}},
        {"contract": RECEIPTS, "kind": "ComputeReceipt", "name": "SlotChanged", "args": {"tokenId": SECOND, "oldSlot": "0", "newSlot": "1"}},
        {"contract": RECEIPTS, "kind": "ComputeReceipt", "name": "TransferValue", "args": {"fromTokenId": FIRST, "toTokenId": SECOND, "value": "10050"}},
        {"contract": CASH, "kind": "SettlementCash", "name": "Transfer", "args": {"from": SPV, "to": BOB, "value": "1500000"}},
    ],
    "changes": [
        {"holder": BOB, "account": None, "asset": "cash", "of": CASH, "code": "CNYS", "amount": "1.500000"},
        {"holder": SPV, "account": None, "asset": "cash", "of": CASH, "code": "CNYS", "amount": "-1.500000"},
        {"holder": SPV, "account": "cash", "asset": "money", "of": "CNY", "code": "T1", "amount": "-1.50"},
        {"holder": SPV, "account": "payable 0", "asset": "money", "of": "CNY", "code": "T1", "amount": "-1.50"},
        {"holder": ANN, "account": None, "asset": "units", "of": "1", "code": "T1", "amount": "100.50"},
        {"holder": BOB, "account": None, "asset": "vouchers", "of": "7", "code": None, "amount": "-3"},
    ],
    "gas": "117264",
}  # fmt: skip
"""What a split and a payment would do, of which the second is not what a split does."""
