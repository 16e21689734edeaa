"""`crt contrib verify`: a line's proof against the chain, a saved head, or a root."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.context import Context
from ledger.cli.files import json_of
from ledger.cli.options import command
from ledger.cli.output import hexadecimal
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.attribution.proof import Proof

__all__ = ["app"]

app = typer.Typer()


@command(app, "verify")
def verify(
    context: Context,
    proof: Annotated[Path, typer.Argument(metavar="PROOF", help="What `crt contrib prove` wrote.")],
    head: Annotated[Path | None, typer.Option(help="Off line: what `crt contrib head --json` printed.")] = None,
    root: Annotated[str | None, typer.Option(metavar="HEX", help="Off line: the log's root.")] = None,
    size: Annotated[int | None, typer.Option(min=1, help="With --root: the log's entries.")] = None,
    line: Annotated[str | None, typer.Option(metavar="TEXT", help="Check too that it is this line's.")] = None,
) -> None:
    """Check a line's proof against the chain, or off line; ends with 2 and says what differs if it is wrong.

    Example: crt contrib verify line.crtproof --head head.json --line 'return self.finalize_request(rv)'
    """
    from ledger.attribution.proof import Proof

    try:
        found = Proof.unpack(proof.read_bytes(), str(proof))
    except OSError as error:
        raise InputError("the proof can't be read", file=str(proof), found=error.strerror or "nothing") from None
    _check_options(head, root, size)
    if line is not None:
        _check_line(found, str(proof), line)
    if root is not None:
        heads, against = [(size or 0, hexadecimal(root, "--root"), "")], "the root given"
    elif head is not None:
        heads, against = _saved(found, str(proof), head), f"the head in {head}"
    else:
        heads, against = _on_chain(context, found, str(proof)), "the chain"
    commit = _commit(found, str(proof), heads)
    document: dict[str, Any] = {
        "holds": True,
        "against": "root" if root is not None else "head" if head is not None else "chain",
        "repository": found.repo if root is None else None,  # a root says nothing of it
        "entry": found.index,
        "size": found.size,
        "line": f"0x{found.line.hex()}",
        "contributor": f"0x{found.contributor.hex()}",
        "share": found.share,
        "commit": found.commit,
    }
    upto = f", read up to commit {commit[:12]}" if commit else ""
    context.say(
        "verification",
        document,
        f"The proof holds against {against}: contributor 0x{found.contributor.hex()} wrote {found.share} thousandths "
        f"of {'this line' if line is None else repr(line)} in commit {found.commit}, entry {found.index:,} of "
        f"{found.size:,}{'' if root is not None else f' in repository {found.repo}'}{upto}.",
    )


def _check_options(head: Path | None, root: str | None, size: int | None) -> None:
    if (root is None) != (size is None):
        raise InputError("a root is of a log of some size", field="--root", expected="--root HEX and --size N together")
    if root is not None and head is not None:
        raise InputError("verify against one thing", field="--head", expected="--head, or --root and --size, not both")


def _check_line(proof: Proof, file: str, text: str) -> None:
    from ledger.attribution.rule import line_hash

    wanted = line_hash(text.rstrip("\n").encode("utf-8", "surrogateescape"))
    if wanted is None:
        raise InputError("such a line earns nothing, so nothing proves it", field="--line", found=repr(text))
    if wanted != proof.line:
        raise _differs(file, "the proof is of another line", f"line 0x{wanted.hex()}", f"0x{proof.line.hex()}")


def _on_chain(context: Context, proof: Proof, file: str) -> list[tuple[int, bytes, str]]:
    from ledger.services import contributions

    with context.ledger() as ledger:
        place = ledger.deployment.chain_id, ledger.contributions.address
        _check_place(proof, file, *place)
        contributions.head(ledger, proof.repo)
        return contributions.heads(ledger, proof.repo)


def _saved(proof: Proof, file: str, head: Path) -> list[tuple[int, bytes, str]]:
    found = json_of(head, "head", "crt contrib head --json")
    try:
        chain_id, contract, repo = int(found["chainId"]), str(found["contract"]), int(found["repository"])
        heads = [
            (int(item["size"]), hexadecimal(item["root"], "heads.root"), str(item["commit"])) for item in found["heads"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("the head is not whole", file=str(head), found=repr(error)) from None
    _check_place(proof, file, chain_id, contract)
    if proof.repo != repo:
        raise _differs(file, "the proof is of another repository", f"repository {repo}", f"repository {proof.repo}")
    return heads


def _check_place(proof: Proof, file: str, chain_id: int, contract: str) -> None:
    # A proof that names a contract of its maker's could be of anything.
    if proof.chain_id != chain_id:
        raise _differs(file, "the proof is of another chain", f"chain {chain_id}", f"chain {proof.chain_id}")
    if f"0x{proof.contract.hex()}" != contract.lower():
        raise _differs(file, "the proof is of another contract", contract, f"0x{proof.contract.hex()}")


def _commit(proof: Proof, file: str, heads: Sequence[tuple[int, bytes, str]]) -> str:
    """The commit up to which the log was read. Raises InputError unless the proof holds."""
    sizes = [(root, commit) for size, root, commit in heads if size == proof.size]
    for root, commit in sizes:
        if proof.holds(root):
            return commit
    if not sizes:
        known = ", ".join(f"{size:,}" for size in sorted({size for size, _, _ in heads})[-5:]) or "nothing"
        later = proof.size > max((size for size, _, _ in heads), default=0)
        error = _differs(
            file,
            "the log is not that long here" if later else "the log never had this size here",
            f"one of {known} entries",
            f"{proof.size:,} entries",
        )
        error.hint = f"is this the chain, and repository {proof.repo} the one, that the proof was made for?"
        if later:
            error.hint = f"a saved head may be older than the proof: save it again with crt contrib head. {error.hint}"
        raise error
    raise _differs(
        file,
        "the proof does not hold: it is not of an entry of this log, or was changed",
        f"an entry under root 0x{sizes[-1][0].hex()}",
        f"entry {proof.index}, which leads to another root",
    )


def _differs(file: str, message: str, expected: str, found: str) -> InputError:
    return InputError(message, file=file, expected=expected, found=found)
