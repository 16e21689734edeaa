"""Wallets: keys in encrypted files, names for addresses, and an agent that signs for a while (docs/wallets.md)."""
