"""Who contributed which line: from a git repository to a log of lines, its Merkle tree, proofs and points.

The rule is in ``docs/attribution.md``. Nothing here knows a chain; nothing of ours is imported but ``ledger.errors``.
"""
