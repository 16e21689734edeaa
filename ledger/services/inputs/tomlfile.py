"""TOML with line numbers: values from tomllib, and the line of each key from a small scanner of the same text.

The scanner runs only on text that tomllib has accepted. It knows strings, comments, arrays, table headers, and
dotted or quoted keys; keys inside an inline table have the line of the table.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

from ledger.errors import InputError
from ledger.services.inputs.text import Document

__all__ = ["TomlFile", "parse_toml"]

_BARE = r"[A-Za-z0-9_-]+"
_KEY = rf"""(?:{_BARE}|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_TABLE = re.compile(rf"[ \t]*\[{{1,2}}[ \t]*({_DOTTED})[ \t]*\]{{1,2}}")
_ASSIGNMENT = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
# What has to be stepped over as one piece, or changes the depth of brackets. Long forms first.
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|\n', re.DOTALL
)
_WHERE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A TOML document: its values, and the line of every table and key by dotted path."""

    name: str
    values: dict[str, object]
    lines: dict[str, int]

    def line(self, path: str) -> int | None:
        """The line of a dotted path, or of the closest table around it; None if there is neither."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path.rpartition(".")[0]
        return None


def parse_toml(document: Document) -> TomlFile:
    """Parse a document. Raises InputError with the line if it is not valid TOML."""
    try:
        values = tomllib.loads(document.text)
    except (ValueError, RecursionError) as error:
        # Besides its own error, tomllib lets out a ValueError for integers of thousands of digits, and a
        # RecursionError for arrays nested as deep.
        message = str(error)
        where = _WHERE.search(message)
        # tomllib names no line for what is missing at the end of the document.
        line = int(where[1]) if where else document.text.count("\n") + 1
        raise InputError(
            "not valid TOML",
            file=document.name,
            line=line,
            expected="TOML 1.0 (toml.io)",
            found=_WHERE.sub("", message).strip(),
        ) from error
    return TomlFile(document.name, values, _lines_of_keys(document.text))


def _lines_of_keys(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    table = ""
    position, number = 0, 1
    while position < len(text):
        if header := _TABLE.match(text, position):
            table = _path(header[1])
            lines.setdefault(table, number)
            position = header.end()
        elif key := _ASSIGNMENT.match(text, position):
            path = f"{table}.{_path(key[1])}" if table else _path(key[1])
            lines.setdefault(path, number)
            # A dotted key makes the tables above it.
            while path := path.rpartition(".")[0]:
                lines.setdefault(path, number)
            position = key.end()
        end = _end_of_statement(text, position)
        number += text.count("\n", position, end)
        position = end
    return lines


def _end_of_statement(text: str, position: int) -> int:
    """The position after the line end that ends the statement: one outside strings and brackets."""
    depth = 0
    for token in _TOKEN.finditer(text, position):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif token[0] == "\n" and depth <= 0:
            return token.end()
    return len(text)


def _path(dotted: str) -> str:
    parts = re.findall(_KEY, dotted)
    return ".".join(part[1:-1] if part[0] in "\"'" else part for part in parts)
