"""Bytes to text, strictly: UTF-8 without byte-order mark, lines that end in LF, no NUL, not empty.

What is anything else is refused with what was found and the command that converts it. Nothing is repaired here: a
file that was repaired silently would not have the hash of the file that was signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from ledger.errors import InputError

__all__ = ["MAX_BYTES", "Document", "decode", "read"]

MAX_BYTES: Final = 64 * 1024 * 1024
"""Largest file that is read: 64 MiB, several hundred thousand rents."""

_EXPECTED: Final = "UTF-8 text without byte-order mark, lines ending in LF"
_MARKS: Final = (
    (b"\xef\xbb\xbf", "UTF-8", "UTF-8"),
    (b"\xff\xfe", "UTF-16 (little-endian)", "UTF-16"),
    (b"\xfe\xff", "UTF-16 (big-endian)", "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text and the name it is known by in errors. Lines end in LF."""

    name: str
    text: str


def read(path: str | Path) -> Document:
    """Read and decode a file. Raises InputError if it can't be read, is too large, or is not plain UTF-8 text."""
    name = str(path)
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError("file can't be read", file=name, expected="a readable file", found=reason) from error
    return decode(name, data)


def decode(name: str, data: bytes) -> Document:
    """The text of a file's bytes. Raises InputError, with the line, for anything that is not plain UTF-8 text."""
    if len(data) > MAX_BYTES:
        _refuse(
            "file is too large", name, None, f"more than {MAX_BYTES:,} bytes", expected=f"at most {MAX_BYTES:,} bytes"
        )
    for mark, encoding, codec in _MARKS:
        if data.startswith(mark):
            hint = "save the file as UTF-8 without byte-order mark (BOM)"
            if codec == "UTF-8":
                hint += f", or: tail -c +4 {name} > converted"
            else:
                hint += f", or: iconv -f {codec} -t UTF-8 {name} > converted"
            _refuse("file starts with a byte-order mark", name, 1, f"byte-order mark of {encoding}", hint=hint)
    if not data.strip():
        _refuse("file is empty", name, None, "nothing" if not data else "only blanks", expected="at least one line")
    if (at := data.find(b"\x00")) >= 0:
        hint = "this is no text file (a spreadsheet?): export it as CSV or TOML in UTF-8"
        _refuse("file has a NUL byte", name, _line(data, at), f"NUL at byte {at}", hint=hint)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_encoding(name, data, error.start)
    if (at := text.find("\r")) >= 0:
        line = text.count("\n", 0, at) + 1
        found = "CRLF line ends (Windows)" if text.startswith("\r\n", at) else "a carriage return"
        _refuse(
            "file has carriage returns",
            name,
            line,
            found,
            hint=f"convert the line ends: tr -d '\\r' < {name} > converted",
        )
    return Document(name, text)


def _refuse_encoding(name: str, data: bytes, at: int) -> NoReturn:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        found, codec, other = "bytes of no encoding known here", "<its encoding>", ""
    else:
        # Most of either also reads as the other, with other names in it: only people can tell them apart.
        found, codec, other = "text in GBK (GB18030), or in Big5", "GB18030", " (or -f BIG5), then look at the names"
    found = f"{found}: 0x{data[at]:02x} at byte {at}"
    hint = f"convert it: iconv -f {codec} -t UTF-8 {name} > converted{other}"
    _refuse("file is not UTF-8", name, _line(data, at), found, hint=hint)


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _refuse(
    message: str, name: str, line: int | None, found: str, *, expected: str = _EXPECTED, hint: str | None = None
) -> NoReturn:
    raise InputError(message, file=name, line=line, expected=expected, found=found, hint=hint)
