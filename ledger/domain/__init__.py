"""The rules of a series, stated in pure Python: no I/O, no clock, no chain.

Every amount is an integer of the currency's minor unit, every rate an integer in parts per million (ppm).
``docs/rules.md`` states the same rules in prose, ``contracts/src/Spv.sol`` enforces them on chain.
"""
