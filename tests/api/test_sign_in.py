"""Signing in with a wallet: who has signed the right text, now, for here, comes in as that wallet; and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import solcx
from eth_account import Account as EthAccount
from eth_account.messages import encode_defunct
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.chain.artifacts import Contract
from ledger.chain.devkeys import dev_account
from ledger.chain.primitives import create_address
from ledger.chain.signing import Account
from ledger.engine.operations import Operation, Step
from ledger.errors import InputError
from ledger.services.audit import newest
from ledger.services.ledger import Ledger
from ledger.services.signing_in import parse
from tests.api.stage import Stage, staged
from tests.nodes import ROOT
from tests.services.small import HOLDERS

DOMAIN = "127.0.0.1:8000"
ALICE, BOB, CAROL = HOLDERS
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

# The three examples of EIP-4361, as they stand there.
EXAMPLES = {
    "implicit scheme": """example.com wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json""",
    "explicit port": """example.com:3388 wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json""",
    "explicit scheme": """https://example.com wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json""",
}
# Wallets that answer for themselves (ERC-1271): by an owner's signature, in ways that are no answer, or without end.
WALLET = """
// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
contract Wallet {
    address immutable OWNER;
    uint256 immutable MANNER;
    constructor(address owner, uint256 manner) { (OWNER, MANNER) = (owner, manner); }
    function isValidSignature(bytes32 digest, bytes calldata s) external view returns (bytes32) {
        bytes32 yes = bytes32(bytes4(0x1626ba7e));
        if (MANNER == 1) return yes | bytes32(uint256(1));
        if (MANNER == 2) revert("no");
        if (MANNER == 3) while (true) { digest = keccak256(abi.encode(digest)); }
        address who = ecrecover(digest, uint8(s[64]), bytes32(s[:32]), bytes32(s[32:64]));
        return who == OWNER ? yes : bytes32(0);
    }
}
"""


def at(seconds: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def nonce(stage: Stage) -> str:
    answer = stage.client.post("/v1/sign-in/nonce")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["domain"], body["chainId"]) == (DOMAIN, str(stage.ledger.node.chain_id()))
    return str(body["nonce"])


def text(stage: Stage, address: str, **other: Any) -> str:
    """A text as a wallet would write it; of its fields any may be another one, or missing (None)."""
    fields = {
        "URI": f"http://{DOMAIN}/",
        "Version": "1",
        "Chain ID": str(stage.ledger.node.chain_id()),
        "Nonce": other.pop("nonce", None) or nonce(stage),
        "Issued At": at(),
    } | {name.replace("_", " "): value for name, value in other.items() if name not in ("domain", "statement", "head")}
    head = f"{other.get('domain', DOMAIN)} wants you to sign in with your Ethereum account:\n{address}\n\n"
    statement = other.get("statement", "See my receipts.")
    order = ["URI", "Version", "Chain ID", "Nonce", "Issued At", "Expiration Time", "Not Before", "Request ID"]
    lines = [f"{name}: {fields[name]}" for name in order if fields.get(name) is not None]
    return head + (f"{statement}\n" if statement else "") + "\n" + "\n".join(lines)


def signed(message: str, account: Account) -> bytes:
    """By another implementation than ours."""
    return bytes(EthAccount.sign_message(encode_defunct(text=message), account.secret()).signature)


def enter(stage: Stage, message: str, signature: bytes, status: int = 200) -> Any:
    answer = stage.client.post("/v1/sign-in", json={"message": message, "signature": "0x" + signature.hex()})
    assert answer.status_code == status, (answer.text, message)
    return answer.json()


def refused(stage: Stage, message: str, field: str, account: Account = ALICE) -> str:
    """It is, for a fault in that field; says in which words."""
    body = enter(stage, message, signed(message, account), 422)
    (found,) = body["errors"]
    assert found["field"] == field, body
    return str(body["detail"])


def test_a_wallet_signs_in_and_out(stage: Stage) -> None:
    message = text(stage, ALICE.address)
    body = enter(stage, message, signed(message, ALICE))
    assert body["wallet"] == ALICE.address
    left = datetime.fromisoformat(body["expiresAt"]) - datetime.now(UTC)
    assert timedelta(hours=7) < left <= timedelta(hours=8)
    (last,) = newest(stage.ledger.database, 1)
    assert (last["command"], last["detail"], last["result"]) == ("make_session", {"wallet": ALICE.address}, "done")
    shown = {"Authorization": f"Bearer {body['token']}"}
    found = stage.client.get("/v1/receipts", headers=shown).json()["data"]
    assert [one["owner"] for one in found] == [ALICE.address]
    assert stage.client.delete("/v1/sign-in", headers=shown).status_code == 204
    assert stage.client.get("/v1/receipts", headers=shown).status_code == 401
    assert stage.client.delete("/v1/sign-in", headers=shown).status_code == 401


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_standard_s_examples_are_read(name: str) -> None:
    found = parse(EXAMPLES[name])
    assert found.address == "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
    assert found.domain == ("example.com:3388" if name == "explicit port" else "example.com")
    assert (found.uri, found.chain_id, found.nonce) == ("https://example.com/login", 1, "32891756")
    assert found.issued_at == datetime(2021, 9, 30, 16, 25, 24, tzinfo=UTC)
    assert (found.expires_at, found.not_before) == (None, None)


def changes() -> Iterator[tuple[str, str, str]]:
    """Texts that are none, each by one change."""
    good = EXAMPLES["implicit scheme"]
    yield "CRLF", "\n", "\r\n"
    for name in ("URI", "Version", "Chain ID", "Nonce", "Issued At"):
        line = re.search(rf"^{name}: .*\n", good, re.M)
        assert line is not None
        yield f"without {name}", line[0], ""
        yield f"{name} twice", line[0], 2 * line[0]
        yield f"{name} in small letters", name, name.lower()
    yield "lines in another order", "Version: 1\nChain ID: 1\n", "Chain ID: 1\nVersion: 1\n"
    yield "CR in the statement", "Terms of Service", "Terms\rof Service"
    yield "a statement in other letters", "Terms", "Tеrms"  # a Cyrillic е
    yield "a statement of two lines", "Terms of", "Terms\nof"
    yield "no blank line before the statement", "Cc2\n\n", "Cc2\n"
    yield "no blank line after the statement", "tos\n\n", "tos\n"
    yield "another blank line", "Version", "\nVersion"
    yield "a blank at an end", "Version: 1", "Version: 1 "
    yield "a URI that is none", "URI: https://example.com/login", "URI: example"
    yield "a control character in the URI", "/login", "/lo\x00gin"
    yield "digits of another script", "2021-09-30", "٢٠٢١-09-30"
    yield "a day that is none", "2021-09-30", "2021-02-30"
    yield "a time without a zone", "16:25:24Z", "16:25:24"
    yield "a short nonce", "32891756", "3289175"
    yield "a nonce of other characters", "32891756", "3289175_"
    yield "another version", "Version: 1", "Version: 2"
    yield "a chain that is no number", "Chain ID: 1", "Chain ID: 0x1"
    yield "a path in the domain", "example.com wants", "example.com/x wants"
    yield "a user in the scheme", "example.com wants", "//example.com wants"
    yield "an address in small letters", "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "0x" + "c0" * 20
    yield "a wrong checksum", "0xC02aaA", "0xc02aaA"
    yield "a digit less in the address", "Cc2\n", "Cc\n"


@pytest.mark.parametrize(("old", "new"), [pytest.param(old, new, id=name) for name, old, new in changes()])
def test_a_text_that_is_another_one_is_none(old: str, new: str) -> None:
    changed = EXAMPLES["implicit scheme"].replace(old, new)
    assert changed != EXAMPLES["implicit scheme"]
    with pytest.raises(InputError):
        parse(changed)


@pytest.mark.parametrize("end", ["\n", " ", "\nEvil: 1", "\n- not a URI", "\r", "\nRequest ID: 1", "\x00"])
def test_nothing_comes_after_the_text(end: str) -> None:
    with pytest.raises(InputError):
        parse(EXAMPLES["implicit scheme"] + end)


def test_each_field_has_to_be_right(stage: Stage) -> None:
    mine = ALICE.address
    for other in ("evil.example", "127.0.0.1", "127.0.0.1:8001", "127.0.0.1:8000.evil.example"):
        assert "another service" in refused(stage, text(stage, mine, domain=other), "domain")
    assert "another service" in refused(stage, text(stage, mine, Chain_ID="1"), "message.Chain ID")
    refused(stage, text(stage, mine, nonce="12345678"), "message.Nonce")
    refused(stage, text(stage, mine, Issued_At=at(120)), "message.Issued At")
    assert "too long ago" in refused(stage, text(stage, mine, Issued_At=at(-600)), "message.Issued At")
    for other in ("evil.example", f"{DOMAIN}@evil.example", "127.0.0.1:8001", f"evil.example/{DOMAIN}"):
        assert "another service" in refused(stage, text(stage, mine, URI=f"https://{other}/login"), "message.URI")
    refused(stage, text(stage, mine, Expiration_Time=at(-1)), "message.Expiration Time")
    refused(stage, text(stage, mine, Not_Before=at(120)), "message.Not Before")
    refused(stage, text(stage, mine, Version="2"), "message.Version")
    refused(stage, text(stage, mine).replace("\n", "\r\n"), "message")
    refused(stage, text(stage, mine.lower()), "message")
    refused(stage, text(stage, mine), "signature", BOB)
    (last,) = newest(stage.ledger.database, 1)
    assert last["command"] == "make_session" and last["result"] == "InputError: the wallet has not signed this"


def test_offsets_and_fractions_of_time_are_read(stage: Stage) -> None:
    east = datetime.now(UTC) + timedelta(hours=8)
    message = text(stage, ALICE.address, Issued_At=east.strftime("%Y-%m-%dT%H:%M:%S.123456789+08:00"), statement="")
    enter(stage, message, signed(message, ALICE))


def test_a_nonce_is_good_once_whatever_came_of_it(stage: Stage) -> None:
    message = text(stage, ALICE.address)
    enter(stage, message, signed(message, BOB), 422)
    assert "number" in refused(stage, message, "message.Nonce")
    message = text(stage, ALICE.address)
    enter(stage, message, signed(message, ALICE))
    assert "number" in refused(stage, message, "message.Nonce")


def test_a_nonce_is_not_good_for_long() -> None:
    with staged(works=False) as stage:
        rules = stage.client.app.state.service.sign_in  # type: ignore[attr-defined]
        object.__setattr__(rules, "nonce_lasts", timedelta(0))
        assert "too old" in refused(stage, text(stage, ALICE.address), "message.Nonce")


def test_a_session_ends_with_the_text(stage: Stage) -> None:
    message = text(stage, ALICE.address, Expiration_Time=at(600))
    until = datetime.fromisoformat(enter(stage, message, signed(message, ALICE))["expiresAt"])
    assert until - datetime.now(UTC) <= timedelta(seconds=600)


def test_other_forms_of_a_signature_are_none(stage: Stage) -> None:
    """High s (the same signature, spelt otherwise), a short one, one with other v, nothing at all."""

    def high(signature: bytes) -> bytes:
        s = ORDER - int.from_bytes(signature[32:64], "big")
        return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])

    for change in (high, lambda one: one[:64], lambda one: one + b"\0", lambda one: one[:64] + b"\x1d"):
        message = text(stage, ALICE.address)
        body = enter(stage, message, change(signed(message, ALICE)), 422)
        assert body["errors"][0]["field"] == "signature"
    for wrong in ("", "0x", "0x0", "ab" * 65, "0x" + "zz" * 65, "0x" + "ab" * 5_000):
        answer = stage.client.post("/v1/sign-in", json={"message": "x", "signature": wrong})
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "signature"


def wallet(ledger: Ledger, owner: str, manner: int) -> str:
    """A contract that answers for its owner."""
    compiled = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {"Wallet.sol": {"content": WALLET}},
            "settings": {"evmVersion": "prague", "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}}},
        },
        solc_binary=ROOT / "contracts" / "bin" / "solc",
    )["contracts"]["Wallet.sol"]["Wallet"]
    code = {"bytecode": "0x" + compiled["evm"]["bytecode"]["object"], "deployedBytecode": "0x"}
    made = Contract.from_artifact({"contractName": "Wallet", "abi": compiled["abi"], **code})
    address = create_address(CAROL.address, ledger.node.nonce(CAROL.address))
    step = Step(None, made.creation(owner, manner))
    ledger.sender.submit(Operation("deploy", f"wallet/{address}", CAROL.address, (step,)))
    return address


def test_a_wallet_that_is_a_contract_answers_for_itself(stage: Stage) -> None:
    address = wallet(stage.ledger, BOB.address, 0)
    message = text(stage, address)
    body = enter(stage, message, signed(message, BOB))
    assert body["wallet"] == address
    message = text(stage, address)
    enter(stage, message, signed(message, ALICE), 422)


@pytest.mark.parametrize("manner", [1, 2, 3], ids=["another answer", "it reverts", "it never ends"])
def test_a_contract_that_does_not_say_yes_says_no(stage: Stage, manner: int) -> None:
    message = text(stage, wallet(stage.ledger, BOB.address, manner))
    body = enter(stage, message, signed(message, BOB), 422)
    assert body["errors"][0]["field"] == "signature"


def test_a_contract_that_knows_no_signatures_signs_in_nobody(stage: Stage) -> None:
    for address in (
        stage.ledger.deployment.operator,
        stage.ledger.deployment.vouchers,
        stage.ledger.deployment.receipts,
    ):
        message = text(stage, address)
        enter(stage, message, signed(message, ALICE), 422)


@settings(max_examples=60, deadline=None)
@given(
    signer=st.integers(0, 5),
    claimed=st.integers(0, 5),
    swap=st.booleans(),
    flip=st.one_of(st.none(), st.integers(0, 65 * 8 - 1)),
)
def test_a_session_belongs_to_the_signer(stage: Stage, signer: int, claimed: int, swap: bool, flip: int | None) -> None:
    """Whatever is signed, claimed, swapped or flipped: who comes in is who has signed this very text."""
    message = text(stage, dev_account(10 + claimed).address)
    by = dev_account(10 + signer)
    signature = bytearray(signed(message, by))
    if flip is not None:
        signature[flip // 8] ^= 1 << flip % 8
    sent = message.replace(dev_account(10 + claimed).address, by.address) if swap else message
    answer = stage.client.post("/v1/sign-in", json={"message": sent, "signature": "0x" + signature.hex()})
    good = sent == message and by.address in sent and flip is None
    assert answer.status_code == (200 if good else 422), answer.text
    if good:
        shown = {"Authorization": f"Bearer {answer.json()['token']}"}
        assert answer.json()["wallet"] == by.address
        owners = {one["owner"] for one in stage.client.get("/v1/receipts", headers=shown).json()["data"]}
        assert owners <= {by.address}
