"""What investors are to compliance, as commands take it: classes and jurisdictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.client.types import InvestorClass

__all__ = ["classes_of", "jurisdictions_of"]


def classes_of(names: Sequence[str]) -> list[InvestorClass]:
    """Classes of investors by their names. Raises InputError."""
    from ledger.services.inputs.fields import parse_class

    return [_read(parse_class, name, "--class").value for name in names]


def jurisdictions_of(codes: Sequence[str]) -> list[Any]:
    """Jurisdictions by their ISO 3166-1 codes. Raises InputError."""
    from ledger.services.inputs.fields import parse_jurisdiction

    return [_read(parse_jurisdiction, code, "--jurisdiction") for code in codes]


def _read(parse: Callable[[str], Any], text: str, field: str) -> Any:
    try:
        return parse(text)
    except InputError as error:
        error.field = field
        raise
