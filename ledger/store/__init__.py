"""What the ledger knows beyond the chain: tables and their migrations, on SQLite or PostgreSQL."""
