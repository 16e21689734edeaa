"""The evidence that whoever is behind a git address agrees to bind it to a wallet: made, and checked.

What a **signature** proves: who holds a key agrees, and that key signed a commit with the contributor's address as
author *and* committer (so somebody who signs commits of others as they rebase or merge them is not taken for them). It
does not prove that the address is theirs: who gets a commit landed may have written any address into it, and signed it
with a key of their own. The evidence names that commit; whoever approves a binding looks at who landed it.

What a **commit** proves is less: somebody landed a commit with this author. No key is needed to write that.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ledger.attribution.attribute import contributor_id
from ledger.attribution.evidence import Evidence, check_statement, claim_path, difference, statement
from ledger.attribution.git import Repository
from ledger.attribution.history import parse
from ledger.attribution.signatures import OpenPgpKey, signed_commit, ssh_signer
from ledger.attribution.signing import NAMESPACE, Signed, sign
from ledger.errors import InputError

__all__ = ["Evidence", "Signed", "claim_path", "find", "sign", "statement", "verify"]

_AT_ONCE: Final = 256  # commits
_GIT: Final = "git"  # the namespace of the signatures that git makes by SSH


def find(
    repository: str | Path,
    head: str,
    contributor: bytes,
    salt: bytes,
    statement: bytes,
    signed: Signed | None = None,
) -> Evidence:
    """Evidence out of a signature, and the newest commit of the contributor that the same key signed.

    Without a signature: out of the newest commit of theirs that brought the claim file. Raises InputError if there is
    no such commit in the history of ``head``. What is found holds before :func:`verify`.
    """
    repo, oid = _start(repository, head, contributor, statement)
    key = None if signed is None else _Key(signed, statement)
    authored = (
        (commit, content)
        for commit, content in repo.commits(repo.ancestry(oid, None))
        if _is_by(commit, content, contributor, salt)
    )
    found = None
    if signed is None or key is None:
        brought = _brought(repo, [commit for commit, _ in authored], contributor)
        if brought is not None:
            found = Evidence("commit", brought[0], path=claim_path(contributor))
    else:
        for commit, content in authored:
            if _own_work(commit, content) and key.signed(content, repo.oid_bytes == 32):
                found = Evidence(signed.kind, commit, signed.signature, signed.public_key)
                break
    if found is None:
        raise _none_found(repo, contributor, key)
    verify(repository, oid, contributor, salt, statement, found)
    return found


def verify(
    repository: str | Path,
    head: str,
    contributor: bytes,
    salt: bytes,
    statement: bytes,
    evidence: Evidence,
    *,
    at: datetime | None = None,
) -> None:
    """Raise InputError unless the evidence shows that the contributor agrees to this statement.

    ``head`` is the pinned head, ``salt`` the log's, ``statement`` made anew from what is to be bound. ``at`` is the
    time at which an OpenPGP key must be good, now if not given: to check an old binding, give the time of it. A key
    revoked elsewhere is not known here: the evidence holds the key as its owner handed it in.
    """
    repo, oid = _start(repository, head, contributor, statement)
    key = None
    if evidence.kind != "commit":
        key = _Key(Signed(evidence.kind, evidence.signature, evidence.public_key), statement, at)
    if len(evidence.commit) != 2 * repo.oid_bytes or not repo.is_ancestor(evidence.commit, oid):
        raise _refused(repo, "the commit is not in the history", f"a commit in the history of {oid}", evidence.commit)
    ((_, content),) = repo.commits([evidence.commit])
    if not _is_by(evidence.commit, content, contributor, salt):
        expected = f"a commit whose author is contributor 0x{contributor.hex()}"
        raise _refused(repo, "the commit is somebody else's", expected, evidence.commit)
    if key is None:
        _check_claim(repo, oid, contributor, statement, evidence)
    elif not _own_work(evidence.commit, content):
        expected = "a commit whose author committed it"
        raise _refused(repo, "the commit was committed by another than its author", expected, evidence.commit)
    elif not key.signed(content, repo.oid_bytes == 32):
        expected = f"a commit signed by {key.name}"
        raise _refused(repo, "the commit is not signed by the key, or not validly", expected, evidence.commit)


class _Key:
    """The key that signed a statement. Raises InputError unless it did, and may."""

    def __init__(self, signed: Signed, statement: bytes, at: datetime | None = None) -> None:
        self._openpgp: OpenPgpKey | None = None
        if signed.kind == "ssh":
            self.name = ssh_signer(statement, signed.signature, NAMESPACE)
        else:
            self._openpgp = OpenPgpKey(signed.public_key)
            self.name = self._openpgp.fingerprint
            signing_key = self._openpgp.check(statement, signed.signature)
            self._openpgp.check_usable(signing_key, at or datetime.now(UTC))

    def signed(self, content: bytes, sha256: bool) -> bool:
        """Whether this key signed a commit, validly."""
        parts = signed_commit(content, sha256)
        if parts is None or (self._openpgp is None) != ("BEGIN SSH SIGNATURE" in parts[1]):
            return False
        try:
            if self._openpgp is None:
                return ssh_signer(*parts, _GIT) == self.name
            self._openpgp.check(*parts)
        except InputError:
            return False
        return True


def _start(repository: str | Path, head: str, contributor: bytes, statement: bytes) -> tuple[Repository, str]:
    check_statement(statement, contributor)
    repo = Repository(repository)
    return repo, repo.resolve(head)


def _is_by(oid: str, content: bytes, contributor: bytes, salt: bytes) -> bool:
    """Whether the contributor is the commit's author; co-authors are not."""
    authors = parse(oid, content.partition(b"\n\n")[0]).authors
    return bool(authors) and contributor_id(salt, authors[0]) == contributor


def _own_work(oid: str, content: bytes) -> bool:
    commit = parse(oid, content)
    return commit.committer == commit.authors[0]


def _brought(repo: Repository, commits: list[str], contributor: bytes) -> tuple[str, str] | None:
    """The first of the commits that has a claim file where no parent has the same, and the file's blob."""
    path = claim_path(contributor).encode()
    for at in range(0, len(commits), _AT_ONCE):
        for change in repo.changes(commits[at : at + _AT_ONCE]):
            if change.path == path:
                return change.commit, change.oid
    return None


def _check_claim(repo: Repository, head: str, contributor: bytes, statement: bytes, evidence: Evidence) -> None:
    path = claim_path(contributor)
    if evidence.path != path:
        raise _refused(repo, "the claim file is another contributor's", path, evidence.path)
    brought = _brought(repo, [evidence.commit], contributor)
    if brought is None:
        # A commit that only has the file, which somebody else wrote, says nothing.
        raise _refused(repo, "the commit does not bring the claim file", f"a commit that adds {path}", evidence.commit)
    blob = brought[1]
    ((_, content),) = repo.objects([blob], "blob")
    if content != statement:
        raise difference(statement, content or b"")
    if not _still_has(repo, head, path, blob):
        raise _refused(repo, "the claim was taken back: the head has it no more", path, "no such file, or another")


def _still_has(repo: Repository, head: str, path: str, blob: str) -> bool:
    try:
        ((found, _),) = repo.objects([f"{head}:{path}"], "blob")
    except InputError:
        return False
    return found == blob


def _none_found(repo: Repository, contributor: bytes, key: _Key | None) -> InputError:
    path = claim_path(contributor)
    if key is None:
        return InputError(
            "no commit of this contributor brings the claim file",
            file=repo.path,
            expected=f"a commit, in the history of the head, that adds {path} and whose author is the contributor",
            found="none",
            hint="write the statement, as it stands, into that file, commit it, and have it landed",
        )
    return InputError(
        "the key signed no commit of this contributor",
        file=repo.path,
        expected=f"a commit signed by {key.name}, in the history of the head, whose author and committer they are",
        found="none",
        hint=f"have one more commit landed, signed by this key (see git commit -S), or the claim file: {path}",
    )


def _refused(repo: Repository, message: str, expected: str, found: str) -> InputError:
    return InputError(message, file=repo.path, expected=expected, found=found)
