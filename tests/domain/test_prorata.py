"""Dividing an amount: nothing is made, nothing is lost, and cutting a holding gains nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.prorata import entitlement, pay
from ledger.errors import InputError

AMOUNT = st.integers(0, 2**63 - 1)
UNITS = st.integers(1, 2**60)


def test_reference_division() -> None:
    units = [10_000_000_000, 7_000_000_000, 5_000_000_000, 3_333_333_300, 2_666_666_700, 1_999_999_900, 100]
    payments, dust = pay(1_331_506_849, dict(enumerate(units)))
    assert list(payments.values()) == [443_835_616, 310_684_931, 221_917_808, 147_945_203, 118_356_165, 88_767_118, 4]
    assert dust == 4


@given(AMOUNT, st.lists(UNITS, min_size=1, max_size=8))
def test_payments_and_dust_are_the_amount(amount: int, units: list[int]) -> None:
    payments, dust = pay(amount, dict(enumerate(units)))
    assert sum(payments.values()) + dust == amount
    assert 0 <= dust < len(units)


@given(AMOUNT, st.lists(UNITS, min_size=1, max_size=8), UNITS)
def test_being_paid_in_pieces_never_gains(amount: int, cut: list[int], others: int) -> None:
    total = sum(cut) + others
    whole = entitlement(amount, sum(cut), total)
    assert 0 <= whole - sum(entitlement(amount, units, total) for units in cut) < len(cut)


@pytest.mark.parametrize(("amount", "units", "total"), [(1, 2, 1), (1, -1, 1), (1, 0, 0), (-1, 1, 1)])
def test_out_of_range_is_refused(amount: int, units: int, total: int) -> None:
    with pytest.raises(InputError):
        entitlement(amount, units, total)


def test_nobody_to_pay() -> None:
    with pytest.raises(InputError):
        pay(1, {})
