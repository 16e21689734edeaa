"""What others' transactions cost: their contracts as their packages ship them, and OpenZeppelin's with our settings.

Where a peer can be set up in several ways, it is the cheapest one: T-REX without proxies, with one claim topic and no
compliance module; the reference implementation of ERC-3525 without any rule; a Merkle distributor of 1,024 leaves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import solcx

from bench.gas.ours import BATCH, spent
from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.node import DevNode, full_receipt
from ledger.chain.primitives import ZERO_ADDRESS, address_bytes, keccak
from ledger.chain.signing import Account
from ledger.engine.operations import Step
from ledger.services.ledger import Ledger, fund_account, open_local
from scripts.compile_contracts import CONTRACTS, SETTINGS, sources

__all__ = ["Row", "peers"]

PEERS: Final = Path(__file__).resolve().parents[1] / "peers"
PACKAGES: Final = PEERS / "node_modules"
EAS: Final = "@ethereum-attestation-service/eas-contracts/artifacts/contracts"
TREX: Final = "@tokenysolutions/t-rex/artifacts/contracts"
ONCHAINID: Final = "@onchain-id/solidity/artifacts/contracts"
Row = tuple[str, str, int]  # work, subject, gas
LEAVES: Final = 1_024
WORD: Final = 32
TOPIC: Final = 1
MONTH: Final = 30 * 86_400


def peers() -> list[Row]:
    """All the peers' rows."""
    with open_local() as ledger:
        bench = _Bench(ledger)
        return [*bench.plain(), *bench.erc3525(), *bench.trex(), *bench.eas(), *bench.distributor(), *bench.staking()]


def _shipped(path: str) -> Contract:
    artifact = json.loads((PACKAGES / path).read_text())
    return Contract.from_artifact({"contractName": Path(path).stem, **artifact})


def _compiled() -> dict[str, Contract]:
    output = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": sources(["Peers.sol"], PEERS),
            "settings": {**SETTINGS, "outputSelection": {"Peers.sol": {"*": ["abi", "evm.bytecode.object"]}}},
        },
        solc_binary=CONTRACTS / "bin" / "solc",
    )
    return {
        name: Contract.from_artifact(
            {"contractName": name, "abi": found["abi"], "bytecode": f"0x{found['evm']['bytecode']['object']}"}
        )
        for name, found in output["contracts"]["Peers.sol"].items()
    }


class _Bench:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.first, self.second = (fund_account(ledger, dev_account(index)) for index in (10, 11))

    def deploy(self, contract: Contract, *args: Any) -> Bound:
        outcome = self.ledger.act(self.first.address, "gas.deploy", Step(None, contract.creation(*args)))
        address = full_receipt(self.ledger.node, outcome.receipt).contract_address
        assert address is not None
        return Bound(contract, address)

    def spent(self, contract: Bound, function: str, *args: Any, by: Account | None = None) -> int:
        return spent(self.ledger, by or self.first, contract, function, *args)

    def plain(self) -> list[Row]:
        """OpenZeppelin's tokens, and paying each of many holders."""
        found = _compiled()
        to = self.second.address
        token, many = (self.deploy(found[name], 10**12) for name in ("PlainERC20", "PlainERC1155"))
        push = self.deploy(found["Push"])
        self.spent(token, "transfer", to, 1)
        self.spent(many, "safeTransferFrom", self.first.address, to, 1, 1, b"")
        holders = [f"0x{keccak(bytes([number]))[:20].hex()}" for number in range(BATCH)]
        self.spent(token, "transfer", push.address, 10**6)
        self.spent(push, "push", token.address, holders, 1)
        return [
            ("transfer units between receipts", "OpenZeppelin ERC-20", self.spent(token, "transfer", to, 1)),
            (
                "transfer units between receipts",
                "OpenZeppelin ERC-1155",
                self.spent(many, "safeTransferFrom", self.first.address, to, 1, 1, b""),
            ),
            (
                f"pay {BATCH} holders, each",
                "OpenZeppelin ERC-20, in a loop",
                self.spent(push, "push", token.address, holders, 1) // BATCH,
            ),
        ]

    def erc3525(self) -> list[Row]:
        """The reference implementation of ERC-3525: no rule, no yield."""
        token = self.deploy(_shipped("@solvprotocol/erc-3525/build/ERC3525BaseMock.json"), "peer", "P", 2)
        self.spent(token, "mint", self.first.address, 11, 7, 10**6)
        self.spent(token, "mint", self.second.address, 12, 7, 10**6)
        self.spent(token, "mint", self.second.address, 13, 7, 10**6)
        name, to = "ERC-3525 reference", self.second.address
        return [
            (
                "transfer units between receipts",
                name,
                self.spent(token, "transferFrom(uint256,uint256,uint256)", 11, 12, 10),
            ),
            (
                "transfer units to a new receipt",
                name,
                self.spent(token, "transferFrom(uint256,address,uint256)", 11, to, 10),
            ),
            (
                "split off a receipt",
                name,
                self.spent(token, "transferFrom(uint256,address,uint256)", 11, self.first.address, 10),
            ),
            (
                "transfer a receipt",
                name,
                self.spent(token, "transferFrom(address,address,uint256)", to, self.first.address, 13, by=self.second),
            ),
        ]

    def trex(self) -> list[Row]:
        """A token of ERC-3643 between two holders with one claim each."""
        registry = "registry/implementation"
        topics, issuers, storage, identities = (
            self.deploy(_shipped(f"{TREX}/{registry}/{name}.sol/{name}.json"))
            for name in ("ClaimTopicsRegistry", "TrustedIssuersRegistry", "IdentityRegistryStorage", "IdentityRegistry")
        )
        compliance = self.deploy(_shipped(f"{TREX}/compliance/modular/ModularCompliance.sol/ModularCompliance.json"))
        token = self.deploy(_shipped(f"{TREX}/token/Token.sol/Token.json"))
        issuer = self.deploy(_shipped(f"{ONCHAINID}/ClaimIssuer.sol/ClaimIssuer.json"), self.first.address)
        for contract in (topics, issuers, storage, compliance):
            self.spent(contract, "init")
        self.spent(identities, "init", issuers.address, topics.address, storage.address)
        self.spent(storage, "bindIdentityRegistry", identities.address)
        self.spent(topics, "addClaimTopic", TOPIC)
        self.spent(issuers, "addTrustedIssuer", issuer.address, [TOPIC])
        self.spent(token, "init", identities.address, compliance.address, "peer", "P", 2, ZERO_ADDRESS)
        for contract in (identities, token):
            self.spent(contract, "addAgent", self.first.address)
        for holder in (self.first, self.second):
            identity = self.deploy(_shipped(f"{ONCHAINID}/Identity.sol/Identity.json"), self.first.address, False)
            signature = self.first.sign_digest(_claim(identity.address))
            self.spent(identity, "addClaim", TOPIC, 1, issuer.address, signature, b"", "")
            self.spent(identities, "registerIdentity", holder.address, identity.address, 156)
            self.spent(token, "mint", holder.address, 10**6)
        self.spent(token, "unpause")
        return [("transfer units between receipts", "T-REX", self.spent(token, "transfer", self.second.address, 1))]

    def eas(self) -> list[Row]:
        """One attestation on chain."""
        registry = self.deploy(_shipped(f"{EAS}/SchemaRegistry.sol/SchemaRegistry.json"))
        eas = self.deploy(_shipped(f"{EAS}/EAS.sol/EAS.json"), registry.address)
        schema = "bytes32 root,uint64 size"
        self.spent(registry, "register", schema, ZERO_ADDRESS, True)
        uid = keccak(schema.encode() + address_bytes(ZERO_ADDRESS) + b"\1")
        data = {
            "recipient": self.second.address,
            "expirationTime": 0,
            "revocable": True,
            "refUID": bytes(WORD),
            "data": keccak(b"root") + (10_000).to_bytes(WORD, "big"),
            "value": 0,
        }
        self.spent(eas, "attest", {"schema": uid, "data": data})
        gas = self.spent(eas, "attest", {"schema": uid, "data": data})
        return [("anchor a batch of 10,000 lines", "EAS, one attestation", gas)]

    def distributor(self) -> list[Row]:
        """Uniswap's Merkle distributor; the account has a balance, and another of its word of claims has claimed."""
        token = self.deploy(_shipped("@uniswap/merkle-distributor/build/TestERC20.json"), "peer", "P", 10**9)
        account = self.second.address
        leaves = [
            keccak(index.to_bytes(WORD, "big") + address_bytes(account) + (1).to_bytes(WORD, "big"))
            for index in range(LEAVES)
        ]
        levels = [leaves]
        while len(levels[-1]) > 1:
            pairs = zip(levels[-1][::2], levels[-1][1::2], strict=True)
            levels.append([keccak(min(pair) + max(pair)) for pair in pairs])
        merkle = _shipped("@uniswap/merkle-distributor/build/MerkleDistributor.json")
        distributor = self.deploy(merkle, token.address, levels[-1][0])
        self.spent(token, "transfer", distributor.address, 10**6)
        gas = 0
        for index in (0, 1):
            proof = [level[(index >> depth) ^ 1] for depth, level in enumerate(levels[:-1])]
            gas = self.spent(distributor, "claim", index, account, 1, proof)
        return [("pay one holder, who asks", "Merkle distributor", gas)]

    def staking(self) -> list[Row]:
        """Synthetix' StakingRewards, as Uniswap ships it."""
        staked, reward = (
            self.deploy(_shipped("@uniswap/liquidity-staker/build/TestERC20.json"), 10**24) for _ in range(2)
        )
        contract = _shipped("@uniswap/liquidity-staker/build/StakingRewards.json")
        rewards = self.deploy(contract, self.first.address, reward.address, staked.address)
        self.spent(staked, "transfer", self.second.address, 10**6)
        self.spent(staked, "approve", rewards.address, 10**6, by=self.second)
        self.spent(rewards, "stake", 10**6, by=self.second)
        gas = 0
        for _ in range(2):
            self.spent(reward, "transfer", rewards.address, 10**18)
            gas = self.spent(rewards, "notifyRewardAmount", 10**18)
            self._later(MONTH)
            claimed = self.spent(rewards, "getReward", by=self.second)
        return [
            ("fix the record date, and fund", "StakingRewards", gas),
            ("pay one holder, who asks", "StakingRewards", claimed),
        ]

    def _later(self, seconds: int) -> None:
        node = self.ledger.node
        assert isinstance(node, DevNode)
        node.set_time(node.block().timestamp + seconds)


def _claim(identity: str) -> bytes:
    """What a claim issuer of ONCHAINID signs for an empty claim."""
    words = [bytes(12) + address_bytes(identity), TOPIC.to_bytes(WORD, "big"), (3 * WORD).to_bytes(WORD, "big")]
    return keccak(b"\x19Ethereum Signed Message:\n32" + keccak(b"".join(words) + bytes(WORD)))
