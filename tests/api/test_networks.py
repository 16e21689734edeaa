"""What is said of the network is what the chain says."""

from __future__ import annotations

from datetime import datetime

from tests.api.stage import Stage


def test_the_network(stage: Stage) -> None:
    stage.ledger.sync()
    (found,) = stage.get("/v1/networks", "holder")["data"]
    node = stage.ledger.node
    block = node.block()
    assert (found["chainId"], found["kind"], found["confirmations"]) == (str(node.chain_id()), "embedded", 0)
    assert found["genesis"] == f"0x{node.block(0).hash.hex()}"
    assert (found["newest"]["number"], found["newest"]["hash"]) == (str(block.number), f"0x{block.hash.hex()}")
    assert datetime.fromisoformat(found["newest"]["timestamp"]).timestamp() == block.timestamp
    assert len(found["contracts"]) == len(set(found["contracts"].values())) == 10
    assert all(node.code(address) for address in found["contracts"].values())
    assert found["contracts"]["ComputeReceipt"] == stage.ledger.receipts.address
