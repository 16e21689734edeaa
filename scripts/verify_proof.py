"""Verify the proof of a line with nothing of ours: the standard library, and keccak-256 (`pip install safe-pysha3`).

    python scripts/verify_proof.py PROOF --rpc URL --contract ADDRESS     against the log on a chain that you trust
    python scripts/verify_proof.py PROOF --root HEX                       against the root of a log that you trust

The file's layout is in ledger/attribution/proof.py, the tree is RFC 9162's with keccak-256, and the chain is asked for
the contract's event Appended(uint256 indexed repo, uint64 number, uint64 size, bytes32 root, bytes32 head, uint64 asOf,
address signer).
"""

import argparse
import json
import re
import sys
import urllib.request
from pathlib import Path

from sha3 import keccak_256


def keccak(data):
    return keccak_256(data).digest()


def read(content):
    """The fields of a proof file."""
    if content[:3] != b"CR\1":
        sys.exit("not a proof file of version 1")
    if len(content) < 3 + 7 + 84:
        sys.exit("the proof file is cut short")
    numbers, at = [], 3
    for _ in range(7):
        number = shift = 0
        while True:
            byte = content[at]
            number, shift, at = number | (byte & 127) << shift, shift + 7, at + 1
            if byte < 128:
                break
        numbers.append(number)
    chain_id, repo, size, index, start, share, oid_length = numbers
    contract, line, contributor = content[at : at + 20], content[at + 20 : at + 52], content[at + 52 : at + 84]
    oid, path = content[at + 84 : at + 84 + oid_length], content[at + 84 + oid_length :]
    entry = line + contributor + oid.ljust(32, b"\0") + start.to_bytes(2, "big") + share.to_bytes(2, "big")
    hashes = [path[place : place + 32] for place in range(0, len(path), 32)]
    return chain_id, "0x" + contract.hex(), repo, size, index, entry, hashes


def root_of(entry, index, size, path):
    """The root that the path leads to, by the recursion of RFC 9162, section 2.1.3."""
    if size == 1:
        return keccak(b"\0" + entry) if not path else None
    if not path:
        return None
    left = 1 << (size - 1).bit_length() - 1
    if index < left:
        below, sides = root_of(entry, index, left, path[:-1]), (None, path[-1])
    else:
        below, sides = root_of(entry, index - left, size - left, path[:-1]), (path[-1], None)
    if below is None:
        return None
    return keccak(b"\1" + (sides[0] or below) + (sides[1] or below))


def ask(url, method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    try:
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found = json.load(answer)
    except (OSError, ValueError) as error:
        sys.exit(f"{url} does not answer as a node does: {error}")
    if "error" in found:
        sys.exit(f"{method}: {found['error']}")
    return found["result"]


def roots_on_chain(url, chain_id, contract, repo, size):
    """All roots that the log of this size ever had on chain."""
    here = int(ask(url, "eth_chainId"), 16)
    if here != chain_id:
        sys.exit(f"the proof is of chain {chain_id}, and {url} is one of chain {here}")
    event = keccak(b"Appended(uint256,uint64,uint64,bytes32,bytes32,uint64,address)")
    topics = ["0x" + event.hex(), f"0x{repo:064x}"]
    logs = ask(url, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": contract, "topics": topics})
    data = [bytes.fromhex(log["data"][2:]) for log in logs]
    return {item[64:96] for item in data if int.from_bytes(item[32:64], "big") == size}


def main():
    parser = argparse.ArgumentParser(description="Verify the proof of a line.")
    parser.add_argument("proof", type=Path)
    known = parser.add_mutually_exclusive_group(required=True)
    known.add_argument("--rpc", help="JSON-RPC address of a node of the chain")
    known.add_argument("--root", help="the log's root, 64 hexadecimal digits")
    parser.add_argument("--contract", help="with --rpc: the contract of the log; the proof could name any")
    given = parser.parse_args()
    if bool(given.rpc) != bool(given.contract):
        parser.error("--rpc and --contract go together")
    if given.root and not re.fullmatch("(0x)?[0-9a-fA-F]{64}", given.root):
        parser.error(f"--root: 64 hexadecimal digits are expected, not {given.root!r}")
    try:
        content = given.proof.read_bytes()
    except OSError as error:
        sys.exit(f"the proof can't be read: {error}")
    try:
        chain_id, contract, repo, size, index, entry, path = read(content)
    except IndexError:
        sys.exit("the proof file is cut short")
    if given.contract and given.contract.lower() != contract:
        sys.exit(f"the proof is of contract {contract}, not of {given.contract}")
    root = root_of(entry, index, size, path) if index < size else None
    if given.rpc:
        trusted = roots_on_chain(given.rpc, chain_id, contract, repo, size)
    else:
        trusted = {bytes.fromhex(given.root.removeprefix("0x"))}
    if root not in trusted:
        sys.exit("the proof does NOT hold")
    share = int.from_bytes(entry[98:], "big")
    print(f"entry {index:,} of {size:,}{f' of repository {repo}' if given.rpc else ''}: the proof holds")
    print(f"  line         0x{entry[:32].hex()}")
    print(f"  contributor  0x{entry[32:64].hex()}, {share} thousandths of it")
    print(f"  commit       {entry[64:84].hex() if not any(entry[84:96]) else entry[64:96].hex()}")


if __name__ == "__main__":
    main()
