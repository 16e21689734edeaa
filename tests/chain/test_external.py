"""A program that signs: what it is asked, and what of its answers is taken. The program of this test knows eth-account
and nothing of ours."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ledger.chain.devkeys import dev_account
from ledger.chain.external import ExternalSigner, SignerError, program
from ledger.chain.signer import Signer
from ledger.chain.signing import Transaction
from ledger.errors import NotAllowed

ANN, BOB = dev_account(3), dev_account(4)
PROGRAM = """
import json, sys
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

request = json.loads(sys.stdin.readline())
assert request["protocol"] == "crt-signer/1"
account = Account.from_key(open(sys.argv[1]).read())
assert request["address"] == account.address
if request["method"] == "sign_message":
    made = account.sign_message(encode_defunct(hexstr=request["message"]))
elif request["method"] == "sign_typed":
    typed = request["typed"]
    made = account.sign_message(encode_typed_data(typed["domain"], typed["types"], typed["message"]))
    assert typed["primaryType"] == "Mail"
else:
    asked = request["transaction"]
    fields = {name: int(value) for name, value in asked.items() if name not in ("to", "data")}
    to = {} if asked["to"] is None else {"to": asked["to"]}
    made = account.sign_transaction({**fields, **to, "data": asked["data"], "type": 2})
v = made.v if made.v >= 27 else made.v + 27
signature = made.r.to_bytes(32, "big") + made.s.to_bytes(32, "big") + bytes([v])
print(json.dumps({"id": request["id"], "signature": "0x" + signature.hex()}))
"""
TYPES = {
    "Mail": [{"name": "to", "type": "Person"}, {"name": "sums", "type": "uint256[]"}],
    "Person": [{"name": "wallet", "type": "address"}, {"name": "id", "type": "bytes32"}],
}
MESSAGE = {"to": {"wallet": BOB.address, "id": b"1" * 32}, "sums": [2**200, 7]}
DOMAIN = {"name": "x", "chainId": 1, "verifyingContract": BOB.address}


def script(folder: Path, text: str, *args: str, seconds: float = 60) -> Signer:
    file = folder / "signer.py"
    file.write_text(text)
    return ExternalSigner(ANN.address, program([sys.executable, str(file), *args], seconds))


def answering(folder: Path, answer: str, seconds: float = 60) -> Signer:
    """A program that answers this Python expression."""
    text = f"import json, sys, time\nrequest = json.loads(sys.stdin.readline())\nprint({answer}, flush=True)\n"
    return script(folder, text, seconds=seconds)


def test_a_program_signs_what_the_key_itself_signs(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(ANN.secret().hex())
    signer = script(tmp_path, PROGRAM, str(tmp_path / "key"))
    assert signer.sign_message(b"\0hello") == ANN.sign_message(b"\0hello")
    assert signer.sign_typed(DOMAIN, TYPES, MESSAGE) == ANN.sign_typed(DOMAIN, TYPES, MESSAGE)
    for to, data in ((BOB.address, b""), (None, b"\x60" * 100_000)):  # more than a pipe holds
        tx = Transaction(1, 2, 3, 4, 50_000, to, 2**200, data)
        assert signer.sign_transaction(tx) == ANN.sign_transaction(tx)


OTHERS = BOB.sign_message(b"hello").hex()
ANOTHER = ANN.sign_message(b"other").hex()
OWN = ANN.sign_message(b"hello")
HIGH = OWN[:32] + (0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141 - int.from_bytes(OWN[32:64], "big")).to_bytes(32, "big") + bytes([55 - OWN[64]])  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (f"json.dumps({{'id': request['id'], 'signature': '0x{OTHERS}'}})", "another account's"),
        (f"json.dumps({{'id': request['id'], 'signature': '0x{ANOTHER}'}})", "of something else"),
        (f"json.dumps({{'id': 'x', 'signature': '0x{OWN.hex()}'}})", "another question"),
        (f"json.dumps({{'id': request['id'], 'signature': '0x{HIGH.hex()}'}})", "no signature"),
        (f"json.dumps({{'id': request['id'], 'signature': '0x{OWN[:64].hex()}'}})", "no signature"),
        ("json.dumps({'id': request['id'], 'signature': None})", "no signature"),
        ("json.dumps({'id': request['id']})", "no signature"),
        ("'[]'", "not of this protocol"),
        ("''", "not of this protocol"),
        ("'[' * 50000", "not of this protocol"),
        ("' ' * 100000", "not of this protocol"),
    ],
)
def test_wrong_answers_are_not_taken(tmp_path: Path, answer: str, told: str) -> None:
    with pytest.raises(SignerError, match=told) as refused:
        answering(tmp_path, answer).sign_message(b"hello")
    assert refused.value.exit_code == 1


def test_who_says_no(tmp_path: Path) -> None:
    answer = "json.dumps({'id': request['id'], 'error': {'code': 'refused', 'message': 'not\\x1b[2J today'}})"
    with pytest.raises(NotAllowed, match=r"the signer refuses: not\?\[2J today") as refused:
        answering(tmp_path, answer).sign_message(b"hello")
    assert refused.value.exit_code == 4
    with pytest.raises(SignerError, match="failed: without a reason"):
        answering(tmp_path, "json.dumps({'id': request['id'], 'error': 5})").sign_message(b"hello")


def test_who_takes_too_long_and_who_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SignerError, match="too long"):
        answering(tmp_path, "time.sleep(600)", seconds=0.5).sign_message(b"hello")
    with pytest.raises(SignerError, match="can't be started"):
        ExternalSigner(ANN.address, program([str(tmp_path / "none")], 60)).sign_message(b"hello")


def test_who_ends_without_reading(tmp_path: Path) -> None:
    with pytest.raises(SignerError, match="not of this protocol"):
        script(tmp_path, "").sign_transaction(Transaction(1, 2, 3, 4, 5, None, 0, b"\x60" * 1_000_000))
