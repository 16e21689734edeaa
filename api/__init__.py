"""The HTTP API over :mod:`ledger.services`."""
