"""Numbers of up to 256 bits in a column: SQLite has 64, and PostgreSQL as many digits as are asked for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Numeric, String
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["Amount"]

_DIGITS = 78


class Amount(TypeDecorator[int]):
    """An unsigned integer below 2**256. Text of a fixed width on SQLite, so that its order is that of the numbers; sums
    are for Python."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(_DIGITS))
        return dialect.type_descriptor(Numeric(_DIGITS, 0))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name != "sqlite" else str(value).zfill(_DIGITS)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(value)
