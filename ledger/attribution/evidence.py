"""What is signed to bind a contributor to a wallet, and the evidence of it as a document and as a hash on chain."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from ledger.attribution.rule import keccak
from ledger.errors import InputError

__all__ = ["Evidence", "check_statement", "claim_path", "difference", "statement"]

_VERSION: Final = 1
_STATEMENT: Final = re.compile(
    r"""crt-binding\ 1
What\ this\ contributor\ has\ done\ and\ will\ do\ in\ this\ repository\ is\ to\ be\ paid\ to\ this\ wallet\.
chain:\ (?P<chain>0|[1-9][0-9]*)
contract:\ (?P<contract>0x[0-9A-Fa-f]{40})
repository:\ (?P<repository>0|[1-9][0-9]*)
contributor:\ (?P<contributor>0x[0-9a-f]{64})
wallet:\ (?P<wallet>0x[0-9A-Fa-f]{40})
""".replace("\n", "\\n"),
    re.VERBOSE,
)
_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CLAIM: Final = re.compile(r"\.crt/claims/[0-9a-f]{64}\.txt")
_MAX_ARMOR: Final = 1 << 20
_FIELDS: Final = {
    "ssh": ("commit", "signature"),
    "gpg": ("commit", "signature", "public_key"),
    "commit": ("commit", "path"),
}
_LABELS: Final = {
    "ssh": {"signature": "SSH SIGNATURE"},
    "gpg": {"signature": "PGP SIGNATURE", "public_key": "PGP PUBLIC KEY BLOCK"},
    "commit": {},
}


def statement(chain_id: int, claims_contract: str, repo: int, contributor: bytes, wallet: str) -> bytes:
    """The exact text that a git key signs, or that a claim file holds.

    ``repo`` is the repository's number in the contract. Raises InputError for what is not an address (also for mixed
    case with a wrong checksum), the zero address, a number out of range, or an id that is not of 32 bytes.
    """
    _check_contributor(contributor)
    return (
        f"crt-binding {_VERSION}\n"
        "What this contributor has done and will do in this repository is to be paid to this wallet.\n"
        f"chain: {_number('chain', chain_id)}\n"
        f"contract: {_address('contract', claims_contract)}\n"
        f"repository: {_number('repository', repo)}\n"
        f"contributor: 0x{contributor.hex()}\n"
        f"wallet: {_address('wallet', wallet)}\n"
    ).encode()


def check_statement(text: bytes, contributor: bytes) -> None:
    """Raise InputError unless the text is a statement, and of this contributor."""
    _check_contributor(contributor)
    said = _said(text)
    if said is None:
        raise InputError("not a statement of a binding", field="statement", expected="the text of version 1")
    if said["contributor"] != f"0x{contributor.hex()}":
        raise _other("contributor", f"0x{contributor.hex()}", said["contributor"])


def difference(expected: bytes, found: bytes) -> InputError:
    """The error for a statement that is not the one expected: it names the first thing in which they differ."""
    wanted, said = _said(expected), _said(found)
    if wanted is not None and said is not None:
        for name, value in wanted.items():
            if said[name] != value:
                return _other(name, value, said[name])
    return InputError(
        "the claim file is not the statement", expected="the statement, byte for byte", found="another text"
    )


def claim_path(contributor: bytes) -> str:
    """Where in a repository the claim file of a contributor is."""
    _check_contributor(contributor)
    return f".crt/claims/{contributor.hex()}.txt"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a contributor is said to agree. Raises InputError for fields that can't be evidence of this kind.

    - ``ssh``, ``gpg``: a ``signature`` over the statement, by a key that also signed ``commit``, one of the
      contributor's. ``public_key`` is the one for ``gpg``; it holds the addresses of mail that the key names.
    - ``commit``: no key. The contributor is the author of ``commit``, which brought the claim file at ``path``.
      **Weaker**: whoever may land commits can write any author into one.
    """

    kind: Literal["ssh", "gpg", "commit"]
    commit: str
    signature: str = ""
    public_key: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        if self.kind not in _FIELDS:
            raise _wrong("kind", "ssh, gpg or commit", "another")
        for name, value in asdict(self).items():
            if not isinstance(value, str):
                raise _wrong(name, "a text", type(value).__name__)
            if name != "kind" and bool(value) != (name in _FIELDS[self.kind]):
                raise _wrong(name, "something" if not value else f"nothing for kind {self.kind}", value and "something")
        if not _OID.fullmatch(self.commit):
            raise _wrong("commit", "the whole oid of a commit", "something else")
        if self.path and not _CLAIM.fullmatch(self.path):
            raise _wrong("path", ".crt/claims/, the contributor's 64 hexadecimal digits, .txt", "something else")
        for name, label in _LABELS[self.kind].items():
            _check_armor(name, label, getattr(self, name))

    @property
    def strength(self) -> Literal["signature", "commit"]:
        """Whether a key says it, or only the author line of a commit."""
        return "commit" if self.kind == "commit" else "signature"

    def digest(self) -> bytes:
        """What goes on chain: keccak-256 of the document in JSON, keys sorted, without white space, in ASCII."""
        return keccak(json.dumps(self.to_document(), sort_keys=True, separators=(",", ":")).encode())

    def to_document(self) -> dict[str, str | int]:
        """As JSON has it."""
        fields = {name: getattr(self, name) for name in _FIELDS[self.kind]}
        return {"crt_evidence": _VERSION, "kind": self.kind, **fields}

    @classmethod
    def from_document(cls, found: object) -> Evidence:
        """Back from JSON. Raises InputError that names the field; for ones that are unknown or missing, too."""
        if not isinstance(found, Mapping):
            raise _wrong("document", "an object", type(found).__name__)
        left: dict[Any, Any] = dict(found)
        version = left.pop("crt_evidence", None)
        if type(version) is not int or version != _VERSION:
            raise _wrong("crt_evidence", str(_VERSION), "another" if version is not None else "nothing")
        kind = left.pop("kind", None)
        if not isinstance(kind, str) or kind not in _FIELDS:
            raise _wrong("kind", "ssh, gpg or commit", "another" if kind is not None else "nothing")
        for name in _FIELDS[kind]:
            if name not in left:
                raise _wrong(name, "something", "nothing")
        if len(left) != len(_FIELDS[kind]):
            raise _wrong("document", f"kind, crt_evidence, {', '.join(_FIELDS[kind])}", "other fields too")
        return cls(kind=kind, **left)  # type: ignore[arg-type]


def _check_armor(field: str, label: str, text: str) -> None:
    """Armor and nothing beside it: no comments, no text before or after, which may be anything."""
    lines = text.split("\n")
    body = lines[1:-2]
    if label.startswith("PGP") and body and body[0] == "":
        del body[0]
    whole = lines[0] == f"-----BEGIN {label}-----" and lines[-2:] == [f"-----END {label}-----", ""]
    if not whole or not body or not all(re.fullmatch(r"[A-Za-z0-9+/=]{1,76}", line) for line in body):
        raise _wrong(field, f"armor of one {label}, without comments", "something else")
    if len(text) > _MAX_ARMOR:
        raise _wrong(field, f"{_MAX_ARMOR} characters at most", str(len(text)))


def _said(text: bytes) -> dict[str, str] | None:
    match = _STATEMENT.fullmatch(text.decode("ascii", "replace"))
    return match.groupdict() if match else None


def _check_contributor(contributor: bytes) -> None:
    if not isinstance(contributor, bytes) or len(contributor) != 32:
        raise InputError("not a contributor's id", field="contributor", expected="32 bytes", found="something else")


def _number(name: str, value: int) -> int:
    if type(value) is not int or not 0 <= value < 1 << 256:
        raise InputError("not a number for a statement", field=name, expected="0 to 2**256 - 1", found=str(value)[:80])
    return value


def _address(name: str, text: str) -> str:
    """The address in the spelling of EIP-55."""
    if not re.fullmatch(r"0x[0-9A-Fa-f]{40}", text) or not int(text, 16):
        raise InputError(
            "not an address", field=name, expected="0x and 40 hexadecimal digits, not all 0", found=text[:80]
        )
    digits = text[2:].lower()
    marks = keccak(digits.encode()).hex()
    spelled = "0x" + "".join(d.upper() if mark >= "8" else d for d, mark in zip(digits, marks, strict=False))
    if text[2:] not in (digits, digits.upper()) and text != spelled:
        raise InputError("the address has a wrong checksum", field=name, expected=spelled, found=text)
    return spelled


def _other(name: str, expected: str, found: str) -> InputError:
    return InputError(f"the statement is for another {name}", field=name, expected=expected, found=found)


def _wrong(field: str, expected: str, found: str) -> InputError:
    return InputError("the evidence is not as expected", field=field, expected=expected, found=found or "nothing")
