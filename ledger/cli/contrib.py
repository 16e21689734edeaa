"""`crt contrib`: from a git repository to its log, the log's anchors on chain, and proofs of single lines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.chain.node import full_receipt
from ledger.cli.accounts import account
from ledger.cli.anchored import keep_repository, kept_repository, open_log, policy_text, repository_of
from ledger.cli.context import Context
from ledger.cli.files import write_new
from ledger.cli.options import As, LogArgument, PolicyOption, RepositoryOption, command
from ledger.cli.output import progress, say, short, shown, some, table
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.attribution.logfile import LogFile
    from ledger.attribution.policy import Policy
    from ledger.chain.signer import Signer
    from ledger.services.ledger import Ledger

__all__ = ["app"]

app = typer.Typer(
    help="Contributions: who wrote which line of a repository, provably, and what graduates have coming for it.",
    no_args_is_help=True,
)


@app.command()
def attribute(
    repository: Annotated[Path, typer.Argument(metavar="REPOSITORY", help="A git repository with its whole history.")],
    head: Annotated[str, typer.Option(help="Up to which commit.")] = "HEAD",
    policy: PolicyOption = None,
    log: Annotated[
        Path | None, typer.Option(help="The log's file. Default: the repository's name and .crtlog, here.")
    ] = None,
    seen: Annotated[
        list[Path] | None, typer.Option(metavar="LOG", help="Lines in this other log are not new. Can be repeated.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many contributors to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Attribute each line of a repository's history to whoever wrote it first; run again, it goes on where it was.

    A line is shared by the authors of its commit; points are thousandths of a line, after the policy.

    Example: crt contrib attribute ../flask --policy policy.toml --top 10
    """
    from contextlib import ExitStack

    from ledger.attribution.attribute import attribute as pin
    from ledger.attribution.logfile import LogFile
    from ledger.attribution.policy import Policy

    rules = Policy.load(policy) if policy is not None else Policy()
    place = log or Path(f"{repository.resolve().name.removesuffix('.git')}.crtlog")
    with ExitStack() as files, progress(quiet) as tell:
        others = [files.enter_context(open_log(path)) for path in seen or []]
        made = not place.exists()
        try:
            file = files.enter_context(LogFile(place))
            pinned = pin(repository, file, head, rules, foreign=_Seen(others), tell=tell)
        except InputError:
            files.close()
            if made and place.is_file():  # it holds nothing
                _forget(place)
            raise
        document, rows = _shares(file, rules, top)
    document = {"log": str(place), "commit": pinned.oid, "commits": pinned.positions} | document
    document |= {"entries": pinned.entries, "root": f"0x{pinned.root.hex()}"}
    if as_json:
        say(True, "attribution", document)
        return
    print(f"{place}: {some(pinned.positions, 'commit')} up to {pinned.oid[:12]}\n")
    table(("who", "contributor", "lines", "points", "share"), rows, left=2)
    print(f"\n{pinned.entries:,} entries, root 0x{pinned.root.hex()}")


class _Seen:
    """The hashes of several logs."""

    def __init__(self, logs: list[LogFile]) -> None:
        self._logs = logs

    def __contains__(self, found: object) -> bool:
        return isinstance(found, bytes) and any(found in log for log in self._logs)


def _forget(place: Path) -> None:
    """Remove a log that holds nothing, and what SQLite keeps beside it."""
    from ledger.attribution.logfile import LogFile

    with LogFile(place) as log:
        empty = not log.pinned()
    if empty:
        for suffix in ("", "-wal", "-shm"):
            place.with_name(f"{place.name}{suffix}").unlink(missing_ok=True)


def _shares(log: LogFile, policy: Policy, top: int) -> tuple[dict[str, Any], list[tuple[str, ...]]]:
    """Who has how much: as a document, and as rows of a table."""
    from ledger.attribution.points import score

    lines: Counter[bytes] = Counter()
    points: Counter[bytes] = Counter()
    for item in score(log, policy):
        lines[item.record.contributor] += item.record.share
        points[item.record.contributor] += item.points
    addresses, total, all_lines = log.contributors(), sum(points.values()), sum(lines.values())
    ranked = sorted(lines, key=lambda who: (-points[who], -lines[who], who))
    contributors = [
        {
            "who": shown(addresses[who]),
            "contributor": f"0x{who.hex()}",
            "lines": f"{lines[who] / 1000:.3f}",
            "points": points[who],
            "share": f"{points[who] / total if total else 0:.6f}",
        }
        for who in ranked[:top]
    ]
    rows = [_row(shown(addresses[who]), short(who), lines[who], points[who], total) for who in ranked[:top]]
    if rest := ranked[top:]:
        sums = sum(lines[who] for who in rest), sum(points[who] for who in rest)
        rows.append(_row(some(len(rest), "other"), "", *sums, total))
    rows.append(_row("together", "", all_lines, total, total))
    document = {"lines": f"{all_lines / 1000:.3f}", "points": total, "people": len(ranked)}
    return document | {"contributors": contributors}, rows


def _row(who: str, contributor: str, lines: int, points: int, total: int) -> tuple[str, ...]:
    return who, contributor, f"{lines / 1000:,.1f}", f"{points:,}", f"{100 * points / total if total else 0:.1f} %"


@command(app, "anchor")
def anchor(
    context: Context,
    log: LogArgument,
    who: As,
    repository: RepositoryOption = None,
    name: Annotated[str | None, typer.Option(help="The repository's name on chain. Default: the log's.")] = None,
    policy: PolicyOption = None,
    new: Annotated[bool, typer.Option("--new", help="Register anew, such as after history was rewritten.")] = False,
    as_of: Annotated[int, typer.Option(min=0, help="Block up to which --seen logs were regarded.")] = 0,
) -> None:
    """Put a log's root on chain, the first time also register its repository; gas is of this transaction.

    Example: crt contrib anchor flask.crtlog --name pallets/flask --as dev:0
    """
    from ledger.services import contributions

    with open_log(log) as file, context.ledger(create=True) as ledger:  # for a log that is none, no chain is made
        writer = account(ledger, who)
        number = repository or (None if new else kept_repository(ledger, file) or _registered(ledger, file, writer))
        registered = number is None
        if number is None:
            title = name or log.stem
            number = contributions.register(ledger, writer.address, file, title, policy_text(policy))
        else:
            repository_of(ledger, file, number)
        keep_repository(ledger, file, number)
        outcome = contributions.anchor(ledger, number, file, writer, as_of=as_of)
        now, pinned = contributions.head(ledger, number), file.pinned()[-1]
    gas = None if outcome is None else full_receipt(ledger.node, outcome.receipt).gas_used
    document: dict[str, Any] = {"repository": number, "registered": registered, "anchored": outcome is not None}
    document |= {"size": now.size, "root": f"0x{now.root.hex()}", "commit": pinned.oid, "gas": gas}
    context.say(
        "anchor",
        document,
        *([f"registered as repository {number}"] if registered else []),
        f"repository {number}: {now.size:,} entries up to commit {pinned.oid[:12]}, root 0x{now.root.hex()}",
        "nothing new: the chain has it already" if gas is None else f"anchored with {gas:,} gas",
    )


def _registered(ledger: Ledger, log: LogFile, writer: Signer) -> int | None:
    """The number under which this account registered this history before, also if the log does not know it."""
    from ledger.services.contributions import repositories_of

    found = repositories_of(ledger, writer.address, (log.get("genesis") or b"").decode())
    return found[-1] if found else None


@command(app, "head")
def head(
    context: Context,
    log: Annotated[Path | None, typer.Argument(metavar="LOG", help="The log, if --repository is not given.")] = None,
    repository: RepositoryOption = None,
) -> None:
    """Show a repository's log as the chain has it: size in entries, root, commit; with --json to verify by off line.

    Example: crt contrib head --repository 1 --json > head.json
    """
    from ledger.services import contributions

    with context.ledger() as ledger:
        if repository is None:
            if log is None:
                raise InputError("which repository is not said", field="LOG", expected="a log, or --repository N")
            with open_log(log) as file:
                repository = repository_of(ledger, file, None)
        now = contributions.head(ledger, repository)
        found = contributions.heads(ledger, repository)
        block = ledger.node.block_number()
    document = {
        "chainId": ledger.deployment.chain_id,
        "contract": ledger.contributions.address,
        "repository": repository,
        "maintainer": now.maintainer,
        "block": block,
        "size": now.size,
        "root": f"0x{now.root.hex()}",
        "heads": [{"size": size, "root": f"0x{root.hex()}", "commit": commit} for size, root, commit in found],
    }
    last = f"up to commit {found[-1][2][:12]}" if found else "nothing anchored"
    context.say(
        "head",
        document,
        f"repository {repository}: {now.size:,} entries, {last}, root 0x{now.root.hex()}",
        f"maintainer {now.maintainer}, {now.batches} batches, at block {block}",
    )


@command(app, "prove")
def prove(
    context: Context,
    log: LogArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The proof's file.")],
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="The line of source text.")] = None,
    repository: RepositoryOption = None,
    entry: Annotated[int | None, typer.Option(min=0, help="The entry's number, instead of the text.")] = None,
) -> None:
    """Write a proof, less than 1,000 bytes, that a line is in a log on chain; one file for each of its authors.

    Example: crt contrib prove flask.crtlog 'return self.finalize_request(rv)' -o line.crtproof
    """
    from ledger.services import contributions

    if (text is None) == (entry is None):
        raise InputError("which line is not said", field="TEXT", expected="the line's text, or --entry N")
    with context.ledger() as ledger, open_log(log) as file:
        number = repository_of(ledger, file, repository)
        found = contributions.prove(ledger, number, file, text=text, entry=entry)
    written: list[dict[str, Any]] = []
    for index, proof in enumerate(found, 1):
        path = output if index == 1 else output.with_name(f"{output.stem}-{index}{output.suffix}")
        content = proof.pack()
        write_new(path, content)
        written.append(
            {
                "file": str(path),
                "bytes": len(content),
                "entry": proof.index,
                "contributor": f"0x{proof.contributor.hex()}",
                "share": proof.share,
                "commit": proof.commit,
            }
        )
    context.say(
        "proof",
        {"repository": number, "size": found[0].size, "proofs": written},
        *(
            f"{item['file']}: {item['bytes']} bytes, repository {number}, entry {item['entry']} of {found[0].size:,}: "
            f"{item['share']} thousandths by contributor {item['contributor']} in commit {item['commit']}"
            for item in written
        ),
    )
