"""The folder of wallets: modes, damaged files, writers that are killed, and writers at the same time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.chain.devkeys import dev_account
from ledger.cli.configured import wallet_home
from ledger.errors import InputError, LedgerError
from ledger.wallet import files
from ledger.wallet.folder import Damaged, Folder, Kind, Wallet
from tests.command import ROOT

ANN, BOB = (dev_account(number).address for number in (3, 4))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "deep" / "home")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CRT_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert files.home() == tmp_path / ".local" / "share" / "crt"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert files.home() == tmp_path / ".local" / "share" / "crt"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert files.home() == tmp_path / "data" / "crt"
    assert wallet_home() == tmp_path / "data" / "crt"
    monkeypatch.setenv("CRT_HOME", "~/own")
    assert wallet_home() == tmp_path / "own"


def test_modes_whatever_the_umask_is(folder: Folder) -> None:
    before = os.umask(0)
    try:
        folder.add_address("ann", Kind.WATCH, ANN)
    finally:
        os.umask(before)
    made = folder.file_of("ann")
    assert [mode(path) for path in (made, made.parent, folder.path)] == [0o600, 0o700, 0o700]


def test_reading_makes_nothing(folder: Folder) -> None:
    assert folder.find("ann") is None and list(folder.all()) == [] and not folder.path.exists()


def test_the_life_of_a_name(folder: Folder) -> None:
    folder.add_address("ann", Kind.WATCH, ANN.lower())
    folder.add_address("signs", Kind.SIGNER, BOB, ("/bin/signer", "--fast"))
    assert folder.get("ann").address == ANN
    assert folder.get("signs").program == ("/bin/signer", "--fast")
    with pytest.raises(InputError, match="taken"):
        folder.add_address("ann", Kind.CONTACT, BOB)
    with pytest.raises(InputError, match="taken"):
        folder.rename("ann", "signs")
    folder.rename("ann", "anna")
    assert [(one.name, one.kind) for one in folder.all() if isinstance(one, Wallet)] == [
        ("anna", Kind.WATCH),
        ("signs", Kind.SIGNER),
    ]
    folder.remove("anna")
    with pytest.raises(InputError, match="no such wallet"):
        folder.remove("anna")


@pytest.mark.parametrize("name", ["", ".", "../up", "a/b", "Ann", "0xab", "a" * 33, "-a", "a.b", "ä", "a\n", "key:a"])
def test_names_that_are_no_files_or_something_else(folder: Folder, name: str) -> None:
    with pytest.raises(InputError, match="not a name"):
        folder.add_address(name, Kind.WATCH, ANN)
    assert folder.find(name) is None and not folder.path.exists()


def test_a_wrong_checksum_is_refused(folder: Folder) -> None:
    with pytest.raises(InputError, match="checksum"):
        folder.add_address("ann", Kind.WATCH, ANN.swapcase().replace("0X", "0x"))
    assert folder.find("ann") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\0\1",
        '{"version": 3, "crypto": {}}',
        f'{{"schema": "crt-wallet/2", "kind": "watch", "address": "{ANN}"}}',
        '{"schema": "crt-wallet/1", "kind": "watch", "address": "0x12"}',
        '{"schema": "crt-wallet/1", "kind": "watch", "address": 5}',
        f'{{"schema": "crt-wallet/1", "kind": "signer", "address": "{ANN}"}}',
        f'{{"schema": "crt-wallet/1", "kind": "signer", "address": "{ANN}", "program": "rm"}}',
        "[" * 50_000,
    ],
)
def test_damaged_and_foreign_files_are_told_and_stay(folder: Folder, text: str) -> None:
    folder.add_address("bob", Kind.CONTACT, BOB)
    path = folder.file_of("ann")
    path.touch(mode=0o600)
    path.write_text(text)
    damaged, bob = folder.all()
    assert isinstance(damaged, Damaged) and isinstance(bob, Wallet) and damaged.error.file == str(path)
    with pytest.raises(InputError, match="taken"):
        folder.add_address("ann", Kind.WATCH, ANN)
    with pytest.raises(InputError, match="damaged"):
        folder.rename("ann", "anna")
    assert path.read_text() == text


def test_files_and_folders_that_others_may_enter_are_refused(folder: Folder) -> None:
    folder.add_address("ann", Kind.WATCH, ANN)
    folder.file_of("ann").chmod(0o640)
    with pytest.raises(InputError, match="others may read"):
        folder.get("ann")
    folder.path.chmod(0o750)
    with pytest.raises(InputError, match="others may enter"):
        folder.add_address("bob", Kind.WATCH, BOB)


DIES = """
import os, signal, sys
from pathlib import Path
from ledger.wallet.folder import Folder, Kind
real, calls = getattr(os, sys.argv[2]), [0]
def dying(*args, **more):
    calls[0] += 1
    if calls[0] == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **more)
setattr(os, sys.argv[2], dying)
folder = Folder(Path(sys.argv[1]))
folder.rename("old", "new") if sys.argv[4] == "rename" else folder.add_address("new", Kind.WATCH, sys.argv[5])
"""


@pytest.mark.parametrize("what", ["add", "rename"])
@pytest.mark.parametrize("call", [("fsync", "1"), ("fsync", "2"), ("link", "1"), ("unlink", "1"), ("open", "2")])
def test_a_writer_that_is_killed_leaves_whole_files_alone(folder: Folder, what: str, call: tuple[str, str]) -> None:
    folder.add_address("old", Kind.WATCH, ANN)
    command = [sys.executable, "-c", DIES, str(folder.path), *call, what, ANN]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    found = {one.name: one.address for one in folder.all() if isinstance(one, Wallet)}
    assert len(found) == len(list(folder.all())) and set(found.values()) == {ANN}
    assert found.keys() <= {"old", "new"} and (what == "rename" or "old" in found)
    folder.add_address("next", Kind.CONTACT, BOB)
    assert not [path for path in folder.file_of("next").parent.iterdir() if path.name.startswith(".new-")]


def test_of_many_writers_of_one_name_one_wins(folder: Folder) -> None:
    code = (
        "import sys; from pathlib import Path; from ledger.wallet.folder import Folder, Kind\n"
        "Folder(Path(sys.argv[1])).add_address('ann', Kind.WATCH, sys.argv[2])"
    )
    commands = [[sys.executable, "-c", code, str(folder.path), dev_account(number).address] for number in range(6)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen(one, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) for one in commands]
    codes = [one.wait() for one in running]
    assert codes.count(0) == 1
    assert folder.get("ann").address == dev_account(codes.index(0)).address


def test_who_waits_too_long_is_told(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PATIENCE", 0.05)
    folder.add_address("ann", Kind.WATCH, ANN)
    with files.locked(folder.file_of("ann").parent), pytest.raises(LedgerError, match="another program writes"):
        folder.add_address("bob", Kind.WATCH, BOB)
    assert folder.find("bob") is None
