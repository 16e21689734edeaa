"""alembic runs this; the connection comes from :func:`ledger.store.migrate.upgrade`."""

from alembic import context

from ledger.store import access_tables, index_tables, journal_tables, outbox_tables  # noqa: F401 - so that all tables are known
from ledger.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
