"""A proof's file: what goes in comes out, it is small, and a reader of nothing of ours agrees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.attribution.proof import Proof
from ledger.attribution.tree import Tree, leaf_hash
from ledger.errors import InputError
from tests.command import ROOT

ADDRESS = bytes(range(20))


def entry(number: int, start: int = 0, share: int = 1000) -> bytes:
    head = number.to_bytes(32, "big") + bytes([7]) * 32 + (bytes([9]) * 20).ljust(32, b"\0")
    return head + start.to_bytes(2, "big") + share.to_bytes(2, "big")


def proof_of(size: int, index: int, chain_id: int = 131277322940537) -> tuple[Proof, bytes]:
    tree = Tree(leaf_hash(entry(number)) for number in range(size))
    return Proof(chain_id, ADDRESS, 1, size, index, entry(index), tuple(tree.inclusion(index))), tree.root


@given(st.integers(1, 70), st.data())
def test_what_goes_in_comes_out(size: int, data: st.DataObject) -> None:
    proof, root = proof_of(size, data.draw(st.integers(0, size - 1)))
    assert Proof.unpack(proof.pack()) == proof
    assert proof.holds(root)


def test_two_million_entries_take_less_than_800_bytes() -> None:
    """The longest path of 2^21 entries has 21 hashes; numbers as large as they get."""
    path = (bytes(range(32)),) * 21
    proof = Proof(2**47 - 1, ADDRESS, 9999, 2**21, 2**21 - 1, entry(1, 333, 667), path)
    assert len(proof.pack()) <= 800
    assert Proof.unpack(proof.pack()) == proof


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 65])
def test_every_flipped_bit_is_noticed(size: int) -> None:
    proof, root = proof_of(size, size // 2)
    content = proof.pack()
    for at in range(len(content)):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        try:
            other = Proof.unpack(changed)
        except InputError:
            continue
        same_place = (other.chain_id, other.contract, other.repo) == (proof.chain_id, ADDRESS, 1)
        # Another size with the same path can give the same root: the size is the log's, and compared there.
        assert not same_place or other.size != size or not other.holds(root), at


@pytest.mark.parametrize("content", [b"", b"CR\2", b"CR\1", b"CR\1\1\1", b"CR\1" + b"\xff" * 40, b"x" * 600])
def test_what_is_no_proof_is_refused(content: bytes) -> None:
    with pytest.raises(InputError) as refused:
        Proof.unpack(content, "a.proof")
    assert refused.value.file == "a.proof"


@pytest.mark.parametrize("index", [0, 3, 6])
def test_a_reader_of_nothing_of_ours_agrees(index: int, tmp_path: Path) -> None:
    proof, root = proof_of(7, index)
    file = tmp_path / "line.proof"
    file.write_bytes(proof.pack())

    def run(trusted: bytes) -> subprocess.CompletedProcess[str]:
        # -I: neither this directory nor the environment's packages of ours can be imported from.
        command = [sys.executable, "-I", ROOT / "scripts" / "verify_proof.py", file, "--root", trusted.hex()]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    good, bad = run(root), run(bytes(32))
    assert good.returncode == 0 and f"entry {index} of 7: the proof holds" in good.stdout, good.stderr
    assert bad.returncode == 1 and "NOT" in bad.stderr


@pytest.mark.parametrize(
    ("content", "options", "told"),
    [
        (None, ["--root", "00" * 32], "can't be read"),
        (b"CR\1\1\1", ["--root", "00" * 32], "cut short"),
        (b"CR\2" + bytes(200), ["--root", "00" * 32], "not a proof file"),
        (b"CR\1" + b"\xff" * 200, ["--root", "00" * 32], "cut short"),
        (b"", ["--root", "zz"], "64 hexadecimal digits"),
        (b"", ["--rpc", "http://127.0.0.1:9"], "go together"),
        ("proof", ["--rpc", "http://127.0.0.1:9", "--contract", "0x" + "00" * 20], "not of 0x00"),
        ("proof", ["--rpc", "http://127.0.0.1:9", "--contract", "itself"], "does not answer"),
        ("proof", ["--rpc", "nowhere", "--contract", "itself"], "does not answer"),
    ],
)
def test_the_reader_tells_mistakes(content: bytes | str | None, options: list[str], told: str, tmp_path: Path) -> None:
    proof, _ = proof_of(7, 3)
    file = tmp_path / "line.proof"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else proof.pack())
    options = [f"0x{proof.contract.hex()}" if option == "itself" else option for option in options]
    command = [sys.executable, "-I", ROOT / "scripts" / "verify_proof.py", file, *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode != 0 and told in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_it_imports_nothing_of_ours() -> None:
    source = (ROOT / "scripts" / "verify_proof.py").read_text(encoding="utf-8")
    assert "import ledger" not in source and "from ledger" not in source
