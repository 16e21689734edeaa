"""`crt contrib bind`: a contributor asks, with evidence that the git address is theirs; the maintainer approves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ledger.cli.accounts import account
from ledger.cli.anchored import open_log, repository_of
from ledger.cli.context import Context
from ledger.cli.files import check_chain, json_of, write_new
from ledger.cli.options import As, LogArgument, RepositoryOption, command
from ledger.cli.output import moment
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.attribution.identity import Evidence, Signed
    from ledger.attribution.logfile import LogFile
    from ledger.services.ledger import Ledger
    from ledger.services.people import Binding

__all__ = ["app"]

app = typer.Typer(
    help="Bind a contributor to a wallet: requested by them, approved by the maintainer.", no_args_is_help=True
)

_GitOption = Annotated[Path, typer.Option("--git", help="The git repository.")]
_Kind = Literal["ssh", "gpg", "commit"]


@command(app, "request")
def request(
    context: Context,
    log: LogArgument,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The mail address in your commits; kept nowhere.")],
    who: As,
    output: Annotated[Path, typer.Option("-o", "--output", help="The request's file, for the maintainer.")],
    repository: RepositoryOption = None,
    git: _GitOption = Path(),
    head: Annotated[str, typer.Option(help="A commit that has yours in its history.")] = "HEAD",
    kind: Annotated[
        _Kind | None,
        typer.Option("--evidence", help="Default: the key that git signs with, or a commit if there is none."),
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="Another key than git's own: a file, or gpg's name.")] = None,
) -> None:
    """Ask that your contributions be paid to your wallet, signed by the wallet and your git key; good for 7 days.

    Without a key, a commit of yours that adds a claim file is the evidence; it is written, and you commit it.

    Example: crt contrib bind request flask.crtlog ann@example.org --git ../flask --as dev:1 -o ann.json
    """
    from ledger.attribution import identity
    from ledger.services import people

    with context.ledger() as ledger, open_log(log) as file:
        number = repository_of(ledger, file, repository)
        wallet = account(ledger, who)
        contributor = _contributor(file, address)
        _salt(ledger, number, git)
        _check_free(ledger, number, contributor)
        text = _statement(ledger, number, contributor, wallet.address)
        signed = _signed(git, text, kind, key)
        try:
            evidence = identity.find(git, head, contributor, file.salt, text, signed)
        except InputError as error:
            if signed is None:
                _write_claim(git, head, contributor, text)
            elif error.hint is not None and "claim file" in error.hint:
                error.hint += ", and add --evidence commit"
            raise
        binding, signature = people.sign_binding(ledger, number, contributor, wallet, evidence.digest())
    document = {
        "chainId": ledger.deployment.chain_id,
        "contract": ledger.claims.address,
        "repository": number,
        "contributor": f"0x{contributor.hex()}",
        "wallet": wallet.address,
        "deadline": binding.deadline,
        "evidence": evidence.to_document(),
        "signature": f"0x{signature.hex()}",
    }
    text_of = json.dumps({"schema": "crt-binding-request/1", **document}, indent=2) + "\n"
    write_new(output, text_of.encode())
    context.say(
        "binding-request",
        {**document, "file": str(output)},
        f"{output}: contributor {document['contributor']} of repository {number} to wallet {wallet.address}",
        f"evidence: {_described(evidence)}; good until {moment(binding.deadline)}",
        f"next, the maintainer: crt contrib bind approve {output} --git REPOSITORY --as ACCOUNT",
    )


@command(app, "approve")
def approve(
    context: Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `crt contrib bind request` wrote.")],
    who: As,
    git: _GitOption = Path(),
    head: Annotated[str, typer.Option(help="Up to which commit the history is trusted.")] = "HEAD",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show the evidence, and bind nothing.")] = False,
) -> None:
    """Check a request's evidence in your own clone, and bind the contributor on chain; the maintainer signs and sends.

    The signature says whose key it is, not whose address: look first, with --dry-run, at who landed the commit.

    Example: crt contrib bind approve ann.json --git ../flask --as dev:0
    """
    from ledger.attribution import identity
    from ledger.services import people

    found = json_of(file, "binding-request", "crt contrib bind request")
    with context.ledger() as ledger:
        maintainer = account(ledger, who)
        binding, signature, evidence = _read(ledger, found, file)
        text = _statement(ledger, binding.repo, binding.contributor, binding.wallet)
        _check_free(ledger, binding.repo, binding.contributor)
        identity.verify(git, head, binding.contributor, _salt(ledger, binding.repo, git), text, evidence)
        number = None if dry_run else people.bind(ledger, binding, signature, maintainer)
    document = {
        "person": number,
        "repository": binding.repo,
        "contributor": f"0x{binding.contributor.hex()}",
        "wallet": binding.wallet,
        "evidence": evidence.kind,
        "commit": evidence.commit,
    }
    shown = f"git -C {git} log --no-patch --format=fuller -1 {evidence.commit}"
    context.say(
        "binding",
        document,
        f"{'would be bound' if number is None else f'person {number}'}: "
        f"contributor 0x{binding.contributor.hex()} of repository {binding.repo}, "
        f"wallet {binding.wallet}",
        f"evidence: {_described(evidence)}",
        *([f"nothing is bound yet; look at who wrote it, and landed it: {shown}"] if dry_run else []),
    )


def _contributor(log: LogFile, address: str) -> bytes:
    wanted = address.strip().lower().encode("utf-8", "surrogateescape")
    found = next((who for who, known in log.contributors().items() if known == wanted), None)
    if found is None:
        raise InputError(
            "the log has no commit by this address",
            file=str(log.path),
            field="ADDRESS",
            expected="the address as it is in your commits: git log --format=%ae",
            found=repr(address),
        )
    return found


def _check_free(ledger: Ledger, repo: int, contributor: bytes) -> None:
    number = ledger.claims.view(ledger.node, "personOfContributor", repo, contributor)
    if number:
        raise InputError(
            f"the contributor is bound already, to person {number}",
            field="contributor",
            found=f"0x{contributor.hex()}",
            hint=f"see crt contrib person {number}; another wallet: crt contrib rotate",
        )


def _statement(ledger: Ledger, repo: int, contributor: bytes, wallet: str) -> bytes:
    from ledger.attribution.identity import statement

    return statement(ledger.deployment.chain_id, ledger.claims.address, repo, contributor, wallet)


def _signed(git: Path, text: bytes, kind: _Kind | None, key: str | None) -> Signed | None:
    """The statement signed by a key; None if a commit is to be the evidence."""
    from ledger.attribution.identity import sign

    if kind == "commit":
        return None
    try:
        signed = sign(git, text, key=key)
    except InputError as error:
        if kind is None and error.field == "user.signingkey" and error.found == "nothing":
            return None
        raise
    if kind is not None and signed.kind != kind:
        raise InputError(
            "git signs with another kind of key",
            field="--evidence",
            expected=kind,
            found=signed.kind,
            hint="git config gpg.format ssh (or openpgp), or name the key with --key",
        )
    return signed


def _write_claim(git: Path, head: str, contributor: bytes, text: bytes) -> None:
    """Without a key and without a claim in the history: say what to commit, and write it where it has to be."""
    from ledger.attribution.git import Repository
    from ledger.attribution.identity import claim_path

    repository = Repository(git)
    repository.resolve(head)
    place = claim_path(contributor)
    if (git / ".git").exists():
        (git / place).parent.mkdir(parents=True, exist_ok=True)
        write_new(git / place, text)
        found = f"written now, to {git / place}"
        hint = f"git -C {git} add {place} && git -C {git} commit -m 'Claim', have it landed, and do this again"
    else:
        found = "no working tree to write it to"
        hint = f"commit this as {place}, byte for byte, and do this again:\n{text.decode()}"
    raise InputError(
        "your claim is not committed yet", file=str(git), expected=f"a commit of yours that adds {place}",
        found=found, hint=hint,
    )  # fmt: skip


def _read(ledger: Ledger, found: dict[str, Any], file: Path) -> tuple[Binding, bytes, Evidence]:
    """A request for this chain. Raises InputError that names the field."""
    from ledger.attribution.identity import Evidence
    from ledger.services.people import Binding

    check_chain(ledger, found, file, "request")
    try:
        evidence = Evidence.from_document(found["evidence"])
        binding = Binding(
            int(found["repository"]),
            bytes.fromhex(found["contributor"].removeprefix("0x")),
            str(found["wallet"]),
            evidence.digest(),
            int(found["deadline"]),
        )
        return binding, bytes.fromhex(found["signature"].removeprefix("0x")), evidence
    except InputError as error:
        error.file = str(file)
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("the request is not whole", file=str(file), found=repr(error)) from None


def _salt(ledger: Ledger, repo: int, git: Path) -> bytes:
    """What the repository's contributor ids are made with: from its first commit, which the chain names."""
    from ledger.attribution.attribute import salt_of
    from ledger.attribution.git import Repository
    from ledger.services.contributions import genesis_of

    genesis = genesis_of(ledger, repo)
    try:
        ((_, content),) = Repository(git).commits([genesis])
    except InputError as error:
        if error.field != genesis:
            raise
        raise InputError(
            f"this is not the git repository of repository {repo}",
            file=str(git),
            field="--git",
            expected=f"one whose first commit is {genesis}",
            found="one without it",
        ) from None
    return salt_of(content)


def _described(evidence: Evidence) -> str:
    if evidence.kind == "commit":
        return f"commit {evidence.commit[:12]}, which adds {evidence.path} (weaker than a key)"
    names = "; the key in the file names its owner's addresses" if evidence.kind == "gpg" else ""
    return f"the {evidence.kind} key that signed commit {evidence.commit[:12]}{names}"
