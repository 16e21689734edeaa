"""`crt wallet` as people use it: on a real terminal, in scripts, and as the account of other commands."""

from __future__ import annotations

import json
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ledger.chain.devkeys import DEV_MNEMONIC, derive, dev_account
from ledger.cli.app import app
from ledger.errors import InputError, LedgerError, NotAllowed
from ledger.wallet import keystore
from ledger.wallet.agents import Agents
from tests.command import crt
from tests.wallet.terminal import terminal

ANN, BOB = dev_account(3), dev_account(4)
PASSWORD = "correct horse"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    made = tmp_path / "home"
    monkeypatch.setenv("CRT_HOME", str(made))
    monkeypatch.delenv("CRT_PASSWORD_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    yield made
    Agents(made).lock_all()


@pytest.fixture
def password(home: Path, tmp_path: Path) -> Path:
    return private(tmp_path / "password", PASSWORD + "\n")


@pytest.fixture
def ann(home: Path, tmp_path: Path, password: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wallet that is cheap to open: a second for each time is for others to wait."""
    monkeypatch.setattr(keystore, "WORK", 1024)
    key = private(tmp_path / "key", ANN.secret().hex())
    run("import", "ann", "--from", str(key), "--password-file", str(password))
    return home / "wallets" / "ann.json"


def private(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def run(*args: str, given: str | None = None) -> dict[str, Any]:
    """The document of a `crt wallet` command in this process; it must succeed."""
    result = CliRunner().invoke(app, ["wallet", *args, "--json"], input=given)
    assert result.exit_code == 0, (result.output, result.exception)
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def fails(*args: str, given: str | None = None) -> LedgerError:
    result = CliRunner().invoke(app, ["wallet", *args], input=given)
    assert isinstance(result.exception, LedgerError), (result.output, result.exception)
    return result.exception


# --- On a terminal ---------------------------------------------------------------------------------------------------


def words_shown(seen: str) -> list[str]:
    return [word for _, word in re.findall(r"^ +(\d+)  ([a-z]+)\r$", seen, flags=re.MULTILINE)]


def test_a_new_wallet_shows_its_words_once_and_asks_for_some(home: Path) -> None:
    with terminal("wallet", "new", "treasury", "--words", "24", home=home) as screen:
        screen.until("Press Enter")
        words = words_shown(screen.seen)
        assert len(words) == 24
        screen.types("")
        for _ in range(3):
            screen.types(words[int(screen.until(r"Word (\d+): ")[1]) - 1])
        screen.answers(("password for treasury: ", PASSWORD), ("again: ", PASSWORD))
        address = screen.until(r"0x[0-9a-fA-F]{40}")[0]
        assert screen.ends() == 0
        after = screen.seen.split("\x1b[?1049l")[1]
    assert address == derive(" ".join(words), 0).address
    assert PASSWORD not in screen.seen and not set(words) & set(re.findall(r"[a-z]+", after.split("treasury")[0]))
    document = json.loads((home / "wallets" / "treasury.json").read_text())
    assert keystore.decrypt(document, PASSWORD, "x").address == address


def test_words_that_are_not_repeated_keep_nothing(home: Path) -> None:
    with terminal("wallet", "new", "treasury", home=home) as screen:
        screen.answers(("Press Enter", ""), *[(r"Word \d+: ", "zzz")] * 3)
        assert screen.ends() == 2 and "nothing was kept" in screen.seen
    assert not home.exists()


@pytest.mark.parametrize("typed", [DEV_MNEMONIC, derive(DEV_MNEMONIC, 0).secret().hex()], ids=["words", "key"])
def test_what_is_imported_is_typed_without_echo(home: Path, typed: str) -> None:
    with terminal("wallet", "import", "dev", home=home) as screen:
        screen.answers(("private key: ", typed), ("password for dev: ", PASSWORD), ("again: ", "other"))
        screen.answers(("not the same.*password for dev: ", PASSWORD), ("again: ", PASSWORD))
        screen.until("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
        assert screen.ends() == 0
    assert PASSWORD not in screen.seen and typed[:20] not in screen.seen and "junk" not in screen.seen


def test_a_password_that_is_typed_and_one_that_is_wrong(ann: Path, home: Path) -> None:
    with terminal("wallet", "sign", "ann", "--message", "hello", home=home) as screen:
        screen.answers(("password of ann: ", PASSWORD))
        screen.until("0x" + ANN.sign_message(b"hello").hex())
        assert screen.ends() == 0
    with terminal("wallet", "sign", "ann", "--message", "hello", home=home) as screen:
        screen.answers(("password of ann: ", "wrong horse"))
        assert screen.ends() == 4
    assert "the password is wrong" in screen.seen and "wrong horse" not in screen.seen


def test_a_key_is_shown_after_it_is_asked_for_twice(ann: Path, home: Path) -> None:
    with terminal("wallet", "export", "ann", "--private-key", home=home) as screen:
        screen.answers(("Type yes", "yes"), ("Type ann", "yes"))
        assert screen.ends() == 2
    assert ANN.secret().hex() not in screen.seen
    with terminal("wallet", "export", "ann", "--private-key", home=home) as screen:
        screen.answers(("Type yes", "yes"), ("Type ann", "ann"), ("password of ann: ", PASSWORD))
        screen.until(ANN.secret().hex())
        assert screen.ends() == 0


def test_removing_asks_for_the_name(ann: Path, home: Path) -> None:
    with terminal("wallet", "remove", "ann", home=home) as screen:
        screen.answers(("Type ann", "y"))
        assert screen.ends() == 2 and ann.exists()
    with terminal("wallet", "remove", "ann", home=home) as screen:
        screen.answers(("Type ann", "ann"))
        assert screen.ends() == 0 and not ann.exists()


# --- In scripts ------------------------------------------------------------------------------------------------------


def test_without_a_terminal_it_says_what_else_there_is(ann: Path) -> None:
    for command, names in [
        (("new", "other"), "--no-words"),
        (("new", "other", "--no-words"), "CRT_PASSWORD_FILE"),
        (("import", "other"), "--from"),
        (("sign", "ann", "--message", "x"), "crt wallet unlock ann"),
        (("remove", "ann"), "--yes"),
        (("export", "ann"), "--yes"),
        (("export", "ann", "--private-key", "--yes"), "--out"),
    ]:
        error = fails(*command)
        assert isinstance(error, InputError) and error.exit_code == 2 and names in str(error), command
    assert ann.exists()


def test_errors_are_documents_too(ann: Path) -> None:
    done = crt("wallet", "show", "nobody", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["schema"] == "crt-error/1"
    private(ann.parent.parent.parent / "wrong", "wrong horse")
    done = crt("wallet", "sign", "ann", "--message", "x", "--json", "--password-file", "wrong", cwd=ann.parents[2])
    assert done.returncode == 4 and json.loads(done.stdout)["error"]["type"] == "NotAllowed"


def test_the_life_of_a_wallet_in_a_script(ann: Path, password: Path, tmp_path: Path) -> None:
    own = ("--password-file", str(password))
    made = run("new", "fresh", "--no-words", *own)
    assert made["schema"] == "crt-wallet/1" and made["kind"] == "key"
    run("watch", "vault", BOB.address.lower())
    run("contact", "bank", BOB.address)
    assert [(one["name"], one["kind"]) for one in run("list")["wallets"]] == [
        ("ann", "key"),
        ("bank", "contact"),
        ("fresh", "key"),
        ("vault", "watch"),
    ]
    assert run("show", "vault")["address"] == BOB.address
    run("rename", "vault", "safe")
    out = tmp_path / "out.json"
    run("export", "ann", "--out", str(out), "--yes")
    assert out.read_bytes() == ann.read_bytes() and stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "already" in fails("export", "ann", "--out", str(out), "--yes").message
    assert "wallet-removed" in run("remove", "ann", "--yes")["schema"]
    run("import", "again", "--from", str(out), *own)
    assert run("show", "again")["address"] == ANN.address
    run("import", "words", "--from", "-", "--index", "7", *own, given=DEV_MNEMONIC)
    assert run("show", "words")["address"] == dev_account(7).address


def test_what_is_signed_is_verified(ann: Path, password: Path, tmp_path: Path) -> None:
    own = ("--password-file", str(password))
    types = {"EIP712Domain": [{"name": "name", "type": "string"}], "Note": [{"name": "text", "type": "string"}]}
    typed = {"domain": {"name": "x"}, "types": types, "primaryType": "Note", "message": {"text": "hello"}}
    (tmp_path / "typed.json").write_text(json.dumps(typed))
    (tmp_path / "bytes").write_bytes(b"\0\xff")
    for what in (("--message", "hello"), ("--file", "bytes"), ("--typed", "typed.json")):
        signature = run("sign", "ann", *what, *own)["signature"]
        assert run("verify", "ann", signature, *what)["address"] == ANN.address
        error = fails("verify", BOB.address, signature, *what)
        assert error.exit_code == 1 and ANN.address in error.message
    fields = {"chainId": 1, "nonce": "2", "maxPriorityFeePerGas": 3, "maxFeePerGas": 4, "gas": 5, "to": BOB.address}
    (tmp_path / "tx.json").write_text(json.dumps({**fields, "value": str(10**30), "data": "0x00ff"}))
    from eth_account import Account

    raw = run("sign", "ann", "--transaction", "tx.json", *own)["raw"]
    assert Account.recover_transaction(raw) == ANN.address
    assert "what is signed" in fails("sign", "ann", *own).message
    (tmp_path / "tx.json").write_text(json.dumps({**fields, "type": "0x2"}))
    assert Account.recover_transaction(run("sign", "ann", "--transaction", "tx.json", *own)["raw"]) == ANN.address
    for wrong in ({"gas": 1.5}, {"type": "0x0"}):
        (tmp_path / "tx.json").write_text(json.dumps({**fields, **wrong}))
        assert fails("sign", "ann", "--transaction", "tx.json", *own).exit_code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="agents need Linux")
def test_an_unlocked_wallet_signs_until_it_is_locked(ann: Path, password: Path) -> None:
    assert run("unlock", "ann", "--for", "15m", "--password-file", str(password))["seconds"] == 900
    expected = f"0x{ANN.sign_message(b'x').hex()}"
    assert run("sign", "ann", "--message", "x")["signature"] == expected
    assert 890 < run("show", "ann")["unlockedForSeconds"] <= 900
    assert run("lock")["locked"] == ["ann"] and run("lock")["locked"] == []
    assert fails("sign", "ann", "--message", "x").exit_code == 2
    for wrong in ("15", "0m", "25h", "-1m", "1d", ""):
        assert fails("unlock", "ann", "--for", wrong, "--password-file", str(password)).exit_code == 2


def test_addresses_alone_sign_nothing(home: Path, password: Path) -> None:
    run("watch", "vault", BOB.address)
    error = fails("sign", "vault", "--message", "x", "--password-file", str(password))
    assert "no key here" in error.message
    assert "no key to export" in fails("export", "vault").message
    assert "checksum" in fails("contact", "bank", BOB.address.swapcase().replace("0X", "0x")).message
    assert "role" in fails("watch", "district", BOB.address).message


def test_a_program_signs_for_its_wallet(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "signer.py"
    signature = ANN.sign_message(b"hello").hex()
    script.write_text(
        f"import json\nprint(json.dumps({{'id': json.loads(input())['id'], 'signature': '{signature}'}}))"
    )
    assert run("connect", "hard", ANN.address, sys.executable, str(script))["kind"] == "signer"
    assert run("sign", "hard", "--message", "hello")["signature"] == f"0x{signature}"
    assert fails("sign", "hard", "--message", "other").exit_code == 1


def test_passwords_are_in_private_files_that_hold_one(ann: Path, tmp_path: Path) -> None:
    for text, mode in (("", 0o600), ("\nx", 0o600), (PASSWORD, 0o644)):
        file = private(tmp_path / "odd", text)
        file.chmod(mode)
        assert fails("sign", "ann", "--message", "x", "--password-file", str(file)).exit_code == 2
    short = private(tmp_path / "short", "seven77")
    assert "too short" in fails("new", "other", "--no-words", "--password-file", str(short)).message
    wrong = private(tmp_path / "wrong", "wrong horse")
    assert isinstance(fails("sign", "ann", "--message", "x", "--password-file", str(wrong)), NotAllowed)


# --- As the account of other commands --------------------------------------------------------------------------------


def test_a_wallet_is_named_where_an_account_is(
    ann: Path, password: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger.services.ledger import open_local

    open_local(tmp_path / "chain.db").close()
    from ledger.cli.accounts import account, address

    with open_local(tmp_path / "chain.db") as ledger:
        assert address(ledger, "ann", "--to") == ANN.address  # which needs no key
        with pytest.raises(InputError, match="no terminal") as refused:
            account(ledger, "ann")
        for option in ("CRT_PASSWORD_FILE", "crt wallet unlock ann"):
            assert option in str(refused.value)
        monkeypatch.setenv("CRT_PASSWORD_FILE", str(password))
        assert account(ledger, "ann").sign_message(b"x") == ANN.sign_message(b"x")
        assert ledger.keyring[ANN.address].address == ANN.address
        monkeypatch.delenv("CRT_PASSWORD_FILE")
        run("watch", "vault", BOB.address)
        with pytest.raises(InputError, match="no key here"):
            account(ledger, "vault")
        run("connect", "hard", BOB.address, sys.executable)
        with pytest.raises(InputError, match="too slow"):
            account(ledger, "hard")


@pytest.mark.skipif(sys.platform != "linux", reason="agents need Linux")
def test_an_agent_signs_what_the_ledger_sends(ann: Path, password: Path, tmp_path: Path) -> None:
    run("unlock", "ann", "--password-file", str(password))
    from ledger.cli.accounts import account
    from ledger.engine.operations import Step
    from ledger.services.ledger import open_local

    with open_local(tmp_path / "chain.db") as ledger:
        sender = account(ledger, "ann")
        call = ledger.cash.call_data("approve", BOB.address, 1_234)
        ledger.act(sender.address, "approve", Step(ledger.cash.address, call))
        assert ledger.cash.view(ledger.node, "allowance", ANN.address, BOB.address) == 1_234


# --- Never shown -----------------------------------------------------------------------------------------------------

KEY = ANN.secret().hex()
WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow"
_Part = st.sampled_from(
    [
        "ann",
        "bob",
        KEY,
        f"0x{KEY}",
        WORDS,
        "key",
        "password",
        "words",
        "-",
        "out",
        ANN.address,
        "--yes",
        "--json",
        "--from",
        "--private-key",
        "--message",
        "--file",
        "--typed",
        "--transaction",
        "--password-file",
        "--out",
        "--for",
        "--no-words",
        "--index",
        "1m",
        "7",
        "0x" + "11" * 65,
    ]
)
_Command = st.sampled_from(
    [
        "new",
        "import",
        "list",
        "show",
        "export",
        "rename",
        "remove",
        "sign",
        "verify",
        "watch",
        "contact",
        "connect",
        "lock",
    ]
)


def test_no_output_ever_has_the_key_or_the_words(ann: Path, password: Path, tmp_path: Path) -> None:
    kept = ann.read_bytes()
    private(tmp_path / "words", WORDS)

    @settings(max_examples=150, deadline=None)
    @given(_Command, st.lists(_Part, max_size=6), st.sampled_from([None, KEY, WORDS, "yes\nann\n"]))
    def holds(command: str, parts: list[str], given_: str | None) -> None:
        if not ann.exists():
            private(ann, kept.decode())
        result = CliRunner().invoke(app, ["wallet", command, *parts, "--password-file", str(password)], input=given_)
        error = result.exception
        said = result.output + str(error) + repr(error)
        if error is not None and not isinstance(error, SystemExit | LedgerError):
            raise error
        assert KEY not in said and PASSWORD not in said and WORDS not in said, said

    holds()
