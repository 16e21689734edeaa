"""Tables whose rows are never changed or removed: the database refuses it, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import DDL, Table, event

__all__ = ["KEPT", "for_good", "triggers"]

KEPT: list[str] = []
"""The names of these tables."""


def triggers(table: str, instead: str, dialect: str) -> Iterator[str]:
    """The statements that have a database refuse changes of a table's rows, and say what to do ``instead``."""
    for action in ("update", "delete"):
        name = f"{table}_no_{action}"
        if dialect == "sqlite":
            yield f"create trigger {name} before {action} on {table} begin select raise(abort, '{instead}'); end"
        else:
            raises = f"$$ begin raise exception '{instead}'; end $$"
            yield f"create or replace function {name}() returns trigger language plpgsql as {raises}"
            yield f"create trigger {name} before {action} on {table} for each row execute function {name}()"


def for_good(table: Table, instead: str) -> None:
    """Whenever the table is made, so are its triggers."""
    KEPT.append(table.name)
    for dialect in ("sqlite", "postgresql"):
        for statement in triggers(table.name, instead, dialect):
            made: DDL = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", made.execute_if(dialect=dialect))
