"""The compute receipt ledger: compute receipts, their cash flow and contributions on an EVM chain."""
