"""A testnet whose newest blocks go, and one under load."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from ledger.chain.rpc import connect
from tests.nodes import foundry_binary
from tests.scripts.stage import Net, running_testnet


def block_hash(net: Net, number: int) -> bytes:
    with closing(connect(net.url)) as node:
        return node.block(number).hash


@pytest.mark.skipif(foundry_binary("anvil") is None, reason="anvil is not installed: npm ci in contracts/")
def test_what_a_reorganisation_takes_is_done_again(tmp_path: Path) -> None:
    with running_testnet(tmp_path / "net") as net:
        net.seeded("--anvil")
        first = net.height()
        said = net.run("testnet_reorg", "5")
        assert "5 blocks replaced" in said and "taken back 5 receipts" in said
        assert "sent again: 5 receipts, the same as before" in said
        before, after = re.findall(r"block (\d+) is ([0-9a-f]{16})", said)
        assert before[0] == after[0] == str(first + 5) and before[1] != after[1]
        assert block_hash(net, first + 5).hex()[:16] == after[1]
        net.reconciles()
        for depth in ("0", "65"):
            code, refused = net.fails("testnet_reorg", depth)
            assert code == 2 and "not a depth" in refused


def test_load_changes_nobody_s_sum(tmp_path: Path, seeded: Path) -> None:
    with running_testnet(tmp_path / "net", of=seeded) as net:
        net.up()
        first = net.height()
        said = net.run("testnet_load", "--holders", "4", "--rate", "20", "--seconds", "4")
        counted = {what: int(number) for what, number in re.findall(r"^(\w+) +(\d+) +[\d.]+ ", said, re.MULTILINE)}
        assert counted.keys() <= {"split", "merge", "transfer", "all"} and "refused" not in said
        assert counted["all"] == sum(counted.values()) - counted["all"] > 4
        # Every one was a block of the chain; before, coins for all, and a standing and a receipt for each holder.
        assert net.height() - first == counted["all"] + 5 + 2 * 4
        # Seven receipts of the issue, one of each holder, one more of each split and transfer, fewer by merges.
        found = re.search(r"^(\d+) receipts, 30,000,000,000 units", said, re.MULTILINE)
        assert found is not None
        assert 11 <= int(found[1]) <= 11 + counted.get("split", 0) + counted.get("transfer", 0)
        net.reconciles()
        for option in ("--holders", "--rate"):
            code, refused = net.fails("testnet_load", option, "0")
            assert code == 2 and option in refused
