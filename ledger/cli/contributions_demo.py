"""`crt demo contributions`: from a git history to a redeemed voucher."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from ledger.attribution.git import Repository
from ledger.cli.draw.look import new_table
from ledger.cli.output import progress, shown, terminal
from ledger.errors import InputError
from ledger.services.graduation_story import GraduationStory, run_graduation

__all__ = ["run_contributions_demo"]

_SHOWN: Final = 10
_CASH: Final = 1_000_000


def run_contributions_demo(repository: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Run the story on a repository, this project's own by default, and tell it."""
    with progress(quiet) as tell:
        story = run_graduation(repository or _own(), tell=tell)
    if as_json:
        print(json.dumps(_document(story), ensure_ascii=False, indent=2))
    else:
        _tell(story, terminal())


def _own() -> Path:
    """The repository that this project is in; a package that was installed is in none."""
    root = Path(__file__).resolve().parents[2]
    try:
        Repository(root).resolve("HEAD")
    except InputError as error:
        raise InputError(
            "this installation has no git history of its own",
            hint="name a repository: crt demo contributions --repo PATH",
        ) from error
    return root


def _tell(story: GraduationStory, console: Console) -> None:
    pinned, proof = story.pinned, story.proof
    console.print()
    console.rule(Text(f"Contributions  {Path(story.repository).name} at {pinned.oid[:12]}", style="bold"))
    rows = new_table("Who earned what", "author", "contributor", "lines", "points")
    for one in story.earned[:_SHOWN]:
        lines = f"{one.thousandths // 1000:,}"
        rows.add_row(Text(shown(one.address.encode())), _short(one.contributor), lines, f"{one.points:,}")
    rest = story.earned[_SHOWN:]
    if rest:
        lines = f"{sum(one.thousandths for one in rest) // 1000:,}"
        rows.add_row(f"{len(rest)} others", "", lines, f"{sum(one.points for one in rest):,}")
    console.print(rows)
    log = new_table("The log on chain", "", "", left=2)
    log.add_row("commits, entries", f"{pinned.positions:,}, {pinned.entries:,}")
    log.add_row("root", f"0x{pinned.root.hex()}")
    log.add_row("gas for the batch", f"{story.anchor_gas:,}")
    console.print(log)
    line = new_table("One line's proof", "", "", left=2)
    line.add_row("line", Text(story.line))
    line.add_row("in", Text(f"{story.line_path}, commit {proof.commit[:12]}"))
    line.add_row("by", _short(proof.contributor))
    line.add_row(
        "proof", f"{len(proof.pack())} bytes, {len(proof.path)} hashes: entry {proof.index:,} of {proof.size:,}"
    )
    line.add_row("checked on chain", f"it is in the log that was read up to {story.proof_commit[:12]}")
    console.print(line)
    graduates = new_table("Graduates", "author", "points", "vouchers", "claimed again", left=1)
    for who in story.graduates:
        graduates.add_row(Text(shown(who.address.encode())), f"{who.points:,}", f"{who.vouchers:,}", f"{who.again:,}")
    console.print(graduates)
    cash = new_table("Vouchers", "", "", left=1)
    cash.add_row("budget", _amount(story.budget))
    cash.add_row(f"redeemed for invoice INV-2026-001: {story.redeemed_units:,} vouchers", _amount(story.redeemed_value))
    cash.add_row("the same invoice once more", f"refused: {story.refused}")
    cash.add_row("reimbursed to the provider", _amount(story.reimbursed))
    cash.add_row("budget that is free", _amount(story.left))
    console.print(cash)


def _document(story: GraduationStory) -> dict[str, Any]:
    pinned, proof = story.pinned, story.proof
    return {
        "schema": "crt-contributions-demo/1",
        "head": pinned.oid,
        "commits": pinned.positions,
        "entries": pinned.entries,
        "root": f"0x{pinned.root.hex()}",
        "anchorGas": story.anchor_gas,
        "earned": [
            {
                "author": one.address,
                "contributor": f"0x{one.contributor.hex()}",
                "thousandths": one.thousandths,
                "points": one.points,
            }
            for one in story.earned
        ],
        "proof": {
            "line": story.line,
            "path": story.line_path,
            "commit": proof.commit,
            "contributor": f"0x{proof.contributor.hex()}",
            "index": proof.index,
            "size": proof.size,
            "bytes": len(proof.pack()),
            "file": proof.pack().hex(),
        },
        "graduates": [
            {
                "author": one.address,
                "person": one.person,
                "wallet": one.wallet,
                "points": one.points,
                "vouchers": one.vouchers,
                "claimedAgain": one.again,
            }
            for one in story.graduates
        ],
        "budget": _amount(story.budget),
        "redeemed": {"vouchers": story.redeemed_units, "value": _amount(story.redeemed_value)},
        "refused": story.refused,
        "reimbursed": _amount(story.reimbursed),
        "free": _amount(story.left),
    }


def _short(contributor: bytes) -> str:
    return f"0x{contributor.hex()[:8]}…{contributor.hex()[-6:]}"


def _amount(units: int) -> str:
    """Cash of a token of 6 decimals; in whole hundredths here, since a voucher is worth 5.00."""
    return f"{units // _CASH:,}.{units % _CASH // 10_000:02d}"
