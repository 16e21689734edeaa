"""CRT01 on a testnet, three ways: on time, a late rent, a default. The figures are those of docs/rules.md, by hand."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.rpc import connect
from ledger.services.deployment import Deployment
from tests.scripts.stage import Net, distributions, running_testnet

# The coupons of the reference case: 300,000,000.00 at 9 % for 90, 91, 92 and 92 days of 365.
COUPONS = [300_000_000_00 * 9 * days // 36_500 for days in (90, 91, 92, 92)]
SIZE = 300_000_000_00
RENT = 37_402_396_30  # a month, of which the anchor tenant pays
ANCHOR = 35_607_081_27
FEE = 500_000_00  # at most, for each date
RESERVE = 1_000_000_00
HOLDERS = 7


def cash(net: Net, *numbers: int) -> int:
    """What these development accounts have, in minor units."""
    token = Bound(Contract("SettlementCash"), Deployment.load(net.deployment).cash)
    with closing(connect(net.url)) as node:
        return sum(token.view(node, "balanceOf", dev_account(number).address) for number in numbers) // 10_000


def columns(printed: str) -> tuple[list[int], ...]:
    fees, due, paid, carried, repaid, residual = map(list, zip(*distributions(printed), strict=True))
    return fees, due, paid, carried, repaid, residual


def test_the_coupons_are_those_of_the_reference_case() -> None:
    assert COUPONS == [6_657_534_24, 6_731_506_84, 6_805_479_45, 6_805_479_45]


def test_a_year_on_time_killed_on_its_way(tmp_path: Path, seeded: Path) -> None:
    with running_testnet(tmp_path / "net", of=seeded) as net:
        net.up()
        year = subprocess.Popen(net.command("testnet_year"), env=net.environment, stdout=subprocess.PIPE, text=True)
        assert year.stdout is not None
        with year.stdout:
            for line in year.stdout:
                if line.startswith("2025-05-01"):
                    break
            else:
                raise AssertionError("it did not come so far")
            year.kill()
            year.wait()
        said = net.run("testnet_year")
        assert "2025-04-01" not in said and "2025-07-01" in said  # what was done is not done again
        fees, due, paid, carried, repaid, residual = columns(said)
        assert due == paid == COUPONS and carried == [0] * 4 and repaid == [0, 0, 0, SIZE] and fees == [FEE] * 4
        assert "CRT01 is Redeemed" in said
        # All rent went to holders, for fees and to the originator, who has the proceeds too; nothing is left.
        holders, originator = cash(net, *range(20, 20 + HOLDERS)), cash(net, 10)
        assert cash(net, 11) == 4 * FEE
        assert holders + originator + 4 * FEE == 12 * RENT + SIZE
        # Each payment is rounded down. The dust of the last coupon and of the redemption is swept to the originator.
        assert 0 <= SIZE + sum(COUPONS) - holders < 5 * HOLDERS
        assert 0 <= originator - SIZE - sum(residual) < 2 * HOLDERS
        assert columns(net.run("testnet_year")) == (fees, due, paid, carried, repaid, residual)
        net.reconciles()
        code, refused = net.fails("testnet_late_rent")
        assert code == 2 and "found: Redeemed" in refused


def test_late_rent_is_made_good(tmp_path: Path, seeded: Path) -> None:
    with running_testnet(tmp_path / "net", of=seeded) as net:
        net.up()
        fees, due, paid, carried, repaid, residual = columns(net.run("testnet_late_rent"))
        # Three months without the anchor tenant, less half a per cent, and the reserve, and 2 fen of dust.
        came = 3 * (RENT - ANCHOR)
        assert fees[1] == came * 5 // 1000
        short = COUPONS[1] - (came - fees[1] + RESERVE)
        dust = short - carried[1]
        assert 0 <= dust < HOLDERS
        assert paid == [COUPONS[0], COUPONS[1] - carried[1], COUPONS[2] + carried[1]] and carried[2] == 0
        assert (paid[1], paid[2]) == (6_359_015_39, 7_177_970_90)  # as in the README
        assert due[2] == paid[2] and repaid == [0, 0, 0] and residual[1] == 0
        net.reconciles()
        _, _, paid, _, repaid, _ = columns(net.run("testnet_year"))
        assert sum(paid) == sum(COUPONS) and repaid[3] == SIZE
        net.reconciles()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_default_and_what_is_recovered(tmp_path: Path, url: str) -> None:
    """From nothing, with a database of PostgreSQL."""
    with running_testnet(tmp_path / "net", CRT_DATABASE=url) as net:
        net.seeded()
        said = net.run("testnet_default")
        assert not list(net.folder.glob("*.sqlite"))
        states = [line.rsplit(" ", 1)[1] for line in said.splitlines() if "to holders; " in line]
        assert states == ["Active", "Active", "Accelerated", "Defaulted"]
        fees, due, paid, carried, repaid, residual = columns(said)
        assert fees == [FEE, 0, 0, 0, FEE] and residual[1:] == [0, 0, 0, 0]
        # Nothing but the reserve, and the dust of the date before, pays the second and third coupon.
        dust = paid[1] - RESERVE
        assert 0 <= dust < HOLDERS and 0 <= paid[2] < HOLDERS
        assert carried[1] == COUPONS[1] - paid[1] and carried[2] == carried[1] + COUPONS[2] - paid[2]
        # At maturity the sinking account, a quarter of the principal, pays what is owed; the rest repays.
        assert due[3] == paid[3] == carried[2] + COUPONS[3]
        assert 0 <= paid[3] + repaid[3] - SIZE // 4 < HOLDERS
        # What is recovered repays principal: no coupon is due any more.
        assert (due[4], paid[4]) == (0, 0) and 0 <= repaid[4] - (3 * ANCHOR - FEE) < HOLDERS
        assert "CRT01 is Defaulted" in said
        holders = cash(net, *range(20, 20 + HOLDERS))
        assert 0 <= sum(paid) + sum(repaid) - holders < 5 * HOLDERS
        net.reconciles()
        assert columns(net.run("testnet_default")) == (fees, due, paid, carried, repaid, residual)
        code, refused = net.fails("testnet_year")
        assert code == 2 and "found: Defaulted" in refused
