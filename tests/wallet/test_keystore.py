"""Keystores: the vectors of the Web3 Secret Storage text, `cast` as second implementation, and damaged files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.devkeys import dev_account
from ledger.chain.signing import message_digest, recover
from ledger.errors import InputError, NotAllowed
from ledger.wallet import keystore
from tests.nodes import foundry_binary

ANN = dev_account(3)
KEY = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
SCRYPT: dict[str, Any] = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32,
            "n": 262144,
            "p": 8,
            "r": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
        },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}
PBKDF2: dict[str, Any] = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}


@pytest.mark.parametrize("document", [SCRYPT, PBKDF2], ids=["scrypt", "pbkdf2"])
def test_the_vectors_of_the_definition(document: dict[str, Any]) -> None:
    assert keystore.decrypt(document, "testpassword", "x").secret().hex() == KEY
    with pytest.raises(NotAllowed) as refused:
        keystore.decrypt(document, "testpasswors", "x")
    assert refused.value.exit_code == 4 and refused.value.__context__ is None


def changed(**changes: Any) -> dict[str, Any]:
    """The vector, with these parts of ``crypto`` (or of ``kdfparams``) as they are given."""
    made = json.loads(json.dumps(SCRYPT))
    for name, value in changes.items():
        place = made["crypto"]["kdfparams"] if name in made["crypto"]["kdfparams"] else made["crypto"]
        place[name] = value
    return dict(made)


@pytest.mark.parametrize(
    "document",
    [
        changed(n=2**30),
        changed(p=2**20),
        changed(n=262143),
        changed(n="262144"),
        changed(n=-1),
        changed(dklen=16),
        changed(salt="xyz"),
        changed(kdf="argon2"),
        changed(cipherparams=None),
        changed(kdfparams=[]),
        changed(mac=None),
        {**SCRYPT, "address": ANN.address},
        {"version": 3, "crypto": None},
    ],
)
def test_damaged_and_dangerous_ones_are_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="damaged") as refused:
        keystore.decrypt(document, "testpassword", "here.json")
    assert refused.value.file == "here.json" and refused.value.__context__ is None and KEY not in str(refused.value)


def test_what_is_encrypted_is_read_again_and_is_never_the_same() -> None:
    one, other = (json.loads(keystore.encrypt(ANN, "pässwörd 1")) for _ in range(2))
    assert one["crypto"]["ciphertext"] != other["crypto"]["ciphertext"]
    assert one["crypto"]["kdf"] == "scrypt" and one["crypto"]["kdfparams"]["n"] == 262_144
    assert keystore.address_of(one, "x") == ANN.address
    assert keystore.decrypt(one, "pässwörd 1", "x") == ANN


def cast(*args: str, home: Path) -> str:
    binary = foundry_binary("cast")
    if binary is None:
        pytest.skip("cast is not installed: npm ci in contracts/")
    done = subprocess.run([binary, *args], env={"HOME": str(home)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_cast_reads_our_keystore_and_signs_the_same(tmp_path: Path) -> None:
    (tmp_path / "ann.json").write_text(keystore.encrypt(ANN, "a password"))
    (tmp_path / "password").write_text("a password")
    opened = ("--keystore", str(tmp_path / "ann.json"), "--password-file", str(tmp_path / "password"))
    assert cast("wallet", "address", *opened, home=tmp_path) == ANN.address
    signature = cast("wallet", "sign", "hello, 世界", *opened, home=tmp_path)
    assert signature == f"0x{ANN.sign_message('hello, 世界'.encode()).hex()}"


def test_we_read_casts_keystore(tmp_path: Path) -> None:
    cast("wallet", "new", str(tmp_path), "theirs", "--unsafe-password", "a password", home=tmp_path)
    document = json.loads((tmp_path / "theirs").read_text())
    account = keystore.decrypt(document, "a password", "x")
    opened = ("--keystore", str(tmp_path / "theirs"), "--password", "a password")
    assert cast("wallet", "address", *opened, home=tmp_path) == account.address
    signature = bytes.fromhex(cast("wallet", "sign", "x", *opened, home=tmp_path)[2:])
    assert recover(message_digest(b"x"), signature) == account.address
