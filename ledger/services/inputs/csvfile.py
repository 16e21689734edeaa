"""CSV with a header: every column known, present once, and every row complete. RFC 4180, strictly."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from ledger.errors import InputError
from ledger.services.inputs.fields import did_you_mean, located
from ledger.services.inputs.text import Document

__all__ = ["Row", "rows"]

_MAX_FIELD: Final = 512


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``line`` is the line of the file on which it begins, also if quoted fields before it span lines."""

    file: str
    line: int
    fields: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.fields[column]

    def at(self, column: str) -> AbstractContextManager[None]:
        """Give errors raised inside this row's place."""
        return located(self.file, self.line, column)


def rows(document: Document, columns: tuple[str, ...]) -> Iterator[Row]:
    """The rows under a header that has exactly these columns, in any order.

    Raises InputError with file and line for an unknown, missing or duplicate column, for a row with too many or too
    few fields, for a blank line, and for broken quotes.
    """
    header: list[str] | None = None
    for line, record in _records(document):
        if not record:
            raise InputError("blank line", file=document.name, line=line, expected="a row", found="nothing")
        if header is None:
            _check_header(document.name, line, record, columns)
            header = record
            continue
        if len(record) != len(header):
            much = "many" if len(record) > len(header) else "few"
            expected = f"{len(header)} fields: {','.join(header)}"
            # The first column that is missing, or the last one there is, is where to look.
            field = header[min(len(record), len(header) - 1)]
            hint = "an amount with commas has to stand in quotes" if much == "many" else None
            raise InputError(
                f"row has too {much} fields",
                file=document.name,
                line=line,
                field=field,
                expected=expected,
                found=f"{len(record)} fields: {_shown(record)}",
                hint=hint,
            )
        yield Row(document.name, line, dict(zip(header, record, strict=True)))


def _records(document: Document) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(document.text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            found = str(error)
            raise InputError(
                "row is not valid CSV",
                file=document.name,
                line=line,
                expected="fields as RFC 4180 has them",
                found=found,
            ) from error
        if any(len(field) > _MAX_FIELD for field in record):
            raise InputError(
                "field is too long",
                file=document.name,
                line=line,
                expected=f"at most {_MAX_FIELD} characters",
                found=f"{max(map(len, record))} characters",
                hint="is a quote not closed?",
            )
        yield line, record


def _check_header(file: str, line: int, header: list[str], columns: tuple[str, ...]) -> None:
    expected = ",".join(columns)
    for index, name in enumerate(header):
        if name not in columns:
            hint = did_you_mean(name, columns)
            raise InputError(
                "unknown column", file=file, line=line, field=name, expected=expected, found=repr(name), hint=hint
            )
        if name in header[:index]:
            raise InputError(
                "duplicate column", file=file, line=line, field=name, expected=expected, found=",".join(header)
            )
    for name in columns:
        if name not in header:
            raise InputError(
                "missing column", file=file, line=line, field=name, expected=expected, found=",".join(header)
            )


def _shown(record: list[str]) -> str:
    text = ",".join(record)
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
