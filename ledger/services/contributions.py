"""Contribution logs on chain: register a repository, append what was attributed, prove a line, verify a proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.attribution.logfile import LogFile
from ledger.attribution.proof import Proof
from ledger.attribution.rule import RULE, line_hash
from ledger.attribution.tree import EMPTY, Tree, leaf_hash, root_of
from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.node import Node
from ledger.chain.primitives import address_bytes, checksum
from ledger.chain.signer import Signer
from ledger.engine.operations import Outcome, Step
from ledger.errors import InputError, NetworkMismatch
from ledger.services.ledger import Ledger, typed_fields
from ledger.services.typed import TypedData
from ledger.store import index_people

__all__ = ["Batch", "Head", "anchor", "append", "check_log", "commit_of", "commit_word", "enter", "genesis_of", "head"]
__all__ += ["heads", "prove", "register", "repositories_of", "set_writer", "verify"]

_BATCH: Final = typed_fields("uint256 repo,uint64 number,uint64 size,bytes32 root,bytes32 head,uint64 asOf")


@dataclass(frozen=True, slots=True)
class Head:
    """A repository's log as the chain has it: the tree's root over ``size`` entries, after ``batches`` batches."""

    repo: int
    root: bytes
    size: int
    batches: int
    maintainer: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one append changes, as its writer signs it: the log has ``size`` entries under ``root`` after it.

    ``number`` counts the batches before it, ``head`` is the oid of the commit up to which the repository was read, and
    ``as_of`` the block up to which lines of other repositories were left out.
    """

    repo: int
    number: int
    size: int
    root: bytes
    head: str
    as_of: int = 0

    def message(self) -> dict[str, Any]:
        """As the contract takes it; EIP-712 takes the repository before it."""
        words = {"root": self.root, "head": commit_word(self.head)}
        return {"number": self.number, "size": self.size, **words, "asOf": self.as_of}

    def to_sign(self, ledger: Ledger) -> TypedData:
        """What is signed."""
        domain = ledger.typed_domain(ledger.contributions, "Contribution Log")
        return TypedData(domain, "Batch", _BATCH, {"repo": self.repo, **self.message()})


def register(
    ledger: Ledger, maintainer: str, log: LogFile, name: str, policy: str = "", *, key: str | None = None
) -> int:
    """Register a repository whose history was attributed; returns its number. ``policy`` is published as it stands."""
    genesis = log.get("genesis")
    if genesis is None:
        raise InputError("nothing was attributed yet", file=str(log.path), hint="crt contrib attribute REPOSITORY")
    return enter(ledger, maintainer, genesis.decode(), name, policy, key=key)


def enter(ledger: Ledger, maintainer: str, genesis: str, name: str, policy: str = "", *, key: str | None = None) -> int:
    """Register a repository by the first commit of its history, attributed by the present rule; returns its number."""
    data = ledger.contributions.call_data("register", commit_word(genesis), RULE, name, policy.encode())
    outcome = ledger.act(maintainer, "contributions.register", Step(ledger.contributions.address, data), key=key)
    return int(outcome.event(ledger.contributions, "Registered").args["repo"])


def set_writer(ledger: Ledger, repo: int, account: str, allowed: bool = True, *, key: str | None = None) -> None:
    """Let another account append to a repository's log, or no longer. The maintainer signs."""
    step = Step(ledger.contributions.address, ledger.contributions.call_data("setWriter", repo, account, allowed))
    ledger.act(head(ledger, repo).maintainer, "contributions.writer", step, key=key)


def head(ledger: Ledger, repo: int) -> Head:
    """A repository's log as it is now. Raises InputError if there is none of this number."""
    with ledger.reading() as connection:
        maintainer = index_people.maintainer(connection, repo)
        last = index_people.last_batch(connection, repo)
    if maintainer is None:
        raise InputError("no such repository", field="repository", found=str(repo))
    if last is None:
        return Head(repo, EMPTY, 0, 0, maintainer)
    return Head(repo, last.root, last.size, last.number + 1, maintainer)


def heads(ledger: Ledger, repo: int) -> list[tuple[int, bytes, str]]:
    """Every head that a repository's log ever had, in order: size, root and the commit up to which it was read."""
    with ledger.reading() as connection:
        return [(one.size, one.root, commit_of(one.head)) for one in index_people.batches(connection, repo=repo)]


def genesis_of(ledger: Ledger, repo: int) -> str:
    """The oid of the first commit of a repository's history. Raises InputError if there is none of this number."""
    head(ledger, repo)
    with ledger.reading() as connection:
        (known,) = index_people.repositories(connection, repo=repo)
    return commit_of(known.genesis)


def repositories_of(ledger: Ledger, maintainer: str, genesis: str) -> list[int]:
    """The numbers under which an account registered the history with this first commit, the oldest first."""
    with ledger.reading() as connection:
        found = index_people.repositories(connection, genesis=commit_word(genesis))
    return [one.repo for one in found if one.maintainer == maintainer]


def anchor(
    ledger: Ledger,
    repo: int,
    log: LogFile,
    writer: Signer,
    *,
    as_of: int = 0,
    relayer: str | None = None,
    key: str | None = None,
) -> Outcome | None:
    """Append to a repository's log what was attributed since; returns None if the chain has it already.

    ``writer`` signs, ``relayer`` sends and pays (the writer by default). ``as_of`` is the block up to which lines of
    other repositories were left out. Raises InputError when the file is not a continuation of the log on chain.
    """
    if not log.pinned():
        raise InputError("nothing was attributed yet", file=str(log.path), hint="crt contrib attribute REPOSITORY")
    now, pinned = head(ledger, repo), log.pinned()[-1]
    check_log(log, now)
    tree = Tree(leaf_hash(entry) for entry in log.entries())
    found = heads(ledger, repo)
    if found and found[-1][0] == pinned.entries and found[-1][2] == pinned.oid:
        return None
    batch = Batch(repo, now.batches, pinned.entries, tree.root, pinned.oid, as_of)
    signature = batch.to_sign(ledger).sign(writer) if relayer else b""
    sender = relayer or writer.address
    return append(ledger, batch, tree.consistency(now.size), writer.address, signature, sender, key=key)


def append(
    ledger: Ledger,
    batch: Batch,
    proof: Sequence[bytes],
    signer: str,
    signature: bytes,
    sender: str,
    *,
    key: str | None = None,
) -> Outcome:
    """Append to a repository's log what ``signer``, its maintainer or one of their writers, has signed.

    ``proof`` says that the new tree begins with the present one. No signature is needed of who sends it. Raises
    Reverted for what the contract refuses.
    """
    data = ledger.contributions.call_data("append", batch.repo, batch.message(), list(proof), signer, signature)
    intent = f"contributions.append {batch.repo} {batch.number} {batch.root.hex()} {batch.head}"
    step = Step(ledger.contributions.address, data)
    return ledger.act(sender, "contributions.append", step, key=key, intent=intent)


def check_log(log: LogFile, now: Head) -> None:
    """Raise InputError unless the log on chain is the beginning of the one in the file."""
    start = root_of([leaf_hash(entry) for entry in log.entries(0, now.size)]) if now.size else EMPTY
    if len(log) < now.size or start != now.root:
        raise InputError(
            "the log in the file does not continue the one on chain",
            file=str(log.path),
            expected=f"{now.size:,} entries with root 0x{now.root.hex()} at its beginning",
            found=f"{len(log):,} entries, root 0x{start.hex()} there",
            hint="attribute the repository from scratch, pinning the heads that were anchored, one after the other",
        )


def prove(ledger: Ledger, repo: int, log: LogFile, *, text: str | None = None, entry: int | None = None) -> list[Proof]:
    """Proofs for a line of source text, one for each of its authors, or for the entry of a number.

    Raises InputError when the text has no normal form, or nobody earned it here, or it is not yet on chain.
    """
    now = head(ledger, repo)
    check_log(log, now)
    tree = Tree(leaf_hash(item) for item in log.entries(0, now.size)) if now.size else Tree([])
    numbers = [entry] if entry is not None else [record.number for record in log.records(_hash(text or ""))]
    if not numbers:
        raise InputError("nobody earned this line here", field="line", found=repr(text))
    if entry is not None and entry >= len(log):
        raise InputError(
            "the log has no such entry",
            file=str(log.path),
            field="entry",
            expected=f"0 to {len(log) - 1:,}" if len(log) else "nothing yet",
            found=f"{entry:,}",
        )
    if max(numbers) >= now.size:
        raise InputError(
            "the line is not on chain yet", field="entry", found=str(max(numbers)), hint="crt contrib anchor"
        )
    contract = address_bytes(ledger.contributions.address)
    return [
        Proof(
            ledger.deployment.chain_id,
            contract,
            repo,
            now.size,
            number,
            next(log.entries(number, number + 1)),
            tuple(tree.inclusion(number)),
        )
        for number in numbers
    ]


def verify(node: Node, contract: str, proof: Proof, from_block: int = 0) -> str:
    """Check a proof against the chain; returns the commit up to which the log was read at that size.

    Nothing but the chain is asked. ``contract`` is the log that the caller trusts, whatever the proof names. Raises
    InputError when the proof is wrong or of another contract, NetworkMismatch when it is of another chain.
    """
    if node.chain_id() != proof.chain_id:
        raise NetworkMismatch(f"the proof is of chain {proof.chain_id}, the node is chain {node.chain_id()}")
    if proof.contract != address_bytes(contract):
        raise InputError(
            "the proof is of another contract",
            expected=contract,
            found=checksum(proof.contract),
            hint="anybody can deploy a log of their own: ask which one is meant",
        )
    contributions = Bound(Contract("ContributionLog"), contract)
    for event in contributions.fetch(node, "Appended", from_block, repo=proof.repo):
        if event.args["size"] == proof.size and proof.holds(event.args["root"]):
            return commit_of(event.args["head"])
    raise InputError(
        "the proof does not hold",
        expected=f"an entry of the log of {proof.size:,} entries of repository {proof.repo} at {contributions.address}",
        found="another root, or no such log",
    )


def _hash(text: str) -> bytes:
    found = line_hash(text.rstrip("\n").encode("utf-8", "surrogateescape"))
    if found is None:
        raise InputError(
            "such a line earns nothing",
            field="line",
            expected="two words and 8 bytes or more, besides comments, numbers and brackets",
            found=repr(text),
        )
    return found


def commit_word(oid: str) -> bytes:
    """The oid of a commit as the contracts have it."""
    return bytes.fromhex(oid).ljust(32, b"\0")


def commit_of(word: bytes) -> str:
    """The oid of a commit that the contracts have as 32 bytes."""
    return (word if any(word[20:]) else word[:20]).hex()
