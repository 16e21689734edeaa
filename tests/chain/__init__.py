"""Tests of ledger.chain."""
