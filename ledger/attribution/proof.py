"""One line's proof in a file: that an entry is in a log of a size. At most 800 bytes up to two million entries.

Layout: ``CR``, version 1; then, each a variable-length integer (7 bits a byte, lowest first, the top bit says that
more follow), chain id, repository, size, index, from, share and the oid's length; then the log contract's address (20
bytes), line hash (32), contributor (32), oid, and the path's hashes (32 each). ``scripts/verify_proof.py`` reads
it with nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.attribution.logfile import ENTRY
from ledger.attribution.tree import leaf_hash, verify_inclusion
from ledger.errors import InputError

__all__ = ["Proof"]

_MAGIC: Final = b"CR\1"
_MAX_PATH: Final = 48
_FIELDS: Final = 7


@dataclass(frozen=True, slots=True)
class Proof:
    """That ``entry`` is entry ``index`` of the log of ``size`` entries of a repository, at a contract on a chain."""

    chain_id: int
    contract: bytes
    repo: int
    size: int
    index: int
    entry: bytes
    path: tuple[bytes, ...]

    @property
    def line(self) -> bytes:
        """The line's hash."""
        return self.entry[:32]

    @property
    def contributor(self) -> bytes:
        """Who wrote it."""
        return self.entry[32:64]

    @property
    def commit(self) -> str:
        """The oid of the commit that brought it."""
        oid = self.entry[64:96]
        return (oid if any(oid[20:]) else oid[:20]).hex()

    @property
    def share(self) -> int:
        """Thousandths of the line."""
        return int.from_bytes(self.entry[98:], "big")

    def holds(self, root: bytes) -> bool:
        """Whether it is so, if ``root`` is the root of the log at that size."""
        return verify_inclusion(leaf_hash(self.entry), self.index, self.size, self.path, root)

    def pack(self) -> bytes:
        """The file's content."""
        oid = bytes.fromhex(self.commit)
        start, share = int.from_bytes(self.entry[96:98], "big"), self.share
        numbers = (self.chain_id, self.repo, self.size, self.index, start, share, len(oid))
        head = _MAGIC + b"".join(_variable(number) for number in numbers)
        return head + self.contract + self.entry[:64] + oid + b"".join(self.path)

    @classmethod
    def unpack(cls, content: bytes, name: str = "proof") -> Proof:
        """Read a file's content. Raises InputError that names it."""
        if not content.startswith(_MAGIC):
            raise _wrong(name, "a proof file, version 1", repr(content[: len(_MAGIC)]))
        numbers, at = [], len(_MAGIC)
        for _ in range(_FIELDS):
            number, at = _read_variable(content, at, name)
            numbers.append(number)
        chain_id, repo, size, index, start, share, oid_length = numbers
        rest = content[at + 20 + 64 + oid_length :]
        if oid_length not in (20, 32) or len(content) < at + 84 + oid_length or len(rest) % 32:
            raise _wrong(name, "an address, two hashes, an oid and whole hashes of 32 bytes", f"{len(content)} bytes")
        if index >= size or start + share > 1000 or not share or len(rest) > 32 * _MAX_PATH:
            raise _wrong(name, "an entry within the log, and at most a whole line", "another")
        fixed = content[at : at + 84 + oid_length]
        entry = fixed[20:84] + fixed[84:].ljust(32, b"\0") + start.to_bytes(2, "big") + share.to_bytes(2, "big")
        assert len(entry) == ENTRY
        path = tuple(rest[start : start + 32] for start in range(0, len(rest), 32))
        return cls(chain_id, fixed[:20], repo, size, index, entry, path)


def _variable(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _read_variable(content: bytes, at: int, name: str) -> tuple[int, int]:
    number = shift = 0
    while at < len(content) and shift < 63:
        byte = content[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
    raise _wrong(name, "a whole number", "the end of the file" if at >= len(content) else "one too long")


def _wrong(name: str, expected: str, found: str) -> InputError:
    return InputError("the proof can't be read", file=name, expected=expected, found=found)
